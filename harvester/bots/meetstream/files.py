"""What a bot left behind, as files. Pure: decides which there are or will be, and which are ready.

Never decides where they lie (`harvester.bots.meetstream.calls`). Media that have expired are no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from harvester.bots.meetstream.progress import Progress, is_failure, is_success
from harvester.bots.meetstream.runs import (
    AUDIO,
    CAPTIONS,
    CHAT,
    NATIVE_CAPTIONS,
    PARTICIPANTS,
    TIMELINE,
    VIDEO,
    find_runs,
)
from harvester.bots.scrub import find_suffix
from harvester.model import Kind, ListedFile
from schemas.meetstream import Bot, Stage

_DOCUMENTS = ((PARTICIPANTS, Kind.OTHER), (CHAT, Kind.CHAT), (TIMELINE, Kind.TIMELINE))


def list_files(bot: Bot, progress: Progress, start_at: datetime | None) -> tuple[ListedFile, ...]:
    """All that can be fetched now or will be, each once; a bare listing's entry tells of few of them."""
    if progress.is_expired:
        return ()
    found = [
        *_list_transcripts(bot, progress, start_at),
        *_list_captions(bot, progress, start_at),
        *_list_documents(bot, progress, start_at),
        *_list_media(bot, progress, start_at),
    ]
    return tuple(found)


def _list_transcripts(bot: Bot, progress: Progress, start_at: datetime | None) -> Iterator[ListedFile]:
    for key, run in find_runs(bot).items():
        if is_failure(run.status):
            continue
        yield ListedFile(
            key=key,
            kind=Kind.TRANSCRIPT,
            file_type="TRANSCRIPT",
            recording_type=run.provider,
            extension="json",
            start_at=start_at,
            # one without any status is asked for once the bot is done with all it does
            ready=is_success(run.status) or (run.status is None and progress.is_done),
            made_at=run.created_at,
            is_document=True,
        )


def _list_captions(bot: Bot, progress: Progress, start_at: datetime | None) -> Iterator[ListedFile]:
    if find_suffix(bot.caption_file) is not None:
        yield ListedFile(
            key=CAPTIONS,
            kind=Kind.CAPTIONS,
            file_type="CAPTIONS",
            recording_type=NATIVE_CAPTIONS,
            extension="json",
            start_at=start_at,
            ready=progress.is_over,
            is_document=True,
        )


def _list_documents(bot: Bot, progress: Progress, start_at: datetime | None) -> Iterator[ListedFile]:
    if not (progress.is_over and progress.was_in):
        return
    # they are uploaded after the bot has left, and one that is asked for too early does not seem to exist; the audio
    # is the last thing that every bot makes, for those whose recogniser only streams are never done
    ready = progress.is_done or is_success(bot.audio_status) or is_failure(bot.audio_status)
    for key, kind in _DOCUMENTS:
        yield ListedFile(key, kind, key.upper(), extension="json", start_at=start_at, ready=ready, is_document=True)


def _list_media(bot: Bot, progress: Progress, start_at: datetime | None) -> Iterator[ListedFile]:
    """The audio is an MP3 and the video an MP4, as the answers of get_audio and get_video show them."""
    if bot.audio_status and not is_failure(bot.audio_status):
        ready = is_success(bot.audio_status)
        yield ListedFile(AUDIO, Kind.AUDIO, "MP3", extension="mp3", start_at=start_at, ready=ready)
    is_processed = bool(bot.stages.get("VideoProcessing", Stage()).status)
    if is_processed or (bot.video_required and progress.was_in):
        ready = is_processed or progress.is_done
        yield ListedFile(VIDEO, Kind.VIDEO, "MP4", extension="mp4", start_at=start_at, ready=ready)
