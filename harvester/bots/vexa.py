"""Vexa's transcripts. Pure: decides which segments are final, and whether more of them may come.

A segment that is not `completed` is a draft, which the next answer may word otherwise or leave out; once the meeting
is over nobody will complete it any more, and it is what was heard.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harvester.bots.model import Origin, RunStatus, Speech, TimeBase, Utterance
from harvester.bots.speech import build_speech, clean_label, read_language, read_moment, read_objects, to_ms
from harvester.errors import Damaged
from harvester.model import Json

_FAILED = "failed"
_OVER = frozenset({"completed", _FAILED})
_UNDER_WAY = frozenset({"requested", "joining", "awaiting_admission", "needs_help", "active", "stopping"})


def read_transcript(payload: Any, origin: Origin) -> Speech:  # noqa: ANN401 - JSON has no narrower type
    """An answer of `/transcripts/{platform}/{native_meeting_id}`. Raises Damaged for anything else.

    Offsets count from the answer's `start_time`, else from `origin`.
    """
    segments = _read_segments(payload)
    status = _read_text(payload, "status")
    is_over = status in _OVER or read_moment(payload.get("end_time")) is not None
    started_at = read_moment(payload.get("start_time"))
    base = Origin(started_at, TimeBase.SESSION_START) if started_at else origin
    kept = [each for each in segments if is_over or each.get("completed") is not False]
    n_drafts = len(segments) - len(kept)
    speech = build_speech((_read_segment(each) for each in kept), base, dropped=n_drafts)
    if speech.utterances:
        return speech
    awaited = not is_over and (status in _UNDER_WAY or n_drafts > 0)
    return replace(speech, status=RunStatus.PENDING if awaited else _end_of(status))


def _end_of(status: str | None) -> RunStatus:
    """A bot that never got in heard nothing, which is not silence."""
    return RunStatus.FAILED if status == _FAILED else RunStatus.EMPTY


def _read_segments(payload: Any) -> list[Json]:  # noqa: ANN401
    if not isinstance(payload, dict) or "segments" not in payload:
        raise Damaged("it is no transcript of Vexa's: it has no segments")
    return read_objects(payload["segments"], "what Vexa calls segments")


def _read_segment(segment: Json) -> Utterance:
    return Utterance(
        (_read_text(segment, "text") or "").strip(),
        start_ms=to_ms(segment.get("start")),
        end_ms=to_ms(segment.get("end")),
        start_at=read_moment(segment.get("absolute_start_time")),
        end_at=read_moment(segment.get("absolute_end_time")),
        speaker_label=clean_label(segment.get("speaker")),
        language=read_language(_read_text(segment, "language")),
        source_segment_id=clean_label(segment.get("segment_id")),
    )


def _read_text(holder: Json, name: str) -> str | None:
    value = holder.get(name)
    if value is not None and not isinstance(value, str):
        raise Damaged(f"{name!r} of Vexa's transcript is no text")
    return value
