"""The access token: shared, renewed early, refused in plain words, never shown."""

from __future__ import annotations

import base64
import itertools
import threading
import time
import traceback

import pytest

from harvester import wire
from harvester.clock import SystemClock
from harvester.errors import AccessRefused, ConfigError, Failed
from harvester.retry import RetryPolicy
from harvester.zoom.auth import REFRESH_GAPS_S, TokenCache

SECRET = "canary-client-secret"


@pytest.fixture
def cache(script, session, clock):
    return build(script, session, clock)


def build(script, session, clock, **more):
    fields = {"oauth_url": f"{script.url}/oauth/token", "retry": RetryPolicy(attempts=3), **more}
    return TokenCache(account_id="acc", client_id="id", client_secret=SECRET, session=session, clock=clock, **fields)


def test_asks_as_zoom_wants_it(script, cache):
    """The grant stands in the form body, the client in the Basic header, and nothing in the query."""
    assert cache.token() == "token-1"
    [asked] = script.asked
    assert asked.method == "POST"
    assert asked.target == "/oauth/token"
    assert asked.form == {"grant_type": "account_credentials", "account_id": "acc"}
    basic = asked.headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(basic).decode() == f"id:{SECRET}"


def test_renews_before_the_token_dies(script, cache, clock):
    """One request serves until five minutes or a twentieth of the life before its end."""
    assert cache.token() == cache.token() == "token-1"
    clock.jumped_s = 3599 * 0.95 - 1
    assert cache.token() == "token-1"
    clock.jumped_s += 2
    assert cache.token() == "token-2"


def test_short_tokens_are_asked_for_once_each(script, session, clock):
    """Tokens of five seconds over a minute cost at most thirteen requests, and none is used after its end."""
    script.routes["/oauth/token"] = lambda _asked: {
        "access_token": f"t{clock.monotonic():.2f}",
        "expires_in": 5,
    }
    cache = build(script, session, clock)
    for _ in range(600):
        born = float(cache.token()[1:])
        assert clock.monotonic() - born < 5
        clock.jumped_s += 0.1
    assert len(script.asked) <= 13


def test_refresh_only_replaces_the_token_that_failed(script, cache):
    """Eight workers that met the same dead token cost one request."""
    seen = cache.token()
    assert {cache.refresh(seen) for _ in range(8)} == {"token-2"}
    assert script.tokens == 2


def test_refreshes_do_not_storm(script, cache, clock):
    """A second refresh waits, so that two processes cannot displace each other's tokens all the time."""
    cache.refresh(cache.refresh(cache.token()))
    assert script.tokens == 3
    assert REFRESH_GAPS_S[0] <= sum(clock.slept) <= REFRESH_GAPS_S[1]


