"""Whether two homes hold the same: archive, receipts and lake, but for the times at which things were seen.

Reads the disk only. What may differ stands in the names below, each with its reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from oracle import SEEN_TIMES, final_files, read_entries, read_tables
from rig import Rig

Home = dict[str, list[str]]

DEPENDS_ON_THE_LISTING = {"host_email"}  # a user's listing tells whose it is, the account's does not
PROVEN = {
    "files": ("recording_key", "file_key", "kind", "size_bytes", "sha256", "status", "error"),
    "recordings": ("recording_key", "meeting_id", "started_at", "transcript_status", "n_files"),
}
"""What does not hang on what else the source says. Sizes and topics that it told wrongly, once, are kept as told."""

STRAY_KEYS = {"deep", "digits"}  # a fault put them into an answer; what a source once said is kept
SHOWN = 3


def read_home(rig: Rig, *, only_proven: bool = False) -> Home:
    """Everything that must be equal, as sorted lines under the name of what they are.

    `only_proven` leaves out what a source that told the wrong thing about its files has changed for good.
    """
    first = _first_versions(rig)
    home = {
        f"lake {name}": sorted(
            _as_line(_row(row, PROVEN.get(name) if only_proven else None), first) for row in rows.to_pylist()
        )
        for name, rows in read_tables(rig.lake).items()
    }
    hashes = {name: hashlib.sha256((rig.archive / name).read_bytes()).hexdigest() for name in final_files(rig)}
    # a file that was listed without its type has another name
    named = hashes.values() if only_proven else [f"{name} {told}" for name, told in hashes.items()]
    home["archived files"] = sorted(_told(each, first) for each in named)
    home["entries"] = (
        [] if only_proven else [_as_line(_entry(each), first) for each in read_entries(rig.archive).values()]
    )
    left = [*rig.home.rglob("*.part*"), *rig.home.rglob("*.tmp"), *(rig.state / "staging").rglob("*.arrow")]
    home["left over"] = sorted(str(each.relative_to(rig.home)) for each in left)
    return home


def describe_difference(calm: Home, found: Home) -> str:
    """The first lines that are only here or only there; empty when there are none."""
    told = []
    for name, lines in calm.items():
        gone, new = set(lines) - set(found[name]), set(found[name]) - set(lines)
        if lines != found[name]:
            told.append(f"{name}: {len(gone)} missing, {len(new)} too many\n{_side_by_side(gone, new)}")
    return "\n".join(told)


def _side_by_side(gone: Iterable[str], new: Iterable[str]) -> str:
    """Where the lines are JSON, only the fields in which the nearest ones differ."""
    told = []
    for old, other in list(zip(sorted(gone), sorted(new), strict=False))[:SHOWN]:
        try:
            before, after = json.loads(old), json.loads(other)
        except ValueError:
            told.append(f"  - {old}\n  + {other}")
            continue
        keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        told += [f"  {key}: {str(before.get(key))[:400]} -> {str(after.get(key))[:400]}" for key in keys]
    return "\n".join(
        told or [f"  - {each[:400]}" for each in [*gone][:SHOWN]] + [f"  + {each[:400]}" for each in [*new][:SHOWN]]
    )


def _row(row: dict[str, Any], wanted: tuple[str, ...] | None) -> dict[str, Any]:
    left_out = SEEN_TIMES | DEPENDS_ON_THE_LISTING
    return {key: value for key, value in row.items() if key not in left_out and (wanted is None or key in wanted)}


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in entry.items() if key not in {"folder", "first_seen_at", "gone_at"}}
    kept["metadata"] = {
        key: value for key, value in entry["metadata"].items() if key not in STRAY_KEYS | DEPENDS_ON_THE_LISTING
    }
    kept["files"] = {
        key: {**file, "gone_at": None, "receipt": file["receipt"] and {**file["receipt"], "fetched_at": None}}
        for key, file in entry["files"].items()
    }
    return kept


def _as_line(value: dict[str, Any], first: dict[str, str]) -> str:
    return _told(json.dumps(value, default=str, sort_keys=True), first)


def _told(text: str, first: dict[str, str]) -> str:
    for later, original in first.items():
        text = text.replace(later, original)
    return text


def _first_versions(rig: Rig) -> dict[str, str]:
    """Hash of every later version of a file, with that of its first: whichever came is right."""
    changes = sum("change_" in (request.fault or "") for request in rig.box.requests)
    hashes: dict[str, str] = {}
    for meeting in rig.box.account.meetings if changes else ():
        for file in meeting.all_files:
            bodies = [file.body.revise(number) for number in range(changes + 1)]
            first, *later = [hashlib.sha256(each.read(0, each.size)).hexdigest() for each in bodies]
            hashes.update((each, first) for each in later if each != first)
    return hashes
