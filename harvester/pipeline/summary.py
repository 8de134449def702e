"""What a run did, counted as it happens; the object that `--json` prints (DESIGN section 5)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from harvester.errors import ExitCode, HarvesterError
from harvester.model import Gap


@dataclass(slots=True)
class RunError:
    """One item that failed, with its reason."""

    recording_key: str | None
    file: str | None
    kind: str
    message: str


@dataclass(slots=True)
class Summary:
    """Counters of one run. Mutable: the coordinator adds to it."""

    run_id: str
    started_at: datetime
    finished_at: datetime | None = None
    exit_code: int = ExitCode.DONE
    is_cut_short: bool = False  # by an error that would come again at once; not part of what is told
    recordings_listed: int = 0
    files_listed: int = 0
    files_archived: int = 0
    files_already_archived: int = 0
    files_pending: int = 0
    files_failed: int = 0
    bytes_downloaded: int = 0
    segments_published: int = 0
    partitions_published: int = 0
    api_calls: int = 0
    gaps: list[Gap] = field(default_factory=list)
    errors: list[RunError] = field(default_factory=list)

    def add_gap(self, gap: Gap) -> None:
        self.gaps.append(gap)

    def add_error(self, error: HarvesterError, *, recording_key: str | None = None, file: str | None = None) -> None:
        hint = f"; {error.hint}" if error.hint else ""
        self.errors.append(RunError(recording_key, file, error.kind, f"{error.message}{hint}"))

    def add_known_failure(self, recording_key: str, file: str, message: str) -> None:
        """One that an earlier run told of, and that this run could not try again."""
        self.errors.append(RunError(recording_key, file, "failed_before", message))

    def judge(self) -> ExitCode:
        """3 when anything failed or is missing from a listing, else 0; a fatal error sets its own code."""
        return ExitCode.PARTIAL if self.errors or self.gaps or self.files_failed else ExitCode.DONE

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        del values["is_cut_short"]
        for name in ("started_at", "finished_at"):
            at = values[name]
            values[name] = at and at.isoformat(timespec="seconds").replace("+00:00", "Z")
        values["exit_code"] = int(self.exit_code)
        values["gaps"] = [str(each) for each in self.gaps]
        return values
