"""Payloads from what was gathered of one recording's files, or of one bot's. Pure.

Decides when a recording was and by which id it goes. A payload that a source's own answers make is left as they make
it, wherever nothing has to be noted beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NoReturn

from harvester.bots.imports.canonical import SCRUBBER, hash_bytes, hash_document, is_secret, scrub_value
from harvester.bots.imports.importable import Importable
from harvester.bots.imports.model import Imported, Part, Source, Told
from harvester.bots.imports.note import MEMBER, has_clock
from harvester.bots.imports.placing import Given, Placed, find_zero, place, share_out
from harvester.bots.imports.shapes import TOGETHER
from harvester.bots.meetings import MeetingUrl, parse_meeting_url
from harvester.bots.members import keep_said
from harvester.bots.model import TimeBase
from harvester.bots.speech import write_moment
from harvester.errors import Damaged, Refused
from harvester.model import Json, Recording

_IMPORT = "import-"
_NOBODY = "-"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_START = "say when it began with --started-at"


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that the files of one recording say. `note` holds what they say in passing."""

    names: tuple[str, ...]
    answers: Mapping[str, Any]
    given: tuple[Given, ...]
    native_id: str | None
    started_at: datetime | None
    note: Part


@dataclass(frozen=True, slots=True)
class _Bare:
    """A payload of the source's own, and what it says without any note."""

    payload: Json
    recording: Recording
    is_named: bool
    is_dated: bool


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime
    base: TimeBase


def parse_meeting(told: Told) -> MeetingUrl | None:
    """The meeting that the user told. Raises Refused for what is no address of one and no number."""
    if told.meeting is None:
        return None
    found = parse_meeting_url(told.meeting)
    if found.platform == "unknown":
        raise Refused(
            f"--meeting is no meeting's: {found.reason}", hint="give its address, or Zoom's number of 9 to 11 digits"
        )
    return found


def build_recordings(source: Source, gathered: Gathered, told: Told) -> list[Imported]:
    """One, or all of a bot's. Raises Damaged and Refused."""
    own_id = _find_id(gathered, told)
    payloads = source.join(own_id, gathered.answers, gathered.started_at)
    if not payloads:
        return [_build_alone(source, gathered, told, own_id)]
    bare = _select([_describe_bare(source, each, own_id) for each in payloads], told)
    shares = share_out(gathered.given, [each.recording for each in bare])
    return [_build_beside(source, each, share, gathered, told) for each, share in zip(bare, shares, strict=True)]


def _find_id(gathered: Gathered, told: Told) -> str:
    """The files', else the user's, else one made of what was said, so that the same files give the same one."""
    if is_secret(told.native_id):
        raise Refused("an address is no id of a recording", hint="give another one with --id")
    if gathered.native_id or told.native_id:
        return gathered.native_id or told.native_id or ""
    hashes = sorted(hash_document(each.document) for each in gathered.given)
    if not hashes:
        _refuse_content(gathered)
    return _IMPORT + (hashes[0] if len(hashes) == 1 else hash_bytes(" ".join(hashes).encode()))


def _refuse_content(gathered: Gathered) -> NoReturn:
    raise Refused(f"{', '.join(gathered.names)}: no recording can be made of it by itself", hint=TOGETHER)


def _describe_bare(source: Source, payload: Json, own_id: str) -> _Bare:
    """With marks in the note, which show what the payload itself leaves open."""
    marks = {"native_id": _NOBODY, "started_at": write_moment(_NEVER)}
    found = source.interpreter.describe({**payload, MEMBER: marks})
    is_named = found.native_id != _NOBODY
    is_dated = found.started_at != _NEVER
    return _Bare(payload, found if is_named else replace(found, native_id=own_id), is_named, is_dated)


def _select(bare: Sequence[_Bare], told: Told) -> list[_Bare]:
    """The recordings that the user's id names: that one, or all of the bot's."""
    if told.native_id is None:
        return list(bare)
    ids = [each.recording.native_id for each in bare]
    found = [each for each in bare if f"{each.recording.native_id}:".startswith(f"{told.native_id}:")]
    if not found:
        raise Damaged(f"the files are of {', '.join(ids)}, and not of {told.native_id}", subject=told.native_id)
    return found


