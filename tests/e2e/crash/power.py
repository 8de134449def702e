"""Power cuts: a file system of its own that forgets, at a chosen moment, everything that was never flushed.

ext4 on a loop-mounted image, ended by EXT4_IOC_SHUTDOWN without flushing its journal (linux/fs/ext4/ioctl.c): what
comes back after the next mount is what a disk would hold after a power cut. Log lines go to a file outside of it.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import random
import shutil
import struct
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher import Launched, Launcher
from oracle import check_archive, check_lake
from rig import Ran, Rig

from crash.checks import check_acknowledged, check_said, check_whole, differences, state_of
from crash.scenes import Stage
from harvester.sandbox import Sandbox, generate_account

NIGHTLY = ("nightly", "--since", "30d", "--api-rate", "80", "--json")
IMAGE_BYTES = 256 << 20
SEEN_THROUGH = 0.5
"""How often the run is not killed with its disk: it then goes on and must end in its own way."""

EVENTS = '"event": "'
_IOC_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = 2
_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_TOOLS = ("mkfs.ext4", "mount", "umount", "unshare", "losetup")


def reason_not_to() -> str | None:
    """Why no power can be cut here; None where it can."""
    if os.geteuid() != 0:
        return "only root may mount an image whose power can be cut"
    if missing := [each for each in _TOOLS if not shutil.which(each)]:
        return f"no {', '.join(missing)} to cut the power of an image with"
    try:
        with tempfile.TemporaryDirectory() as folder, open_disk(Path(folder)):
            return None
    except (OSError, subprocess.CalledProcessError) as error:
        return f"an image cannot be mounted and shut down here: {getattr(error, 'stderr', None) or error}".strip()


@dataclass(slots=True)
class Disk:
    """One image, mounted at `at`; `boot_id` is what the machine says of itself to those who run on it."""

    image: Path
    at: Path
    boot_id: Path

    def cut_power(self) -> None:
        """From here on the disk neither takes nor gives anything."""
        handle = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, _IOC_SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(handle)

    def start_again(self) -> None:
        """Mount what is left of it, as a machine does that was started anew."""
        _run("umount", str(self.at))
        _run("mount", "-o", "loop", str(self.image), str(self.at))
        self.boot_id.write_text(f"{uuid.uuid4()}\n")

    def format(self) -> None:
        _run("umount", str(self.at))
        _run("mkfs.ext4", "-qF", str(self.image))
        _run("mount", "-o", "loop", str(self.image), str(self.at))


@contextlib.contextmanager
def open_disk(folder: Path) -> Iterator[Disk]:
    """An empty image, mounted where a launcher in a mount namespace of its own sees it come and go."""
    disk = Disk(folder / "image", folder / "shared" / "disk", folder / "boot_id")
    with disk.image.open("wb") as image:
        image.truncate(IMAGE_BYTES)
    disk.boot_id.write_text(f"{uuid.uuid4()}\n")
    disk.at.parent.mkdir()
    disk.at.mkdir()
    with contextlib.ExitStack() as undo:
        _run("mount", "--bind", str(disk.at.parent), str(disk.at.parent))
        undo.callback(_run, "umount", str(disk.at.parent))
        _run("mount", "--make-shared", str(disk.at.parent))
        _run("mkfs.ext4", "-qF", str(disk.image))
        _run("mount", "-o", "loop", str(disk.image), str(disk.at))
        undo.callback(_run, "umount", str(disk.at))
        yield disk


def started_on(disk: Disk) -> tuple[str, ...]:
    """What a launcher is started with so that its commands read the disk's boot id: no reboot is real here."""
    bind = f'mount --bind "$0" {_BOOT_ID} && exec "$@"'
    return ("unshare", "--mount", "--propagation", "slave", "sh", "-c", bind, str(disk.boot_id))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)


