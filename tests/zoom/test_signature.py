"""Which requests are Zoom's: documented vectors, and everything near them that is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from harvester.zoom.signature import AHEAD, OLDEST, answer_challenge, find_forgery, sign

SECRET = "a-secret-token"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
BODY = '{"event":"recording.completed","payload":{"object":{"topic":"Réunion 日本語"}}}'.encode()


def forgery(body=BODY, timestamp=STAMP, signature=None, secrets=(SECRET,), now=NOW):
    signature = sign(BODY, STAMP, SECRET) if signature is None else signature
    return find_forgery(body, timestamp=timestamp, signature=signature, secrets=secrets, now=now)


def test_zooms_documented_rule_gives_the_known_digests(zoom_fixtures):
    """Every shared vector is judged as it says, among them a body with one blank more."""
    vectors = json.loads((zoom_fixtures / "webhook-signature-vectors.json").read_text())
    secrets = (vectors["secret_token"],)
    for each in vectors["signatures"]:
        timestamp = each["x-zm-request-timestamp"]
        now = datetime.fromtimestamp(int(timestamp), UTC)
        signature = each["x-zm-signature"]
        found = forgery(each["raw_body"].encode(), timestamp, signature, secrets, now)
        assert (found is None) is each.get("valid", True), each
    challenge = vectors["url_validation"]
    assert answer_challenge(challenge["plainToken"], *secrets) == challenge["expected_response"]


def test_a_digest_worked_out_by_hand():
    """`printf 'v0:1:{}' | openssl dgst -sha256 -hmac k` gives this."""
    assert sign(b"{}", "1", "k") == "v0=6e9d972a495354bb9c6b67038087671e9f624f13ec1d6aef5cce80103860a7f7"


def test_the_old_and_the_new_secret_are_both_good_while_it_is_changed():
    """Either may have signed; a third one may not."""
    assert forgery(secrets=("new", SECRET)) is None
    assert forgery(secrets=(SECRET, "new")) is None
    assert forgery(secrets=("new", "other")) == "its signature is another"
    assert forgery(secrets=()) == "its signature is another"


@pytest.mark.parametrize(
    "change",
    [
        {"body": BODY + b" "},
        {"body": json.dumps(json.loads(BODY)).encode()},
        {"timestamp": str(int(STAMP) + 1)},
        {"signature": sign(BODY, STAMP, SECRET).upper()},
        {"signature": sign(BODY, STAMP, SECRET).removeprefix("v0=")},
        {"signature": sign(BODY, STAMP, SECRET)[:-1]},
        {"signature": ""},
        {"signature": "v0=é\udce9"},
        {"timestamp": STAMP + "\n"},
        {"timestamp": " " + STAMP},
        {"timestamp": "١٢٣"},
        {"timestamp": "-1"},
        {"timestamp": "9" * 5000},
        {"timestamp": ""},
    ],
)
def test_whatever_was_not_signed_is_refused(change):
    """A byte more, another spelling, another time, half a digest, digits of other scripts."""
    assert forgery(**change)


def test_a_request_without_its_headers_is_refused():
    """Neither is optional."""
    assert find_forgery(BODY, timestamp=None, signature=sign(BODY, STAMP, SECRET), secrets=(SECRET,), now=NOW)
    assert find_forgery(BODY, timestamp=STAMP, signature=None, secrets=(SECRET,), now=NOW)


@pytest.mark.parametrize(
    ("now", "trusted"),
    [
        (NOW + timedelta(minutes=95), True),  # the last of Zoom's own tries, under the first time stamp
        (NOW + OLDEST, True),
        (NOW + OLDEST + timedelta(seconds=1), False),
        (NOW - AHEAD, True),
        (NOW - AHEAD - timedelta(seconds=1), False),
    ],
)
def test_a_recorded_request_is_good_for_a_while(now, trusted):
    """Zoom's retries pass, and clocks that are a little off; an old recording does not."""
    assert (forgery(now=now) is None) is trusted


def test_a_challenge_is_no_way_to_have_a_body_signed():
    """The digest of a chosen text would be the signature of a chosen event."""
    assert answer_challenge(f"v0:{STAMP}:{{}}", SECRET) is None
    for each in (None, "", 7, {}, "a b", "x" * 257, "é", "a\n"):
        assert answer_challenge(each, SECRET) is None
