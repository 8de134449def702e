"""SIGKILL at random moments of a busy run: eight workers, files of mixed sizes, analysts reading all the while.

The moment is chosen by what the run has said last (its log), so that listing, fetching, settling and publishing are
each met however fast the machine is. The disk is judged after every kill, the whole at the end of every turn.
"""

from __future__ import annotations

import dataclasses
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
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


def _judge_zoom(rig: Rig) -> None:
    check_archive(rig)
    check_lake(rig)


@dataclass(frozen=True, slots=True)
class Harvest:
    """A command that is killed, the account of a seed that it harvests, and who judges what it leaves in the end.

    `phases`: name of a part of the run -> the event of its log after which the kill falls into it, and up to how many
    of them are waited for.
    """

    words: tuple[str, ...] = NIGHTLY
    build_account: Callable[[int], SandboxAccount] = busy_account
    judge: Callable[[Rig], None] = _judge_zoom
    phases: Mapping[str, tuple[str, int]] = field(
        default_factory=lambda: {
            "listing": ("run.started", 1),
            "fetching": ("download.stored", 25),
            "settling": ("recording.settled", 6),
            "publishing": ("lake.published", 4),
        }
    )
    has_bots: bool = False
    pace: float = 1.0


def kill_in(stage: Stage, harvest: Harvest, phase: str, chance: random.Random) -> bool:
    """Start a harvest and kill it in a phase; False when it was faster."""
    event, most = harvest.phases[phase]
    log = stage.said[1]
    log.unlink(missing_ok=True)
    running = stage.start(*harvest.words)
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


@dataclass(slots=True)
class _Turn:
    """One account, harvested by killed runs until clean ones bring the rest; `wanted` is an undisturbed run's state."""

    stage: Stage
    harvest: Harvest
    chance: random.Random
    wanted: dict[str, Any]
    kills: Kills = field(default_factory=lambda: Kills(turns=1))

    def strike(self) -> None:
        stage, phase = self.stage, self.chance.choice(sorted(self.harvest.phases))
        if kill_in(stage, self.harvest, phase, self.chance):
            self.kills.delivered[phase] += 1
        else:
            self.kills.too_late += 1
        check_whole(stage.rig, self.wanted)
        check_acknowledged(stage.rig, stage.said[1].read_text())
        has_ended = bool(stage.said[0].read_text())
        if self.harvest.has_bots:
            stage.check_verified()
        if has_ended:
            # it was faster: what it made is judged like a healed home, and the next kill meets an empty one
            assert differences(state_of(stage.rig), self.wanted) == []
            stage.reset(None)

    def heal(self) -> None:
        for _ in range(3):
            ran = self.stage.run(*self.harvest.words)
            self.kills.clean_runs += 1
            assert ran.code == 0, ran.said[-3000:]
            if not (found := differences(state_of(self.stage.rig), self.wanted)):
                break
        assert not found, found[:10]
        self.harvest.judge(self.stage.rig)


def play_turn(folder: Path, launcher: Launcher, *, seed: int, count: int, harvest: Harvest | None = None) -> Kills:
    """Up to `count` kills of one account's harvest, then clean runs: the same as without a kill."""
    harvest = harvest or Harvest()
    with Sandbox(harvest.build_account(seed)) as box:
        places = (Path(tempfile.mkdtemp(prefix=f"{name}-{seed}-", dir=folder)) for name in ("calm", "struck"))
        calm, stage = (
            Stage(Rig(box, place, {"HARVESTER_BOT_RATE": "1000"}), launcher, pace=harvest.pace) for place in places
        )
        assert calm.run(*harvest.words).code == 0
        turn = _Turn(stage, harvest, random.Random(seed), state_of(calm.rig))
        calm.reset(None)
        kills = turn.kills
        try:
            with Readers(stage.rig.lake) as readers:
                while kills.delivered.total() < count:
                    turn.strike()
                turn.heal()
        except (AssertionError, OSError, ValueError, KeyError) as error:
            kills.wrong.append(f"turn {seed}, kill {kills.delivered.total()}: {type(error).__name__}: {error}"[:3000])
        kills.answers.update(readers.readings.answers)
        kills.gone.update(readers.readings.gone)
        kills.wrong += [f"turn {seed}: {each}" for each in readers.readings.wrong]
        stage.reset(None)
    return kills
