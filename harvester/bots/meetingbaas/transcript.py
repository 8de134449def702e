"""Meeting BaaS's transcripts, v1 and v2. Pure: decides which payloads hold one, and which of their clocks to use.

v1 spells the words of one and the same transcript in two ways: as `text`, `start_time`, `end_time` in its API, and as
`word`, `start`, `end` in its webhook. v2 has two artefacts, and in only one of them times count from the recording's
start. When that was, no transcript says: it is in a webhook alone (`find_start`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from harvester.bots.members import read_members
from harvester.bots.model import Origin, RunStatus, Speech, Utterance, Word
from harvester.bots.speech import (
    build_speech,
    clean_label,
    describe_shape,
    join_words,
    read_confidence,
    read_epoch_s,
    read_language,
    read_objects,
    span_of,
    to_ms,
)
from harvester.errors import Damaged
from harvester.model import Json

_V1_HINT = "the answer of meeting_data with include_transcripts=true is expected, or the body of a `complete` webhook"
_V2_HINT = "the file behind a bot's `transcription` address is expected"
_CHANNELS = range(1 << 15)


def read_v1(payload: Any, origin: Origin) -> Speech:  # noqa: ANN401 - JSON has no narrower type
    """An answer of `meeting_data`, or the body of a `complete` webhook. Raises Damaged for anything else."""
    holder = read_members(payload)
    if holder.get("event") == "complete" and isinstance(holder.get("data"), dict):
        # without speech-to-text the member is left out, which is not the same as silence
        return _read_segments(holder["data"].get("transcript"), origin)
    if isinstance(holder.get("bot_data"), dict):
        return _read_meeting(holder["bot_data"], origin)
    raise Damaged(f"it is no transcript of Meeting BaaS v1: it is {describe_shape(payload)}", hint=_V1_HINT)


def read_v2(payload: Any, origin: Origin) -> Speech:  # noqa: ANN401
    """A `transcription` artefact. Raises Damaged for anything else, a `raw_transcription` included."""
    holder = read_members(payload)
    if "transcriptions" in holder:
        raise Damaged(
            "it is a raw transcription of Meeting BaaS v2: the times of its chunks each begin anew at 0, and so do its"
            " speakers' numbers",
            hint=_V2_HINT,
        )
    result = holder.get("result")
    if not isinstance(result, dict) or "utterances" not in result:
        raise Damaged(f"it is no transcription of Meeting BaaS v2: it is {describe_shape(payload)}", hint=_V2_HINT)
    utterances = read_objects(result["utterances"], "what Meeting BaaS calls utterances")
    provider = clean_label(holder.get("provider"))
    return build_speech((_read_utterance(each) for each in utterances), origin, provider=provider)


def find_start(payload: Any) -> datetime | None:  # noqa: ANN401
    """When the recording began, from a `bot.status_change` webhook of either version; None from any other event.

    Raises Damaged where the event says a start that is no time.
    """
    holder = read_members(payload)
    status = read_members(read_members(holder.get("data")).get("status"))
    if holder.get("event") != "bot.status_change" or status.get("code") != "in_call_recording":
        return None
    return read_epoch_s(status.get("start_time"))


def _read_meeting(bot_data: Json, origin: Origin) -> Speech:
    if "transcripts" not in bot_data:  # nobody asked for them, which says nothing of whether there are any
        raise Damaged("the meeting data of Meeting BaaS v1 came without transcripts", hint=_V1_HINT)
    speech = _read_segments(bot_data["transcripts"], origin)
    errors = read_members(bot_data.get("bot")).get("errors")
    has_failed = isinstance(errors, str) and bool(errors.strip())
    return replace(speech, status=RunStatus.FAILED) if has_failed and not speech.utterances else speech


def _read_segments(segments: Any, origin: Origin) -> Speech:  # noqa: ANN401
    if segments is None:
        return Speech(status=RunStatus.NONE)
    return build_speech((_read_segment(each) for each in read_objects(segments, "Meeting BaaS's transcript")), origin)


def _read_segment(segment: Json) -> Utterance:
    if "words" not in segment:
        raise Damaged(f"a segment of Meeting BaaS v1 has no words: it is {describe_shape(segment)}", hint=_V1_HINT)
    words = _read_words(segment["words"], _read_v1_word)
    start_ms, end_ms = _find_span(segment, "start_time", "end_time", words)
    return Utterance(
        join_words(each.text for each in words),
        start_ms=start_ms,
        end_ms=end_ms,
        speaker_label=clean_label(segment.get("speaker")),
        language=read_language(segment.get("lang")),
        source_segment_id=clean_label(segment.get("id")),
        words=words,
    )


def _read_v1_word(word: Json) -> Word:
    start = word.get("start") if word.get("start_time") is None else word["start_time"]
    end = word.get("end") if word.get("end_time") is None else word["end_time"]
    return Word(
        _read_text(word, "text" if "text" in word else "word"),
        start_ms=to_ms(start),
        end_ms=to_ms(end),
        speaker_label=clean_label(word.get("user_id")),
    )


def _read_utterance(utterance: Json) -> Utterance:
    if "text" not in utterance and "words" not in utterance:
        raise Damaged(f"an utterance of Meeting BaaS v2 has no text: it is {describe_shape(utterance)}", hint=_V2_HINT)
    words = _read_words(utterance.get("words"), _read_v2_word)
    start_ms, end_ms = _find_span(utterance, "start", "end", words)
    text = _read_text(utterance, "text") if "text" in utterance else ""
    return Utterance(
        text or join_words(each.text for each in words),
        start_ms=start_ms,
        end_ms=end_ms,
        speaker_label=clean_label(utterance.get("speaker")),
        language=read_language(utterance.get("language")),
        confidence=read_confidence(utterance.get("confidence")),
        channel=_read_channel(utterance.get("channel")),
        words=words,
    )


def _read_v2_word(word: Json) -> Word:
    return Word(
        _read_text(word, "word"),
        start_ms=to_ms(word.get("start")),
        end_ms=to_ms(word.get("end")),
        confidence=read_confidence(word.get("confidence")),
    )


def _read_words(listed: Any, read: Callable[[Json], Word]) -> tuple[Word, ...]:  # noqa: ANN401
    words = (read(each) for each in read_objects(listed, "what Meeting BaaS calls words"))
    return tuple(each for each in words if each.text)


def _find_span(holder: Json, start: str, end: str, words: tuple[Word, ...]) -> tuple[int | None, int | None]:
    """The segment's own times, else those of its words."""
    own = to_ms(holder.get(start)), to_ms(holder.get(end))
    start_ms, end_ms = (lent if said is None else said for said, lent in zip(own, span_of(words), strict=True))
    return start_ms, end_ms


def _read_text(holder: Json, name: str) -> str:
    """A member that is missing is another spelling than those we know, and must not pass for silence."""
    if name not in holder:
        raise Damaged(f"{name!r} of Meeting BaaS's words is missing: there is {describe_shape(holder)}")
    value = holder[name]
    if value is not None and not isinstance(value, str):
        raise Damaged(f"{name!r} of Meeting BaaS is no text: it is {describe_shape(value)}")
    return (value or "").strip()


def _read_channel(value: Any) -> int | None:  # noqa: ANN401
    return value if isinstance(value, int) and not isinstance(value, bool) and value in _CHANNELS else None
