"""Who was in a meeting, from the several places where Meeting BaaS names somebody.

Pure. Decides when two mentions are one person: the same id, or a name that only one id has. Labels that name nobody,
such as "Speaker 1", are no people, unless Meeting BaaS lists them among the participants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from harvester.bots.meetingbaas.common import read_model
from harvester.bots.speech import clean_label
from harvester.model import Json, Person
from harvester.speaker import classify_speaker
from schemas.meetingbaas import PersonV2
from schemas.tolerant import read_items


def read_listed(listed: Iterable[Json], bot_name: str | None) -> Iterator[Person]:
    """`participants` and `speakers` of v2; the bot itself is one of them."""
    for each in listed:
        said = read_model(PersonV2, each)
        is_bot = True if bot_name and bot_name in {said.name, said.display_name} else None
        yield Person(name=said.display_name or said.name, native_id=_read_id(said.id), is_bot=is_bot)


def read_names(names: Iterable[str], bot_name: str | None) -> Iterator[Person]:
    """Speakers of whom nothing but the label is known."""
    for label in names:
        _, name = classify_speaker(label)
        if name:
            yield Person(name=name, is_bot=True if name == bot_name else None)


def read_segments(segments: Any, bot_name: str | None) -> Iterator[Person]:  # noqa: ANN401 - JSON has no narrower type
    """Speakers of v1's transcript; some have an id, at the segment or at its words."""
    for each in read_items(segments):
        for person in read_names(_read_label(each.get("speaker")), bot_name):
            yield replace(person, native_id=_find_speaker_id(each))


def read_utterances(utterances: Any, bot_name: str | None) -> Iterator[Person]:  # noqa: ANN401
    """Speakers of v2's transcript, who have no ids."""
    for each in read_items(utterances):
        yield from read_names(_read_label(each.get("speaker")), bot_name)


def read_participants_file(document: Any, bot_name: str | None) -> Iterator[Person]:  # noqa: ANN401
    """v1's file of participants, whose form nobody documents: the objects in it that have a name."""
    listed = document.get("participants") if isinstance(document, dict) else document
    for each in read_items(listed):
        native_id = _read_id(each.get("id"))
        for name in _read_label(each.get("name")):
            yield Person(name=name, native_id=native_id, is_bot=True if name == bot_name else None)


def merge_people(mentions: Iterable[Person]) -> tuple[Person, ...]:
    """One per id, else per name, in order of appearance; what the first mention leaves open the next ones fill in."""
    known: dict[str, Person] = {}
    unnumbered: dict[str, Person] = {}
    for each in mentions:
        if each.key is None:
            continue
        held = known if each.native_id else unnumbered
        held[each.key] = _fill(held[each.key], each) if each.key in held else each
    taken = {each.name.casefold() for each in known.values() if each.name}
    return (*known.values(), *(each for each in unnumbered.values() if (each.name or "").casefold() not in taken))


def _fill(person: Person, more: Person) -> Person:
    return replace(person, name=person.name or more.name, is_bot=person.is_bot or more.is_bot)


def _read_label(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    label = clean_label(value)
    return (label,) if label else ()


def _read_id(value: Any) -> str | None:  # noqa: ANN401
    """0 stands for somebody who has none."""
    native_id = clean_label(value)
    return None if native_id == "0" else native_id


def _find_speaker_id(segment: Json) -> str | None:
    """The segment's own, else the one that all of its words agree on."""
    own = _read_id(segment.get("user_id"))
    ids = {_read_id(each.get("user_id")) for each in read_items(segment.get("words"))}
    return own or (ids.pop() if len(ids) == 1 else None)
