"""Who was in a meeting that Recall's bot recorded. Pure: decides in which order its documents count.

What a machine told apart by voice ("A", "Speaker 1") is a label and nobody, unless Recall has an id for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from harvester.bots.people import mark_bot
from harvester.bots.recall.files import PARTICIPANTS
from harvester.bots.recall.sessions import ANSWER, Session
from harvester.bots.validation import read_model
from harvester.model import Person
from harvester.people import find_name, merge_people
from schemas.recall import Participant
from schemas.tolerant import read_items


def read_people(session: Session, documents: Mapping[str, Any]) -> list[Person]:
    """Of two that say different things of one person, the list of participants counts before any transcript."""
    ordered = sorted(documents, key=lambda key: key != PARTICIPANTS)
    told = [each for key in ordered for each in _find_participants(documents[key])]
    somebody = (each for each in (*session.bot.meeting_participants, *told) if each.id or find_name(each.name))
    return merge_people(mark_bot(_build_person(each), session.bot.bot_name) for each in somebody)


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
            yield read_model(Participant, found, what=ANSWER)


def _build_person(told: Participant) -> Person:
    joined_at, left_at = _find_stay(told)
    return Person(
        name=told.name,
        native_id=told.id,
        email=told.email,
        is_host=told.is_host,
        joined_at=joined_at,
        left_at=left_at,
        device_kind=None if told.platform == "unknown" else told.platform,
    )


def _find_stay(told: Participant) -> tuple[datetime | None, datetime | None]:
    """From the first time that somebody came to the last that they left; None for the latter if they came back."""
    moves = [each for each in told.events if each.code in {"join", "leave"} and each.created_at]
    joined_at = next((each.created_at for each in moves if each.code == "join"), None)
    return joined_at, moves[-1].created_at if moves and moves[-1].code == "leave" else None
