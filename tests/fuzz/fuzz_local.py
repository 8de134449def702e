"""Targets: what comes from this machine's files and the operator's hands, and every address we are told."""

from __future__ import annotations

import atexit
import base64
import contextlib
import functools
import json
import logging
import tempfile
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote, urlsplit

import duckdb
import requests
import urllib3
from fuzz_model import Target
from fuzz_replies import MEETING, NOW

from harvester.archive.entry import ArchivedFile, Entry, TranscriptFact, parse_entry, write_entry
from harvester.archive.paths import native_id, safe_id
from harvester.config import Config, read_config
from harvester.errors import ConfigError, Damaged, Refused, Retriable
from harvester.fetch.note import read_boot_id
from harvester.fetch.part import Part
from harvester.hosts import HostPolicy, parse_target
from harvester.lake.query import QueryRefused, check_statement, open_lake
from harvester.log import Redactor, one_line
from harvester.model import FileState, FileStatus, Kind, ListedFile, Receipt, TranscriptStatus
from harvester.net import build_session
from harvester.sandbox.faults import FaultSet, parse_fault
from harvester.zoom.uuid import is_numeric_id, meeting_segment, user_segment

ZOOM = HostPolicy(["https://api.zoom.us/v2", "https://zoom.us/oauth/token"])
CANARY = "k4n4ryS3cr3tValue"
SPIKY = 'k4n4ry/S3+cr3t="V\\al ue>~?'
logging.getLogger("dotenv").setLevel(logging.CRITICAL)  # it warns of each line that it cannot read


@functools.cache
def scratch() -> Path:
    """A folder of this process's own, in memory where the machine has such a place."""
    shared = Path("/dev/shm")
    holder = tempfile.TemporaryDirectory(prefix="harvester-fuzz-", dir=shared if shared.is_dir() else None)
    scratch.holder = holder  # type: ignore[attr-defined] # removed with the process
    return Path(holder.name)


def check_entry(data: bytes) -> None:
    """An entry of sound types that is written and read again unchanged, or Damaged naming the file."""
    try:
        entry = parse_entry(data, where="archive/recording.json")
    except Damaged as error:
        assert "archive/recording.json" in error.message
        return
    assert isinstance(entry.native_id, str)
    assert isinstance(entry.source, str)
    assert isinstance(entry.gone, bool)
    assert isinstance(entry.metadata, dict)
    assert entry.first_seen_at.tzinfo is not None
    for key, file in entry.files.items():
        listed, receipt = file.listed, file.state.receipt
        assert key == listed.key
        assert isinstance(listed.part_index, int)
        assert listed.listed_bytes is None or isinstance(listed.listed_bytes, int)
        for text in (listed.file_type, listed.recording_type or "", listed.extension or "", file.state.error or ""):
            assert isinstance(text, str)
        for moment in (listed.start_at, listed.end_at):
            assert moment is None or moment.tzinfo is not None
        if receipt is not None:
            assert isinstance(receipt.size_bytes, int)
            assert Path(receipt.name).name == receipt.name not in {"", ".", ".."}
            assert "\0" not in receipt.name
    if data.count(b"[") + data.count(b"{") < 200:  # the archive holds none deeper (`harvester.scrub`)
        written = write_entry(entry)
        assert write_entry(parse_entry(written, where="again")) == written


def check_note(data: bytes) -> None:
    """A note beside a part is believed only when every byte of the file is in exactly one of its segments."""
    target = scratch() / "0-video-x.mp4"
    path = target.with_name(f"{target.name}.0123456789ab.part")
    path.write_bytes(b"x" * 64)
    path.with_name(f"{path.name}.json").write_bytes(data.replace(b"BOOT", read_boot_id().encode()))
    with Part(target, "0123456789ab") as part:
        on_disk = path.stat().st_size
        assert 0 <= part.resume_at <= part.size <= on_disk == (64 if part.size else on_disk)
        if part.segments:
            assert part.segments[0].start == 0
            assert part.segments[-1].end == part.version.total
            for one, other in zip(part.segments, part.segments[1:], strict=False):
                assert one.end == other.start
            assert all(0 <= each.start <= each.done <= each.end for each in part.segments)
        if part.size:
            assert part.version.is_resumable
            assert part.version.etag.isprintable()
            assert part.version.total >= part.size
        part.restart(part.version.__class__())


def check_url(data: bytes) -> None:
    """The host that is checked is the host that is connected to, whoever reads the address; it is read once for all."""
    text = data.decode("utf-8", "surrogateescape")
    target = parse_target(text)
    if target is None:
        assert not ZOOM.may_hold_credentials(text)
        assert not ZOOM.may_follow(text)
        return
    _check_connects(target)
    trusted = ZOOM.may_hold_credentials(text)
    ours = target.scheme == "https" and target.port == 443
    assert trusted == (ours and (f".{target.host}").endswith((".zoom.us", ".zoomgov.com")))


