"""What is killed of bots' recordings: a tiny pull at every call, a busy pull and a whole night at random moments.

Decides accounts, commands and moments. The blows and what must hold after them are those of Zoom's recordings.
"""

from __future__ import annotations

import dataclasses
import functools

from bots_oracle import check_bots, check_links
from oracle import check_archive, check_lake
from rig import Rig

from crash.kills import Harvest
from crash.scenes import Scene
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
    """One bot of each API that heard something, and of Zoom's the transcripts of the meetings they sat in."""
    made = add_bots(generate_account(meetings=12, seed=5, days=1, cues=12, media_bytes=3000), seed=2, media_bytes=3000)
    bots: dict[str, SandboxBot] = {}
    for bot in made.bots:
        if bot.meeting_uuid and len(bot.recordings) == 1 and _has_words(bot, made):
            bots.setdefault(bot.source, bot)
    uuids = {each.meeting_uuid for each in bots.values()}
    meetings = tuple(_keep_transcripts(each) for each in made.meetings if each.uuid in uuids)
    assert len(bots) == len(meetings) == 4, (bots.keys(), len(meetings))
    return dataclasses.replace(made, meetings=meetings, bots=tuple(bots.values()))


def _has_words(bot: SandboxBot, account: SandboxAccount) -> bool:
    recording, now = bot.recordings[0], account.anchor
    run = recording.find_current(now)
    has_run = run is not None and run.state(now) == "available" and not bot.is_gone(now)
    return run is not None and has_run and count(run)["utterances"] > 0


def _keep_transcripts(meeting: SandboxMeeting) -> SandboxMeeting:
    files = [each for each in meeting.files or () if each.file_type == "TRANSCRIPT"]
    return dataclasses.replace(meeting, files=tuple(files), participant_files=())


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
