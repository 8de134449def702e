"""The benchmark of bots at its smallest: both sides bring every word, so that what is compared is the same job."""

from __future__ import annotations

import json

import pytest

from benchmarks.bench_bots import hold

BOTS = 3


@pytest.fixture
def contest(tmp_path):
    """A bot of each source, a minute long."""
    with hold(tmp_path, BOTS, length_ms=60_000) as contest:
        yield contest


def test_the_command_and_the_script_bring_the_same_words(contest):
    """All that was said is in the lake and in the script's file; a second pull and a rebuild change nothing."""
    assert contest.host.words > 3 * 60
    pulled = contest.pull()
    assert json.loads(pulled.out)["segments_published"] == contest.host.segments
    assert contest.script().cpu_s > 0
    assert all(each > 0 for each in contest.bytes_per_word())
    assert json.loads(contest.again().out)["api_calls"] < BOTS * 3
    contest.rebuild()
    assert contest.host.cpu_s() < pulled.cpu_s


def test_the_answers_are_there_before_the_clock_starts(contest):
    """Every call of a pull finds its answer made: only listings are the sandbox's own work."""
    contest.pull()
    assert contest.host.unmade() == {"list"}
