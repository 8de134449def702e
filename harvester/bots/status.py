"""What a provider's refusal means: which error it is, and what it says of itself. Pure.

The providers agree on their statuses but for one: 507 is no capacity at Recall, and a success at MeetStream, whose
call says so (`Call`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from harvester.body import parse_json
from harvester.bots.members import read_members
from harvester.errors import (
    AccessRefused,
    Damaged,
    HarvesterError,
    Pending,
    QuotaExhausted,
    Refused,
    Retriable,
    Vanished,
)

_NO_CAPACITY_S = 30.0  # as Recall asks to wait
_LONGEST_WORDS = 120
_SHORTEST_SECRET = 8  # anything shorter stands in innocent words
_WORDS = ("message", "error", "detail", "code")
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_NOT_YET = frozenset({HTTPStatus.ACCEPTED, HTTPStatus.TOO_EARLY})
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})


def find_error(status: int, message: str, *, wait_s: float | None, setting: str) -> HarvesterError:
    """The error of a status that is no success; `setting` is where the key comes from."""
    if status == HTTPStatus.UNAUTHORIZED:
        error: HarvesterError = AccessRefused(message, hint=f"check {setting}")
    elif status == HTTPStatus.PAYMENT_REQUIRED:
        error = QuotaExhausted(message, hint="the account's credits are used up")
    elif status == HTTPStatus.FORBIDDEN:
        error = Refused(message, hint=f"check {setting} and what it may see")
    elif status in _GONE:
        error = Vanished(message)
    elif status in _NOT_YET:
        error = Pending(message)
    elif status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        longest = _NO_CAPACITY_S if status == HTTPStatus.INSUFFICIENT_STORAGE else None
        error = Retriable(message, wait_s=wait_s or longest, status=status)
    else:
        error = Damaged(message, hint="the request was not understood: report it, with the version of the harvester")
    return error


def find_words(body: bytes, *, secrets: Collection[str]) -> str:
    """What a refusal says of itself, in one line; nothing of a page, and of what holds an address or a secret."""
    try:
        answer = parse_json(body)
    except Damaged:
        return ""
    holder = read_members(answer)
    found = (holder.get(name) for name in _WORDS)
    words = _write_line(next((each for each in found if isinstance(each, str) and each.strip()), ""))
    # before they are cut: half a secret would not be found
    is_safe = not any(each in words for each in ("://", *map(_write_line, secrets)))
    return words[:_LONGEST_WORDS] if is_safe else ""


def find_secrets(key: str, body: Any) -> list[str]:  # noqa: ANN401 - JSON has no narrower type
    """What nobody may hear of a request: the key, and every longer text of its body, at whatever depth."""
    found, waiting = [key], [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, str) and len(value.strip()) >= _SHORTEST_SECRET:
            found.append(value)
    return found


def _write_line(words: str) -> str:
    return " ".join(words.split())
