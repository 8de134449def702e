"""`make gauntlet`: the long proofs, one after the other, and one table of what was injected, how often, what was found.

Each proof is a program that prints what it finds as it goes and a line `tally: what; how often; found; seeds`; a proof
that is a test says here what it injects.
`--only NAME` plays some of them (`--only bots` all that are about bots); `--share 0.1` plays a tenth of each.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
ATHERIS = str(ROOT / ".venv-gauntlet" / "bin" / "python")
_TALLY = re.compile(r"^tally: (?P<what>[^;]+); (?P<often>[^;]+); (?P<found>[^;]+); (?P<seeds>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One proof; `{}` in its words or environment is its size, which `--share` makes smaller."""

    name: str
    size: int
    words: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    tally: tuple[str, str, str] | None = None  # of a test: what, how often, seeds

    @property
    def names(self) -> set[str]:
        """Its own, and the first word of it, which several may share."""
        return {self.name, self.name.partition(" ")[0]}

    def command(self, share: float) -> tuple[list[str], dict[str, str]]:
        size = str(max(1, round(self.size * share)))
        changes = {name: value.replace("{}", size) for name, value in self.env.items()}
        return [each.replace("{}", size) for each in self.words], changes


CRASH = {"PYTHONPATH": "tests/e2e"}
# `points --limit`: more than any scene has means all of them
PARTS = (
    Part("points", 100_000, (PYTHON, "-m", "crash", "points", "--limit", "{}"), CRASH),
    Part("kills", 40, (PYTHON, "-m", "crash", "kills", "--turns", "{}"), CRASH),
    Part("power", 200, (PYTHON, "-m", "crash", "power", "--count", "{}"), CRASH),
    Part("bots points", 100_000, (PYTHON, "-m", "crash", "bot-points", "--limit", "{}"), CRASH),
    Part("bots kills", 30, (PYTHON, "-m", "crash", "bot-kills", "--turns", "{}"), CRASH),
    Part("bots schedules", 1_000, (PYTHON, "-m", "crash", "bot-schedules", "--count", "{}"), CRASH),
    Part("pairs", 625, (PYTHON, "tests/e2e/gauntlet.py", "--pairs", "--schedules", "{}")),
    Part("schedules", 10_000, (PYTHON, "tests/e2e/gauntlet.py", "--schedules", "{}")),
    Part(
        "damage",
        1_000,
        (PYTHON, "-m", "pytest", "tests/e2e/test_e2e_verify.py", "-k", "seeded_damage"),
        {"GAUNTLET_DAMAGES": "{}"},
        ("28 kinds of damage to archive, entries, ledger and lake", "{} damages", "0 and up"),
    ),
    Part(
        "forgeries",
        10_000,
        (PYTHON, "-m", "pytest", "tests/e2e/test_e2e_webhook.py", "-k", "forged"),
        {"WEBHOOK_FORGERIES": "{}"},
        ("webhook requests forged, stale, mangled, huge or well signed and nonsense", "{} requests", "0 and up"),
    ),
    Part(
        "acknowledged",
        500,
        (PYTHON, "-m", "pytest", "tests/e2e/test_e2e_webhook.py", "-k", "killed_right_after"),
        {"WEBHOOK_KILLS": "{}"},
        ("SIGKILL of the receiver right after an acknowledgement", "{} kills", "1"),
    ),
    Part(
        "overlap",
        50,
        (PYTHON, "-m", "pytest", "tests/e2e/test_e2e_unattended.py", "-k", "either_killed"),
        {"OVERLAP_ROUNDS": "{}"},
        ("nightly, worker and events at once, one of them killed", "{} rounds", "0 and up"),
    ),
    Part("fuzz", 1_000_000, (ATHERIS, "-m", "tests.fuzz", "--runs", "{}", "--jobs", "2")),
    Part(
        "linear",
        64_000_000,
        (PYTHON, "-m", "pytest", "tests/linear"),
        {"LINEAR_BYTES": "{}"},
        ("pump families against every reader and regular expression", "texts of up to {} bytes", "none"),
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    what: str
    often: str
    found: str
    seeds: str
    minutes: float
    passed: bool


def play(part: Part, share: float) -> Row:
    words, changes = part.command(share)
    print(f"\n== {part.name}: {' '.join(words[1:])}", flush=True)
    started = time.monotonic()
    process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **changes}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        print(line, end="", flush=True)
        said.append(line)
    passed = process.wait() == 0
    minutes = (time.monotonic() - started) / 60
    if part.tally:
        what, often, seeds = (each.replace("{}", f"{max(1, round(part.size * share)):,}") for each in part.tally)
        return Row(part.name, what, often, "0" if passed else "see above", seeds, minutes, passed=passed)
    tally = _TALLY.search("".join(said))
    if tally is None:
        return Row(part.name, "no tally", "", f"ended with {process.returncode}", "", minutes, passed=False)
    return Row(part.name, *tally.groups(), minutes, passed=passed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    names = sorted({name for each in PARTS for name in each.names})
    parser.add_argument("--only", action="append", choices=names)
    parser.add_argument("--share", type=float, default=1.0)
    options = parser.parse_args()
    chosen = [each for each in PARTS if not options.only or each.names & set(options.only)]
    rows = [play(each, options.share) for each in chosen]
    print("\n| proof | what was injected | how often | found | seeds | minutes |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in rows:
        cells = (row.name, row.what, row.often, row.found, row.seeds, f"{row.minutes:.0f}")
        print(f"| {' | '.join(cells)} |")
    return 0 if all(row.passed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
