"""Bots for an account's meetings, from a seed: every state in which an API has been seen to leave one.

The same account and seed give the same bots. What they heard is made when it is asked for, so that a thousand bots
with an hour each cost little memory.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from harvester.sandbox.account import SandboxAccount, SandboxFile, SandboxMeeting
from harvester.sandbox.bots.files import add_files
from harvester.sandbox.bots.hearing import read_cues
from harvester.sandbox.bots.model import (
    DEFAULT_CANARIES,
    DEFAULT_KEYS,
    DEFAULT_WEBHOOK_SECRETS,
    KEY_OF,
    SOURCES,
    BotRecording,
    BotRun,
    Hearing,
    SandboxBot,
    Source,
)
from harvester.sandbox.identity import file_id, meeting_number
from harvester.sandbox.render import Cue

_ODDITIES = (
    "plain",
    "named_uuid",  # the caller put Zoom's UUID into its own data
    "plain",
    "two_recordings",
    "two_runs",
    "refused",
    "failed",
    "two_runs",
    "late",
    "no_transcript",
    "expired",
    "external",
)
_RECOGNISERS: dict[Source, tuple[str, ...]] = {
    "meetstream": ("deepgram", "assemblyai", "sarvam"),
    "meetingbaas_v1": ("Default", "Gladia"),
    "meetingbaas_v2": ("gladia",),
    "recall": ("recallai_async", "deepgram_async", "assembly_ai_async"),
}
_SEVERAL = frozenset({"meetstream", "recall"})  # whose APIs show more than one transcript
_MEDIA_READY_S = 90
_TRANSCRIBED_S = 240
_CHAT = ("Link: https://example.com/agenda", "Thanks, got it.", "Could you repeat the number?")


@dataclass(frozen=True, slots=True)
class _Plan:
    account: SandboxAccount
    meeting: SandboxMeeting
    source: Source
    oddity: str
    number: int
    key: str
    media_bytes: int

    @property
    def chance(self) -> random.Random:
        return random.Random(self.key)

    def identity(self, *parts: object) -> str:
        return file_id("bot", self.key, self.meeting.uuid, *parts)


def generate_bots(
    account: SandboxAccount,
    *,
    seed: int = 0,
    providers: Sequence[Source] = SOURCES,
    per_meeting: int = 1,
    media_bytes: int = 40_000,
) -> tuple[SandboxBot, ...]:
    """Make `per_meeting` bots for every meeting, the providers taking turns.

    A dozen over all four providers hold a bot that was not let in, one without a transcript, one each whose transcript
    failed or comes two hours after the account's anchor, an expired one, two with two transcripts, one with two
    recordings, and one in a meeting of another account. `media_bytes` is the size of a video.
    """
    made = []
    for at, meeting in enumerate(account.meetings):
        for turn in range(per_meeting):
            index = at * per_meeting + turn
            oddity = _ODDITIES[(index + index // len(_ODDITIES)) % len(_ODDITIES)]
            source = providers[index % len(providers)]
            plan = _Plan(account, meeting, source, oddity, 120_001 + index, f"{seed}:{index}", media_bytes)
            made.append(_make(plan))
    return tuple(made)


def add_bots(
    account: SandboxAccount,
    *,
    seed: int = 0,
    providers: Sequence[Source] = SOURCES,
    per_meeting: int = 1,
    media_bytes: int = 40_000,
    canaries: Mapping[str, str] = DEFAULT_CANARIES,
) -> SandboxAccount:
    """The same account with generated bots, and with the keys and webhook secrets of their APIs."""
    names = {KEY_OF[source] for source in providers}
    return replace(
        account,
        bots=generate_bots(account, seed=seed, providers=providers, per_meeting=per_meeting, media_bytes=media_bytes),
        bot_keys={name: key for name, key in DEFAULT_KEYS.items() if name in names},
        bot_webhook_secrets={name: secret for name, secret in DEFAULT_WEBHOOK_SECRETS.items() if name in names},
        bot_canaries=dict(canaries),
    )


def _make(plan: _Plan) -> SandboxBot:
    chance, meeting = plan.chance, plan.meeting
    joined_at = meeting.start_at + timedelta(milliseconds=chance.randrange(4_000, 40_000))
    is_external = plan.oddity == "external"
    extra = {"crm_id": f"D-{plan.number % 1000:03}"}
    if plan.oddity == "named_uuid":
        extra["zoom_meeting_uuid"] = meeting.uuid
    transcripts = tuple(each for each in meeting.files or () if each.file_type == "TRANSCRIPT")
    names = tuple(dict.fromkeys(meeting.participants)) or _find_speakers(transcripts)
    bot = SandboxBot(
        source=plan.source,
        id=plan.identity("bot"),
        number=plan.number,
        meeting_number=meeting_number(chance) if is_external else meeting.id,
        meeting_uuid=None if is_external else meeting.uuid,
        title="External meeting" if is_external else meeting.topic,
        name="Recorder",
        created_at=(joined_at - timedelta(seconds=chance.randrange(40, 90))).replace(microsecond=0),
        joined_at=joined_at,
        participants=names,
        extra=extra,
    )
    if plan.oddity == "refused":
        return replace(bot, joined_at=None, refused_at=joined_at + timedelta(minutes=5), participants=())
    bot = replace(bot, recordings=_record(plan, bot, transcripts, chance), chat=_write(names, chance))
    if plan.oddity == "expired":
        bot = replace(bot, expires_at=plan.account.anchor - timedelta(minutes=1))
    clings = plan.source == "meetingbaas_v1" and plan.oddity == "named_uuid"
    return add_files(replace(bot, clings=clings), media_bytes=plan.media_bytes)


def _find_speakers(transcripts: Sequence[SandboxFile]) -> tuple[str, ...]:
    """Where an account tells nobody's name, as one made from a folder."""
    cues = [cue for file in transcripts for cue in read_cues([file], (), from_at=file.start_at)]
    return tuple(dict.fromkeys(cue.speaker for cue in cues if cue.speaker))


