"""The table of refusals, row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from harvester.errors import (
    AccessRefused,
    PageTokenExpired,
    QuotaExhausted,
    Refused,
    Retriable,
    Vanished,
)
from harvester.wire import Reply
from harvester.zoom.body import parse_error
from harvester.zoom.status import build_error, find_fault, missing_scopes

NOW = datetime(2026, 11, 20, 22, 0, 0, tzinfo=UTC)
DAILY = "You have reached the maximum daily rate limit for this API. Refer to the response header."
QPS = "You have reached the maximum per-second rate limit for this API. Try again later."


def error_of(status, code=None, message="no", headers=None, body=None):
    data = json.dumps({"code": code, "message": message}).encode() if body is None else body
    reply = Reply(status, headers or {}, data)
    fault = find_fault(status, parse_error(data), reply.headers)
    return build_error(fault, reply, what="/x", now=NOW)


@pytest.mark.parametrize(
    ("status", "code", "message", "expected"),
    [
        (401, 124, "Invalid access token.", AccessRefused),
        (400, 124, "Invalid access token.", AccessRefused),
        (401, None, "", AccessRefused),
        (400, 4741, "The token has been revoked.", AccessRefused),
        (400, 4711, "does not contain scopes:[a].", AccessRefused),
        (401, 4700, "Invalid access token, does not contain scopes.", AccessRefused),
        (400, 300, "The next page token is invalid or expired.", PageTokenExpired),
        (400, 300, "The next page token is either invalid or has expired.", PageTokenExpired),
        (400, 300, "Validation Failed.", Refused),
        (400, 200, "Only available for Paid account.", Refused),
        (400, 1010, "User does not belong to this account.", Vanished),
        (404, 1001, "User does not exist.", Vanished),
        (404, 3001, "Meeting does not exist.", Vanished),
        (404, 3301, "There is no recording for this meeting.", Vanished),
        (404, 3322, "This meeting transcript does not exist.", Vanished),
        (400, 12702, "Can not access a meeting a year ago.", Vanished),
        (404, 2300, "This API endpoint is not recognized.", Refused),
        (400, 2300, "This API endpoint is not recognized.", Refused),
        (403, 2305, "The meeting summary has been moved to Trash.", Refused),
        (403, None, "", Refused),
        (404, None, "", Vanished),
        (410, None, "", Vanished),
        (302, None, "", Refused),
        (418, None, "", Refused),
        (408, None, "", Retriable),
        (500, 500, "", Retriable),
        (503, None, "", Retriable),
        (429, 429, QPS, Retriable),
        (429, 4001, QPS, Retriable),
        (200, 429, QPS, Retriable),
        (429, None, "", Retriable),
        (429, 429, DAILY, QuotaExhausted),
        (429, 429, "You can resume these API calls at GMT 00:00:00.", QuotaExhausted),
    ],
)
def test_every_refusal_has_its_error(status, code, message, expected):
    """Status and code decide what the caller does; each error says the status and has a remedy where one exists."""
    error = error_of(status, code, message)
    assert type(error) is expected
    assert f"HTTP {status}" in error.message
    assert error.hint or isinstance(error, Retriable)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"code": "x"}', b"\xff", b"[" * 100_000])
@pytest.mark.parametrize(("status", "expected"), [(400, Refused), (404, Vanished), (502, Retriable)])
def test_unreadable_refusals_go_by_status(status, expected, body):
    """A refusal without readable words still has its error."""
    assert type(error_of(status, body=body)) is expected


@pytest.mark.parametrize(
    ("headers", "message", "expected"),
    [
        ({"Retry-After": "2"}, QPS, ("wait", 2.0)),
        ({"Retry-After": "Fri, 20 Nov 2026 22:00:30 GMT"}, QPS, ("wait", 30.0)),
        ({"Retry-After": "2026-11-20T22:00:20Z"}, QPS, ("wait", 20.0)),
        ({}, QPS, ("wait", None)),
        ({"Retry-After": "-1"}, QPS, ("wait", None)),
        ({"Retry-After": "NaN"}, QPS, ("wait", None)),
        ({"X-RateLimit-Type": "QPS"}, DAILY, ("wait", None)),
        ({"X-RateLimit-Type": "Daily-limit"}, QPS.replace("per-second", ""), ("resets", "2026-11-21T00:00")),
        ({}, DAILY, ("resets", "2026-11-21T00:00")),
        ({"Retry-After": "2026-11-21T03:00:00Z"}, DAILY, ("resets", "2026-11-21T03:00")),
        ({"Retry-After": "2026-11-20T22:01:00Z"}, DAILY, ("wait", 60.0)),
        ({"Retry-After": "7200"}, QPS, ("resets", "2026-11-21T00:00")),
    ],
)
def test_limits_are_waited_for_or_end_the_day(headers, message, expected):
    """A short wait is waited for; a long one, or a day's limit, ends the run and says when to come back."""
    error = error_of(429, 429, message, headers)
    if expected[0] == "wait":
        assert isinstance(error, Retriable)
        assert error.wait_s == expected[1]
    else:
        assert isinstance(error, QuotaExhausted)
        assert error.resets_at.isoformat().startswith(expected[1])


def test_missing_scopes_come_admin_first():
    """An app of our kind needs the admin variant."""
    message = "Invalid access token, does not contain scopes:[b:read, b:read:admin]."
    assert missing_scopes(message) == ["b:read:admin", "b:read"]
    assert missing_scopes("Invalid access token, does not contain scopes.") == []
    assert missing_scopes(None) == []


def test_zooms_words_cannot_forge_a_line():
    """Line breaks and control characters of a reply do not get into the sentence."""
    assert "\n" not in error_of(400, 200, "no\n2026 ERROR fake").message
    assert "\x1b" not in error_of(400, 200, "no \x1b[2J").message


def test_every_observed_error_is_understood(zoom_fixtures):
    """Bodies as other people met them: none is left to chance."""
    observed = json.loads((zoom_fixtures / "oauth-and-errors.json").read_text(encoding="utf-8"))["api_errors"]
    assert observed
    for each in observed:
        error = error_of(each["http"] or 400, body=json.dumps(each["body"]).encode())
        assert f"code {each['body']['code']}" in error.message
