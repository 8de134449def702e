"""One download and all its endings, against a server that misbehaves on purpose."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import time

import pytest
from scripted import (
    Door,
    body_of,
    fetcher_for,
    job_for,
    listed,
    run_server,
    says,
    whole,
)

from harvester.errors import Damaged, DiskFull, Failed, Pending, Refused, Retriable, Vanished
from harvester.fetch import Grant
from harvester.model import Kind

SIZE = 2_500_000
BODY = body_of(SIZE)
OTHER = body_of(SIZE, salt="b")
LONGER = body_of(SIZE + 999, salt="c")
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>"
ERROR_JSON = b'{"status":false,"errorCode":124,"errorMessage":"Forbidden"}'
GOOD = whole(BODY)


def reset_at(body, at):
    """Promise the whole body, send `at` bytes from where asked, then RST."""

    def answer(line, asked):
        whole(body, cut=at)(line, asked)
        line.reset()

    return answer


def unsized(body, *, at=None):
    """No Content-Length: the end of the connection is the end of the body."""

    def answer(line, _):
        line.head("200 OK")
        line.send(body[:at])

    return answer


def chunked(body, *, final=True):
    def answer(line, _):
        line.head("200 OK", Transfer_Encoding="chunked")
        for at in range(0, len(body), 100_000):
            piece = body[at : at + 100_000]
            line.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        if final:
            line.send(b"0\r\n\r\n")

    return answer


def partial(content_range, body, **headers):
    """A 206 that says whatever the test wants it to say."""

    def answer(line, _):
        said = {"Content_Range": content_range} if content_range else {}
        line.head("206 Partial Content", Content_Length=len(body), **{"ETag": '"v1"', **said, **headers})
        line.send(body)

    return answer


def claims(length):
    """A whole body under an impossible Content-Length."""

    def answer(line, _):
        line.head("200 OK", Content_Length=length)
        line.send(BODY)

    return answer


def endless(line, _):
    """Much more than was listed; not without end, so that a fetcher without a limit fails here and fills no disk."""
    line.head("200 OK")
    for _ in range(20):
        line.send(BODY[:1_000_000])


CUT = whole(BODY, cut=1_000_000)
AT = 1_000_000
REST = BODY[AT:]

# name, script, expected body, offsets asked (None: not checked)
COMPLETES = [
    ("at once", [GOOD], BODY, [0]),
    ("FIN before the first byte", [whole(BODY, cut=0), GOOD], BODY, [0, 0]),
    ("FIN after one byte", [whole(BODY, cut=1), GOOD], BODY, None),
    ("FIN in the middle", [CUT, GOOD], BODY, [0, AT]),
    ("FIN one byte early", [whole(BODY, cut=SIZE - 1), GOOD], BODY, [0, SIZE - 1]),
    ("RST in the middle", [reset_at(BODY, AT), GOOD], BODY, None),
    ("cut again and again", [whole(BODY, cut=300_000)], BODY, None),
    ("no length, listed size met", [unsized(BODY)], BODY, [0]),
    ("no length, cut, then whole", [unsized(BODY, at=AT), GOOD], BODY, [0, 0]),
    ("chunked, listed size met", [chunked(BODY)], BODY, [0]),
    ("chunked without its end", [chunked(BODY, final=False), GOOD], BODY, [0, 0]),
    ("range answered with 200", [CUT, says("200 OK", BODY, ETag='"v1"')], BODY, [0, AT]),
    ("no ETag: starts again", [whole(BODY, etag=None, cut=AT), GOOD], BODY, [0, 0]),
    ("weak ETag: starts again", [whole(BODY, etag='W/"v1"', cut=AT), GOOD], BODY, [0, 0]),
    ("changed in between", [CUT, whole(OTHER, etag='"v2"')], OTHER, [0, AT]),
    (
        "changed, If-Range ignored",
        [CUT, partial(f"bytes {AT}-{SIZE - 1}/{SIZE}", OTHER[AT:], ETag='"v2"'), GOOD],
        BODY,
        [0, AT, 0],
    ),
    (
        "same ETag, other date",
        [
            whole(BODY, cut=AT, Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT"),
            partial(f"bytes {AT}-{SIZE - 1}/{SIZE}", OTHER[AT:], Last_Modified="Fri, 02 Jan 2026 00:00:00 GMT"),
            GOOD,
        ],
        BODY,
        [0, AT, 0],
    ),
    ("206 from the wrong place", [CUT, partial(f"bytes {AT + 1}-{SIZE - 1}/{SIZE}", REST[1:]), GOOD], BODY, [0, AT, 0]),
    ("206 from the beginning", [CUT, partial(f"bytes 0-{SIZE - 1}/{SIZE}", BODY), GOOD], BODY, [0, AT, 0]),
    ("206 of another total", [CUT, partial(f"bytes {AT}-{SIZE - 1}/{SIZE + 1}", REST), GOOD], BODY, [0, AT, 0]),
    ("206 of unknown total", [CUT, partial(f"bytes {AT}-{SIZE - 1}/*", REST), GOOD], BODY, [0, AT, 0]),
    ("206 without range", [CUT, partial(None, REST), GOOD], BODY, [0, AT, 0]),
    ("206 in another unit", [CUT, partial(f"items {AT}-{SIZE - 1}/{SIZE}", REST), GOOD], BODY, [0, AT, 0]),
    ("206 ending before it starts", [CUT, partial(f"bytes {AT}-{AT - 1}/{SIZE}", b""), GOOD], BODY, [0, AT, 0]),
    (
        "206 of several parts",
        [CUT, partial(None, REST, Content_Type="multipart/byteranges; boundary=x"), GOOD],
        BODY,
        [0, AT, 0],
    ),
    (
        "206 shorter than asked goes on",
        [CUT, partial(f"bytes {AT}-{AT + 99_999}/{SIZE}", REST[:100_000]), GOOD],
        BODY,
        [0, AT, AT + 100_000],
    ),
    ("206 nobody asked for", [partial(f"bytes 0-{SIZE - 1}/{SIZE}", BODY), GOOD], BODY, [0, 0]),
    (
        "416 on resume",
        [CUT, says("416 Range Not Satisfiable", Content_Range=f"bytes */{SIZE}"), GOOD],
        BODY,
        [0, AT, 0],
    ),
    (
        "416 with another size",
        [CUT, says("416 Range Not Satisfiable", Content_Range="bytes */10"), GOOD],
        BODY,
        [0, AT, 0],
    ),
    ("503, then fine", [says("503 Service Unavailable"), GOOD], BODY, [0, 0]),
    ("429, then fine", [says("429 Too Many Requests", Retry_After="1"), GOOD], BODY, [0, 0]),
    ("empty, then fine", [says("200 OK"), GOOD], BODY, [0, 0]),
    ("compressed, then fine", [says("200 OK", gzip.compress(BODY), Content_Encoding="gzip"), GOOD], BODY, [0, 0]),
    ("compressed on resume", [CUT, says("200 OK", b"x", Content_Encoding="gzip"), GOOD], BODY, [0, AT, AT]),
    ("two bytes short once", [says("200 OK", BODY[:-2]), GOOD], BODY, None),
    ("500 on resume keeps the part", [CUT, says("500 Oops"), GOOD], BODY, [0, AT, AT]),
    ("two lengths, then fine", [says("200 OK", BODY, Content_length="5"), GOOD], BODY, None),
    ("length as a power, then fine", [claims("1e9"), GOOD], BODY, None),
    ("garbage instead of HTTP, then fine", [lambda line, _: line.send(b"\x00\x01nonsense\r\n\r\n"), GOOD], BODY, None),
    ("nothing instead of HTTP, then fine", [lambda *_: None, GOOD], BODY, None),
]


@pytest.mark.parametrize(
    ("script", "expected", "offsets"), [row[1:] for row in COMPLETES], ids=[r[0] for r in COMPLETES]
)
def test_completes_with_the_bytes_of_one_version(tmp_path, script, expected, offsets):
    """Whatever happens on the way, the file is whole, of one version, proven, alone in its folder, and private."""
    with run_server(*script) as server, fetcher_for(server.url("/")) as fetcher:
        fetched = fetcher.fetch(job_for(server, tmp_path, listed(len(expected))))
    assert [path.name for path in tmp_path.iterdir()] == ["video.mp4"]
    stored = (tmp_path / "video.mp4").read_bytes()
    assert hashlib.sha256(stored).digest() == hashlib.sha256(expected).digest()
    assert fetched.receipt.sha256 == hashlib.sha256(expected).hexdigest()
    assert fetched.receipt.size_bytes == len(expected)
    assert (tmp_path / "video.mp4").stat().st_mode & 0o777 == 0o600
    assert fetched.resumed_from == 0
    assert all(asked.headers["accept-encoding"] == "identity" for asked in server.asked)
    resumed = [asked for asked in server.asked if asked.headers.get("range") not in {None, "bytes=0-0"}]
    assert all("if-range" in asked.headers for asked in resumed)
    if offsets is not None:
        assert [asked.offset for asked in server.asked] == offsets


# name, script, listed size, error, requests at most
FAILS = [
    ("sign-in page", [says("200 OK", HTML, Content_Type="text/html")], SIZE, Refused, 2),
    ("sign-in page as video/mp4", [says("200 OK", HTML, Content_Type="video/mp4")], None, Refused, 2),
    ("error JSON", [says("200 OK", ERROR_JSON)], None, Refused, 2),
    ("not a video", [says("200 OK", b"x" * 1000)], 1000, Damaged, 2),
    ("empty video", [says("200 OK", b"")], 0, Damaged, 2),
    ("another length each time", [whole(BODY[:at]) for at in (SIZE, SIZE - 1, SIZE - 2, SIZE - 3)], 5, Damaged, 4),
    ("no length at all", [unsized(BODY)], None, Damaged, 1),
    ("no length, listed size not met", [unsized(BODY)], SIZE + 5, Retriable, 3),
    ("no length, longer than listed", [unsized(BODY)], SIZE - 5, Damaged, 1),
    ("chunked, shorter than listed", [chunked(BODY)], SIZE + 5, Damaged, 1),
    ("length too large", [claims(2**63)], SIZE, Retriable, 3),
    ("length as a power", [claims("1e9")], SIZE, Retriable, 3),
    ("negative length", [claims("-5")], SIZE, Retriable, 3),
    ("compressed", [says("200 OK", gzip.compress(BODY), Content_Encoding="gzip")], SIZE, Damaged, 2),
    ("401", [says("401 Unauthorized")], SIZE, Refused, 2),
    ("403", [says("403 Forbidden")], SIZE, Refused, 2),
    ("404", [says("404 Not Found")], SIZE, Vanished, 2),
    ("410", [says("410 Gone")], SIZE, Vanished, 2),
    ("451", [says("451 Unavailable For Legal Reasons")], SIZE, Refused, 1),
    ("202", [says("202 Accepted")], SIZE, Pending, 1),
    ("no recording yet", [says("404 Not Found", b'{"code":3301,"message":"x"}')], SIZE, Pending, 1),
    ("always 503", [says("503 Service Unavailable")], SIZE, Retriable, 3),
    ("503 for an hour", [says("503 Service Unavailable", Retry_After="3600")], SIZE, Retriable, 1),
    ("304", [says("304 Not Modified")], SIZE, Damaged, 1),
    ("redirect to nowhere", [says("302 Found")], SIZE, Retriable, 3),
    ("redirect to a file", [says("302 Found", Location="file:///etc/passwd")], SIZE, Refused, 1),
    ("redirect in a circle", [says("302 Found", Location="/rec/download/x")], SIZE, Refused, 6),
    ("redirect to plain http", [says("302 Found", Location="http://example.com/x")], SIZE, Refused, 1),
    ("redirect to user info", [says("302 Found", Location="https://zoom.us@example.com/x")], SIZE, Refused, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "size", "error", "requests_at_most"), [row[1:] for row in FAILS], ids=[row[0] for row in FAILS]
)
def test_fails_and_leaves_nothing_under_the_final_name(tmp_path, script, size, error, requests_at_most):
    """What must fail fails as what the caller does next, within its tries, and the folder stays empty."""
    with (
        run_server(*script) as server,
        fetcher_for(server.url("/")) as fetcher,
        pytest.raises(error) as caught,
    ):
        fetcher.fetch(job_for(server, tmp_path, listed(size)))
    assert list(tmp_path.iterdir()) == []
    assert len(server.asked) <= requests_at_most
    said = f"{caught.value} {caught.value.hint} {caught.value.__cause__!r} {caught.value.subject}"
    assert "secret-token" not in said
    assert caught.value.subject == "zoom:abc/f1"


@pytest.mark.parametrize("stale", [
    says("401 Unauthorized"),
    says("403 Forbidden"),
    says("404 Not Found"),
    says("200 OK", HTML, Content_Type="text/html"),
    says("200 OK", ERROR_JSON),
], ids=["401", "403", "404", "page", "error"])  # fmt: skip
def test_a_stale_grant_is_renewed_once(tmp_path, stale):
    """An expired address or token costs one renewal, and what had come before is not fetched again."""
    with run_server(CUT, stale, GOOD) as server, fetcher_for(server.url("/")) as fetcher:
        door = Door([Grant(server.url("/old?sig=1"), "old"), Grant(server.url("/new?sig=2"), "new")])
        fetched = fetcher.fetch(job_for(server, tmp_path, listed(SIZE), door=door))
    assert door.renewals == 1
    assert [asked.offset for asked in server.asked] == [0, AT, AT]
    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer old", "Bearer old", "Bearer new"]
    assert fetched.bytes_downloaded == SIZE


def test_renewing_may_find_the_recording_gone(tmp_path):
    """What the source says on renewal is the answer."""
    with run_server(says("403 Forbidden")) as server, fetcher_for(server.url("/")) as fetcher:
        door = Door([Grant(server.url(), "t")], gone=Vanished("deleted"))
        with pytest.raises(Vanished, match="deleted"):
            fetcher.fetch(job_for(server, tmp_path, listed(SIZE), door=door))


def test_the_token_stays_with_its_host(tmp_path):
    """A redirect to another host is followed without the token, and does not get it back on the way home."""
    with run_server(GOOD) as files, run_server() as api:
        api.script = [
            says("302 Found", Location="/next"),
            says("302 Found", Location=files.url("/signed?Signature=abc%2Fdef")),
        ]
        files.script = [says("302 Found", Location=api.url("/home")), GOOD]
        api.script.append(says("302 Found", Location=files.url("/again")))
        with fetcher_for(api.url("/")) as fetcher:
            fetcher.fetch(job_for(api, tmp_path, listed(SIZE)))
    assert [("authorization" in each.headers) for each in api.asked] == [True, True, False]
    assert all("authorization" not in each.headers for each in files.asked)
    assert files.asked[0].path == "/signed?Signature=abc%2Fdef"


def test_a_token_is_not_taken_to_a_foreign_address(tmp_path):
    """An address that is not at the source is not even asked when a token belongs to it."""
    with run_server(GOOD) as server, fetcher_for("https://api.zoom.us/v2", server.url("/")) as fetcher:
        door = Door([Grant(f"http://localhost:{server.port}/x", "t")])
        with pytest.raises(Refused):
            fetcher.fetch(job_for(server, tmp_path, listed(SIZE), door=door))
    assert server.asked == []


@pytest.mark.parametrize("listed_bytes", [SIZE - 1, SIZE + 1, SIZE * 2, None])
def test_a_wrong_listing_is_noted_when_the_server_kept_its_own_length(tmp_path, listed_bytes):
    """The server's length, named twice, decides over the listing, and the difference is recorded."""
    with run_server(GOOD) as server, fetcher_for(server.url("/")) as fetcher:
        fetched = fetcher.fetch(job_for(server, tmp_path, listed(listed_bytes)))
    assert [asked.headers.get("range") for asked in server.asked[1:]] == (["bytes=0-0"] if listed_bytes else [])
    assert fetched.receipt.listed_bytes == listed_bytes
    assert (fetched.note is not None) == (listed_bytes is not None)


