"""Files that a source gives itself, as whole bytes: proven and stored like a download, and as durable.

Never overwrites; what a kill has left of an earlier try is removed.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from harvester.clock import Clock
from harvester.errors import Damaged
from harvester.fetch import Fetched
from harvester.fetch.part import already_there
from harvester.fetch.sniff import HEAD_BYTES, build_extension, find_refusal
from harvester.files import disk_errors, make_folder, write_atomically
from harvester.model import ListedFile, Receipt
from harvester.pipeline.access import RecordingAccess


def fetch_document(access: RecordingAccess, file: ListedFile, target: Path, *, clock: Clock) -> Fetched:
    """Ask for the bytes and store them as `target`. Raises what the source raises, and Damaged for an error's text."""
    data = access.read_document(file)
    if refusal := find_refusal(build_extension(file), data[:HEAD_BYTES], None):
        raise Damaged(f"{refusal} came in place of the file", hint="it is asked for again next run", subject=file.key)
    with disk_errors(target):
        make_folder(target.parent)
        if os.path.lexists(target):
            raise already_there(target)
        for unfinished in target.parent.glob(f".{target.name}.*.tmp"):
            unfinished.unlink()
        write_atomically(target, data)
    receipt = Receipt(target.name, len(data), hashlib.sha256(data).hexdigest(), clock.now())
    return Fetched(receipt, 0, len(data))
