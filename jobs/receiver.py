"""The receiver's HTTP: a request's bytes in, an answer out; nothing is fetched while somebody waits for it.

Decides how much of a request is read and for how long; what it means is `harvester.pipeline.receive`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harvester.clock import Clock
from harvester.errors import HarvesterError
from harvester.files import nearest_existing
from harvester.pipeline.checks import TOO_LITTLE_BYTES
from harvester.pipeline.intake import Intake
from harvester.pipeline.receive import MOST_BYTES, TOO_LARGE, UNAVAILABLE, Answer, judge_request
from harvester.pipeline.receive_bots import BotDoor
from jobs.child import Child
from jobs.metrics import Gauges, RequestMetrics

log = logging.getLogger(__name__)

BODY_S = 10.0
"""For a whole body: Zoom itself gives an answer three seconds."""
_LATE = 408


@dataclass(slots=True)
class Complaints:
    """Refusals in the log: one a second at most, with the number of those left out; a flood must not fill the disk."""

    clock: Clock
    said_at: float = float("-inf")
    left_out: int = 0

    def add(self, fields: dict[str, object]) -> None:
        moment = self.clock.monotonic()
        if moment - self.said_at < 1.0:
            self.left_out += 1
            return
        more = {"others": self.left_out} if self.left_out else {}
        log.warning("webhook.refused", extra={"fields": {**fields, **more}})
        self.said_at, self.left_out = moment, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """What the endpoints work with; `child` is None where the worker runs apart."""

    intake: Intake
    secrets: Sequence[str]  # of Zoom
    bots: Mapping[str, BotDoor]
    clock: Clock
    state: Path
    requests: RequestMetrics
    gauges: Gauges
    complaints: Complaints
    child: Child | None

    def build_app(self) -> Starlette:
        @contextlib.asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            if self.child:
                self.child.start()
            try:
                yield
            finally:
                if self.child:
                    await self.child.stop()

        return Starlette(
            routes=[
                *(Route(f"/webhooks/{name}", self.take, methods=["POST"]) for name in ("zoom", *self.bots)),
                Route("/healthz", self.tell_health, methods=["GET"]),
                Route("/metrics", self.tell_metrics, methods=["GET"]),
            ],
            lifespan=lifespan,
        )

    async def take(self, request: Request) -> Response:
        """One webhook request."""
        began_at = self.clock.monotonic()
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            answer = Answer(400, reason="the sender went away")
        self.requests.count(answer.status, self.clock.monotonic() - began_at)
        if answer.reason:
            sender = request.client.host if request.client else "unknown"
            self.complaints.add({"status": answer.status, "from": sender, "reason": answer.reason})
        if answer.reply is not None:
            return JSONResponse(dict(answer.reply), answer.status)
        return Response(status_code=answer.status)

    async def _answer(self, request: Request) -> Answer:
        try:
            async with asyncio.timeout(BODY_S):
                body = await _read_body(request)
        except TimeoutError:
            return Answer(_LATE, reason=f"its body took longer than {BODY_S:.0f} s")
        if body is None:
            return Answer(TOO_LARGE, reason=f"it is longer than {MOST_BYTES} bytes")
        answer = self._judge(request, body)
        if answer.event:
            try:
                await asyncio.wrap_future(self.intake.keep(answer.source, answer.event))
            except HarvesterError as error:
                return Answer(UNAVAILABLE, reason=error.message)  # so that it is sent again
            fields = {"source": answer.source, "event": answer.event.name, "digest": answer.event.digest[:12]}
            log.info("webhook.kept", extra={"fields": fields})
            if self.child:
                self.child.tell(answer.event)
        return answer

    def _judge(self, request: Request, body: bytes) -> Answer:
        door, now = self.bots.get(request.url.path.rpartition("/")[2]), self.clock.now()
        if door:
            return door.judge(body, request.headers, now=now)
        return judge_request(body, request.headers, secrets=self.secrets, now=now)

    async def tell_health(self, _request: Request) -> Response:
        """200 when an event could be kept and will be served, else 503; `live` says that this process answers."""
        try:
            await asyncio.wrap_future(self.intake.probe())
            ledger = "ok"
        except HarvesterError as error:
            ledger = error.message
        free_bytes = shutil.disk_usage(nearest_existing(self.state)).free
        checks = {
            "ledger": ledger,
            "disk": "ok" if free_bytes >= TOO_LITTLE_BYTES else f"{free_bytes} bytes are free",
            "worker": "ok" if self.child is None or self.child.is_alive else "not running",
        }
        is_ready = set(checks.values()) == {"ok"}
        return JSONResponse({"live": True, "ready": is_ready, **checks}, 200 if is_ready else UNAVAILABLE)

    async def tell_metrics(self, _request: Request) -> Response:
        """In Prometheus' text format."""
        try:
            said = await asyncio.to_thread(self.gauges.render)
        except HarvesterError as error:
            return Response(error.message, UNAVAILABLE)
        return Response(said, media_type=CONTENT_TYPE_LATEST)


async def _read_body(request: Request) -> bytes | None:
    """None when it is too large; no more of it is read than it takes to know that."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > MOST_BYTES:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)
