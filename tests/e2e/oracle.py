"""What a run must have left behind: the archive against the sandbox's truth, the lake against the archive.

Reads the disk with plain tools of its own, so that it cannot share a mistake with the code it judges; only names,
types and keys come from `schemas.lake`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from rig import Rig

from harvester.sandbox.tokens import opaque
from schemas.lake import TABLES

Wanted = Callable[[dict[str, Any]], bool]
SEEN_TIMES = {"first_seen_at", "archived_at", "payload_sha256"}  # the last one covers the entry, which holds the first
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")


def read_entries(archive: Path) -> dict[str, dict[str, Any]]:
    """Every `recording.json` by its native id, with its folder."""
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted(archive.rglob("recording.json")):
        entry = json.loads(path.read_bytes())
        assert entry["native_id"] not in entries, f"{entry['native_id']} lies in two folders"
        entries[entry["native_id"]] = {**entry, "folder": path.parent}
    return entries


def check_archive(rig: Rig, *, wanted: Wanted = lambda _row: True, complete: bool = True) -> None:
    """Nothing wrong under a final name, and (`complete`) every wanted file of the truth there once."""
    entries = read_entries(rig.archive)
    truth = [row for row in rig.box.truth() if wanted(row)]
    proven: Counter[tuple[str, str]] = Counter()
    for row in truth:
        entry = entries.get(row["meeting_uuid"])
        key = entry and _key_in(entry, row)
        receipt = entry["files"][key]["receipt"] if entry and key else None
        if receipt is None:
            assert not complete, f"missing: {row}"
            continue
        data = (entry["folder"] / receipt["name"]).read_bytes()
        found = (len(data), hashlib.sha256(data).hexdigest())
        assert found == (row["size"], row["sha256"]) == (receipt["size_bytes"], receipt["sha256"]), row
        proven[str(entry["folder"]), receipt["name"]] += 1
    assert all(count == 1 for count in proven.values()), "two listed files share one archived file"
    # a kill in the middle of writing leaves a hidden temporary file, which nobody takes for anything
    files = (each for each in rig.archive.rglob("*") if each.is_file() and not _TEMPORARY.fullmatch(each.name))
    on_disk = {(str(each.parent), each.name) for each in files}
    final = {each for each in on_disk if each[1] != "recording.json" and not each[1].endswith(".part")}
    assert final == set(proven), f"under a final name but not of the truth: {final - set(proven)}"
    if complete:
        assert on_disk - final == {(str(each["folder"]), "recording.json") for each in entries.values()}


def _key_in(entry: dict[str, Any], row: dict[str, Any]) -> str | None:
    """The entry's key of a file of the truth; one listed without an id is known by its type and start."""
    if row["file_id"] is not None:
        return row["file_id"] if row["file_id"] in entry["files"] else None
    same = [
        key
        for key, file in entry["files"].items()
        if (file["file_type"], file["start_at"]) == (row["file_type"], row["recording_start"])
    ]
    assert len(same) <= 1, same
    return same[0] if same else None


def check_lake(rig: Rig) -> None:
    """The lake says of every file what the archive holds, every arrow is a row or counted, no key is there twice."""
    check_tables(rig.lake)
    receipts = {
        (f"zoom:{native_id}", key, file["receipt"]["size_bytes"], file["receipt"]["sha256"])
        for native_id, entry in read_entries(rig.archive).items()
        for key, file in entry["files"].items()
        if file["receipt"]
    }
    rows = ask(rig.lake, "SELECT recording_key, file_key, size_bytes, sha256 FROM files WHERE status = 'archived'")
    assert set(rows) == receipts
    for (name, arrows), read in count_cues(rig).items():
        assert read == arrows, f"{name}: {arrows} arrows, {read} rows and rejected cues"


