from __future__ import annotations

import gzip
import http.client
import json
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
import requests

from harvester.sandbox import FAULTS, Fault, parse_fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("listing:429", Fault("listing", "429")),
        ("listing:429:times=2", Fault("listing", "429", times=2)),
        ("file:truncate=1000", Fault("file", "truncate", 1000)),
        ("file:truncate", Fault("file", "truncate", 0)),
        ("api:503:always", Fault("api", "status", 503, times=None)),
        ("file:reset=10:p=0.5:seed=7", Fault("file", "reset", 10, times=None, probability=0.5, seed=7)),
        (
            "download:redirect=http://a.example:81/x:times=3",
            Fault("download", "redirect", "http://a.example:81/x", times=3),
        ),
        ("meeting:zoom=3301:skip=1:path=abc", Fault("meeting", "zoom", 3301, skip=1, path="abc")),
        ("file:stall=0.5", Fault("file", "stall", 0.5)),
    ],
)
def test_faults_are_read_from_text(text, fault):
    """The command line's wording becomes the record a program would write."""
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("429", "should read WHERE:WHAT"),
        ("nowhere:429", "unknown place 'nowhere'"),
        ("listing:melt", "unknown fault 'melt'"),
        ("file:truncate=lots", "'lots' in fault"),
        ("listing:html=3", "takes no value"),
        ("download:redirect", "needs a value"),
        ("listing:429:times=often", "'often' in fault"),
        ("listing:set=topic", "should be KEY=JSON"),
        ("listing:recode=klingon", "should be an encoding"),
    ],
)
def test_a_fault_that_makes_no_sense_says_why(text, sentence):
    """What cannot be read is a ValueError that names the wrong piece."""
    with pytest.raises(ValueError, match=re.escape(sentence)):
        parse_fault(text)


def test_every_fault_has_its_sentence():
    """The table of faults for the documentation has no empty line."""
    assert all(FAULTS.values())


def arm(visitor, *texts: str) -> None:
    visitor.box.faults.clear()
    for text in texts:
        visitor.box.faults.add(text)


def media(visitor) -> tuple[str, str]:
    """The signed URL and the id of the first file."""
    file = visitor.detail(visitor.box.account.meetings[0].uuid).json()["recording_files"][0]
    return visitor.locate(file["download_url"]), file["id"]


