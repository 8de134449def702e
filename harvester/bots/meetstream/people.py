"""Who was in a bot's meeting: its list of participants, and the speakers that a transcript names besides. Pure.

Decides who is one person: a device by its id, a speaker by the name. A document that cannot be read says nothing of
anybody here; why, is for its own reader to say. Nobody is taken for a human being: only the bot's own name is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from harvester.bots.meetstream.payload import read_bot, read_model
from harvester.bots.meetstream.runs import PARTICIPANTS
from harvester.bots.meetstream.transcript import read_transcript
from harvester.bots.model import Origin
from harvester.errors import Damaged
from harvester.model import Json, Person
from harvester.speaker import classify_speaker
from schemas.meetstream import Bot, Device
from schemas.tolerant import read_items, read_moment, read_text

_LISTS = ("participants", "message", "data")  # in place of the bare list, as transcripts are wrapped too
_VERSION = "~"  # what the archive puts between a file's key and the number of a later version


@dataclass(frozen=True, slots=True)
class _Stay:
    joined_at: datetime | None = None
    left_at: datetime | None = None


def read_people(payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
    """One person per device, then one per name that only a transcript gives. Raises Damaged for a payload of no bot."""
    bot = read_bot(payload)
    lists = {key: each for key, each in documents.items() if key.partition(_VERSION)[0] == PARTICIPANTS}
    found: dict[str, Person] = {}
    for each in _read_devices(lists.values(), _read_stays(bot)):
        if each.key:
            found[each.key] = _merge(found.get(each.key), each)
    names = {each.name.casefold() for each in found.values() if each.name}
    for name in _find_speakers(each for key, each in documents.items() if key not in lists):
        if name.casefold() not in names:
            names.add(name.casefold())
            found[f"name:{name.casefold()}"] = Person(name)
    return [_mark_bot(each, bot) for each in found.values()]


def _read_devices(documents: Iterable[Any], stays: Mapping[str, _Stay]) -> Iterator[Person]:
    for document in documents:
        for entry in _find_entries(document):
            device = read_model(Device, entry)
            stay = stays.get(device.device_id or "", _Stay())
            yield Person(
                name=device.display_name or device.full_name,
                native_id=device.device_id,
                joined_at=stay.joined_at,
                left_at=stay.left_at,
                parent_id=device.parent_device_id,
            )


def _find_entries(document: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON has no narrower type
    lists = [document.get(name) for name in _LISTS] if isinstance(document, dict) else [document]
    return next((items for each in lists if (items := read_items(each))), [])


def _merge(known: Person | None, said: Person) -> Person:
    """What is said later counts, and takes nothing away."""
    if known is None:
        return said
    return replace(said, name=said.name or known.name, parent_id=said.parent_id or known.parent_id)


def _read_stays(bot: Bot) -> dict[str, _Stay]:
    """By device, from events in the shape of their webhooks; details mostly give an address of them instead."""
    stays: dict[str, _Stay] = {}
    for each in bot.participant_events:
        event = _find_event(each)
        person, stamp = event.get("participant"), event.get("timestamp")
        device = read_text(person.get("id")) if isinstance(person, dict) else None
        at = read_moment(stamp.get("absolute")) if isinstance(stamp, dict) else None
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


def _find_speakers(documents: Iterable[Any]) -> Iterator[str]:
    for document in documents:
        try:
            speech = read_transcript(document, Origin())
        except Damaged:
            continue
        for said in speech.utterances:
            _, name = classify_speaker(said.speaker_label)
            if name:
                yield name


def _mark_bot(person: Person, bot: Bot) -> Person:
    is_bot = person.name is not None and person.name == bot.bot_username
    return replace(person, is_bot=True) if is_bot else person