def check_location(data: bytes) -> None:
    """A redirect's address, however relative or broken, leads where it was checked to lead, or nowhere."""
    base = ZOOM.check("https://files.zoom.us/rec/download/abc?x=1")
    try:
        target = ZOOM.follow(base, data.decode("latin-1"), subject="a file")
    except (Refused, Retriable):
        return
    assert target.scheme == "https"
    assert target.port == 443
    _check_connects(target)


def check_toml(data: bytes) -> None:
    """Settings or ConfigError, which never quotes the secret."""
    path = scratch() / "harvester.toml"
    path.write_bytes(data)
    _check_config(config_file=path, env_file=scratch() / "none")


def check_dotenv(data: bytes) -> None:
    """Settings or ConfigError, which never quotes the secret."""
    path = scratch() / "dotenv"
    path.write_bytes(data)
    _check_config(config_file=None, env_file=path)


def check_ids(data: bytes) -> None:
    """An id is one path segment that a URL library leaves alone, and a folder name that gives the id back."""
    text = data.decode("utf-8", "surrogateescape")
    with contextlib.suppress(Refused):
        segment = meeting_segment(text)
        assert is_numeric_id(text) or unquote(unquote(segment)) == text
        for made in (segment, user_segment(text)):
            url = f"https://api.zoom.us/v2/meetings/{made}/recordings"
            assert requests.Request("GET", url).prepare().url == url
            assert urlsplit(url).path.count("/") == 4
    with contextlib.suppress(Damaged):
        folder = safe_id(text)
        assert native_id(folder) == text
        assert folder.isascii()
        assert 0 < len(folder) <= 255
        assert not set("/\\.: \0") & set(folder)


def check_fault(data: bytes) -> None:
    """A fault that can be armed, or ValueError with one printable sentence."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        fault = parse_fault(text)
    except ValueError as error:
        assert str(error)
        return
    FaultSet([fault]).take(fault.where, "/v2/users")
    assert str(fault)


@functools.cache
def _lake() -> duckdb.DuckDBPyConnection:
    folder = scratch() / "lake"
    folder.mkdir()
    connection = open_lake(folder)
    atexit.register(_lake.cache_clear)
    return connection


def check_sql(data: bytes) -> None:
    """What passes is one SELECT by DuckDB's own reading, or QueryRefused says why not."""
    sql = data.decode("utf-8", "surrogateescape")
    try:
        check_statement(_lake(), sql)
    except QueryRefused as error:
        assert error.message
        return
    (statement,) = _lake().extract_statements(sql)
    assert statement.type.name in {"SELECT", "EXPLAIN"}


def check_redaction(data: bytes) -> None:
    """A known secret is cut out of any text in every form it travels in, and one line stays one line."""
    text = data.decode("utf-8", "surrogateescape")
    for form in _forms(SPIKY):
        clean = one_line(Redactor([SPIKY])(text.replace("CANARY", form) + form + text))
        assert not any(each in clean for each in _forms(SPIKY))
        assert not any(each in clean for each in "\n\r\x1b\x07\x9b\u202e\0")


def _forms(secret: str) -> list[str]:
    """A secret plain, in base64 of both kinds, in a URL's path and query, and in JSON."""
    raw = secret.encode()
    encoded = [base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()]
    return [secret, *encoded, quote(raw, safe=""), quote_plus(raw), json.dumps(secret)[1:-1]]


def _check_connects(target) -> None:
    """urllib, urllib3 and requests all read the same host and port from the address that would be sent."""
    assert parse_target(target.url) == target
    assert target.url.isascii()
    parts = urlsplit(target.url)
    assert (parts.hostname, parts.port or target.port) == (target.host, target.port)
    assert parts.username is None
    read = urllib3.util.parse_url(target.url)
    assert (read.scheme, (read.host or "").strip("[]"), read.port or target.port) == (
        target.scheme,
        target.host,
        target.port,
    )
    prepared = requests.Request("GET", target.url).prepare()
    pool = _adapter().get_connection_with_tls_context(prepared, verify=True)
    assert (pool.scheme, pool.host.strip("[]"), pool.port or target.port) == (target.scheme, target.host, target.port)
    assert "\r" not in prepared.path_url
    assert "\n" not in prepared.path_url


@functools.cache
def _adapter():
    return build_session(pool_size=1, allow_private=False).get_adapter("https://zoom.us")


def _check_config(**files) -> None:
    try:
        config = read_config({}, **files)
    except ConfigError as error:
        assert CANARY not in f"{error.message} {error.hint} {error!r} {error.__cause__!r}"
        return
    assert isinstance(config, Config)
    assert CANARY not in repr(config.zoom_client_secret)
    with contextlib.suppress(ConfigError):
        config.credentials()


