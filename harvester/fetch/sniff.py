"""Whether the first bytes of a body are of the type that was listed. Pure.

A 200 proves nothing: Zoom answers with a sign-in page or with 59 bytes of error JSON where a token is missing or
expired (facts/zoom-api.md 4.3). Never looks at names, never at more than the first bytes.
"""

from __future__ import annotations

import json
import re

from harvester.errors import Damaged, Pending
from harvester.model import Kind, ListedFile

HEAD_BYTES = 512

_BOM = b"\xef\xbb\xbf"
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|script|title|meta)\b", re.IGNORECASE)
_XML_ERROR = re.compile(rb"<\?xml.*<error\b|<error>", re.IGNORECASE | re.DOTALL)
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_ERROR_KEYS = frozenset(
    {"status", "errorCode", "errorMessage", "code", "message", "error", "errors", "result", "timestamp", "path"}
)
_BLANK = frozenset({b"{}", b"[]", b"null"})
_EXTENSIONS = {
    "MP4": "MP4",
    "M4A": "M4A",
    "TRANSCRIPT": "VTT",
    "CC": "VTT",
    "TIMELINE": "JSON",
    "TB": "JSON",
    "SUMMARY": "JSON",
    "CHAT_MESSAGE": "JSON",
    "CHAT": "TXT",
    "CSV": "CSV",
}
# An empty chat or poll is a fact about the meeting; an empty video is a fault.
_MAY_BE_EMPTY = frozenset({Kind.CHAT, Kind.POLL, Kind.OTHER})


def build_extension(file: ListedFile) -> str:
    """The extension as listed, or what the source's type stands for; upper case, "" when neither is known."""
    listed = (file.extension or "").strip(". ").upper()
    return listed or _EXTENSIONS.get(file.file_type.upper(), "")


def find_refusal(extension: str, head: bytes, content_type: str | None) -> str | None:
    """What stands in for the file (a page, an error document), or None when it may be the file itself."""
    text = head.removeprefix(_BOM).lstrip()
    if _HTML.match(text):
        return "a web page"
    if _XML_ERROR.match(text):
        return "an XML error"
    if text.startswith(b"{") and _is_error_document(text):
        return "an error document"
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type in _HTML_TYPES and not _has_signature(extension, head):
        return "a web page"
    return None


def check_first_bytes(extension: str, head: bytes, content_type: str | None) -> None:
    """Raise Damaged unless a non-empty file may begin like this. Unknown types: only pages and errors are refused."""
    refusal = find_refusal(extension, head, content_type)
    if refusal is not None:
        raise Damaged(f"{refusal} came in place of the file", hint="the token or the address is no longer good")
    if extension in _SIGNATURES and not _has_signature(extension, head):
        raise Damaged(
            f"the first bytes are not those of {extension}", hint="it may still be processed; it is tried again"
        )


def check_blank(file: ListedFile, head: bytes) -> None:
    """Raise for a JSON document with nothing in it where the listing promises more: a server's shrug, not the file."""
    blank = head.removeprefix(_BOM).strip()
    if blank in _BLANK and (file.listed_bytes or 0) > len(head):
        raise Damaged(
            f"{blank.decode()} came in place of {file.listed_bytes} bytes", hint="it is asked for again next run"
        )


def check_empty(file: ListedFile) -> None:
    """Raise unless no bytes at all is what this file may be."""
    if file.kind is Kind.SUMMARY and not file.listed_bytes:
        raise Pending("the summary is still a placeholder without content", hint="it is looked at again later")
    if file.kind not in _MAY_BE_EMPTY or file.listed_bytes:
        raise Damaged("the file came empty", hint="it may still be processed; it is tried again")


def _has_signature(extension: str, head: bytes) -> bool:
    offset, starts = _SIGNATURES.get(extension, (0, ()))
    content = head.removeprefix(_BOM).lstrip() if extension == "JSON" else head
    return content.startswith(starts, offset) if starts else False


# ISO 14496-12 `ftyp`, WebVTT 4.1 (a byte order mark may precede), JPEG start of image.
_SIGNATURES: dict[str, tuple[int, tuple[bytes, ...]]] = {
    "MP4": (4, (b"ftyp",)),
    "M4A": (4, (b"ftyp",)),
    "VTT": (0, (b"WEBVTT", _BOM + b"WEBVTT")),
    "JSON": (0, (b"{", b"[")),
    "JPG": (0, (b"\xff\xd8\xff",)),
    "JPEG": (0, (b"\xff\xd8\xff",)),
}


def _is_error_document(text: bytes) -> bool:
    """A JSON object of nothing but the keys Zoom's errors have. One longer than a head is no such error."""
    try:
        document = json.loads(text)
    except ValueError:
        return b'"errorCode"' in text and re.search(rb'"status"\s*:\s*false', text) is not None
    said = set(document) if isinstance(document, dict) else set()
    return said <= _ERROR_KEYS and bool(said & {"errorCode", "error"} or {"code", "message"} <= said)
