"""One download in one piece: what an answer adds to the part, and when the part must start again.

206 goes on where we stopped, in the same version, to the byte; anything else starts again. Never retries and never
names the finished file.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus

from harvester.clock import Clock
from harvester.errors import Damaged, Refused, Retriable
from harvester.fetch.job import Grant, Job
from harvester.fetch.part import Part
from harvester.fetch.reply import (
    Body,
    StaleGrant,
    Version,
    build_range_headers,
    check_status,
    continues,
    read_body,
)
from harvester.fetch.size import Lengths, check_size, is_cut, limit_of
from harvester.fetch.sniff import HEAD_BYTES, build_extension, check_blank, check_empty, check_first_bytes, find_refusal
from harvester.fetch.wire import Reply, Wire

OnBytes = Callable[[int], None]


class Transfer:
    """What is known of one download while it runs."""

    def __init__(self, job: Job, part: Part, *, wire: Wire, clock: Clock, on_bytes: OnBytes) -> None:
        self.job = job
        self.part = part
        self.downloaded_bytes = 0
        self._wire = wire
        self._clock = clock
        self._on_bytes = on_bytes
        self._lock = threading.Lock()
        self._extension = build_extension(job.file)
        self._end_marked = False
        self._content_type: str | None = None

    def attempt(self, grant: Grant) -> None:
        """Bring the part to its end, or as far as this answer goes."""
        if self.part.is_complete:
            return
        start = self.part.resume_at
        headers = build_range_headers(start, None, self.part.version) if start else {}
        with self.open(grant, headers) as reply:
            if reply.status == HTTPStatus.OK:
                self._store(self._start_again(reply))
            else:
                self._check_continuation(reply, start)
                self._store(reply.iter_chunks())
        if is_cut(self.part.size, self._lengths):
            raise self.cut(self.part.size)

    def check(self) -> str | None:
        """Raise unless the finished part has the length and the first bytes it must have; a note if oddly so."""
        note = check_size(self.part.size, self._lengths)
        if self.part.size:
            check_first_bytes(self._extension, self.part.read_head(HEAD_BYTES), self._content_type)
        else:
            check_empty(self.job.file)
        return note

    @contextlib.contextmanager
    def open(self, grant: Grant, headers: Mapping[str, str]) -> Iterator[Reply]:
        """An answer of status 200, 206 or 416; every other status is raised as what it means."""
        subject = self.job.subject
        with self._wire.open(grant, headers, subject=subject) as reply:
            accepted = reply.status < HTTPStatus.BAD_REQUEST
            excerpt = b"" if accepted else reply.read_excerpt()
            check_status(reply.status, reply.headers, excerpt, subject=subject, now=self._clock.now())
            yield reply

    def count(self, received_bytes: int) -> None:
        """Note progress; several ranges may do so at once."""
        self._wire.check_running(self.job.subject)
        with self._lock:
            self.downloaded_bytes += received_bytes
            self._on_bytes(received_bytes)

    def cut(self, at_bytes: int) -> Retriable:
        return Retriable(f"{self.job.subject}: the download ended at byte {at_bytes}", subject=self.job.subject)

    def refuse_impostor(self, head: bytes, body: Body) -> None:
        """A page or an error under status 200 says that the grant is stale, not that the part is worthless."""
        if not head:
            with _as_stale_grant():
                check_empty(self.job.file)
            return
        refusal = find_refusal(self._extension, head, body.content_type)
        if refusal is not None:
            final = Refused(
                f"{self.job.subject}: {refusal} came in place of the file",
                hint="check that the account may view and download this recording's content",
                subject=self.job.subject,
            )
            raise StaleGrant(final)
        with _as_stale_grant():
            check_first_bytes(self._extension, head, body.content_type)
            check_blank(self.job.file, head)

    @property
    def is_doubtful(self) -> bool:
        """The server kept its own length, but another one is listed: either may be wrong."""
        total = self.part.version.total
        return total is not None and self.job.file.listed_bytes not in {None, total}

    def confirm(self, grant: Grant) -> None:
        """Ask for the length once more, with one byte; if it is another now, the file is fetched again."""
        with self.open(grant, {"Range": "bytes=0-0"}) as reply:
            total: int | None = None
            if reply.status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                total = read_body(reply.status, reply.headers).version.total
            elif self.part.size == 0:
                total = 0
            if reply.status == HTTPStatus.PARTIAL_CONTENT:
                reply.read_excerpt()
        if total != self.part.version.total:
            self.part.restart(Version())

    @property
    def _lengths(self) -> Lengths:
        return Lengths(self.part.version.total, self.job.file.listed_bytes, end_marked=self._end_marked)

    def _start_again(self, reply: Reply) -> Iterator[bytes]:
        with _as_stale_grant():
            body = read_body(reply.status, reply.headers)
        chunks = reply.iter_chunks()
        first = next(chunks, b"")
        self.refuse_impostor(first[:HEAD_BYTES], body)
        self.part.restart(body.version)
        self._end_marked, self._content_type = body.end_marked, body.content_type
        return itertools.chain([first] if first else [], chunks)

    def _check_continuation(self, reply: Reply, start: int) -> None:
        try:
            if reply.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise self._wrong_part()
            with _as_stale_grant():
                body = read_body(reply.status, reply.headers)
            if not start or not continues(body, start=start, version=self.part.version):
                raise self._wrong_part()
        except Retriable:
            self.part.restart(Version())
            raise

    def _wrong_part(self) -> Retriable:
        return Retriable(
            f"{self.job.subject}: the server did not go on where the download had stopped",
            hint="the download starts again",
            subject=self.job.subject,
        )

    def _store(self, chunks: Iterable[bytes]) -> None:
        limit = limit_of(self._lengths)
        for chunk in chunks:
            if self.part.size + len(chunk) > limit:
                raise Damaged(
                    f"{self.job.subject}: more than the expected {limit} bytes came",
                    hint="it is fetched again next run",
                    subject=self.job.subject,
                )
            self.part.append(chunk)
            self.count(len(chunk))


@contextlib.contextmanager
def _as_stale_grant() -> Iterator[None]:
    """What came is not the file; a new address may bring it, and only then is it really damaged."""
    try:
        yield
    except Damaged as damage:
        raise StaleGrant(damage) from None
