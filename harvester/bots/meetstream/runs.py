"""A bot's transcription runs, and what became of its transcript where none of them gives one. Pure.

Decides which recognisers make a transcript at all and which runs count. A run that failed is no file, and one that the
bot names beside its list of runs is one of them: asking for another run changes that name.
"""

from __future__ import annotations

from harvester.bots.ids import clean_key
from harvester.bots.meetstream.progress import Progress, is_failure
from harvester.model import TranscriptStatus
from schemas.meetstream import Bot, Run, Stage

PARTICIPANTS, CHAT, TIMELINE, CAPTIONS, AUDIO, VIDEO = "participants", "chat", "timeline", "captions", "audio", "video"
"""Keys of the files that are no transcripts."""

NATIVE_CAPTIONS = "meeting_captions"

_OURS = frozenset({PARTICIPANTS, CHAT, TIMELINE, CAPTIONS, AUDIO, VIDEO})
_STREAMING = "_streaming"

Verdict = tuple[TranscriptStatus | None, str | None]


def find_runs(bot: Bot) -> dict[str, Run]:
    """Runs by the keys of their files; what only the bot says of one is all that is known of it."""
    runs = {each.transcript_id: each for each in bot.transcriptions if each.transcript_id}
    if bot.transcript_id and bot.transcript_id not in runs:
        named = find_recognisers(bot)
        runs[bot.transcript_id] = Run(
            transcript_id=bot.transcript_id,
            provider=named[0] if len(named) == 1 and not runs else None,
            status=bot.transcript_status or ("Success" if _read_stage(bot, "TranscriptionReady").status else None),
        )
    by_key = {clean_key(name): each for name, each in runs.items()}
    return {key: each for key, each in by_key.items() if key not in _OURS}


def find_recognisers(bot: Bot) -> list[str]:
    """Those asked for that listen to the recording after the meeting; others send what they hear while it goes on."""
    return [each for each in bot.recognisers if makes_transcripts(each)]


def makes_transcripts(recogniser: str) -> bool:
    return recogniser != NATIVE_CAPTIONS and not recogniser.endswith(_STREAMING)


def measures_no_confidence(recogniser: str | None) -> bool:
    """Whether a confidence of 0 means that none was measured: MeetStream's own recogniser, and streaming ones."""
    return recogniser is not None and (recogniser.startswith("meetstream") or recogniser.endswith(_STREAMING))


def judge_transcript(bot: Bot, progress: Progress) -> Verdict:
    """Status and reason where no run gives a file; (None, None) where nothing is known of a transcript."""
    if progress.is_expired:
        return TranscriptStatus.EXPIRED, "the media were deleted, or kept long enough"
    failed = [each for each in find_runs(bot).values() if is_failure(each.status)]
    if failed or is_failure(bot.transcript_status):
        return TranscriptStatus.FAILED, _describe_failure(bot, failed[-1] if failed else Run())
    if progress.failure and not progress.was_in:
        return TranscriptStatus.NONE, f"the bot did not get in: {progress.failure}"
    if not progress.is_over:
        return TranscriptStatus.PENDING, "the bot is still at work"
    # a listing's entry tells nothing of transcripts, which is not the same as there being none
    return _judge_unmade(bot, progress) if bot.model_fields_set & {"transcript_id", "transcriptions"} else (None, None)


def _judge_unmade(bot: Bot, progress: Progress) -> Verdict:
    awaited = find_recognisers(bot)
    if awaited and not progress.is_done:
        return TranscriptStatus.PENDING, f"{awaited[0]} has not begun yet"
    if awaited:
        return TranscriptStatus.NONE, f"{awaited[0]} made no transcript"
    if bot.recognisers:
        return TranscriptStatus.NONE, f"{bot.recognisers[0]} makes no transcript after the meeting"
    return TranscriptStatus.NONE, "no transcript was asked for"


def _describe_failure(bot: Bot, run: Run) -> str:
    stage = _read_stage(bot, "TranscriptionReady")
    message = None if stage.status else stage.message
    words = run.error or run.message or message or run.status or bot.transcript_status or ""
    return f"{run.provider}: {words}" if run.provider else words


def _read_stage(bot: Bot, name: str) -> Stage:
    return bot.stages.get(name, Stage())
