"""What the readers of saved files share: looking at a shape, and refusing one. Pure; a file's name decides nothing."""

from __future__ import annotations

from typing import Any

from harvester.bots.imports.model import Document, Part, Role
from harvester.bots.speech import describe_shape
from harvester.errors import Damaged
from harvester.model import Json
from schemas.tolerant import read_items

TOGETHER = "give it together with what it belongs to: --together"


def have(value: Any, *names: str) -> bool:  # noqa: ANN401 - JSON has no narrower type
    """Whether it is a list with an object that has all of these members."""
    return any(all(name in each for name in names) for each in read_items(value))


def hold(role: Role, value: Any, data: bytes, **more: Any) -> Part:  # noqa: ANN401
    """A file that is a document and nothing else."""
    return Part(document=Document(role, value, data, extension=_find_extension(value, data)), **more)


def refuse_event(body: Json, source: str) -> Damaged:
    name = next((body[each] for each in ("event", "bot_event", "event_type", "trigger") if body.get(each)), "")
    what = f"{name[:40]!r}" if isinstance(name, str) else "without a name"
    return Damaged(
        f"it is the event {what} of {source}, which holds nothing to import", hint="`harvester trigger` takes events"
    )


def refuse_listing(source: str) -> Damaged:
    return Damaged(
        f"it is a page of a listing of {source}, which holds no recording's own payloads",
        hint="save the answers about each one",
    )


def refuse_shape(value: Any) -> Damaged:  # noqa: ANN401
    return Damaged(f"it is of no known shape: it is {describe_shape(value)}")


def _find_extension(value: Any, data: bytes) -> str:  # noqa: ANN401
    """A file with a value on each line begins with no bracket although it was read as a list."""
    is_array = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["
    return "jsonl" if isinstance(value, list) and not is_array else "json"