def count_cues(rig: Rig) -> dict[tuple[str, int], int]:
    """(name, arrows in its bytes) of every archived VTT that was read, with rows in segments and rejected cues."""
    sql = """
        SELECT f.archive_path, t.n_segments, t.rejected_cues, count(s.segment_index)
        FROM files f LEFT JOIN transcripts t ON t.recording_key = f.recording_key AND t.file_key = f.file_key
        LEFT JOIN segments s ON s.transcript_key = t.transcript_key
        WHERE f.status = 'archived' AND f.kind IN ('transcript', 'captions') AND f.error IS NULL GROUP BY ALL
    """
    counted = {}
    for path, said, rejected, rows in ask(rig.lake, sql):
        assert said == rows, f"{path}: transcripts says {said} segments, there are {rows}"
        arrows = (rig.archive / path).read_bytes().count(b"-->")
        counted[path, arrows] = rows + rejected
    return counted


def check_tables(lake: Path) -> None:
    """Every file has its table's schema, every key is unique, nothing is null that may not be."""
    for name, table in TABLES.items():
        files = sorted((lake / name).rglob("*"))
        assert all(each.is_dir() or each.suffix == ".parquet" for each in files), f"strange files in {name}"
        for path in (each for each in files if each.is_file()):
            assert pq.read_schema(path).equals(table.schema), path
        rows = pq.read_table(lake / name) if files else None
        if rows is None:
            continue
        required = [column.name for column in table.columns if not column.nullable]
        assert {each for each in required if rows[each].null_count} == set(), f"nulls in {name}"
        key = [*table.key, *(["date"] if name == "coverage" else [])]
        keys = rows.select(key).group_by(key).aggregate([]).num_rows
        assert keys == rows.num_rows, f"{rows.num_rows - keys} double keys in {name}"


def ask(lake: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query over the tables by name; a table without files is empty."""
    with duckdb.connect() as connection:
        for name, table in TABLES.items():
            folder = lake / name
            rows = pq.read_table(folder) if folder.is_dir() else table.schema.empty_table()
            connection.register(name, rows)
        return connection.execute(sql).fetchall()


def read_rows(lake: Path) -> dict[str, list[str]]:
    """All rows of all tables as sorted text, without the times at which they were seen."""
    found: dict[str, list[str]] = {}
    for name in TABLES:
        rows = pq.read_table(lake / name)
        kept = rows.select([each for each in rows.column_names if each not in SEEN_TIMES])
        found[name] = sorted(json.dumps(row, default=str, sort_keys=True) for row in kept.to_pylist())
    return found


def snapshot(folder: Path, *, identity: bool = True) -> dict[str, tuple[object, ...]]:
    """Every file below a folder with its hash and (`identity`) its inode and time: equal means not even touched."""
    taken = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        status = path.stat()
        who = (status.st_ino, status.st_mtime_ns) if identity else ()
        taken[path.relative_to(folder).as_posix()] = (hashlib.sha256(path.read_bytes()).hexdigest(), *who)
    return taken


def check_secrets(rig: Rig, *said: str) -> None:
    """No credential of the account or of any request so far is on the disk, in the lake's rows or in `said`."""
    secrets = {rig.box.account.client_secret}
    for meeting in rig.box.account.meetings:
        secrets |= {meeting.passcode, opaque("play", meeting.uuid, length=32)}
    for request in rig.box.requests:
        secrets.add(request.headers.get("authorization", "Bearer").partition(" ")[2])
        secrets.add(request.query.get("Signature", ""))
    secrets.discard("")
    files = [each for each in rig.home.rglob("*") if each.is_file()]
    texts = {str(each): each.read_bytes() for each in files}
    # Parquet is compressed: what its bytes hide, its rows show
    texts |= {f"{each} (rows)": _as_text(pq.read_table(each)) for each in files if each.suffix == ".parquet"}
    texts |= {f"output {number}": text.encode() for number, text in enumerate(said)}
    for where, data in texts.items():
        held = [secret for secret in secrets if secret.encode() in data]
        assert not held, f"{len(held)} secrets in {where}"


def _as_text(table: pa.Table) -> bytes:
    return json.dumps(table.to_pylist(), default=str, ensure_ascii=False).encode("utf-8", "replace")
