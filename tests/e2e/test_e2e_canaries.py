"""Secrets planted in whatever Zoom may say: none is found anywhere afterwards, in any encoding."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from oracle import check_secrets, read_entries

from harvester.sandbox import Fault

TODAY = datetime.now(UTC).date()
# with characters that every encoding changes
PLANTED = {
    name: f"c4n4ry-{name}/+=&~" + "q7" * 9 for name in ("token", "pass", "sig", "secret", "play", "cookie", "new")
}
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJjNG40cnkiOjF9.c4n4ryc4n4ryc4n4ryc4n4ry"
REFUSED = {"token": 400, "listing": 403, "meeting": 404, "download": 401, "file": 403}
PASSING = {"token": 503, "listing": 429, "meeting": 500, "download": 429, "file": 503}
HEADERS = (
    ("Location", f"https://127.0.0.1/x?Signature={quote(PLANTED['sig'], safe='')}"),
    ("Retry-After", PLANTED["token"]),
    ("Set-Cookie", f"session={PLANTED['cookie']}"),
    ("WWW-Authenticate", f'Bearer token="{PLANTED["token"]}"'),
    ("x-zm-trackingid", f"token={PLANTED['token']}"),
    ("ETag", PLANTED["sig"]),
    ("Content-Disposition", f'attachment; filename="{PLANTED["pass"]}"'),
)


def refusal(code: int) -> bytes:
    """An error that quotes the request it refuses, as gateways do."""
    url = f"https://zoom.us/rec/download/x?access_token={quote(PLANTED['token'], safe='')}&pwd={PLANTED['pass']}"
    return json.dumps(
        {
            "code": code,
            "message": f"Refused {url} with {JWT}",
            "reason": JWT,
            "access_token": PLANTED["token"],
            "password": PLANTED["pass"],
        }
    ).encode()


def recording(origin: str) -> dict[str, object]:
    """A recording that holds a secret wherever Zoom is known to put one, and where it may tomorrow."""
    address = f"{origin}/rec/download/x?pwd={quote(PLANTED['sig'], safe='')}"
    file = {
        "id": "f1",
        "file_type": "MP4",
        "status": "completed",
        "recording_start": f"{TODAY}T00:00:00Z",
        "recording_end": f"{TODAY}T00:01:00Z",
        "download_url": address,
        "play_url": address,
        "file_path": address,
        "new": [{"deeper": [address, JWT, {"authToken": PLANTED["new"]}]}],
    }
    return {
        "uuid": "canary",
        "start_time": f"{TODAY}T00:00:00Z",
        "duration": 1,
        "password": PLANTED["pass"],
        "recording_play_passcode": PLANTED["play"],
        "download_access_token": JWT,
        "share_url": address,
        "recording_files": [file],
        "participant_audio_files": [file | {"id": "f2", "file_type": "M4A"}],
        "PassCode": PLANTED["pass"],
        "client_secret": PLANTED["secret"],
        "x-signature": PLANTED["sig"],
        "settings": {"cookies": PLANTED["cookie"], "nested": {"credentials": PLANTED["secret"]}},
        "note": JWT,
    }


def everything() -> list[str]:
    return [*PLANTED.values(), JWT]


@pytest.mark.parametrize("statuses", [REFUSED, PASSING], ids=["refused", "passing"])
def test_an_error_that_quotes_a_secret_does_not_spread_it(tiny, statuses):
    """Bodies and headers of refusals at every door, in turn: no canary in the archive, ledger, lake, log or report."""
    said = []
    for where, status in statuses.items():
        tiny.box.faults.clear()
        tiny.box.faults.add(Fault(where, "status", status, times=None, body=refusal(status), headers=HEADERS))
        ran = tiny.call("nightly", "--since", "30d", "--json", "--verbose")
        assert ran.code in {0, 1, 3, 12}, ran.said  # 0: what Zoom says is not there yet is awaited
        assert "Traceback" not in ran.said
        said += [ran.said, tiny.call("status").said, tiny.call("runs").said]
    check_secrets(tiny, *said, more=everything())


def test_a_recording_full_of_secrets_is_archived_without_them(tiny):
    """Addresses, passcodes and tokens under known and new names, at any depth, stay out; the rest is kept."""
    detail = recording(tiny.box.api_base_url.removesuffix("/v2"))
    page = {"from": str(TODAY - timedelta(days=9)), "to": str(TODAY + timedelta(days=1)), "meetings": [detail]}
    tiny.box.faults.add(Fault("listing", "status", 200, times=None, body=json.dumps(page).encode()))
    tiny.box.faults.add(Fault("meeting", "status", 200, times=None, body=json.dumps(detail).encode()))
    ran = tiny.call("nightly", "--json", "--verbose")
    assert ran.code == 3, ran.said
    assert list(read_entries(tiny.archive)) == ["canary"]
    with sqlite3.connect(tiny.state / "ledger.sqlite") as held:
        held.execute("SELECT count(*) FROM files").fetchone()  # a reader keeps the ledger's log from being folded in
        again = tiny.call("nightly", "--json")
        check_secrets(tiny, ran.said, again.said, more=everything())


def test_credentials_of_the_operator_are_said_nowhere(tiny):
    """A wrong proxy with a password, a secret with odd characters: the sentence names the setting, not its value."""
    secret, password = 's3cr3t/+="c4n4ry"&~' + "z9" * 8, "pr0xy-c4n4ry-" + "y8" * 8
    changes = {"ZOOM_CLIENT_SECRET": secret, "HARVESTER_PROXY": f"http://user:{password}@127.0.0.1:9"}
    ran = tiny.run("nightly", "--json", "--verbose", env={**changes, "TMPDIR": str(tiny.cwd)})
    assert ran.code != 0
    check_secrets(tiny, ran.said, more=[secret, password])
