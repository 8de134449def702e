"""What one check of `harvester doctor` found: a state, one sentence and a remedy. A record; it decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harvester.errors import ExitCode


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"  # it could not run; the sentence says why


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The outcome of one check; `exit_code` counts only where it failed."""

    state: State
    message: str
    remedy: str | None = None
    exit_code: ExitCode = ExitCode.DONE


def ok(message: str) -> Diagnosis:
    return Diagnosis(State.OK, message)


def warning(message: str, remedy: str | None = None) -> Diagnosis:
    return Diagnosis(State.WARNING, message, remedy)


def failed(message: str, remedy: str | None = None, *, code: ExitCode) -> Diagnosis:
    return Diagnosis(State.FAILED, message, remedy, code)


def skipped(message: str) -> Diagnosis:
    return Diagnosis(State.SKIPPED, message)
