"""Which task runs next, and how many at once. One coordinator thread, any executor with `submit`.

Decides order, lanes and when to stop; every result is handled on the coordinator, so that a ledger sees one writer.
Knows nothing of downloads.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from harvester.errors import Fatal, HarvesterError

R = TypeVar("R")

_LOOK_S = 0.25


@dataclass(frozen=True, slots=True)
class Task:
    """Something to run. The smallest priority goes first; `on_done` may name more tasks.

    `on_done` receives the finished future: its result, or a HarvesterError that is not Fatal.
    """

    priority: tuple[int, ...]
    lane: str
    run: Callable[[], Any]
    on_done: Callable[[Future[Any]], Iterable[Task]]


def run_scheduled(
    executor: Executor,
    tasks: Iterable[Task],
    *,
    workers: int,
    ahead: int = 0,
    lane_limits: Mapping[str, int] | None = None,
    closing_lanes: Collection[str] = (),
    arrivals: Callable[[], Iterable[Task]] | None = None,
    handling: Callable[[], AbstractContextManager[None]] = nullcontext,
    on_interrupt: Callable[[], None],
    grace_s: float = 5.0,
) -> None:
    """Run `tasks`, and those they lead to, at most `workers` at once and at most `lane_limits[lane]` of a lane.

    `arrivals` is asked for tasks that came up meanwhile, at least every quarter of a second while anything runs; it
    ends when nothing runs and nothing has arrived.

    `ahead` more may wait inside an executor that itself runs no more than `workers`, so that none of them stands idle
    while the coordinator is busy with a result; so many may also start before a task that is named later and more
    urgent. What came in together is handled within one `handling()`, and what follows from it starts after that.

    A Fatal, or an error that is none of ours, starts nothing new but what is in `closing_lanes`, lets what runs end
    and is raised again. On an interrupt `on_interrupt` is called, what runs gets `grace_s` seconds, and it is raised
    again.
    """
    queue = _Queue(tasks, lane_limits or {})
    running: dict[Future[Any], Task] = {}
    failure: BaseException | None = None

    def fill() -> None:
        lanes = None if failure is None else closing_lanes
        while len(running) < workers + ahead and (task := queue.pop(lanes)):
            running[executor.submit(task.run)] = task

    def welcome() -> None:
        nonlocal failure
        if arrivals and failure is None:
            try:
                queue.add(arrivals())
            except Exception as error:  # noqa: BLE001 - kept until what still runs has been recorded, then raised
                failure = error

    try:
        welcome()
        fill()
        while running:
            done, _ = wait(running, timeout=_LOOK_S if arrivals else None, return_when=FIRST_COMPLETED)
            settled = [(future, running.pop(future)) for future in done]
            ended = _settle_all(settled, queue, handling) if settled else None
            failure = failure or ended
            welcome()
            if failure is not None:
                _cancel_waiting(running, closing_lanes)
            fill()
    except (KeyboardInterrupt, SystemExit):
        _wind_down(running, queue, on_interrupt, grace_s, handling)
        raise
    if failure is not None:
        raise failure


class _Queue:
    """Waiting tasks, one heap per lane; equal priorities in the order they came."""

    def __init__(self, tasks: Iterable[Task], limits: Mapping[str, int]) -> None:
        self._limits = limits
        self._heaps: dict[str, list[tuple[tuple[int, ...], int, Task]]] = {}
        self._in_lane: dict[str, int] = {}
        self._count = itertools.count()
        self.add(tasks)

    def add(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            heapq.heappush(self._heaps.setdefault(task.lane, []), (task.priority, next(self._count), task))

    def pop(self, lanes: Collection[str] | None) -> Task | None:
        """The first task whose lane has room, of `lanes` only if they are given."""
        open_lanes = [lane for lane in self._heaps if lanes is None or lane in lanes]
        free = [lane for lane in open_lanes if self._heaps[lane] and self._has_room(lane)]
        if not free:
            return None
        lane = min(free, key=lambda each: self._heaps[each][0][:2])
        self._in_lane[lane] = self._in_lane.get(lane, 0) + 1
        return heapq.heappop(self._heaps[lane])[2]

    def release(self, task: Task) -> None:
        self._in_lane[task.lane] -= 1

    def _has_room(self, lane: str) -> bool:
        limit = self._limits.get(lane)
        return limit is None or self._in_lane.get(lane, 0) < limit


def _settle_all(
    settled: Iterable[tuple[Future[Any], Task]],
    queue: _Queue,
    handling: Callable[[], AbstractContextManager[None]],
) -> BaseException | None:
    """Hand over what came in together; gives the first thing that must end the run. Nothing new is begun meanwhile."""
    failure: BaseException | None = None
    try:
        with handling():
            for future, task in settled:
                queue.release(task)
                ended = None if future.cancelled() else _settle(future, task, queue)
                failure = failure or ended
    except HarvesterError as error:
        return failure or error
    return failure


def _settle(future: Future[Any], task: Task, queue: _Queue) -> BaseException | None:
    """Hand the outcome over and queue what follows; what must end the run is returned, not raised."""
    error = future.exception()
    if isinstance(error, Fatal) or (error is not None and not isinstance(error, HarvesterError)):
        return error
    try:
        queue.add(task.on_done(future))
    except Exception as failure:  # noqa: BLE001 - kept until what still runs has been recorded, then raised
        return failure
    return None


def _cancel_waiting(running: Mapping[Future[Any], Task], closing_lanes: Collection[str]) -> None:
    """What waits inside the executor; what runs cannot be cancelled."""
    for future, task in running.items():
        if task.lane not in closing_lanes:
            future.cancel()


def _wind_down(
    running: dict[Future[Any], Task],
    queue: _Queue,
    on_interrupt: Callable[[], None],
    grace_s: float,
    handling: Callable[[], AbstractContextManager[None]],
) -> None:
    """Record what succeeds in time. A failure now says nothing of the item; the next run finds it as it was."""
    on_interrupt()
    for future in running:
        future.cancel()
    done, _ = wait(running, timeout=grace_s)
    with handling():
        for future in done:
            if not future.cancelled() and future.exception() is None:
                _settle(future, running[future], queue)


class SerialExecutor(Executor):
    """Runs each task at once, on the caller's thread: for tests and for `--workers 1` in a debugger."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:  # noqa: ANN401 - as inherited
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - an executor's contract: the error belongs to the future
            future.set_exception(error)
        return future
