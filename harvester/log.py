"""One line per event: time, level, event name, fields. Secrets are cut out at the root, whatever logged them.

Library code logs a constant event name and puts data into `extra={"fields": {...}}`.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO
from urllib.parse import quote, quote_plus

CUT = "[redacted]"
_NAMES_KEPT = 256
_SHORTEST_SECRET = 4  # cutting shorter ones out would cut ordinary words
# Every pattern begins at the start of a word only, or takes all it has looked at: a search that looks at the same
# characters from each of them again costs the square of the length, minutes for an id of 100 kB.
_SECRETIVE = r"(?<![\w-])[\w-]*(?:pass(?:word|code|wd)?|pwd|token|secret|authorization|signature)"
_QUOTE = r"(?:\\*[\"']|%22|%27)?"


def _without_query(found: re.Match[str]) -> str:
    return found[0] if len(found[0]) == len(found[1]) else f"{found[1]}?{CUT}"


_PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(\b\w+://)[^\s/@\"'<>]*@"), rf"\1{CUT}@"),
    (re.compile(r"(https?://[^\s\"'<>?#]+)(?:[?#][^\s\"'<>]*)?"), _without_query),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{6,}", re.IGNORECASE), rf"\1 {CUT}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,2}"), CUT),
    (
        re.compile(
            rf"({_SECRETIVE}{_QUOTE}\s*(?:=|:|%3D|%3A)\s*{_QUOTE})"
            r"(?:\\+(?![\\\"'])|%(?!22|26)|[^\s,;&}\\\"'%])+",
            re.IGNORECASE,
        ),
        rf"\1{CUT}",
    ),
)
_SECRET_FIELD = re.compile(_SECRETIVE, re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Redactor:
    """Cuts known secrets, in every form they travel in, and everything shaped like one out of a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {each for each in secrets if len(each) >= _SHORTEST_SECRET}
        self._secrets = sorted({form for each in known for form in _forms(each)}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, CUT)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def _forms(secret: str) -> set[str]:
    """A secret as it is, quoted for a URL, for JSON and for Python, and in base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    encoded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    return {
        secret,
        quote(raw),
        quote(raw, safe=""),
        quote_plus(raw),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        *encoded,
        *(each.rstrip("=") for each in encoded),
    }


def one_line(text: str) -> str:
    """Text with control and direction characters escaped, so that it can neither forge a line nor move a cursor."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


class EventFormatter(logging.Formatter):
    """Renders a record as one line, as text or as JSON.

    Values are redacted before they are rendered, so that no quoting can hide a secret or be broken by the cut.
    """

    def __init__(self, redact: Callable[[str], str], *, as_json: bool) -> None:
        super().__init__()
        self._redact = redact
        # names are few and constant; judging them anew cost more than the values of a line
        self._clean_name = lru_cache(maxsize=_NAMES_KEPT)(lambda name: one_line(redact(name)))
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields: Mapping[str, Any] = getattr(record, "fields", {})
        clean = {self._clean_name(str(name)): self._clean(str(name), value) for name, value in fields.items()}
        if record.exc_info:
            clean["trace"] = self._clean("trace", self.formatException(record.exc_info))
        event = self._clean("event", record.getMessage())
        if self._as_json:
            head = {"at": at, "level": record.levelname, "event": event}
            return json.dumps(clean | head, ensure_ascii=False)
        return " ".join(
            [at, record.levelname, str(event), *(f"{name}={_word(value)}" for name, value in clean.items())]
        )

    def _clean(self, name: str, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if _SECRET_FIELD.fullmatch(name):
            return CUT
        return one_line(self._redact(str(value)))


def _word(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if not text or any(c in text for c in ' "=') else text


def start_logging(
    *,
    secrets: Iterable[str] = (),
    as_json: bool = False,
    level: int = logging.INFO,
    stream: TextIO | None = None,
) -> None:
    """Send every logger's events to `stream` (stderr) through one redacting handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(EventFormatter(Redactor(secrets), as_json=as_json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # urllib3 logs URLs with their queries at DEBUG and every retry at WARNING; our own events say the same in our words
    logging.getLogger("urllib3").setLevel(logging.ERROR)
