"""A bot's payload as a Recording. Pure: decides the times, the meeting, and what of the rest is kept beside them.

Never invents a time: one that the bot's timeline does not say is the listing's, or nothing.
"""

from __future__ import annotations

from datetime import datetime

from harvester.bots.meetings import MeetingUrl, parse_meeting_url
from harvester.bots.meetstream.files import list_files
from harvester.bots.meetstream.payload import find_id, read_bot
from harvester.bots.meetstream.progress import find_progress, find_reached, find_start
from harvester.bots.meetstream.runs import judge_transcript
from harvester.bots.members import keep_said, read_members
from harvester.bots.model import TimeBase
from harvester.bots.platforms import find_platform
from harvester.bots.speech import add_ms, count_ms, write_moment
from harvester.errors import Damaged
from harvester.model import Json, Kind, Recording
from schemas.meetstream import Bot, Stage

SOURCE = "meetstream"

_HOUR_MS = 3_600_000


def describe(payload: Json) -> Recording:
    """What MeetStream says of one bot, in our terms. Raises Damaged where it says no id, or no moment at all."""
    native_id, bot = find_id(payload), read_bot(payload)
    progress, (started_at, base) = find_progress(bot), find_start(bot)
    if started_at is None:
        raise Damaged(f"bot {native_id} has no time at all", subject=native_id)
    files = list_files(bot, progress, None if base is TimeBase.UNKNOWN else started_at)
    has_transcript = any(each.kind is Kind.TRANSCRIPT for each in files)
    transcript, reason = (None, None) if has_transcript else judge_transcript(bot, progress)
    ended_at = bot.end_time or find_reached(bot, "Stopped")
    meeting = parse_meeting_url(bot.meeting_link)
    platform = find_platform(meeting, bot.platform)
    return Recording(
        source=SOURCE,
        native_id=native_id,
        started_at=started_at,
        platform=platform,
        meeting_id=meeting.zoom_meeting_id if platform == "zoom" else None,
        ended_at=ended_at,
        duration_ms=count_ms(bot.duration),
        time_base=base,
        status=bot.status,
        end_reason=progress.failure,
        extra=_build_extra(bot, meeting),
        files=files,
        transcript=transcript,
        transcript_reason=reason,
        expires_at=None if progress.is_expired else _find_expiry(bot, ended_at),
    )


def _find_expiry(bot: Bot, ended_at: datetime | None) -> datetime | None:
    """The moment that is set for it, else the hours of retention after the end; there is no default to rely on."""
    kept_ms = None if bot.retention_hours is None else bot.retention_hours * _HOUR_MS
    return bot.stages.get("MediaExpired", Stage()).timestamp or add_ms(ended_at, kept_ms)


def _build_extra(bot: Bot, meeting: MeetingUrl) -> Json:
    return keep_said(
        meeting_url=meeting.redacted,
        bot_name=bot.bot_username,
        caller=read_members(bot.custom_attributes),
        joined_at=write_moment(find_reached(bot, "InMeeting") or bot.start_time),
        created_at=write_moment(bot.created_at),
        scheduled_at=write_moment(bot.join_at),
        provider=bot.recognisers[0] if bot.recognisers else None,
        user_id=bot.user_id,
    )
