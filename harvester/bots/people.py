"""Whom a bot's documents name besides the source's list of people. Pure.

Nobody is taken for a human being: only the bot's own name is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from harvester.bots.model import Origin, Speech
from harvester.errors import Damaged
from harvester.model import Person
from harvester.people import find_name


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


def mark_bot(person: Person, bot_name: str | None) -> Person:
    """Whoever has the bot's name is the bot."""
    return replace(person, is_bot=True) if bot_name and person.name == bot_name else person
