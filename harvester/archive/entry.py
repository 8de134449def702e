"""`recording.json`: what the source said of a recording, what we hold of it, and what was decided about it.

Pure: bytes to objects and back, the same objects always giving the same bytes. The format number is checked on
reading; an unknown one is an error, never a guess.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from harvester.errors import Damaged
from harvester.model import FileState, FileStatus, Json, Kind, ListedFile, Receipt, TranscriptStatus

FORMAT = 1
DAMAGED_HINT = "`harvester repair` writes it again from what Zoom says; the files beside it are kept"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file as it was last listed, and where it stands; `gone_at` is since when the source lists it no longer."""

    listed: ListedFile
    state: FileState
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TranscriptFact:
    """What became of the wait for a transcript, and why; written because it depended on the clock."""

    status: TranscriptStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One recording in the archive. `metadata` is the source's own, secrets removed."""

    source: str
    native_id: str
    first_seen_at: datetime
    metadata: Json
    files: Mapping[str, ArchivedFile] = field(default_factory=dict)
    transcript: TranscriptFact | None = None
    gone: bool = False  # the source no longer has it
    gone_at: datetime | None = None  # since then, as an event or the first look that missed it said
    gone_by: str | None = None  # who took it away, where an event said so

    @property
    def key(self) -> str:
        return f"{self.source}:{self.native_id}"

    def with_file(self, file: ArchivedFile) -> Entry:
        return replace(self, files={**self.files, file.listed.key: file})


def write_entry(entry: Entry) -> bytes:
    """Canonical bytes of `recording.json`."""
    document = {
        "format": FORMAT,
        "source": entry.source,
        "native_id": entry.native_id,
        "first_seen_at": _time(entry.first_seen_at),
        "gone": entry.gone,
        "transcript": None
        if entry.transcript is None
        else {"status": entry.transcript.status, "reason": entry.transcript.reason},
        "files": {key: _file(entry.files[key]) for key in sorted(entry.files)},
        "metadata": entry.metadata,
    }
    known = {"gone_at": _time(entry.gone_at), "gone_by": entry.gone_by}
    document |= {name: value for name, value in known.items() if value is not None}
    # a line per fact and per file: `json.dumps(indent=...)` is readable too, and ten times slower
    lines = [f"{_compact(name)}: {_write_value(document[name])}" for name in sorted(document)]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    # a lone surrogate is legal in JSON's escapes and in no encoding; backslashreplace writes it as that same escape
    return text.encode("utf-8", "backslashreplace")


def _write_value(value: object) -> str:
    if not isinstance(value, dict) or not value:
        return _compact(value)
    lines = [f" {_compact(key)}: {_compact(value[key])}" for key in sorted(value)]
    return "{\n" + ",\n".join(lines) + "\n}"


_compact = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def parse_entry(data: bytes, *, where: str) -> Entry:
    """The entry in the bytes of a `recording.json`. Raises Damaged naming the file."""
    try:
        document = json.loads(data)
        if document["format"] != FORMAT:
            raise Damaged(
                f"{where} has format {document['format']!r}; this version reads format {FORMAT}",
                hint="a newer harvester wrote it: update this one",
                subject=where,
            )
        fact = document["transcript"]
        return Entry(
            source=_typed(document["source"], str),
            native_id=_typed(document["native_id"], str),
            first_seen_at=_read_time(document["first_seen_at"]),
            gone=_typed(document["gone"], bool),
            gone_at=_read_optional_time(document.get("gone_at")),
            gone_by=_optional(document.get("gone_by"), str),
            transcript=None
            if fact is None
            else TranscriptFact(TranscriptStatus(fact["status"]), _typed(fact["reason"], str)),
            files={key: _read_file(key, value) for key, value in document["files"].items()},
            metadata=_typed(document["metadata"], dict),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(
            f"{where} cannot be read: {type(error).__name__}: {error}",
            hint=DAMAGED_HINT,
            subject=where,
        ) from error


def _file(file: ArchivedFile) -> dict[str, Any]:
    listed, state = file.listed, file.state
    receipt = state.receipt
    known = {"gone_at": _time(file.gone_at), "made_at": _time(listed.made_at)}
    return {name: value for name, value in known.items() if value is not None} | {
        "kind": listed.kind,
        "file_type": listed.file_type,
        "recording_type": listed.recording_type,
        "extension": listed.extension,
        "part_index": listed.part_index,
        "start_at": _time(listed.start_at),
        "end_at": _time(listed.end_at),
        "listed_bytes": listed.listed_bytes,
        "ready": listed.ready,
        "status": state.status,
        "error": state.error,
        "receipt": None
        if receipt is None
        else {
            "name": receipt.name,
            "size_bytes": receipt.size_bytes,
            "sha256": receipt.sha256,
            "listed_bytes": receipt.listed_bytes,
            "fetched_at": _time(receipt.fetched_at),
        },
    }


def _read_file(key: str, value: Mapping[str, Any]) -> ArchivedFile:
    return ArchivedFile(
        ListedFile(
            key=key,
            kind=Kind(value["kind"]),
            file_type=_typed(value["file_type"], str),
            recording_type=_optional(value["recording_type"], str),
            extension=_optional(value["extension"], str),
            part_index=_typed(value["part_index"], int),
            start_at=_read_optional_time(value["start_at"]),
            end_at=_read_optional_time(value["end_at"]),
            listed_bytes=_optional(value["listed_bytes"], int),
            ready=_typed(value["ready"], bool),
            made_at=_read_optional_time(value.get("made_at")),
        ),
        FileState(
            FileStatus(value["status"]),
            _optional(value["error"], str),
            None if value["receipt"] is None else _read_receipt(value["receipt"]),
        ),
        _read_optional_time(value.get("gone_at")),
    )


def _read_receipt(value: Mapping[str, Any]) -> Receipt:
    name = _typed(value["name"], str)
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} is no name of a file beside it")
    return Receipt(
        name=name,
        size_bytes=_typed(value["size_bytes"], int),
        sha256=_typed(value["sha256"], str),
        listed_bytes=_optional(value["listed_bytes"], int),
        fetched_at=_read_time(value["fetched_at"]),
    )


def _typed(value: Any, kind: type[T]) -> T:  # noqa: ANN401 - whatever JSON holds
    """`value`, if it is of exactly that type: a damaged entry must be found here, not in the lake."""
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} where {kind.__name__} belongs")
    return value


def _optional(value: Any, kind: type[T]) -> T | None:  # noqa: ANN401
    return None if value is None else _typed(value, kind)


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def _read_optional_time(value: Any) -> datetime | None:  # noqa: ANN401
    return None if value is None else _read_time(value)


def _read_time(value: Any) -> datetime:  # noqa: ANN401
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value} names no time zone")
    return moment
