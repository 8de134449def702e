"""Verify, repair, verify again: until nothing is left, or a round has changed nothing.

Decides when a repair must not begin: on a damaged ledger before it is out of the way, on an archive that is not there.
What one round does is decided in `mend`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from harvester.errors import Failed
from harvester.finding import Finding, Problem
from harvester.pipeline.mend import Repair, Repaired
from harvester.pipeline.quarantine import Quarantine
from harvester.pipeline.tools import Place, Shelf
from harvester.pipeline.verify import Verified, verify

IDLE = frozenset({Problem.LEFTOVER, Problem.CORRECTIONS_STALE})
ROUNDS = 3
"""A damaged entry hides its files, a damaged ledger its rows: each round can uncover what the one before could not."""


def repair(
    place: Place, ledger_path: Path, open_shelf: Callable[[], AbstractContextManager[Shelf]], *, deep: bool
) -> tuple[Verified, Repaired, Verified]:
    """What was found, what was done, and what is left: verify, repair, verify, and again where that uncovered more.

    `open_shelf` opens the ledger, which must not be before a damaged one is out of the way.
    """
    done = Repaired()
    first = found = verify(place, ledger_path, deep=deep)
    if not found.recordings and any(each.problem is Problem.ENTRY_MISSING for each in found.findings):
        raise Failed(
            f"the archive {place.archive.root} holds no recording, though the ledger knows some: nothing was changed",
            hint="is the disk that it lies on mounted? If it is lost, restore a backup or harvest into another home",
        )
    for _ in range(ROUNDS):
        if not any(each.is_damage or each.problem in IDLE for each in found.findings):
            break
        now = place.clock.now()
        quarantine = Quarantine.of(place.state, now)
        forgotten = set_ledger_aside(ledger_path, found.findings, quarantine)
        with open_shelf() as shelf:
            done.add(Repair(shelf, found.findings, quarantine, now=now, forgotten=forgotten).do())
        before, found = found, verify(place, ledger_path, deep=deep)
        if found.findings == before.findings:
            break
    return first, done, found


def set_ledger_aside(ledger_path: Path, findings: Iterable[Finding], quarantine: Quarantine) -> bool:
    """Before the ledger is opened: a damaged one must not be. True when a new one has to learn everything."""
    if not any(each.problem is Problem.LEDGER_UNREADABLE for each in findings):
        return False
    # the journal first: left alone, it would be taken for the new ledger's
    for suffix in ("-wal", "-shm", ""):
        quarantine.move(ledger_path.with_name(ledger_path.name + suffix))
    return True
