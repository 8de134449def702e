from __future__ import annotations

import os
import random
import signal
import time

import pytest
from oracle import check_archive, check_lake, read_rows
from rig import Rig

from harvester.sandbox import generate_account

# `make gauntlet` turns twenty-five times: three hundred kills, each turn with seeds of its own
TURNS = int(os.environ.get("GAUNTLET_TURNS", "1"))
SLOW = "file:slow=15000:always"


def kill_at(rig: Rig, chance: random.Random, *, publishing: bool) -> bool:
    """Start a night and kill it after some requests, or just when it publishes; False when it was faster."""
    heard = len(rig.box.requests) + chance.randint(1, 12)
    held = _lake_files(rig)
    process = rig.spawn("nightly", "--since", "30d", "--api-rate", "80")
    while process.poll() is None:
        if _lake_files(rig) - held if publishing else len(rig.box.requests) >= heard:
            break
        time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.03))
    process.kill()
    return process.wait() == -signal.SIGKILL


def _lake_files(rig: Rig) -> set[str]:
    return {f"{each.path}{each.inode()}" for table in rig.lake.glob("*/*/") for each in os.scandir(table)}


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(TURNS))
def test_kills_at_any_moment_lose_and_double_nothing(make_rig, turn):
    """After twelve kills one clean run ends in the same archive and lake as an undisturbed one."""
    account = generate_account(meetings=12, seed=21 + turn, days=9, cues=20, media_bytes=40_000)
    rig = make_rig(account, faults=[SLOW])
    struck = [kill_at(rig, random.Random(f"{turn}.{seed}"), publishing=False) for seed in range(8)]
    rig.box.faults.clear()
    struck += [kill_at(rig, random.Random(f"{turn}.{seed}"), publishing=True) for seed in range(8, 12)]
    assert sum(struck) >= 10, struck
    rig.box.faults.clear()
    ran = rig.call("nightly", "--since", "30d", "--json")
    assert ran.code == 0, ran.err
    check_archive(rig)
    check_lake(rig)
    assert list(rig.home.rglob("*.part")) == []
    assert [each for each in (rig.state / "tmp").rglob("*") if each.is_file()] == []

    calm = make_rig(account)
    assert calm.call("nightly", "--since", "30d").code == 0
    assert read_rows(rig.lake) == read_rows(calm.lake)


def test_a_second_run_and_an_interrupted_one_say_so_at_once(make_rig, tiny_account):
    """While one run works another ends with 11; the first ends with 130 on SIGTERM, and the next run finishes."""
    rig = make_rig(tiny_account, faults=["file:slow=2000:always"])
    first = rig.spawn("nightly", "--since", "30d")
    try:
        while not any(each.kind == "file" for each in rig.box.requests):
            assert first.poll() is None
            time.sleep(0.01)
        started = time.monotonic()
        second = rig.call("nightly", "--since", "30d")
        assert second.code == 11
        assert time.monotonic() - started < 10  # the first goes on for minutes
        assert str(first.pid) in second.err
        assert rig.call("rebuild").code == 11  # the same lock guards it
        first.send_signal(signal.SIGTERM)
        started = time.monotonic()
        assert first.wait(timeout=15) == 130
        assert time.monotonic() - started < 10
    finally:
        first.kill()
        first.wait()
    rig.box.faults.clear()
    ran = rig.call("nightly", "--since", "30d", "--json")
    assert ran.code == 0, ran.err
    check_archive(rig)
    check_lake(rig)
