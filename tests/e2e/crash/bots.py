"""What is killed of bots' recordings: a tiny pull at every call, a busy pull and a whole night at random moments.

Decides accounts, commands and moments. The blows and what must hold after them are those of Zoom's recordings.
"""

from __future__ import annotations

import dataclasses
import functools
from datetime import timedelta

from bots_oracle import check_bots, check_links
from oracle import check_archive, check_lake
from rig import Rig

from crash.kills import Harvest
from crash.scenes import Scene, last_evening
from harvester.sandbox import SandboxAccount, SandboxMeeting, add_bots, generate_account
from harvester.sandbox.bots.model import SandboxBot
from harvester.sandbox.bots.transcripts import count

PULL = ("bots", "pull", "--since", "30d", "--workers", "1", "--json")
BUSY = ("--since", "30d", "--workers", "8", "--json")
PACE = 20.0
"""Recall allows 0.9 listings a second, and a command that lives so much faster waits a twentieth of that."""

MEETINGS = 12
PHASES = {
    "listing": ("run.started", 1),
    "fetching": ("download.stored", 8),
    "settling": ("recording.settled", 6),
    "publishing": ("lake.published", 4),
    "linking": ("lake.linked", 4),
}


@functools.cache  # made for one moment: what was there before speaks of the same meetings
def tiny_account() -> SandboxAccount:
    """One bot of each API with one transcript, and of Zoom's the transcripts of the meetings they sat in."""
    account = generate_account(meetings=24, seed=5, days=1, cues=12, media_bytes=3000, today=last_evening())
    made = add_bots(account, seed=2, media_bytes=3000)
    bots: dict[str, SandboxBot] = {}
    for bot in made.bots:
        if bot.meeting_uuid and _has_words(bot, made):
            bots.setdefault(bot.source, bot)
    uuids = {each.meeting_uuid for each in bots.values()}
    meetings = tuple(_keep_transcripts(each) for each in made.meetings if each.uuid in uuids)
    assert len(bots) == len(meetings) == 4, (bots.keys(), len(meetings))
    return dataclasses.replace(made, meetings=meetings, bots=tuple(bots.values()))


def _has_words(bot: SandboxBot, account: SandboxAccount) -> bool:
    runs = [run for recording in bot.recordings for run in recording.runs]
    if len(runs) != 1 or len(bot.recordings) != 1 or bot.is_gone(account.anchor):
        return False
    return runs[0].state(account.anchor) == "available" and count(runs[0])["utterances"] > 0


def _keep_transcripts(meeting: SandboxMeeting) -> SandboxMeeting:
    files = [each for each in meeting.files or () if each.file_type == "TRANSCRIPT"]
    return dataclasses.replace(meeting, files=tuple(files), participant_files=())


def after_midnight() -> Scene:
    """A bot that was ordered just before midnight and let in just after: its listing tells one day, its detail another.

    Meeting BaaS v1 lists when a bot was made and tells only one by one when it joined.
    """
    account = tiny_account()
    (bot,) = (each for each in account.bots if each.source == "meetingbaas_v1")
    (recording,), midnight = bot.recordings, bot.created_at.replace(hour=0, minute=0, second=0, microsecond=0)
    late = midnight + timedelta(seconds=9) - recording.started_at
    runs = tuple(dataclasses.replace(each, made_at=each.made_at + late) for each in recording.runs)
    moved = dataclasses.replace(
        recording, started_at=recording.started_at + late, ended_at=recording.ended_at + late, runs=runs
    )
    bot = dataclasses.replace(
        bot,
        created_at=midnight - timedelta(seconds=30),
        joined_at=midnight + timedelta(seconds=5),
        recordings=(moved,),
        meeting_uuid=None,
        extra={},
    )
    account = dataclasses.replace(account, meetings=(), bots=(bot,))
    return Scene("midnight", PULL, account, healing=PULL, before=without_bots(account), pace=PACE)


def without_bots(account: SandboxAccount) -> SandboxAccount:
    return dataclasses.replace(account, bots=(), bot_keys={}, bot_webhook_secrets={})


def tiny_pull() -> Scene:
    """Zoom's recordings are there; the bots', and what links them, are to come."""
    account = tiny_account()
    return Scene("bots", PULL, account, healing=PULL, before=without_bots(account), pace=PACE)


def busy_account(seed: int) -> SandboxAccount:
    """Twelve meetings on three days and a bot in each, in every state that the APIs have been seen to leave one."""
    made = generate_account(meetings=MEETINGS, seed=seed, days=3, cues=8, media_bytes=20_000)
    return add_bots(made, seed=seed, media_bytes=200_000)


def judge_night(rig: Rig) -> None:
    check_archive(rig)
    check_lake(rig)
    check_bots(rig)
    check_links(rig)


HARVESTS = (
    Harvest(("bots", "pull", *BUSY), busy_account, check_bots, PHASES, has_bots=True, pace=PACE),
    Harvest(("nightly", *BUSY), busy_account, judge_night, PHASES, has_bots=True, pace=PACE),
)
"""The bots alone, and a night with Zoom's recordings, in which links lead somewhere."""
