"""The index: one SQLite file that says what is known, what is owed and when to look again (DESIGN section 8).

It can be lost: the archive's receipts make it again. Only the coordinator's thread writes to it.
"""

from harvester.ledger.database import LedgerDamaged
from harvester.ledger.inbox import EventRow, EventState
from harvester.ledger.ledger import Ledger
from harvester.ledger.lock import WORKER, is_awaited, lock_holder, run_lock
from harvester.ledger.outbox import Unpublished
from harvester.ledger.rows import FileRow, Known, RecordingRow
from harvester.ledger.runs import RunRow

__all__ = [
    "WORKER",
    "EventRow",
    "EventState",
    "FileRow",
    "Known",
    "Ledger",
    "LedgerDamaged",
    "RecordingRow",
    "RunRow",
    "Unpublished",
    "is_awaited",
    "lock_holder",
    "run_lock",
]
