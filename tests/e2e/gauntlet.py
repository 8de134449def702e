"""Plays many schedules in several processes and says what was found: `python tests/e2e/gauntlet.py --schedules 10000`.

A finding ends it with 1 and names the seed; `--seed N` plays one again and shows everything that it said.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from launcher import Launcher
from ordeal import INVARIANTS, Court
from schedules import Schedule, draw, pairs
from verdict import Verdict

_court: list[Court] = []


def quick_folder() -> str | None:
    """Memory, where there is some: what survives a power cut is proven elsewhere."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() else None


@contextlib.contextmanager
def open_court() -> Iterator[Court]:
    with tempfile.TemporaryDirectory(prefix="gauntlet-", dir=quick_folder()) as folder, Launcher() as launcher:
        yield Court(launcher, Path(folder))


def judge_all(schedules: Iterable[Schedule], *, workers: int) -> Iterator[Verdict]:
    """A verdict for every schedule, as they come."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, initializer=_start) as pool:
        yield from pool.imap_unordered(_play, schedules, chunksize=4)
        pool.close()  # workers that end by themselves take their folders and launchers along
        pool.join()


def _start() -> None:
    stack = contextlib.ExitStack()
    _court.append(stack.enter_context(open_court()))
    multiprocessing.util.Finalize(None, stack.close, exitpriority=1)


def _play(schedule: Schedule) -> Verdict:
    return _court[0].play(schedule)


class Report:
    """What all verdicts together say."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.schedules = self.runs = self.cautious = 0
        self.slowest = 0.0
        self.codes: Counter[int] = Counter()
        self.struck: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.failed: list[Verdict] = []

    def add(self, verdict: Verdict) -> None:
        self.schedules += 1
        self.runs += verdict.runs
        self.cautious += verdict.cautious
        self.slowest = max(self.slowest, verdict.seconds)
        self.codes.update(verdict.codes)
        self.struck.update(verdict.struck)
        self.findings.update({finding.invariant for finding in verdict.findings})
        if verdict.findings:
            self.failed.append(verdict)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def lines(self) -> Iterator[str]:
        seconds = self.seconds
        yield (
            f"{self.schedules} schedules, {self.runs} runs, {sum(self.struck.values())} faults struck "
            f"in {seconds:.0f} s ({self.schedules / max(seconds, 0.001):.2f} schedules a second, "
            f"slowest {self.slowest:.1f} s)"
        )
        yield "exit codes: " + ", ".join(f"{code}: {count}" for code, count in sorted(self.codes.items()))
        yield f"runs that reported a failure though nothing was missing: {self.cautious}"
        kinds = sorted(self.struck.items())
        width = max((len(kind) for kind, _ in kinds), default=0)
        for start in range(0, len(kinds), 3):
            yield "  ".join(f"{kind:<{width}} {count:>6}" for kind, count in kinds[start : start + 3])
        for invariant in INVARIANTS:
            yield f"{invariant:<12} {self.findings[invariant]:>5} schedules"
        if self.failed:
            yield "failed: " + ", ".join(verdict.schedule.name for verdict in self.failed)


def describe(verdict: Verdict) -> str:
    """A failed schedule with all that was found."""
    schedule = verdict.schedule
    head = f"--- {schedule.name}: {' '.join(schedule.faults)}"
    with_what = f"    {schedule.commands} {schedule.settings}"
    return "\n".join([head, with_what, *(f"  {each.invariant}: {each.what}" for each in verdict.findings)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pairs", action="store_true", help="all ordered pairs of the short list instead")
    parser.add_argument("--seed", type=int, help="play this one and show everything")
    options = parser.parse_args()
    report = Report()
    if options.seed is not None:
        with open_court() as court:
            verdict = court.play(draw(options.seed))
        report.add(verdict)
        say(describe(verdict))
    else:
        every = pairs() if options.pairs else (draw(options.first + number) for number in range(options.schedules))
        chosen = list(itertools.islice(every, options.schedules))
        for number, verdict in enumerate(judge_all(chosen, workers=options.workers), start=1):
            report.add(verdict)
            if verdict.findings:
                say(describe(verdict))
            if number % 100 == 0:
                say(f"... {number} of {len(chosen)} after {report.seconds:.0f} s")
    say("\n".join(report.lines()))
    what = "ordered pairs of faults on the wire" if options.pairs else "schedules of one to five faults on the wire"
    often = f"{report.schedules:,} schedules, {sum(report.struck.values()):,} faults struck"
    seeds = "all pairs" if options.pairs else f"{options.first} and up"
    say(f"tally: {what}; {often}; {len(report.failed)}; {seeds}")
    return 1 if report.failed else 0


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
