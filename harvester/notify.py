"""A run's end told to whoever waits for it: one POST of JSON to an address of the operator's choice.

The address may be secret (dead-man's switches, chat webhooks), so only its host is ever said. A message that cannot
be delivered is a warning: no run fails for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from harvester.clock import Clock
from harvester.config import Way
from harvester.errors import Retriable
from harvester.post import post
from harvester.retry import RetryPolicy, call_with_retry

log = logging.getLogger(__name__)

CODE_MARK = "{exit_code}"
_POLICY = RetryPolicy(attempts=3)
_REFUSED = 300


def notify(url: str, message: Mapping[str, Any], *, exit_code: int, way: Way, clock: Clock) -> bool:
    """Whether it was taken. `{exit_code}` in the URL becomes the code."""
    address = url.replace(CODE_MARK, str(exit_code))
    data = json.dumps(message, ensure_ascii=True, default=str).encode()
    host = urlsplit(url).hostname

    def send() -> None:
        status, _body = post(address, data, {"Content-Type": "application/json"}, way)
        if status >= _REFUSED:
            raise Retriable(f"it answered with status {status}")

    try:
        call_with_retry(send, policy=_POLICY, clock=clock, describe=f"notify {host}")
    except Retriable as error:
        log.warning("notify.failed", extra={"fields": {"host": host, "reason": error.message}})
        return False
    log.info("notify.sent", extra={"fields": {"host": host}})
    return True
