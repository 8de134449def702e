"""Whether the providers of bots that have a key answer: one page of each one's listing."""

from __future__ import annotations

from collections.abc import Mapping

from harvester.diagnosis import Diagnosis, failed, ok, skipped
from harvester.errors import AccessRefused, ExitCode, HarvesterError
from harvester.model import Window
from harvester.pipeline.tools import Connection


def check_bots(connections: Mapping[str, Connection], window: Window) -> Diagnosis:
    """One finding for all of them, which names those that do not answer, and why."""
    if not connections:
        return skipped("no provider of meeting bots has a key")
    errors: dict[str, HarvesterError] = {}
    for name, connection in connections.items():
        try:
            next(iter(connection.source.list_window(window)), None)
        except HarvesterError as error:
            errors[name] = error
    if not errors:
        return ok(f"listed at {', '.join(connections)}")
    is_refused = any(isinstance(each, AccessRefused) for each in errors.values())
    said = "; ".join(f"{name}: {error.message}" for name, error in errors.items())
    hints = "; ".join(dict.fromkeys(each.hint for each in errors.values() if each.hint))
    return failed(said, hints or None, code=ExitCode.REFUSED if is_refused else ExitCode.FAILED)