_RECEIPT = Receipt("0-video-x.mp4", 10, "0" * 64, NOW, 10)
_ENTRY = write_entry(
    Entry(
        source="zoom",
        native_id="4444AAAiAAAAAiAiAiiAii==",
        first_seen_at=NOW,
        metadata={"uuid": "4444AAAiAAAAAiAiAiiAii==", "topic": MEETING["topic"]},
        files={
            "x": ArchivedFile(
                ListedFile("x", Kind.VIDEO, "MP4", start_at=NOW, listed_bytes=10),
                FileState(FileStatus.ARCHIVED, receipt=_RECEIPT),
            )
        },
        transcript=TranscriptFact(TranscriptStatus.NONE, "no transcript came"),
    )
)
_NOTE = (
    b'{"etag":"\\"a\\"","total":100,"modified":null,"boot":"BOOT",'
    b'"segments":[{"start":0,"done":10,"end":50},{"start":50,"done":60,"end":100}]}'
)
_URLS = (
    b"https://zoom.us/rec/download/abc?x=1",
    b"https://zoom.us\\@evil.example/",
    b"https://zoom.us:443@evil.example:8443/",
    b"https://[::ffff:127.0.0.1]/",
    b"https://us06web.zoom.us/a%2e%2e/b#c",
    "https://zoom。us/".encode(),
)
_URL_PIECES = (
    *(b"https://", b"http://", b"//", b"zoom.us", b"evil.example", b"@", b":", b"443", b"80", b"\\", b"/", b"..", b"?"),
    *(b"#", b"%2e", b"%2f", b"%40", b"%00", b"[", b"]", b"::1", b"127.0.0.1", b"0x7f.1", b"2130706433", b".", b"\t"),
    *(
        b"\n",
        b" ",
        b"\xc2\xad",
        b"\xe3\x80\x82",
        b"\xef\xbc\xa0",
        b"\xc3\xa9",
        b"xn--",
        b"_",
        b"-",
        b"fe80::1%25eth0",
        b";",
    ),
)
_TOML = b'zoom_client_secret = "k4n4ryS3cr3tValue"\nharvester_workers = 4\nharvester_types = "video,chat"\n'
_SQL_PIECES = (
    *(b"SELECT ", b"1", b"*", b" FROM ", b"segments", b"EXPLAIN ", b"ANALYZE ", b"COPY ", b" TO ", b"'/tmp/x'", b";"),
    *(b"(", b")", b"--", b"/*", b"*/", b"\n", b"PIVOT ", b"WITH ", b"AS ", b"INSERT INTO ", b"SET ", b"$$", b'"', b"'"),
    *(b"PRAGMA ", b"ATTACH ", b"CREATE TABLE x AS ", b"DESCRIBE ", b"\xc2\xa0", b"\0", b"E'\\x'", b"RETURNING ", b","),
)
TARGETS = (
    Target(
        "entry",
        check_entry,
        (_ENTRY,),
        (b'"format": 1', b"null", b'"../x"', b'"a"', b"1.5", b"true", b"[", b"{", b"}", b","),
    ),
    Target(
        "note",
        check_note,
        (_NOTE, b'{"etag":"a","total":64,"boot":"BOOT","modified":"x"}'),
        (b'"start":', b'"done":', b"-1", b"64", b"BOOT"),
    ),
    Target("url", check_url, _URLS, _URL_PIECES),
    Target("location", check_location, (*_URLS, b"/x", b"//evil.example/x", b"../y?z"), _URL_PIECES),
    Target(
        "toml",
        check_toml,
        (_TOML,),
        (b'"', b"'''", b"[", b"]", b"=", b"\n", b"{", b"1e99", b"harvester_home", CANARY.encode()),
    ),
    Target(
        "dotenv",
        check_dotenv,
        (b"ZOOM_CLIENT_SECRET=k4n4ryS3cr3tValue\nHARVESTER_WORKERS=3\n",),
        (b"=", b"'", b'"', b"\n", b"export ", b"${", b"}", b"#"),
    ),
    Target(
        "ids",
        check_ids,
        (b"4444AAAiAAAAAiAiAiiAii==", b"/ab//c+==", b"81234567890", b"a@b.example", b".."),
        (b"/", b"//", b"%2F", b"+", b"=", b".", b"~", b"\xff"),
    ),
    Target(
        "fault",
        check_fault,
        (b"listing:429_seconds=3:times=2:path=abc", b"file:truncate=10:always"),
        (b":", b"=", b"p=", b"nan", b"always", b"skip=", b"any", b"503"),
    ),
    Target("sql", check_sql, (b"SELECT * FROM segments", b"explain (analyze) select 1;"), _SQL_PIECES),
    Target(
        "redaction",
        check_redaction,
        (b"token=CANARY&x", b'{"password":"CANARY"}', b"https://u:CANARY@h/?q=CANARY"),
        (b"CANARY", b"%22", b'\\"', b"://", b"Bearer ", b"=", b"\n"),
    ),
)
