"""Who was in a meeting, from all the places where a source names somebody. Pure.

Decides when two mentions are one person, and which labels name somebody. Nobody is taken for a human being: only the
bot's own name is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from harvester.bots.model import Origin, Speech
from harvester.errors import Damaged
from harvester.model import Person
from harvester.speaker import classify_speaker


def merge_people(mentions: Iterable[Person]) -> list[Person]:
    """One per id, else per name, by first mention, those with an id first; later mentions fill in what is open.

    Somebody without an id is the only one of that name who has one; of several who have, it may be any, and nobody is
    added.
    """
    known: dict[str, Person] = {}
    unnumbered: dict[str, Person] = {}
    for each in mentions:
        if each.key is None:
            continue
        held = known if each.native_id else unnumbered
        held[each.key] = held[each.key].fill(each) if each.key in held else each
    for key, each in list(unnumbered.items()):
        same = [key for key, other in known.items() if _fold(other.name) == _fold(each.name)]
        if same:
            del unnumbered[key]
        if len(same) == 1:
            known[same[0]] = known[same[0]].fill(each)
    return [*known.values(), *unnumbered.values()]


def find_speakers(read: Callable[[Any, Origin], Speech], documents: Iterable[Any]) -> Iterator[Person]:
    """Those whom transcripts name; one that `read` cannot read says nothing of anybody here."""
    for document in documents:
        try:
            speech = read(document, Origin())
        except Damaged:
            continue
        for said in speech.utterances:
            name = find_name(said.speaker_label)
            if name:
                yield Person(name=name)


def find_name(label: str | None) -> str | None:
    """A label that names somebody; "Speaker 1" names nobody."""
    return classify_speaker(label)[1]


def mark_bot(person: Person, bot_name: str | None) -> Person:
    """Whoever has the bot's name is the bot."""
    return replace(person, is_bot=True) if bot_name and person.name == bot_name else person


def _fold(name: str | None) -> str | None:
    return name.casefold() if name else None
