"""One line per event: time, level, event name, fields. Secrets are cut out at the root, whatever logged them.

Library code logs a constant event name and puts data into `extra={"fields": {...}}`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

CUT = "[redacted]"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(https?://[^\s\"'<>?#]+)[?#][^\s\"'<>]*"), rf"\1?{CUT}"),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{6,}", re.IGNORECASE), rf"\1 {CUT}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,2}"), CUT),
    (
        re.compile(
            r"([\w-]*(?:pass(?:word|code|wd)?|pwd|token|secret|authorization|signature)[\"']?\s*[=:]\s*[\"']?)"
            r"[^\s\"',;&}]+",
            re.IGNORECASE,
        ),
        rf"\1{CUT}",
    ),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Redactor:
    """Cuts known secrets and everything shaped like one out of a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted({each for each in secrets if len(each) >= 4}, key=len, reverse=True)  # noqa: PLR2004 - shorter ones would cut ordinary words

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, CUT)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def one_line(text: str) -> str:
    """Text with control and direction characters escaped, so that it can neither forge a line nor move a cursor."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


class EventFormatter(logging.Formatter):
    """Renders a record as one redacted line, as text or as JSON."""

    def __init__(self, redact: Callable[[str], str], *, as_json: bool) -> None:
        super().__init__()
        self._redact = redact
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields: Mapping[str, Any] = getattr(record, "fields", {})
        trace = self.formatException(record.exc_info) if record.exc_info else None
        if self._as_json:
            line = {"at": at, "level": record.levelname, "event": record.getMessage(), **fields}
            if trace:
                line["trace"] = trace
            return self._redact(json.dumps(line, ensure_ascii=False, default=str))
        words = [
            at,
            record.levelname,
            record.getMessage(),
            *(f"{key}={_word(value)}" for key, value in fields.items()),
        ]
        if trace:
            words.append(f"trace={_word(trace)}")
        return one_line(self._redact(" ".join(words)))


def _word(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if not text or any(c in text for c in ' "=\n') else text


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
