"""First bytes and lengths: what a file may begin with and how long it must be."""

from __future__ import annotations

import pytest
from scripted import listed

from harvester.errors import Damaged, HarvesterError, Pending
from harvester.fetch.size import MAX_UNKNOWN_BYTES, Lengths, check_size, is_cut, limit_of
from harvester.fetch.sniff import build_extension, check_empty, check_first_bytes
from harvester.model import Kind, ListedFile

FTYP = b"\x00\x00\x00\x20ftypmp42"
ERROR = b'{"status":false,"errorCode":124,"errorMessage":"Forbidden"}'
PAGE = b"\n <!DOCTYPE HTML>\n<html lang='en'>"

ACCEPTED = [
    ("MP4", FTYP, "video/mp4"),
    ("MP4", FTYP, "text/html"),
    ("M4A", FTYP, None),
    ("VTT", b"WEBVTT\r\n\r\n1", "text/vtt"),
    ("VTT", b"\xef\xbb\xbfWEBVTT\n", None),
    ("JSON", b'{"timeline":[]}', "application/json"),
    ("JSON", b"\xef\xbb\xbf [1]", None),
    ("JSON", b'{"status":"ok","timeline":[{"ts"', None),
    ("JSON", b'{"message":"a summary","summary":"x"}', None),
    ("JPG", b"\xff\xd8\xff\xe0", "image/jpeg"),
    ("TXT", b"00:00:01\tAda:\t<html> is what she wrote", "text/plain"),
    ("CSV", b"#,Name,Mail\n1,a,b", None),
    ("", b"anything", "application/octet-stream"),
    ("WEBM", b"\x1a\x45\xdf\xa3", None),
]
REFUSED = [
    ("MP4", PAGE, "video/mp4"),
    ("MP4", ERROR, "application/json"),
    ("MP4", b"ftypmp42", None),
    ("MP4", b"\0\0", None),
    ("M4A", b"ID3\x04", None),
    ("VTT", b"1\n00:00:01.000 --> 00:00:02.000", None),
    ("VTT", ERROR, None),
    ("JSON", ERROR, "application/json"),
    ("JSON", b'{"code":124,"message":"Invalid access token."}', None),
    ("JSON", b"plain", None),
    ("JPG", b"\x89PNG", None),
    ("TXT", PAGE, "text/plain"),
    ("TXT", ERROR, "text/plain"),
    ("TXT", b"Please sign in", "text/html; charset=utf-8"),
    ("CSV", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code>", None),
    ("", b"<html>", None),
    ("WEBM", ERROR[:-1] + b" " * 600 + b"}", None),
    ("WEBM", (ERROR[:-1] + b" " * 600)[:512], None),
]


@pytest.mark.parametrize(("extension", "head", "content_type"), ACCEPTED)
def test_real_beginnings_are_accepted(extension, head, content_type):
    """A file that begins as its type does is never turned away, whatever its Content-Type says."""
    check_first_bytes(extension, head, content_type)


@pytest.mark.parametrize(("extension", "head", "content_type"), REFUSED)
def test_impostors_are_refused(extension, head, content_type):
    """Pages, error documents and foreign types never pass as a recording."""
    with pytest.raises(Damaged):
        check_first_bytes(extension, head, content_type)


@pytest.mark.parametrize(
    ("file_type", "extension", "expected"),
    [("MP4", None, "MP4"), ("TRANSCRIPT", None, "VTT"), ("CC", "", "VTT"), ("TIMELINE", None, "JSON"),
     ("TB", None, "JSON"), ("CHAT", "txt", "TXT"), ("NEW_TYPE", ".bin", "BIN"), ("NEW_TYPE", None, "")],
)  # fmt: skip
def test_old_listings_name_no_extension(file_type, extension, expected):
    """Where the listing has no extension the type stands for one; unknown types stay unknown."""
    assert build_extension(ListedFile("k", Kind.OTHER, file_type, extension=extension)) == expected


@pytest.mark.parametrize(
    ("kind", "size", "error"),
    [(Kind.CHAT, 0, None), (Kind.POLL, None, None), (Kind.CHAT, 5, Damaged), (Kind.VIDEO, 0, Damaged),
     (Kind.TRANSCRIPT, 0, Damaged), (Kind.SUMMARY, 0, Pending)],
)  # fmt: skip
def test_empty_files(kind, size, error):
    """An empty chat is a fact, an empty summary is awaited, an empty video is a fault."""
    if error is None:
        check_empty(listed(size, kind=kind))
        return
    with pytest.raises(error):
        check_empty(listed(size, kind=kind))


# received, server, listed, end marked -> "ok", "note" or Damaged; then whether another try is worth it
SIZES = [
    (100, 100, 100, False, "ok", False),
    (100, 100, None, False, "ok", False),
    (100, 100, 99, False, "note", False),
    (100, 100, 0, False, "note", False),
    (99, 100, 99, False, "damaged", True),
    (101, 100, 101, False, "damaged", False),
    (100, None, 100, False, "ok", False),
    (100, None, 100, True, "ok", False),
    (99, None, 100, False, "damaged", True),
    (99, None, 100, True, "damaged", False),
    (101, None, 100, False, "damaged", False),
    (100, None, None, True, "note", False),
    (100, None, None, False, "damaged", False),
    (0, 0, 0, False, "ok", False),
]


@pytest.mark.parametrize(("received", "server", "listing", "end_marked", "verdict", "cut"), SIZES)
def test_lengths(received, server, listing, end_marked, verdict, cut):
    """The server's length decides, else the listing must be met exactly; without both only a marked end counts."""
    lengths = Lengths(server, listing, end_marked=end_marked)
    try:
        said = "note" if check_size(received, lengths) else "ok"
    except HarvesterError as error:
        said = error.kind
    assert said == verdict
    assert is_cut(received, lengths) == cut


def test_a_body_always_has_a_limit():
    """However little is known, an endless body ends."""
    assert limit_of(Lengths(5, 9)) == 5
    assert limit_of(Lengths(None, 9)) == 9
    assert limit_of(Lengths(None, None, end_marked=True)) == MAX_UNKNOWN_BYTES
