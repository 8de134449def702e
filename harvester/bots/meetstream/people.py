"""Who was in a bot's meeting: its list of participants, and the speakers that a transcript names besides. Pure.

Decides what a device is: a person by its id. A list that cannot be read says nothing of anybody here; why, is for its
own reader to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from harvester.bots.meetstream.payload import ANSWER, read_bot
from harvester.bots.meetstream.runs import PARTICIPANTS
from harvester.bots.meetstream.transcript import read_transcript
from harvester.bots.members import read_members
from harvester.bots.people import find_speakers, mark_bot
from harvester.bots.validation import read_model
from harvester.model import Json, Person
from harvester.people import merge_people
from schemas.meetstream import Bot, Device
from schemas.tolerant import read_items, read_moment, read_text

_LISTS = ("participants", "message", "data")  # in place of the bare list, as transcripts are wrapped too


@dataclass(frozen=True, slots=True)
class _Stay:
    joined_at: datetime | None = None
    left_at: datetime | None = None


def read_people(payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
    """One person per device, then one per name that only a transcript gives. Raises Damaged for a payload of no bot."""
    bot = read_bot(payload)
    devices = _read_devices(documents.get(PARTICIPANTS), _read_stays(bot))
    speakers = find_speakers(read_transcript, (each for key, each in documents.items() if key != PARTICIPANTS))
    return [mark_bot(each, bot.bot_username) for each in merge_people((*devices, *speakers))]


def _read_devices(document: Any, stays: Mapping[str, _Stay]) -> Iterator[Person]:  # noqa: ANN401 - it is JSON
    for entry in _find_entries(document):
        device = read_model(Device, entry, what=ANSWER)
        stay = stays.get(device.device_id or "", _Stay())
        yield Person(
            name=device.display_name or device.full_name,
            native_id=device.device_id,
            joined_at=stay.joined_at,
            left_at=stay.left_at,
            parent_id=device.parent_device_id,
        )


def _find_entries(document: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    lists = [document.get(name) for name in _LISTS] if isinstance(document, dict) else [document]
    return next((items for each in lists if (items := read_items(each))), [])


def _read_stays(bot: Bot) -> dict[str, _Stay]:
    """By device, from events in the shape of their webhooks; details mostly give an address of them instead."""
    stays: dict[str, _Stay] = {}
    for each in bot.participant_events:
        event = _find_event(each)
        device = read_text(read_members(event.get("participant")).get("id"))
        at = read_moment(read_members(event.get("timestamp")).get("absolute"))
        if device and at:
            stays[device] = _extend(stays.get(device, _Stay()), event.get("action"), at)
    return stays


def _find_event(value: Json) -> Json:
    """The innermost of the objects that a webhook nests."""
    inner = value.get("data")
    return _find_event(inner) if isinstance(inner, dict) else value


def _extend(stay: _Stay, action: object, at: datetime) -> _Stay:
    if action == "join":
        return replace(stay, joined_at=min(stay.joined_at or at, at))
    return replace(stay, left_at=max(stay.left_at or at, at)) if action == "leave" else stay
