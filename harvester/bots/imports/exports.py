"""Saved answers of attendee, Vexa and Fireflies, and Otter's exports. Pure: decides by shape what each is.

None of them is asked by us: what was saved is all there is, and a payload is what it says beside the speech.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from harvester.body import parse_json
from harvester.bots.imports import shapes
from harvester.bots.imports.attendee import Attendee
from harvester.bots.imports.canonical import SCRUBBER
from harvester.bots.imports.fireflies import Fireflies
from harvester.bots.imports.model import Document, Part, Role, Source
from harvester.bots.imports.otter import Otter
from harvester.bots.imports.vexa import Vexa
from harvester.bots.members import read_members
from harvester.bots.model import Origin, TimeBase
from harvester.bots.otter import read_transcript as read_otter
from harvester.errors import Damaged
from harvester.model import Json
from schemas.tolerant import read_items, read_text

_BOT, _RECORDING, _MEETING, _TRANSCRIPT = "bot", "recording", "meeting", "transcript"
_BRACKETS = ("{", "[")


def _recognise_attendee(value: Any, data: bytes) -> Part:  # noqa: ANN401 - JSON has no narrower type
    if not isinstance(value, dict):
        lists_people = shapes.have(value, "uuid", "name") and not shapes.have(value, "transcription")
        return shapes.hold(Role.PARTICIPANTS if lists_people else Role.TRANSCRIPT, value, data)
    if "trigger" in value:
        raise shapes.refuse_event(value, "attendee")
    if isinstance(value.get("results"), list):
        if any("meeting_url" in each for each in read_items(value["results"])):
            raise shapes.refuse_listing("attendee")
        return _hold_people(value, data)
    if "start_timestamp_ms" in value:
        return Part({_RECORDING: {"start_timestamp_ms": value["start_timestamp_ms"]}})
    if "id" in value and value.keys() & {"state", "meeting_url"}:
        return Part({_BOT: value}, native_id=read_text(value["id"]))
    return shapes.hold(Role.TRANSCRIPT, value, data)  # or nothing: its reader says so


def _hold_people(value: Json, data: bytes) -> Part:
    if value["results"] and not shapes.have(value["results"], "uuid"):
        raise shapes.refuse_shape(value)
    return shapes.hold(Role.PARTICIPANTS, value, data)


def _join_attendee(native_id: str, answers: Mapping[str, Any], started_at: datetime | None) -> Sequence[Json]:
    del native_id, started_at
    bot = answers.get(_BOT, {})
    known = {_RECORDING: answers[_RECORDING]} if _RECORDING in answers else {}
    return (SCRUBBER.scrub({**bot, **known}),) if bot or known else ()


def _recognise_vexa(value: Any, data: bytes) -> Part:  # noqa: ANN401
    said = read_members(value)
    if "event_type" in said:
        meeting = read_members(said.get("data")).get("meeting")
        if not isinstance(meeting, dict):
            raise shapes.refuse_event(said, "Vexa")
        return Part({_MEETING: meeting}, native_id=read_text(meeting.get("id")))
    if isinstance(said.get("meetings"), list):
        raise shapes.refuse_listing("Vexa")
    native_id = read_text(said.get("id"))
    if "segments" in said:
        about = {name: each for name, each in said.items() if name not in {"segments", "recordings", "notes"}}
        return Part({_TRANSCRIPT: about}, Document(Role.TRANSCRIPT, value, data), native_id)
    if "native_meeting_id" in said and "status" in said:
        return Part({_MEETING: said}, native_id=native_id)
    return shapes.hold(Role.TRANSCRIPT, value, data)  # or nothing: its reader says so


def _join_vexa(native_id: str, answers: Mapping[str, Any], started_at: datetime | None) -> Sequence[Json]:
    del native_id, started_at
    about = {**answers.get(_MEETING, {}), **answers.get(_TRANSCRIPT, {})}
    if not about:
        return ()
    addresses = (answers.get(name, {}).get("constructed_meeting_url") for name in (_TRANSCRIPT, _MEETING))
    address = next((each for each in addresses if each), None)
    return (SCRUBBER.scrub({**about, "meeting_url": address} if address else about),)


def _recognise_fireflies(value: Any, data: bytes) -> Part:  # noqa: ANN401
    said = read_members(value)
    if said.keys() & {"eventType", "event"}:
        raise shapes.refuse_event({"event": said.get("eventType"), **said}, "Fireflies")
    document = Document(Role.TRANSCRIPT, value, data)
    holder = said.get("data", said)
    if isinstance(holder, dict) and "transcripts" in holder:
        raise shapes.refuse_listing("Fireflies")
    found = holder.get("transcript") if isinstance(holder, dict) and "data" in said else holder
    if found is None and not said.get("errors"):
        raise Damaged("Fireflies answered that there is no such transcript")
    if not isinstance(found, dict) or "sentences" not in found:
        return Part(document=document)  # an error or nothing: its reader says so
    about = {name: each for name, each in found.items() if name != "sentences"}
    return Part({_TRANSCRIPT: about}, document, read_text(found.get("id")))


def _join_fireflies(native_id: str, answers: Mapping[str, Any], started_at: datetime | None) -> Sequence[Json]:
    del native_id, started_at
    about = answers.get(_TRANSCRIPT)
    return (SCRUBBER.scrub(about),) if about else ()


def _recognise_otter(value: str, data: bytes) -> Part:
    """Only cues have ends, which tells the two forms apart."""
    if value.startswith("%PDF-") or _is_json(value, data):
        raise Damaged("it is no text of Otter's", hint="export it from Otter as TXT or SRT")
    speech = read_otter(value, Origin())
    extension = "srt" if any(each.end_ms is not None for each in speech.utterances) else "txt"
    return Part(document=Document(Role.TRANSCRIPT, value, data, extension=extension))


def _is_json(text: str, data: bytes) -> bool:
    """What is said may begin with a bracket too, as "[laughs]" does."""
    if not text.lstrip().startswith(_BRACKETS):
        return False
    try:
        parse_json(data)
    except Damaged:
        return False
    return True


def _join_nothing(native_id: str, answers: Mapping[str, Any], started_at: datetime | None) -> Sequence[Json]:
    del native_id, answers, started_at
    return ()


ATTENDEE = Source(
    Attendee(),
    "the answer about a bot, about its transcript, its recording or its participants",
    _recognise_attendee,
    _join_attendee,
)
VEXA = Source(Vexa(), "a transcript, a meeting, or the body of a webhook about one", _recognise_vexa, _join_vexa)
FIREFLIES = Source(
    Fireflies(), "the answer to transcript(id), with its sentences", _recognise_fireflies, _join_fireflies
)
OTTER = Source(
    Otter(), "an export as TXT or SRT", _recognise_otter, _join_nothing, told_base=TimeBase.UNKNOWN, is_text=True
)
