"""A bot's payload before anything is read from it: what its request said, and what of it is secret. Pure.

Decides what is kept of the request that a bot's details repeat, which holds keys and addresses, and what changes by
itself. Never decides what a member means; that is `harvester.bots.meetstream.sessions`.
"""

from __future__ import annotations

from typing import Any

from harvester.bots.members import read_members
from harvester.bots.scrub import build_scrubber
from harvester.bots.validation import read_model
from harvester.errors import Damaged
from harvester.model import Json
from schemas.meetstream import Bot

ANSWER = "an answer of MeetStream's"
_SCRUBBER = build_scrubber(addresses=("caption_file",), volatile=("LastUpdatedAt",))


def keep_request(payload: Json) -> dict[str, Any]:
    """The payload with members of ours for what its request said, which itself is not archived.

    Members that are there already stay, so that doing it twice is doing it once.
    """
    request = read_members(payload.get("RequestPayload"))
    config = read_members(request.get("recording_config"))
    retention = read_members(config.get("retention"))
    recognisers = read_members(read_members(config.get("transcript")).get("provider"))
    said = {
        "recognisers": list(recognisers) or None,
        "retention_hours": retention.get("hours") if retention.get("type") == "timed" else None,
        "video_required": request.get("video_required"),
        "join_at": request.get("join_at"),
    }
    return {name: value for name, value in said.items() if value is not None} | dict(payload)


def scrub(payload: Json) -> Json:
    """The payload without secrets; of its captions' address and of its request only what `describe` reads stays."""
    return _SCRUBBER.scrub(keep_request(payload))


def read_bot(payload: Json) -> Bot:
    """What is said of a bot, the same for a payload as received and as scrubbed. Raises Damaged."""
    return read_model(Bot, scrub(payload), what=ANSWER)


def find_id(payload: Json) -> str:
    """A bot's id. Raises Damaged for a payload without one."""
    bot = read_model(Bot, {name: payload.get(name) for name in ("BotID", "bot_id")}, what=ANSWER)
    found = bot.native_id or bot.bot_id
    if found is None:
        raise Damaged("a bot of MeetStream's without an id")
    return found
