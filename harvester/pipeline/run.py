"""A run from its first line to its last: what to harvest, how it ended, what the ledger remembers of it."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Protocol

from harvester.bots.imports.source import ImportSource
from harvester.errors import (
    AccessRefused,
    DiskFull,
    Displaced,
    ExitCode,
    Failed,
    Fatal,
    HarvesterError,
    QuotaExhausted,
    Vanished,
)
from harvester.pipeline.arrivals import Arrivals
from harvester.pipeline.discover import Ref, Seen, list_window
from harvester.pipeline.harvest import Harvest
from harvester.pipeline.publish import publish_pending
from harvester.pipeline.rebuild import finish_rebuild, restore_partitions
from harvester.pipeline.rules import NamesAgain
from harvester.pipeline.summary import Summary
from harvester.pipeline.tidy import forget_old, remove_leftovers
from harvester.pipeline.tools import Tools
from harvester.source import ZOOM, Source

log = logging.getLogger(__name__)

OVERLAP = timedelta(days=1)
"""Windows overlap by a day: whether Zoom's `to` includes its day is not documented (facts and practice differ)."""

_CHECK_ID = "check the id: a numeric id has digits only, a UUID is written as Zoom shows it, in quotes"


class Processor(Protocol):
    """What a body hands its recordings to: a harvest, or a rehearsal that only looks (`harvester plan`)."""

    def process(self, refs: Iterable[Ref]) -> None: ...


Body = Callable[[Tools, Processor, Summary, datetime], None]


def run(tools: Tools, command: str, body: Body, arrivals: Arrivals | None = None) -> Summary:
    """Do `body` and publish, and meanwhile what `arrivals` bring.

    Never raises for what can go wrong on the way: the summary and its exit code say it.
    """
    now = tools.clock.now()
    calls_before = tools.count_calls()
    summary = Summary(run_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}", started_at=now)
    for name, connection in tools.connections.items():
        tools.ledger.check_account(name, connection.source.account_id)
    tools.ledger.runs.start(summary.run_id, command, now)
    log.info("run.started", extra={"fields": {"run": summary.run_id, "command": command}})
    ended: BaseException | None = None
    executor = ThreadPoolExecutor(tools.workers, thread_name_prefix="fetch")
    try:
        remove_leftovers(tools)
        for failure in [*finish_rebuild(tools), *restore_partitions(tools)]:
            summary.add_error(failure)
        body(tools, Harvest(tools, summary, executor, arrivals, now=now), summary, now)
    except (HarvesterError, KeyboardInterrupt) as error:
        ended = error
    finally:
        # an interrupted run does not wait for a worker that sleeps between two tries: all it did is durable
        executor.shutdown(wait=not isinstance(ended, KeyboardInterrupt), cancel_futures=True)
    ended = _publish(tools, summary, ended)
    for connection in tools.connections.values():
        for refusal in connection.source.take_refusals():
            summary.add_error(refusal)
    if isinstance(ended, HarvesterError) and not isinstance(ended, Displaced):
        summary.add_error(ended)
        summary.is_cut_short = True
    summary.exit_code = exit_code_of(summary, ended)
    summary.api_calls = tools.count_calls() - calls_before
    summary.finished_at = tools.clock.now()
    report = json.dumps(summary.as_json(), ensure_ascii=False)
    tools.ledger.runs.finish(summary.run_id, at=summary.finished_at, exit_code=int(summary.exit_code), summary=report)
    fields = {"run": summary.run_id, "exit_code": int(summary.exit_code), "archived": summary.files_archived}
    log.info("run.finished", extra={"fields": fields})
    return summary


def _publish(tools: Tools, summary: Summary, ended: BaseException | None) -> BaseException | None:
    """What was staged is the analysts', unless there is no room, somebody waits, or the lake is not to be touched."""
    if isinstance(ended, DiskFull | NamesAgain | KeyboardInterrupt):
        return ended
    try:
        publish_pending(tools, summary)
    except (Fatal, KeyboardInterrupt) as error:
        return ended or error
    return ended


