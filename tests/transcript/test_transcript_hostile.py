"""Input made to be slow: the cost must grow with the length, not with its square."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from harvester.errors import Damaged
from harvester.transcript import read_transcript

HEAD = "WEBVTT\n\n"
STAMP = "00:00:01.500 --> 00:00:02.000\n"
PUMPS: dict[str, Callable[[int], str]] = {
    "arrows": lambda n: HEAD + "-->\n" * n,
    "arrows on one line": lambda n: HEAD + "-->" * n,
    "digits before an arrow": lambda n: HEAD + "0" * n + " --> 00:00:02.000\n",
    "blanks round an arrow": lambda n: HEAD + "00:00:01.000" + " " * n + "-->" + " " * n + "x\n",
    "blank lines": lambda n: HEAD + "\n" * n + STAMP + "x",
    "line ends of each kind": lambda n: HEAD + "\r\n\r" * n,
    "colons": lambda n: HEAD + STAMP + "a:" * n,
    "blanks after a colon": lambda n: HEAD + STAMP + "a:" + " \t" * n,
    "one long word": lambda n: HEAD + STAMP + "Ada: " + "w" * n,
    "open voices": lambda n: HEAD + STAMP + "<v " * n,
    "open tags": lambda n: HEAD + STAMP + "<v Ada>" + "<c.a " * n,
    "open times": lambda n: HEAD + STAMP + "<v Ada>" + "<0:" * n,
    "entities": lambda n: HEAD + STAMP + "<v Ada>" + "&am" * n,
    "voices in one cue": lambda n: HEAD + STAMP + "".join(f"<v {row}>" for row in range(n // 5)),
    "comments": lambda n: HEAD + "NOTE x\n\n" * (n // 5) + STAMP + "x",
    "regions": lambda n: HEAD + "REGION\n" + "id:a " * n,
    "styles": lambda n: HEAD + "STYLE\n" + "a\n" * n,
    "settings": lambda n: HEAD + STAMP.rstrip("\n") + " line:1" * n + "\nx",
    "header lines": lambda n: "WEBVTT\n" + "a: b\n" * n,
    "one-off names": lambda n: HEAD + "".join(f"{STAMP}n{row}: x\n\n" for row in range(n // 20)),
}


def cpu_s(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def assert_linear(make: Callable[[int], Callable[[], object]]) -> None:
    small_s, large_s = cpu_s(make(5_000)), cpu_s(make(40_000))
    # Eight times the length: linear costs 8 times, quadratic 64. The constant forgives a coarse clock.
    assert large_s < 24 * small_s + 0.05


@pytest.mark.parametrize("name", PUMPS)
def test_cost_grows_with_length(name: str):
    """Eight times the input costs about eight times the time for every family of hostile transcript."""

    def make(n: int) -> Callable[[], object]:
        data = PUMPS[name](n).encode()
        return lambda: read_transcript(data)

    assert_linear(make)


def test_a_large_roster_costs_little():
    """Names are looked up by their beginning, not tried one after the other."""
    data = (HEAD + "".join(f"{STAMP}unit {row}: Ada: x\n\n" for row in range(2_000))).encode()
    roster = [f"unit {row}: Ada" for row in range(2_000)]
    assert cpu_s(lambda: read_transcript(data, roster=roster)) < 1
    assert set(read_transcript(data, roster=roster).segments.text) == {"x"}


def test_a_refusal_of_a_huge_file_is_instant():
    """A file over the limit is refused before it is read."""
    data = bytes(5_000_000)
    with pytest.raises(Damaged):
        read_transcript(data, limit_bytes=1_000)
