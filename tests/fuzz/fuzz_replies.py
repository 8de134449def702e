"""Targets: what Zoom, or whoever answers in its place, sends over HTTP."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import re
from datetime import UTC, datetime
from email.message import Message
from pathlib import PurePosixPath
from typing import Any

from fuzz_model import Source, Target, read_document

from harvester.archive.entry import ArchivedFile, Entry, parse_entry, write_entry
from harvester.archive.paths import entry_folder, file_name, native_id
from harvester.body import parse_object
from harvester.errors import AccessRefused, Damaged, HarvesterError, Retriable
from harvester.event import Intent
from harvester.fetch.reply import StaleGrant, check_status, read_body
from harvester.lake.rows import build_table
from harvester.model import FileState, FileStatus, Recording
from harvester.pipeline.columns import participants_columns
from harvester.pipeline.disguise import disguise_people
from harvester.pipeline.read import read_recording
from harvester.pipeline.read_zoom import ZoomReader
from harvester.pipeline.reading import ReadSettings
from harvester.pipeline.receive import judge_request
from harvester.pseudonyms import Pseudonyms
from harvester.retry import LONGEST_RETRY_AFTER_S, parse_retry_after
from harvester.wire import Reply
from harvester.zoom import describe, scrub
from harvester.zoom.auth import parse_token
from harvester.zoom.body import parse_error
from harvester.zoom.events import add_files, read_event
from harvester.zoom.http import read_reply
from harvester.zoom.people import read_participants
from harvester.zoom.scrub import scrub_row
from harvester.zoom.status import Fault, build_error
from schemas.zoom import ListingReply, UserPage

_SECRET_SHAPE = re.compile(r'"\s*(?:[a-z][a-z0-9+.-]{1,20}://|eyJ[\w-]{8,}\.)', re.IGNORECASE)
NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
SOMEWHERE = Recording("zoom", "a", NOW)
SOMEBODY = Pseudonyms.of("a key of sixteen characters and more")
JWT = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"
SECRET_NAMES = ("pass", "pwd", "token", "secret", "signature", "credential", "auth", "cookie", "url")
PROSE = {"topic", "host_email", "file_name"}
KEYS = (
    *("uuid", "id", "account_id", "host_id", "host_email", "topic", "type", "start_time", "timezone", "duration"),
    *("total_size", "recording_count", "auto_delete_date", "download_access_token", "recording_files"),
    *("participant_audio_files", "recording_start", "recording_end", "file_type", "file_extension", "file_size"),
    *("file_name", "status", "recording_type", "download_url", "play_url", "password", "share_url", "new_field"),
)
FILE = {
    "id": "6c5a7f2e-1",
    "file_type": "MP4",
    "file_extension": "MP4",
    "file_size": 10,
    "recording_type": "shared_screen",
    "status": "completed",
    "recording_start": "2026-01-05T14:00:00Z",
    "recording_end": "2026-01-05T15:00:00Z",
    "download_url": "https://zoom.us/rec/download/abc",
    "play_url": "https://zoom.us/rec/play/abc",
}
MEETING = {
    "uuid": "4444AAAiAAAAAiAiAiiAii==",
    "id": 81234567890,
    "topic": "Weekly",
    "start_time": "2026-01-05T14:00:00Z",
    "duration": 60,
    "password": "hunter2!",
    "share_url": "https://zoom.us/rec/share/abc",
    "recording_files": [FILE, {**FILE, "id": "", "file_type": "TIMELINE"}],
    "participant_audio_files": [{**FILE, "id": "p-1", "file_type": "M4A"}],
}


def check_json(data: bytes) -> None:
    """An object that UTF-8 can hold, without NaN, or Damaged; a refusal is read without any error."""
    refusal = parse_error(data)
    assert refusal.message is None or refusal.message.strip()
    try:
        document = parse_object(data)
    except Damaged as error:
        assert error.message
        return
    text = json.dumps(document, ensure_ascii=False, allow_nan=True).encode()
    assert json.loads(text).keys() == document.keys()


def check_token(data: bytes) -> None:
    """A token that fits into one header line and a finite life, or an error that does not quote the token."""
    try:
        token = parse_token(Reply(200, {}, data), asked_at_s=100.0)
    except (Retriable, AccessRefused) as error:
        with contextlib.suppress(Damaged):
            held = parse_object(data).get("access_token")
            said = f"{error.message} {error.hint}"
            assert not isinstance(held, str) or len(held) < 12 or held not in said
        return
    assert token.value.isascii()
    assert token.value.isprintable()
    assert " " not in token.value
    assert 100.0 <= token.dies_at_s <= 100.0 + 86_400
    assert len(token.value) < 12 or token.value not in repr(token)  # a short one is part of any word


def check_refusal(data: bytes) -> None:
    """Every refusal becomes one of our errors, said in one printable line without the reply's secrets."""
    source = Source(data)
    status = 200 + source.byte() % 400
    headers = _read_headers(source.take(source.byte()))
    reply = Reply(status, headers, source.take(4096))
    try:
        answer = read_reply(reply, expect="meetings")
    except Retriable as error:
        _check_sentence(error)
        return
    if isinstance(answer, Fault):
        _check_sentence(build_error(answer, reply, what="/users/me/recordings", now=NOW))
    else:
        ListingReply.model_validate(answer)
        UserPage.model_validate(answer)