def fetch_raw(url: str, **headers: str) -> tuple[dict[str, str], bytes, Exception | None]:
    """Headers and as much of the body as came, with what ended it."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    got = b""
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        names = {k.lower(): v for k, v in answer.getheaders()}
        try:
            while piece := answer.read1():
                got += piece
        except ConnectionError as error:
            return names, got, error
        finally:
            answer.close()
        return names, got, None
    finally:
        connection.close()


def test_times_skip_and_path_choose_the_victims(visit):
    """The first `skip` pass, then `times` are struck, and only where the path matches."""
    with visit() as visitor:
        arm(visitor, "users:503:skip=1:times=2")
        assert [visitor.get("/users").status_code for _ in range(5)] == [200, 503, 503, 200, 200]
        arm(visitor, "users:500:always:path=inactive")
        assert visitor.get("/users").status_code == 200
        assert visitor.get("/users", status="inactive").status_code == 500


def test_probability_is_seeded(visit):
    """The same seed strikes the same requests."""
    with visit() as visitor:
        rows = []
        for _ in range(2):
            arm(visitor, "users:500:p=0.5:seed=3")
            rows.append([visitor.get("/users").status_code for _ in range(12)])
        assert rows[0] == rows[1]
        assert set(rows[0]) == {200, 500}


def test_429_comes_in_every_shape(visit):
    """Each shape carries exactly the headers Zoom has been seen to send with it."""
    with visit() as visitor:
        now = visitor.box.now()
        shapes = ("429", "429_seconds=7", "429_http_date=60", "429_iso=3600", "429_daily")
        answers = []
        for shape in shapes:
            arm(visitor, f"listing:{shape}")
            answers.append(visitor.get("/users/me/recordings"))
        assert {a.status_code for a in answers} == {429}
        waits = [a.headers.get("Retry-After") for a in answers]
        assert (waits[0], waits[1], waits[4]) == (None, "7", None)
        assert (parsedate_to_datetime(waits[2]) - now).total_seconds() == 60
        assert (datetime.fromisoformat(waits[3]).astimezone(UTC) - now).total_seconds() == 3600
        kinds = [a.headers.get("X-RateLimit-Type") for a in answers]
        assert kinds == ["QPS", "QPS", "QPS", "Daily-limit", None]
        assert ["daily" in a.json()["message"] for a in answers] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("fault", "status", "marker"),
    [
        ("token:zoom=124", 401, '"code":124'),
        ("token:html", 200, "<title>"),
        ("token:empty", 200, ""),
        ("token:half_json", 200, '{"access_token"'),
    ],
)
def test_faults_strike_the_token_endpoint(visit, fault, status, marker):
    """The token endpoint can answer with an error, a page, nothing and half a JSON."""
    with visit() as visitor:
        arm(visitor, fault)
        answer = visitor.ask_token()
        assert answer.status_code == status
        assert marker in answer.text
        if "half" in fault:
            with pytest.raises(requests.exceptions.JSONDecodeError):
                answer.json()


def test_an_answer_can_be_any_bytes(visit):
    """A program may set status, headers and body of an answer freely."""
    with visit() as visitor:
        visitor.box.faults.add(Fault("users", "status", 200, body=b"[[[[", headers=(("Retry-After", "NaN"),)))
        answer = visitor.get("/users")
        assert (answer.status_code, answer.content) == (200, b"[[[[")
        assert answer.headers["Retry-After"] == "NaN"


def test_expired_tokens_stay_expired(visit):
    """`expire_tokens` makes this request and all later ones with the old token 401."""
    with visit() as visitor:
        arm(visitor, "users:expire_tokens")
        assert [visitor.get("/users").status_code for _ in range(2)] == [401, 401]
        visitor.log_in()
        assert visitor.get("/users").status_code == 200


def test_a_page_can_repeat_and_a_total_can_lie(visit):
    """`repeat_page` hands the same token out again, `total` shifts total_records."""
    with visit() as visitor:
        query = {"from": "2026-02-25", "to": "2026-03-20", "page_size": 3}
        first = visitor.get("/accounts/me/recordings", **query).json()
        arm(visitor, "listing:repeat_page:always", "listing:total=2:always")
        token = first["next_page_token"]
        second = visitor.get("/accounts/me/recordings", **query, next_page_token=token).json()
        assert second["next_page_token"] == token
        assert second["total_records"] == first["total_records"] + 2


@pytest.mark.parametrize("cut", [0, 1, 500])
def test_truncation_keeps_the_length_and_cuts_the_body(visit, cut):
    """`truncate` promises the whole Content-Length and ends after N bytes."""
    with visit() as visitor:
        url, _ = media(visitor)
        arm(visitor, f"file:truncate={cut}")
        headers, got, _ = fetch_raw(url)
        assert (len(got), int(headers["content-length"]) > cut) == (cut, True)
        assert visitor.box.requests[-1].bytes_sent == cut
        assert visitor.box.requests[-1].fault == f"file:truncate={cut}"


def test_a_reset_is_a_reset(visit):
    """`reset` ends the connection with RST after N bytes."""
    with visit() as visitor:
        url, _ = media(visitor)
        arm(visitor, "file:reset=700")
        _, got, error = fetch_raw(url)
        assert isinstance(error, ConnectionResetError)
        assert len(got) == 700


def test_no_length_hides_the_cut(visit):
    """`no_length` sends no Content-Length and closes early: nothing in HTTP tells the client."""
    with visit() as visitor:
        url, _ = media(visitor)
        arm(visitor, "file:no_length=700")
        headers, got, error = fetch_raw(url)
        assert "content-length" not in headers
        assert (len(got), error) == (700, None)


def test_lengths_and_ranges_can_lie(visit):
    """`wrong_length`, `wrong_range` and `ignore_range` misstate what follows."""
    with visit() as visitor:
        url, _ = media(visitor)
        whole = fetch_raw(url)[1]
        arm(visitor, "file:wrong_length=2")
        assert int(fetch_raw(url)[0]["content-length"]) == len(whole) + 2
        arm(visitor, "file:wrong_range=3")
        headers, got, _ = fetch_raw(url, Range="bytes=100-199")
        assert headers["content-range"] == f"bytes 103-202/{len(whole)}"
        assert got == whole[103:203]
        arm(visitor, "file:ignore_range")
        headers, got, _ = fetch_raw(url, Range="bytes=100-199")
        assert "content-range" not in headers
        assert got == whole


@pytest.mark.parametrize(("fault", "same_etag"), [("change_etag", False), ("change_bytes", True)])
def test_a_file_can_change_between_two_ranges(visit, fault, same_etag):
    """The file gets new bytes, with or without a new ETag, and the truth follows."""
    with visit() as visitor:
        url, file_id = media(visitor)
        before, old, _ = fetch_raw(url)
        arm(visitor, f"file:{fault}")
        after, new, _ = fetch_raw(url)
        assert old != new
        assert (before["etag"] == after["etag"]) == same_etag
        row = next(row for row in visitor.box.truth() if row["key"] == file_id)
        assert row["size"] == len(new)


def test_bodies_can_be_slow_and_stall(visit):
    """`slow` keeps to its rate, `stall` waits before the answer and `stall_body` in its middle."""
    with visit() as visitor:
        url, file_id = media(visitor)
        size = len(fetch_raw(url)[1])
        for fault in (f"slow={size * 4}", "stall=0.2", "stall_body=0.2"):
            arm(visitor, f"file:{fault}:path={file_id}")
            began = time.monotonic()
            assert len(fetch_raw(url)[1]) == size
            assert time.monotonic() - began > 0.15


def test_redirects_can_lead_anywhere(visit):
    """A download can be sent to any URL, or round in a circle."""
    with visit() as visitor:
        meeting = visitor.detail(visitor.box.account.meetings[0].uuid).json()
        url = meeting["recording_files"][0]["download_url"]
        arm(visitor, "download:redirect=https://evil.example:444/x")
        assert visitor.locate(url) == "https://evil.example:444/x"
        arm(visitor, "download:redirect_loop")
        assert url.endswith(visitor.locate(url))


def test_a_body_can_be_compressed_unasked(visit):
    """`gzip` compresses the body and says so."""
    with visit() as visitor:
        url, _ = media(visitor)
        plain = fetch_raw(url)[1]
        arm(visitor, "file:gzip")
        headers, got, _ = fetch_raw(url)
        assert headers["content-encoding"] == "gzip"
        assert gzip.decompress(got) == plain


def test_faults_may_be_given_at_the_start(visit):
    """Faults of the constructor strike the very first request."""
    with visit(faults=["token:500", Fault("users", "html")]) as visitor:
        assert visitor.ask_token().status_code == 500
        visitor.log_in()
        assert "html" in visitor.get("/users").headers["Content-Type"]


def test_closing_ends_a_stalled_answer(visit):
    """A sandbox that is asked to stop does not wait for its own stalls."""
    began = time.monotonic()
    with visit() as visitor:
        arm(visitor, "users:stall=60")
        with pytest.raises(requests.exceptions.ReadTimeout):
            visitor.session.get(f"{visitor.box.api_base_url}/users", timeout=0.1)
    assert time.monotonic() - began < 5


def test_other_processes_steer_it_over_http(visit):
    """Truth, requests, faults and the clock can be had and set on `/_sandbox/`, and are not logged themselves."""
    with visit() as visitor:
        base = visitor.box.api_base_url.removesuffix("/v2") + "/_sandbox"
        http_ = visitor.session
        assert http_.get(f"{base}/truth", timeout=5).json() == visitor.box.truth()
        assert http_.post(f"{base}/faults", json=["users:503"], timeout=5).json() == ["users:status=503"]
        assert visitor.get("/users").status_code == 503
        assert http_.post(f"{base}/faults", json=["users:melt"], timeout=5).status_code == 400
        assert http_.delete(f"{base}/faults", timeout=5).json() == []
        http_.post(f"{base}/now", json={"now": "2030-01-01T00:00:00Z"}, timeout=5)
        assert visitor.box.now() == datetime(2030, 1, 1, tzinfo=UTC)
        assert http_.post(f"{base}/now", data=json.dumps({}), timeout=5).status_code == 400
        rows = http_.get(f"{base}/requests", timeout=5).json()
        assert [row["raw_path"] for row in rows] == ["/oauth/token", "/v2/users"]
