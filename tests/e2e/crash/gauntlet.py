"""The long forms of what pytest samples, two processes at once; each prints a table and says whether all held."""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Sized
from pathlib import Path
from typing import TypeVar

from gauntlet import Report, describe, quick_folder
from launcher import Launcher
from verdict import Verdict

from crash.bot_court import BotCourt
from crash.bot_faults import draw_bots
from crash.bots import HARVESTS, tiny_pull
from crash.kills import Harvest, Kills, play_turn
from crash.power import Cuts, reason_not_to, run_turns
from crash.report import render_findings, render_sentences, render_table
from crash.scenes import scenes
from crash.sweep import Outcome, error_blows, kill_blows, open_theatre, sample, workplace

PROCESSES = 2
PROGRESS_EVERY = 250
T = TypeVar("T")


def points(options: argparse.Namespace) -> bool:
    """Every call, struck in every way; True when nothing was found."""
    started = time.monotonic()
    outcomes = in_parallel(functools.partial(_strike_points, options=options))
    print(render_table(outcomes))
    print(f"{time.monotonic() - started:.0f} s, {f'seed {options.seed}' if options.limit else 'every point'}")
    print(render_sentences(outcomes))
    print(render_findings(outcomes))
    seeds = f"seed {options.seed}" if options.limit else "every point"
    struck = sum(each.struck for each in outcomes)
    found = [each for each in outcomes if each.wrong]
    if options.bots:
        what = "SIGKILL before and after calls that change, of a pull of four bots"
    else:
        what = "SIGKILL before and after, and errors once and for good, at calls that change"
    tally(what, struck, found, seeds)
    return not any(each.wrong for each in outcomes)


def kills(options: argparse.Namespace) -> bool:
    """Random kills, turn by turn; True when nothing was found."""
    started = time.monotonic()
    total = Kills()
    for each in in_parallel(functools.partial(_play_kills, options=options)):
        total.add(each)
    print(f"{total}; seed {options.seed}, {time.monotonic() - started:.0f} s")
    print("\n\n".join(total.wrong))
    often = total.delivered.total()
    what = "a pull of bots, and of a night with them" if options.bots else "eight busy workers"
    tally(f"SIGKILL at random moments of {what}", often, total.wrong, f"seed {options.seed}")
    return not total.wrong


def power(options: argparse.Namespace) -> bool:
    """Power cuts; True when nothing was found, and when none can be made here, which is said."""
    if reason := reason_not_to():
        print(f"no power cuts: {reason}")
        tally(f"power cuts, skipped: {reason.replace(';', ',')}", 0, [], "none")
        return True
    started = time.monotonic()
    total = Cuts()
    for each in in_parallel(functools.partial(_cut_power, options=options)):
        total.add(each)
    print(f"{total}; seed {options.seed}, {time.monotonic() - started:.0f} s")
    print("\n\n".join(total.wrong))
    tally("power cuts of an ext4 image, nothing flushed", total.delivered, total.wrong, f"seed {options.seed}")
    return not total.wrong


def schedules(options: argparse.Namespace) -> bool:
    """Seeded faults of the bots' APIs; True when nothing was found."""
    report = Report()
    for verdict in in_parallel(functools.partial(_play_schedules, options=options)):
        report.add(verdict)
    print("\n".join(report.lines()))
    often = f"{report.schedules:,} schedules, {report.struck.total():,} faults struck"
    what = "schedules of one to five faults of the bots' APIs"
    print(f"tally: {what}; {often}; {len(report.failed)}; {options.first} and up", flush=True)
    return not report.failed


def tally(what: str, often: int, found: Sized, seeds: str) -> None:
    """The line that `make gauntlet` puts into its table."""
    print(f"tally: {what}; {often:,}; {len(found)}; {seeds}", flush=True)


def in_parallel(work: Callable[[int], list[T]]) -> list[T]:
    """What `work` gives for each share, together."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        return [each for share in pool.map(work, range(PROCESSES), chunksize=1) for each in share]


def _strike_points(share: int, *, options: argparse.Namespace) -> list[Outcome]:
    outcomes = []
    with workplace() as (folder, launcher):
        played = (tiny_pull(),) if options.bots else scenes()
        for scene in (each for each in played if options.only in each.name):
            with open_theatre(scene, folder, launcher) as theatre:
                blows = [] if options.errors_only else kill_blows(theatre)
                blows += [] if options.kills_only else error_blows(theatre)
                if options.limit:
                    blows = sample(blows, options.limit, options.seed)
                for number, blow in enumerate(blows[share::PROCESSES]):
                    if number % PROGRESS_EVERY == 0:
                        print(f"{scene.name}: {number * PROCESSES} of {len(blows)}", flush=True)
                    outcomes.append(theatre.suffer(blow))
                    if outcomes[-1].wrong:
                        print(outcomes[-1], flush=True)
    return outcomes


def _play_kills(share: int, *, options: argparse.Namespace) -> list[Kills]:
    turns: list[Kills] = []
    with workplace() as (folder, launcher):
        for turn in range(share, options.turns, PROCESSES):
            harvest = HARVESTS[turn // PROCESSES % len(HARVESTS)] if options.bots else Harvest()
            seed = int(options.seed) * 1000 + turn
            turns.append(play_turn(folder, launcher, seed=seed, count=options.per_turn, harvest=harvest))
            print(f"turn {turn}: {turns[-1]}", *turns[-1].wrong, sep="\n", flush=True)
    return turns


def _play_schedules(share: int, *, options: argparse.Namespace) -> list[Verdict]:
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="crash-", dir=quick_folder()) as folder, Launcher() as launcher:
        court = BotCourt(launcher, Path(folder))
        for number in range(share, options.count, PROCESSES):
            verdicts.append(court.play(draw_bots(options.first + number)))
            if verdicts[-1].findings:
                print(describe(verdicts[-1]), flush=True)
            if number % PROGRESS_EVERY == 0:
                print(f"schedules: {number} of {options.count}", flush=True)
    return verdicts


def _cut_power(share: int, *, options: argparse.Namespace) -> list[Cuts]:
    cuts = run_turns(options.count // PROCESSES, seed=int(options.seed) * PROCESSES + share)
    print(f"share {share}: {cuts}", flush=True)
    return [cuts]
