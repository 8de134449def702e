"""From saved files to recordings. Pure: decides what each file is, what belongs together, and when a recording was.

Nothing of a file is lost without a word: one that is of no known shape, that says nothing by itself, or that
contradicts another one, is refused by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from harvester.bots.imports.canonical import is_secret, read_json, read_text, scrub_value
from harvester.bots.imports.exports import ATTENDEE, FIREFLIES, OTTER, VEXA
from harvester.bots.imports.joining import Gathered, build_recordings, parse_meeting
from harvester.bots.imports.meetingbaas import MEETINGBAAS_V1, MEETINGBAAS_V2
from harvester.bots.imports.meetstream import MEETSTREAM
from harvester.bots.imports.model import Imported, Part, Role, Saved, Source, Told
from harvester.bots.imports.placing import Given, keep_data
from harvester.bots.imports.recall import RECALL
from harvester.bots.model import Origin, RunStatus, Speech
from harvester.errors import Damaged, Refused
from harvester.model import Kind, ListedFile

SOURCES = MappingProxyType(
    {
        each.interpreter.name: each
        for each in (MEETSTREAM, MEETINGBAAS_V1, MEETINGBAAS_V2, RECALL, ATTENDEE, VEXA, FIREFLIES, OTTER)
    }
)
"""What can be imported, by the source's name."""

_REFUSED = {
    RunStatus.PENDING: "its transcript is still being made, or there is none",
    RunStatus.FAILED: "its transcript could not be made",
    RunStatus.EXPIRED: "its transcript is there no longer",
}


@dataclass(frozen=True, slots=True)
class _Read:
    """A file, read: what it says, and its document without secrets."""

    name: str
    part: Part
    given: Given | None


def read_saved(source: str, saved: Sequence[Saved], told: Told, *, together: bool = False) -> list[Imported]:
    """The recordings that saved files hold: one for each file, or all of them of one recording (`together`).

    A bot of Recall's with several recordings gives one for each. Raises Damaged for a file that cannot be read and for
    files or words that contradict each other, Refused where something has to be told first.
    """
    known = SOURCES.get(source)
    if known is None:
        raise Refused(f"{source!r} is no source of bots' recordings", hint=f"one of: {', '.join(SOURCES)}")
    parse_meeting(told)
    read = [_read(known, each) for each in saved]
    groups = [read] if together else [[each] for each in read]
    return [each for group in groups if group for each in build_recordings(known, _gather(group, told), told)]


def _read(source: Source, saved: Saved) -> _Read:
    try:
        value = read_text(saved) if source.is_text else read_json(saved)
        part = source.recognise(value, saved.data)
        _check_id(part)
        given = _read_document(source, saved.name, part)
    except Damaged as error:
        hint = error.hint or f"what can be imported of {source.interpreter.name}: {source.expected}"
        raise Damaged(f"{saved.name}: {error.message}", hint=hint, subject=saved.name) from error
    return _Read(saved.name, part, given)


def _read_document(source: Source, name: str, part: Part) -> Given | None:
    if part.document is None:
        return None
    document = keep_data(part.document, scrub_value(part.document.value))
    if is_secret(document.run_id):
        document = replace(document, run_id=None)
    if document.role is not Role.TRANSCRIPT:
        return Given(name, document)
    file = ListedFile("", Kind.TRANSCRIPT, "TRANSCRIPT", extension=document.extension)
    speech = source.interpreter.read_transcript(file, document.value, Origin())
    if not speech.utterances and speech.status is RunStatus.FAILED and part.answers:
        return None  # the answer says itself what became of it
    _check_made(speech)
    return Given(name, document, speech)


def _check_id(part: Part) -> None:
    """An id stands in names and messages, and an address may open something."""
    if is_secret(part.native_id):
        raise Damaged("what stands for an id there is none")


def _check_made(speech: Speech) -> None:
    """Silence is a result; a transcript that does not exist is none."""
    if not speech.utterances and speech.status in _REFUSED:
        raise Damaged(_REFUSED[speech.status], hint="save it again once it is done")


def _gather(group: Sequence[_Read], told: Told) -> Gathered:
    answers: dict[str, object] = {}
    for each in group:
        for name, value in each.part.answers.items():
            if answers.setdefault(name, value) != value:
                raise Damaged(f"{each.name} says something else than a file before it that is of the same kind")
    parts = [each.part for each in group]
    return Gathered(
        names=tuple(each.name for each in group),
        answers=answers,
        given=tuple(each.given for each in group if each.given is not None),
        native_id=_agree_on_id(group, told),
        started_at=next((each.started_at for each in parts if each.started_at), None),
        note=_merge_facts(parts),
    )


def _merge_facts(parts: Iterable[Part]) -> Part:
    merged = Part()
    for each in parts:
        merged = replace(
            merged,
            caller=merged.caller or each.caller,
            transcript=merged.transcript or each.transcript,
            title=merged.title or each.title,
            meeting_uuid=merged.meeting_uuid or each.meeting_uuid,
        )
    return merged


def _agree_on_id(group: Sequence[_Read], told: Told) -> str | None:
    """What the files say; the user's id may go on from there, as a recording's goes on from its bot's."""
    said = [(each.part.native_id, each.name) for each in group if each.part.native_id]
    for native_id, name in said:
        first, first_name = said[0]
        if native_id != first:
            raise Damaged(f"{first_name} is of {first}, and {name} is of {native_id}", subject=name)
        if told.native_id not in {None, native_id} and not f"{told.native_id}".startswith(f"{native_id}:"):
            raise Damaged(f"{name} is of {native_id}, and not of {told.native_id}", subject=name)
    return said[0][0] if said else None
