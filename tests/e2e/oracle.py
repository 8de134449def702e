"""What a run must have left behind: the archive against the sandbox's truth, the lake against the archive.

Reads the disk with plain tools of its own, so that it cannot share a mistake with the code it judges; only names,
types and keys come from `schemas.lake`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rig import Rig

from harvester.sandbox.tokens import opaque
from schemas.lake import TABLES
from schemas.table import Table

Wanted = Callable[[dict[str, Any]], bool]
# the last one covers the entry, which holds the others
SEEN_TIMES = {"first_seen_at", "archived_at", "last_archived_at", "gone_at", "matched_at", "payload_sha256"}
_UNFINISHED = re.compile(r"\.part(\.json)?$|\.tmp$|^recording\.json$")
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")


def read_entries(archive: Path) -> dict[str, dict[str, Any]]:
    """Every `recording.json` of Zoom's by its native id, with its folder; bots are judged in `bots_oracle`."""
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted((archive / "zoom").rglob("recording.json")):
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
        assert found == (receipt["size_bytes"], receipt["sha256"]), f"not what its receipt says: {row}"
        assert found == (row["size"], row["sha256"]) or known_versions(rig)(data), f"{found} is not {row}"
        proven[str(entry["folder"]), receipt["name"]] += 1
    assert all(count == 1 for count in proven.values()), "two listed files share one archived file"
    # a kill in the middle of writing leaves a hidden temporary file, which nobody takes for anything
    files = (
        each for each in (rig.archive / "zoom").rglob("*") if each.is_file() and not _TEMPORARY.fullmatch(each.name)
    )
    on_disk = {(str(each.parent), each.name) for each in files}
    final = {each for each in on_disk if not _UNFINISHED.search(each[1])}
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


def known_versions(rig: Rig) -> Callable[[bytes], bool]:
    """Whether bytes are a file of the account, whole, in any version that a fault has given it."""
    changes = sum("change_" in (request.fault or "") for request in rig.box.requests)
    bodies = [file.body for meeting in rig.box.account.meetings for file in meeting.all_files]
    sizes = {body.revise(number).size for body in bodies for number in range(changes + 1)}

    def known(data: bytes) -> bool:
        versions = (body.revise(number) for body in bodies for number in range(changes + 1))
        return len(data) in sizes and any(
            each.size == len(data) and each.read(0, len(data)) == data for each in versions
        )

    return known


def missing_rows(rig: Rig) -> list[dict[str, Any]]:
    """Every file of the truth that is not archived, `awaited` where the lake says that it is looked for again."""
    entries = read_entries(rig.archive)
    pending = _where(rig.lake, "files", "status", "pending", ("recording_key", "file_key"))
    waiting = _where(rig.lake, "recordings", "transcript_status", "pending", ("recording_key",))
    missing = []
    for row in rig.box.truth():
        entry = entries.get(row["meeting_uuid"])
        key = _key_in(entry, row) if entry else None
        if entry and key and entry["files"][key]["receipt"]:
            continue
        recording = f"zoom:{row['meeting_uuid']}"
        awaited = (recording, key) in pending or (key is None and (recording,) in waiting)
        missing.append({"meeting_uuid": row["meeting_uuid"], "file_id": row["file_id"], "awaited": awaited})
    return missing


def _where(lake: Path, table: str, column: str, value: str, wanted: tuple[str, ...]) -> set[tuple[Any, ...]]:
    rows = read_tables(lake)[table]
    chosen = rows.filter(pc.equal(rows[column], value)).select(wanted)
    return set(zip(*(chosen[name].to_pylist() for name in wanted), strict=True))


def final_files(rig: Rig) -> dict[str, tuple[int, int, int]]:
    """Every file under its final name in the archive, with what shows that it was touched: inode, size, time."""
    found = {}
    for path in rig.archive.rglob("*"):
        if path.is_file() and not _UNFINISHED.search(path.name):
            status = path.stat()
            found[str(path.relative_to(rig.archive))] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


