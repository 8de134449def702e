from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests

from harvester.sandbox import Sandbox, SandboxAccount, generate_account

ANCHOR = datetime(2026, 3, 20, 12, tzinfo=UTC)


@dataclass
class Visitor:
    """A plain client of one sandbox, with a token of its own."""

    box: Sandbox
    session: requests.Session

    def ask_token(self, **changes: str) -> requests.Response:
        env = self.box.environment()
        form = {"grant_type": "account_credentials", "account_id": env["ZOOM_ACCOUNT_ID"]} | changes
        auth = (env["ZOOM_CLIENT_ID"], env["ZOOM_CLIENT_SECRET"])
        return self.session.post(self.box.oauth_url, data=form, auth=auth, timeout=5)

    def log_in(self) -> str:
        token = self.ask_token().json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        return token

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.box.api_base_url + path, params=query, timeout=5)

    def list_all(self, **query: Any) -> list[dict[str, Any]]:
        """Every meeting of the last 29 days, page by page."""
        today = self.box.now().date()
        query = {"from": str(today - timedelta(days=29)), "to": str(today)} | query
        meetings, token = [], ""
        while True:
            page = self.get("/accounts/me/recordings", **query, next_page_token=token).json()
            meetings += page["meetings"]
            token = page["next_page_token"]
            if not token:
                return meetings

    def detail(self, uuid: str, **query: Any) -> requests.Response:
        return self.get(f"/meetings/{quote(quote(uuid, safe=''), safe='')}/recordings", **query)

    def locate(self, url: str) -> str:
        """Where a download URL redirects to."""
        answer = self.session.get(url, allow_redirects=False, timeout=5)
        assert answer.status_code == 302
        return answer.headers["Location"]


Visit = Callable[..., "contextlib.AbstractContextManager[Visitor]"]


@pytest.fixture(scope="session")
def small_account() -> SandboxAccount:
    return generate_account(meetings=12, seed=4, cues=6, media_bytes=3000, today=ANCHOR)


@pytest.fixture
def visit(small_account: SandboxAccount) -> Visit:
    @contextlib.contextmanager
    def make(account: SandboxAccount | None = None, **settings: Any) -> Iterator[Visitor]:
        settings.setdefault("clock", lambda: ANCHOR)
        with (
            Sandbox(account or small_account, **settings) as box,
            requests.Session() as session,
            requests.Session() as bare,
        ):
            session.trust_env = bare.trust_env = False
            visitor = Visitor(box, session)
            if not settings.get("faults"):
                visitor.log_in()
            yield visitor

    return make