def check_listing(data: bytes) -> None:
    """A page is read entry by entry: a Recording or Damaged for each, all fields of the kinds that the lake has."""
    try:
        page = ListingReply.model_validate(parse_object(data))
    except Damaged:
        return
    for payload in page.meetings:
        check_payload(json.dumps(payload).encode())


def check_participants(data: bytes) -> None:
    """A list of participants is people, each with a key of its own or none, or Damaged; every stay is one of theirs;
    what is archived of a row holds no secret; and no pseudonym fails."""
    try:
        found = read_participants(data, "H")
    except Damaged:
        return
    keys = [each.key for each in found.people if each.native_id]
    assert len(set(keys)) == len(keys), "two people share a key"
    assert set(found.stays.values()) <= set(keys)
    columns = participants_columns(SOMEWHERE, disguise_people(found.people, SOMEBODY))
    build_table("participants", columns)
    for row in parse_object(data).get("participants") or ():
        if isinstance(row, dict):
            with contextlib.suppress(Damaged):
                names = set(scrub_row(row))
                assert not any(each in name.lower() for each in SECRET_NAMES for name in names)


def check_payload(data: bytes) -> None:
    """A meeting keeps no secret, is described alike with and without them, gets safe names of its own, and comes back
    from the archive as it went in."""
    held = _archive(data)
    if held is None:
        return
    payload, recording, entry = held
    _check_no_secret(entry.metadata)
    if not _SECRET_SHAPE.search(json.dumps(_without_urls_keys(payload))):
        assert _without_urls(describe(payload)) == _without_urls(recording)
    assert len(entry.files) == len(recording.files), "two files share a key"
    written = write_entry(entry)
    read = parse_entry(written, where="here")
    assert read == entry
    assert write_entry(read) == written
    with contextlib.suppress(Damaged):  # an id that no folder could be named by
        _check_names(entry_folder(recording), recording)


def check_rows(data: bytes) -> None:
    """Whatever is described fits into every column of the lake."""
    held = _archive(data)
    if held is not None:
        _, recording, entry = held
        read_recording(
            ZoomReader(),
            recording,
            entry,
            entry_sha256="0" * 64,
            archive_folder="x",
            read_bytes=_none,
            settings=ReadSettings(),
        )


def _archive(data: bytes) -> tuple[dict[str, Any], Recording, Entry] | None:
    """The payload in `data`, described and filed as the pipeline does it; None when it is refused."""
    try:
        payload = read_document(data, KEYS, MEETING)
        if payload is None:
            return None
        payload = parse_object(json.dumps(payload).encode())
        clean = scrub(payload)
        recording = describe(clean)
    except Damaged as error:
        assert error.message
        return None
    files = {each.key: ArchivedFile(_no_url(each), FileState(FileStatus.PENDING)) for each in recording.files}
    return payload, recording, Entry("zoom", recording.native_id, NOW, clean, files)