def test_an_empty_chat_is_a_file(tmp_path):
    """Nobody wrote anything: listed with 0 bytes, stored with 0 bytes."""
    with run_server(says("200 OK")) as server, fetcher_for(server.url("/")) as fetcher:
        file = listed(0, kind=Kind.CHAT, extension="TXT")
        fetched = fetcher.fetch(job_for(server, tmp_path, file, name="chat.txt"))
    assert fetched.receipt.sha256 == hashlib.sha256(b"").hexdigest()


def test_a_body_that_goes_on_is_stopped(tmp_path):
    """Where the server names no length, no more than the listed size is ever written."""
    counted = []
    with (
        run_server(endless) as server,
        fetcher_for(server.url("/")) as fetcher,
        pytest.raises(Damaged, match="more than"),
    ):
        fetcher.fetch(job_for(server, tmp_path, listed(1_000_000)), on_bytes=counted.append)
    assert sum(counted) <= 1_000_000
    assert list(tmp_path.iterdir()) == []


def test_a_stalling_server_frees_its_worker(tmp_path):
    """A body that stops is given up after the stall time, and gone on with."""

    def stall(line, asked):
        whole(BODY, cut=AT)(line, asked)
        time.sleep(3)

    with (
        run_server(stall, GOOD) as server,
        fetcher_for(server.url("/"), stall_timeout_s=0.3) as fetcher,
    ):
        fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
    assert (tmp_path / "video.mp4").read_bytes() == BODY
    assert len(server.asked) == 2


