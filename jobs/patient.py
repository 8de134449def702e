"""HTTP/1.1 for a receiver that anybody may reach: a connection that asks for nothing is not kept for ever.

uvicorn limits how long an answered connection may stay, but not how long one may take to ask its first question.
"""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0
"""Within so many seconds of connecting, or of its last answer, a request's headers must be complete."""


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, which looks after its connection from time to time."""

    _last: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(HEAD_S, self._look)

    def _look(self) -> None:
        transport = cast("asyncio.Transport | None", self.transport)
        if transport is None or transport.is_closing():
            return
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self.cycle is self._last:  # nothing was asked since the last look
            transport.close()
            return
        self._last = self.cycle
        self.loop.call_later(HEAD_S, self._look)
