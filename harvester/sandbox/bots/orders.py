"""What a client does to the bots: sends one, sends it away, deletes what it recorded, has it transcribed again.

A bot that is sent joins at once and is done after `bot_delay_s`; until then it hears one sentence.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from harvester.sandbox.bots.files import add_files, add_run_files
from harvester.sandbox.bots.model import BotRecording, BotRun, Hearing, SandboxBot, Source
from harvester.sandbox.identity import file_id
from harvester.sandbox.render import Cue
from harvester.sandbox.wire import Request
from harvester.sandbox.world import World

_NUMBER = re.compile(r"/(?:j|w|s|wc(?:/join)?)/(\d{9,11})\b")
_MEDIA_BYTES = 20_000
_SENTENCE = "This is a bot that somebody sent for a moment."
_SHORTEST_MS = 1000
_RECOGNISERS: Mapping[Source, str] = {
    "meetstream": "deepgram",
    "meetingbaas_v1": "Default",
    "meetingbaas_v2": "gladia",
    "recall": "recallai_async",
}


@dataclass(frozen=True, slots=True)
class Order:
    """A new bot, as a client asked for it. `key` makes a repeated order the same one."""

    source: Source
    meeting_number: int
    name: str
    extra: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None

    @classmethod
    def read(
        cls, source: Source, said: Mapping[str, Any], *, url: str = "meeting_url", extra: str, key: str | None = None
    ) -> Order | None:
        """From a call's body; None when it leads to no meeting of Zoom's."""
        found = _NUMBER.search(str(said.get(url, "")))
        given = said.get(extra)
        if found is None:
            return None
        texts = {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
        body_key = said.get("deduplication_key")
        name = str(said.get("bot_name") or "Recorder")
        return cls(source, int(found[1]), name, texts, key or (str(body_key) if body_key else None))


def read_body(request: Request) -> dict[str, Any]:
    """The JSON object of a call; empty when there is none."""
    try:
        said = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def send(world: World, order: Order) -> tuple[SandboxBot, bool]:
    """The bot, and whether it is a new one."""
    now = world.now()
    serial = world.bots.take_number()
    identity = file_id("bot sent", order.source, serial)
    running = [each for each in world.account.meetings if each.id == order.meeting_number and each.start_at <= now]
    meeting = max(running, key=lambda each: each.start_at, default=None)
    bot = SandboxBot(
        source=order.source,
        id=identity,
        number=900_000 + serial,
        meeting_number=order.meeting_number,
        meeting_uuid=meeting.uuid if meeting and now <= meeting.end_at else None,
        title=meeting.topic if meeting else "Zoom meeting",
        name=order.name,
        created_at=now,
        joined_at=now,
        participants=("Somebody",),
        extra=dict(order.extra),
        recordings=(_build_recording(world, order.source, identity, now),),
    )
    held = world.bots.order(order.key, add_files(bot, media_bytes=_MEDIA_BYTES))
    return held, held.id == identity


def _build_recording(world: World, source: Source, identity: str, now: datetime) -> BotRecording:
    ended_at = now + timedelta(seconds=world.settings.bot_delay_s)
    length_ms = max(round(world.settings.bot_delay_s * 1000), _SHORTEST_MS)
    cues = functools.partial(_say, length_ms)
    hearing = Hearing(cues, ("Somebody",), length_ms, identity)
    run = BotRun(file_id(identity, "run"), _RECOGNISERS[source], now, ended_at, hearing)
    return BotRecording(file_id(identity, "recording"), now, ended_at, ended_at, hearing, (run,))


def _say(length_ms: int) -> list[Cue]:
    return [Cue(length_ms // 10, length_ms * 9 // 10, "Somebody", _SENTENCE)]


def remove(world: World, bot: SandboxBot) -> None:
    """Send it away; one that has ended already stays as it is."""
    if bot.state(world.now()) == "recording":
        world.bots.end(bot, world.now())


def delete(world: World, bot: SandboxBot) -> int:
    """Delete what it recorded; says how many objects went, 0 when there was nothing left."""
    now = world.now()
    if bot.is_gone(now):
        return 0
    world.bots.put(replace(bot, deleted_at=now))
    return sum(len(each.files) + sum(len(run.files) + 1 for run in each.runs) for each in bot.recordings)


def add_run(world: World, bot: SandboxBot, recording: BotRecording, *, recogniser: str | None = None) -> BotRun:
    """Have it transcribed again: another run, ready after `bot_delay_s`, with other words misheard."""
    now = world.now()
    run = BotRun(
        id=file_id(recording.id, "run", len(recording.runs)),
        recogniser=recogniser or _RECOGNISERS[bot.source],
        made_at=now,
        available_at=now + timedelta(seconds=world.settings.bot_delay_s),
        hearing=replace(recording.hearing, seed=f"{recording.hearing.seed}:{len(recording.runs)}", numbered=False),
    )
    made = add_run_files(bot, recording, run)
    world.bots.add_run(bot, recording, made)
    return made
