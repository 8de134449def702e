"""What the payloads of all providers have in common: words into text, labels into kinds, times into milliseconds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from harvester.bots.model import Origin, RunStatus, Speech, Utterance, Word
from harvester.errors import Damaged
from harvester.model import Json

# Scripts that are written without blanks between words: CJK ideographs, kana, fullwidth and CJK punctuation.
_UNSPACED = re.compile(r"[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff65]")
_MOST_LABEL = 1 << 64
_LONGEST_MS = 366 * 24 * 3600 * 1000
_PLAIN_S = 1e6  # below it, a thousandfold float is off by less than a millionth
_MOST_MS = 10**12  # thirty years: beyond it a number is no offset


def clean_label(value: Any) -> str | None:  # noqa: ANN401 - JSON has no narrower type
    """A label as sent, stripped; numbers as their digits; None where there is none, and for a number of nobody's."""
    if isinstance(value, str):
        return value.strip() or None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and abs(value) < _MOST_LABEL else None


def plain(word: str | None) -> str:
    """Letters alone, in lower case: words of a list, however they are spelt."""
    return "".join(each for each in (word or "").casefold() if each.isalpha())


def read_language(value: Any) -> str | None:  # noqa: ANN401
    """A code as sent; "und" says no more than nothing."""
    code = value.strip() if isinstance(value, str) else ""
    return code if code and code.casefold() != "und" else None


def read_objects(listed: Any, name: str, *, hint: str | None = None) -> list[Json]:  # noqa: ANN401
    """The objects of a list; null is an empty one. Raises Damaged naming what should have been a list of them."""
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Damaged(f"{name} is no list of objects", hint=hint)
    return listed


def describe_shape(value: Any) -> str:  # noqa: ANN401
    """What came, by the names of its members and never by what they hold, which may be secret."""
    if not isinstance(value, dict):
        return "null" if value is None else f"a {type(value).__name__}"
    names = [repr(name[:40]) for name in value if isinstance(name, str)]
    return f"an object with {', '.join(names[:6])}" if names else "an empty object"


def join_words(tokens: Iterable[str]) -> str:
    """One blank between words, and none between two whose scripts are written without. Tokens' own blanks go."""
    text = ""
    for token in tokens:
        word = token.strip()
        if not word:
            continue
        if text and not (_UNSPACED.match(text[-1]) and _UNSPACED.match(word[0])):
            text += " "
        text += word
    return text