def exit_code_of(summary: Summary, ended: BaseException | None) -> ExitCode:
    """What cron hears: the code of what ended the run early, else what the summary amounts to."""
    if isinstance(ended, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    return ended.exit_code if isinstance(ended, HarvesterError) else summary.judge()


def nightly(since: timedelta) -> Body:
    """The cron job: what is new, what was late or failed, and every day missed since the last complete listing."""

    def body(tools: Tools, harvest: Processor, summary: Summary, now: datetime) -> None:
        forget_old(tools.ledger, now)
        today = now.date()

        def catch_up(source: Source) -> None:
            watermark = tools.ledger.watermark(source.name)
            start = min(today - since, watermark - OVERLAP) if watermark else today - since
            seen = _list_range(tools, source, harvest, summary, start, today, now)
            due = [each for each in tools.ledger.due(source.name, now) if each.recording_key not in seen]
            harvest.process([Ref(each.source, each.native_id) for each in due])

        _for_each_source(tools, summary, catch_up)

    return body


def backfill(start: date, end: date) -> Body:
    """The same over an explicit range of UTC dates, both included, window by window."""

    def body(tools: Tools, harvest: Processor, summary: Summary, now: datetime) -> None:
        def catch_up(source: Source) -> None:
            _list_range(tools, source, harvest, summary, start, end, now)

        _for_each_source(tools, summary, catch_up)

    return body


def _for_each_source(tools: Tools, summary: Summary, action: Callable[[Source], None]) -> None:
    """One source's refusal is no reason to leave the others out. Zoom's, and that of all of them, ends the run."""
    refused: dict[str, Fatal] = {}
    for name, connection in tools.connections.items():
        try:
            action(connection.source)
        except (AccessRefused, QuotaExhausted) as error:
            log.warning("source.refused", extra={"fields": {"source": name, "reason": error.message}})
            refused[name] = error
    ending = refused.get(ZOOM) or (next(iter(refused.values())) if len(refused) == len(tools.connections) else None)
    for each in refused.values():
        if each is not ending:
            summary.add_error(each)
    if ending:
        raise ending


def take(given: ImportSource) -> Body:
    """What was given, all of it."""

    def body(tools: Tools, harvest: Processor, summary: Summary, now: datetime) -> None:
        del tools, summary, now
        harvest.process([Ref(given.name, each) for each in given.native_ids])

    return body


def meeting(identifier: str) -> Body:
    """One meeting now; a numeric id means all its instances."""

    def body(tools: Tools, harvest: Processor, summary: Summary, now: datetime) -> None:
        del now
        numeric = identifier.isascii() and identifier.isdigit()
        try:
            ids = tools.source(ZOOM).fetch_instances(identifier) if numeric else [identifier]
        except Vanished as error:
            raise Failed(error.message, hint=_CHECK_ID, subject=identifier) from error
        harvest.process([Ref(ZOOM, each, may_be_absent=numeric) for each in ids])
        if not summary.recordings_listed and all(each.kind == "vanished" for each in summary.errors):
            raise Failed(
                f"no recording of meeting {identifier} was harvested",
                hint=_CHECK_ID,
            )

    return body


def _list_range(
    tools: Tools, source: Source, harvest: Processor, summary: Summary, start: date, end: date, now: datetime
) -> Seen:
    """List and harvest window by window, oldest first; the watermark follows as long as nothing is missing."""
    seen: Seen = {}
    watermark = tools.ledger.watermark(source.name)
    if watermark is None:
        # from here on every day counts: should this listing have a gap, the next run asks for these days again
        watermark = start - OVERLAP
        tools.ledger.move_watermark(source.name, watermark)
    contiguous = start <= watermark + OVERLAP
    for window in source.windows(start, end):
        tools.progress.listing(str(window))
        refs, complete = list_window(source, window, tools.ledger, tools.selection, summary, seen=seen, now=now)
        harvest.process(refs)
        contiguous = contiguous and complete
        if contiguous:
            # today is not over: what starts later today is not listed yet
            tools.ledger.move_watermark(source.name, min(window.end, now.date() - OVERLAP))
    return seen
