"""TIMELINE: who is active from which moment on.

Of its two lists the refined one counts where it holds anything, and never both. An entry says who is active until the
next one comes; an empty one is silence. An entry that cannot be read is counted, ends what was before it, and gives
nothing itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from harvester.sidecars.model import Stretch, Timeline, User
from harvester.sidecars.text import as_id, as_text, parse_stamp, read_json, refuse

_Users = tuple[User, ...] | None  # None: the entry has a time and nothing else that can be read
_Known = dict[tuple[Any, Any, Any], User]  # by ids and name, as written and as read
_READY = frozenset({int, str, type(None)})

# Bounded repeats keep a hostile line from costing more than its length.
_USERNAME = re.compile(rb'"username"\s{0,9}:\s{0,9}("[^"\\]{0,800}(?:\\.[^"\\]{0,800}){0,200}")')


def read_timeline(data: bytes, *, length_ms: int | None = None) -> Timeline:
    """Stretches in the order of time; the last one ends with the recording part, of `length_ms`, where that is known.

    Raises Damaged for what is no timeline.
    """
    counted, other = _find_lists(read_json(data, "timeline"))
    known: _Known = {}
    entries = [_read_entry(each, known) for each in counted]
    for each in other:
        _read_entry(each, known)  # whoever stands only there was in the meeting all the same
    timed = sorted((each for each in entries if each[0] is not None), key=_start)
    stretches = tuple(_build_stretches(timed, length_ms))
    return Timeline(
        stretches=stretches,
        users=tuple({id(each): each for each in known.values()}.values()),
        n_entries=len(counted),
        unread=len(counted) - sum(each.n_entries for each in stretches),
    )


def salvage_names(data: bytes) -> frozenset[str]:
    """User names that a damaged file still holds, stripped, from wherever a member of the right shape stands."""
    names = (_read_literal(each) for each in set(_USERNAME.findall(data)))
    return frozenset(map(str.strip, names)) - {""}


def _find_lists(document: Any) -> tuple[list[Any], list[Any]]:  # noqa: ANN401 - JSON has no narrower type
    """The list that counts, and the other one."""
    found = document if isinstance(document, dict) else {}
    lists = [each if isinstance(each := found.get(name), list) else None for name in ("timeline_refine", "timeline")]
    refined, plain = lists
    if refined is plain is None:
        raise refuse("timeline", "it has no list `timeline`")
    return (refined, plain or []) if refined else (plain or [], refined or [])


def _read_entry(entry: Any, known: _Known) -> tuple[int | None, _Users]:  # noqa: ANN401
    if not isinstance(entry, dict):
        return None, None
    users = entry.get("users") or []
    is_readable = isinstance(users, list) and all(isinstance(each, dict) for each in users)
    return parse_stamp(entry.get("ts")), _read_users(users, known) if is_readable else None


def _read_users(users: list[dict[str, Any]], known: _Known) -> tuple[User, ...]:
    """Each once; a user is the same record wherever he is mentioned."""
    found = [_find_user(each, known) for each in users]
    return tuple(found) if len(found) < 2 else tuple({id(each): each for each in found}.values())  # noqa: PLR2004


def _find_user(said: dict[str, Any], known: _Known) -> User:
    # a meeting names a dozen users thousands of times, mostly in the same words
    words = said.get("user_id"), said.get("zoom_userid"), said.get("username")
    user = known.get(words) if _READY.issuperset(map(type, words)) else None
    if user is None:
        user_id, zoom_user_id, username = as_id(words[0]), as_id(words[1]), as_text(words[2])
        several = said.get("multiple_people")
        user = known.setdefault(
            (user_id, zoom_user_id, username),
            User(
                user_id,
                zoom_user_id,
                username,
                email=as_text(said.get("email_address")),
                several_people=several if isinstance(several, bool) else None,
            ),
        )
        if _READY.issuperset(map(type, words)):
            known[words] = user
    return user


def _start(entry: tuple[int | None, _Users]) -> int:
    return entry[0] or 0


def _who(entry: tuple[int | None, _Users]) -> frozenset[int] | None:
    return None if entry[1] is None else frozenset(map(id, entry[1]))


def _build_stretches(timed: Iterable[tuple[int | None, _Users]], length_ms: int | None) -> Iterator[Stretch]:
    runs = [list(each) for _, each in groupby(timed, _who)]
    ends: list[int | None] = [_start(run[0]) for run in runs[1:]]
    for run, end_ms in zip(runs, [*ends, length_ms], strict=False):
        start_ms, users = _start(run[0]), run[0][1]
        if users is not None:
            is_known = end_ms is not None and end_ms >= start_ms
            yield Stretch(start_ms, end_ms if is_known else None, users, len(run))


def _read_literal(literal: bytes) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:  # a broken escape or UTF-8
        return ""
