"""What the receiver takes, what it refuses, and that what it acknowledged is kept."""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import random
import socket
import sqlite3
import subprocess
import time

import pytest
from forgeries import forge
from served import SECRET, read_events, serving, wait_for

from harvester.sandbox import sign_event

FORGERIES = int(os.environ.get("WEBHOOK_FORGERIES", "600"))
KILLS = int(os.environ.get("WEBHOOK_KILLS", "6"))
COMPLETED = "recording.completed"


@pytest.fixture
def served(make_rig, tiny_account):
    """Without a worker, so that what is kept stays as it came."""
    with serving(make_rig(tiny_account), "--no-worker") as running:
        yield running


def an_event(rig, number=0):
    uuid = rig.box.account.meetings[number % len(rig.box.account.meetings)].uuid
    return json.dumps(json.loads(rig.box.events.build(COMPLETED, uuid)) | {"event_ts": number}).encode()


def test_forged_and_mutated_requests_are_refused(served):
    """Every one is refused with a 4xx that says nothing, none is kept, and a true event still is afterwards."""
    event = an_event(served.rig)
    answers = collections.Counter()
    connection = None
    for seed in range(FORGERIES):
        name, request = forge(event, SECRET, seed)
        connection = connection or socket.create_connection(("127.0.0.1", served.port), timeout=20)
        status, body, closed = send_raw(connection, request)
        answers[status] += 1
        assert 400 <= status < 500, f"seed {seed}, {name}: answered {status}"
        assert not body or status == 400, f"seed {seed}, {name}: {status} said {body!r}"
        assert SECRET.encode() not in body
        if closed:
            connection.close()
            connection = None
    if connection:
        connection.close()
    assert {401, 413, 400} <= set(answers), answers
    assert served.events() == []
    assert 1 <= served.said.count("webhook.refused") <= FORGERIES // 5  # a flood of them fills no disk
    assert served.post(event).status == 204
    assert len(served.events()) == 1


def send_raw(connection, request):
    """Status, body, and whether the server ended the connection."""
    with contextlib.suppress(ConnectionError, TimeoutError):  # refused before it was all sent
        connection.sendall(request)
    with contextlib.closing(http.client.HTTPResponse(connection, method="POST")) as answer:
        answer.begin()
        return answer.status, answer.read(), answer.will_close


def test_zoom_s_own_retry_with_an_old_stamp_is_taken_once(served):
    """Ninety minutes after the first time stamp an event is still Zoom's; three hours after, nobody's."""
    event = an_event(served.rig)
    for age, status in ((0, 204), (25 * 60, 204), (95 * 60, 204), (3 * 3600 + 60, 401)):
        assert served.post(event, sign_event(event, SECRET, str(int(time.time()) - age))).status == status
    assert [each["copies"] for each in served.events()] == [3]