def check_lake(rig: Rig) -> None:
    """The lake says of every file what the archive holds, every arrow is a row or counted, no key is there twice."""
    check_tables(rig.lake)
    receipts = {
        (f"zoom:{native_id}", key, file["receipt"]["size_bytes"], file["receipt"]["sha256"])
        for native_id, entry in read_entries(rig.archive).items()
        for key, file in entry["files"].items()
        if file["receipt"]
    }
    columns = ("recording_key", "file_key", "size_bytes", "sha256")
    held = {row for row in _where(rig.lake, "files", "status", "archived", columns) if row[0].startswith("zoom:")}
    assert held == receipts
    for (name, arrows), read in count_cues(rig).items():
        assert read == arrows, f"{name}: {arrows} arrows, {read} rows and rejected cues"
    for (name, said), read in count_sidecars(rig).items():
        assert read == said, f"{name}: {said} messages or entries, {read} in the lake"


def count_sidecars(rig: Rig) -> dict[tuple[str, int], int]:
    """(name, messages or entries in its bytes) of every archived chat and timeline, with what is in the lake of it."""
    tables = read_tables(rig.lake)
    chats, activity = (tables[name] for name in ("chat_messages", "speaker_activity"))
    found = Counter(zip(*(chats[name].to_pylist() for name in ("recording_key", "file_key")), strict=True))
    names = ("recording_key", "file_key", "start_ms", "n_entries")
    stretches = set(zip(*(activity[name].to_pylist() for name in names), strict=True))
    for *file, _start_ms, n_entries in stretches:  # users who are active at once share one
        found[tuple(file)] += n_entries
    counted = {}
    for file in tables["files"].to_pylist():
        if file["source"] == "zoom" and file["archive_path"] and file["kind"] in {"chat", "timeline"}:
            data = (rig.archive / file["archive_path"]).read_bytes()
            counted[file["archive_path"], _count_said(file["kind"], data)] = found[
                file["recording_key"], file["file_key"]
            ]
    return counted


def _count_said(kind: str, data: bytes) -> int:
    """A chat's messages end with CRLF, in one that was saved again with LF; a timeline's refined list counts if any."""
    if kind == "chat":
        return sum(bool(each.strip()) for each in data.split(b"\r\n" if b"\r\n" in data else b"\n"))
    document = json.loads(data)
    return len(document.get("timeline_refine") or document["timeline"])


def count_cues(rig: Rig) -> dict[tuple[str, int], int]:
    """(name, arrows in its bytes) of every archived VTT that was read, with rows in segments and rejected cues."""
    tables = read_tables(rig.lake)
    segments = Counter(tables["segments"]["transcript_key"].to_pylist())
    transcripts = {(each["recording_key"], each["file_key"]): each for each in tables["transcripts"].to_pylist()}
    counted = {}
    for file in tables["files"].to_pylist():
        if (
            file["source"] != "zoom"
            or file["status"] != "archived"
            or file["kind"] not in {"transcript", "captions"}
            or file["error"]
        ):
            continue
        path, said = file["archive_path"], transcripts[file["recording_key"], file["file_key"]]
        rows = segments[said["transcript_key"]]
        assert said["n_segments"] == rows, f"{path}: transcripts says {said['n_segments']} segments, there are {rows}"
        counted[path, (rig.archive / path).read_bytes().count(b"-->")] = rows + said["rejected_cues"]
    return counted


def check_tables(lake: Path) -> None:
    """Every file has its table's schema, every key is unique, nothing is null that may not be."""
    tables = read_tables(lake)
    for name, table in TABLES.items():
        rows = tables[name]
        required = [column.name for column in table.columns if not column.nullable]
        assert {each for each in required if rows[each].null_count} == set(), f"nulls in {name}"
        key = [*table.key, *(["date"] if name == "coverage" else [])]
        keys = rows.select(key).group_by(key, use_threads=False).aggregate([]).num_rows
        assert keys == rows.num_rows, f"{rows.num_rows - keys} double keys in {name}"


