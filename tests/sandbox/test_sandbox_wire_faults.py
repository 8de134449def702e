from __future__ import annotations

import gzip
import json
import socket
from urllib.parse import urlsplit

import pytest


def exchange(url: str, *headers: str, limit: int = 1 << 20) -> tuple[bytes, bytes]:
    """Head and body as they are on the wire, up to `limit` bytes."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [f"GET {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close", *headers, "", ""]
    got = b""
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall("\r\n".join(lines).encode())
        while len(got) < limit and (piece := connection.recv(65536)):
            got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    return head, body


def first_file(visitor) -> tuple[str, bytes]:
    detail = visitor.detail(visitor.box.account.meetings[0].uuid).json()
    url = visitor.locate(detail["recording_files"][0]["download_url"])
    return url, exchange(url)[1]


LENGTHS = {
    "two_lengths=2": [b"Content-Length: {size}", b"Content-Length: {more}"],
    "length=-5": [b"Content-Length: -5"],
    "length=9223372036854775808": [b"Content-Length: 9223372036854775808"],
    "header=Content-Disposition=attachment; filename=../../x": [b"Content-Disposition: attachment; filename=../../x"],
}


@pytest.mark.parametrize(("fault", "lines"), LENGTHS.items(), ids=LENGTHS)
def test_headers_say_what_the_fault_says(visit, fault, lines):
    """Lengths and other headers can lie in any way, and the true one does not stand beside them."""
    with visit() as visitor:
        url, whole = first_file(visitor)
        visitor.box.faults.add(f"file:{fault}")
        head, body = exchange(url)
        for line in lines:
            expected = line.replace(b"{size}", b"%d" % len(whole)).replace(b"{more}", b"%d" % (len(whole) + 2))
            assert head.split(b"\r\n").count(expected) == 1
        assert body == whole


def test_chunks_can_lack_their_end_or_never_end(visit):
    """`chunked` is complete or cut before its last chunk; `endless` goes on after the body."""
    with visit() as visitor:
        url, whole = first_file(visitor)
        for value, framed in (
            (10**6, b"%x\r\n%b\r\n0\r\n\r\n" % (len(whole), whole)),
            (7, b"7\r\n%b\r\n" % whole[:7]),
        ):
            visitor.box.faults.add(f"file:chunked={value}")
            head, body = exchange(url)
            assert b"Transfer-Encoding: chunked" in head
            assert b"Content-Length" not in head
            assert body == framed
        visitor.box.faults.add("file:endless")
        assert len(exchange(url, limit=5 << 20)[1]) > 4 << 20


def test_parts_can_be_described_in_every_wrong_way(visit):
    """A wrong total, no Content-Range, two parts in one, and 416 with another size."""
    with visit() as visitor:
        url, whole = first_file(visitor)
        asked = "Range: bytes=100-199"
        visitor.box.faults.add("file:range_total=5")
        assert b"Content-Range: bytes 100-199/%d" % (len(whole) + 5) in exchange(url, asked)[0]
        visitor.box.faults.add("file:range_missing")
        head, body = exchange(url, asked)
        assert head.startswith(b"HTTP/1.1 206")
        assert b"Content-Range" not in head
        assert body == whole[100:200]
        visitor.box.faults.add("file:multipart")
        head, body = exchange(url, asked)
        assert b"multipart/byteranges; boundary=SBX" in head
        assert body.count(b"Content-Range: bytes 1") == 2
        assert whole[100:150] in body
        assert whole[150:200] in body
        visitor.box.faults.add("file:unsatisfiable=3")
        head, _ = exchange(url, asked)
        assert head.startswith(b"HTTP/1.1 416")
        assert b"Content-Range: bytes */%d" % (len(whole) + 3) in head


def test_a_connection_can_end_without_an_answer(visit):
    """`hangup` sends nothing, `garbage` nothing that is HTTP."""
    with visit() as visitor:
        url, _ = first_file(visitor)
        visitor.box.faults.add("file:hangup")
        assert exchange(url) == (b"", b"")
        visitor.box.faults.add("file:garbage")
        assert not exchange(url)[0].startswith(b"HTTP/")


def test_a_bomb_is_small_on_the_wire(visit):
    """`bomb` promises gzip and sends a thousandth of what comes out of it."""
    with visit() as visitor:
        visitor.box.faults.add("users:bomb=8")
        answer = visitor.session.get(f"{visitor.box.api_base_url}/users", stream=True, timeout=5)
        packed = answer.raw.read(decode_content=False)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(packed) < 20_000
        assert gzip.decompress(packed) == bytes(8 << 20)


JSON_FAULTS = {
    "without=recording_files": lambda text: "recording_files" not in text,
    'set=status="processing"': lambda text: '"status":"completed"' not in text and '"status":"processing"' in text,
    "double_keys": lambda text: text.count('"uuid":') == 2 and json.loads(text)["uuid"],
    "deep_json=200": lambda text: "[" * 200 + "]" * 200 in text,
    "nan": lambda text: '"nan":NaN' in text,
    "digits=5000": lambda text: "9" * 5000 in text,
    "pad=1": lambda text: text.endswith(" " * (1 << 20)),
    'json={"a":[1]}': lambda text: text == '{"a":[1]}',
    "long_header=50000": lambda text: json.loads(text)["uuid"],
}


@pytest.mark.parametrize(("fault", "holds"), JSON_FAULTS.items(), ids=JSON_FAULTS)
def test_json_can_be_spoilt(visit, fault, holds):
    """Keys missing, wrong or twice, and what breaks a decoder; the rest of the answer is as it should be."""
    with visit() as visitor:
        uuid = visitor.box.account.meetings[0].uuid
        good = visitor.detail(uuid).text
        visitor.box.faults.add(f"meeting:{fault}")
        bad = visitor.detail(uuid).text
        assert holds(bad)
        assert good != bad or fault.startswith("long_header")


def test_json_can_come_in_another_encoding(visit):
    """`recode` keeps the text and changes its bytes."""
    with visit() as visitor:
        uuid = visitor.box.account.meetings[0].uuid
        good = visitor.detail(uuid).json()
        visitor.box.faults.add("meeting:recode=utf-16")
        assert json.loads(visitor.detail(uuid).content.decode("utf-16")) == good


def test_entries_can_move_between_pages(visit):
    """`shift_page` skips or repeats entries, and `expire_pages` kills the token of the next page."""
    with visit(largest_page=5) as visitor:
        calm = [each["uuid"] for each in visitor.list_all()]
        assert len(calm) == 12
        visitor.box.faults.add("listing:shift_page=1:skip=1")
        assert [each["uuid"] for each in visitor.list_all()] == calm[:5] + calm[6:]
        visitor.box.faults.add("listing:shift_page=-1:skip=1")
        assert [each["uuid"] for each in visitor.list_all()] == calm[:5] + calm[4:]
        visitor.box.faults.add("listing:expire_pages:skip=1")
        with pytest.raises(KeyError):  # Zoom's refusal has no meetings
            visitor.list_all()
