"""The long forms of what pytest samples, two processes at once; each prints a table and says whether all held."""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import time
from collections.abc import Callable
from typing import TypeVar

from crash.report import render_findings, render_table
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
    print(render_findings(outcomes))
    return not any(each.wrong for each in outcomes)


def in_parallel(work: Callable[[int], list[T]]) -> list[T]:
    """What `work` gives for each share, together."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        return [each for share in pool.map(work, range(PROCESSES), chunksize=1) for each in share]


def _strike_points(share: int, *, options: argparse.Namespace) -> list[Outcome]:
    outcomes = []
    with workplace() as (folder, launcher):
        for scene in (each for each in scenes() if options.only in each.name):
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