def read_tables(lake: Path) -> dict[str, pa.Table]:
    """Every table, each file with its table's schema; one without files is empty. Read once while nothing changes."""
    files = {name: sorted(each for each in (lake / name).rglob("*") if each.is_file()) for name in TABLES}
    seen = tuple((each, (status := each.stat()).st_ino, status.st_mtime_ns) for held in files.values() for each in held)
    if _READ.get("seen") != (lake, seen):
        tables = {name: _read_table(lake / name, TABLES[name], held) for name, held in files.items()}
        _READ.update(seen=(lake, seen), tables=tables)
        return tables
    return _READ["tables"]


_READ: dict[str, Any] = {}


def _read_table(folder: Path, table: Table, files: list[Path]) -> pa.Table:
    assert all(each.suffix == ".parquet" for each in files), f"strange files in {folder}"
    pieces = []
    for path in files:
        piece = pq.ParquetFile(path).read(use_threads=False)
        assert piece.schema.equals(table.schema), path
        day = path.parent.name.removeprefix("date=")
        pieces.append(
            piece if "date" in piece.column_names else piece.append_column("date", pa.array([day] * len(piece)))
        )
    empty = table.schema.empty_table()
    return pa.concat_tables(pieces) if pieces else empty.append_column("date", pa.array([], pa.string()))


def ask(lake: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query over the tables by name; a table without files is empty."""
    with duckdb.connect() as connection:
        for name, rows in read_tables(lake).items():
            connection.register(name, rows)
        return connection.execute(sql).fetchall()


def read_rows(lake: Path) -> dict[str, list[str]]:
    """All rows of all tables as sorted text, without the times at which they were seen."""
    found: dict[str, list[str]] = {}
    for name, rows in read_tables(lake).items():
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


def check_secrets(rig: Rig, *said: str, more: Iterable[str] = (), disk: bool = True) -> None:
    """No credential of the account or its bots, of any request so far, or of `more`, in any form it could travel in.

    Looked for on the disk (temporary folders and the ledger's log included), in the lake's rows and in `said`.
    """
    account = rig.box.account
    bots = (account.bot_keys, account.bot_webhook_secrets, account.bot_canaries)
    secrets = {account.client_secret, *(secret for each in bots for secret in each.values()), *more}
    for meeting in account.meetings:
        secrets |= {meeting.passcode, opaque("play", meeting.uuid, length=32)}
    for request in rig.box.requests:
        secrets.add(request.headers.get("authorization", "Bearer").partition(" ")[2])
        secrets |= {value for name, value in request.query.items() if "signature" in name.lower()}
    secrets.discard("")
    files = [each for each in rig.cwd.rglob("*") if each.is_file()] if disk else []
    texts = {str(each): each.read_bytes() for each in files}
    # Parquet is compressed: what its bytes hide, its rows show
    texts |= {f"{each} (rows)": _as_text(pq.read_table(each)) for each in files if each.suffix == ".parquet"}
    texts |= {f"output {number}": text.encode() for number, text in enumerate(said)}
    forms = {form for secret in secrets for form in _forms(secret)}
    for where, data in texts.items():
        held = [form for form in forms if form in data]
        assert not held, f"{len(held)} secrets in {where}"


def _forms(secret: str) -> set[bytes]:
    """Plain, in base64 (also behind a user name, whatever its offset), quoted for a URL, escaped for JSON."""
    raw = secret.encode()
    middles = {base64.b64encode(b"x" * shift + raw)[4 * (shift > 0) : -4] for shift in range(3)}
    quoted = {quote(raw, safe="").encode(), quote_plus(raw).encode(), json.dumps(secret)[1:-1].encode()}
    return {
        raw,
        base64.b64encode(raw),
        base64.urlsafe_b64encode(raw),
        *quoted,
        *(each for each in middles if len(each) > 7),
    }


def _as_text(table: pa.Table) -> bytes:
    return json.dumps(table.to_pylist(), default=str, ensure_ascii=False).encode("utf-8", "replace")
