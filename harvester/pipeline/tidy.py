"""What an earlier run left lying because it was killed or its disk failed: removed before a new one begins.

Decides what nobody needs: staged rows that the ledger does not name, and files under temporary names. Only for the
holder of the run lock, when nobody else stages or publishes. The archive is left alone: what is unfinished there is
taken up or cleared away with its recording (`harvester.fetch.part`, `harvester.archive.store`).
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from harvester.ledger import WORKER, Ledger
from harvester.pipeline.tools import Shelf

log = logging.getLogger(__name__)

EVENTS_KEPT = timedelta(days=90)
WORK_KEPT = timedelta(days=30)


def remove_leftovers(shelf: Shelf) -> None:
    """Free the space that an earlier run did not get to free."""
    for path in _find_leftovers(shelf):
        if _is_removed(path):
            log.info("leftover.removed", extra={"fields": {"path": path}})


def forget_old(ledger: Ledger, now: datetime) -> None:
    """Done events and runs of the worker, of which there may be hundreds a day; nightly runs are kept for good."""
    ledger.inbox.forget_done(now - EVENTS_KEPT)
    ledger.runs.forget(WORKER, now - WORK_KEPT)


def remove_staged(shelf: Shelf, names: Iterable[str]) -> None:
    """Remove what the ledger has named and let go of; by age, one staged early and committed late could be lost."""
    for name in names:
        _is_removed(shelf.staging / name)


def _is_removed(path: Path) -> bool:
    """What cannot be removed stays for the next run: it is in nobody's way, and no reason to end this one."""
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("leftover.stays", extra={"fields": {"path": path, "reason": error.strerror}})
        return False
    return True


def _find_leftovers(shelf: Shelf) -> Iterator[Path]:
    owed = shelf.ledger.outbox.staged_names()
    staged = [each for each in shelf.staging.rglob("*") if each.is_file()]
    yield from (each for each in staged if each.relative_to(shelf.staging).as_posix() not in owed)
    yield from (shelf.state / "tmp").glob("*")
    yield from shelf.lake.glob(".*.tmp")
