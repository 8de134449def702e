"""One recording of Recall's in our terms. Pure; reads what `scrub` left, so that nothing secret can get through."""

from __future__ import annotations

from harvester.bots.meetings import MeetingUrl, parse_meeting_url
from harvester.bots.members import keep_said
from harvester.bots.platforms import find_platform
from harvester.bots.recall.files import find_newest_run, judge_transcript, list_files
from harvester.bots.recall.sessions import Session
from harvester.bots.recall.times import find_arrival, find_end_reason, find_span
from harvester.bots.speech import write_moment
from harvester.model import Json, Kind, Recording
from schemas.recall import Content


def describe(session: Session) -> Recording:
    """Raises Damaged where nothing says when it was."""
    span = find_span(session)
    files = list_files(session, span)
    has_transcript = any(each.kind is Kind.TRANSCRIPT for each in files)
    transcript, reason = (None, None) if has_transcript else judge_transcript(session)
    meeting = parse_meeting_url(session.bot.meeting_url)
    recording, told = session.recording, _find_meeting(session)
    return Recording(
        source="recall",
        native_id=session.native_id,
        started_at=span.started_at,
        platform=find_platform(meeting),
        meeting_id=meeting.zoom_meeting_id,
        meeting_uuid=told.zoom_meeting_uuid,
        topic=told.title,
        ended_at=span.ended_at,
        duration_ms=span.duration_ms,
        time_base=span.base.value,
        status=_find_status(session),
        end_reason=find_end_reason(session),
        extra=_build_extra(session, meeting),
        files=files,
        transcript=transcript,
        transcript_reason=reason,
        expires_at=recording.expires_at if recording else session.bot.media_retention_end,
    )


def _find_meeting(session: Session) -> Content:
    return session.recording.media_shortcuts.meeting_metadata.data if session.recording else Content()


def _find_status(session: Session) -> str | None:
    if session.recording and session.recording.status.code:
        return session.recording.status.code
    codes = [each.code for each in session.bot.status_changes if each.code]
    return codes[-1] if codes else None


def _build_extra(session: Session, meeting: MeetingUrl) -> Json:
    bot, recording, run = session.bot, session.recording, find_newest_run(session)
    return keep_said(
        bot_id=bot.id,
        recording_id=recording.id if recording else None,
        meeting_url=meeting.redacted,
        bot_name=bot.bot_name,
        caller=bot.metadata,
        provider=run.provider if run else None,
        joined_at=write_moment(find_arrival(session)),
        created_at=write_moment(recording.created_at if recording else None),
        scheduled_at=write_moment(bot.join_at),
    )
