"""How far a bot came, from its status and its timeline. Pure.

Decides what counts as having been in the meeting, as over and as failed. A listing says no more than the status word
and a few times; details have a timeline, and a stage of it was reached only where its own status is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from harvester.bots.model import TimeBase
from harvester.bots.speech import plain
from schemas.meetstream import Bot, Stage

# Words as they are compared: MeetStream writes NotAllowed, and its events bot.notallowed.
_WAITING = frozenset({"scheduled", "queued"})
_ACTIVE = _WAITING | {"active", "joining", "waitingroom", "inwaitingroom", "inmeeting", "recording", "leaving"}
_STOPPED = frozenset({"stopped", "kicked", "mediaprocessing"})
_DONE = frozenset({"done", "mediaexpired"})
_FAILED = frozenset({"notallowed", "botnotallowed", "denied", "rejected", "botrejected", "failed", "error"})
_REFUSED = ("BotNotAllowed", "BotRejected")
_SUCCESS = frozenset({"success", "succeeded", "completed", "processed", "done"})
_FAILURE = frozenset({"failed", "failure", "error"})


@dataclass(frozen=True, slots=True)
class Progress:
    """`failure` is the status or the stage that says why a bot did not get in or broke down, as sent."""

    was_in: bool
    is_over: bool
    is_done: bool
    is_expired: bool
    failure: str | None = None


def find_progress(bot: Bot) -> Progress:
    """What of a bot's life is behind it."""
    word = plain(bot.status)
    was_in = _is_reached(bot, "Recording", "InMeeting") or (
        not bot.stages and bot.start_time is not None and word not in _FAILED
    )
    is_expired = word == "mediaexpired" or _is_reached(bot, "MediaExpired")
    is_done = is_expired or word in _DONE or _is_reached(bot, "Done")
    failure = bot.status if word in _FAILED else _find_failure(bot, was_in=was_in, is_open=word in _ACTIVE or is_done)
    ended = word in _STOPPED or _is_reached(bot, "Stopped") or bot.end_time is not None
    return Progress(was_in, is_done or ended or failure is not None, is_done, is_expired, failure)


def is_waiting(bot: Bot) -> bool:
    """Whether a bot is only planned: nothing of it has begun."""
    return plain(bot.status) in _WAITING and not any(
        (bot.start_time, bot.end_time, *(each.status for name, each in bot.stages.items() if name != "Scheduled"))
    )


def find_start(bot: Bot) -> tuple[datetime | None, TimeBase]:
    """The moment a bot began to record, else it came, else it was made or was to come; and which of them it is."""
    recorded_at = find_reached(bot, "Recording")
    if recorded_at:
        return recorded_at, TimeBase.RECORDING_START
    joined_at = find_reached(bot, "InMeeting") or find_reached(bot, "Joining") or bot.start_time
    if joined_at:
        return joined_at, TimeBase.JOINED_AT
    return bot.created_at or bot.join_at or find_reached(bot, "Scheduled"), TimeBase.UNKNOWN


def find_reached(bot: Bot, name: str) -> datetime | None:
    """When a stage was reached; None where it was not, and where nobody said when."""
    stage = bot.stages.get(name, Stage())
    return stage.timestamp if stage.status else None


def is_success(status: str | None) -> bool:
    return plain(status) in _SUCCESS


def is_failure(status: str | None) -> bool:
    return plain(status) in _FAILURE


def _is_reached(bot: Bot, *names: str) -> bool:
    return any(bot.stages.get(name, Stage()).status for name in names)


def _find_failure(bot: Bot, *, was_in: bool, is_open: bool) -> str | None:
    """`is_open`: an error while a bot is at work is not its end, and one that it was done in spite of was none."""
    stages = (*(() if was_in else _REFUSED), *(() if is_open else ("Error",)))
    return next((name for name in stages if _is_reached(bot, name)), None)
