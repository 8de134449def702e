"""Zoom's cloud as a `harvester.source.Source`: whose recordings are listed, and what a refusal costs.

Decides between the account's listing and each user's, and when one refusal is the whole account's. Never decides
what to download.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import requests

from harvester.clock import Clock
from harvester.errors import Absent, AccessRefused, Damaged, HarvesterError, Refused, Retriable, Skippable, Vanished
from harvester.limiter import Limiter
from harvester.model import Gap, Json, ListedFile, ListingPage, Window
from harvester.retry import RetryPolicy
from harvester.source import Detail
from harvester.zoom.auth import TokenCache
from harvester.zoom.describe import check_detail, describe
from harvester.zoom.events import add_files, merge, read_event
from harvester.zoom.glance import glance
from harvester.zoom.http import ZoomApi
from harvester.zoom.instances import fetch_past
from harvester.zoom.listing import iter_listing
from harvester.zoom.mark import is_marked, mark, mark_page
from harvester.zoom.participants import ParticipantLists
from harvester.zoom.sample import Sample, take_sample
from harvester.zoom.scopes import RECORDING_FILES, is_granted
from harvester.zoom.scrub import scrub
from harvester.zoom.users import Directory, add_host_emails, fetch_directory
from harvester.zoom.uuid import is_numeric_id, meeting_segment, user_segment
from harvester.zoom.windows import windows

log = logging.getLogger(__name__)

DOWNLOAD_TTL_S = 86_400
# So many users refused and none served: it is the app that is refused, not its users.
_USERS_TO_TRY = 20
_ACCOUNT_PATH = "/accounts/me/recordings"


class ZoomSource:
    """One Zoom account; safe to share between threads."""

    lists_files = True
    keeps_said = False
    detail_life_s = None

    def __init__(
        self,
        *,
        account_id: str,
        client_id: str,
        client_secret: str,
        api_base_url: str,
        oauth_url: str,
        session: requests.Session,
        clock: Clock,
        calls_per_second: float = 15.0,
        with_host_emails: bool = False,
        with_participants: bool = False,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    ) -> None:
        self._account_id = account_id
        self._clock = clock
        self._tokens = TokenCache(
            account_id=account_id,
            client_id=client_id,
            client_secret=client_secret,
            oauth_url=oauth_url,
            session=session,
            clock=clock,
            retry=retry,
        )
        self._api = ZoomApi(
            base_url=api_base_url,
            tokens=self._tokens,
            limiter=Limiter(calls_per_second, clock=clock),
            session=session,
            clock=clock,
            retry=retry,
        )
        self._with_host_emails = with_host_emails
        self._lists = ParticipantLists(self._api, self._tokens, pace=calls_per_second * with_participants, clock=clock)
        self._account_refusal: HarvesterError | None = None  # once it came, users are listed for the rest of the run
        self._directory: Directory | None = None
        self._detail_served = False

    @property
    def name(self) -> str:
        return "zoom"

    @property
    def account_id(self) -> str:
        return self._account_id

    @property
    def api_calls(self) -> int:
        return self._api.calls

    @property
    def token_calls(self) -> int:
        """How many of the calls asked for a token."""
        return self._tokens.calls

    @property
    def known_scopes(self) -> frozenset[str]:
        """Scopes of the token at hand; empty when there is none yet or Zoom did not say."""
        return self._tokens.known_scopes

    @property
    def account_refusal(self) -> HarvesterError | None:
        """Why users are listed one by one; None while the account is listed as a whole."""
        return self._account_refusal

    @property
    def clock_ahead_s(self) -> float | None:
        """Seconds by which this machine's clock is ahead of Zoom's; None while Zoom did not say."""
        return self._tokens.clock_ahead_s

    def granted_scopes(self) -> frozenset[str]:
        """Scopes of the token; empty when Zoom did not say. Raises AccessRefused for bad credentials."""
        return self._tokens.scopes()

    def take_refusals(self) -> list[HarvesterError]:
        """What was refused to all recordings alike since the last time, such as a scope that only an option needs."""
        return self._lists.take_refusals()

    def list_window(self, window: Window) -> Iterator[ListingPage | Gap]:
        """Yield the window's pages, then the gaps.

        The account is listed as a whole where Zoom allows it, else user by user for the rest of the run.
        """
        self._tokens.token()  # bad credentials are no reason to fall back
        wanted = self._lists.are_wanted()
        for item in self._iter_window(window):
            yield item if isinstance(item, Gap) else mark_page(item, wanted=wanted)

    def _iter_window(self, window: Window) -> Iterator[ListingPage | Gap]:
        try:
            if self._account_refusal is None:
                directory = self._fetch_directory() if self._with_host_emails else None
                try:
                    yield from self._iter_account(window, directory)
                except (AccessRefused, Refused, Vanished) as error:
                    log.warning("zoom.account_listing_refused", extra={"fields": {"reason": error.message}})
                    self._account_refusal = error
                else:
                    return
            directory = self._fetch_directory()
        except (Retriable, Damaged) as error:
            yield Gap(window, error.message, hint=error.hint)
            return
        yield from self._iter_users(window, directory)

    def take_sample(self, window: Window) -> Sample:
        """One page of the window, to see whether recordings can be listed at all."""
        return take_sample(self._api, _ACCOUNT_PATH, window)

    def fetch_detail(self, native_id: str, *, for_download: bool) -> Detail:
        """One recording with all its files; a number means its latest instance."""
        path = f"/meetings/{meeting_segment(native_id)}/recordings"
        extras = {"include_fields": "download_access_token", "ttl": str(DOWNLOAD_TTL_S)}
        try:
            payload: Json = self._api.fetch_object(path, extras if for_download else None, expect="uuid")
        except AccessRefused as error:
            # the first to be refused may be the only one: then it is not the app that lacks the scope
            if self._detail_served or is_granted(RECORDING_FILES, self._tokens.scopes()):
                raise Refused(error.message, hint=error.hint, subject=native_id) from error
            raise
        self._detail_served = True
        meeting = check_detail(payload, native_id)
        payload = mark(payload, wanted=self._lists.are_wanted())
        if not for_download:
            return Detail(payload)
        token = meeting.download_access_token
        if token is None or not (token.isascii() and token.isprintable() and " " not in token):
            # Zoom leaves it out when the app's owner may not view the content; the app's own token mostly works.
            log.info("zoom.download_token_absent", extra={"fields": {"recording": native_id}})
            token = self._tokens.token()
        return Detail(payload, bearer=token)

    def fetch_instances(self, meeting_id: str) -> list[str]:
        """UUIDs of all instances of a meeting number, oldest first; the latest also where only that is allowed."""
        if not is_numeric_id(meeting_id):
            return [meeting_id]
        found = fetch_past(self._api, meeting_id)
        try:
            latest = str(self.fetch_detail(meeting_id, for_download=False).payload["uuid"])
        except Vanished:
            if not found:
                raise
            return found
        return [*(each for each in found if each != latest), latest]

    # pure, and as good without an account at hand
    windows = staticmethod(windows)
    glance = staticmethod(glance)
    describe = staticmethod(describe)
    read_event = staticmethod(read_event)
    add_files = staticmethod(add_files)
    scrub = staticmethod(scrub)
    merge = staticmethod(merge)

    def _fetch_directory(self) -> Directory:
        if self._directory is None:
            self._directory = fetch_directory(self._api)
        return self._directory

    def _iter_account(self, window: Window, directory: Directory | None) -> Iterator[ListingPage | Gap]:
        for item in iter_listing(self._api, _ACCOUNT_PATH, window, clock=self._clock):
            if directory is not None and isinstance(item, ListingPage):
                yield add_host_emails(item, directory.emails)
            else:
                yield item
        if directory is not None:
            yield from (Gap(window, message) for message in directory.missing)

    def _iter_users(self, window: Window, directory: Directory) -> Iterator[ListingPage | Gap]:
        yield from (Gap(window, message) for message in directory.missing)
        served = False
        for tried, user in enumerate(directory.users, start=1):
            path = f"/users/{user_segment(user.id or '')}/recordings"
            who = user.email or user.id
            try:
                for item in iter_listing(self._api, path, window, clock=self._clock, subject=who):
                    if isinstance(item, Gap):
                        yield item
                    else:
                        yield add_host_emails(item, directory.emails, owner=user.email)
                served = True
            except AccessRefused as error:
                if not served and tried >= min(_USERS_TO_TRY, len(directory.users)):
                    raise
                yield Gap(window, error.message, who, error.hint)
            except (Skippable, Retriable) as error:
                yield Gap(window, error.message, who, error.hint)

    def fetch_address(self, payload: Json, file: ListedFile) -> str:
        """Zoom lists every file with its address; one without cannot be fetched."""
        del payload
        raise Vanished(f"file {file.key} is listed without an address", subject=file.key)

    def fetch_document(self, payload: Json, file: ListedFile) -> bytes:
        """The list of participants; every other file lies at an address. Raises as `ParticipantLists.fetch`."""
        if not is_marked(payload):
            raise Absent("all other files of Zoom's lie at addresses", subject=file.key)
        return self._lists.fetch(payload)
