"""What became of a schedule: plain records, and how a check that fails becomes a finding instead of an end."""

from __future__ import annotations

import contextlib
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from schedules import Schedule


@dataclass(frozen=True, slots=True)
class Finding:
    invariant: str
    what: str


@dataclass(slots=True)
class Verdict:
    """What became of a schedule; `struck` counts the requests that each fault met."""

    schedule: Schedule
    runs: int = 0
    codes: list[int] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    cautious: int = 0  # runs that ended with another code than 0 though nothing was missing
    seconds: float = 0.0

    @contextlib.contextmanager
    def judging(self, invariant: str, when: str) -> Iterator[None]:
        try:
            yield
        except AssertionError as error:
            self._note(Finding(invariant, f"{when}: {str(error)[:700]}"))
        except Exception:  # noqa: BLE001 - what a check cannot read is a finding of its own
            self._note(Finding(invariant, f"{when}: {traceback.format_exc()[-1500:]}"))

    def _note(self, finding: Finding) -> None:
        if finding not in self.findings:
            self.findings.append(finding)
