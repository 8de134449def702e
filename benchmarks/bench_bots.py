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
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.bot_account import HOUR_MS
from benchmarks.bot_host import BotHost
from benchmarks.measure import Contender, Ran, cpu, environment, ratio, run, wall
from benchmarks.settings import Settings
from benchmarks.table import Row, at_most

BOTS, FEWER = 1_000, 100
MOST_CPU, MOST_WALL = 5.0, 5.0
MOST_GROWTH = 2.0
MOST_AGAIN_S = 10.0
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
        command = self._command(*_PULL)
        ran = run(Contender("pull", command, self._env, prepare=self._clear, check=self._check_pull))
        self.host_s.append(self.host.cpu_s() - before_s)
        return ran

    def again(self) -> Ran:
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

    def _clear(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)

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
    fewer, ran = Measured(), Measured()
    with hold(settings.work, fewer_bots) as contest:
        fewer.take(contest, ("pull", "rebuild"), settings.rounds)
    with hold(settings.work, bots) as contest:
        ran.take(contest, ("pull", "script", "again", "rebuild"), settings.rounds)
        rows = [*_compare(ran, bots), *_bound(ran, fewer, fewer_bots), *_describe(ran, contest)]
    for row in rows:
        print(f"{row.what}: {row.measured} (target {row.target})", flush=True)
    return rows


class Measured:
    """What was measured of each step, round by round."""

    def __init__(self) -> None:
        self._ran: dict[str, list[Ran]] = {}

    def __getitem__(self, name: str) -> list[Ran]:
        return self._ran[name]

    def take(self, contest: Contest, names: Sequence[str], rounds: int) -> None:
        """The steps in their order, so often; each is told of, for all of them together take a while."""
        for name in [each for _ in range(rounds) for each in names]:
            ran = getattr(contest, name)()
            self._ran.setdefault(name, []).append(ran)
            taken = f"{ran.wall_s:,.1f} s, {ran.cpu_s:,.1f} s CPU, {ran.peak_bytes / _MIB:,.0f} MiB"
            print(f"{contest.bots:,} transcripts, {name}: {taken}", flush=True)

    def seconds(self, name: str, of: Callable[[Ran], float]) -> float:
        return statistics.median(of(each) for each in self._ran[name])

    def peak_mib(self, name: str) -> float:
        """The largest of the rounds."""
        return max(each.peak_bytes for each in self._ran[name]) / _MIB


def _compare(ran: Measured, bots: int) -> list[Row]:
    rows = []
    for name, of, bound in (("CPU", cpu, MOST_CPU), ("wall", wall, MOST_WALL)):
        what = f"{bots:,} bot transcripts of an hour, pulled and published: {name}"
        note = f"{ran.seconds('pull', of):,.0f} s; script {ran.seconds('script', of):,.0f}"
        rows.append(at_most(what, ratio(ran["pull"], ran["script"], of), bound, unit="x script", note=note))
    again = ratio(ran["rebuild"], ran["pull"], wall)
    note = f"{ran.seconds('rebuild', wall):,.0f} s"
    rows.append(at_most("the lake again from their archive: wall", again, 1.0, unit="x pull", note=note))
    return rows


def _bound(ran: Measured, fewer: Measured, fewer_bots: int) -> list[Row]:
    """Memory may not follow the number of transcripts, here ten times as many."""
    rows = []
    for name in ("pull", "rebuild"):
        note = f"{fewer.peak_mib(name):,.0f} and {ran.peak_mib(name):,.0f} MiB"
        if name == "pull":
            note += f"; script {ran.peak_mib('script'):,.0f}"
        what = f"the same, {name}: peak memory against {fewer_bots:,} transcripts"
        rows.append(at_most(what, ran.peak_mib(name) / fewer.peak_mib(name), MOST_GROWTH, note=note))
    return rows


def _describe(ran: Measured, contest: Contest) -> list[Row]:
    host, took_s = contest.host, ran.seconds("pull", wall)
    share = statistics.median(host_s / each.wall_s for host_s, each in zip(contest.host_s, ran["pull"], strict=True))
    print(f"{host.words:,} words in {host.segments:,} segments; {host.words / took_s:,.0f} words and")
    print(f"{host.segments / took_s:,.0f} segments a second; the server took {share:.0%} of the pull's wall")
    calls = json.loads(ran["again"][-1].out)["api_calls"]
    ours, theirs = contest.bytes_per_word()
    nothing_new = "the same again, nothing new: wall"
    return [
        at_most("bytes of the lake's words", ours / theirs, 1.0, unit="x script", note=f"{ours:.2f} a word"),
        at_most(nothing_new, ran.seconds("again", wall), MOST_AGAIN_S, unit="s", note=f"{calls} calls"),
    ]
