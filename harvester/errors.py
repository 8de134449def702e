"""Everything that can go wrong, grouped by what the caller does next.

    HarvesterError                     says what, about whom, and what to do (`hint`)
    ├── Fatal                          end the run; the exit code says why
    │   ├── ConfigError                10  settings or credentials missing or unreadable
    │   ├── AccessRefused              12  the source refused the credentials or a scope
    │   ├── AlreadyRunning             11  another run holds the lock
    │   ├── Displaced                  0  another run asked for the lock, and what is left is its work
    │   ├── QuotaExhausted              3  the source's daily limit; carries the time it resets
    │   ├── DiskFull                    1  nothing more can be stored
    │   └── Failed                      1  anything else the run cannot go on after
    ├── Retriable                      try again, after `wait_s` if the server named it
    ├── Skippable                      record it as a row and go on with the next item
    │   ├── Pending                    not there yet; the schedule will look again
    │   ├── Absent                     never was there: the source has no such file of this recording
    │   ├── Vanished                   was there, is gone (deleted, trashed, user removed)
    │   ├── Refused                    no permission for this one item
    │   └── Damaged                    bytes that are not what they claim to be
    └── PageTokenExpired               restart the listing of this window

Codes are those of DESIGN section 5 and are printed in every command's help (`EXIT_CODES`).
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum


class ExitCode(IntEnum):
    """What cron hears. The meaning of each stands in `EXIT_CODES`."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    CONFIG = 10
    LOCKED = 11
    REFUSED = 12
    DAMAGED = 13
    INTERRUPTED = 130


EXIT_CODES: dict[ExitCode, str] = {
    ExitCode.DONE: "done; what is merely awaited by schedule, such as a late transcript, is no failure",
    ExitCode.FAILED: "failed",
    ExitCode.USAGE: "usage: an option or argument is wrong",
    ExitCode.PARTIAL: "finished, but some items failed or a gap was found",
    ExitCode.CONFIG: "configuration or credentials are missing or unreadable",
    ExitCode.LOCKED: "another run holds the lock",
    ExitCode.REFUSED: "the source refused the credentials or a scope",
    ExitCode.DAMAGED: "damage found, or left after a repair",
    ExitCode.INTERRUPTED: "interrupted",
}


class HarvesterError(Exception):
    """A sentence that names the thing, and a hint that names the remedy."""

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str | None = None, subject: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.subject = subject

    @property
    def kind(self) -> str:
        """Stable name for logs, summaries and the ledger, e.g. `access_refused`."""
        name = type(self).__name__
        return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


class Fatal(HarvesterError):
    """End the run."""


class ConfigError(Fatal):
    """Settings or credentials are missing, unreadable or contradict each other."""

    exit_code = ExitCode.CONFIG


class AccessRefused(Fatal):
    """The source refused the credentials or lacks a scope; trying again changes nothing."""

    exit_code = ExitCode.REFUSED


class AlreadyRunning(Fatal):
    """Another process holds the run lock."""

    exit_code = ExitCode.LOCKED


class Displaced(Fatal):
    """Another run asked for the lock: what is left is its work."""

    exit_code = ExitCode.DONE


class QuotaExhausted(Fatal):
    """The account's daily limit is used up; `resets_at` (UTC) when the source said so."""

    exit_code = ExitCode.PARTIAL

    def __init__(self, message: str, *, resets_at: datetime | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.resets_at = resets_at


class DiskFull(Fatal):
    """No space or quota left where the archive, the lake or the ledger lies."""


class Failed(Fatal):
    """Anything else that a run cannot go on after."""


class Retriable(HarvesterError):
    """A passing fault; `wait_s` seconds when the server named a time, `status` of HTTP where that is known."""

    def __init__(
        self,
        message: str,
        *,
        wait_s: float | None = None,
        status: int | None = None,
        hint: str | None = None,
        subject: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, subject=subject)
        self.wait_s = wait_s
        self.status = status


class Skippable(HarvesterError):
    """One item failed; it becomes a row with its reason and the run goes on."""

    exit_code = ExitCode.PARTIAL


class Pending(Skippable):
    """Not there yet (still processing, not transcribed); the schedule looks again."""

    exit_code = ExitCode.DONE


class Absent(Skippable):
    """The source has no such file of this recording, and never had."""

    exit_code = ExitCode.DONE


class Vanished(Skippable):
    """Was listed and is gone: deleted, trashed, or its user removed."""


class Refused(Skippable):
    """No permission for this one item (a user, a recording, a file)."""


class Damaged(Skippable):
    """Bytes that are not what they claim to be: wrong type, wrong length, unreadable."""


class PageTokenExpired(HarvesterError):
    """A listing's page token died (they live 15 minutes); list the window again from its start."""
