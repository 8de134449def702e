from __future__ import annotations

import http.client
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from harvester.sandbox.paths import find_route

VECTORS = Path(__file__).resolve().parents[2] / ".." / "shared/fixtures/zoom/uuid-encoding-vectors.json"
SLASHED = "/pfVhQWoSQmUs6ZOwFD4kw=="


def ask_raw(visitor, path: str) -> tuple[int, dict]:
    """Send the path exactly as written."""
    connection = http.client.HTTPConnection(urlsplit(visitor.box.api_base_url).netloc, timeout=5)
    try:
        connection.putrequest("GET", path, skip_accept_encoding=True)
        connection.putheader("Authorization", visitor.session.headers["Authorization"])
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def with_uuids(account, uuids):
    meetings = tuple(replace(m, uuid=u) for m, u in zip(account.meetings, uuids, strict=False))
    return replace(account, meetings=meetings)


def test_every_vector_arrives_whole_when_encoded_twice(visit, small_account):
    """A doubly encoded UUID finds its meeting; a singly encoded one only if it holds no slash."""
    if not VECTORS.exists():
        pytest.skip("the encoding vectors lie beside the checkout and are not here")
    vectors = [v for v in json.loads(VECTORS.read_text())["vectors"] if not v["id"].isdecimal()]
    with visit(with_uuids(small_account, [v["id"] for v in vectors])) as visitor:
        for vector in vectors:
            status, body = ask_raw(visitor, f"/v2/meetings/{vector['double']}/recordings")
            assert (status, body["uuid"]) == (200, vector["id"])
            status, body = ask_raw(visitor, f"/v2/meetings/{vector['single']}/recordings")
            assert (status == 200) == (not vector["contains_slash"])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/v2/meetings/{SLASHED}/recordings", 3001),
        (f"/v2/meetings/{quote(SLASHED, safe='')}/recordings", 3001),
        ("/v2/meetings/zVZ/a==/recordings", 2300),
        ("/v2/" + quote(quote("meetings/abc/recordings", safe=""), safe=""), 2300),
        ("/v2/nothing", 2300),
    ],
)
def test_a_badly_encoded_uuid_gets_zooms_404(visit, small_account, path, code):
    """Slashes that were not encoded twice give 3001 with the slash eaten, or 2300."""
    with visit(with_uuids(small_account, [SLASHED, "zVZ/a=="])) as visitor:
        status, body = ask_raw(visitor, path)
        assert (status, body["code"]) == (404, code)
        if code == 3001:
            assert body["message"] == "Meeting does not exist: pfVhQWoSQmUs6ZOwFD4kw==."


def test_a_number_means_the_latest_instance(visit):
    """A numeric id reaches the newest instance only; `instances` names them all."""
    from harvester.sandbox import demo_account

    account = demo_account()
    series = [m for m in account.meetings if m.id == 84_120_337_519]
    with visit(account, clock=lambda: account.anchor) as visitor:
        newest = visitor.get("/meetings/84120337519/recordings").json()
        assert newest["uuid"] == max(series, key=lambda m: m.start_at).uuid
        rows = visitor.get("/past_meetings/84120337519/instances").json()["meetings"]
        assert {row["uuid"] for row in rows} == {m.uuid for m in series}


def test_calls_of_other_tools_are_answered(visit):
    """Participants, a user's meetings and a deletion answer as other clients need; a deletion removes nothing."""
    with visit() as visitor:
        uuid = visitor.box.account.meetings[1].uuid
        twice = quote(quote(uuid, safe=""), safe="")
        assert visitor.get(f"/past_meetings/{twice}/participants").json()["participants"]
        assert visitor.get("/users/me/meetings").status_code == 200
        gone = visitor.session.delete(f"{visitor.box.api_base_url}/meetings/{twice}/recordings", timeout=5)
        assert gone.status_code == 204
        assert visitor.detail(uuid).status_code == 200


def test_routes_are_a_pure_table():
    """The kind of a call, on which faults and limits hang, follows from method and path alone."""
    assert find_route("GET", "/v2/accounts/me/recordings").kind == "listing"
    assert find_route("GET", "/v2/users/a%40example.com/recordings").subject == "a@example.com"
    assert find_route("GET", "/rec/download/abc.1-2-3").subject == "1-2-3"
    assert find_route("POST", "/v2/users").name == "unknown"