@dataclass(slots=True)
class Cuts:
    """What a number of cuts came to."""

    delivered: int = 0
    too_late: int = 0
    acknowledged: int = 0
    stored: int = 0
    clean_runs: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.delivered} power cuts delivered, {self.too_late} came too late; {self.acknowledged} events"
            f" acknowledged before them, {self.stored} of these stored files; {self.clean_runs} clean runs;"
            f" {len(self.wrong)} failed"
        )

    def add(self, other: Cuts) -> None:
        for name in ("delivered", "too_late", "acknowledged", "stored", "clean_runs"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong


@dataclass(slots=True)
class Turn:
    """One account harvested on a disk that loses power again and again, until clean runs bring the rest."""

    disk: Disk
    stage: Stage
    calm: dict[str, Any]
    chance: random.Random
    cuts: Cuts = field(default_factory=Cuts)

    def cut_once(self, *, seen: int) -> bool:
        """Cut after `seen` events; False when the run had ended before."""
        log = self.stage.said[1]
        log.unlink(missing_ok=True)
        running = self.stage.start(*NIGHTLY)
        try:
            in_time = _wait_for_events(running, log, seen)
            time.sleep(self.chance.uniform(0, 0.02))
            # what is said after the cut binds nobody: a flush under way then may return as if it had succeeded (the
            # kernel ends the journal's transaction without its last block), and a process without power says nothing
            acknowledged = log.read_text()
            self.disk.cut_power()
            if self.chance.random() < SEEN_THROUGH and (code := running.wait()) and in_time:
                # it goes on with a disk that refuses everything, and must say so
                check_said(Ran(code, *(each.read_text() for each in self.stage.said)))
        finally:
            if running.code is None:
                running.kill()
                running.wait()
        self.disk.start_again()
        self.cuts.delivered += in_time
        self.cuts.too_late += not in_time
        self.cuts.acknowledged += acknowledged.count(EVENTS)
        self.cuts.stored += acknowledged.count(f"{EVENTS}download.stored")
        check_whole(self.stage.rig, self.calm)
        check_acknowledged(self.stage.rig, acknowledged)
        return in_time

    def heal(self) -> None:
        """At most three clean runs, then everything is as if the power had never been cut."""
        for _ in range(3):
            ran = self.stage.run(*NIGHTLY)
            self.cuts.clean_runs += 1
            assert ran.code == 0, ran.said[-3000:]
            if not (found := differences(state_of(self.stage.rig), self.calm)):
                break
        assert not found, found[:10]
        check_archive(self.stage.rig)
        check_lake(self.stage.rig)


def _wait_for_events(running: Launched, log: Path, seen: int) -> bool:
    while not log.exists() or log.read_bytes().count(EVENTS.encode()) < seen:
        if running.poll() is not None:
            return False
        time.sleep(0.002)
    return running.poll() is None


def run_turns(count: int, *, seed: int, per_turn: int = 10) -> Cuts:
    """Deliver `count` cuts, `per_turn` on each account; raises nothing, says in `wrong` what did not hold."""
    cuts = Cuts()
    with (
        tempfile.TemporaryDirectory(prefix="power-") as name,
        open_disk(Path(name)) as disk,
        Launcher(under=started_on(disk)) as launcher,
    ):
        for turn in itertools.count(seed * 1000):
            _play_turn(disk, launcher, cuts, seed=turn, count=min(per_turn, count - cuts.delivered))
            if cuts.delivered >= count:
                return cuts
    raise AssertionError


def _play_turn(disk: Disk, launcher: Launcher, cuts: Cuts, *, seed: int, count: int) -> None:
    account = generate_account(meetings=14, seed=seed, days=9, cues=8, media_bytes=1_500_000)
    with Sandbox(account) as box:
        calm = Stage(Rig(box, disk.image.with_name(f"calm-{seed}")), launcher)
        calm.rig.cwd.mkdir()
        assert calm.run(*NIGHTLY).code == 0
        wanted, events = state_of(calm.rig), calm.said[1].read_text().count(EVENTS)
        shutil.rmtree(calm.rig.cwd)
        disk.format()
        stage = Stage(Rig(box, disk.at), launcher)
        turn = Turn(disk, stage, wanted, random.Random(seed))
        try:
            for _ in range(count):
                if not turn.cut_once(seen=turn.chance.randint(1, max(2, events // 3))):
                    break
            turn.heal()
        except (AssertionError, OSError, ValueError, KeyError) as error:
            turn.cuts.wrong.append(f"turn {seed}, cut {turn.cuts.delivered}: {type(error).__name__}: {error}")
        cuts.add(turn.cuts)
