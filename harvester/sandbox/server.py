"""The sandbox itself: two origins on loopback, a thread per connection, and a log of every request.

Decides the order in which limits, faults and answers apply; the answers are made elsewhere.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from harvester.sandbox.account import SandboxAccount
from harvester.sandbox.bots.answers import answer_bots
from harvester.sandbox.bots.environment import build_environment
from harvester.sandbox.bots.paths import BotRoute, find_bot_route
from harvester.sandbox.bots.refusals import Refuser
from harvester.sandbox.bots.truth import build_truth
from harvester.sandbox.control import PREFIX, answer_control
from harvester.sandbox.distort import answer_instead, build_delivery, change_before, change_reply, stamp
from harvester.sandbox.events import Events, Webhook
from harvester.sandbox.faults import Fault, FaultSet
from harvester.sandbox.filehost import answer_download, answer_file, find_by_path
from harvester.sandbox.limits import RateLimiter, limit_reply
from harvester.sandbox.oauth import answer_token
from harvester.sandbox.origins import Origins
from harvester.sandbox.paths import Route, find_route
from harvester.sandbox.requestlog import LoggedRequest, RequestLog
from harvester.sandbox.routes import answer_api
from harvester.sandbox.wire import Delivery, Reply, Request, send_reply
from harvester.sandbox.world import DEFAULT_SCOPES, Settings, World


class Sandbox:
    """A server that speaks our slice of Zoom and of the bot APIs, from `with` until its end. See the README for faults.

    `api_origin` and `file_origin` (scheme, host and port) are what clients are told instead of the own two
    addresses: a proxy that stands before the API, another server that holds the files. To `webhook` it sends its
    events as they become true. `bot_rates` are calls a second, 1 or more, by name of a bot API's key; what a client
    orders of a bot is done after `bot_delay_s`.
    """

    def __init__(
        self,
        account: SandboxAccount,
        *,
        faults: Iterable[Fault | str] = (),
        api_rate: float | None = None,
        rate_shape: str = "429",
        page_token_ttl_s: float = 900.0,
        largest_page: int = 300,
        token_ttl_s: float = 3600.0,
        signed_url_ttl_s: float = 600.0,
        account_listing: bool | str = True,
        scopes: Iterable[str] = DEFAULT_SCOPES,
        refused_users: Collection[str] = (),
        one_token: bool = False,
        bot_rates: Mapping[str, float] | None = None,
        bot_delay_s: float = 2.0,
        port: int = 0,
        file_port: int = 0,
        api_origin: str | None = None,
        file_origin: str | None = None,
        webhook: Webhook | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        settings = Settings(
            page_token_ttl_s=page_token_ttl_s,
            largest_page=largest_page,
            token_ttl_s=token_ttl_s,
            signed_url_ttl_s=signed_url_ttl_s,
            account_listing=account_listing,
            scopes=tuple(scopes),
            refused_users=frozenset(refused_users),
            rate_shape=rate_shape,
            one_token=one_token,
            bot_delay_s=bot_delay_s,
        )
        self.faults = FaultSet(faults)
        self._world = World(
            account,
            settings,
            clock,
            self.faults,
            RateLimiter(api_rate) if api_rate else None,
            {name: RateLimiter(rate) for name, rate in (bot_rates or {}).items()},
            api_origin=api_origin or "",
            file_origin=file_origin or "",
        )
        self.events = Events(self._world, webhook)
        self._origins = Origins({"api": port, "files": file_port}, self._answer)
        self._log = RequestLog()
        self._numbers = itertools.count(1)

    # --- what a test or an operator asks -------------------------------------------------------------------

    @property
    def account(self) -> SandboxAccount:
        return self._world.account

    @property
    def api_base_url(self) -> str:
        return f"{self._world.api_origin}/v2"

    @property
    def oauth_url(self) -> str:
        return f"{self._world.api_origin}/oauth/token"

    @property
    def file_origin(self) -> str:
        """The second origin, where download URLs redirect to."""
        return self._world.file_origin

    def environment(self) -> dict[str, str]:
        """Give the variables with which a client uses this server in Zoom's place."""
        return {
            "ZOOM_ACCOUNT_ID": self.account.id,
            "ZOOM_CLIENT_ID": self.account.client_id,
            "ZOOM_CLIENT_SECRET": self.account.client_secret,
            "ZOOM_API_BASE_URL": self.api_base_url,
            "ZOOM_OAUTH_URL": self.oauth_url,
            **build_environment(self.account, self._world.api_origin),
        }

    @property
    def requests(self) -> list[LoggedRequest]:
        return self._log.entries()

    @property
    def leaks(self) -> list[LoggedRequest]:
        """Requests that carried a credential to the second origin."""
        return [entry for entry in self.requests if entry.is_leak]

    def truth(self) -> list[dict[str, Any]]:
        """Every file that a perfect client could have by now, with its size and SHA-256."""
        return self._world.truth()

    def bot_truth(self) -> list[dict[str, Any]]:
        """Every recording of a bot that a perfect client could have by now, with its files and transcripts."""
        return build_truth(self._world)

    def now(self) -> datetime:
        return self._world.now()

    def set_now(self, moment: datetime) -> None:
        """Move the sandbox's clock (late files, token expiry); it runs on from there."""
        self._world.set_now(moment)

    @property
    def trashed(self) -> set[str]:
        """UUIDs of meetings and ids of files that are shown no longer: add to it, take from it."""
        return self._world.trashed

    # --- running -------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        urls = self._origins.open()
        self._world.api_origin = self._world.api_origin or urls["api"]
        self._world.file_origin = self._world.file_origin or urls["files"]
        self._origins.start()
        self.events.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and end every connection."""
        self.events.stop()
        self._origins.close()

    # --- one request ---------------------------------------------------------------------------------------

    def _answer(self, connection: socket.socket, request: Request, origin: str) -> bool:
        stopping = self._origins.stopping
        if origin == "api" and request.path.startswith(PREFIX):
            reply = answer_control(self, request)
            return send_reply(connection, request, reply, Delivery(), stopping=stopping, count=lambda _size: None)
        route = self._find_route(request, origin)
        faults = self.faults.take(route.kind, f"{request.target} {route.subject}")
        reply = stamp(self._make(request, route, faults), faults, now=self._world.now())
        struck = ", ".join(map(str, faults)) or None
        entry = self._log.add(request, reply, origin=origin, kind=route.kind, fault=struck)
        delivery = build_delivery(faults)
        return send_reply(connection, request, reply, delivery, stopping=stopping, count=entry.count)

    def _find_route(self, request: Request, origin: str) -> Route | BotRoute:
        if origin == "files":
            found = find_by_path(self._world, request.path)
            return Route("file", "file", found.id if found else "")
        bot_route = find_bot_route(request.method, request.path)
        if bot_route is not None and bot_route.key_name in self.account.bot_keys:
            return bot_route
        return find_route(request.method, request.path)

    def _make(self, request: Request, route: Route | BotRoute, faults: list[Fault]) -> Reply:
        world = self._world
        refuse = Refuser(route.source) if isinstance(route, BotRoute) else None
        request = change_before(world, request, faults, file_id=route.subject)
        if instead := answer_instead(world, request, faults, refuse=refuse):
            return instead
        if isinstance(route, BotRoute):
            reply = answer_bots(world, request, route)
        elif route.name == "file":
            reply = answer_file(world, request)
        elif route.name == "download":
            reply = answer_download(world, request, route.subject)
        elif route.name == "token":
            reply = answer_token(world, request)
        elif world.limiter is not None and not world.limiter.admits():
            reply = limit_reply(world.settings.rate_shape, now=world.now())
        else:
            reply = answer_api(world, request, route)
            extra = (("X-RateLimit-Category", route.label), ("x-zm-trackingid", f"SBX_{next(self._numbers)}"))
            reply = Reply(reply.status, (*reply.headers, *extra), reply.body)
        return change_reply(world, request, reply, faults)
