"""Going from page to page. Pure: decides whether a token may be followed, never fetches.

A server that repeats a token would be asked for ever; one small state makes that an error instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from harvester.errors import Damaged

# 300 meetings a page: far beyond what a 30-day window of any account holds.
MOST_PAGES = 2000
# Page tokens live 15 minutes; a listing that needs longer after three restarts will not get faster.
MOST_WALKS = 4


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a listing stands: the token for the next request and all tokens followed so far."""

    token: str | None = None
    followed: frozenset[str] = frozenset()
    done: bool = False

    def advance(self, token: str | None) -> Paging:
        """The state after a page that named `token` as the next; None or "" ends the listing."""
        if not token:
            return Paging(None, self.followed, done=True)
        if token in self.followed:
            raise Damaged(
                f"the listing repeats a page token after {len(self.followed)} pages",
                hint="the window stays open and is listed again by the next run",
            )
        if len(self.followed) >= MOST_PAGES:
            raise Damaged(
                f"the listing does not end after {MOST_PAGES} pages",
                hint="list a shorter range with `harvester backfill --from D --to D`",
            )
        return Paging(token, self.followed | {token})
