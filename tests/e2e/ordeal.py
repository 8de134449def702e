"""One schedule against the real command: the runs that suffer it, the checks, the clean runs, and what must be equal.

Every check belongs to an invariant and gives findings instead of stopping at the first. Judges only what the disk, the
sandbox's truth and its request log say, and what the command told its operator.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from convergence import Home, describe_difference, read_home
from launcher import Launcher
from oracle import check_archive, check_lake, check_secrets, check_tables, final_files, known_versions, missing_rows
from politeness import check_waits
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from rig import Ran, Rig
from schedules import Schedule, arm, words_of
from verdict import Verdict

from harvester.sandbox import Sandbox, SandboxAccount, generate_account
from harvester.sandbox.bodies import mp4_body

PACE = 200.0
"""How much faster a run waits: the half minute of a retried fault passes in a sixth of a second."""

DEADLINE_S = 90.0
"""Under PACE five hours of waiting: whatever takes longer does not end."""

NIGHTLY = ("nightly", "--since", "30d", "--json")
CLEAN_AFTER = (timedelta(), timedelta(days=4), timedelta(days=9))
_END = "-----END CERTIFICATE-----\n"
TELL_WRONG = {"without", "set"}
INVARIANTS = (
    "LOST", "DUPLICATED", "TORN", "WRONG", "UNSAFE", "LEAKED", "RATE", "HONEST", "CONVERGE", "TIME", "CRASH",
)  # fmt: skip


def small_account() -> SandboxAccount:
    """Three meetings with a file of every type that matters; one video is large enough for a later run to resume it."""
    made = generate_account(meetings=3, seed=11, days=1, cues=3, media_bytes=3000)
    types = ({"MP4", "TRANSCRIPT", "CC"}, {"M4A", "TRANSCRIPT", "CHAT", "TIMELINE"}, {"MP4", "TRANSCRIPT", "SUMMARY"})
    meetings = []
    for meeting, wanted in zip(made.meetings, types, strict=True):
        files = {file.file_type: file for file in meeting.files or () if file.file_type in wanted}
        if "CC" in files:
            files["MP4"] = dataclasses.replace(files["MP4"], body=mp4_body("large", 1_200_000))
        meetings.append(dataclasses.replace(meeting, files=tuple(files.values())))
    return dataclasses.replace(made, meetings=tuple(meetings))


class Court:
    """Plays schedules one after another against one account; what an undisturbed run leaves is made once."""

    def __init__(self, launcher: Launcher, folder: Path, *, account: SandboxAccount | None = None) -> None:
        self._launcher = launcher
        self._folder = folder
        self.account = account or small_account()
        ca = folder / "ca.pem"
        if not ca.exists():
            # loading the usual bundle costs every run fifty milliseconds, and no run here speaks TLS
            first, end, _ = Path(DEFAULT_CA_BUNDLE_PATH).read_text(encoding="utf-8").partition(_END)
            ca.write_text(first + end, encoding="utf-8")
        self._env = {"HARVESTER_CA_BUNDLE": str(ca)}

    @cached_property
    def calm(self) -> dict[bool, Home]:
        """What an undisturbed harvest leaves: all of it, and what is proven in any case."""
        with self.rig({}) as rig:
            ran = self.run(rig, NIGHTLY)
            assert ran.code == 0, ran.said
            check_archive(rig)
            check_lake(rig)
            return {only: read_home(rig, only_proven=only) for only in (False, True)}

    def play(self, schedule: Schedule) -> Verdict:
        began = time.monotonic()
        verdict = Verdict(schedule)
        with self.rig(schedule.settings) as rig:
            self._suffer(rig, verdict)
            self._recover(rig, verdict)
        verdict.seconds = time.monotonic() - began
        return verdict

    def _suffer(self, rig: Rig, verdict: Verdict) -> None:
        arm(rig.box, verdict.schedule.faults)
        with watching(rig, verdict) if verdict.schedule.with_reader else contextlib.nullcontext():
            for number, command in enumerate(verdict.schedule.commands, start=1):
                words = (*words_of(self.account, command), "--json")
                self._step(rig, verdict, words, f"fault run {number}", timedelta())
        for request in rig.box.requests:
            verdict.struck.update(_without_seed(each) for each in (request.fault or "").split(", ") if each)
        with verdict.judging("LEAKED", "after the faults"):
            check_secrets(rig)

    def _recover(self, rig: Rig, verdict: Verdict) -> None:
        rig.box.faults.clear()
        complete = False
        for number, later in enumerate(CLEAN_AFTER, start=1):
            ran = self._step(rig, verdict, NIGHTLY, f"clean run {number}", later)
            complete = ran.code == 0 and not missing_rows(rig)
            if complete:
                break
        when = f"after {number} clean runs"
        with verdict.judging("LOST", when):
            check_archive(rig)
        with verdict.judging("CONVERGE", when):
            assert complete, f"exit code {ran.code}: {ran.said[-800:]}"
            told_wrong = bool(TELL_WRONG & {each.partition(":")[2] for each in verdict.struck})
            different = describe_difference(self.calm[told_wrong], read_home(rig, only_proven=told_wrong))
            assert not different, different
        with verdict.judging("LEAKED", when):
            check_secrets(rig)
            assert rig.box.leaks == []

    def _step(self, rig: Rig, verdict: Verdict, words: tuple[str, ...], when: str, later: timedelta) -> Ran:
        """One run and everything that must hold right after it, whatever it met."""
        before, heard = final_files(rig), len(rig.box.requests)
        began = time.monotonic()
        ran = self.run(rig, words, at=datetime.now(UTC) + later if later else None)
        verdict.runs += 1
        verdict.codes.append(ran.code)
        seconds = time.monotonic() - began
        self.judge(rig, verdict, ran, words, when=when, before=before, heard=heard, seconds=seconds)
        return ran

    def judge(
        self,
        rig: Rig,
        verdict: Verdict,
        ran: Ran,
        words: tuple[str, ...],
        *,
        when: str,
        before: dict[str, tuple[int, int, int]],
        heard: int,
        seconds: float,
    ) -> None:
        """What must hold after any run: `before` are the finished files and `heard` the requests until then."""
        checks: dict[str, Callable[[], None]] = {
            "TIME": lambda: _in_time(seconds, ran),
            "CRASH": lambda: _no_crash(ran),
            "DUPLICATED": lambda: check_tables(rig.lake),
            "UNSAFE": lambda: _nothing_touched(rig, before),
            "LEAKED": lambda: check_secrets(rig, ran.said, disk=False),
            "RATE": lambda: check_waits(rig.box.requests[heard:], pace=PACE),
            "HONEST": lambda: self._honest(rig, verdict, ran, words),
            **self._contents(rig, words),
        }
        for invariant, check in checks.items():
            with verdict.judging(invariant, f"{when}, exit code {ran.code}"):
                check()

    def _contents(self, rig: Rig, words: tuple[str, ...]) -> dict[str, Callable[[], None]]:
        """The checks of what is there: they depend on whose recordings are struck."""
        del words
        return {"TORN": lambda: check_archive(rig, complete=False), "WRONG": lambda: check_lake(rig)}

    def _find_missing(self, rig: Rig, words: tuple[str, ...]) -> dict[str, bool]:
        """What of the truth is not there and this run answers for; whether it is awaited."""
        missing = missing_rows(rig)
        if words[0] == "meeting":  # which answers for no other
            missing = [row for row in missing if row["meeting_uuid"] in words]
        return {str(row): row["awaited"] for row in missing}

    def _honest(self, rig: Rig, verdict: Verdict, ran: Ran, words: tuple[str, ...]) -> None:
        """0 only when nothing is missing but by schedule; any other code names what is wrong."""
        missing = self._find_missing(rig, words)
        if ran.code == 0:
            unexplained = [each for each, is_awaited in missing.items() if not is_awaited]
            assert not unexplained, f"exit code 0, and missing without being awaited: {unexplained}"
            return
        said = json.loads(ran.out) if ran.out.strip() else {}
        assert said.get("errors") or said.get("gaps") or "Error:" in ran.err, f"no reason given: {ran.said[-500:]}"
        verdict.cautious += not missing

    def run(self, rig: Rig, words: tuple[str, ...], *, at: datetime | None = None) -> Ran:
        return rig.launch(self._launcher, *words, env=self._env, at=at, pace=PACE, deadline_s=DEADLINE_S)

    @contextlib.contextmanager
    def rig(self, settings: dict[str, object]) -> Iterator[Rig]:
        place = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            with Sandbox(self.account, **settings) as box:  # type: ignore[arg-type]
                yield Rig(box, place)
        finally:
            shutil.rmtree(place)


def _without_seed(fault: str) -> str:
    """The fault's kind and place, for counting."""
    return fault.partition("=")[0]


