"""A payload without what opens a recording. Pure: decides which keys and values are secret, by their name and shape.

Removes rather than allows, so that a field Zoom adds tomorrow is archived as well; never changes what `describe` reads.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from harvester.errors import Damaged
from harvester.model import Json

_SECRET_KEY = re.compile(r"pass|pwd|token|secret|signature|credential|auth|cookie|url", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]{1,20}://|eyJ[\w-]{8,}\.)", re.IGNORECASE)
# Words people chose: a topic that is an address stays a topic.
_PROSE = frozenset({"topic", "host_email", "file_name"})
# Zoom nests four levels. Python ends a walk of some hundred with an error that would end the run.
MOST_LEVELS = 64


def scrub(payload: Json) -> Json:
    """A copy without download, play and share addresses, passcodes and tokens, at any depth.

    Raises Damaged for a payload nested more than `MOST_LEVELS` deep.
    """
    return _scrub_object(payload, 1)


def _scrub_object(value: Json, level: int) -> Json:
    _check_level(level)
    return {key: _scrub_value(item, level + 1) for key, item in value.items() if not _is_secret(key, item)}


def _scrub_value(value: Any, level: int) -> Any:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(value, dict):
        return _scrub_object(value, level)
    if isinstance(value, list | tuple):
        _check_level(level)
        return [_scrub_value(item, level + 1) for item in value if not _is_secret("", item)]
    return value


def too_deep() -> Damaged:
    """What is said of a payload that no writer of JSON could have meant."""
    return Damaged(f"a recording described more than {MOST_LEVELS} levels deep", hint="report it to the source")


def _check_level(level: int) -> None:
    if level > MOST_LEVELS:
        raise too_deep()


def _is_secret(key: str, value: object) -> bool:
    if key in _PROSE:
        return False
    return names_secret(key) or (isinstance(value, str) and _SECRET_VALUE.match(value) is not None)


@lru_cache(maxsize=1024)  # the same thirty keys in every payload
def names_secret(key: str) -> bool:
    """Whether what stands under this key opens something, or the key itself."""
    return _SECRET_KEY.search(key) is not None or _SECRET_VALUE.match(key) is not None
