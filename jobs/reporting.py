"""The end of a run told to machines: a POST to the notify address, a file for node_exporter."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harvester.config import Config
    from harvester.pipeline.summary import Summary

log = logging.getLogger(__name__)

_TOLD = 10


@contextmanager
def telling_failures(config: Config, command: str) -> Iterator[None]:
    """Tell also of a run that ended before it had a summary, but not of one that found another at work."""
    from harvester.errors import AlreadyRunning, HarvesterError

    try:
        yield
    except AlreadyRunning:
        raise
    except HarvesterError as error:
        _notify(config, int(error.exit_code), f"harvester {command}: failed, {error.message}", {})
        raise


def report(config: Config, command: str, summary: Summary) -> None:
    """Write the metrics file and send the notification, where they are set; the run is over, nothing undoes it."""
    from harvester.errors import HarvesterError

    if config.harvester_metrics_file:
        try:
            _write_metrics(config, config.harvester_metrics_file)
        except HarvesterError as error:
            log.warning("metrics.not_written", extra={"fields": {"reason": error.message}})
    facts = summary.as_json()
    told = {**facts, "errors": facts["errors"][:_TOLD], "gaps": facts["gaps"][:_TOLD]}
    _notify(config, int(summary.exit_code), describe(command, summary), told)


def describe(command: str, summary: Summary) -> str:
    """One line for people, which chat webhooks show."""
    from harvester.errors import EXIT_CODES, ExitCode

    parts = [f"{summary.files_archived} files archived"]
    counts = (
        (summary.files_pending, "awaited"),
        (summary.files_failed, "failed"),
        (len(summary.errors), "errors"),
        (len(summary.gaps), "gaps"),
    )
    parts += [f"{count} {name}" for count, name in counts if count]
    return (
        f"harvester {command}: {int(summary.exit_code)}, {EXIT_CODES[ExitCode(summary.exit_code)]}; {', '.join(parts)}"
    )


def _notify(config: Config, exit_code: int, text: str, facts: dict[str, Any]) -> None:
    if config.harvester_notify_url is None:
        return
    from harvester.clock import SystemClock
    from harvester.notify import notify

    notify(
        config.harvester_notify_url.get_secret_value(),
        {"text": text, "exit_code": exit_code, **facts},
        exit_code=exit_code,
        way=config.way(),
        clock=SystemClock(),
    )


def _write_metrics(config: Config, path: Path) -> None:
    """Whole or not at all: it is read while it is replaced."""
    from harvester.clock import SystemClock
    from harvester.files import write_atomically
    from harvester.ledger import Ledger
    from jobs.metrics import Gauges
    from jobs.wiring import ledger_path

    gauges = Gauges(lambda: Ledger(ledger_path(config)), config.state, SystemClock())
    write_atomically(path, gauges.render(), mode=0o644)  # node_exporter is another user
