"""A scene struck at one point: suffer, look at once, heal, compare. Every point is independent of every other."""

from __future__ import annotations

import contextlib
import errno
import random
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher import Launcher
from rig import Rig

from crash.checks import check_acknowledged, check_said, check_whole, differences, find_sentences, state_of
from crash.faultpoints import CHANGING, ERRORS, PASSING_ONLY, Action, Fault, Kind, Point, build_library, read_trace
from crash.scenes import Scene, Stage, play, prepare
from harvester.sandbox import Sandbox

CLEAN_RUNS = 3
KILLS = (Action.KILL_BEFORE, Action.KILL_AFTER)


@dataclass(frozen=True, slots=True)
class Blow:
    """A fault at a point of a scene."""

    scene: str
    fault: Fault
    point: Point

    def __str__(self) -> str:
        return f"{self.scene}: {self.fault} at {self.point}"


@dataclass(slots=True)
class Outcome:
    """What came of a blow; `wrong` is empty where everything held."""

    blow: Blow
    struck: bool = False
    code: int = 0
    said: tuple[str, ...] = ()
    clean_runs: int = 0
    wrong: str = ""
    trace: list[Point] = field(default_factory=list)

    def __str__(self) -> str:
        before = "".join(f"\n    {each}" for each in self.trace[-4:])
        return (
            f"{self.blow}\n  exit code {self.code}, {self.clean_runs} clean runs: {self.wrong}\n  last calls:{before}"
        )


@dataclass(slots=True)
class Theatre:
    """A scene ready to be struck any number of times."""

    scene: Scene
    stage: Stage
    start: Path | None
    calm: dict[str, Any] = field(default_factory=dict)

    def points(self, counted: Kind = CHANGING) -> list[Point]:
        """The calls of an undisturbed run, counted."""
        self.stage.reset(self.start)
        fault = Fault(Action.COUNT, counted=counted)
        ran = self.stage.run(*self.scene.words, arm=fault.arming(self.stage.rig.cwd, self.stage.trace))
        assert ran.code == 0, ran.err
        return read_trace(self.stage.trace)

    def suffer(self, blow: Blow) -> Outcome:
        """Strike, look, heal."""
        outcome = Outcome(blow)
        self.stage.reset(self.start)
        ran = self.stage.run(*self.scene.words, arm=blow.fault.arming(self.stage.rig.cwd, self.stage.trace))
        outcome.code, outcome.trace = ran.code, read_trace(self.stage.trace)
        outcome.said = tuple(find_sentences(ran))
        outcome.struck = any(each.struck for each in outcome.trace)
        try:
            if blow.fault.action in KILLS:
                assert outcome.code == -signal.SIGKILL, f"not killed:\n{ran.err[-2000:]}"
            else:
                check_said(ran)
            check_whole(self.stage.rig, self.calm)
            check_acknowledged(self.stage.rig, ran.err)
            if self.scene.has_bots:
                self.stage.check_verified()
            if not outcome.code:
                self._compare("exit code 0, but", but="names: there is .harvester/")  # those go with the next run
            self._heal(outcome)
        except (AssertionError, OSError, ValueError, KeyError) as error:
            outcome.wrong = f"{type(error).__name__}: {error}"
        return outcome

    def _heal(self, outcome: Outcome) -> None:
        for number in range(1, CLEAN_RUNS + 1):
            outcome.clean_runs = number
            ran = self.stage.run(*self.scene.healing)
            assert ran.code == 0, f"a clean run ends with {ran.code}:\n{ran.said[-3000:]}"
            if not differences(state_of(self.stage.rig), self.calm):
                return
        self._compare(f"after {CLEAN_RUNS} clean runs")

    def _compare(self, when: str, *, but: str = "never") -> None:
        found = [each for each in differences(state_of(self.stage.rig), self.calm) if not each.startswith(but)]
        assert not found, f"{when}\n  " + "\n  ".join(found[:12])


@contextlib.contextmanager
def open_theatre(scene: Scene, folder: Path, launcher: Launcher) -> Iterator[Theatre]:
    """Prepare the scene once: its start and what it leaves undisturbed."""
    folder = Path(tempfile.mkdtemp(prefix=f"{scene.name.replace(' ', '-')}-", dir=folder))
    with Sandbox(scene.before) as before, Sandbox(scene.account) as box:
        first = Stage(Rig(before, folder / "before"), launcher)
        stage = Stage(Rig(box, folder / "struck", {"HARVESTER_BOT_RATE": "1000"}), launcher, pace=scene.pace)
        for each in (first, stage):
            each.rig.cwd.mkdir()
        theatre = Theatre(scene, stage, prepare(scene, stage, folder, first))
        play(scene, stage, theatre.start)
        theatre.calm = state_of(stage.rig)
        yield theatre


@contextlib.contextmanager
def workplace() -> Iterator[tuple[Path, Launcher]]:
    """A folder in memory where there is one (a kill does not ask the disk), and a launcher with the library."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="crash-", dir=memory if memory.is_dir() else None))
    try:
        with Launcher(preload=build_library(folder)) as launcher:
            yield folder, launcher
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kill_blows(theatre: Theatre) -> list[Blow]:
    """SIGKILL before and after every counted call."""
    return [
        Blow(theatre.scene.name, Fault(action, point.number), point) for point in theatre.points() for action in KILLS
    ]


def error_blows(theatre: Theatre) -> list[Blow]:
    """Every error that the kernel may give, at every call that may see it: once, and from there on."""
    blows = []
    for error, kinds in ERRORS.items():
        for point in theatre.points(kinds):
            faults = [Fault(Action.FAIL, point.number, kinds, error)]
            if error not in PASSING_ONLY:
                faults.append(Fault(Action.FAIL, point.number, kinds, error, lasting=True))
            if error == errno.EIO and point.kind is not Kind.READ_OPEN:
                faults.append(Fault(Action.FAIL_DONE, point.number, kinds, error))
            blows += [Blow(theatre.scene.name, fault, point) for fault in faults]
    short = Kind.WRITE | Kind.SEND
    for point in theatre.points(short):
        faults = [Fault(Action.SHORTEN, point.number, short), Fault(Action.SHORTEN, point.number, short, lasting=True)]
        blows += [Blow(theatre.scene.name, fault, point) for fault in faults]
    return blows


def sample(blows: list[Blow], count: int, seed: str) -> list[Blow]:
    """Some of them, spread over the calls: a rare one is as likely to be taken as one of two hundred writes."""
    chance = random.Random(seed)
    by_call: dict[str, list[Blow]] = {}
    for blow in chance.sample(blows, len(blows)):
        by_call.setdefault(f"{blow.point.call}{blow.fault.action}{blow.fault.error}", []).append(blow)
    chosen: list[Blow] = []
    while len(chosen) < min(count, len(blows)):
        for call in chance.sample(sorted(by_call), len(by_call)):
            if by_call[call] and len(chosen) < count:
                chosen.append(by_call[call].pop())
    return chosen
