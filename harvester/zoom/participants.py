"""Asking Zoom who took part in a meeting: the report, or where that is refused the list of the past meeting.

Decides which of the two is asked, when it is too early to ask, and what a refusal costs: of a scope, or of the day's
calls, it is everybody's and is said once a run. Never decides who a row is (`harvester.zoom.people`).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from harvester.clock import Clock
from harvester.errors import Absent, AccessRefused, Damaged, HarvesterError, Pending, QuotaExhausted, Refused, Vanished
from harvester.limiter import Limiter
from harvester.model import Json, Recording, find_end
from harvester.zoom.auth import TokenCache
from harvester.zoom.describe import describe
from harvester.zoom.http import ZoomApi
from harvester.zoom.listing import iter_pages
from harvester.zoom.scopes import (
    PARTICIPANTS_REMEDY,
    PARTICIPANTS_REPORT,
    PAST_PARTICIPANTS,
    gives_participants,
    is_granted,
)
from harvester.zoom.scrub import scrub_row
from harvester.zoom.uuid import meeting_segment
from schemas.zoom import ParticipantPage, ParticipantRow

HEAVY_SHARE = 1 / 3
"""Of the calls a second: Zoom allows half as many of the heavy kind, and other apps of the account want some too."""
SETTLES_AFTER = timedelta(hours=1)  # asked for earlier, Zoom has been seen to give durations of 0
ACCEPTED_AFTER = timedelta(days=1)  # whatever the rows look like by then is what there is
_YEAR = timedelta(days=365)  # of older meetings Zoom says nothing
_SMALL_PAGE = "30"  # Zoom has been seen to give so many where 300 were asked for, and no token of a next page

_WAYS = {
    "report": (PARTICIPANTS_REPORT, "/report/meetings/{}/participants"),
    "past_meeting": (PAST_PARTICIPANTS, "/past_meetings/{}/participants"),
}


class ParticipantLists:
    """The lists of one account; safe to share between threads."""

    def __init__(self, api: ZoomApi, tokens: TokenCache, *, pace: float, clock: Clock) -> None:
        """`pace` is the API's own, in calls a second, of which these get a share; with 0 nobody wants any."""
        self._api = api.paced(Limiter(pace * HEAVY_SHARE, clock=clock)) if pace else None
        self._tokens = tokens
        self._clock = clock
        self._lock = threading.Lock()
        self._closed: dict[str, HarvesterError] = {}  # ways that are refused for the rest of the run
        self._refusal: HarvesterError | None = None

    def are_wanted(self) -> bool:
        """Whether recordings are to have one: not where the token lacks both scopes, which is said as a refusal."""
        if self._api is None:
            return False
        scopes = self._tokens.scopes()
        if not scopes or gives_participants(scopes):
            return True
        self._refuse(Refused("the app may not ask who took part: it has neither scope", hint=PARTICIPANTS_REMEDY))
        return False

    def take_refusals(self) -> list[HarvesterError]:
        """What was refused to everybody since the last time; after this it is asked for again."""
        with self._lock:
            refusal, self._refusal, self._closed = self._refusal, None, {}
        return [refusal] if refusal else []

    def fetch(self, payload: Json) -> bytes:
        """The list of one recording's meeting as a JSON document.

        Raises Pending while it is too early or nobody is served, Absent where Zoom has none, Refused, Damaged.
        """
        recording = describe(payload)
        if self._api is None:
            raise Absent("nobody asked for the list of participants", subject=recording.key)
        age = self._clock.now() - find_end(recording.started_at, recording.ended_at, recording.duration_ms)
        if age < SETTLES_AFTER:
            raise Pending("Zoom's list of participants is complete an hour after the meeting", subject=recording.key)
        if self._refusal:
            raise Pending(self._refusal.message, hint=self._refusal.hint, subject=recording.key)
        try:
            way, rows = self._ask(self._api, recording)
        except QuotaExhausted as error:
            self._refuse(error)
            raise Pending(error.message, hint=error.hint, subject=recording.key) from error
        except Refused as error:
            if age < _YEAR:
                raise
            raise Absent(f"Zoom tells participants for a year only: {error.message}", subject=recording.key) from error
        except Vanished as error:
            raise Absent(f"Zoom has no list of participants: {error.message}", subject=recording.key) from error
        if age < ACCEPTED_AFTER and not _is_complete(rows):
            raise Pending("Zoom's list of participants is not complete yet", subject=recording.key)
        document = {"way": way, "participants": [scrub_row(each) for each in rows]}
        return json.dumps(document, ensure_ascii=False, indent=1).encode()

    def _ask(self, api: ZoomApi, recording: Recording) -> tuple[str, Sequence[Json]]:
        """The rows, and in which way they came. Raises Pending when the last way is closed to everybody."""
        refused: HarvesterError | None = None
        for way, (scope, path) in _WAYS.items():
            scopes = self._tokens.scopes()
            if way in self._closed or (scopes and not is_granted(scope, scopes)):
                continue
            try:
                return way, _walk(api, path.format(meeting_segment(recording.native_id)))
            except AccessRefused as error:
                self._closed[way] = error
            except Refused as error:  # of this meeting alone
                refused = error
        if refused:
            raise refused
        said = next(iter(self._closed.values()), None)
        reason = f": {said.message}" if said else ""
        self._refuse(Refused(f"Zoom does not let the app ask who took part{reason}", hint=PARTICIPANTS_REMEDY))
        raise Pending("Zoom does not let the app ask who took part", hint=PARTICIPANTS_REMEDY, subject=recording.key)

    def _refuse(self, error: HarvesterError) -> None:
        with self._lock:
            self._refusal = self._refusal or error


def _walk(api: ZoomApi, path: str) -> list[dict[str, Any]]:
    """All rows, as many as announced: where some are missing they are asked for once more, in small pages."""
    for query in ({}, {"page_size": _SMALL_PAGE}):
        rows: list[dict[str, Any]] = []
        announced = None
        for page in iter_pages(api, path, query, expect="participants"):
            if page is None:
                rows = []
                continue
            reply = ParticipantPage.model_validate(page)
            rows += reply.participants
            announced = reply.total_records
        if announced is None or announced == len(rows):
            return rows
    raise Damaged(
        f"Zoom announced {announced} rows of participants and listed {len(rows)}, twice",
        hint="they are asked for again next run",
        subject=path,
    )


def _is_complete(rows: Sequence[Json]) -> bool:
    """Whether Zoom has done its sums: everybody has left, and somebody was there for a second at least."""
    read = [each for each in map(ParticipantRow.model_validate, rows) if not each.is_waiting]
    return not read or (all(each.leave_time for each in read) and any(each.duration for each in read))
