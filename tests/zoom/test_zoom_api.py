"""One question to Zoom's API: what is sent, how often, and what comes of a refusal."""

from __future__ import annotations

import base64
import gzip
import socket
import threading
import time
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester import wire
from harvester.clock import SystemClock
from harvester.errors import AccessRefused, Damaged, Refused, Retriable, Vanished
from harvester.limiter import Limiter
from harvester.retry import RetryPolicy
from harvester.zoom.auth import REFRESH_GAPS_S, TokenCache
from harvester.zoom.http import ZoomApi
from harvester.zoom.uuid import meeting_segment

PATH = "/meetings/1/recordings"


def build(url, session, clock, *, rate=1000.0, attempts=3):
    retry = RetryPolicy(attempts=attempts, base_s=0.01)
    tokens = TokenCache(
        account_id="acc",
        client_id="id",
        client_secret="canary-secret",
        oauth_url=f"{url}/oauth/token",
        session=session,
        clock=clock,
        retry=retry,
    )
    limiter = Limiter(rate, clock=clock)
    return ZoomApi(base_url=f"{url}/v2", tokens=tokens, limiter=limiter, session=session, clock=clock, retry=retry)


@pytest.fixture
def api(script, session, clock):
    return build(script.url, session, clock)


def test_token_travels_in_the_header_only(script, api):
    """The bearer is a header; the query holds what was asked and nothing else."""
    script.routes["/v2" + PATH] = {"uuid": "u"}
    assert api.fetch_object(PATH, {"ttl": "60"}, expect="uuid") == {"uuid": "u"}
    asked = script.asked[-1]
    assert asked.headers["Authorization"] == "Bearer token-1"
    assert asked.target == f"/v2{PATH}?ttl=60"


@pytest.mark.parametrize(
    "dead",
    [
        (401, {"code": 124, "message": "Access token is expired."}),
        (400, {"code": 124, "message": "Invalid access token."}),
        (200, {"status": False, "errorCode": 124, "errorMessage": "Forbidden"}),
        (401, b""),
    ],
)
def test_dead_token_is_refreshed_once(script, api, dead):
    """Whatever shape a dead token is reported in, the same request is sent again with a new one."""
    script.routes["/v2" + PATH] = [dead, {"uuid": "u"}]
    assert api.fetch_object(PATH, expect="uuid") == {"uuid": "u"}
    bearers = [each.headers["Authorization"] for each in script.asked if each.method == "GET"]
    assert bearers == ["Bearer token-1", "Bearer token-2"]
    assert api.calls == 4


def test_token_displaced_before_its_first_use_is_replaced(script, api, clock):
    """Another process may displace a fresh token twice: the request goes on with a third, seconds later."""
    dead = (401, {"code": 124, "message": "Access token is expired."})
    script.routes["/v2" + PATH] = [dead, dead, dead, {"uuid": "u"}]
    assert api.fetch_object(PATH, expect="uuid") == {"uuid": "u"}
    assert sum(clock.slept) >= 2 * REFRESH_GAPS_S[0]


def test_token_dead_for_ever_stops(script, api, clock):
    """Four requests and four tokens, seconds apart, then the end; no storm."""
    script.routes["/v2" + PATH] = (401, {"code": 124, "message": "Invalid access token."})
    with pytest.raises(AccessRefused):
        api.fetch_object(PATH, expect="uuid")
    assert len(script.asked) == 8
    assert sum(clock.slept) <= 2 * REFRESH_GAPS_S[1] + 1


def test_scope_missing_is_named(script, api):
    """The hint names the scope to add, the admin one first."""
    message = "Invalid access token, does not contain scopes:[a:read, a:read:admin]."
    script.routes["/v2" + PATH] = (400, {"code": 4711, "message": message})
    with pytest.raises(AccessRefused) as caught:
        api.fetch_object(PATH, expect="uuid")
    assert "a:read:admin or a:read" in caught.value.hint


def test_scope_refused_although_granted_is_one_item(script, api):
    """When the token has the scope, only this one thing is out of reach."""
    script.routes["/oauth/token"] = {"access_token": "t", "scope": "a:read:admin"}
    message = "Invalid access token, does not contain scopes:[a:read, a:read:admin]."
    script.routes["/v2" + PATH] = (400, {"code": 4711, "message": message})
    with pytest.raises(Refused):
        api.fetch_object(PATH, expect="uuid")


def test_limit_stops_everybody(script, api, clock):
    """After a 429 the limiter holds for the time named, before the retry."""
    limited = (429, {"code": 429, "message": "per-second"}, {"Retry-After": "7", "X-RateLimit-Type": "QPS"})
    script.routes["/v2" + PATH] = [limited, {"uuid": "u"}]
    api.fetch_object(PATH, expect="uuid")
    assert sum(clock.slept) >= 7


