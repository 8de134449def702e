"""attendee's transcripts. Pure: decides what its two clocks mean, since 1970 for speech and since its start for words.

An utterance's moment is all that is said; how far into the recording it lies depends on when that began, which only
the answer about the recording says (`start_timestamp_ms`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from harvester.bots.model import Origin, Speech, Utterance, Word
from harvester.bots.speech import (
    as_ms,
    build_speech,
    clean_label,
    describe_shape,
    join_words,
    offset_from,
    read_confidence,
    read_epoch_ms,
    read_language,
    read_objects,
    to_ms,
)
from harvester.errors import Damaged
from harvester.model import Json

_HINT = "the answer of /bots/{id}/transcript is expected"


def read_transcript(payload: Any, origin: Origin) -> Speech:  # noqa: ANN401 - JSON has no narrower type
    """The utterances that `/bots/{id}/transcript` answers. Raises Damaged for anything else.

    Offsets, the words' too, are known only where `origin` is.
    """
    if not isinstance(payload, list):
        raise Damaged(f"it is no transcript of attendee's: it is {describe_shape(payload)}", hint=_HINT)
    return build_speech((_read_utterance(each, origin) for each in payload), origin)


def _read_utterance(value: Any, origin: Origin) -> Utterance:  # noqa: ANN401
    if not isinstance(value, dict) or "transcription" not in value:
        raise Damaged(f"an utterance of attendee's has no transcription: it is {describe_shape(value)}", hint=_HINT)
    transcription = _find_transcription(value)
    start_at, duration_ms = read_epoch_ms(value.get("timestamp_ms")), as_ms(value.get("duration_ms"))
    start_ms = offset_from(origin, start_at)
    words = _read_words(transcription.get("words"), start_ms)
    return Utterance(
        _read_text(transcription, "transcript") or join_words(each.text for each in words),
        start_ms=start_ms,
        end_ms=_add(start_ms, duration_ms),
        start_at=start_at,
        end_at=_find_end(value, duration_ms),
        speaker_label=clean_label(value.get("speaker_name")),
        language=read_language(transcription.get("language")),
        words=words,
    )


def _find_transcription(utterance: Json) -> Json:
    transcription = utterance["transcription"]
    if transcription is None:
        return {}
    if not isinstance(transcription, dict) or not transcription.keys() & {"transcript", "words"}:
        raise Damaged(f"a transcription of attendee's has no text: it is {describe_shape(transcription)}", hint=_HINT)
    return transcription


def _find_end(utterance: Json, duration_ms: int | None) -> datetime | None:
    stamp = utterance.get("timestamp_ms")
    return None if stamp is None or duration_ms is None else read_epoch_ms(stamp + duration_ms)


def _add(start_ms: int | None, offset_ms: int | None) -> int | None:
    return None if start_ms is None or offset_ms is None else start_ms + offset_ms


def _read_words(listed: Any, start_ms: int | None) -> tuple[Word, ...]:  # noqa: ANN401
    words = (_read_word(each, start_ms) for each in read_objects(listed, "what attendee calls words", hint=_HINT))
    return tuple(each for each in words if each.text)


def _read_word(word: Json, start_ms: int | None) -> Word:
    if not word.keys() & {"punctuated_word", "word"}:
        raise Damaged(f"a word of attendee's has no text: it is {describe_shape(word)}", hint=_HINT)
    punctuated, plain = _read_text(word, "punctuated_word"), _read_text(word, "word")
    return Word(
        punctuated or plain,
        start_ms=_add(start_ms, to_ms(word.get("start"))),
        end_ms=_add(start_ms, to_ms(word.get("end"))),
        confidence=read_confidence(word.get("confidence")),
        speaker_label=clean_label(word.get("speaker")),
    )


def _read_text(holder: Json, name: str) -> str:
    value = holder.get(name)
    if value is not None and not isinstance(value, str):
        raise Damaged(f"{name!r} of attendee's is no text: it is {describe_shape(value)}", hint=_HINT)
    return (value or "").strip()
