"""Which files a recording of Recall's has, where they lie, and what became of a transcript that is not among them.

Pure. Whatever failed or was deleted is no file. An artifact of a status that nobody knows yet is one that is being
made, until it has an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from harvester.bots.ids import clean_key, quote_id
from harvester.bots.provider import Address, Call, Place
from harvester.bots.recall.sessions import EXPIRED, FAILED, Session
from harvester.bots.recall.times import Span, find_end_reason
from harvester.bots.scrub import find_suffix
from harvester.model import Kind, ListedFile, TranscriptStatus
from schemas.recall import Artifact, MediaShortcuts

OLD_TRANSCRIPT = "transcript"
PARTICIPANTS, TIMELINE, AUDIO, VIDEO = "participants", "timeline", "audio", "video"
_MEDIA = {AUDIO: (Kind.AUDIO, "mp3"), VIDEO: (Kind.VIDEO, "mp4")}
_SUFFIX = re.compile(r"[a-z0-9]{1,8}")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def list_files(session: Session, span: Span) -> tuple[ListedFile, ...]:
    """None of those whose media were deleted, whatever else is said of them."""
    if session.expired_by:
        return ()
    if session.recording is None:
        return tuple(_list_old(session, span)) if session.is_old and session.is_done else ()
    shortcuts = session.recording.media_shortcuts
    return (
        *(_build_transcript(each, span) for each in find_runs(session) if _exists(each, each.data.download_url)),
        *_list_documents(shortcuts.participant_events, span),
        *_list_media(shortcuts, span),
    )


def find_runs(session: Session) -> list[Artifact]:
    """The recording's transcripts, failed ones included. Of what is said of one twice, what was said last counts."""
    if session.recording is None:
        return []
    own = session.recording
    told = (each for each in session.bot.transcripts if each.recording.id in {None, own.id})
    runs: dict[str, Artifact] = {}
    for each in (own.media_shortcuts.transcript, *own.transcripts, *told):
        if each.id is None:
            continue
        known = runs.get(each.id)
        if known is None or (each.status.updated_at or _LONG_AGO) > (known.status.updated_at or _LONG_AGO):
            runs[each.id] = each
    return list(runs.values())


def find_newest_run(session: Session) -> Artifact | None:
    return max(find_runs(session), key=lambda each: each.created_at or _LONG_AGO, default=None)


def judge_transcript(session: Session) -> tuple[TranscriptStatus | None, str | None]:
    """What became of the transcript of a recording that has none among its files, and why."""
    if session.expired_by:
        return TranscriptStatus.EXPIRED, session.expired_by
    if run := find_newest_run(session):
        if run.status.code == FAILED:
            return TranscriptStatus.FAILED, run.status.sub_code
        return (TranscriptStatus.EXPIRED, run.status.code) if run.status.code in EXPIRED else (None, None)
    return _judge_unasked(session)


def _judge_unasked(session: Session) -> tuple[TranscriptStatus | None, str | None]:
    """Nothing is being transcribed, and once the recording is made nothing will be unless somebody asks for it."""
    state = session.recording.status if session.recording else None
    is_over = session.is_over if state is None else state.code in {"done", FAILED}
    if is_over:
        return TranscriptStatus.NONE, find_end_reason(session) if state is None else state.sub_code
    is_awaited = state is None or state.code == "processing"
    return TranscriptStatus.PENDING if is_awaited else None, None


def locate(session: Session, key: str) -> Place | None:
    """Where a file lies now, from a payload with its addresses."""
    if session.recording is None:
        if key == OLD_TRANSCRIPT and session.is_old:
            path = f"/bot/{quote_id(session.bot.id)}/transcript/"
            return Call(path, {"enhanced_diarization": "true"})
        return _place(session.bot.video_url if key == VIDEO else None)
    shortcuts = session.recording.media_shortcuts
    events = shortcuts.participant_events.data
    addresses = {clean_key(each.id): each.data.download_url for each in find_runs(session) if each.id} | {
        PARTICIPANTS: events.participants_download_url,
        TIMELINE: events.speaker_timeline_download_url,
        AUDIO: shortcuts.audio_mixed.data.download_url,
        VIDEO: shortcuts.video_mixed.data.download_url,
    }
    return _place(addresses.get(key))


def _place(address: str | None) -> Address | None:
    return Address(address) if address else None


def _exists(artifact: Artifact, address: str | None) -> bool:
    code = artifact.status.code
    return code not in {FAILED, *EXPIRED} and (code is not None or address is not None)


def _is_ready(artifact: Artifact, address: str | None) -> bool:
    return artifact.status.code == "done" or address is not None


def _build_transcript(run: Artifact, span: Span) -> ListedFile:
    return ListedFile(
        key=clean_key(run.id or ""),
        kind=Kind.TRANSCRIPT,
        file_type="TRANSCRIPT",
        recording_type=run.provider,
        extension="json",
        start_at=span.zero_at,
        end_at=span.ended_at,
        ready=_is_ready(run, run.data.download_url),
        made_at=run.created_at,
        is_document=True,
    )


def _list_documents(events: Artifact, span: Span) -> Iterator[ListedFile]:
    """Two views of one artifact; once it is made, each exists that has an address."""
    people, turns = events.data.participants_download_url, events.data.speaker_timeline_download_url
    is_made = events.status.code == "done"
    if _exists(events, people) and (people or not is_made):
        yield ListedFile(
            PARTICIPANTS, Kind.OTHER, "PARTICIPANTS", extension="json", ready=people is not None, is_document=True
        )
    if _exists(events, turns) and (turns or not is_made):
        yield ListedFile(
            TIMELINE,
            Kind.TIMELINE,
            "TIMELINE",
            extension="json",
            start_at=span.zero_at,
            end_at=span.ended_at,
            ready=turns is not None,
            is_document=True,
        )


def _list_media(shortcuts: MediaShortcuts, span: Span) -> Iterator[ListedFile]:
    for key, artifact in ((AUDIO, shortcuts.audio_mixed), (VIDEO, shortcuts.video_mixed)):
        address = artifact.data.download_url
        if _exists(artifact, address):
            yield _build_media(key, artifact.format, address, span, ready=_is_ready(artifact, address))


def _build_media(key: str, form: str | None, address: str | None, span: Span, *, ready: bool) -> ListedFile:
    kind, usual = _MEDIA[key]
    names = (form or "").lower(), (find_suffix(address) or "").removeprefix(".")
    extension = next((each for each in names if _SUFFIX.fullmatch(each)), usual)
    return ListedFile(
        key,
        kind,
        extension.upper(),
        extension=extension,
        start_at=span.zero_at,
        end_at=span.ended_at,
        ready=ready,
    )


def _list_old(session: Session, span: Span) -> Iterator[ListedFile]:
    """Nothing says whether anything was transcribed: an empty list is what Recall answers where nothing was."""
    yield ListedFile(
        OLD_TRANSCRIPT,
        Kind.TRANSCRIPT,
        "TRANSCRIPT",
        extension="json",
        start_at=span.zero_at,
        end_at=span.ended_at,
        is_document=True,
    )
    if session.bot.video_url:
        yield _build_media(VIDEO, None, session.bot.video_url, span, ready=True)
