"""What must hold at once after a fault, before anything was healed; and what must be equal once it was.

Like `oracle`, reads the disk with plain tools of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from oracle import read_entries, read_rows
from rig import Ran, Rig

from harvester.ledger.schema import STEPS

# what may lie in the archive beside proven files: a part, its note, and the temporary files of both and of an entry
UNFINISHED = re.compile(r".+\.[0-9a-f]{12}\.part(\.json)?|\..+\.[0-9a-f]{12}\.tmp")
_FILE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
ENDINGS = frozenset({0, 1, 3, 13})


def check_whole(rig: Rig, calm: dict[str, Any]) -> None:
    """Whoever looks now sees whole files only, no recording before its rows, and a ledger that SQLite calls sound.

    `calm` is what an undisturbed run leaves (`state_of`): what bots' files must be is known by that alone.
    """
    check_archived(rig)
    check_bots_archived(rig, calm["bytes"])
    for path in rig.lake.glob("*/*/*.parquet"):
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            file.read()
    for path in rig.lake.glob("recordings/*/*.parquet"):
        recordings = pq.read_table(path, columns=["recording_key", "n_files"], partitioning=None).to_pylist()
        children = rig.lake / "files" / path.parent.name / path.name
        held = pq.read_table(children, partitioning=None)["recording_key"].to_pylist() if children.exists() else []
        early = {each["recording_key"] for each in recordings if each["n_files"]} - set(held)
        assert not early, f"in recordings, but its files are not there yet: {early}"
    strange = [each for each in rig.lake.glob("*/*/*") if each.suffix != ".parquet"]
    assert not strange, f"in the lake, but no Parquet: {strange}"
    with ledger_copy(rig) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def check_archived(rig: Rig) -> None:
    """Under a final name lie bytes that Zoom has for that recording, and every receipt is true."""
    truth: dict[str, set[tuple[int, str]]] = {}
    for row in rig.box.truth():
        truth.setdefault(row["meeting_uuid"], set()).add((row["size"], row["sha256"]))
    entries = read_entries(rig.archive)
    folders = {each["folder"]: each for each in entries.values()}
    for path in _final_files(rig.archive / "zoom"):
        assert path.parent in folders, f"{path} is there before its recording.json"
        data = path.read_bytes()
        held = (len(data), hashlib.sha256(data).hexdigest())
        assert held in truth[folders[path.parent]["native_id"]], f"torn under its final name: {path}"
    for entry in entries.values():
        for file in entry["files"].values():
            if receipt := file["receipt"]:
                data = (entry["folder"] / receipt["name"]).read_bytes()
                assert (len(data), hashlib.sha256(data).hexdigest()) == (receipt["size_bytes"], receipt["sha256"])


def check_bots_archived(rig: Rig, calm: dict[str, str]) -> None:
    """Under a final name lie the bytes that an undisturbed run has there, and every receipt is true."""
    for path in (each for each in _final_files(rig.archive) if rig.archive / "zoom" not in each.parents):
        assert (path.parent / "recording.json").is_file(), f"{path} is there before its recording.json"
        name = str(path.relative_to(rig.archive))
        assert _hash(path) == calm.get(name), f"torn under its final name, or of no bot: {path}"
    for key, entry in _bot_entries(rig).items():
        for file in entry["files"].values():
            if receipt := file["receipt"]:
                path = entry["folder"] / receipt["name"]
                held = (path.stat().st_size, _hash(path))
                assert held == (receipt["size_bytes"], receipt["sha256"]), f"not what its receipt says: {key}, {path}"


def check_acknowledged(rig: Rig, log: str) -> None:
    """What the run has said to be stored, settled, published or linked is so; what the ledger calls done lies there."""
    names = {str(each.relative_to(rig.archive)) for each in _final_files(rig.archive)}
    with ledger_copy(rig) as ledger:
        settled = {key for (key,) in ledger.execute("SELECT recording_key FROM recordings WHERE entry_sha256 NOT NULL")}
        published = ledger.execute(
            "SELECT recording_key, published_date, source FROM recordings"
            " WHERE published_date = date"  # one that moved may be on its way out of its old day
        )
        held = {(key, date, source) for key, date, source in published if date}
        folders = dict(ledger.execute("SELECT recording_key, folder FROM recordings"))
        archived = ledger.execute("SELECT recording_key, name FROM files WHERE status = 'archived'")
        receipts = {f"{folders[key]}/{name}" for key, name in archived}
    assert receipts <= names, f"archived by the ledger, but not there: {receipts - names}"
    for date, source in {each[1:] for each in held}:
        there = pq.read_table(rig.lake / "recordings" / f"date={date}" / f"{source}-00-of-01.parquet")
        wanted = {key for key, *where in held if where == [date, source]}
        assert wanted <= set(there["recording_key"].to_pylist()), f"published by the ledger, but not in {date}"
    for event in (json.loads(line) for line in log.splitlines() if line.startswith("{") and line.endswith("}")):
        if event["event"] == "download.stored":
            assert _is_stored(event["key"], names, folders), f"said to be stored: {event}"
        elif event["event"] == "recording.settled":
            assert event["recording"] in settled, f"said to be settled: {event}"
        elif event["event"] == "lake.published":
            is_held = any(each[1:] == (event["date"], event["source"]) for each in held)
            is_there = any(rig.lake.glob(f"recordings/date={event['date']}/{event['source']}-*.parquet"))
            assert is_held == is_there, f"said to be published: {event}"
        elif event["event"] == "lake.linked":
            linked = rig.lake.glob(f"recording_links/date={event['date']}/{event['source']}-*.parquet")
            assert any(linked), f"said to be linked: {event}"


def _is_stored(key: str, names: set[str], folders: dict[str, str]) -> bool:
    """A file of Zoom's has its id in its name; of a bot's the key stands there, which others share."""
    if key.startswith("zoom:"):
        file_id = _FILE_ID.search(key)
        return not file_id or any(file_id[0] in each for each in names)
    recording, _, file_key = key.rpartition("/")
    return any(each.startswith(f"{folders[recording]}/") and f"-{file_key}." in each for each in names)


def check_said(ran: Ran) -> None:
    """The run ended in its own way: an exit code of its own, and for a failure a sentence that names a thing."""
    assert ran.code in ENDINGS, f"exit code {ran.code}:\n{ran.said[-3000:]}"
    for word in ("Traceback", "defect in the harvester", "Fatal Python error", "Exception ignored"):
        assert word not in ran.said, ran.said[-4000:]
    if ran.code:
        sentences = find_sentences(ran)
        assert sentences, f"no sentence:\n{ran.said[-3000:]}"
        assert any(re.search("harvest/|127.0.0.1|archived file ", each) for each in sentences), f"of what? {sentences}"


def find_sentences(ran: Ran) -> list[str]:
    """What a run said of its failure, to a person on stderr or in the summary for programs."""
    found = [line for line in ran.err.splitlines() if re.match(r"(Error|error|gap|left out): .", line)]
    if ran.out.startswith("{"):
        found += [each["message"] for each in ran.json.get("errors", ())]
        found += [*ran.json.get("gaps", ()), *ran.json.get("damaged", ())]
    return found


def state_of(rig: Rig) -> dict[str, Any]:
    """All that a run leaves, without the times at which it saw things: what two runs are compared by."""
    files = (each for each in rig.home.rglob("*") if each.is_file())
    # a journal that could not be written back at the end says nothing against a run: it is part of the ledger
    files = (each for each in files if not each.name.startswith("ledger.sqlite-"))
    named = [*files, *rig.lake.rglob("*/")]
    return {
        "names": sorted(f"{each.relative_to(rig.home)} {each.stat().st_mode:o}" for each in named),
        "entries": {
            key: _without_times(entry) for key, entry in {**read_entries(rig.archive), **_bot_entries(rig)}.items()
        },
        "bytes": {str(each.relative_to(rig.archive)): _hash(each) for each in _final_files(rig.archive)},
        "rows": read_rows(rig.lake),
        "ledger": _ledger_rows(rig),
    }


def differences(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """In words; none when both are equal."""
    said = []
    for what, value in wanted.items():
        if found[what] != value:
            more, less = _lines(found[what]), _lines(value)
            said += [f"{what}: there is {each[:300]}" for each in sorted(more - less)]
            said += [f"{what}: missing {each[:300]}" for each in sorted(less - more)]
            said = said or [f"{what} differ in number"]
    return said


def ledger_copy(rig: Rig) -> closing[sqlite3.Connection]:
    """A copy is opened: recovery by SQLite is the next run's business, and must not be taken from it."""
    with tempfile.TemporaryDirectory(dir=rig.cwd.parent) as folder:
        for path in rig.state.glob("ledger.sqlite*"):
            shutil.copy(path, folder)
        source = sqlite3.connect(Path(folder) / "ledger.sqlite")
        copy = sqlite3.connect(":memory:")
        with closing(source):
            source.backup(copy)
    if not copy.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:  # the fault came before its first table
        for statement in STEPS[0]:
            copy.execute(statement)
    return closing(copy)