def test_requests_are_spaced(script, session):
    """At 50 calls a second no two requests arrive closer than that."""
    script.routes["/v2" + PATH] = {"uuid": "u"}
    clock = SystemClock()
    api = build(script.url, session, clock, rate=50.0)
    started = time.monotonic()
    threads = [threading.Thread(target=api.fetch_object, args=(PATH,), kwargs={"expect": "uuid"}) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started >= 7 / 50


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_server_faults_are_retried_then_raised(script, api, status):
    """Each try is one request, and the last fault comes out."""
    script.routes["/v2" + PATH] = (status, b"")
    with pytest.raises(Retriable, match=f"HTTP {status}"):
        api.fetch_object(PATH, expect="uuid")
    assert script.paths() == ["/v2" + PATH] * 3


def test_cut_connection_is_retried(script, api):
    """A connection that ends without an answer costs a try."""
    script.routes["/v2" + PATH] = [(200, None), {"uuid": "u"}]
    assert api.fetch_object(PATH, expect="uuid") == {"uuid": "u"}


def test_body_shorter_than_announced_is_retried(script, api):
    """A body that stops early is not taken for the whole."""
    short = (200, b'{"uuid": "u"}', {"Content-Length": "500", "Connection": "close"})
    script.routes["/v2" + PATH] = [short, {"uuid": "whole"}]
    assert api.fetch_object(PATH, expect="uuid") == {"uuid": "whole"}


def test_compressed_bombs_are_cut(script, api, monkeypatch):
    """A reply that unpacks beyond the limit is Damaged."""
    monkeypatch.setattr(wire, "MOST_BODY_BYTES", 1 << 20)
    bomb = gzip.compress(b'{"uuid": "' + b"x" * (4 << 20) + b'"}')
    script.routes["/v2" + PATH] = (200, bomb, {"Content-Encoding": "gzip"})
    with pytest.raises(Damaged, match="longer than"):
        api.fetch_object(PATH, expect="uuid")


def test_compressed_replies_are_read(script, api):
    """gzip is understood."""
    script.routes["/v2" + PATH] = (200, gzip.compress(b'{"uuid": "u"}'), {"Content-Encoding": "gzip"})
    assert api.fetch_object(PATH, expect="uuid") == {"uuid": "u"}


def test_dripping_replies_end(script, api, clock, monkeypatch):
    """A reply that takes longer than the deadline is a fault, however steadily it comes."""
    api._tokens.token()
    monkeypatch.setattr(wire, "WHOLE_REPLY_S", -1.0)
    script.routes["/v2" + PATH] = {"uuid": "u"}
    with pytest.raises(Retriable, match="took longer"):
        api.fetch_object(PATH, expect="uuid")


def test_request_id_is_in_the_sentence(script, api):
    """Zoom's support asks for it."""
    gone = {"code": 3301, "message": "There is no recording."}
    script.routes["/v2" + PATH] = (404, gone, {"x-zm-trackingid": "WEB_0a1b"})
    with pytest.raises(Vanished, match="WEB_0a1b"):
        api.fetch_object(PATH, expect="uuid")


def test_redirects_are_not_followed(script, api):
    """Nobody but the configured host is asked with our token."""
    script.routes["/v2" + PATH] = (307, b"", {"Location": f"{script.url}/elsewhere"})
    with pytest.raises(Refused, match="HTTP 307"):
        api.fetch_object(PATH, expect="uuid")
    assert "/elsewhere" not in script.paths()


def test_errors_and_logs_hold_no_query_and_no_token(script, api, caplog):
    """Neither the sentence nor any event shows the query, a token or the secret."""
    caplog.set_level("DEBUG", logger="harvester")
    echo = {"code": 300, "message": "bad eyJhbGciOiJIUzI1NiJ9.eyJx.sig at https://x.example/a?token=token-1"}
    script.routes["/v2" + PATH] = [(500, b""), (400, echo)]
    with pytest.raises(Refused) as caught:
        api.fetch_object(PATH, {"next_page_token": "canary-page"}, expect="uuid")
    shown = caught.value.message + "".join(f"{each.message} {each.fields}" for each in caplog.records)
    assert caplog.records
    for secret in ("canary-page", "token-1", "eyJhbGci", "canary-secret"):
        assert secret not in shown


def raw_request_line(session, path):
    """What a bare socket sees of a request for `path`."""
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                data = b""
                while b"\r\n\r\n" not in data:
                    data += connection.recv(65536)
                seen.append(data.split(b"\r\n")[0].decode())
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v2{path}"
        wire.Wire(session=session, clock=SystemClock()).send("GET", url, headers={})
        thread.join()
    return seen[0]


UUIDS = [
    ("vdS61Oa8T3qGIEAMRIoHpg==", "vdS61Oa8T3qGIEAMRIoHpg%253D%253D"),
    ("/pfVhQWoSQmUs6ZOwFD4kw==", "%252FpfVhQWoSQmUs6ZOwFD4kw%253D%253D"),
    ("ab//cdEFGhijklmnopqrst==", "ab%252F%252FcdEFGhijklmnopqrst%253D%253D"),
    ("L0AGOEPVR9m5WSOOs/d+FQ==", "L0AGOEPVR9m5WSOOs%252Fd%252BFQ%253D%253D"),
    ("a%2Fb==", "a%25252Fb%253D%253D"),
    ("85746065430", "85746065430"),
]


@pytest.mark.parametrize(("native_id", "segment"), UUIDS)
def test_ids_arrive_as_encoded(session, native_id, segment):
    """What a bare socket reads is exactly the segment that was built: no library undoes the encoding."""
    path = f"/meetings/{meeting_segment(native_id)}/recordings"
    assert raw_request_line(session, path) == f"GET /v2/meetings/{segment}/recordings HTTP/1.1"


@given(st.binary(min_size=16, max_size=16))
def test_any_uuid_survives_zooms_decoding(raw):
    """Decoded once for routing the segment holds no slash; decoded twice it is the UUID."""
    native_id = base64.b64encode(raw).decode()
    segment = meeting_segment(native_id)
    assert "/" not in unquote(segment)
    assert unquote(unquote(segment)) == native_id


@pytest.mark.parametrize("bad", ["", ".", "..", "a\r\nb", "a\x00"])
def test_ids_that_change_the_path_are_refused(bad):
    """Dots and control characters never reach a URL."""
    with pytest.raises(Refused):
        meeting_segment(bad)