def check_event(data: bytes) -> None:
    """An event or Damaged; its copy has its digest, and nothing of it shows a secret."""
    try:
        event = read_event(data)
    except Damaged as error:
        return _check_sentence(error)
    assert len(event.digest) == 32
    keys = [each.native_id for each in event.mentions]
    assert len(set(keys)) == len(keys)
    assert all(each.strip() == each != "" for each in keys)
    assert (event.intent is Intent.NOTE) or keys
    _check_no_secret(event.body)
    if data.count(JWT.encode()) == 1:  # the one that opens something, and no word of a sentence that looks like it
        assert event.ticket is None or JWT not in repr(event)
    # as the inbox keeps it, and reads it again when it is served
    again = read_event(json.dumps(event.body, ensure_ascii=False).encode())
    assert {each.native_id for each in again.mentions} <= set(keys)
    assert again.ticket is None
    if event.ticket:
        listed = add_files({"uuid": "x", "recording_files": [{"id": "kept"}]}, event.ticket.payload)["recording_files"]
        assert listed[0]["id"] == "kept"
    assert judge_request(data, {}, secrets=("s",), now=NOW).event is None
    return None


def check_headers(data: bytes) -> None:
    """Headers of a download: a body whose range is in order, or one of the errors that `download` knows."""
    source = Source(data)
    status = source.choose((200, 206, 206, 404, 202, 429, 503, 302, 418))
    excerpt = source.take(source.byte() * 4)
    headers = _read_headers(data)
    try:
        check_status(status, headers, excerpt, subject="file", now=NOW)
        body = read_body(status, headers)
    except (HarvesterError, StaleGrant):
        return
    assert body.start >= 0
    assert body.end is None or body.end >= body.start
    assert body.version.total is None or body.end is None or body.end <= body.version.total
    assert body.version.etag is None or body.version.etag.isascii()


def check_retry_after(data: bytes) -> None:
    """None, or seconds from 0 to a day."""
    wait_s = parse_retry_after(data.decode("latin-1"), now=NOW)
    assert wait_s is None or (math.isfinite(wait_s) and 0 <= wait_s <= LONGEST_RETRY_AFTER_S)


def _read_headers(data: bytes) -> Message:
    """Names and values as HTTP libraries hand them out: Latin-1, names in any case."""
    headers = Message()
    for line in data.decode("latin-1").split("\n"):
        name, _, value = line.partition(":")
        if name.strip() and name.isascii() and name.isprintable():
            headers[name.strip()] = value.strip()
    return headers


def _check_sentence(error: HarvesterError) -> None:
    assert error.message.isprintable(), ascii(error.message)
    assert "eyJhbGciOiJIUzI1NiJ9" not in error.message
    wait_s = getattr(error, "wait_s", None)
    assert wait_s is None or 0 <= wait_s <= LONGEST_RETRY_AFTER_S


def _check_no_secret(value: Any, key: str = "") -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            assert name in PROSE or not any(mark in name.lower() for mark in SECRET_NAMES), name
            _check_no_secret(item, name)
    elif isinstance(value, list):
        for item in value:
            _check_no_secret(item)
    elif isinstance(value, str) and key not in PROSE:
        assert not value.strip().lower().startswith(("https://", "http://", JWT.lower())), value


def _without_urls_keys(payload: dict[str, Any]) -> Any:
    """The payload without addresses that are known to be such, which `describe` need not find again."""
    text = json.dumps(payload)
    return json.loads(text, object_hook=lambda each: {k: v for k, v in each.items() if "url" not in k})


def _without_urls(recording: Recording) -> dict[str, Any]:
    fields = {name: getattr(recording, name) for name in recording.__slots__}
    return {**fields, "files": [_no_url(each) for each in recording.files]}


def _no_url(file: Any) -> Any:
    return dataclasses.replace(file, url=None)


def _check_names(folder: PurePosixPath, recording: Recording) -> None:
    assert not folder.is_absolute()
    assert native_id(folder.name) == recording.native_id
    names = [file_name(each) for each in recording.files]
    for part in (*folder.parts, *names):
        assert part not in {"", ".", ".."}
        assert part.isascii()
        assert part.isprintable()
        assert not set('/\\:*?"<>| ') & set(part)
        assert not part.endswith(".")
        assert len(part) <= 255
    assert all(len(each) <= 255 - len(".0123456789ab.part.json") for each in names)
    assert len(set(names)) == len(names), names


def _none(name: str) -> bytes:
    raise AssertionError(f"{name} is not in the archive")