def _record(
    plan: _Plan, bot: SandboxBot, transcripts: Sequence[SandboxFile], chance: random.Random
) -> tuple[BotRecording, ...]:
    assert bot.joined_at is not None
    began_at = bot.joined_at + timedelta(milliseconds=chance.randrange(500, 9_000))
    last = (each.ready_at or each.end_at for each in plan.meeting.all_files)
    ended_at = max(max(last, default=plan.meeting.end_at), began_at + timedelta(seconds=30)) + timedelta(seconds=3)
    late_ms = chance.randrange(-900, 900)
    spans = [(began_at, ended_at)]
    if plan.oddity == "two_recordings" and plan.source == "recall":
        middle = began_at + (ended_at - began_at) // 2000 * 1000
        spans = [(began_at, middle), (middle + timedelta(milliseconds=1250), ended_at)]
    return tuple(
        _record_span(plan, bot, transcripts, at, *span, late_ms=late_ms, numbered=chance.random() < 0.2)  # noqa: PLR2004
        for at, span in enumerate(spans)
    )


def _record_span(
    plan: _Plan,
    bot: SandboxBot,
    transcripts: Sequence[SandboxFile],
    at: int,
    began_at: datetime,
    ended_at: datetime,
    *,
    late_ms: int,
    numbered: bool,
) -> BotRecording:
    cues = functools.partial(_read_all, transcripts, bot.participants, began_at, late_ms)
    length_ms = (ended_at - began_at) // timedelta(milliseconds=1)
    hearing = Hearing(cues, bot.participants, length_ms, f"{plan.key}:{at}:0", numbered=numbered)
    again = replace(hearing, seed=f"{plan.key}:{at}:1", numbered=False)
    ready_at = ended_at + timedelta(seconds=_MEDIA_READY_S)
    runs: list[BotRun] = []
    if plan.oddity != "no_transcript":
        runs.append(_make_run(plan, at, 0, ended_at, hearing))
    if plan.oddity == "two_runs" and plan.source in _SEVERAL:
        runs.append(_make_run(plan, at, 1, ended_at + timedelta(minutes=30), again))
    identity = plan.identity("recording", at)
    return BotRecording(identity, began_at, ended_at, ready_at, hearing, tuple(runs))


def _read_all(files: Sequence[SandboxFile], names: Sequence[str], from_at: datetime, late_ms: int) -> list[Cue]:
    return list(read_cues(files, names, from_at=from_at, late_ms=late_ms))


def _make_run(plan: _Plan, at: int, turn: int, ended_at: datetime, hearing: Hearing) -> BotRun:
    recognisers = _RECOGNISERS[plan.source]
    made_at = ended_at + timedelta(seconds=_MEDIA_READY_S)
    available_at = made_at + timedelta(seconds=_TRANSCRIBED_S)
    if plan.oddity == "late":
        available_at = max(available_at, plan.account.anchor + timedelta(hours=2))
    return BotRun(
        id=plan.identity("run", at, turn),
        recogniser=recognisers[(plan.number + turn) % len(recognisers)],
        made_at=made_at,
        available_at=available_at,
        hearing=hearing,
        failed=plan.oddity == "failed",
    )


def _write(names: Sequence[str], chance: random.Random) -> tuple[tuple[int, str, str], ...]:
    count = chance.randrange(0, 3) if names else 0
    return tuple((20_000 * (at + 1), names[at % len(names)], _CHAT[at]) for at in range(count))
