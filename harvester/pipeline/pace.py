"""When a run that goes on publishes what it has so far. Pure, but for the clock's count of seconds."""

from __future__ import annotations

from harvester.clock import Clock

PUBLISH_EVERY_S = 300.0
"""How old unpublished rows may get while a long run goes on."""

_PATIENCE_S = 2.0
_REST = 4.0  # publishes last; what events ask for may keep the coordinator busy with them for a fifth of its time


class Pace:
    """A publish rewrites a day: rarely for what merely takes long, soon for what an event told somebody to expect."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ended_at = clock.monotonic()
        self._took_s = 0.0
        self._expected_since: float | None = None

    def expect(self) -> None:
        """Rows that an event asked for are ready to be published."""
        if self._expected_since is None:
            self._expected_since = self._clock.monotonic()

    def is_due(self, *, more_soon: bool) -> bool:
        """`more_soon`: other rows that events asked for will be ready in a moment, and may share the publish."""
        moment = self._clock.monotonic()
        if moment - self._ended_at >= PUBLISH_EVERY_S:
            return True
        if self._expected_since is None or moment - self._ended_at < _REST * self._took_s:
            return False
        return not more_soon or moment - self._expected_since >= _PATIENCE_S

    def published(self, *, began_at: float) -> None:
        """What was ready is in the lake."""
        self._ended_at = self._clock.monotonic()
        self._took_s = self._ended_at - began_at
        self._expected_since = None
