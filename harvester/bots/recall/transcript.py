"""Recall's transcripts. Pure: decides by the types of what came which of its two forms a transcript has.

Since v1.11 a word's time is an object with the offset and, mostly, the moment itself; before it was a plain number, of
which nobody says for sure that it is seconds. Either may be missing, and the offset may be negative: the recording's
last start is 0, and a bot may have heard something before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from harvester.bots.members import read_members
from harvester.bots.model import Origin, Speech, Utterance, Word
from harvester.bots.speech import (
    build_speech,
    clean_label,
    describe_shape,
    join_words,
    read_confidence,
    read_language,
    read_moment,
    read_objects,
    to_ms,
)
from harvester.errors import Damaged
from harvester.model import Json

_HINT = "the file behind a transcript's `download_url` is expected, or the list that /bot/{id}/transcript/ answers"
_LIVE = frozenset({"transcript.data", "transcript.partial_data", "transcript.provider_data"})


class _Stamp(NamedTuple):
    """A word's start or end. `is_plain` where it came as a number."""

    offset_ms: int | None = None
    at: datetime | None = None
    is_plain: bool = False


class _Spoken(NamedTuple):
    word: Word
    start: _Stamp
    end: _Stamp


def read_transcript(payload: Any, origin: Origin, *, duration_ms: int | None = None) -> Speech:  # noqa: ANN401
    """The parts of a transcript, of v1.11 or before. Raises Damaged for anything else.

    Absolute times are the payload's own, else they count from `origin`. Plain numbers must lie within one and a half
    times `duration_ms`, the recording's, if that is known: otherwise they are no seconds.
    """
    if not isinstance(payload, list):
        raise _refuse(payload)
    parts = [(part, _read_words(part)) for part in payload]
    _check_unit((spoken for _, words in parts for spoken in words), duration_ms)
    return build_speech((_build_utterance(part, words) for part, words in parts), origin)


def _refuse(payload: Any) -> Damaged:  # noqa: ANN401
    event = read_members(payload).get("event")
    if isinstance(event, str) and event in _LIVE:
        return Damaged("it is a piece of Recall's live transcript, which the one after the call replaces", hint=_HINT)
    if isinstance(event, str):
        return Damaged(f"it is Recall's event {event[:40]!r}, which holds no transcript", hint=_HINT)
    return Damaged(f"it is no transcript of Recall's: it is {describe_shape(payload)}", hint=_HINT)


def _check_unit(words: Iterable[_Spoken], duration_ms: int | None) -> None:
    if duration_ms is None or duration_ms <= 0:  # nothing lasted that long: the duration is not known
        return
    stamps = (stamp for each in words for stamp in (each.start, each.end) if stamp.is_plain)
    last_ms = max((each.offset_ms for each in stamps if each.offset_ms is not None), default=0)
    if last_ms * 2 > duration_ms * 3:
        raise Damaged(
            f"the last word of Recall's transcript lies at {last_ms} ms in a recording of {duration_ms} ms:"
            " its times are no seconds",
            hint="check that the transcript is of this recording",
        )


def _build_utterance(part: Json, words: Sequence[_Spoken]) -> Utterance:
    start = _find_start(words)
    end = words[-1].end if words else _Stamp()
    return Utterance(
        join_words(each.word.text for each in words),
        start_ms=start.offset_ms,
        end_ms=end.offset_ms,
        start_at=start.at,
        end_at=end.at,
        speaker_label=_find_label(part),
        language=read_language(part.get("language")),
        words=tuple(each.word for each in words),
    )


def _find_start(words: Sequence[_Spoken]) -> _Stamp:
    """Offset and moment of one word, so that they agree: the first with an offset, else the first with a moment."""
    starts = [each.start for each in words]
    with_offset = (each for each in starts if each.offset_ms is not None)
    with_moment = (each for each in starts if each.at is not None)
    return next(with_offset, next(with_moment, _Stamp()))


def _find_label(part: Json) -> str | None:
    participant = part.get("participant")
    if participant is None:
        return clean_label(part.get("speaker"))
    if not isinstance(participant, dict):
        raise Damaged(f"a participant of Recall's is no object: it is {describe_shape(participant)}", hint=_HINT)
    return clean_label(participant.get("name"))


def _read_words(part: Any) -> list[_Spoken]:  # noqa: ANN401
    if not isinstance(part, dict) or "words" not in part:  # lists of participants and of speakers' turns look alike
        raise Damaged(f"a part of Recall's transcript has no words: it is {describe_shape(part)}", hint=_HINT)
    spoken = (_read_word(each) for each in read_objects(part["words"], "what Recall calls words", hint=_HINT))
    return [each for each in spoken if each.word.text]


def _read_word(word: Json) -> _Spoken:
    text = word.get("text", False)  # null is a word without text, and a missing member no word of Recall's
    if text is not None and not isinstance(text, str):
        raise Damaged(f"a word of Recall's has no text: it is {describe_shape(word)}", hint=_HINT)
    start, end = _read_stamp(word.get("start_timestamp")), _read_stamp(word.get("end_timestamp"))
    confidence = read_confidence(word.get("confidence"))
    return _Spoken(Word((text or "").strip(), start.offset_ms, end.offset_ms, confidence), start, end)


def _read_stamp(value: Any) -> _Stamp:  # noqa: ANN401
    if value is None:
        return _Stamp()
    if isinstance(value, int | float):
        return _Stamp(to_ms(value), is_plain=True)
    if not isinstance(value, dict) or not value.keys() & {"relative", "absolute"}:
        raise Damaged(f"a time of Recall's is neither number nor time stamp: it is {describe_shape(value)}", hint=_HINT)
    absolute = value.get("absolute")
    if isinstance(absolute, list | dict | int | float):
        raise Damaged(f"an absolute time of Recall's is no text: it is {describe_shape(absolute)}", hint=_HINT)
    return _Stamp(to_ms(value.get("relative")), read_moment(absolute))