def test_both_secrets_hold_while_one_replaces_the_other(make_rig, tiny_account):
    """Events signed with either are taken, and a challenge is answered with the one it was signed with."""
    with serving(make_rig(tiny_account), "--no-worker", env={"ZOOM_WEBHOOK_SECRET_OLD": "the-old-one"}) as running:
        challenge = (
            b'{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1,"event":"endpoint.url_validation"}'
        )
        for number, secret in enumerate((SECRET, "the-old-one")):
            assert running.post(an_event(running.rig, number), secret=secret).status == 204
            reply = running.post(challenge, secret=secret)
            expected = hmac.new(secret.encode(), b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest()
            assert (reply.status, json.loads(reply.body)) == (
                200,
                {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": expected},
            )
        assert running.post(an_event(running.rig), secret="a-third-one").status == 401
        assert not {SECRET, "the-old-one"} & set(running.said.split())


def test_what_zoom_may_invent_is_kept(served):
    """An unknown event is stored and acknowledged; it asks for nothing."""
    assert served.post(b'{"event":"something.of_tomorrow","event_ts":1,"payload":{}}').status == 204
    assert [(each["name"], each["state"]) for each in served.events()] == [("something.of_tomorrow", "done")]


def test_no_secret_of_an_event_reaches_the_disk(served):
    """Neither its token nor its passcode nor an address is in the ledger, its log or what was said."""
    event = an_event(served.rig)
    assert served.post(event).status == 204
    secrets = [json.loads(event)["download_token"], served.rig.box.account.meetings[0].passcode, "/rec/download/"]
    kept = b"".join(path.read_bytes() for path in served.rig.state.rglob("*") if path.is_file())
    assert not [each for each in secrets if each.encode() in kept or each in served.said]


def test_other_methods_and_places_give_nothing_away(served):
    """405 and 404; what health and metrics say holds no secret."""
    assert served.ask("GET", "/webhooks/zoom").status == 405
    assert served.ask("POST", "/webhooks/zoom/").status in {404, 307}
    assert served.ask("GET", "/").status == 404
    assert served.ask("GET", "/healthz").status == 200
    served.post(an_event(served.rig))
    said = served.ask("GET", "/metrics").body.decode()
    assert 'harvester_events{state="waiting"} 1.0' in said
    assert 'harvester_webhook_answers_total{status="204"} 1.0' in said
    assert SECRET not in said


def test_metrics_forget_what_is_no_longer_so(served):
    """A state in which no event stands any more is told as 0, not as what it was."""
    served.post(an_event(served.rig))
    assert 'harvester_events{state="waiting"} 1.0' in served.ask("GET", "/metrics").body.decode()
    assert served.rig.call("nightly", "--since", "30d").code == 0
    said = served.ask("GET", "/metrics").body.decode()
    assert 'harvester_events{state="waiting"} 0.0' in said
    assert 'harvester_events{state="done"} 1.0' in said


def test_slow_and_idle_senders_keep_nobody_out(served):
    """With three hundred connections that say nothing or little, an event is acknowledged as before."""
    said = (b"", b"POST /webhooks/zoom HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{", b"POST /webhooks/zoom HT")
    with contextlib.ExitStack() as stack:
        for number in range(300):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", served.port)))
            slow.sendall(said[number % 3])
        started = time.monotonic()
        assert served.post(an_event(served.rig)).status == 204
        assert time.monotonic() - started < 3


def test_a_ledger_that_cannot_keep_it_has_the_event_sent_again(served):
    """503 within Zoom's three seconds while the ledger takes nothing, health says so, and then all is well again."""
    event = an_event(served.rig)
    with contextlib.closing(sqlite3.connect(served.rig.state / "ledger.sqlite")) as ledger:
        ledger.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        assert served.post(event).status == 503
        assert time.monotonic() - started < 3
        assert (served.ask("GET", "/healthz").status, served.health()["live"]) == (503, True)
        ledger.rollback()
    assert served.post(event).status == 204
    assert served.ask("GET", "/healthz").status == 200
    assert [each["copies"] for each in served.events()] == [1]


def test_a_full_disk_is_no_acknowledgement(make_rig, tiny_account, small_disk):
    """Where there is no room for an event it is answered 503, and what was acknowledged before is there."""
    rig = make_rig(tiny_account)
    subprocess.run(["mount", "-o", "remount,size=400k", small_disk], check=True)
    with serving(rig, "--no-worker", env={"HARVESTER_HOME": str(small_disk / "home")}) as running:
        answers = [running.post(an_event(rig, number)).status for number in range(120)]
        assert not running.health()["ready"]
    assert set(answers) == {204, 503}
    with contextlib.closing(sqlite3.connect(small_disk / "home/.harvester/ledger.sqlite")) as ledger:
        kept = {json.loads(body)["event_ts"] for (body,) in ledger.execute("SELECT body FROM events")}
    assert {number for number, status in enumerate(answers) if status == 204} <= kept


def test_killed_right_after_an_acknowledgement_it_has_the_event(make_rig, tiny_account):
    """SIGKILL strikes the moment an answer is read, while others are under way: every acknowledged event is kept."""
    rig = make_rig(tiny_account)
    chance = random.Random(1)
    numbers = iter(range(1_000_000))
    acknowledged: set[int] = set()
    for _ in range(KILLS):
        with serving(rig, "--no-worker") as running, concurrent.futures.ThreadPoolExecutor(4) as pool:
            until = len(acknowledged) + chance.randint(1, 12)
            floods = [pool.submit(flood, running, numbers, acknowledged) for _ in range(4)]
            while len(acknowledged) < until:
                time.sleep(0)
            running.process.kill()
            running.process.wait()
            concurrent.futures.wait(floods)
    kept = {json.loads(each["body"])["event_ts"] for each in read_events(rig)}
    assert acknowledged <= kept, f"acknowledged and lost: {sorted(acknowledged - kept)[:9]}"


def flood(running, numbers, acknowledged):
    """Events one after the other, until nobody answers."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        while True:
            number = next(numbers)
            if running.post(an_event(running.rig, number)).status == 204:
                acknowledged.add(number)


def test_nothing_is_acknowledged_before_it_is_flushed(make_rig, tiny_account, tmp_path):
    """Between the request and its 204 the ledger's file is flushed to the disk, seen at the system calls."""
    if subprocess.run(["which", "strace"], check=False, capture_output=True).returncode:
        pytest.skip("strace is not installed")
    rig = make_rig(tiny_account)
    with serving(rig, "--no-worker") as running:
        assert running.post(an_event(rig)).status == 204  # the ledger is open
        trace = tmp_path / "trace"
        watched = "trace=fdatasync,fsync,write,writev,sendto,sendmsg"
        tracer = subprocess.Popen(
            ["strace", "-f", "-y", "-e", watched, "-o", trace, "-p", str(running.process.pid)], stderr=subprocess.PIPE
        )
        wait_for(lambda: trace.exists() and b"attached" in tracer.stderr.readline())
        time.sleep(0.3)
        assert running.post(an_event(rig, 1)).status == 204
        tracer.terminate()
        tracer.communicate()
    lines = [line for line in trace.read_text().splitlines() if "ledger.sqlite-wal" in line or "204 No Content" in line]
    answer = next(at for at, line in enumerate(lines) if "204 No Content" in line)
    assert any("sync(" in line and "wal" in line for line in lines[:answer]), lines


def test_it_needs_its_secret_and_a_free_port(make_rig, tiny_account):
    """Without a secret 10 with the name to set; on a port that is taken, a sentence too."""
    rig = make_rig(tiny_account)
    ran = rig.call("serve", env={"ZOOM_WEBHOOK_SECRET": None})
    assert (ran.code, "ZOOM_WEBHOOK_SECRET" in ran.err) == (10, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = rig.call("serve", "--bind", f"127.0.0.1:{port}", env={"ZOOM_WEBHOOK_SECRET": SECRET})
    assert (ran.code, f"127.0.0.1:{port}" in ran.err) == (10, True)
    ran = rig.call("serve", "--bind", "nowhere", env={"ZOOM_WEBHOOK_SECRET": SECRET})
    assert (ran.code, "HARVESTER_BIND" in ran.err) == (10, True)
