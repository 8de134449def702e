"""When a recording of Recall's began and ended, and why it ended. Pure.

Offsets count from the recording's own start, which is the bot's last change to `in_call_recording`. A bot's arrival is
earlier, and the moment for which it was ordered says nothing about the recording at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from harvester.bots.model import TimeBase
from harvester.bots.recall.sessions import FAILED, Session
from harvester.errors import Damaged

_ARRIVALS = ("in_call_not_recording", "in_waiting_room", "joining_call")


@dataclass(frozen=True, slots=True)
class Span:
    """From the best start that is known, and what that start is, to the end."""

    started_at: datetime
    base: TimeBase
    ended_at: datetime | None

    @property
    def zero_at(self) -> datetime | None:
        """The moment of offset 0, as far as anything is known of it."""
        return None if self.base is TimeBase.UNKNOWN else self.started_at

    @property
    def duration_ms(self) -> int | None:
        """Whole milliseconds, where both ends of the recording itself are known and in order."""
        if self.base is not TimeBase.RECORDING_START or self.ended_at is None or self.ended_at < self.started_at:
            return None
        return (self.ended_at - self.started_at) // timedelta(milliseconds=1)


def find_span(session: Session) -> Span:
    """Raises Damaged where nothing says when it was."""
    started_at, base = _find_start(session)
    own = session.recording.completed_at if session.recording else None
    left = session.find_moments("call_ended")
    return Span(started_at, base, own or (left[-1] if left else None))


def find_arrival(session: Session) -> datetime | None:
    """When the bot came into the call."""
    return next(iter(session.find_moments("in_call_not_recording")), None)


def find_end_reason(session: Session) -> str | None:
    """Recall's code for why the recording failed, or else why the bot did, or else why the call ended."""
    if session.recording and session.recording.status.code == FAILED and session.recording.status.sub_code:
        return session.recording.status.sub_code
    for code in ("fatal", "call_ended"):
        reasons = [each.sub_code for each in session.bot.status_changes if each.code == code and each.sub_code]
        if reasons:
            return reasons[-1]
    return None


def _find_start(session: Session) -> tuple[datetime, TimeBase]:
    recording = session.recording
    if recording and recording.started_at:
        return recording.started_at, TimeBase.RECORDING_START
    ended_at = recording.completed_at if recording else None
    # of a bot with several recordings, those that began after this one had ended are others
    began = [each for each in session.find_moments("in_call_recording") if ended_at is None or each <= ended_at]
    if began:
        return began[-1], TimeBase.RECORDING_START
    arrivals = (each for code in _ARRIVALS for each in session.find_moments(code))
    if arrived := next(arrivals, None):
        return arrived, TimeBase.JOINED_AT
    steps = (each.created_at for each in session.bot.status_changes)
    planned = (session.bot.join_at, recording.created_at if recording else None, *steps)
    for moment in planned:
        if moment:
            return moment, TimeBase.UNKNOWN
    raise Damaged("nothing says when this recording of Recall's was", subject=session.native_id)
