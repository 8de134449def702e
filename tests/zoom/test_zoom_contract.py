"""The client against recorded exchanges: what is asked, to the letter, and what is made of the answers."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
import requests
from record_cassettes import FOLDER, UUID, build_recorder, build_source, scrub_response

from harvester.model import Kind, Window

WINDOW = Window(date(2026, 11, 1), date(2026, 11, 7))


def list_account(source):
    return [payload for page in source.list_window(WINDOW) for payload in page.payloads]


def fetch_for_download(source):
    return source.fetch_detail(UUID, for_download=True)


SCENARIOS = {"listing": list_account, "detail": fetch_for_download}


@pytest.fixture
def replay():
    """Run a scenario on its cassette; a request that is not in it is an error, and none goes to the network."""

    def run(name):
        with requests.Session() as session, build_recorder("none").use_cassette(f"{name}.yaml") as cassette:
            session.trust_env = False
            source = build_source(session)
            found = SCENARIOS[name](source)
            assert cassette.all_played
            assert source.api_calls == len(cassette.requests)
            return found, source

    return run


def test_listing_contract(replay):
    """One token, two pages, two recordings."""
    found, source = replay("listing")
    assert [payload["uuid"] for payload in found] == [UUID, "cD3dEfGhIjKlMnOpQrStw=="]
    kinds = [file.kind for file in source.describe(found[0]).files]
    assert kinds == [Kind.VIDEO, Kind.TRANSCRIPT, Kind.TIMELINE]


def test_detail_contract(replay):
    """The UUID is encoded twice, the download token is asked for and used."""
    found, source = replay("detail")
    assert found.bearer == "REMOVED"
    assert source.describe(found.payload).native_id == UUID


CANARIES = re.compile(r"canary|eyJ[A-Za-z0-9_-]{8,}|Bearer \S|Basic \S|127\.0\.0\.1|cookie", re.IGNORECASE)


def test_cassettes_hold_no_secrets():
    """Every cassette is free of tokens, credentials, cookies, passcodes and signed addresses."""
    cassettes = sorted(FOLDER.glob("*.yaml"))
    assert [each.stem for each in cassettes] == sorted(SCENARIOS)
    for each in cassettes:
        text = each.read_text(encoding="utf-8")
        assert CANARIES.search(text) is None, each.name
        assert "zoom.us/rec/" not in text.replace("zoom.us/rec/REMOVED", ""), each.name


def test_hooks_take_secrets_out():
    """The hooks work on the places where a real account has its secrets, so that a new recording is safe too."""
    body = {
        "access_token": "canary",
        "meetings": [{"password": "canary", "recording_files": [{"download_url": "https://x/canary"}]}],
    }
    response = {
        "headers": {"Set-Cookie": ["canary=1"]},
        "body": {"string": json.dumps(body).encode()},
        "status": {"code": 200},
    }
    assert "canary" not in str(scrub_response(response))
