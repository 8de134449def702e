"""Files that are already in the archive though nobody remembers fetching them.

A file only ever gets its final name after it was proven (DESIGN 2.2), so one that lies there was cut off between its
rename and its receipt, or its ledger was lost. It is hashed and taken over, not fetched again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from harvester.archive import file_name
from harvester.errors import Damaged
from harvester.fetch import discard_parts
from harvester.files import sha256_of
from harvester.ledger import FileRow
from harvester.model import ListedFile, Receipt

log = logging.getLogger(__name__)


def lies_there(folder: Path, file: ListedFile) -> bool:
    """Whether the file has its final name in `folder` already."""
    path = folder / file_name(file)
    return path.is_file() and not path.is_symlink()


def find_receipts(folder: Path, wanted: Mapping[str, ListedFile], known: Mapping[str, FileRow]) -> dict[str, Receipt]:
    """Receipts of wanted files that lie in `folder` already: the ledger's where it has one, else made by hashing.

    Raises Damaged for one that cannot be read.
    """
    found: dict[str, Receipt] = {}
    for key, file in wanted.items():
        if not lies_there(folder, file):
            continue
        path = folder / file_name(file)
        discard_parts(folder, path.name)  # of a run that was killed between naming the file and dropping its part
        size = path.stat().st_size
        receipt = known[key].receipt() if key in known else None
        if receipt is None or receipt.size_bytes != size:
            fetched_at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
            receipt = Receipt(path.name, size, _hash(path), fetched_at, file.listed_bytes)
            log.info("file.adopted", extra={"fields": {"file": key, "bytes": size}})
        found[key] = receipt
    return found


def _hash(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise Damaged(
            f"the archived file {path} cannot be read: {error.strerror or error}",
            hint="check the health of the disk; moved away, it is fetched again",
            subject=str(path),
        ) from error
