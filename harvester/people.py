"""Who was in a meeting, from all the places where a source names somebody. Pure.

Decides when two mentions are one person, and which labels name somebody.
"""

from __future__ import annotations

from collections.abc import Iterable

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


def find_name(label: str | None) -> str | None:
    """A label that names somebody; "Speaker 1" names nobody."""
    return classify_speaker(label)[1]


def _fold(name: str | None) -> str | None:
    return name.casefold() if name else None
