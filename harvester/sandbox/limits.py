"""The account's rate limit and every shape in which Zoom has been seen to say "too many".

Decides by a sliding window of one second, which is stricter than a bucket: no second may hold more calls than the rate.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from datetime import datetime, timedelta
from email.utils import format_datetime

from harvester.sandbox.wire import Reply, json_reply

_PER_SECOND = "You have reached the maximum per-second rate limit for this API. Try again later."
_DAILY = (
    "You have reached the maximum daily rate limit for this API. "
    "Refer to the response header for details on when you can make another request."
)
SHAPES = ("429", "429_seconds", "429_http_date", "429_iso", "429_daily")


class RateLimiter:
    """At most `rate` calls in any second, over all clients of the account."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._calls: deque[float] = deque()

    def admits(self) -> bool:
        """Count a call, or refuse it without counting."""
        moment = time.monotonic()
        with self._lock:
            while self._calls and moment - self._calls[0] >= 1.0:
                self._calls.popleft()
            if len(self._calls) + 1 > self._rate:
                return False
            self._calls.append(moment)
            return True


def limit_reply(shape: str, *, now: datetime, seconds: float = 1) -> Reply:
    """A 429 in one of `SHAPES`; `seconds` is when the client may come back."""
    until = now + timedelta(seconds=seconds)
    daily = shape in {"429_iso", "429_daily"}
    headers: list[tuple[str, str]] = []
    if shape != "429_daily":
        headers += [
            ("X-RateLimit-Category", "Medium"),
            ("X-RateLimit-Type", "Daily-limit" if daily else "QPS"),
            ("X-RateLimit-Remaining", "0"),
        ]
    wait = {
        "429_seconds": f"{seconds:g}",
        "429_http_date": format_datetime(until.replace(microsecond=0), usegmt=True),
        "429_iso": f"{until:%Y-%m-%dT%H:%M:%SZ}",
    }.get(shape)
    if wait is not None:
        headers.append(("Retry-After", wait))
    return json_reply(429, {"code": 429, "message": _DAILY if daily else _PER_SECOND}, tuple(headers))
