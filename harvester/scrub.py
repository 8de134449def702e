"""A payload without what opens a recording. Pure: decides which keys and values are secret, by their name and shape.

Removes rather than allows, so that a field a source adds tomorrow is archived as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from harvester.errors import Damaged
from harvester.model import Json

_SECRET_VALUE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]{1,20}://|eyJ[\w-]{8,}\.)", re.IGNORECASE)
# Sources nest a handful of levels. Python ends a walk of some hundred with an error that would end the run.
MOST_LEVELS = 64

Rewrite = Callable[[Any], Any]


@dataclass(frozen=True)
class Scrubber:
    """One source's rules. A key is secret when `secret_key` is found in it.

    `prose` are keys whose values are words that people chose: a topic that is an address stays a topic. What stands
    under a key of `rewrites` is kept in the form that its function gives; None leaves it out.
    """

    secret_key: re.Pattern[str]
    prose: frozenset[str] = frozenset()
    rewrites: Mapping[str, Rewrite] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Remember what was decided of a key: the same thirty stand in every payload."""
        object.__setattr__(self, "names_secret", lru_cache(maxsize=1024)(self.names_secret))

    def scrub(self, payload: Json) -> Json:
        """A copy without addresses, passcodes and tokens, at any depth.

        Raises Damaged for a payload nested more than `MOST_LEVELS` deep.
        """
        return self._scrub_object(payload, 1)

    def scrub_any(self, value: Any) -> Any:  # noqa: ANN401 - JSON has no narrower type
        """The same of a document that may be a list or a mere value."""
        return None if self._is_secret("", value) else self._scrub_value(value, 1)

    def names_secret(self, key: str) -> bool:
        """Whether what stands under this key opens something, or the key itself."""
        return self.secret_key.search(key) is not None or _SECRET_VALUE.match(key) is not None

    def _scrub_object(self, value: Json, level: int) -> Json:
        _check_level(level)
        kept = {}
        for key, item in value.items():
            if key in self.rewrites:
                if (written := self.rewrites[key](item)) is not None:
                    kept[key] = written
            elif not self._is_secret(key, item):
                kept[key] = self._scrub_value(item, level + 1)
        return kept

    def _scrub_value(self, value: Any, level: int) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return self._scrub_object(value, level)
        if isinstance(value, list | tuple):
            _check_level(level)
            return [self._scrub_value(item, level + 1) for item in value if not self._is_secret("", item)]
        return value

    def _is_secret(self, key: str, value: object) -> bool:
        if key in self.prose:
            return False
        return self.names_secret(key) or (isinstance(value, str) and _SECRET_VALUE.match(value) is not None)


def too_deep() -> Damaged:
    """What is said of a payload that no writer of JSON could have meant."""
    return Damaged(f"a recording described more than {MOST_LEVELS} levels deep", hint="report it to the source")


def _check_level(level: int) -> None:
    if level > MOST_LEVELS:
        raise too_deep()
