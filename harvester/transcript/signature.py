"""Is this WebVTT, and in which encoding? Decides by the first bytes, never by a name or a header.

A refusal describes the bytes without quoting speech: only markup is quoted, anything else is named or shown in hex.
"""

from __future__ import annotations

import codecs

from harvester.errors import Damaged

_SIGNATURE = b"WEBVTT"
_AFTER_SIGNATURE = b" \t\r\n"
_QUOTED_BYTES = 12
_KINDS = (
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"%PDF", "a PDF"),
    (codecs.BOM_UTF16_LE, "UTF-16 text"),
    (codecs.BOM_UTF16_BE, "UTF-16 text"),
    (b"\0\0\xfe\xff", "UTF-32 text"),
    (b"W\0E\0", "UTF-16 text"),
    (b"\0W\0E", "UTF-16 text"),
)


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Text of a WebVTT file and what was odd about its encoding; Damaged when it is no WebVTT."""
    body = data.removeprefix(codecs.BOM_UTF8)
    warnings: tuple[str, ...] = () if len(body) == len(data) else ("bom",)
    if not _is_signed(body):
        raise Damaged(
            f"not a WebVTT file: {_describe(body)}",
            hint="the file may be an error page or another type: fetch it again, "
            "and if the bytes stay the same take it up with the source",
        )
    try:
        return body.decode("utf-8"), warnings
    except UnicodeDecodeError as error:
        # A file cut in the middle of a character is still UTF-8; reading it as cp1252 would garble every accent.
        if error.reason == "unexpected end of data" and error.end == len(body):
            return body.decode("utf-8", "replace"), (*warnings, "cut_in_character")
        return body.decode("cp1252", "replace"), (*warnings, "not_utf8")


def _is_signed(body: bytes) -> bool:
    head = body[: len(_SIGNATURE) + 1]
    return head.startswith(_SIGNATURE) and (len(head) == len(_SIGNATURE) or head[-1] in _AFTER_SIGNATURE)


def _describe(body: bytes) -> str:
    if not body:
        return "it is empty"
    for magic, name in _KINDS:
        if body.startswith(magic):
            return f"it is {name}"
    if body[4:8] == b"ftyp":
        return "it is MP4 or M4A media"
    start = body[:256].lstrip()
    if start.startswith(b"<"):
        tag = start.split(b">")[0].split()[0][:_QUOTED_BYTES]
        return f"starts with {tag.decode('ascii', 'replace')!r}"
    if start[: len(_SIGNATURE)].upper() == _SIGNATURE:
        return "WEBVTT must be its first six bytes, in capitals, followed by a blank or a line end"
    return f"starts with the bytes {body[:_QUOTED_BYTES].hex(' ')}"