def _in_time(seconds: float, ran: Ran) -> None:
    assert seconds < DEADLINE_S, f"still running after {seconds:.0f} s: {ran.said[-800:]}"


def _no_crash(ran: Ran) -> None:
    assert ran.code in {0, 1, 3, 10, 12}, ran.said[-800:]
    for mark in ("Traceback", "defect in the harvester"):
        assert mark not in ran.said, ran.said[ran.said.index(mark) - 800 :][:3000]


def _nothing_touched(rig: Rig, before: dict[str, tuple[int, int, int]]) -> None:
    """No finished file changed or went away, and nothing was deleted at the source."""
    after = final_files(rig)
    touched = {name for name, was in before.items() if after.get(name) != was}
    assert not touched, f"archived files that were touched: {touched}"
    odd = {request.method for request in rig.box.requests} - {"GET", "POST"}
    assert not odd, f"requests with {odd}"


@contextlib.contextmanager
def watching(rig: Rig, verdict: Verdict) -> Iterator[None]:
    """Somebody reads the archive and the lake over and over while the block runs; what is not whole is a finding."""
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.005):
            with verdict.judging("TORN", "a reader during the run"), contextlib.suppress(FileNotFoundError):
                for name in final_files(rig):
                    data = (rig.archive / name).read_bytes()
                    assert known_versions(rig)(data), f"{name}: {len(data)} bytes that no version of a file has"
                check_tables(rig.lake)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        yield
    finally:
        stop.set()
        reader.join()
