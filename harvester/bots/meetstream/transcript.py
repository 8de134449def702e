"""MeetStream's transcripts. Pure: decides which of the documented shapes came, by members and types alone.

A transcript is a list of segments, bare or as a member of an object. A segment has its text in one of three places,
and its times are seconds into the recording; one whose only time is a moment has words on a clock of their own, whose
times say nothing here. What AssemblyAI gave MeetStream (`?raw=true`) is another form, in whole milliseconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from harvester.bots.members import read_members
from harvester.bots.model import Origin, RunStatus, Speech, Utterance, Word
from harvester.bots.speech import (
    as_ms,
    build_speech,
    clean_label,
    describe_shape,
    join_words,
    offset_from,
    read_confidence,
    read_language,
    read_moment,
    read_objects,
    span_of,
    to_ms,
)
from harvester.errors import Damaged
from harvester.model import Json

_HINT = "the answer of /transcript/{transcript_id}/get_transcript is expected, or AssemblyAI's with ?raw=true"
_LISTS = ("message", "transcript", "data", "segments")
_OF_A_BOT = frozenset({"bot_id", "event", "bot_event"})
_TEXTS = ("transcript", "text")
_WORD_TEXTS = ("punctuated_word", "word", "text")
_ReadTime = Callable[[Json, str], int | None]
_RAW_STATES = {"queued": RunStatus.PENDING, "processing": RunStatus.PENDING, "error": RunStatus.FAILED}


def read_transcript(payload: Any, origin: Origin, *, streaming: bool = False) -> Speech:  # noqa: ANN401
    """An answer of `get_transcript`, raw or not. Raises Damaged for anything else.

    A message alone is the answer of status 202. That of another status looks the same: ask for the status first.
    `streaming` says that the provider was a streaming one, whose confidence of 0 was not measured.
    """
    if isinstance(payload, dict) and ("utterances" in payload or {"text", "words"} <= payload.keys()):
        return _read_raw(payload, origin, streaming=streaming)
    listed = _find_segments(payload)
    if listed is None:
        return Speech(status=RunStatus.PENDING)
    return build_speech((_read_segment(each, origin, streaming=streaming) for each in listed), origin)


def _find_segments(payload: Any) -> list[Any] | None:  # noqa: ANN401
    """None where the answer is a mere message."""
    if isinstance(payload, list):
        return payload
    holder = read_members(payload)
    lists = [holder[name] for name in _LISTS if isinstance(holder.get(name), list)]
    if lists:
        return next((each for each in lists if each), [])
    # events and answers about a bot have messages too, and waiting for those to become a transcript never ends
    if isinstance(holder.get("message"), str) and not holder.keys() & _OF_A_BOT:
        return None
    raise Damaged(f"it is no transcript of MeetStream's: it is {describe_shape(payload)}", hint=_HINT)


def _read_segment(value: Any, origin: Origin, *, streaming: bool) -> Utterance:  # noqa: ANN401
    segment = _check_spoken(value)
    own_start, own_end = _read_offset(segment, "start"), _read_offset(segment, "end")
    has_moment = own_start is None and "timestamp" in segment
    words = _read_words(segment.get("words"), _read_no_time if has_moment else _read_word_time, streaming=streaming)
    lent_start, lent_end = span_of(words)
    start_at = read_moment(segment.get("absolute_start_time"))
    if has_moment:
        start_at = start_at or read_moment(segment["timestamp"])
    end_at = read_moment(segment.get("absolute_end_time"))
    return Utterance(
        _find_text(segment, words),
        start_ms=_first_known(own_start, lent_start, offset_from(origin, start_at)),
        end_ms=_first_known(own_end, lent_end, offset_from(origin, end_at)),
        start_at=start_at,
        end_at=end_at,
        speaker_label=_find_label(segment),
        words=words,
    )


def _check_spoken(value: Any) -> Json:  # noqa: ANN401
    """Lists of people and of bots look alike, and must not pass for silence."""
    if not isinstance(value, dict) or not value.keys() & {*_TEXTS, "words"}:
        raise Damaged(f"a segment of MeetStream's has no text: it is {describe_shape(value)}", hint=_HINT)
    return value


def _read_offset(segment: Json, side: str) -> int | None:
    said = segment.get(f"{side}_time")
    return to_ms(segment.get(side) if said is None else said)


def _first_known(*offsets: int | None) -> int | None:
    return next((each for each in offsets if each is not None), None)


def _find_text(holder: Json, words: Sequence[Word]) -> str:
    return _read_text(holder, _TEXTS) or join_words(each.text for each in words)


def _read_text(holder: Json, names: Sequence[str]) -> str:
    """The first of these members that is not blank."""
    found = ""
    for name in names:
        value = holder.get(name)
        if value is not None and not isinstance(value, str):
            raise Damaged(f"{name!r} of MeetStream's is no text: it is {describe_shape(value)}", hint=_HINT)
        found = found or (value or "").strip()
    return found


def _find_label(segment: Json) -> str | None:
    participant = segment.get("participant")
    if participant is None:
        return clean_label(segment.get("speaker"))
    if not isinstance(participant, dict):
        raise Damaged(f"a participant of MeetStream's is no object: it is {describe_shape(participant)}", hint=_HINT)
    return clean_label(participant.get("name"))


def _read_words(listed: Any, read_time: _ReadTime, *, streaming: bool) -> tuple[Word, ...]:  # noqa: ANN401
    words = (_check_word(each) for each in read_objects(listed, "what MeetStream calls words", hint=_HINT))
    read = (
        Word(
            _read_text(each, _WORD_TEXTS),
            start_ms=read_time(each, "start"),
            end_ms=read_time(each, "end"),
            confidence=_read_measured(each, streaming=streaming),
            speaker_label=clean_label(each.get("speaker")),
        )
        for each in words
    )
    return tuple(each for each in read if each.text)


def _check_word(word: Json) -> Json:
    if not word.keys() & {*_WORD_TEXTS}:
        raise Damaged(f"a word of MeetStream's has no text: it is {describe_shape(word)}", hint=_HINT)
    return word


def _read_word_time(word: Json, side: str) -> int | None:
    stamp = word.get(f"{side}_timestamp")
    if stamp is None:
        return to_ms(word.get(side))
    if not isinstance(stamp, dict):
        raise Damaged(f"a time of MeetStream's words is no object: it is {describe_shape(stamp)}", hint=_HINT)
    return to_ms(stamp.get("relative"))


def _read_no_time(word: Json, side: str) -> None:
    """Where nobody knows what the times of the words count from."""


def _read_measured(holder: Json, *, streaming: bool) -> float | None:
    confidence = read_confidence(holder.get("confidence"))
    return None if streaming and confidence == 0 else confidence


def _read_raw(payload: Json, origin: Origin, *, streaming: bool) -> Speech:
    words = _read_words(payload.get("words"), _read_raw_time, streaming=streaming)
    listed = read_objects(payload.get("utterances"), "what AssemblyAI calls utterances", hint=_HINT)
    turns = [_read_turn(each, streaming=streaming) for each in listed]
    if not turns:
        turns = _read_whole(payload, words)
    elif not any(each.words for each in turns):
        turns = _share_out(words, turns)
    language = _read_raw_language(payload.get("language_code"))
    texts = (each.text or join_words(word.text for word in each.words) for each in turns)
    spoken = (replace(each, text=text, language=language) for each, text in zip(turns, texts, strict=True))
    speech = build_speech(spoken, origin)
    status = payload.get("status")
    if speech.utterances or not isinstance(status, str):
        return speech
    return replace(speech, status=_RAW_STATES.get(status, speech.status))


def _read_turn(value: Json, *, streaming: bool) -> Utterance:
    turn = _check_spoken(value)
    return Utterance(
        _read_text(turn, _TEXTS),
        start_ms=_read_raw_time(turn, "start"),
        end_ms=_read_raw_time(turn, "end"),
        speaker_label=clean_label(turn.get("speaker")),
        confidence=_read_measured(turn, streaming=streaming),
        words=_read_words(turn.get("words"), _read_raw_time, streaming=streaming),
    )


def _read_whole(payload: Json, words: tuple[Word, ...]) -> list[Utterance]:
    """Nobody told the speakers apart: all of it is one stretch of speech."""
    text = _find_text({"text": payload.get("text")}, words)
    start_ms, end_ms = span_of(words)
    return [Utterance(text, start_ms=start_ms, end_ms=end_ms, words=words)] if text else []


def _share_out(words: Sequence[Word], turns: Sequence[Utterance]) -> list[Utterance]:
    """Each word goes to the turn of its speaker that began last before it, unless that was over by then."""
    begun = defaultdict[str | None, list[tuple[int, int]]](list)
    for start_ms, index in sorted((each.start_ms, at) for at, each in enumerate(turns) if each.start_ms is not None):
        begun[turns[index].speaker_label].append((start_ms, index))
    shares: list[list[Word]] = [[] for _ in turns]
    for word in words:
        found = _find_turn(turns, begun[word.speaker_label], word.start_ms)
        if found is not None:
            shares[found].append(word)
    return [replace(turn, words=tuple(share)) for turn, share in zip(turns, shares, strict=True)]


def _find_turn(turns: Sequence[Utterance], begun: Sequence[tuple[int, int]], moment_ms: int | None) -> int | None:
    n_before = 0 if moment_ms is None else bisect_right(begun, (moment_ms, len(turns)))
    if moment_ms is None or n_before == 0:
        return None
    index = begun[n_before - 1][1]
    end_ms = turns[index].end_ms
    return index if end_ms is not None and moment_ms <= end_ms else None


def _read_raw_language(value: Any) -> str | None:  # noqa: ANN401
    return read_language(value.replace("_", "-") if isinstance(value, str) else None)  # en_us is theirs for en-us


def _read_raw_time(holder: Json, side: str) -> int | None:
    """Another provider's raw form may look the same and count seconds, which would have fractions."""
    value = holder.get(side)
    if isinstance(value, float):
        raise Damaged(f"{value!r} is no time of AssemblyAI's, which are whole milliseconds", hint=_HINT)
    return as_ms(value)