def _build_alone(source: Source, gathered: Gathered, told: Told, own_id: str) -> Imported:
    """A recording of which there is no more than documents, and what the user tells."""
    if told.native_id not in {None, own_id}:
        raise Damaged(f"{', '.join(gathered.names)}: it is of {own_id}, and not of {told.native_id}", subject=own_id)
    if not any(each.speech for each in gathered.given) and gathered.note.transcript is None:
        _refuse_content(gathered)
    moment = _find_moment(source, gathered.given, gathered, told) or _find_first(gathered.given)
    if moment is None:
        _refuse_moment(gathered)
    placed = place(gathered.given, ())
    meeting = parse_meeting(told)
    note = {
        "native_id": own_id,
        **_note_moment(moment),
        **_note_meeting(meeting),
        "meeting_uuid": gathered.note.meeting_uuid,
        "title": gathered.note.title or told.topic,
        "caller": scrub_value(gathered.note.caller),
        "transcript": gathered.note.transcript,
        "files": [_write_file(each) for each in placed],
    }
    return _finish(source, {}, note, placed)


def _build_beside(source: Source, bare: _Bare, share: Sequence[Given], gathered: Gathered, told: Told) -> Imported:
    """A recording as its source describes it, with a note of what is missing there."""
    known = bare.recording
    moment = None if has_clock(known) else _find_moment(source, share, gathered, told)
    if moment is None and not bare.is_dated:
        moment = _find_first(share)
        if moment is None:
            _refuse_moment(gathered)
    placed = place(share, known.files)
    ready = {each.key for each in known.files if each.ready}
    meeting = parse_meeting(told)
    is_open = known.meeting_id is None and known.platform in {None, meeting.platform if meeting else None}
    note = {
        "native_id": None if bare.is_named else known.native_id,
        **(_note_moment(moment) if moment else {}),
        **(_note_meeting(meeting) if is_open else {}),
        "meeting_uuid": None if known.meeting_uuid else gathered.note.meeting_uuid,
        "title": None if known.topic else gathered.note.title or told.topic,
        "caller": None if known.extra.get("caller") else scrub_value(gathered.note.caller),
        "transcript": gathered.note.transcript,
        "files": [_write_file(each) for each in placed if each.key not in ready],
    }
    return _finish(source, bare.payload, note, placed)


def _find_moment(source: Source, given: Iterable[Given], gathered: Gathered, told: Told) -> _Moment | None:
    """What an event says, else what moments and offsets say together, else what the user says."""
    zeros = (find_zero(each.speech) for each in given if each.speech)
    said = gathered.started_at or next((each for each in zeros if each), None)
    if said:
        return _Moment(said, TimeBase.RECORDING_START)
    return _Moment(told.started_at, source.told_base) if told.started_at else None


def _find_first(given: Iterable[Given]) -> _Moment | None:
    """When something was said first, where no more is known; offsets cannot be counted from it."""
    moments = (said.start_at for each in given if each.speech for said in each.speech.utterances)
    first = min((each for each in moments if each), default=None)
    return _Moment(first, TimeBase.UNKNOWN) if first else None


def _refuse_moment(gathered: Gathered) -> NoReturn:
    raise Refused(f"{', '.join(gathered.names)}: nothing says when the recording was", hint=_START)


def _note_moment(moment: _Moment) -> Json:
    return {"started_at": write_moment(moment.at), "time_base": moment.base.value}


def _note_meeting(meeting: MeetingUrl | None) -> Json:
    if meeting is None:
        return {}
    return {"platform": meeting.platform, "meeting_id": meeting.zoom_meeting_id, "meeting_url": meeting.redacted}


def _write_file(placed: Placed) -> Json:
    return placed.noted.model_dump(exclude_none=True)


def _finish(source: Source, payload: Json, note: Json, placed: Sequence[Placed]) -> Imported:
    """Raises Damaged for a payload that would not be understood later."""
    said = SCRUBBER.scrub(keep_said(**note))
    whole = {**payload, MEMBER: said} if said else payload
    Importable(source.interpreter).describe(whole)
    return Imported(whole, {each.key: each.data for each in placed})
