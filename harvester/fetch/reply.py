"""What an answer to a download request means. Pure: status, headers and an excerpt in, a decision out.

Decides between body, renewed grant, another try and giving up; reads lengths and ranges strictly. Sends nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from harvester.errors import Damaged, HarvesterError, Pending, Refused, Retriable, Vanished
from harvester.fetch.size import MAX_FILE_BYTES
from harvester.retry import parse_retry_after

Headers = Mapping[str, str]

_RENEWABLE = frozenset({400, 401, 403})
_GONE = frozenset({404, 410})
_PASSING = frozenset({408, 425, 429})
# Zoom, inside a 404: 3301 no recording yet, 3322 no transcript yet (facts/zoom-api.md 4.4).
_NOT_YET = frozenset({3301, 3322})
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)
_CONTENT_RANGE = re.compile(r"bytes\s+(\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII | re.IGNORECASE)
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]*"')


class StaleGrant(Exception):
    """The address or token may have expired: ask for a new one once; `final` is what it means if that does not help."""

    def __init__(self, final: HarvesterError) -> None:
        super().__init__(final.message)
        self.final = final


@dataclass(frozen=True, slots=True)
class Version:
    """Which bytes these are, in the server's words. Only a strong ETag can vouch for a resumed download."""

    etag: str | None = None
    total: int | None = None
    modified: str | None = None

    @property
    def is_resumable(self) -> bool:
        return self.etag is not None and self.total is not None


@dataclass(frozen=True, slots=True)
class Body:
    """What a 200 or 206 announces: where its bytes begin and end (exclusive), and of which version they are."""

    start: int
    end: int | None
    version: Version
    end_marked: bool
    content_type: str | None


def check_status(status: int, headers: Headers, excerpt: bytes, *, subject: str, now: datetime) -> None:
    """Return for 200, 206 and 416; raise what the caller does next for everything else."""
    if status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}:
        return
    said = f"{subject}: the server answered {status}"
    if status == HTTPStatus.ACCEPTED or (status in _GONE and _read_code(excerpt) in _NOT_YET):
        raise Pending(f"{said}: not ready yet", hint="it is looked at again later", subject=subject)
    if status in _GONE:
        raise StaleGrant(Vanished(f"{said}", hint="it was deleted at the source, or its address died", subject=subject))
    if status in _RENEWABLE:
        hint = "check that the account may view and download this recording's content"
        raise StaleGrant(Refused(said, hint=hint, subject=subject))
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait_s = parse_retry_after(headers.get("Retry-After"), now=now)
        raise Retriable(said, wait_s=wait_s, hint="it is tried again", subject=subject)
    if status >= HTTPStatus.BAD_REQUEST:
        raise Refused(said, hint="the source does not hand this file out", subject=subject)
    raise Damaged(f"{said}, which is no answer to a download", hint="it is tried again next run", subject=subject)


def read_body(status: int, headers: Headers) -> Body:
    """What the headers of a 200 or 206 promise. Retriable when they contradict themselves, Damaged when encoded."""
    if headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise Damaged(
            "the server compressed the file although asked not to", hint="report the source; it is tried again"
        )
    coding = headers.get("Transfer-Encoding", "").strip().lower()
    if coding not in {"", "chunked"}:
        raise Damaged("the server sent the file in an unknown transfer coding", hint="it is tried again next run")
    chunked = coding == "chunked"
    length = None if chunked else _read_length(headers.get("Content-Length"))
    etag = headers.get("ETag", "").strip()
    etag_or_none = etag if _STRONG_ETAG.fullmatch(etag) else None
    modified, content_type = headers.get("Last-Modified"), headers.get("Content-Type")
    if status == HTTPStatus.PARTIAL_CONTENT:
        start, end, total = _read_range(headers.get("Content-Range"), length)
        return Body(start, end, Version(etag_or_none, total, modified), chunked, content_type)
    return Body(0, length, Version(etag_or_none, length, modified), chunked, content_type)


def continues(body: Body, *, start: int, version: Version) -> bool:
    """Whether a 206 goes on exactly where we stopped, in the same version. Anything else must never be appended."""
    said = body.version
    return (
        body.start == start
        and said.total is not None
        and said.total == version.total
        and said.etag in {None, version.etag}
        and (said.modified is None or version.modified is None or said.modified == version.modified)
    )


def build_range_headers(start: int, end: int | None, version: Version) -> dict[str, str]:
    """Ask for bytes [start, end) of `version`; RFC 9110 13.1.5: another version then comes whole, as a 200."""
    last = "" if end is None else str(end - 1)
    return {"Range": f"bytes={start}-{last}", "If-Range": version.etag or ""}


def _read_length(value: str | None) -> int | None:
    if value is None:
        return None
    if not _DIGITS.fullmatch(value.strip()) or int(value) > MAX_FILE_BYTES:
        raise Retriable("the server named an impossible length", hint="it is tried again")
    return int(value)


def _read_range(value: str | None, length: int | None) -> tuple[int, int, int | None]:
    """RFC 9110 14.4. Missing, several ranges, an end before the start or beyond the total: Retriable."""
    match = _CONTENT_RANGE.fullmatch((value or "").strip())
    if match is None:
        raise Retriable("the server sent a part without saying which", hint="the download starts again")
    start, end = int(match[1]), int(match[2]) + 1
    total = None if match[3] == "*" else int(match[3])
    if end <= start or (total is not None and end > total) or length not in {None, end - start}:
        raise Retriable("the server sent a part whose range contradicts itself", hint="the download starts again")
    return start, end, total


def _read_code(excerpt: bytes) -> int | None:
    """Zoom's own error code in a refusal's body."""
    try:
        document = json.loads(excerpt)
    except (ValueError, RecursionError):
        return None
    code = document.get("code", document.get("errorCode")) if isinstance(document, dict) else None
    return code if isinstance(code, int) else None
