"""One page of recent recordings, to see whether they can be listed: a few calls, whatever the account's size.

Decides whom to ask when the account's own listing is refused, and how many. Proves nothing of completeness.
"""

from __future__ import annotations

from dataclasses import dataclass

from harvester.errors import AccessRefused, HarvesterError, Refused, Retriable, Skippable, Vanished
from harvester.model import Json, Window
from harvester.zoom.http import ZoomApi
from harvester.zoom.users import users_refused
from harvester.zoom.uuid import user_segment
from harvester.zoom.windows import build_query
from schemas.zoom import ListingReply, UserPage

PAGE_SIZE = "30"
_USERS_TO_ASK = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """What was found; `refusal` is why users were asked one by one, `refused_users` are those who were refused."""

    payloads: tuple[Json, ...]
    users_asked: int = 0
    refusal: HarvesterError | None = None
    refused_users: tuple[tuple[str, HarvesterError], ...] = ()


def take_sample(api: ZoomApi, account_path: str, window: Window) -> Sample:
    """The first page of the account, else of the first users until one has recordings. Raises what all are refused."""
    try:
        return Sample(_first_page(api, account_path, window))
    except (AccessRefused, Refused, Vanished) as error:
        refusal: HarvesterError = error
    with users_refused():
        users = UserPage.model_validate(api.fetch_object("/users", {"page_size": PAGE_SIZE}, expect="users")).users
    found: tuple[Json, ...] = ()
    refused: list[tuple[str, HarvesterError]] = []
    asked = 0
    for user in [each for each in users if each.id][:_USERS_TO_ASK]:
        asked += 1
        try:
            found = _first_page(api, f"/users/{user_segment(user.id or '')}/recordings", window)
        except (AccessRefused, Skippable, Retriable) as error:
            refused.append((user.email or user.id or "", error))
        if found:
            break
    if refused and len(refused) == asked:
        raise refused[-1][1]
    return Sample(found, asked, refusal, tuple(refused))


def _first_page(api: ZoomApi, path: str, window: Window) -> tuple[Json, ...]:
    query = {"page_size": PAGE_SIZE, **build_query(window)}
    return ListingReply.model_validate(api.fetch_object(path, query, expect="meetings")).meetings
