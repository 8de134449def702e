"""One listed file, from a grant to a proven file under its final name - or an error, and nothing under that name.

Decides the order: part, length, first bytes, hash, fsync, name. Never decides what is fetched or when, never
overwrites, and takes no name from a server.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import partial

import requests

from harvester.clock import Clock
from harvester.errors import Damaged, HarvesterError
from harvester.fetch.job import Fetched, Grant, Job
from harvester.fetch.part import Part, already_there, discard_parts
from harvester.fetch.patience import Grants, persist
from harvester.fetch.ranges import receive_ranges
from harvester.fetch.stream import OnBytes, Transfer
from harvester.fetch.wire import Wire
from harvester.files import make_folder
from harvester.hosts import HostPolicy
from harvester.model import Receipt
from harvester.retry import RetryPolicy

log = logging.getLogger(__name__)

# A length that differs from the listing must be named twice; so often a file is fetched to hear it.
_LENGTHS_TO_TRUST = 2


def ignore_bytes(_count: int) -> None:
    """For callers that show no progress."""


class Fetcher:
    """Fetches files for all workers of a run over one session."""

    def __init__(
        self,
        *,
        session: requests.Session,
        policy: HostPolicy,
        clock: Clock,
        retry: RetryPolicy,
        min_bytes_per_s: float = 4096.0,
        stall_timeout_s: float = 60.0,
    ) -> None:
        self._clock = clock
        self._retry = retry
        self._wire = Wire(
            session=session,
            policy=policy,
            clock=clock,
            min_bytes_per_s=min_bytes_per_s,
            stall_timeout_s=stall_timeout_s,
        )

    def stop(self) -> None:
        """End what is running (each raises Pending) and refuse what comes; parts stay for the next run."""
        self._wire.stop()

    def fetch(self, job: Job, *, on_bytes: OnBytes = ignore_bytes, connections: int = 1) -> Fetched:
        """Store the file or raise: Pending, Vanished, Refused, Damaged, Retriable (tries used up) or a Fatal.

        With `connections` above 1 a large file is fetched in that many ranges at once, if its server plays along;
        `on_bytes` is then called from several threads, one at a time.
        """
        started_s = self._clock.monotonic()
        try:
            fetched = self._fetch(job, on_bytes, connections)
        except HarvesterError as error:
            error.subject = error.subject or job.subject
            raise
        fields = {
            "key": job.subject,
            "bytes": fetched.receipt.size_bytes,
            "downloaded_bytes": fetched.bytes_downloaded,
            "resumed_from": fetched.resumed_from,
            "seconds": round(self._clock.monotonic() - started_s, 3),
            "note": fetched.note,
        }
        log.info("download.stored", extra={"fields": fields})
        return fetched

    def _fetch(self, job: Job, on_bytes: OnBytes, connections: int) -> Fetched:
        make_folder(job.folder)
        if os.path.lexists(job.target):
            raise already_there(job.target)
        discard_parts(job.folder, job.name, keep=job.fingerprint)
        with Part(job.target, job.fingerprint) as part:
            transfer = Transfer(job, part, wire=self._wire, clock=self._clock, on_bytes=on_bytes)
            if not part.is_complete or transfer.is_doubtful:
                self._receive(transfer, connections)
            note = transfer.check()
            receipt = Receipt(
                name=job.name,
                size_bytes=part.size,
                sha256=part.digest(),
                fetched_at=self._clock.now(),
                listed_bytes=job.file.listed_bytes,
            )
            part.publish()
        return Fetched(receipt, part.resumed_from, transfer.downloaded_bytes, note)

    def _receive(self, transfer: Transfer, connections: int) -> None:
        subject = transfer.job.subject
        grants = Grants(transfer.job.access)

        def try_until_done(attempt: Callable[[Grant], None], position: Callable[[], int]) -> None:
            pause = partial(self._wire.pause, subject=subject)
            persist(attempt, grants=grants, position=position, retry=self._retry, pause=pause, subject=subject)

        part = transfer.part
        for _ in range(_LENGTHS_TO_TRUST):
            if not receive_ranges(transfer, connections=connections, persist=try_until_done):
                try_until_done(transfer.attempt, lambda: part.size)
            if not transfer.is_doubtful:
                return
            received = part.size
            try_until_done(transfer.confirm, lambda: 0)
            if part.size == received:
                return
        raise Damaged(
            f"{subject}: the server names another length each time it is asked",
            hint="it is fetched again next run",
            subject=subject,
        )
