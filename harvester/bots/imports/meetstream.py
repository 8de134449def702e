"""Saved answers of MeetStream's. Pure: decides by shape what each is, and joins the details of a bot with its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from harvester.bots.imports import shapes
from harvester.bots.imports.model import Document, Part, Role, Source
from harvester.bots.meetstream import Meetstream
from harvester.bots.members import read_members
from harvester.bots.speech import clean_label
from harvester.model import Json
from schemas.tolerant import read_text

_PROVIDER = Meetstream()
_DETAIL, _RUNS = "detail", "runs"


def _recognise(value: Any, data: bytes) -> Part:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(value, dict):
        return _recognise_object(value, data)
    if shapes.have(value, "deviceId"):
        return shapes.hold(Role.PARTICIPANTS, value, data)
    return shapes.hold(Role.TRANSCRIPT, value, data)  # or nothing: its reader says so


def _recognise_object(value: dict[str, Any], data: bytes) -> Part:
    details = value.get("bot_details", value if "BotID" in value else None)
    if isinstance(details, dict):
        return Part({_DETAIL: {"bot_details": details}}, native_id=_find_id(details))
    if value.get("event") or value.get("bot_event"):
        raise shapes.refuse_event(value, "MeetStream")
    if isinstance(value.get("transcriptions"), list):
        return Part({_RUNS: value}, native_id=read_text(value.get("bot_id")))
    if isinstance(value.get("bots"), list):
        raise shapes.refuse_listing("MeetStream")
    if isinstance(value.get("chatMessages"), list):
        bot_id = read_text(read_members(value.get("metadata")).get("botId"))
        return shapes.hold(Role.CHAT, value, data, native_id=bot_id)
    if isinstance(value.get("chunks"), list):
        return shapes.hold(Role.TIMELINE, value, data)
    if any(shapes.have(value.get(name), "deviceId") for name in ("participants", "message", "data")):
        return shapes.hold(Role.PARTICIPANTS, value, data)
    return Part(document=Document(Role.TRANSCRIPT, value, data, run_id=_find_raw_run(value)))


def _find_id(details: Json) -> str | None:
    return read_text(details.get("BotID")) or read_text(details.get("bot_id"))


def _find_raw_run(value: Json) -> str | None:
    """The id that the recogniser itself gave to the run, in its own form alone."""
    return clean_label(value.get("id")) if "words" in value else None


def _join(native_id: str, answers: Mapping[str, Any], started_at: datetime | None) -> Sequence[Json]:
    del started_at  # no event of MeetStream's tells it
    if _DETAIL not in answers:
        return ()
    # an object without a list of runs says nothing of them, and no answer at all would say that there are none
    known = {_DETAIL: answers[_DETAIL], _RUNS: answers.get(_RUNS, {})}
    found = _find_id(answers[_DETAIL]["bot_details"])
    return (_PROVIDER.scrub(_PROVIDER.join_details(found or native_id, known)),)


MEETSTREAM = Source(
    _PROVIDER,
    "details of a bot, its transcriptions, a transcript in any of MeetStream's forms, or its participants, chat or"
    " speaker timeline",
    _recognise,
    _join,
)
