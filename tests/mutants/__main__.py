"""`make mutants`: each mistake of the catalogue in a copy of the tree, one after the other, until a proof notices it.

Prints one line a mistake and ends with 1 when fewer than 95 % were noticed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from catalogue import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
ENOUGH = 0.95


def check_control(mutants: Sequence[Mutant], jobs: int) -> None:
    """Without any mistake every proof must hold, or noticing one means nothing."""
    proofs = sorted({proof for each in mutants for proof in each.proofs})
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder, ThreadPoolExecutor(jobs) as pool:
        tree = Path(folder) / "tree"
        _copy(tree)
        holds = pool.map(lambda each: _passes(each, tree), proofs)
        failing = [proof for proof, held in zip(proofs, holds, strict=True) if not held]
    if failing:
        raise SystemExit(f"these fail without a mistake: {', '.join(failing)}")
    print(f"{len(proofs)} proofs hold without a mistake", flush=True)


def noticed_by(mutant: Mutant) -> tuple[str | None, float]:
    """The first proof that fails with the mistake in place, None when all pass; and seconds."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder) / "tree"
        _copy(tree)
        path = tree / mutant.file
        path.write_text(apply(mutant, path.read_text(encoding="utf-8")), encoding="utf-8")
        found = next((proof for proof in mutant.proofs if not _passes(proof, tree)), None)
    return found, time.monotonic() - started


def apply(mutant: Mutant, text: str) -> str:
    """The text with the mistake. Raises ValueError when the place is not there exactly once."""
    count = text.count(mutant.old)
    if count != 1:
        raise ValueError(f"{mutant.name}: its place stands {count} times in {mutant.file}")
    return text.replace(mutant.old, mutant.new)


def _copy(tree: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)


def _passes(proof: str, tree: Path) -> bool:
    test = proof.startswith("tests/")
    words = ["pytest", "-q", "-x", "-p", "no:cacheprovider", proof] if test else proof.split()
    environment = {**os.environ, "PYTHONPATH": f"{tree}:{tree / 'tests/e2e'}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in {0, 1}:  # 1: tests failed; everything else says that they did not run
        raise RuntimeError(f"{proof} did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    chosen = [each for each in MUTANTS if not options.names or each.name in options.names]
    check_control(chosen, options.jobs)
    with ThreadPoolExecutor(options.jobs) as pool:
        caught = 0
        for mutant, (proof, seconds) in zip(chosen, pool.map(noticed_by, chosen), strict=True):
            caught += proof is not None
            print(f"{mutant.name:<28}{seconds:5.0f} s  {proof or 'NOT NOTICED: ' + mutant.mistake}", flush=True)
    print(f"{caught} of {len(chosen)} mistakes were noticed")
    return 0 if caught >= ENOUGH * len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