def test_a_trickling_server_frees_its_worker(tmp_path):
    """A byte now and then keeps every socket timeout happy; the minimum speed does not."""

    def trickle(line, _):
        line.head("200 OK", Content_Length=SIZE)
        for at in range(100):
            line.send(BODY[at : at + 1])
            time.sleep(0.05)

    started = time.monotonic()
    with (
        run_server(trickle) as server,
        fetcher_for(server.url("/"), stall_timeout_s=0.3, min_bytes_per_s=1e6, attempts=2) as fetcher,
        pytest.raises(Retriable, match="slowly"),
    ):
        fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
    assert time.monotonic() - started < 3
    assert list(tmp_path.iterdir()) == []


def test_stopping_keeps_what_can_be_resumed(tmp_path):
    """`stop` ends a download in the middle as Pending; the next run fetches the rest only."""
    with run_server(GOOD) as server:
        with fetcher_for(server.url("/")) as fetcher, pytest.raises(Pending):
            fetcher.fetch(job_for(server, tmp_path, listed(SIZE)), on_bytes=lambda _: fetcher.stop())
        assert not (tmp_path / "video.mp4").exists()
        with fetcher_for(server.url("/")) as fetcher:
            fetched = fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
    assert fetched.resumed_from == 256 * 1024
    assert fetched.bytes_downloaded == SIZE - fetched.resumed_from
    assert (tmp_path / "video.mp4").read_bytes() == BODY


