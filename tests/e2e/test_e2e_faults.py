from __future__ import annotations

import dataclasses
import errno
import os
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

import pytest
from oracle import ask, check_archive, check_lake, check_secrets
from rig import assert_sentence, kinds

# {video} stands for a video's file id, {uuid} for a piece of a meeting's UUID
PASSING = [
    "listing:429",
    "listing:429_seconds=1",
    "listing:429_http_date=1",
    "listing:503:times=2",
    "listing:reset=0",
    "listing:reset=40",
    "listing:half_json",
    "listing:html",
    "listing:empty",
    "listing:json59",
    "listing:zoom=124",
    "listing:total=1",
    "token:503",
    "token:reset=0",
    "token:429",
    "meeting:500",
    "meeting:429_seconds=1",
    "meeting:half_json",
    "meeting:expire_tokens",
    "meeting:stall=0.3",
    "download:html",
    "download:json59",
    "download:expire_tokens",
    "download:503:times=2",
    "download:reset=0",
    "file:403",
    "file:404",
    "file:503",
    "file:html",
    "file:json59",
    "file:empty",
    "file:gzip",
    "file:reset=1000",
    "file:truncate=0",
    "file:truncate=1000:times=2",
    "file:no_length=1000:path={video}",
    "file:wrong_length=2:path={video}",
    "file:stall_body=0.3",
    "file:slow=400000:path={video}",
    "file:truncate=20000:path={video} file:wrong_range=1:path={video}:skip=1",
    "file:truncate=20000:path={video} file:ignore_range:path={video}:skip=1",
    "file:truncate=20000:path={video} file:change_etag:path={video}:skip=1",
    "file:truncate=20000:path={video} file:html:path={video}:skip=1",
]
LASTING = {
    "listing:503:always": "gap",
    "listing:half_json:always": "gap",
    "listing:repeat_page:always listing:total=5:always": "gap",
    "listing:429_daily": "daily",
    "meeting:503:always:path={uuid}": "error",
    "meeting:zoom=4711:always:path={uuid}": "error",
    "download:html:always:path={video}": "error",
    "download:json59:always:path={video}": "error",
    "download:redirect_loop:always:path={video}": "error",
    "download:redirect=http://files.example.com/x:always:path={video}": "error",
    "download:redirect=file:///etc/passwd:always:path={video}": "error",
    "download:redirect=https://[:always:path={video}": "error",
    "file:404:always:path={video}": "error",
    "file:html:always:path={video}": "error",
    "file:truncate=1000:always:path={video}": "error",
    "file:gzip:always:path={video}": "error",
}


def arm(rig, text: str) -> None:
    """Arm faults; `{video}` is the largest video and `{uuid}` its meeting, as it stands in a path."""
    sized = [(file.body.size, file.id, each.uuid) for each in rig.box.account.meetings for file in each.files or ()]
    _, video, uuid = max(sized)
    for each in text.split(" "):
        rig.box.faults.add(each.replace("{video}", video).replace("{uuid}", quote(quote(uuid, safe=""), safe="")))


def check_after(rig, *said: str) -> None:
    """Nothing wrong under a final name; and with the faults gone, one clean run makes everything right."""
    check_archive(rig, complete=False)
    assert rig.box.leaks == []
    check_secrets(rig, *said)
    rig.box.faults.clear()
    clean = rig.call("nightly", "--since", "30d", "--json")
    assert clean.code == 0, clean.said
    check_archive(rig)
    check_lake(rig)


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_is_overcome(tiny, fault):
    """One run gets everything in spite of the fault, and its exit code is 0."""
    arm(tiny, fault)
    ran = tiny.call("nightly", "--since", "30d", "--json")
    struck = [each.fault for each in tiny.box.requests if each.fault]
    assert struck, "the fault never struck"
    assert ran.code == 0, ran.said
    assert ran.json["errors"] == ran.json["gaps"] == []
    check_archive(tiny)
    check_lake(tiny)
    assert tiny.box.leaks == []
    check_secrets(tiny, ran.said)


