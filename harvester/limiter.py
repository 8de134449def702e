"""When the next call may go out. Decides moments, never what is sent.

Zoom counts calls per account and second, so calls are spaced strictly: no window of a second ever holds more than
the rate, and a 429 met by one worker holds back all of them.
"""

from __future__ import annotations

import threading

from harvester.clock import Clock


class Limiter:
    """One per account, shared by all threads."""

    def __init__(self, calls_per_second: float, *, clock: Clock) -> None:
        self._interval_s = 1.0 / calls_per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._next_at_s = clock.monotonic()

    def acquire(self) -> None:
        """Wait for the next free moment and take it."""
        while (wait_s := self._take()) > 0:
            self._clock.sleep(wait_s)

    def pause(self, seconds: float) -> None:
        """Let nobody through for `seconds`; those already waiting wait on."""
        with self._lock:
            self._next_at_s = max(self._next_at_s, self._clock.monotonic() + seconds)

    def _take(self) -> float:
        # The moment is taken on waking, not reserved before sleeping: a pause then also stops the sleepers.
        with self._lock:
            now_s = self._clock.monotonic()
            if now_s < self._next_at_s:
                return self._next_at_s - now_s
            self._next_at_s = now_s + self._interval_s
            return 0.0
