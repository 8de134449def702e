"""Fireflies' transcripts. Pure: decides what an answer of its GraphQL API means, and in which unit each time is.

One object has three units: `date` is milliseconds since 1970, `duration` minutes (not read here), and the times of its
sentences are seconds, as numbers or as text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harvester.bots.members import read_members
from harvester.bots.model import Origin, RunStatus, Speech, TimeBase, Utterance
from harvester.bots.speech import build_speech, clean_label, read_epoch_ms, read_objects, to_ms
from harvester.errors import Damaged
from harvester.model import Json

_NOT_FOUND = "object_not_found"


def read_transcript(payload: Any, origin: Origin) -> Speech:  # noqa: ANN401 - JSON has no narrower type
    """A transcript object, or the whole answer to `transcript(id)`. Raises Damaged for anything else.

    Offsets count from the transcript's `date`, else from `origin`.
    """
    if not isinstance(payload, dict):
        raise Damaged("it is no transcript of Fireflies': it is no object")
    codes = _read_error_codes(payload)
    if codes and set(codes) == {_NOT_FOUND}:
        return Speech(status=RunStatus.EXPIRED)
    if codes:
        raise Damaged(f"Fireflies answered with the error {codes[0]!r}")
    transcript = _find_transcript(payload)
    return Speech(status=RunStatus.NONE) if transcript is None else _read_found(transcript, origin)


def _read_found(transcript: Json, origin: Origin) -> Speech:
    sentences = _read_sentences(transcript)
    started_at = read_epoch_ms(transcript.get("date"))
    base = Origin(started_at, TimeBase.RECORDING_START) if started_at else origin
    speech = build_speech((_read_sentence(each) for each in sentences), base)
    if not speech.utterances and transcript.get("is_live") is True:
        return replace(speech, status=RunStatus.PENDING)
    return speech


def _read_error_codes(payload: Json) -> list[str]:
    """GraphQL tells its errors in the body of a 200, with their codes in one of two places."""
    errors = payload.get("errors")
    if errors is None:
        return []
    listed = errors if isinstance(errors, list) else [errors]
    return [_read_error_code(each) for each in listed]


def _read_error_code(error: Any) -> str:  # noqa: ANN401
    holder = read_members(error)
    inner = read_members(holder.get("extensions")).get("code")
    code = next((each for each in (holder.get("code"), inner) if isinstance(each, str) and each), None)
    return code[:60] if code else "without a code"


def _find_transcript(payload: Json) -> Json | None:
    """None where the answer says that there is none."""
    if "data" not in payload:
        return payload
    data = payload["data"]
    if not isinstance(data, dict) or "transcript" not in data:
        raise Damaged("Fireflies' answer holds no single transcript")
    transcript = data["transcript"]
    if transcript is not None and not isinstance(transcript, dict):
        raise Damaged("Fireflies' transcript is no object")
    return transcript


def _read_sentences(transcript: Json) -> list[Json]:
    if "sentences" not in transcript:  # as in a list of transcripts, where nobody asked for them
        raise Damaged("it is no transcript of Fireflies': it has no sentences")
    return read_objects(transcript["sentences"], "what Fireflies calls sentences")


def _read_sentence(sentence: Json) -> Utterance:
    # `text` is what is shown, and may be a person's correction; one corrected to nothing stays nothing
    text = _read_text(sentence, "raw_text") if sentence.get("text") is None else _read_text(sentence, "text")
    return Utterance(
        text.strip(),
        start_ms=to_ms(sentence.get("start_time")),
        end_ms=to_ms(sentence.get("end_time")),
        speaker_label=clean_label(sentence.get("speaker_name")),
        source_segment_id=clean_label(sentence.get("index")),
    )


def _read_text(sentence: Json, name: str) -> str:
    value = sentence.get(name)
    if value is not None and not isinstance(value, str):
        raise Damaged(f"{name!r} of a sentence of Fireflies' is no text")
    return value or ""
