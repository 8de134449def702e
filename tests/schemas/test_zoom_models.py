"""What Zoom sends is read with tolerance: odd values are unsaid, unknown fields are kept, secrets are not shown."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.zoom import ErrorBody, ListingReply, Meeting, PastInstances, RecordingFile, TokenReply, UserPage

INT64 = 2**63 - 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        ("5", 5),
        (5.0, 5),
        (0, 0),
        (INT64, INT64),
        (str(INT64), INT64),
        (INT64 + 1, None),
        (-1, None),
        ("", None),
        (None, None),
        (True, None),
        ("5 MB", None),
        (float("nan"), None),
        (float("inf"), None),
        (1e300, None),
        ([5], None),
        (10**400, None),
    ],
)
def test_numbers(value, expected):
    """Whole numbers come as numbers or text; whatever is no size is unsaid."""
    assert RecordingFile.model_validate({"file_size": value}).file_size == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-05T10:00:00Z", datetime(2026, 11, 5, 10, tzinfo=UTC)),
        ("2026-11-05T12:00:00+02:00", datetime(2026, 11, 5, 10, tzinfo=UTC)),
        ("2026-11-05T10:00:00", datetime(2026, 11, 5, 10, tzinfo=UTC)),
        ("2026-11-05T10:00:00.250Z", datetime(2026, 11, 5, 10, 0, 0, 250_000, tzinfo=UTC)),
        ("", None),
        (None, None),
        ("soon", None),
        (1762336800, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_times(value, expected):
    """Times are UTC; empty and unreadable ones are unsaid."""
    assert Meeting.model_validate({"uuid": "u", "start_time": value}).start_time == expected


@pytest.mark.parametrize(("value", "expected"), [(2, "2"), ("2", "2"), (82400944973, "82400944973"), ("", None)])
def test_ids_and_types(value, expected):
    """Numbers in the wire and strings in the documents are the same to us."""
    meeting = Meeting.model_validate({"uuid": "u", "id": value, "type": value})
    assert (meeting.id, meeting.type) == (expected, expected)


def test_unknown_fields_are_kept():
    """What Zoom adds tomorrow survives reading."""
    assert Meeting.model_validate({"uuid": "u", "rc_zone": "x"}).model_dump()["rc_zone"] == "x"


@pytest.mark.parametrize("payload", [{}, {"uuid": ""}, {"uuid": None}, {"uuid": ["x"]}])
def test_a_meeting_needs_its_uuid(payload):
    """Nothing else names an instance."""
    with pytest.raises(ValidationError):
        Meeting.model_validate(payload)


def test_empty_page():
    """An empty page has no size and no token."""
    reply = ListingReply.model_validate(
        {"from": "2026-05-12", "to": "2026-05-13", "page_size": 0, "total_records": 0, "next_page_token": ""}
    )
    assert (reply.from_, reply.to) == (date(2026, 5, 12), date(2026, 5, 13))
    assert (reply.total_records, reply.next_page_token, reply.meetings) == (0, None, ())


@pytest.mark.parametrize(
    ("body", "code", "message", "error"),
    [
        ({"code": 124, "message": "Invalid"}, 124, "Invalid", None),
        ({"reason": "Bad Request", "error": "invalid_request"}, None, "Bad Request", "invalid_request"),
        ({"status": False, "errorCode": 4702, "errorMessage": "no"}, 4702, "no", None),
        ({"code": "124"}, 124, None, None),
        ({"code": {}}, None, None, None),
        ({}, None, None, None),
    ],
)
def test_errors_of_every_shape(body, code, message, error):
    """The API, its token address and its download hosts refuse in three dialects."""
    read = ErrorBody.model_validate(body)
    assert (read.code, read.message, read.error) == (code, message, error)


def test_a_bad_token_is_not_quoted():
    """The validator's own text shows no input."""
    with pytest.raises(ValidationError) as caught:
        TokenReply.model_validate({"access_token": "canary\r\nX: y"})
    assert "canary" not in str(caught.value)
    assert "canary" not in repr(TokenReply(access_token="canary"))


def test_users_and_instances():
    """Pending users have no id; entries that are no objects are passed over."""
    page = UserPage.model_validate({"users": [{"email": "p@x.example", "status": "pending"}, {"id": "u"}, None]})
    assert [user.id for user in page.users] == [None, "u"]
    past = PastInstances.model_validate({"meetings": [{"uuid": "a==", "start_time": ""}]})
    assert (past.meetings[0].uuid, past.meetings[0].start_time) == ("a==", None)


def test_every_observed_payload_is_read():
    """Payloads as captured by others pass the models unchanged in what matters."""
    folder = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures" / "zoom"
    if not folder.is_dir():
        pytest.skip("the observed payloads are not beside this checkout")
    observed = json.loads((folder / "recordings-observed.json").read_text(encoding="utf-8"))
    page = ListingReply.model_validate(observed["paused_and_resumed_last_page"]["response"])
    assert page.total_records == 31
    assert len(Meeting.model_validate(page.meetings[0]).recording_files) == 6
    assert ListingReply.model_validate(observed["empty_listing"]["response"]).meetings == ()
    errors = json.loads((folder / "oauth-and-errors.json").read_text(encoding="utf-8"))
    assert TokenReply.model_validate(errors["token_success"]["body"]).expires_in == 3599
    assert all(ErrorBody.model_validate(each["body"]).error for each in errors["token_errors"])
    examples = json.loads((folder / "webhook-examples.json").read_text(encoding="utf-8"))
    objects = [meeting for meeting in _objects(examples) if "recording_files" in meeting and "uuid" in meeting]
    assert objects
    assert all(Meeting.model_validate(each).uuid for each in objects)


def _objects(value):
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)