def _ledger_rows(rig: Rig) -> dict[str, list[tuple[Any, ...]]]:
    asked = {
        "recordings": "SELECT recording_key, date, folder, listing_fingerprint, selection, transcript_status,"
        " last_error, attempts, seq = published_seq, published_date, next_try_at IS NULL FROM recordings ORDER BY 1",
        "files": "SELECT recording_key, file_key, kind, status, name, size_bytes, sha256, error FROM files"
        " ORDER BY 1, 2",
        "staged": "SELECT recording_key FROM staged_files ORDER BY 1",
        "meta": "SELECT name, value FROM meta ORDER BY 1",
    }
    with ledger_copy(rig) as ledger:
        return {name: ledger.execute(sql).fetchall() for name, sql in asked.items()}


def _bot_entries(rig: Rig) -> dict[str, dict[str, Any]]:
    """Every `recording.json` of bots by its key, with its folder."""
    found = {}
    for path in rig.archive.rglob("recording.json"):
        if rig.archive / "zoom" not in path.parents:
            entry = json.loads(path.read_bytes())
            found[f"{path.relative_to(rig.archive).parts[0]}:{entry['native_id']}"] = {**entry, "folder": path.parent}
    return found


def _final_files(folder: Path) -> list[Path]:
    """What lies under a final name below a folder, entries left out."""
    files = (each for each in folder.rglob("*") if each.is_file() and each.name != "recording.json")
    return [each for each in files if not UNFINISHED.fullmatch(each.name)]


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        times = {"first_seen_at", "fetched_at", "folder", "gone_at"}
        return {name: _without_times(each) for name, each in value.items() if name not in times}
    return [_without_times(each) for each in value] if isinstance(value, list) else value


def _lines(value: Any, prefix: str = "") -> set[str]:
    if isinstance(value, dict):
        return {line for name, each in value.items() for line in _lines(each, f"{prefix}{name} ")}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return {f"{prefix}{each}" for each in value}
    return {f"{prefix}{value}"}
