"""One value as a person or program may see it.

Decides what is safe where: no text of a meeting may steer a terminal or become a formula in a spreadsheet.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None

# Spreadsheets take a cell that starts so for a formula, the full-width forms too. One that is guarded already is
# guarded once more, so that taking one guard away always gives the text itself.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20]")
_GUARDED = re.compile(f"'{_FORMULA.pattern}")
_ZERO_WIDTH = {"Mn", "Me", "Cf"}
_UNSAFE = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
_JOINERS = {"\u200c", "\u200d"}  # Persian words and joined emoji need them; they move nothing
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def plain_value(value: object) -> Plain:
    """The value as JSON can say it: times in ISO 8601 UTC, whole decimals as integers, NaN as null."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    if isinstance(value, dict):
        return {str(name): plain_value(item) for name, item in value.items()}
    if isinstance(value, float | Decimal | timedelta):
        return _plain_number(value)
    return _plain_text(value)


def guard_formula(text: str) -> str:
    """Text that a spreadsheet takes for text."""
    return "'" + text if _FORMULA.match(text) else text


def strip_guard(text: str) -> str:
    """The text itself of one that `guard_formula` gave, or that a person typed with the spreadsheet's apostrophe."""
    return text[1:] if _GUARDED.match(text) else text


def make_safe(text: str) -> str:
    """Text without anything a terminal would obey: controls, line breaks, direction marks, invisible characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _UNSAFE and c not in _JOINERS else c for c in text)


def text_width(text: str) -> int:
    """Columns that safe text takes on a terminal: East Asian characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in _ZERO_WIDTH else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _plain_number(value: float | Decimal | timedelta) -> float | None:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return float(value) if math.isfinite(value) else None


def _plain_text(value: object) -> str:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def _escape(character: str) -> str:
    return _SHORT.get(character) or character.encode("unicode_escape").decode()
