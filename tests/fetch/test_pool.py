"""The scheduler: order, lanes, the end of a run, and who sees what."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harvester.errors import DiskFull, Pending, Refused
from harvester.fetch import SerialExecutor, Task, run_scheduled


def task(priority, run=lambda: None, on_done=lambda _: (), lane="media"):
    return Task((priority,), lane, run, on_done)


def never():
    raise AssertionError("not interrupted")


def test_small_priorities_go_first_and_new_tasks_find_their_place():
    """Text before media though it was named later, equal ones in the order they came."""
    ran = []

    def named(name, priority, follow=()):
        return task(priority, lambda: ran.append(name), lambda _: follow)

    text = named("text", 0)
    run_scheduled(
        SerialExecutor(),
        [named("media 1", 2), named("detail", 1, [text]), named("media 2", 2)],
        workers=1,
        on_interrupt=never,
    )
    assert ran == ["detail", "text", "media 1", "media 2"]


def test_neither_workers_nor_lanes_are_exceeded():
    """Never more at once than workers, nor in a lane than its limit; a full lane does not hold up the others."""
    lock, now, peak = threading.Lock(), {"all": 0, "detail": 0}, {"all": 0, "detail": 0}

    def work(lane):
        keys = ["all"] + ([lane] if lane == "detail" else [])
        with lock:
            for key in keys:
                now[key] += 1
                peak[key] = max(peak[key], now[key])
        time.sleep(0.01)
        with lock:
            for key in keys:
                now[key] -= 1

    tasks = [task(0, lambda: work("detail"), lane="detail") for _ in range(12)]
    tasks += [task(1, lambda: work("media")) for _ in range(12)]
    with ThreadPoolExecutor(8) as executor:
        run_scheduled(executor, tasks, workers=4, lane_limits={"detail": 2}, on_interrupt=never)
    assert peak == {"all": 4, "detail": 2}


def test_workers_go_on_while_the_coordinator_is_busy():
    """With tasks waiting ahead, a worker that has ended takes the next though nobody has looked at its result yet."""
    third = threading.Event()

    def busy(_future):
        assert third.wait(5), "the worker stood idle"
        return ()

    tasks = [task(0, on_done=busy), task(1), task(2, third.set)]
    with ThreadPoolExecutor(1) as executor:
        run_scheduled(executor, tasks, workers=1, ahead=2, on_interrupt=never)


def test_what_waits_ahead_never_starts_after_a_fatal():
    """A full disk: of the tasks that wait inside the executor none is run any more."""
    ran, failing = [], threading.Event()

    def fail():
        failing.wait(5)
        raise DiskFull("full")

    def hold():
        failing.set()
        time.sleep(0.2)

    tasks = [task(0, fail), task(0, hold), *(task(1, lambda: ran.append(1) or time.sleep(0.2)) for _ in range(4))]
    with ThreadPoolExecutor(2) as executor, pytest.raises(DiskFull):
        run_scheduled(executor, tasks, workers=2, ahead=4, on_interrupt=never)
    assert len(ran) <= 1


def test_one_items_failure_is_an_outcome():
    """A refused item reaches its callback, on the coordinator's thread, and the others run."""
    seen = []

    def refuse():
        raise Refused("no")

    def note(future):
        seen.append((type(future.exception()), threading.current_thread()))
        return ()

    with ThreadPoolExecutor(2) as executor:
        run_scheduled(executor, [task(0, refuse, note), task(1, on_done=note)], workers=2, on_interrupt=never)
    assert {kind for kind, _ in seen} == {Refused, type(None)}
    assert {thread for _, thread in seen} == {threading.current_thread()}


@pytest.mark.parametrize("error", [DiskFull("full"), ZeroDivisionError("a bug")], ids=["fatal", "bug"])
def test_a_fatal_lets_running_tasks_end_and_starts_no_more(error):
    """A full disk stops the queue; what was running is still recorded; then it is raised."""
    started, recorded = threading.Event(), []

    def slow():
        started.set()
        time.sleep(0.1)
        return "slow"

    def fail():
        started.wait(5)
        raise error

    def note(future):
        recorded.append(future.result())
        return [task(9, on_done=note)]

    with ThreadPoolExecutor(2) as executor, pytest.raises(type(error)):
        run_scheduled(
            executor, [task(0, slow, note), task(0, fail), task(1, on_done=note)], workers=2, on_interrupt=never
        )
    assert recorded == ["slow"]


def test_what_has_come_in_is_closed_after_a_fatal():
    """Tasks of a closing lane still run, also those that a finished task names only then; nothing else starts."""
    ran = []
    closing = task(0, lambda: ran.append("closing"), lane="close")
    begun = threading.Event()

    def fails():
        begun.wait()
        raise DiskFull("full")

    def lasts():
        begun.set()
        time.sleep(0.05)

    tasks = [task(1, fails), task(1, lasts, lambda _: [closing]), task(2, lambda: ran.append("never"))]
    with ThreadPoolExecutor(2) as executor, pytest.raises(DiskFull):
        run_scheduled(executor, tasks, workers=2, closing_lanes={"close"}, on_interrupt=never)
    assert ran == ["closing"]


def test_what_comes_in_together_is_handled_together():
    """Every result is handled within a `handling`, whose own failure ends the run."""
    depth, handled = [], []

    @contextlib.contextmanager
    def handling():
        depth.append(1)
        yield
        depth.pop()
        if len(handled) == 3:
            raise DiskFull("full")

    tasks = [task(n, on_done=lambda _: handled.append(len(depth)) or ()) for n in range(5)]
    with pytest.raises(DiskFull):
        run_scheduled(SerialExecutor(), tasks, workers=1, handling=handling, on_interrupt=never)
    assert handled == [1, 1, 1]


def test_a_callback_that_fails_ends_the_run():
    """An outcome that could not be recorded is no outcome: stop, and say so."""

    def broken(_future):
        raise DiskFull("ledger")

    with pytest.raises(DiskFull):
        run_scheduled(SerialExecutor(), [task(0, on_done=broken), task(1, run=never)], workers=1, on_interrupt=never)


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_stops_what_runs_and_is_raised_again(interrupt):
    """Ctrl-C or a signal: tell the workers, record what succeeds in time, blame no item, start nothing."""
    stop, recorded, ran = threading.Event(), [], []

    def until_stopped():
        assert stop.wait(5)
        return "stopped"

    def broken_off():
        assert stop.wait(5)
        raise Pending("interrupted")

    def record(future):
        recorded.append(future.exception() or future.result())
        return ()

    def interrupted(_future):
        raise interrupt

    with ThreadPoolExecutor(3) as executor, pytest.raises(interrupt):
        run_scheduled(
            executor,
            [
                task(0, until_stopped, record),
                task(0, broken_off, record),
                task(0, on_done=interrupted),
                task(1, lambda: ran.append(1)),
            ],
            workers=3,
            on_interrupt=stop.set,
        )
    assert recorded == ["stopped"]
    assert len(ran) <= 1
