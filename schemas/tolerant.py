"""How wrong a value may be before it counts as unsaid (None): the field types of everything that sources send.

Pure. Published schemas and the wire disagree, so a model made of these requires only what no work can be done without.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

_INT64_MAX = 2**63 - 1


def read_text(value: object) -> str | None:
    """Text or number as text; blank and every other type are unsaid."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def read_count(value: object) -> int | None:
    """A whole number from 0 to int64, also when it comes as a string or a float."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
        whole = value if isinstance(value, int) else int(number if isinstance(value, float) else value)
    except (ValueError, OverflowError):
        return None
    return whole if math.isfinite(number) and 0 <= whole <= _INT64_MAX else None


def read_moment(value: object) -> datetime | None:
    """A time in UTC; a time without zone is UTC, as all of Zoom's are."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        return None


def read_day(value: object) -> date | None:
    """A date, also from the head of a date-time."""
    try:
        return date.fromisoformat(value.strip()[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def read_items(value: object) -> list[dict[str, Any]]:
    """The objects of a list; a missing or null list is empty."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def read_flag(value: object) -> bool | None:
    """True and false; every other value is unsaid."""
    return value if isinstance(value, bool) else None


def read_object(value: object) -> object:
    """An object as it is; everything else is an empty one."""
    return value if isinstance(value, dict) else {}


def read_texts(value: object) -> tuple[str, ...]:
    """The texts of a list that are not blank, in its order."""
    texts = (read_text(each) for each in value) if isinstance(value, list) else ()
    return tuple(each for each in texts if each)


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


Text = Annotated[str | None, BeforeValidator(read_text)]
Identifier = Annotated[str, BeforeValidator(read_text), Field(min_length=1)]
Count = Annotated[int | None, BeforeValidator(read_count)]
Moment = Annotated[datetime | None, BeforeValidator(read_moment)]
Day = Annotated[date | None, BeforeValidator(read_day)]
Objects = Annotated[tuple[dict[str, Any], ...], BeforeValidator(read_items)]
Flag = Annotated[bool | None, BeforeValidator(read_flag)]
Members = Annotated[dict[str, Any], BeforeValidator(read_object)]
Texts = Annotated[tuple[str, ...], BeforeValidator(read_texts)]

# Replies hold tokens and passcodes: a validation error must not quote them.
TOLERANT = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True, populate_by_name=True)
