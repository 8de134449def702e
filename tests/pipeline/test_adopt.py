"""Files that lie in the archive though nobody remembers fetching them."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime

import pytest
from pipeline_samples import listed

from harvester.archive import file_name
from harvester.ledger import FileRow
from harvester.model import Receipt
from harvester.pipeline.adopt import find_receipts

DATA = b"proven bytes"
FILE = listed("f1", listed_bytes=12, extension="MP4")
FETCHED = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def there(tmp_path):
    path = tmp_path / file_name(FILE)
    path.write_bytes(DATA)
    os.utime(path, (FETCHED.timestamp() + 0.7,) * 2)
    return path


def known(**changes):
    values = {
        "recording_key": "zoom:abc==",
        "file_key": "f1",
        "kind": "video",
        "status": "archived",
        "name": file_name(FILE),
        "listed_bytes": 12,
        "size_bytes": len(DATA),
        "sha256": "ab" * 32,
        "fetched_at": FETCHED.isoformat(),
        "attempts": 1,
        "error": None,
    }
    return {"f1": FileRow(**(values | changes))}


def test_a_file_without_a_receipt_is_hashed_and_taken_over(there):
    """Cut off between its rename and its receipt it is not fetched again; its own time stands for when it came."""
    found = find_receipts(there.parent, {"f1": FILE}, {})
    assert found == {"f1": Receipt(there.name, len(DATA), hashlib.sha256(DATA).hexdigest(), FETCHED, 12)}


def test_the_ledger_s_receipt_is_believed(there):
    """Where the ledger already has the proof the file is not read again."""
    assert find_receipts(there.parent, {"f1": FILE}, known())["f1"].sha256 == "ab" * 32


@pytest.mark.parametrize("changes", [{"size_bytes": 5}, {"status": "failed"}, {"sha256": None}])
def test_a_receipt_that_does_not_fit_is_not(there, changes):
    """A file of another length than the ledger says, or without a whole proof, is hashed."""
    found = find_receipts(there.parent, {"f1": FILE}, known(**changes))
    assert found["f1"].sha256 == hashlib.sha256(DATA).hexdigest()


@pytest.mark.parametrize("what", ["missing", "folder", "link", "part"])
def test_what_is_no_file_of_ours_is_fetched(there, what):
    """A link, a folder or a part of a file under its name is not taken for the file."""
    there.unlink()
    if what == "folder":
        there.mkdir()
    elif what == "link":
        elsewhere = there.parent / "elsewhere"
        elsewhere.write_bytes(DATA)
        there.symlink_to(elsewhere)
    elif what == "part":
        there.with_name(f"{there.name}.0123.part").write_bytes(DATA)
    assert find_receipts(there.parent, {"f1": FILE}, known()) == {}


def test_only_what_is_wanted_is_looked_at(there):
    """Other files of the folder are left to their own receipts."""
    assert find_receipts(there.parent, {}, known()) == {}
