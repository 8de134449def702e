"""SIGKILL at random moments of a busy run: eight workers, files of mixed sizes, analysts reading all the while.

The moment is chosen by what the run has said last (its log), so that listing, fetching, settling and publishing are
each met however fast the machine is. The disk is judged after every kill, the whole at the end of every turn.
"""

from __future__ import annotations

import dataclasses
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher import Launched, Launcher
from oracle import check_archive, check_lake
from rig import Rig

from crash.checks import check_acknowledged, check_whole, differences, state_of
from crash.readers import Readers
from crash.scenes import Stage
from harvester.sandbox import Sandbox, SandboxAccount, generate_account
from harvester.sandbox.bodies import mp4_body

NIGHTLY = ("nightly", "--since", "30d", "--workers", "8", "--api-rate", "80", "--json")
MEETINGS = 40
LARGE_ONES = 5
LARGEST_BYTES = 6 << 20
# event of the log that is waited for -> phase of the run that the kill then falls into, and up to how many of them
PHASES = {
    "listing": ("run.started", 1),
    "fetching": ("download.stored", 25),
    "settling": ("recording.settled", 6),
    "publishing": ("lake.published", 4),
}
LONGEST_S = 0.04


@dataclass(slots=True)
class Kills:
    """What a number of kills came to."""

    delivered: Counter[str] = field(default_factory=Counter)
    too_late: int = 0
    turns: int = 0
    clean_runs: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Kills) -> None:
        for name in ("delivered", "answers", "gone"):
            getattr(self, name).update(getattr(other, name))
        for name in ("too_late", "turns", "clean_runs", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def __str__(self) -> str:
        phases = ", ".join(f"{count} {phase}" for phase, count in sorted(self.delivered.items()))
        read = ", ".join(f"{name} {self.answers[name]}/{self.gone[name]}" for name in sorted(self.answers))
        return (
            f"{self.delivered.total()} kills delivered ({phases}), {self.too_late} came too late;"
            f" {self.turns} turns, {self.clean_runs} clean runs; answers/replaced under the reader: {read};"
            f" {len(self.wrong)} failed"
        )


def busy_account(seed: int, meetings: int = MEETINGS) -> SandboxAccount:
    """Forty meetings with about two hundred files from a kilobyte to six megabytes, on nine days."""
    made = generate_account(meetings=meetings, seed=seed, days=9, cues=20, media_bytes=20_000)
    chance = random.Random(seed)
    changed = list(made.meetings)
    for index in chance.sample(range(meetings), LARGE_ONES):
        files = [
            dataclasses.replace(each, body=mp4_body(f"large{index}", int(chance.uniform(0.2, 1) * LARGEST_BYTES)))
            if each.file_type == "MP4"
            else each
            for each in changed[index].files or ()
        ]
        changed[index] = dataclasses.replace(changed[index], files=tuple(files) or None)
    return dataclasses.replace(made, meetings=tuple(changed))


def kill_in(stage: Stage, phase: str, chance: random.Random) -> bool:
    """Start a night and kill it in a phase; False when it was faster."""
    event, most = PHASES[phase]
    log = stage.said[1]
    log.unlink(missing_ok=True)
    running = stage.start(*NIGHTLY)
    try:
        _wait_for(running, log, event, chance.randint(1, most))
        time.sleep(chance.uniform(0, LONGEST_S))
    finally:
        if running.poll() is None:
            running.kill()
    return running.wait() == -signal.SIGKILL


def _wait_for(running: Launched, log: Path, event: str, count: int) -> None:
    wanted = f'"event": "{event}"'.encode()
    while running.poll() is None and not (log.exists() and log.read_bytes().count(wanted) >= count):
        time.sleep(0.002)


def play_turn(folder: Path, launcher: Launcher, *, seed: int, count: int, meetings: int = MEETINGS) -> Kills:
    """Up to `count` kills of one account's harvest, then clean runs: the same as without a kill."""
    kills, chance = Kills(turns=1), random.Random(seed)
    with Sandbox(busy_account(seed, meetings)) as box:
        calm, stage = (Stage(Rig(box, folder / f"{name}-{seed}"), launcher) for name in ("calm", "struck"))
        for each in (calm, stage):
            each.rig.cwd.mkdir()
        assert calm.run(*NIGHTLY).code == 0
        wanted = state_of(calm.rig)
        calm.reset(None)
        try:
            with Readers(stage.rig.lake) as readers:
                while kills.delivered.total() < count:
                    _strike(stage, kills, chance, wanted)
                _heal(stage, kills, wanted)
        except (AssertionError, OSError, ValueError, KeyError) as error:
            kills.wrong.append(f"turn {seed}, kill {kills.delivered.total()}: {type(error).__name__}: {error}"[:3000])
        kills.answers.update(readers.readings.answers)
        kills.gone.update(readers.readings.gone)
        kills.wrong += [f"turn {seed}: {each}" for each in readers.readings.wrong]
        stage.reset(None)
    return kills


def _strike(stage: Stage, kills: Kills, chance: random.Random, wanted: dict[str, Any]) -> None:
    phase = chance.choice(sorted(PHASES))
    if kill_in(stage, phase, chance):
        kills.delivered[phase] += 1
    else:
        kills.too_late += 1
    check_whole(stage.rig)
    check_acknowledged(stage.rig, stage.said[1].read_text())
    if not stage.said[0].read_text():
        return
    # it was faster: what it made is judged like a healed home, and the next kill meets an empty one
    assert differences(state_of(stage.rig), wanted) == []
    stage.reset(None)


def _heal(stage: Stage, kills: Kills, wanted: dict[str, Any]) -> None:
    for _ in range(3):
        ran = stage.run(*NIGHTLY)
        kills.clean_runs += 1
        assert ran.code == 0, ran.said[-3000:]
        if not (found := differences(state_of(stage.rig), wanted)):
            break
    assert not found, found[:10]
    check_archive(stage.rig)
    check_lake(stage.rig)
