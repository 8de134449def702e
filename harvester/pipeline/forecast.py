"""What a run would do, counted; the object that `harvester plan --json` prints. Holds numbers, decides nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from harvester.errors import ExitCode
from harvester.model import Gap, Kind
from harvester.pipeline.summary import Summary


@dataclass(slots=True)
class Bulk:
    """Files and the bytes that their listing names; those listed without a size are counted apart."""

    files: int = 0
    bytes: int = 0
    files_without_size: int = 0

    def add(self, size_bytes: int | None) -> None:
        self.files += 1
        self.bytes += size_bytes or 0
        self.files_without_size += size_bytes is None


@dataclass(frozen=True, slots=True)
class Awaited:
    """A recording of which something is not there yet: how many files, when the next look is due, and the last."""

    recording_key: str
    topic: str | None
    started_at: datetime
    files: int
    next_look_at: datetime | None
    until: datetime


@dataclass(slots=True)
class Forecast:
    """Counters of one rehearsal. Mutable: the rehearsal adds to it.

    `details` are recordings that need a call of their own; of `unknown` ones not even the files are known yet;
    `found` lie in the archive and need only their receipt; `given_up` will count as failed.
    """

    summary: Summary
    start: date | None = None
    end: date | None = None
    listing_calls: int = 0
    details: int = 0
    unknown: int = 0
    recordings: int = 0
    fetch: dict[Kind, Bulk] = field(default_factory=lambda: defaultdict(Bulk))
    archived: Bulk = field(default_factory=Bulk)
    found: Bulk = field(default_factory=Bulk)
    given_up: Bulk = field(default_factory=Bulk)
    left_out: dict[str, Bulk] = field(default_factory=lambda: defaultdict(Bulk))
    awaited: list[Awaited] = field(default_factory=list)
    lake_days_to_restore: int = 0
    free_bytes: int = 0
    exit_code: ExitCode = ExitCode.DONE

    @property
    def total(self) -> Bulk:
        """Everything that would be fetched."""
        kinds = self.fetch.values()
        return Bulk(
            sum(each.files for each in kinds),
            sum(each.bytes for each in kinds),
            sum(each.files_without_size for each in kinds),
        )

    @property
    def lists(self) -> int:
        """Lists of participants that would be asked for, each by a call of its own at least."""
        return self.fetch[Kind.PARTICIPANTS].files if Kind.PARTICIPANTS in self.fetch else 0

    @property
    def fits(self) -> bool:
        """Whether what is listed with a size fits on the archive's disk."""
        return self.total.bytes <= self.free_bytes

    def as_json(self) -> dict[str, Any]:
        """Plain values; the door adds what only it knows (calls for tokens, rates, scopes)."""
        return {
            "exit_code": int(self.exit_code),
            "from": self.start and str(self.start),
            "to": self.end and str(self.end),
            "recordings_listed": self.summary.recordings_listed,
            "files_listed": self.summary.files_listed,
            "fetch": {
                "recordings": self.recordings,
                "recordings_not_described_yet": self.unknown,
                **asdict(self.total),
                "by_kind": {str(kind): asdict(self.fetch[kind]) for kind in sorted(self.fetch)},
            },
            "archived": asdict(self.archived),
            "found_without_receipt": asdict(self.found),
            "given_up": asdict(self.given_up),
            "left_out": [{"rule": rule, **asdict(bulk)} for rule, bulk in sorted(self.left_out.items())],
            "awaited": [_plain(each) for each in sorted(self.awaited, key=_by_next_look)],
            "lake_days_to_restore": self.lake_days_to_restore,
            "disk": {"needed_bytes": self.total.bytes, "free_bytes": self.free_bytes, "fits": self.fits},
            "gaps": [_gap(each) for each in self.summary.gaps],
            "errors": [asdict(each) for each in self.summary.errors],
        }


def _by_next_look(each: Awaited) -> tuple[datetime, str]:
    return each.next_look_at or each.until, each.recording_key


def _plain(each: Awaited) -> dict[str, Any]:
    times = {name: at and _time(at) for name, at in asdict(each).items() if isinstance(at, datetime)}
    return {**asdict(each), **times}


def _gap(gap: Gap) -> dict[str, Any]:
    return {"window": str(gap.window), "subject": gap.subject, "message": gap.message, "remedy": gap.hint}


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