def test_a_taken_name_is_never_overwritten(tmp_path):
    """Other bytes under the final name stay; nothing is asked of the server."""
    (tmp_path / "video.mp4").write_bytes(b"mine")
    with (
        run_server(GOOD) as server,
        fetcher_for(server.url("/")) as fetcher,
        pytest.raises(Damaged, match="never overwritten"),
    ):
        fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
    assert (tmp_path / "video.mp4").read_bytes() == b"mine"
    assert server.asked == []


def test_a_name_taken_during_the_download_is_not_overwritten(tmp_path):
    """Between the first look and the last step somebody else may have come: the file that is there wins."""

    def appear(_count):
        (tmp_path / "video.mp4").write_bytes(b"mine")

    with run_server(GOOD) as server, fetcher_for(server.url("/")) as fetcher, pytest.raises(Damaged):
        fetcher.fetch(job_for(server, tmp_path, listed(SIZE)), on_bytes=appear)
    assert (tmp_path / "video.mp4").read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("code", "error"), [("ENOSPC", DiskFull), ("EDQUOT", DiskFull), ("EIO", Failed), ("EFBIG", Failed)]
)
def test_a_failing_disk_ends_the_run_and_keeps_the_resumable_part(tmp_path, monkeypatch, code, error):
    """The disk's refusal is Fatal, nothing has the final name, and with space again only the rest is fetched."""
    real, calls = os.pwrite, []

    def failing(handle, data, offset):
        calls.append(offset)
        if len(calls) == 4:
            raise OSError(getattr(errno, code), "disk")
        return real(handle, data, offset)

    with run_server(GOOD) as server, fetcher_for(server.url("/")) as fetcher:
        monkeypatch.setattr(os, "pwrite", failing)
        with pytest.raises(error, match=r"video\.mp4"):
            fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
        monkeypatch.undo()
        assert not (tmp_path / "video.mp4").exists()
        fetched = fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
    assert fetched.resumed_from == 3 * 256 * 1024
    assert (tmp_path / "video.mp4").read_bytes() == BODY


def test_logs_hold_no_secret(tmp_path, caplog):
    """Retries, renewals and the stored file are told without token, signature, query or topic."""
    caplog.set_level("DEBUG", logger="harvester")
    page = says("200 OK", HTML)
    with run_server() as server, fetcher_for(server.url("/")) as fetcher:
        signed = server.url("/cdn?Signature=s1gned")
        server.script = [says("302 Found", Location=signed), says("503 Busy"), lambda *_: None, page, GOOD]
        door = Door([Grant(server.url("/a?pwd=passc0de"), "t0ken")])
        fetcher.fetch(job_for(server, tmp_path, listed(SIZE), door=door))
    told = " ".join(f"{record.getMessage()} {getattr(record, 'fields', '')}" for record in caplog.records)
    assert {record.getMessage() for record in caplog.records} == {"download.retry", "download.renew", "download.stored"}
    assert not [secret for secret in ("s1gned", "passc0de", "t0ken", "?", "/cdn") if secret in told]
    assert "t0ken" not in repr(door.grants)
    assert "passc0de" not in repr(door.grants)
