"""One recording, all instances of a number, and the credential that fetches files."""

from __future__ import annotations

import pytest

from harvester.errors import AccessRefused, Damaged, Refused, Vanished
from harvester.source import Source
from harvester.zoom.scopes import RECORDING_FILES

UUID = "/pfVhQWoSQmUs6ZOwFD4kw=="
PATH = "/v2/meetings/%252FpfVhQWoSQmUs6ZOwFD4kw%253D%253D/recordings"
NUMBER = "85746065430"
LATEST = f"/v2/meetings/{NUMBER}/recordings"
PAST = f"/v2/past_meetings/{NUMBER}/instances"
NO_SCOPE = (400, {"code": 4711, "message": "does not contain scopes:[x:read:admin]."})
GONE = (404, {"code": 3301, "message": "There is no recording for this meeting."})


def payload(**more):
    return {"uuid": UUID, "id": int(NUMBER), "start_time": "2026-11-05T10:00:00Z", **more}


def test_is_a_source(source):
    """The client fits the plug that the pipeline expects."""
    plug: Source = source
    assert (plug.name, plug.account_id, plug.api_calls) == ("zoom", "canary-account", 0)


def test_download_token_is_asked_for_only_to_download(script, source):
    """For a look the call is bare; for a download it asks for a token of a day, which becomes the bearer."""
    script.routes[PATH] = payload(download_access_token="canary-jwt")
    looked = source.fetch_detail(UUID, for_download=False)
    fetched = source.fetch_detail(UUID, for_download=True)
    assert (looked.bearer, fetched.bearer) == (None, "canary-jwt")
    queries = [each.query for each in script.asked if each.path == PATH]
    assert queries == [{}, {"include_fields": "download_access_token", "ttl": "86400"}]
    assert "canary-jwt" not in repr(fetched.bearer and source.scrub(fetched.payload))


@pytest.mark.parametrize("token", [None, "", "a\r\nb", "é"])
def test_access_token_stands_in(script, source, token):
    """Without a usable download token the app's own token is the bearer."""
    script.routes[PATH] = payload(download_access_token=token)
    assert source.fetch_detail(UUID, for_download=True).bearer == "token-1"


@pytest.mark.parametrize("code", [3301, 3001, 1001])
def test_gone_is_vanished(script, source, code):
    """Deleted, trashed, unknown: the recording is gone, the run goes on."""
    script.routes[PATH] = (404, {"code": code, "message": "no"})
    with pytest.raises(Vanished):
        source.fetch_detail(UUID, for_download=True)


def test_another_meeting_is_not_taken(script, source):
    """An answer about another recording is never archived under this one's id."""
    script.routes[PATH] = payload() | {"uuid": "other=="}
    with pytest.raises(Damaged, match="other=="):
        source.fetch_detail(UUID, for_download=True)


def test_no_permission_inside_a_200(script, source):
    """Zoom refuses with HTTP 200 as well."""
    script.routes[PATH] = (200, {"code": 200, "message": "You do not have the right permission."})
    with pytest.raises(Refused):
        source.fetch_detail(UUID, for_download=True)


def test_scope_refusal_is_fatal_until_one_was_served(script, source):
    """Before the first success the app lacks the scope; afterwards it is this one recording."""
    script.routes[PATH] = [NO_SCOPE, payload(), NO_SCOPE]
    with pytest.raises(AccessRefused):
        source.fetch_detail(UUID, for_download=False)
    source.fetch_detail(UUID, for_download=False)
    with pytest.raises(Refused):
        source.fetch_detail(UUID, for_download=False)


def test_scope_refusal_of_one_recording_is_its_own_when_the_token_has_the_scope(script, source):
    """Zoom also says so of a single recording; whether it is the first that is asked for must not matter."""
    granted = {"access_token": "t", "expires_in": 3599, "scope": f"{RECORDING_FILES} user:read:list_users:admin"}
    script.routes["/oauth/token"] = granted
    script.routes[PATH] = NO_SCOPE
    with pytest.raises(Refused):
        source.fetch_detail(UUID, for_download=False)


def test_instances_come_oldest_first_with_the_latest(script, source):
    """All held instances, once each, and the latest recording last."""
    script.routes[PAST] = {
        "meetings": [
            {"uuid": "b==", "start_time": "2026-11-02T10:00:00Z"},
            {"uuid": UUID, "start_time": "2026-11-03T10:00:00Z"},
            {"uuid": "a==", "start_time": "2026-11-01T10:00:00Z"},
            {"uuid": "z=="},
            {"start_time": "2026-11-04T10:00:00Z"},
        ]
    }
    script.routes[LATEST] = payload()
    assert source.fetch_instances(NUMBER) == ["z==", "a==", "b==", UUID]


@pytest.mark.parametrize("refusal", [NO_SCOPE, (404, {"code": 3001, "message": "no"})])
def test_instances_refused_leave_the_latest(script, source, caplog, refusal):
    """Without the scope for past instances the latest still comes, and the log says what is missing."""
    script.routes[PAST] = refusal
    script.routes[LATEST] = payload()
    assert source.fetch_instances(NUMBER) == [UUID]
    assert [each.message for each in caplog.records if each.levelname == "WARNING"] == ["zoom.instances_unavailable"]


def test_latest_without_recording_leaves_the_others(script, source):
    """The last instance may not have been recorded."""
    script.routes[PAST] = {"meetings": [{"uuid": "a==", "start_time": "2026-11-01T10:00:00Z"}]}
    script.routes[LATEST] = GONE
    assert source.fetch_instances(NUMBER) == ["a=="]


def test_unknown_number_is_vanished(script, source):
    """Neither instances nor a recording: the number leads nowhere."""
    script.routes[PAST] = (404, {"code": 3001, "message": "no"})
    script.routes[LATEST] = GONE
    with pytest.raises(Vanished):
        source.fetch_instances(NUMBER)


def test_a_uuid_is_its_own_instance(script, source):
    """Nothing is asked for an id that names one instance already."""
    assert source.fetch_instances(UUID) == [UUID]
    assert script.asked == []
