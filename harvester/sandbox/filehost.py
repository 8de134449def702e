"""Downloads: the Zoom side that checks a token and redirects, and the second origin that serves the bytes.

The second origin trusts its signed URLs only and takes an Authorization header for what it is: a leak.
"""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import format_datetime

from harvester.sandbox.account import SandboxFile, SandboxMeeting
from harvester.sandbox.oauth import bearer_of
from harvester.sandbox.replies import error_json_reply, error_reply, page_reply
from harvester.sandbox.tokens import Verdict, is_signed, opaque, sign_url
from harvester.sandbox.wire import Reply, Request, text_reply
from harvester.sandbox.world import World

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CONTENT_TYPES = {
    "MP4": "video/mp4",
    "M4A": "audio/mp4",
    "VTT": "text/vtt",
    "TXT": "text/plain",
    "CSV": "text/csv",
    "JSON": "application/json",
    "JSONL": "application/x-ndjson",
    "MP3": "audio/mpeg",
    "WAV": "audio/wav",
    "FLAC": "audio/flac",
}


def answer_download(world: World, request: Request, file_id: str) -> Reply:
    """Redirect a good token to the file; without one, answer as Zoom does: with status 200 and no file."""
    found = world.find_file(file_id)
    token = bearer_of(request) or request.query.get("access_token", "")
    verdict = _judge(world, token, found[0].uuid if found else "")
    if verdict is Verdict.EXPIRED:
        return error_json_reply()
    if found is None or verdict is Verdict.UNKNOWN:
        return page_reply()  # also what Zoom shows for a deleted file
    meeting, file = found
    if not file.is_ready(world.now()):
        return error_reply(3301)
    expires_at = world.now() + timedelta(seconds=world.settings.signed_url_ttl_s)
    path = _path_of(meeting, file)
    return Reply(302, (("Location", world.file_origin + sign_url(path, expires_at=expires_at)),))


def _judge(world: World, token: str, meeting_uuid: str) -> Verdict:
    """Good for any file with an access token, for one meeting with a download token."""
    verdict, _ = world.access_tokens.look_up(token, now=world.now())
    if verdict is not Verdict.UNKNOWN:
        return verdict
    verdict, holder = world.download_tokens.look_up(token, now=world.now())
    return verdict if holder == meeting_uuid else Verdict.UNKNOWN


def _path_of(meeting: SandboxMeeting, file: SandboxFile) -> str:
    suffix = {"TRANSCRIPT": ".transcript", "CC": ".cc", "CHAT": "newChat"}.get(file.file_type, "")
    name = f"GMT{file.start_at:%Y%m%d-%H%M%S}_Recording{suffix}.{file.extension.lower()}"
    folder = opaque("folder", meeting.uuid, length=20)
    return f"/cmr/replay/{file.start_at:%Y/%m/%d}/{meeting.id}/{folder}/{file.id}/{name}"


def find_by_path(world: World, path: str) -> SandboxFile | None:
    """Find the file that a path of the second origin names, Zoom's or a bot's."""
    parts = path.split("/")
    return world.find_served(parts[-2]) if len(parts) > 2 else None  # noqa: PLR2004


def answer_file(world: World, request: Request) -> Reply:
    """Serve bytes: whole, or the range asked for while the file is still the one the client has."""
    file = find_by_path(world, request.path)
    if "authorization" in request.headers:
        return _refusal(400, "InvalidArgument")
    signed = is_signed(request.path, request.target.partition("?")[2], now=world.now())
    if file is None or not signed or request.method not in {"GET", "HEAD"}:
        return _refusal(403, "AccessDenied")
    body, etag = world.body_of(file), world.etag_of(file)
    headers = (
        ("Content-Type", _CONTENT_TYPES.get(file.extension, "application/octet-stream")),
        ("Accept-Ranges", "bytes"),
        ("ETag", etag),
        ("Last-Modified", format_datetime(file.end_at.replace(microsecond=0), usegmt=True)),
        ("Content-Disposition", f'attachment; filename="{request.path.rpartition("/")[2]}"'),
    )
    asked = request.headers.get("range", "")
    span = parse_range(asked, body.size)
    # several ranges or another unit: a server may answer with the whole file (RFC 9110 14.2)
    if span is None or request.headers.get("if-range", etag) != etag:
        return Reply(200, headers, body)
    start, end = span
    if start >= end:
        refusal = _refusal(416, "InvalidRange")
        return Reply(416, (*refusal.headers, ("Content-Range", f"bytes */{body.size}")), refusal.body)
    content_range = ("Content-Range", f"bytes {start}-{end - 1}/{body.size}")
    return Reply(206, (*headers, content_range), body, start, end - start)


def parse_range(text: str, size: int) -> tuple[int, int] | None:
    """Read one byte range as start and end (excluded); start >= end where it holds nothing; None if not one."""
    match = _RANGE.fullmatch(text.replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        return max(size - int(last), 0), size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size


def _refusal(status: int, code: str) -> Reply:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>\n'
    return text_reply(status, text, "application/xml")
