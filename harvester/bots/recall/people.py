"""Who was in a meeting that Recall's bot recorded. Pure.

Decides who is the same: the same id, or, for somebody without one, the only person of that name. What a machine told
apart by voice ("A", "Speaker 1") is a label and nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from harvester.bots.recall.files import PARTICIPANTS
from harvester.bots.recall.sessions import Session, validate
from harvester.model import Person
from harvester.speaker import classify_speaker
from schemas.recall import Participant
from schemas.tolerant import read_items


def read_people(session: Session, documents: Mapping[str, Any]) -> list[Person]:
    """Of two that say different things of one person, the list of participants counts before any transcript."""
    ordered = sorted(documents, key=lambda key: key != PARTICIPANTS)
    told = [each for key in ordered for each in _find_participants(documents[key])]
    people = [_build_person(each, session.bot.bot_name) for each in (*session.bot.meeting_participants, *told)]
    by_id: dict[str, Person] = {}
    for each in people:
        if each.native_id:
            by_id[each.native_id] = _merge(by_id.get(each.native_id, each), each)
    without_id: dict[str, Person] = {}
    for each in people:
        if each.native_id or not each.name or classify_speaker(each.name)[0] != "named":
            continue
        name = each.name.casefold()
        same = [known for known in by_id.values() if known.name and known.name.casefold() == name]
        if not same:
            without_id[name] = _merge(without_id.get(name, each), each)
        elif len(same) == 1 and same[0].native_id:
            by_id[same[0].native_id] = _merge(same[0], each)
    return [*by_id.values(), *without_id.values()]


def _find_participants(document: Any) -> Iterator[Participant]:  # noqa: ANN401 - JSON has no narrower type
    """The people of a list of participants, of a transcript's parts in either form, or of turns to speak."""
    for item in read_items(document):
        if "participant" in item:
            found = item["participant"]
        elif "speaker" in item:
            found = {"id": item.get("speaker_id"), "name": item["speaker"]}
        else:
            found = item
        if isinstance(found, dict):
            yield validate(Participant, found)


def _build_person(told: Participant, bot_name: str | None) -> Person:
    joined_at, left_at = _find_stay(told)
    return Person(
        name=told.name,
        native_id=told.id,
        email=told.email,
        is_host=told.is_host,
        is_bot=True if told.name and told.name == bot_name else None,
        joined_at=joined_at,
        left_at=left_at,
        device_kind=None if told.platform == "unknown" else told.platform,
    )


def _find_stay(told: Participant) -> tuple[datetime | None, datetime | None]:
    """From the first time that somebody came to the last that they left; None for the latter if they came back."""
    moves = [each for each in told.events if each.code in {"join", "leave"} and each.created_at]
    joined_at = next((each.created_at for each in moves if each.code == "join"), None)
    return joined_at, moves[-1].created_at if moves and moves[-1].code == "leave" else None


def _merge(known: Person, told: Person) -> Person:
    said = {each.name: getattr(told, each.name) for each in fields(Person)}
    unsaid = {name: value for name, value in said.items() if getattr(known, name) is None}
    return replace(known, **unsaid)