def to_ms(seconds: Any) -> int | None:  # noqa: ANN401
    """Seconds, a number or its text, as whole milliseconds, halves away from zero; None where there are none.

    Raises Damaged for what is neither, and for a number that cannot be an offset.
    """
    if isinstance(seconds, float) and 0 <= seconds < _PLAIN_S:
        exact = seconds * 1000
        nearest = math.floor(exact + 0.5)
        if abs(exact - nearest) < 0.499:  # noqa: PLR2004 - closer to a half, its digits decide
            return nearest
    if seconds is None or (isinstance(seconds, str) and not seconds.strip()):
        return None
    try:
        # only these are written out: Python ends with an error of its own where lists are nested deep
        number = Decimal(str(seconds)) if isinstance(seconds, str) or _is_finite(seconds) else Decimal("NaN")
        value = int((number * 1000).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except (ArithmeticError, ValueError) as error:
        raise Damaged(f"{_show(seconds)} is no number of seconds") from error
    return _check_ms(value)


def as_ms(value: Any) -> int | None:  # noqa: ANN401
    """Milliseconds as sent, whole or not. Raises Damaged as `to_ms` does."""
    if value is None:
        return None
    if not _is_finite(value):
        raise Damaged(f"{_show(value)} is no number of milliseconds")
    return _check_ms(value if isinstance(value, int) else math.floor(value + 0.5))


def read_moment(value: Any) -> datetime | None:  # noqa: ANN401
    """An ISO 8601 time in UTC, one without a zone taken as UTC; None where there is none. Raises Damaged."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Damaged(f"{_show(value)} is no time")
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Damaged(f"{_show(value)} is no time") from error


def write_moment(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z; a moment without a zone is taken as UTC."""
    if moment is None:
        return None
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return known.astimezone(UTC).isoformat().replace("+00:00", "Z")


def add_ms(moment: datetime | None, offset_ms: int | None) -> datetime | None:
    """None where either is not known, and for what lies outside the calendar."""
    if moment is None or offset_ms is None:
        return None
    try:
        return moment + timedelta(milliseconds=offset_ms)
    except OverflowError:
        return None


def count_ms(length: Any, *, unit_ms: int = 1000) -> int | None:  # noqa: ANN401
    """A length of time, in seconds or another unit, as whole milliseconds, halves up.

    None for what is no number, and for more than a year, which is a mistake of somebody's.
    """
    if not _is_finite(length) or not 0 <= length * unit_ms <= _LONGEST_MS:
        return None
    return int(length * unit_ms + 0.5)


def read_epoch_s(value: Any) -> datetime | None:  # noqa: ANN401
    """Seconds since 1970; None where there are none. Raises Damaged."""
    return _read_epoch(value, 1000)


def read_epoch_ms(value: Any) -> datetime | None:  # noqa: ANN401
    """Milliseconds since 1970; None where there are none. Raises Damaged."""
    return _read_epoch(value, 1)


def read_confidence(value: Any) -> float | None:  # noqa: ANN401
    """A share from 0 to 1 as sent; anything else is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None


def build_speech(
    utterances: Iterable[Utterance],
    origin: Origin,
    *,
    dropped: int = 0,
    provider: str | None = None,
) -> Speech:
    """In order of their starts, with absolute times where the origin gives them and the source did not."""
    kept, without_text = [], 0
    for each in utterances:
        if each.text.strip():
            kept.append(_place(each, origin))
        else:
            without_text += 1
    # sorted() is stable: those without a start stay behind the others, in their own order
    ordered = sorted(kept, key=lambda each: (each.start_ms is None, each.start_ms or 0))
    languages = dict.fromkeys(each.language for each in ordered if each.language)
    status = RunStatus.AVAILABLE if ordered else RunStatus.EMPTY
    return Speech(tuple(ordered), dropped + without_text, status, provider, tuple(languages))


def offset_from(origin: Origin, moment: datetime | None) -> int | None:
    """Milliseconds from the origin to a moment, where both are known. Raises Damaged for one years away."""
    if origin.at is None or moment is None:
        return None
    return as_ms((moment - origin.at) / timedelta(milliseconds=1))


def span_of(words: Iterable[Word]) -> tuple[int | None, int | None]:
    """Start of the first word that has one, and end of the last word, which may have none."""
    held = list(words)
    start = next((each.start_ms for each in held if each.start_ms is not None), None)
    return start, held[-1].end_ms if held else None


def _place(utterance: Utterance, origin: Origin) -> Utterance:
    return replace(
        utterance,
        start_at=utterance.start_at or add_ms(origin.at, utterance.start_ms),
        end_at=utterance.end_at or add_ms(origin.at, utterance.end_ms),
    )


def _read_epoch(value: Any, factor: int) -> datetime | None:  # noqa: ANN401
    if value is None:
        return None
    if not _is_finite(value):
        raise Damaged(f"{_show(value)} is no time since 1970")
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=round(value * factor))
    except OverflowError as error:
        raise Damaged(f"{_show(value)} is no time since 1970") from error


def _check_ms(value: int) -> int:
    if abs(value) > _MOST_MS:
        raise Damaged(f"{_show(value)} ms is no offset into a recording")
    return value


def _is_finite(value: Any) -> bool:  # noqa: ANN401
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


def _show(value: Any) -> str:  # noqa: ANN401
    """Enough of it to find it; numbers may have more digits, and lists more levels, than Python writes."""
    if isinstance(value, str):
        return repr(value[:40])
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**20):
        return repr(value)
    return f"a {type(value).__name__}"
