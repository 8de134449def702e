"""A thousand bots with an hour of words each through the real command, against the script an analyst writes.

Both take every transcript of the same server and leave the same words behind. The command also archives every file with
its receipt, keeps its ledger and makes segments, turns and people of it; the script makes one table and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.bot_account import HOUR_MS
from benchmarks.bot_host import BotHost
from benchmarks.measure import Contender, Ran, cpu, environment, ratio, run, wall
from benchmarks.settings import Settings
from benchmarks.table import Row, at_most

BOTS, FEWER = 1_000, 100
_MIB = 1 << 20
_PULL = ("bots", "pull", "--since", "3d", "--json")


class Contest:
    """One server, one home, one output of the script; `host_s` is what serving each pull took the server."""

    def __init__(self, host: BotHost, home: Path, bots: int, midnight: datetime) -> None:
        self.host, self.home, self.bots = host, home, bots
        self.host_s: list[float] = []
        self._out = home.with_suffix(".parquet")
        more = {"HARVESTER_HOME": str(home), "HARVESTER_BOT_RATE": "1000"}
        self._env = environment(**host.environment(), **more)
        self._day = str((midnight - timedelta(days=1)).date())

    def pull(self) -> Ran:
        """Into an empty home."""
        before_s = self.host.cpu_s()
        clear = lambda: shutil.rmtree(self.home, ignore_errors=True)  # noqa: E731 - what a contender takes
        ran = run(Contender("pull", self._command(*_PULL), self._env, prepare=clear, check=self._check_pull))
        self.host_s.append(self.host.cpu_s() - before_s)
        return ran

    def pull_again(self) -> Ran:
        return run(Contender("again", self._command(*_PULL), self._env, check=self._check_again))

    def rebuild(self) -> Ran:
        return run(Contender("rebuild", self._command("rebuild", "--json"), self._env, check=self._check_rebuilt))

    def script(self) -> Ran:
        command = (sys.executable, "-m", "benchmarks.bot_script", self._day, str(self._out))
        return run(Contender("script", command, self._env, check=self._check_script))

    def bytes_per_word(self) -> tuple[float, float]:
        """Of the lake's table of words, and of the script's file."""
        lake = sum(path.stat().st_size for path in self._find_words())
        return lake / self.host.words, self._out.stat().st_size / self.host.words

    def _command(self, *words: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "jobs", *words)

    def _find_words(self) -> list[Path]:
        return sorted((self.home / "lake" / "words").rglob("*.parquet"))

    def _check_pull(self, ran: Ran) -> None:
        assert ran.code == 0, f"{ran.out[-3000:]}{ran.err[-3000:]}"
        said = json.loads(ran.out)
        assert (said["recordings_listed"], said["files_failed"], said["files_pending"]) == (self.bots, 0, 0), said
        self._check_lake()

    def _check_again(self, ran: Ran) -> None:
        said = json.loads(ran.out)
        assert (ran.code, said["files_archived"], said["bytes_downloaded"]) == (0, 0, 0), said
        assert said["partitions_published"] == 0, said

    def _check_rebuilt(self, ran: Ran) -> None:
        said = json.loads(ran.out)
        assert (ran.code, said["recordings"], said["files_rewritten"]) == (0, self.bots, 0), said

    def _check_lake(self) -> None:
        words = sum(pq.ParquetFile(path).metadata.num_rows for path in self._find_words())
        assert words == self.host.words, f"{words:,} words in the lake, {self.host.words:,} were said"

    def _check_script(self, ran: Ran) -> None:
        assert ran.code == 0, ran.err[-3000:]
        words = pq.ParquetFile(self._out).metadata.num_rows
        assert words == self.host.words, f"the script has {words:,} words, {self.host.words:,} were said"


@contextlib.contextmanager
def hold(work: Path, bots: int, *, length_ms: int = HOUR_MS) -> Iterator[Contest]:
    """A server with so many bots of yesterday, all on one day of the lake."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    with BotHost(bots, midnight, work / f"answers{bots}", length_ms=length_ms) as host:
        yield Contest(host, work / f"home{bots}", bots, midnight)


def main(settings: Settings) -> list[Row]:
    fewer_bots, bots = settings.of(FEWER), settings.of(BOTS)
    with hold(settings.work, fewer_bots) as contest:
        fewer = [contest.pull() for _ in range(settings.rounds)]
    shutil.rmtree(settings.work / f"answers{fewer_bots}")
    with hold(settings.work, bots) as contest:
        ran: dict[str, list[Ran]] = {"pull": [], "script": [], "again": [], "rebuild": []}
        for _ in range(settings.rounds):
            ran["pull"].append(contest.pull())
            ran["script"].append(contest.script())
            ran["again"].append(contest.pull_again())
            ran["rebuild"].append(contest.rebuild())
        rows = [*_compare(ran, fewer, bots, fewer_bots), *_describe(ran, contest)]
    for row in rows:
        print(f"{row.what}: {row.measured} (target {row.target})", flush=True)
    return rows


def _compare(ran: dict[str, list[Ran]], fewer: list[Ran], bots: int, fewer_bots: int) -> list[Row]:
    pull, script, rebuild = ran["pull"], ran["script"], ran["rebuild"]
    what = f"{bots:,} bot transcripts of an hour"
    grown = _peak(pull) / _peak(fewer)
    note = f"{_peak(pull):,.0f} MiB; script {_peak(script):,.0f}; {fewer_bots:,} of them {_peak(fewer):,.0f}"
    seconds = "{:,.0f} s; script {:,.0f}".format
    cpu_note = seconds(_median([each.cpu_s for each in pull]), _median([each.cpu_s for each in script]))
    wall_note = seconds(_median([each.wall_s for each in pull]), _median([each.wall_s for each in script]))
    rebuild_note = f"{_median([each.wall_s for each in rebuild]):,.0f} s, peak {_peak(rebuild):,.0f} MiB"
    return [
        at_most(f"{what}, pulled and published: CPU", ratio(pull, script, cpu), 5.0, unit="x script", note=cpu_note),
        at_most("the same: wall", ratio(pull, script, wall), 5.0, unit="x script", note=wall_note),
        at_most(f"the same: peak memory against {fewer_bots:,} transcripts", grown, 2.0, note=note),
        at_most(
            "the lake again from their archive: wall", ratio(rebuild, pull, wall), 1.0, unit="x pull", note=rebuild_note
        ),
    ]


def _describe(ran: dict[str, list[Ran]], contest: Contest) -> list[Row]:
    host, again = contest.host, ran["again"]
    took_s = _median([each.wall_s for each in ran["pull"]])
    calls = json.loads(again[-1].out)["api_calls"]
    ours, theirs = contest.bytes_per_word()
    share = _median([host_s / each.wall_s for host_s, each in zip(contest.host_s, ran["pull"], strict=True)])
    print(f"{host.words:,} words in {host.segments:,} segments: {host.words / took_s:,.0f} words and")
    print(f"{host.segments / took_s:,.0f} segments a second; the server was at work for {share:.0%} of the pull's wall")
    return [
        at_most("bytes of the lake's words", ours / theirs, 1.0, unit="x script", note=f"{ours:.2f} a word"),
        at_most(
            "a second pull, nothing new: wall",
            _median([each.wall_s for each in again]),
            10,
            unit="s",
            note=f"{calls} calls",
        ),
    ]


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _peak(ran: Sequence[Ran]) -> float:
    """MiB, the largest of the rounds."""
    return max(each.peak_bytes for each in ran) / _MIB
