from __future__ import annotations

import hashlib
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from harvester.sandbox.bodies import BytesBody, iter_chunks, m4a_body, mp4_body
from harvester.sandbox.filehost import parse_range


@pytest.fixture
def bare():
    with requests.Session() as session:
        session.trust_env = False
        yield session


def first_file(visitor):
    return visitor.detail(visitor.box.account.meetings[0].uuid).json()["recording_files"][0]


def test_every_listed_file_is_served_as_the_truth_says(visit):
    """Sizes and hashes of all downloads equal the truth, and no credential reached the second origin."""
    with visit() as visitor:
        truth = {row["key"]: row for row in visitor.box.truth()}
        seen = 0
        for meeting in visitor.list_all():
            for file in meeting.get("recording_files", []):
                data = visitor.session.get(file["download_url"], timeout=5).content
                row = truth[file["id"]]
                assert (len(data), hashlib.sha256(data).hexdigest()) == (row["size"], row["sha256"])
                assert file["file_size"] == row["size"]
                seen += 1
        assert seen == len(truth)
        assert visitor.box.leaks == []


def test_a_credential_on_the_second_origin_is_refused_and_remembered(visit, bare):
    """An Authorization header sent along a redirect is answered 400 and stands in `leaks`."""
    with visit() as visitor:
        url = visitor.locate(first_file(visitor)["download_url"])
        assert bare.get(url, headers={"Authorization": "Bearer x"}, timeout=5).status_code == 400
        assert [leak.origin for leak in visitor.box.leaks] == ["files"]


@pytest.mark.parametrize("token", [None, "Bearer wrong"])
def test_without_a_good_token_a_page_comes_with_status_200(visit, bare, token):
    """No token or a wrong one gives the passcode page, as HTML with status 200."""
    with visit() as visitor:
        headers = {"Authorization": token} if token else {}
        answer = bare.get(first_file(visitor)["download_url"], headers=headers, timeout=5)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
        assert "<title>Password Required - Zoom</title>" in answer.text


def test_an_expired_token_gives_59_bytes_of_json(visit):
    """A token that has died gives the 59-byte error with status 200."""
    with visit() as visitor:
        url = first_file(visitor)["download_url"]
        visitor.box.set_now(visitor.box.now() + timedelta(hours=2))
        answer = visitor.session.get(url, timeout=5)
        assert (answer.status_code, len(answer.content), answer.json()["errorCode"]) == (200, 59, 124)


def test_a_download_token_opens_its_meeting_only(visit, bare):
    """The token of one meeting is good in the header and in the query there, and nowhere else."""
    with visit() as visitor:
        one, other = (m.uuid for m in visitor.box.account.meetings[:2])
        detail = visitor.detail(one, include_fields="download_access_token", ttl=60).json()
        token, url = detail["download_access_token"], detail["recording_files"][0]["download_url"]
        foreign = visitor.detail(other).json()["recording_files"][0]["download_url"]
        by_header = bare.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5)
        by_query = bare.get(url, params={"access_token": token}, timeout=5)
        assert by_header.content == by_query.content
        assert by_header.headers["Content-Type"] == "video/mp4"
        assert "html" in bare.get(foreign, params={"access_token": token}, timeout=5).headers["Content-Type"]
        visitor.box.set_now(visitor.box.now() + timedelta(seconds=61))
        assert len(bare.get(url, params={"access_token": token}, timeout=5).content) == 59


def test_a_signed_url_dies(visit, bare):
    """A signed URL is 403 when its time is over, and when it was changed."""
    with visit(signed_url_ttl_s=60) as visitor:
        url = visitor.locate(first_file(visitor)["download_url"])
        assert bare.get(url, timeout=5).status_code == 200
        assert bare.get(url.replace("Policy=", "Policy=9"), timeout=5).status_code == 403
        visitor.box.set_now(visitor.box.now() + timedelta(seconds=61))
        assert bare.get(url, timeout=5).status_code == 403


def test_ranges_are_served_while_the_file_is_the_same(visit, bare):
    """Range gives 206 with the right bytes, If-Range with another ETag gives the whole, past the end is 416."""
    with visit() as visitor:
        url = visitor.locate(first_file(visitor)["download_url"])
        whole = bare.get(url, timeout=5)
        data, etag, size = whole.content, whole.headers["ETag"], len(whole.content)
        part = bare.get(url, headers={"Range": "bytes=1000-", "If-Range": etag}, timeout=5)
        assert (part.status_code, part.content) == (206, data[1000:])
        assert part.headers["Content-Range"] == f"bytes 1000-{size - 1}/{size}"
        changed = bare.get(url, headers={"Range": "bytes=1000-", "If-Range": '"other"'}, timeout=5)
        assert (changed.status_code, changed.content) == (200, data)
        beyond = bare.get(url, headers={"Range": f"bytes={size}-"}, timeout=5)
        assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
        head = bare.head(url, timeout=5)
        assert (head.headers["Content-Length"], head.headers["Accept-Ranges"]) == (str(size), "bytes")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("bytes=0-", (0, 10)),
        ("bytes=2-4", (2, 5)),
        ("bytes=2-99", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=10-", (10, 10)),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("items=0-1", None),
        ("", None),
    ],
)
def test_ranges_are_read_as_rfc_9110_says(text, span):
    """One byte range is understood; anything else is ignored."""
    assert parse_range(text, 10) == span


def test_pattern_bodies_depend_on_position_only():
    """Reading in any pieces gives the same bytes, no two blocks are alike, and a revision changes them."""
    body = mp4_body("a", 400_000)
    whole = body.read(0, body.size)
    assert len(whole) == 400_000
    assert b"".join(body.read(i, 7_919) for i in range(0, body.size, 7_919)) == whole
    assert b"".join(iter_chunks(body, 100, 300_000)) == whole[100:300_100]
    assert whole[4:8] == b"ftyp"
    assert len({whole[i : i + 512] for i in range(512, 399_000, 512)}) == len(range(512, 399_000, 512))
    assert body.revise(1).read(0, 400_000) != whole
    assert m4a_body("a", 64).read(0, 64)[8:12] == b"M4A "


def test_an_empty_file_is_served_empty(visit, small_account):
    """A file of no bytes is 200 with Content-Length 0, and any range of it 416."""
    meeting = small_account.meetings[0]
    account = replace(
        small_account, meetings=(replace(meeting, files=(replace(meeting.files[0], body=BytesBody(b"")),)),)
    )
    with visit(account) as visitor, requests.Session() as bare:
        bare.trust_env = False
        url = visitor.locate(first_file(visitor)["download_url"])
        assert bare.get(url, timeout=5).headers["Content-Length"] == "0"
        assert bare.get(url, headers={"Range": "bytes=0-"}, timeout=5).status_code == 416


def test_clients_are_told_the_origins_that_were_given(visit):
    """A proxy before the API and another server of the files: every address handed out names these."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    origin = f"http://localhost:{port}"
    with visit(port=port, api_origin=origin, file_origin="https://files.example.com") as visitor:
        settings = visitor.box.environment()
        assert (settings["ZOOM_API_BASE_URL"], settings["ZOOM_OAUTH_URL"]) == (f"{origin}/v2", f"{origin}/oauth/token")
        url = first_file(visitor)["download_url"]
        assert url.startswith(f"{origin}/rec/download/")
        assert visitor.locate(url).startswith("https://files.example.com/cmr/replay/")