_PAGE = json.dumps({"from": "2026-01-01", "to": "2026-01-30", "total_records": 1, "meetings": [MEETING]}).encode()
_JSON_PIECES = (
    *(
        b'"%s":' % key.encode()
        for key in (*KEYS, "meetings", "users", "next_page_token", "total_records", "from", "to")
    ),
    *(b'"code":', b'"message":', b'"error":', b'"reason":', b'"errorCode":', b'"access_token":', b'"expires_in":'),
    *(b"{", b"}", b"[", b"]", b",", b'"a"', b"null", b"true", b"1", b"-1", b"1e999", b"NaN", b"-Infinity", b"9" * 20),
    *(b'"\\ud800"', b'"\\u0000"', b"\xef\xbb\xbf", b"\xff\xfe", b'"2026-01-05T14:00:00Z"', b'"' + JWT.encode() + b'"'),
    b"[" * 1100,
)
_TOKEN = b'{"access_token":"%s","token_type":"bearer","expires_in":3599,"scope":"a b"}' % JWT.encode()
_HEADERS = (
    b'Content-Range: bytes 10-19/100\nContent-Length: 10\nETag: "abc"\nLast-Modified: x\nContent-Type: video/mp4',
    b"Transfer-Encoding: chunked\nContent-Encoding: identity\nContent-Length: 5",
    b"Retry-After: 2026-12-01T00:00:00Z",
)
_HEADER_PIECES = (
    *(b"Content-Range: bytes ", b"Content-Length: ", b"ETag: ", b"Retry-After: ", b"Content-Encoding: ", b"\n", b"*"),
    *(b"Transfer-Encoding: ", b"chunked", b"gzip", b"identity", b"-", b"/", b"0", b"9" * 18, b"9" * 19, b'"', b"W/"),
    *(b"\xb2", b" ", b",", b"Content-Type: text/html", b'{"code":3301}', b"X-RateLimit-Type: QPS", b"[" * 1100),
)
_TIMES = (
    b"120",
    b"1.5",
    b"Wed, 21 Oct 2026 07:28:00 GMT",
    b"2026-12-01T00:00:00Z",
    b"20261201T00",
    b"9999-12-31T23:59:59-23:59",
)
_EVENTS = (
    b'{"event":"recording.completed","event_ts":1626230691572,"payload":{"object":{"uuid":"a=="}},"download_token":"t"}',
    b'{"event":"recording.batch_deleted","payload":{"object":{"meetings":[{"meeting_uuid":"a"}],"meeting_uuids":["b"]}}}',
)
_EVENT_PIECES = (b'"event":', b'"payload":', b'"object":', b'"meetings":', b'"meeting_uuids":', b'"recording.trashed"')
_PARTICIPANTS = json.dumps(
    {
        "participants": [
            {"id": "H", "user_id": "1", "name": "Ana", "join_time": "2026-01-05T14:00:00Z", "duration": 60},
            {"id": "", "user_id": "1", "name": "Bo", "user_email": "b@x.example", "status": "in_waiting_room"},
        ]
    }
).encode()
TARGETS = (
    Target("json", check_json, (_PAGE, _TOKEN, b'{"code":124,"message":"x"}'), _JSON_PIECES),
    Target("token", check_token, (_TOKEN, b'{"error":"invalid_client","reason":"x"}'), _JSON_PIECES),
    Target(
        "refusal",
        check_refusal,
        (b"\xc9\x00" + b'{"code":4711,"message":"scopes:[a:admin, b]"}', b"\0\0" + _PAGE),
        _JSON_PIECES,
    ),
    Target("listing", check_listing, (_PAGE,), _JSON_PIECES),
    Target(
        "participants",
        check_participants,
        (_PARTICIPANTS,),
        (*_JSON_PIECES, *(f'"{each}":'.encode() for each in ("id", "user_id", "user_email", "name", "status"))),
    ),
    Target("event", check_event, _EVENTS, (*_EVENT_PIECES, *_JSON_PIECES)),
    Target(
        "payload", check_payload, (json.dumps(MEETING).encode(), bytes(range(256)), b"\x03\x81\x05abcde"), _JSON_PIECES
    ),
    Target("rows", check_rows, (json.dumps(MEETING).encode(), bytes(range(256))), _JSON_PIECES),
    Target("headers", check_headers, _HEADERS, _HEADER_PIECES),
    Target(
        "retry_after",
        check_retry_after,
        _TIMES,
        (b"-", b":", b"T", b"Z", b"+", b"GMT", b"Feb", b"29", b"0", b"9", b","),
    ),
)
