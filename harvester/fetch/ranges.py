"""One large file over several connections at once, for when it is the last one and the others would stand idle.

Contiguous segments of one version, each with its own place in the part file. Whatever does not fit ends the attempt
at splitting, not the download: that starts again in one piece. Below `SPLIT_FROM_BYTES` splitting costs more than it
brings (facts/perf.md 6).
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from http import HTTPStatus

from harvester.errors import Damaged, Retriable
from harvester.fetch.job import Grant
from harvester.fetch.note import Segment
from harvester.fetch.reply import Version, build_range_headers, continues, read_body
from harvester.fetch.sniff import HEAD_BYTES
from harvester.fetch.stream import Transfer
from harvester.fetch.wire import Reply

SPLIT_FROM_BYTES = 64 << 20
_SMALLEST_SEGMENT_BYTES = 16 << 20

Persist = Callable[[Callable[[Grant], None], Callable[[], int]], None]


class _Unfit(Exception):
    """The server does not serve ranges of one version; bytes fetched so far must not be mixed with others."""


class _Halted(Exception):
    """Another range failed; this one need not go on."""


def plan_segments(have: int, total: int, connections: int) -> list[Segment]:
    """Cut [have, total) into at most `connections` contiguous segments; [0, have) is a finished one."""
    count = max(1, min(connections, (total - have) // _SMALLEST_SEGMENT_BYTES))
    bounds = [have + (total - have) * each // count for each in range(count + 1)]
    open_segments = [Segment(start=a, done=a, end=b) for a, b in itertools.pairwise(bounds)]
    return [Segment(start=0, done=have, end=have), *open_segments] if have else open_segments


def receive_ranges(transfer: Transfer, *, connections: int, persist: Persist) -> bool:
    """Fetch the file in ranges if that is worth it and possible, going on with those of an earlier run.

    False: nothing of it is here, fetch it in one piece.
    """
    part = transfer.part
    try:
        if not part.segments:
            version = _find_version(transfer, connections, persist)
            if version is None:
                return False
            have = part.resume_at
            if not have:
                part.restart(version)
            assert version.total is not None
            part.split(plan_segments(have, version.total, connections))
        _receive_all(transfer, connections, persist)
    except _Unfit:
        part.restart(Version())
        return False
    return True


def _find_version(transfer: Transfer, connections: int, persist: Persist) -> Version | None:
    """The version to split, or None when one connection is better or the server offers no ranges of a version."""
    part, listed = transfer.part, transfer.job.file.listed_bytes
    remaining = (part.version.total or listed or 0) - part.resume_at
    if connections < 2 or remaining < SPLIT_FROM_BYTES:  # noqa: PLR2004 - one connection is no split
        return None
    if part.resume_at:
        return part.version
    found: list[Version] = []
    persist(lambda grant: found.append(_probe(transfer, grant)), lambda: 0)
    version = found[-1]
    return version if version.is_resumable and (version.total or 0) >= SPLIT_FROM_BYTES else None


def _probe(transfer: Transfer, grant: Grant) -> Version:
    """Ask for one byte: the cheapest way to learn length, ETag and whether ranges are served."""
    with transfer.open(grant, {"Range": "bytes=0-0"}) as reply:
        if reply.status != HTTPStatus.PARTIAL_CONTENT:
            return Version()
        try:
            body = read_body(reply.status, reply.headers)
        except (Retriable, Damaged):
            return Version()
        reply.read_excerpt()
        return body.version if (body.start, body.end) == (0, 1) else Version()


def _receive_all(transfer: Transfer, connections: int, persist: Persist) -> None:
    """Run every unfinished segment; the first failure halts the others, and what they have is noted."""
    part, halt = transfer.part, threading.Event()
    open_ones = [index for index, each in enumerate(part.segments) if each.done < each.end]

    def receive(index: int) -> None:
        persist(lambda grant: _receive_one(transfer, index, grant, halt), lambda: part.segments[index].done)

    with ThreadPoolExecutor(max(1, connections), thread_name_prefix="range") as pool:
        futures = [pool.submit(receive, index) for index in open_ones]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            halt.set()
    errors = [error for future in futures if (error := future.exception()) is not None]
    telling = [error for error in errors if not isinstance(error, _Halted)]
    # A version that changed outweighs a fault: what is here is then worthless.
    telling.sort(key=lambda error: not isinstance(error, _Unfit))
    for error in telling:
        raise error


def _receive_one(transfer: Transfer, index: int, grant: Grant, halt: threading.Event) -> None:
    part = transfer.part
    segment = part.segments[index]
    if segment.done == segment.end:
        return
    if halt.is_set():
        raise _Halted
    headers = build_range_headers(segment.done, segment.end, part.version)
    with transfer.open(grant, headers) as reply:
        _check_fit(transfer, reply, segment)
        for chunk in reply.iter_chunks():
            if halt.is_set():
                raise _Halted
            if len(chunk) > segment.end - part.segments[index].done:
                raise _Unfit
            part.advance(index, chunk)
            transfer.count(len(chunk))
    done = part.segments[index].done
    if done < segment.end:
        raise transfer.cut(done)


def _check_fit(transfer: Transfer, reply: Reply, segment: Segment) -> None:
    """Return for exactly the range asked, of the version begun with; a sign-in page only means a stale grant."""
    try:
        body = read_body(reply.status, reply.headers)
    except (Retriable, Damaged):
        raise _Unfit from None
    if reply.status == HTTPStatus.OK:
        head = next(reply.iter_chunks(), b"")
        transfer.refuse_impostor(head[:HEAD_BYTES], body)
    fits = reply.status == HTTPStatus.PARTIAL_CONTENT and continues(
        body, start=segment.done, version=transfer.part.version
    )
    if not fits or body.end is None or body.end > segment.end:
        raise _Unfit
