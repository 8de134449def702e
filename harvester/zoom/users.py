"""The account's users: whose recordings are listed when the account's own listing is refused, and their addresses.

Decides whom to ask for and what is missing of them. Never lists a recording.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harvester.errors import AccessRefused, Refused, Vanished
from harvester.model import Json, ListingPage
from harvester.zoom.http import ZoomApi
from harvester.zoom.listing import iter_pages
from harvester.zoom.scopes import ACCOUNT_RECORDINGS, USER_RECORDINGS, USERS
from schemas.zoom import User, UserPage


@dataclass(frozen=True, slots=True)
class Directory:
    """All users with an id, and sentences about those known to be missing."""

    users: tuple[User, ...]
    missing: tuple[str, ...]
    emails: Mapping[str, str]


def fetch_directory(api: ZoomApi) -> Directory:
    """Active and inactive users: the latter keep their recordings, and Zoom hides them unless they are asked for."""
    users: dict[str, User] = {}
    missing: list[str] = []
    for status in ("active", "inactive"):
        pages = [UserPage.model_validate(page) for page in _fetch_users(api, status)]
        listed = [user for page in pages for user in page.users]
        announced = pages[-1].total_records
        if announced is not None and announced != len(listed):
            missing.append(f"Zoom announced {announced} {status} users and listed {len(listed)}")
        nameless = sum(not user.id for user in listed)
        if nameless:
            missing.append(f"Zoom listed {nameless} {status} users without an id, whose recordings cannot be asked for")
        users.update((user.id, user) for user in listed if user.id)
    if not users:
        missing.append("Zoom listed no users")
    emails = {key: user.email for key, user in users.items() if user.email}
    return Directory(tuple(users.values()), tuple(missing), emails)


def add_host_emails(page: ListingPage, emails: Mapping[str, str], *, owner: str | None = None) -> ListingPage:
    """The page with `host_email` where Zoom named the host by id only, or not at all in a listing of `owner`'s."""
    return ListingPage(tuple(_add_host_email(payload, emails, owner) for payload in page.payloads))


def _add_host_email(payload: Json, emails: Mapping[str, str], owner: str | None) -> Json:
    email = emails.get(str(payload.get("host_id")), owner)
    return payload if payload.get("host_email") or not email else {**payload, "host_email": email}


def _fetch_users(api: ZoomApi, status: str) -> list[Json]:
    pages: list[Json] = []
    with users_refused():
        for page in iter_pages(api, "/users", {"status": status}, expect="users"):
            pages = [] if page is None else [*pages, page]
    return pages


@contextlib.contextmanager
def users_refused() -> Iterator[None]:
    """A refused list of users leaves nobody to ask for: it ends the run, and says which scopes are the way out."""
    try:
        yield
    except (AccessRefused, Refused, Vanished) as error:
        raise AccessRefused(
            f"Zoom does not let the app list the users: {error.message}",
            hint=f"add {USERS} and {USER_RECORDINGS} to the app, or {ACCOUNT_RECORDINGS} where Zoom grants it; "
            "then run the command again",
        ) from error
