"""A day of meeting bots with an hour each: only plain ones, as many as asked for, the sources taking turns.

Recall.ai is left out: it admits 0.9 listings a second, and one is needed for each recording, so that waiting for it
would be all there is to measure. Whatever is said differs from bot to bot, and so do the words that were misheard.
"""

from __future__ import annotations

import functools
import random
from dataclasses import replace
from datetime import datetime, timedelta

from benchmarks.bench_lake import build_sentence
from harvester.sandbox import SandboxAccount, generate_account
from harvester.sandbox.bots.files import add_files
from harvester.sandbox.bots.model import DEFAULT_KEYS, BotRecording, BotRun, Hearing, SandboxBot, Source
from harvester.sandbox.identity import file_id
from harvester.sandbox.render import Cue

SOURCES: tuple[Source, ...] = ("meetstream", "meetingbaas_v1", "meetingbaas_v2")
HOUR_MS = 3_600_000
_NAMES = ("Ada Brandt", "Chidi Okafor", "Mira Sorel", "Noor Haddad", "Tove Lind")
_RECOGNISERS = {"meetstream": "deepgram", "meetingbaas_v1": "Gladia", "meetingbaas_v2": "gladia"}
_WORD_MS, _PAUSE_MS = 380, 900  # 8,000 words an hour
_MEDIA_BYTES = 2_000


def build_account(bots: int, midnight: datetime, *, length_ms: int = HOUR_MS) -> SandboxAccount:
    """An account of nothing but bots, all of the day that began at `midnight` and over by its end."""
    made = tuple(_build_bot(number, midnight, bots, length_ms) for number in range(bots))
    keys = {name: DEFAULT_KEYS[name] for name in ("meetstream", "meetingbaas")}
    account = generate_account(meetings=0, today=midnight + timedelta(days=1))
    return replace(account, bots=made, bot_keys=keys)


def _build_bot(number: int, midnight: datetime, bots: int, length_ms: int) -> SandboxBot:
    source = SOURCES[number % len(SOURCES)]
    joined_at = midnight + timedelta(minutes=30) + number * timedelta(hours=22) / bots
    joined_at = joined_at.replace(microsecond=0)
    began_at = joined_at + timedelta(milliseconds=1_250)
    ended_at = began_at + timedelta(milliseconds=length_ms)
    hearing = Hearing(functools.partial(build_talk, number, length_ms), _NAMES, length_ms, f"heard:{number}")
    run = BotRun(file_id("bench run", number), _RECOGNISERS[source], ended_at, ended_at + timedelta(minutes=4), hearing)
    recording = BotRecording(
        file_id("bench recording", number), began_at, ended_at, ended_at + timedelta(seconds=90), hearing, (run,)
    )
    bot = SandboxBot(
        source=source,
        id=file_id("bench bot", number),
        number=200_001 + number,
        meeting_number=90_000_000_000 + number,
        meeting_uuid=None,
        title=f"Meeting {number}",
        name="Recorder",
        created_at=joined_at - timedelta(minutes=1),
        joined_at=joined_at,
        recordings=(recording,),
        participants=_NAMES,
    )
    return add_files(bot, media_bytes=_MEDIA_BYTES)


def build_talk(number: int, length_ms: int) -> list[Cue]:
    """Sentences by five people from the first second to the last."""
    chance = random.Random(f"talk:{number}")
    cues: list[Cue] = []
    at_ms = 1_000
    while at_ms < length_ms - 10_000:
        text = build_sentence(chance)
        end_ms = at_ms + _WORD_MS * (text.count(" ") + 1)
        cues.append(Cue(at_ms, end_ms, chance.choice(_NAMES), text))
        at_ms = end_ms + chance.randrange(2 * _PAUSE_MS)
    return cues
