"""Pages of a bot listing: by an opaque cursor that continues the first page's items, or by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from harvester.sandbox.tokens import Verdict
from harvester.sandbox.world import Page, World

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cut(Generic[T]):
    """One page; a cursor is None where there is no such page."""

    items: Sequence[T]
    following: str | None
    previous: str | None


def cut_by_cursor(
    world: World, question: tuple[str, ...], items: Sequence[T], cursor: str | None, size: int
) -> Cut[T] | None:
    """One page; None for a cursor that is unknown, has expired or belongs to another question."""
    offset = 0
    size = min(size, world.settings.largest_page)
    if cursor:
        verdict, page = world.page_tokens.look_up(cursor, now=world.now())
        if verdict is not Verdict.GOOD or page is None or page.question != question:
            return None
        items, offset = page.items, page.offset
    end = offset + size
    following = _issue(world, Page(question, items, end)) if end < len(items) else None
    previous = _issue(world, Page(question, items, max(offset - size, 0))) if offset else None
    return Cut(items[offset:end], following, previous)


def _issue(world: World, page: Page) -> str:
    return world.page_tokens.issue(page, now=world.now(), ttl_s=world.settings.page_token_ttl_s)