@pytest.mark.parametrize(("fault", "what"), LASTING.items(), ids=LASTING)
def test_a_lasting_fault_is_reported_and_everything_else_arrives(tiny, fault, what):
    """Exit code 3 with a reason for each item; the next run without the fault makes it good."""
    arm(tiny, fault)
    ran = tiny.call("nightly", "--since", "30d", "--json")
    assert [each for each in tiny.box.requests if each.fault], "the fault never struck"
    assert ran.code == 3, ran.said
    if what == "gap":
        assert ran.json["gaps"]
    else:
        assert all(each["message"] for each in ran.json["errors"])
        assert ran.json["errors"]
    if what == "error":
        assert ran.json["files_archived"] >= len(tiny.box.truth()) - 12
        assert len(ran.json["errors"]) == 1
    check_after(tiny, ran.said)


def test_a_recording_that_is_listed_but_not_shown_comes_by_schedule(tiny):
    """Zoom lists it and denies its detail: counted as awaited with its reason, and fetched when it is shown."""
    arm(tiny, "meeting:zoom=3301:always:path={uuid}")
    ran = tiny.call("nightly", "--since", "30d", "--json")
    assert ran.code == 0, ran.said
    assert ran.json["files_pending"] >= 2
    assert len(tiny.call("status", "--json").json["owed"]) == 1
    check_archive(tiny, complete=False)
    tiny.box.faults.clear()
    ran = tiny.call("nightly", "--since", "30d", "--json", at=datetime.now(UTC) + timedelta(days=4))
    assert ran.code == 0, ran.said
    check_archive(tiny)
    check_lake(tiny)


class Elsewhere(BaseHTTPRequestHandler):
    """Somebody else's server, which remembers what it was shown."""

    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        self.seen.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the inherited signature


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[dict[str, str]]]]:
    seen: list[dict[str, str]] = []
    handler = type("Handler", (Elsewhere,), {"seen": seen})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
        server.shutdown()


@pytest.mark.parametrize("where", ["download", "file", "listing", "meeting"])
def test_a_redirect_to_another_host_carries_no_credential(tiny, elsewhere, where):
    """Whoever sends us elsewhere does not make us show our token there."""
    origin, seen = elsewhere
    tiny.box.faults.add(f"{where}:redirect={origin}/x?a=1:times=1")
    ran = tiny.call("nightly", "--since", "30d", "--json")
    assert ran.code in {0, 3}
    assert all("authorization" not in each and "access_token" not in each["path"] for each in seen)
    assert bool(seen) == (where in {"download", "file"})
    check_after(tiny, ran.said)


@pytest.mark.parametrize("shape", ["429_iso=5400", "429_daily"])
def test_the_daily_limit_ends_the_run_politely(tiny, shape):
    """Exit code 3 with the time it resets, no further calls, and what was fetched is published."""
    tiny.box.faults.add(f"meeting:{shape}:always:skip=2")
    ran = tiny.call("nightly", "--since", "30d", "--json")
    assert ran.code == 3
    assert_sentence(ran, "used up", "run again after", "UTC")
    api = [each for each in tiny.box.requests if each.kind == "meeting"]
    assert len([each for each in api if each.fault]) <= 2  # two details are asked for at once
    assert ask(tiny.lake, "SELECT count(*) >= 1 FROM files WHERE status = 'archived'") == [(True,)]
    check_lake(tiny)
    check_after(tiny, ran.said)


def test_rate_limits_slow_a_run_down_and_nothing_more(make_rig, tiny_account, quick):
    """An account that allows four calls a second is harvested whole by a run that wants eighty."""
    rig = make_rig(dataclasses.replace(tiny_account), api_rate=4)
    ran = rig.call("nightly", "--since", "30d", "--json", "--api-rate", "80")
    assert ran.code == 0, ran.said
    assert kinds(rig.box.requests)["meeting"] >= 4
    check_archive(rig)


def test_a_meeting_that_could_not_be_begun_is_owed(tiny, tiny_account, monkeypatch):
    """Where not even its entry could be written, the ledger owes the recording a look."""
    opened = os.open

    def full(path, flags, *rest, **more):
        if Path(path).name.startswith(".recording.json.") and flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opened(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", full)
    uuid = tiny_account.meetings[0].uuid
    assert tiny.call("meeting", "--", uuid).code == 1
    monkeypatch.undo()
    monkeypatch.chdir(tiny.cwd)
    assert [each["recording_key"] for each in tiny.call("status", "--json").json["owed"]] == [f"zoom:{uuid}"]
