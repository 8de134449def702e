"""Which recordings and files are wanted. Pure; what is left out keeps its row, with the rule that left it out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

from harvester.config import Config
from harvester.model import Kind, ListedFile, Recording

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Selection:
    """The operator's rules. Empty means all; `*` and `?` match as in a shell, letter case does not count."""

    types: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    min_duration: int = 0  # minutes
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Config) -> Selection:
        return cls(
            types=tuple(sorted(set(config.harvester_types))),
            hosts=config.harvester_hosts,
            topics=config.harvester_topics,
            min_duration=config.harvester_min_duration,
            include=config.harvester_include,
            exclude=config.harvester_exclude,
        )

    def fingerprint(self) -> str:
        """Changes when the rules do, so that what was skipped under other rules is looked at again."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def wants(self, kind: Kind) -> bool:
        return not self.types or kind in self.types

    def needs_host_emails(self) -> bool:
        """Whether a rule can only be decided knowing hosts' e-mail addresses."""
        return any("@" in each for each in (*self.hosts, *self.exclude))

    def skip_recording(self, recording: Recording) -> str | None:
        """The rule that leaves the whole recording out, None when it is wanted."""
        ids = [each for each in (recording.meeting_id, recording.meeting_uuid, recording.native_id) if each]
        if _matches(self.include, ids):
            return None
        hosts = [each for each in (recording.host_email, recording.host_id) if each]
        topic = [recording.topic or ""]
        if _matches(self.exclude, [*ids, *hosts, *topic]):
            return "not selected: excluded"
        if self.hosts and not _matches(self.hosts, hosts):
            return "not selected: host"
        if self.topics and not _matches(self.topics, topic):
            return "not selected: topic"
        if self.min_duration and (recording.duration_ms or 0) < self.min_duration * _MINUTE_MS:
            return f"not selected: shorter than {self.min_duration} minutes"
        return None

    def skip_file(self, file: ListedFile) -> str | None:
        """The rule that leaves a file of a wanted recording out."""
        if file.kind is Kind.PARTICIPANTS or self.wants(file.kind):  # the former have an option of their own
            return None
        return f"not selected: type {file.kind}"


def _matches(patterns: Iterable[str], values: Iterable[str]) -> bool:
    folded = [value.casefold() for value in values]
    return any(fnmatchcase(value, pattern.casefold()) for pattern in patterns for value in folded)
