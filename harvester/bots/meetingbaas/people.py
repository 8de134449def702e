"""Where Meeting BaaS names somebody. Pure: decides from which of its members a name and an id are read.

Labels that name nobody, such as "Speaker 1", are no people, unless Meeting BaaS lists them among the participants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from harvester.bots.meetingbaas.common import ANSWER
from harvester.bots.speech import clean_label
from harvester.bots.validation import read_model
from harvester.model import Json, Person
from harvester.people import find_name
from schemas.meetingbaas import PersonV2
from schemas.tolerant import read_items


def read_listed(listed: Iterable[Json], bot_name: str | None) -> Iterator[Person]:
    """`participants` and `speakers` of v2; the bot itself is one of them, by either of its names."""
    for each in listed:
        said = read_model(PersonV2, each, what=ANSWER)
        is_bot = True if bot_name and bot_name in {said.name, said.display_name} else None
        yield Person(name=said.display_name or said.name, native_id=_read_id(said.id), is_bot=is_bot)


def read_names(labels: Iterable[Any]) -> Iterator[Person]:
    """Speakers of whom nothing but the label is known."""
    for label in labels:
        name = find_name(clean_label(label))
        if name:
            yield Person(name=name)


def read_segments(segments: Any) -> Iterator[Person]:  # noqa: ANN401 - JSON has no narrower type
    """Speakers of v1's transcript; some have an id, at the segment or at its words."""
    for each in read_items(segments):
        name = find_name(clean_label(each.get("speaker")))
        if name:
            yield Person(name=name, native_id=_find_speaker_id(each))


def read_utterances(utterances: Any) -> Iterator[Person]:  # noqa: ANN401
    """Speakers of v2's transcript, who have no ids."""
    return read_names(each.get("speaker") for each in read_items(utterances))


def read_participants_file(document: Any) -> Iterator[Person]:  # noqa: ANN401
    """v1's file of participants, whose form nobody documents: the objects in it that have a name."""
    listed = document.get("participants") if isinstance(document, dict) else document
    for each in read_items(listed):
        name = clean_label(each.get("name"))
        if name:
            yield Person(name=name, native_id=_read_id(each.get("id")))


def _read_id(value: Any) -> str | None:  # noqa: ANN401
    """0 stands for somebody who has none."""
    native_id = clean_label(value)
    return None if native_id == "0" else native_id


def _find_speaker_id(segment: Json) -> str | None:
    """The segment's own, else the one that all of its words agree on."""
    own = _read_id(segment.get("user_id"))
    ids = {_read_id(each.get("user_id")) for each in read_items(segment.get("words"))}
    return own or (ids.pop() if len(ids) == 1 else None)
