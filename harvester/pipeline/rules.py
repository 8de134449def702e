"""By which rules the lake's rows were made, so that no lake mixes those of two: versions of readers, and settings.

The ledger remembers them. A run that has others makes the lake again first; `harvester rebuild` does so at once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping
from typing import Any

from harvester.errors import ConfigError
from harvester.lake.partition import list_partitions
from harvester.pipeline.tools import Place, Shelf

log = logging.getLogger(__name__)


class NamesAgain(ConfigError):
    """The lake has pseudonyms that this run would not write: nothing of it may reach the lake."""


RULES = "rules"
READERS = "readers"
_PSEUDONYMS = "pseudonyms"


def is_made_by_others(shelf: Shelf) -> bool:
    """Whether the lake was made by other rules than this run's. Raises NamesAgain where people would be named again.

    Rows that wait to be published count as the lake's. Without any rows it has no rules, and takes these.
    """
    known = shelf.ledger.meta(RULES)
    waiting = {each.source for each in shelf.ledger.outbox.unpublished()}
    changed = find_changes(shelf, known, waiting)
    if _PSEUDONYMS in changed and _parse(known).get(_PSEUDONYMS):
        raise NamesAgain(
            "the lake's names are pseudonyms, and this run would write other ones, or the names themselves",
            hint="set HARVESTER_PSEUDONYMISE and its key as they were, or give the old ones up by `harvester rebuild`",
        )
    if changed:
        log.warning("lake.rules_changed", extra={"fields": {"changed": ", ".join(changed)}})
    else:
        note_rules(shelf)  # also of a source that was not there before
    return bool(changed)


def find_changes(place: Place, known: str | None, waiting: Collection[str] = ()) -> list[str]:
    """Names of the rules that differ from those that the ledger knows, as far as there are rows they made.

    `waiting` are sources whose rows are made and not in the lake yet.
    """
    held = {source for _, source in list_partitions(place.lake, table="recordings")} | set(waiting)
    held &= place.readers.keys()
    then, now = _parse(known), _describe(place)
    return sorted(name for name in now if held and _cut(then, name, held) != _cut(now, name, held))


def note_rules(shelf: Shelf) -> None:
    """The lake is, from here on, made by this run's rules."""
    text = json.dumps(_describe(shelf), sort_keys=True)
    if shelf.ledger.meta(RULES) != text:
        shelf.ledger.set_meta(RULES, text)


def _parse(known: str | None) -> dict[str, Any]:
    return json.loads(known) if known else {}


def _describe(place: Place) -> dict[str, Any]:
    readers = {name: reader.parser_version for name, reader in place.readers.items()}
    return {READERS: readers, **place.reading.describe()}


def _cut(rules: Mapping[str, Any], name: str, sources: set[str]) -> Any:  # noqa: ANN401 - whatever JSON holds
    """One rule; of the readers' versions those whose rows there are."""
    value = rules.get(name)
    return {each: value.get(each) for each in sources} if name == READERS and value else value
