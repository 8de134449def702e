"""The long form of the fuzzing: coverage-guided, with atheris, a process for each target.

    python -m tests.fuzz --runs 1000000 --seed 1 [--target NAME] [--jobs 2]

One line for each target; exit code 1 when one broke its promise, hung, or took too much memory. The input that did it
is saved under `tests/fuzz/regressions`, which every later test run replays: commit it with the fix.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REGRESSIONS = HERE / "regressions"
SLOWEST_CPU_S = 5.0
HANG_S = 120  # of the clock, for what waits without working; a busy machine must not trip it
MOST_MEMORY_MB = 2048
LONGEST_INPUT = 4096
ROUND_RUNS = 250_000  # atheris' tracing keeps a few kB of every run for good: a new process, the same corpus
_REPORT = "HARVESTER_FUZZ_REPORT"
_REPORTED = ("runs", "cpu_s", "slowest_s", "slowest_bytes")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the search of one target ended; `log` is empty unless it broke."""

    name: str
    rounds: int = 0
    runs: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    slowest_ms: float = 0.0
    slowest_bytes: int = 0
    crash: Path | None = None
    log: str = ""

    def plus(self, later: Outcome) -> Outcome:
        slowest = max(self, later, key=lambda each: each.slowest_ms)
        return Outcome(
            self.name,
            rounds=self.rounds + later.rounds,
            runs=self.runs + later.runs,
            seconds=self.seconds + later.seconds,
            cpu_s=self.cpu_s + later.cpu_s,
            slowest_ms=slowest.slowest_ms,
            slowest_bytes=slowest.slowest_bytes,
            crash=later.crash,
            log=later.log,
        )

    def line(self) -> str:
        rate = self.runs / self.cpu_s if self.cpu_s else 0
        how = f"BROKEN by {self.crash}" if self.crash else "0 crashes"
        slow = f"slowest {self.slowest_ms:.1f} ms with {self.slowest_bytes} bytes"
        return f"{self.name:<12} {self.runs:>9,} runs {self.seconds:>7.0f} s {rate:>7,.0f} a CPU second, {how}, {slow}"


def main() -> int:
    sys.path.insert(0, str(HERE))
    if sys.argv[1:2] == ["--inside"]:
        return search(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=200_000, help="executions of each target (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the search (default %(default)s)")
    parser.add_argument("--target", action="append", help="only this one; may be repeated")
    parser.add_argument("--jobs", type=int, default=1, help="targets at once (default %(default)s)")
    args = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        parser.error("atheris is not installed here; `make gauntlet` runs this where it is (.venv-gauntlet)")
    from fuzz_targets import TARGETS

    names = args.target or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}; they are {', '.join(TARGETS)}")
    broken = runs = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        searches = [pool.submit(run, name, runs=args.runs, seed=args.seed) for name in names]
        for done in concurrent.futures.as_completed(searches):
            outcome = done.result()
            print(outcome.line(), flush=True)
            runs += outcome.runs
            if outcome.log:
                broken += 1
                print(outcome.log, file=sys.stderr, flush=True)
    how = f"{runs:,} runs, {args.runs:,} for each of {len(names)} readers"
    print(f"tally: inputs made by coverage-guided fuzzing; {how}; {broken}; seed {args.seed}")
    return 1 if broken else 0


def run(name: str, *, runs: int, seed: int) -> Outcome:
    """Search one target, in rounds that go on from each other's corpus; a crash is saved for good."""
    with tempfile.TemporaryDirectory(prefix="harvester-fuzz-") as folder:
        place = Path(folder)
        words = _prepare(name, place)
        total = Outcome(name)
        while total.runs < runs and not total.log:
            size = min(ROUND_RUNS, runs - total.runs)
            total = total.plus(_run_round(name, place, [f"-runs={size}", f"-seed={seed + total.rounds}", *words], size))
    return total


def _run_round(name: str, place: Path, words: list[str], runs: int) -> Outcome:
    """One process. Its log is kept only if it did not end as it should."""
    report = place / "report.json"
    report.unlink(missing_ok=True)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--inside", name, *words],
        cwd=HERE.parents[1],
        env={**os.environ, _REPORT: str(report)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # tracebacks go to one, progress to the other
        check=False,
    )
    seconds = time.monotonic() - started
    said = json.loads(report.read_text()) if report.exists() else dict.fromkeys(_REPORTED, 0)
    found = next((each for each in sorted((place / "found").iterdir()) if done.returncode), None)
    broke = done.returncode or said["runs"] < runs
    return Outcome(
        name,
        rounds=1,
        runs=int(said["runs"]),
        seconds=seconds,
        cpu_s=said["cpu_s"],
        slowest_ms=said["slowest_s"] * 1000,
        slowest_bytes=int(said["slowest_bytes"]),
        crash=_keep(name, found) if found else None,
        log=(done.stdout.decode("utf-8", "replace")[-6000:] or f"ended with {done.returncode}") if broke else "",
    )


def _prepare(name: str, place: Path) -> list[str]:
    """Seeds, dictionary and libFuzzer's own options but for the length of a round."""
    from fuzz_targets import TARGETS

    target = TARGETS[name]
    for folder in ("corpus", "found"):
        (place / folder).mkdir()
    for number, each in enumerate(target.seeds):
        (place / "corpus" / f"seed{number}").write_bytes(each)
    if (REGRESSIONS / name).is_dir():
        shutil.copytree(REGRESSIONS / name, place / "corpus", dirs_exist_ok=True)
    quoted = (
        "".join(f"\\x{byte:02x}" for byte in each) for each in target.pieces if len(each) < 60
    )  # libFuzzer's limit
    (place / "dictionary").write_text("".join(f'"{each}"\n' for each in quoted))
    return [
        f"-max_len={LONGEST_INPUT}",
        f"-timeout={HANG_S}",
        f"-rss_limit_mb={MOST_MEMORY_MB}",
        f"-artifact_prefix={place / 'found'}/",
        f"-dict={place / 'dictionary'}",
        "-print_final_stats=0",
        str(place / "corpus"),
    ]


def _keep(name: str, found: Path) -> Path:
    data = found.read_bytes()
    kept = REGRESSIONS / name / hashlib.sha256(data).hexdigest()[:12]
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(data)
    return kept.relative_to(HERE.parents[1])


def search(name: str, words: list[str]) -> int:
    """Inside the process of one target: instrument our code, then hand over to libFuzzer, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=["harvester", "schemas"]):
        from fuzz_targets import TARGETS
    target = TARGETS[name]
    for seed in target.seeds:
        target.check(seed)  # what is loaded late is loaded now, and counts for no input
    runs = next(int(each.removeprefix("-runs=")) for each in words if each.startswith("-runs="))
    said = dict.fromkeys(_REPORTED, 0.0)
    began_s = time.process_time()
    report = Path(os.environ[_REPORT])

    def check_one(data: bytes) -> None:
        started_s = time.process_time()
        try:
            target.check(data)
            took_s = time.process_time() - started_s
            if took_s > said["slowest_s"]:
                said["slowest_s"], said["slowest_bytes"] = took_s, len(data)
            assert took_s < SLOWEST_CPU_S, f"{len(data)} bytes took {took_s:.1f} s"
        finally:  # libFuzzer leaves without a word to us
            said["runs"] += 1
            if said["runs"] % 1024 == 0 or said["runs"] >= runs or sys.exc_info()[0]:
                said["cpu_s"] = time.process_time() - began_s
                report.write_text(json.dumps(said))

    atheris.Setup([sys.argv[0], *words], check_one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