def test_threads_share_one_request(script, session):
    """Never two requests for a token at the same time."""
    running = itertools.count()
    overlaps = []
    busy = threading.Lock()

    def slowly(asked):
        overlaps.append(not busy.acquire(blocking=False))
        time.sleep(0.05)
        busy.release()
        return {"access_token": f"t{next(running)}", "expires_in": 3600}

    script.routes["/oauth/token"] = slowly
    cache = build(script, session, SystemClock())
    found = []
    threads = [threading.Thread(target=lambda: found.append(cache.token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["t0"] * 8
    assert overlaps == [False]


@pytest.mark.parametrize(
    ("status", "body", "remedy"),
    [
        (400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, "ZOOM_CLIENT_ID"),
        (401, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, "ZOOM_CLIENT_SECRET"),
        (400, {"reason": "Bad Request", "error": "invalid_request"}, "ZOOM_ACCOUNT_ID"),
        (400, {"reason": "Account does not exist", "error": "invalid_request"}, "ZOOM_ACCOUNT_ID"),
        (
            400,
            {"reason": "Account does not enabled the OAuth app type", "error": "invalid_request"},
            "administrator must allow",
        ),
        (400, {"error": "unsupported_grant_type"}, "type Server-to-Server"),
        (403, b"", "activated"),
        (400, {"status": False, "errorCode": 4702, "errorMessage": "Invalid client_id: x"}, "ZOOM_CLIENT_ID"),
        (200, {"reason": "Bad Request", "error": "invalid_request"}, "ZOOM_ACCOUNT_ID"),
    ],
)
def test_refusals_say_what_to_check(script, cache, status, body, remedy):
    """A refusal is final, carries Zoom's reason and names the setting; asking again sends nothing."""
    script.routes["/oauth/token"] = (status, body)
    for _ in range(3):
        with pytest.raises(AccessRefused) as caught:
            cache.token()
        assert remedy in caught.value.hint
    if isinstance(body, dict) and "reason" in body:
        assert body["reason"] in caught.value.message
    assert len(script.asked) == 1


def test_refusal_is_forgotten_after_a_minute(script, cache, clock):
    """A long-running process notices that the app was repaired."""
    issue = script.routes["/oauth/token"]
    script.routes["/oauth/token"] = [(403, b""), issue]
    with pytest.raises(AccessRefused):
        cache.token()
    clock.jumped_s += 61
    assert cache.token() == "token-1"


def test_passing_faults_are_retried(script, cache, clock):
    """500 twice, then a token: three requests with growing gaps."""
    issue = script.routes["/oauth/token"]
    script.routes["/oauth/token"] = [(500, b""), (503, b""), issue]
    assert cache.token() == "token-1"
    assert len(script.asked) == 3
    assert clock.slept[0] < clock.slept[1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b'{"access_token": ""}',
        b'{"access_token": 5}',
        b'{"access_token": "a\\r\\nX-Evil: 1"}',
        b'{"access_token": "\xc3\xa9"}',
        b"[" * 50_000,
    ],
    ids=["empty", "html", "nothing", "blank", "number", "header", "umlaut", "deep"],
)
def test_nonsense_ends_the_run_with_a_sentence(script, cache, body):
    """What is no token is never used; after the tries the run ends, without a traceback of another kind."""
    script.routes["/oauth/token"] = (200, body)
    with pytest.raises(Failed, match="Zoom gives no access token"):
        cache.token()
    assert len(script.asked) == 3


@pytest.mark.parametrize("life", ["3600", -1, 1e99, "soon", None, 0, float(3600)])
def test_odd_lifetimes_mean_an_hour(script, session, clock, life):
    """An unusable `expires_in` is the usual hour, not a loop of requests."""
    script.routes["/oauth/token"] = {"access_token": "t", "expires_in": life}
    cache = build(script, session, clock)
    cache.token()
    clock.jumped_s += 3000
    cache.token()
    assert len(script.asked) == 1


def test_scopes_are_those_granted(script, cache):
    """The scopes of the token can be shown to the operator."""
    script.routes["/oauth/token"] = {"access_token": "t", "scope": "a:read b:read:admin"}
    assert cache.scopes() == {"a:read", "b:read:admin"}


@pytest.mark.parametrize(
    "reply",
    [
        (400, {"reason": f"Invalid secret {SECRET}", "error": "invalid_client"}),
        (200, {"access_token": f"{SECRET} with blanks"}),
        (302, b"", {"Location": f"https://evil.example/?s={SECRET}"}),
    ],
)
def test_errors_show_no_secret(script, cache, reply):
    """Neither the sentence nor the whole traceback holds the secret or the Basic header."""
    script.routes["/oauth/token"] = reply
    with pytest.raises((AccessRefused, Failed, ConfigError)) as caught:
        cache.token()
    shown = "".join(traceback.format_exception(caught.value)) + str(caught.value.hint)
    assert SECRET not in shown
    assert base64.b64encode(f"id:{SECRET}".encode()).decode() not in shown


@pytest.mark.parametrize(
    "url",
    [
        "http://zoom.us/oauth/token",
        "ftp://zoom.us/x",
        "https://user@zoom.us/x",
        "https://zoom.us\\@evil.example/",
        "https://zoom.us/x?a=b",
        "zoom.us",
        "",
    ],
)
def test_credentials_go_nowhere_unsafe(url, session, clock, script):
    """An address that is unencrypted or ambiguous is refused before anything is sent."""
    with pytest.raises(ConfigError, match="ZOOM_OAUTH_URL"):
        build(script, session, clock, oauth_url=url)


def test_unreachable_is_a_sentence(session, clock, script):
    """A refused connection is retried and then said in words."""
    cache = build(script, session, clock, oauth_url="http://127.0.0.1:9/oauth/token")
    with pytest.raises(Failed, match=r"no complete answer from 127\.0\.0\.1:9"):
        cache.token()
    assert len(clock.slept) == 2


def test_endless_token_reply_is_cut(script, cache, monkeypatch):
    """A token reply beyond the limit is not read on, and the run ends with a sentence."""
    monkeypatch.setattr(wire, "MOST_BODY_BYTES", 1000)
    script.routes["/oauth/token"] = (200, b" " * 100_000)
    with pytest.raises(Failed, match="longer than 1000 bytes"):
        cache.token()
