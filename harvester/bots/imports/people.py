"""Who was there, for sources whose transcripts say it. Pure: decides when two mentions are one person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

from harvester.bots.model import Origin, Speech
from harvester.bots.provider import Interpreter
from harvester.errors import Damaged
from harvester.model import Kind, ListedFile, Person
from harvester.speaker import classify_speaker

_FILE = ListedFile("", Kind.TRANSCRIPT, "TRANSCRIPT", extension="json")


def find_speakers(interpreter: Interpreter, documents: Iterable[Any]) -> Iterator[Person]:
    """Those whom the transcripts among the documents name; what cannot be read says nothing of anybody here."""
    for document in documents:
        for said in _read(interpreter, document).utterances:
            name = find_name(said.speaker_label)
            if name:
                yield Person(name=name)


def find_name(label: str | None) -> str | None:
    """A label that names somebody; "Speaker 1" names nobody."""
    return classify_speaker(label)[1]


def merge_people(mentions: Iterable[Person]) -> list[Person]:
    """One per id, else per name; what the first mention leaves open the next ones fill in.

    Somebody without an id is the only one of that name who has one.
    """
    known: dict[str, Person] = {}
    unnumbered: dict[str, Person] = {}
    for each in mentions:
        if each.key is None:
            continue
        held = known if each.native_id else unnumbered
        held[each.key] = _merge(held[each.key], each) if each.key in held else each
    for key, each in list(unnumbered.items()):
        same = [key for key, other in known.items() if _fold(other.name) == _fold(each.name)]
        if same:
            del unnumbered[key]
        if len(same) == 1:
            known[same[0]] = _merge(known[same[0]], each)
    return [*known.values(), *unnumbered.values()]


def _read(interpreter: Interpreter, document: Any) -> Speech:  # noqa: ANN401 - JSON has no narrower type
    try:
        return interpreter.read_transcript(_FILE, document, Origin())
    except Damaged:
        return Speech()


def _merge(known: Person, told: Person) -> Person:
    said = {each.name: getattr(told, each.name) for each in fields(Person)}
    return replace(known, **{name: value for name, value in said.items() if getattr(known, name) is None})


def _fold(name: str | None) -> str | None:
    return name.casefold() if name else None
