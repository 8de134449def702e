"""A payload without what opens a recording. Pure: decides which keys and values are secret, by their name and shape.

Removes rather than allows, so that a field Zoom adds tomorrow is archived as well; never changes what `describe` reads.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from harvester.model import Json

_SECRET_KEY = re.compile(r"pass|pwd|token|secret|signature|credential|auth|cookie|url", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]{1,20}://|eyJ[\w-]{8,}\.)", re.IGNORECASE)
# Words people chose: a topic that is an address stays a topic.
_PROSE = frozenset({"topic", "host_email", "file_name"})


def scrub(payload: Json) -> Json:
    """A copy without download, play and share addresses, passcodes and tokens, at any depth."""
    return {key: _scrub_value(value) for key, value in payload.items() if not _is_secret(key, value)}


def _scrub_value(value: Any) -> Any:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(value, dict):
        return scrub(value)
    if isinstance(value, list | tuple):
        return [_scrub_value(item) for item in value if not _is_secret("", item)]
    return value


def _is_secret(key: str, value: object) -> bool:
    if key in _PROSE:
        return False
    return names_secret(key) or (isinstance(value, str) and _SECRET_VALUE.match(value) is not None)


@lru_cache(maxsize=1024)  # the same thirty keys in every payload
def names_secret(key: str) -> bool:
    """Whether what stands under this key opens something."""
    return _SECRET_KEY.search(key) is not None
