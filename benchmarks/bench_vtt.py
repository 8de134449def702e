"""Speed of reading a transcript, as a ratio to webvtt-py parsing the same bytes in the same run.

Real files beside the checkout when there are any, otherwise invented ones of the same shape.
CPU time, minimum over interleaved rounds: a shared machine lies about the wall clock, not about the ratio.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import webvtt

from benchmarks.settings import Settings
from benchmarks.table import Row, at_least
from harvester.transcript import read_cues, read_transcript

_REAL = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "transcripts"
_ROUNDS = 15


def build_file(n_cues: int, seed: int = 7) -> bytes:
    """A transcript in Zoom's layout: five people, 14 words a cue."""
    chance = random.Random(seed)
    people = ["Ada Kern", "Bo Lindqvist (Ops)", "Chloé | Nord", "Dan O'Shea", "Emre"]
    words = ["we", "can", "ship", "that", "on", "Monday", "if", "the", "second", "review", "passes"]
    blocks = ["WEBVTT", ""]
    at_ms = 4_000
    for number in range(1, n_cues + 1):
        end_ms = at_ms + chance.randrange(900, 9_000)
        speech = " ".join(chance.choices(words, k=14))
        stamps = f"{_stamp(at_ms)} --> {_stamp(end_ms)}"
        blocks += [str(number), stamps, f"{chance.choice(people)}: {speech}", ""]
        at_ms = end_ms + chance.randrange(0, 2_000)
    return ("\r\n".join(blocks) + "\r\n").encode()


def _stamp(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def _cpu_s(work: Callable[[bytes], object], files: list[bytes]) -> float:
    started = time.process_time()
    for data in files:
        work(data)
    return time.process_time() - started


def _parse_with_webvtt(data: bytes) -> object:
    return webvtt.from_string(data.decode()).captions


def compare(files: list[bytes]) -> dict[str, float]:
    """CPU seconds per contender over all files."""
    contenders: dict[str, Callable[[bytes], object]] = {
        "webvtt-py (parse only)": _parse_with_webvtt,
        "read_cues": read_cues,
        "read_transcript (segments and turns)": read_transcript,
    }
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(_ROUNDS):
        for name, work in contenders.items():
            best[name] = min(best[name], _cpu_s(work, files))
    return best


def report(title: str, files: list[bytes]) -> float:
    """Print the comparison; how many times faster than webvtt-py the cues are read."""
    n_cues = sum(data.count(b"-->") for data in files)
    n_bytes = sum(map(len, files))
    print(f"{title}: {len(files)} files, {n_bytes / 1e6:.1f} MB, {n_cues} cues")
    best = compare(files)
    base_s = best["webvtt-py (parse only)"]
    for name, cpu_s in best.items():
        print(f"  {name:<38} {cpu_s / n_cues * 1e6:6.2f} us/cue  {base_s / cpu_s:5.1f} x")
    return base_s / best["read_cues"]


def main(_settings: Settings) -> list[Row]:
    real = [path.read_bytes() for path in sorted(_REAL.glob("*.vtt")) if "bad_stamp" not in path.name]
    if real:
        report("real files", real)
    report("invented, 10 minutes", [build_file(85)] * 10)
    times = report("invented, 4 hours", [build_file(2_000)])
    return [at_least("transcript to cues, CPU against webvtt-py", times, 12.0, unit="x faster", note="2,000 cues")]
