from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from harvester.sandbox import (
    SOURCES,
    Sandbox,
    SandboxAccount,
    Webhook,
    add_bots,
    demo_account,
    describe_account,
    generate_account,
)
from harvester.sandbox.bodies import sha256_of_body
from harvester.sandbox.bots.hearing import listen, read_cues
from harvester.sandbox.bots.model import DEFAULT_CANARIES

ANCHOR = datetime(2026, 3, 20, 12, tzinfo=UTC)
FIXTURES = Path(__file__).resolve().parents[2] / ".." / "shared" / "fixtures" / "bots"
FREE_FORM = ("extra", "custom_attributes", "metadata", "provider", "config", "RequestPayload", "transcript.provider")
MEETING = "https://us02web.zoom.us/j/85012345678?pwd=x"


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Any]:
    """A payload that lies beside the checkout, by its name below `fixtures/bots`."""
    if not FIXTURES.is_dir():
        pytest.skip("the bots' payloads are not beside this checkout")
    return lambda name: json.loads((FIXTURES / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def account() -> SandboxAccount:
    return add_bots(demo_account(today=ANCHOR), seed=3)


@dataclass
class Client:
    """A plain client of the bot APIs, with the right keys unless told otherwise."""

    box: Sandbox
    headers: dict[str, dict[str, str]]

    def url(self, api: str, path: str) -> str:
        return self.box.environment()[f"{api.upper()}_BASE_URL"] + path

    def call(self, method: str, api: str, path: str, **more: Any) -> requests.Response:
        headers = self.headers[api] | more.pop("headers", {})
        return requests.request(method, self.url(api, path), headers=headers, timeout=10, **more)

    def get(self, api: str, path: str, **query: Any) -> Any:
        answer = self.call("GET", api, path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def list_all(self, source: str, **query: Any) -> list[dict[str, Any]]:
        """Every bot of one source, page by page to the end."""
        rows, cursor, following = [], None, None
        while True:
            more = query | ({"cursor": cursor} if cursor else {})
            match source:
                case "meetstream":
                    page = self.get("meetstream", "/bots", **more)
                    assert page["hasNextPage"] == (page["nextCursor"] is not None)
                    rows, cursor = rows + page["bots"], page["nextCursor"]
                case "meetingbaas_v1":
                    page = self.get("meetingbaas", "/bots/bots_with_metadata", **more)
                    assert page["recent_bots"] == page["bots"]
                    rows, cursor = rows + page["bots"], page.get("next_cursor")
                case "meetingbaas_v2":
                    page = self.get("meetingbaas", "/v2/bots", **more)
                    rows, cursor = rows + page["data"], page["cursor"]
                case _:
                    url = following or self.url("recall", "/bot/")
                    answer = requests.get(
                        url, params=None if following else query, headers=self.headers["recall"], timeout=9
                    )
                    page = answer.json()
                    rows, cursor = rows + page["results"], page["next"]
                    following = cursor
            if not cursor:
                return rows

    def detail(self, source: str, bot_id: str) -> dict[str, Any]:
        match source:
            case "meetstream":
                return self.get("meetstream", f"/bots/{bot_id}/detail")["bot_details"]
            case "meetingbaas_v1":
                return self.get("meetingbaas", "/bots/meeting_data", bot_id=bot_id, include_transcripts="true")
            case "meetingbaas_v2":
                return self.get("meetingbaas", f"/v2/bots/{bot_id}")["data"]
        return self.get("recall", f"/bot/{bot_id}/")


@pytest.fixture
def visit(account: SandboxAccount) -> Callable[..., contextlib.AbstractContextManager[Client]]:
    @contextlib.contextmanager
    def make(other: SandboxAccount | None = None, **settings: Any) -> Iterator[Client]:
        settings.setdefault("clock", lambda: ANCHOR)
        with Sandbox(other or account, **settings) as box:
            keys = box.account.bot_keys
            headers = {
                "meetstream": {"Authorization": f"Token {keys['meetstream']}"},
                "meetingbaas": {"x-meeting-baas-api-key": keys["meetingbaas"]},
                "recall": {"Authorization": f"Token {keys['recall']}"},
            }
            yield Client(box, headers)

    return make


def bots_of(account: SandboxAccount, source: str) -> list[Any]:
    return [bot for bot in account.bots if bot.source == source]


def pick(account: SandboxAccount, source: str, runs: list[str]) -> Any:
    """The first bot whose first recording has runs in these states."""
    for bot in bots_of(account, source):
        states = [run.state(ANCHOR) for run in bot.recordings[0].runs] if bot.recordings else None
        if states == runs and bot.state(ANCHOR) == "done" and not bot.is_gone(ANCHOR):
            return bot
    raise AssertionError(f"no {source} bot with {runs}")


def paths_of(value: Any, at: str = "") -> set[str]:
    """Every key of a payload with its place, lists and free-form objects not told apart."""
    if isinstance(value, list):
        return set().union(*(paths_of(each, at + "[]") for each in value)) if value else set()
    if not isinstance(value, dict) or at.rpartition(".")[2] in FREE_FORM:
        return set()
    return {f"{at}.{key}" for key in value} | set().union(
        *(paths_of(held, f"{at}.{key}") for key, held in value.items())
    )


def walk(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from walk(each)
    elif isinstance(value, str):
        yield value


def test_without_bots_nothing_differs():
    """An account without bots has no bot APIs, no variables for them and no line about them."""
    with Sandbox(demo_account(today=ANCHOR)) as box:
        assert not [name for name in box.environment() if not name.startswith("ZOOM_")]
        assert requests.get(box.api_base_url[:-3] + "/meetstream/api/v1/bots", timeout=5).json()["code"] == 2300
        assert box.bot_truth() == []
    assert "bots" not in describe_account(demo_account(today=ANCHOR))


def fetch(url: str) -> Any:
    return requests.get(url, timeout=5).json()


def ask_meetstream(client: Client, bot: Any) -> dict[str, Any]:
    calls = {
        "bot_detail": "detail",
        "bot_status": "status",
        **{name: name for name in ("transcriptions", "get_audio", "get_video", "get_participants", "get_chats")},
        "get_speaker_timeline": "get_speaker_timeline",
    }
    run = bot.recordings[0].runs[0].id
    return {name: client.get("meetstream", f"/bots/{bot.id}/{call}") for name, call in calls.items()} | {
        "list_bots.page1": client.get("meetstream", "/bots"),
        "transcript.s1_array": client.get("meetstream", f"/transcript/{run}/get_transcript"),
        "transcript.raw_assemblyai": client.get("meetstream", f"/transcript/{run}/get_transcript", raw="true"),
    }


def ask_v1(client: Client, bot: Any) -> dict[str, Any]:
    return {
        "bots_with_metadata.page1": client.get("meetingbaas", "/bots/bots_with_metadata"),
        "meeting_data": client.detail("meetingbaas_v1", bot.id),
    }


def ask_v2(client: Client, bot: Any) -> dict[str, Any]:
    details = client.get("meetingbaas", f"/v2/bots/{bot.id}")
    files = ("transcription", "raw_transcription", "chat_messages")
    return {name: fetch(details["data"][name]) for name in files} | {
        "list_bots.page1": client.get("meetingbaas", "/v2/bots"),
        "bot_details": details,
        "bot_status.transcribing": client.get("meetingbaas", f"/v2/bots/{bot.id}/status"),
    }


def ask_recall(client: Client, bot: Any) -> dict[str, Any]:
    detail = client.detail("recall", bot.id)
    media = detail["recordings"][0]["media_shortcuts"]
    events = media["participant_events"]["data"]
    metadata = client.get("recall", "/meeting_metadata/", recording_id=bot.recordings[0].id)
    return {
        "bot_list.page2": client.get("recall", "/bot/"),
        "bot_retrieve": detail,
        "meeting_metadata": metadata["results"][0],
        "transcript_download": fetch(media["transcript"]["data"]["download_url"]),
        "participants_download": fetch(events["participants_download_url"]),
        "speaker_timeline": fetch(events["speaker_timeline_download_url"]),
    }


ASKED = dict(zip(SOURCES, (ask_meetstream, ask_v1, ask_v2, ask_recall), strict=True))


@pytest.mark.parametrize("source", SOURCES)
def test_shapes_are_those_of_the_providers(visit, account, shared, source):
    """Every key of the recorded samples is where the samples have it."""
    good = [
        bot
        for bot in bots_of(account, source)
        if bot.recordings and bot.recordings[0].runs and bot.state(ANCHOR) == "done" and not bot.is_gone(ANCHOR)
    ]
    bot = max(
        good, key=lambda bot: (len(bot.chat) > 0, bot.meeting_uuid is not None, not bot.recordings[0].runs[0].failed)
    )
    with visit(largest_page=2) as client:
        served = ASKED[source](client, bot)
    for name, payload in served.items():
        missing = paths_of(shared(f"{source}/{name}.json")) - paths_of(payload)
        assert not missing, (name, sorted(missing))


@pytest.mark.parametrize("source", SOURCES)
def test_a_listing_is_read_to_its_end(visit, account, source):
    """Small pages together hold every bot once, the newest first, with the meeting's passcode in the address."""
    with visit(largest_page=1) as client:
        rows = client.list_all(source)
    ids = [row.get("BotID") or row.get("uuid") or row.get("bot_id") or row["id"] for row in rows]
    wanted = sorted(bots_of(account, source), key=lambda bot: (bot.created_at, bot.id), reverse=True)
    assert ids == [bot.id for bot in wanted]
    assert all(DEFAULT_CANARIES["passcode"] in " ".join(walk(row)) for row in rows)


def test_filters_choose_the_bots(visit, account):
    """Dates, states, the caller's own data and the meeting's address narrow a listing as each API documents it."""
    with visit() as client:
        for source, days in (("meetstream", ("from", "to")), ("recall", ("join_at_after", "join_at_before"))):
            bots = bots_of(account, source)
            day = bots[1].created_at.date()
            end = day if source == "meetstream" else day + timedelta(days=1)
            rows = client.list_all(source, **{days[0]: str(day), days[1]: str(end)})
            assert len(rows) == sum(bot.created_at.date() == day for bot in bots) < len(bots)
        refused = client.list_all("meetstream", status="NotAllowed")
        assert len(refused) == sum(bot.state(ANCHOR) == "refused" for bot in bots_of(account, "meetstream"))
        assert client.list_all("meetstream", platform="Teams") == []
        first = bots_of(account, "meetstream")[0]
        rows = client.list_all("meetstream", **{"custom_attr[crm_id]": first.extra["crm_id"]})
        assert [row["BotID"] for row in rows] == [first.id]
        v1 = bots_of(account, "meetingbaas_v1")
        ended = client.list_all("meetingbaas_v1", ended_after=f"{v1[1].refused_at:%Y-%m-%dT%H:%M:%S}")
        assert v1[1].id in [row["uuid"] for row in ended]
        assert len(ended) < len(v1)
        v2 = bots_of(account, "meetingbaas_v2")
        assert len(client.list_all("meetingbaas_v2", status="failed,completed", meeting_platform="zoom,teams")) == len(
            v2
        )
        assert [r["bot_id"] for r in client.list_all("meetingbaas_v2", bot_id=v2[0].id)] == [v2[0].id]
        number = str(bots_of(account, "recall")[0].meeting_number)
        rows = client.list_all("recall", meeting_url=f"https://zoom.us/j/{number}")
        assert {row["meeting_url"]["meeting_id"] for row in rows} == {number}


def test_a_filter_of_v1_can_leave_a_page_empty(visit, account):
    """`filter_by_extra` works on a page that is cut already: fewer rows than asked for, and a cursor all the same."""
    last = min(bots_of(account, "meetingbaas_v1"), key=lambda bot: bot.created_at)
    with visit(largest_page=1) as client:
        page = client.get("meetingbaas", "/bots/bots_with_metadata", filter_by_extra=f"crm_id:{last.extra['crm_id']}")
        assert page["bots"] == []
        assert page["next_cursor"]
        rows = client.list_all("meetingbaas_v1", filter_by_extra=f"crm_id:{last.extra['crm_id']}")
    assert [row["uuid"] for row in rows] == [last.id]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/v2/bots", {"created_after": "2025-12-01"}, 400),
        ("/v2/bots", {"created_before": "2026-04-01"}, 400),
        ("/v2/bots", {"limit": 251}, 400),
        ("/v2/bots", {"cursor": "nonsense"}, 400),
        ("/v2/bots/none", {}, 404),
        ("/bots/bots_with_metadata", {"limit": 51}, 400),
        ("/bots/bots_with_metadata", {"cursor": "nonsense"}, 400),
        ("/bots/meeting_data", {"bot_id": "none"}, 404),
    ],
)
def test_what_cannot_be_answered_is_refused_in_its_own_words(visit, path, query, status):
    """Each version of Meeting BaaS refuses with its own shape of an error."""
    with visit() as client:
        answer = client.call("GET", "meetingbaas", path, params=query)
    assert answer.status_code == status
    assert ("statusCode" in answer.json()) == path.startswith("/v2/")
    assert "error" in answer.json()


def test_a_late_transcript_is_waited_for(visit, account):
    """MeetStream's answers 202 until it is there; its state says Processing, then Success."""
    bot = pick(account, "meetstream", ["pending"])
    run = bot.recordings[0].runs[0]
    with visit() as client:
        path = f"/transcript/{run.id}/get_transcript"
        early = client.call("GET", "meetstream", path)
        assert (early.status_code, early.json()) == (202, {"message": "Transcript is still processing"})
        assert client.detail("meetstream", bot.id)["TranscriptStatus"] == "Processing"
        client.box.set_now(run.available_at)
        assert client.get("meetstream", path)
        assert client.detail("meetstream", bot.id)["TranscriptStatus"] == "Success"
        assert client.call("GET", "meetstream", "/transcript/none/get_transcript").status_code == 404


def test_every_state_of_a_transcript_occurs(visit):
    """Among four dozen bots each API shows each state that it knows."""
    account = add_bots(generate_account(meetings=48, seed=2, cues=4, media_bytes=2000, today=ANCHOR), seed=1)
    with visit(account) as client:
        truth = client.box.bot_truth()
        for source in SOURCES:
            states = {row["transcript"] for row in truth if row["source"] == source}
            assert states >= {"available", "pending", "failed", "none", "expired"}
        detail = client.detail("meetingbaas_v2", pick(account, "meetingbaas_v2", ["failed"]).id)
        assert detail["transcription"] is None
        for bot in account.bots:
            if bot.is_gone(ANCHOR):
                assert not [url for url in walk(client.detail(bot.source, bot.id)) if client.box.file_origin in url]
    assert any(row["meeting_uuid"] is None for row in truth)
    assert any(row["state"] == "refused" for row in truth)
    assert max(len(row["runs"]) for row in truth) == 2
    by_bot = [row["bot_id"] for row in truth if row["source"] == "recall"]
    assert len(by_bot) > len(set(by_bot))


@pytest.mark.parametrize(
    ("api", "path", "headers", "status"),
    [
        ("meetstream", "/bots", {"Authorization": ""}, 401),
        ("meetstream", "/bots", {"Authorization": "Bearer x"}, 401),
        ("meetstream", "/bots", {"Authorization": "Token wrong"}, 403),
        ("meetingbaas", "/bots/bots_with_metadata", {"x-meeting-baas-api-key": "wrong"}, 401),
        ("meetingbaas", "/v2/bots", {"x-meeting-baas-api-key": ""}, 401),
        ("recall", "/bot/", {"Authorization": "Token wrong"}, 401),
    ],
)
def test_a_wrong_key_is_refused(visit, api, path, headers, status):
    """Each API refuses a missing and a wrong key with its own status."""
    with visit() as client:
        assert client.call("GET", api, path, headers=headers).status_code == status


def test_too_many_calls_are_held_back(visit):
    """Above its rate an API answers 429 with Retry-After, and the others go on."""
    with visit(bot_rates={"recall": 1}) as client:
        statuses = [client.call("GET", "recall", "/bot/").status_code for _ in range(3)]
        assert sorted(statuses) == [200, 429, 429]
        assert client.call("GET", "recall", "/bot/").headers["Retry-After"] == "1"
        assert client.call("GET", "meetstream", "/bots").status_code == 200


def test_files_need_no_key_and_a_key_there_is_a_leak(visit, account):
    """The second origin serves a signed address to anybody, and a key that comes along is counted."""
    bot = pick(account, "meetingbaas_v2", ["available"])
    with visit() as client:
        urls = [url for url in walk(client.detail("meetingbaas_v2", bot.id)) if client.box.file_origin in url]
        assert {urlsplit(url).path.rpartition(".")[2] for url in urls} >= {"mp4", "flac", "json", "jsonl"}
        assert [requests.get(url, timeout=5).status_code for url in urls] == [200] * len(urls)
        assert client.box.leaks == []
        requests.get(urls[0], headers=client.headers["meetingbaas"], timeout=5)
        requests.get(urls[0], headers=client.headers["recall"], timeout=5)
        assert len(client.box.leaks) == 2


def test_an_address_is_signed_and_dies(visit, account):
    """A changed address is refused at once, a good one after its time, and the API then gives another."""
    bot = pick(account, "recall", ["available", "available"])
    with visit(signed_url_ttl_s=60) as client:

        def find() -> dict[str, str]:
            return client.detail("recall", bot.id)["recordings"][0]["media_shortcuts"]["video_mixed"]["data"]

        url = find()["download_url"]
        assert "X-Amz-Expires=60" in url
        assert requests.get(url, timeout=5).status_code == 200
        assert requests.get(url.replace("Signature=", "Signature=x"), timeout=5).status_code == 403
        client.box.set_now(ANCHOR + timedelta(seconds=61))
        assert requests.get(url, timeout=5).status_code == 403
        assert requests.get(find()["download_url"], timeout=5).status_code == 200


def test_a_part_of_a_file_can_be_asked_for(visit, account):
    """Ranges and ETags work for bots' files as for Zoom's."""
    bot = pick(account, "meetstream", ["available"])
    with visit() as client:
        url = client.get("meetstream", f"/bots/{bot.id}/get_video")["video_url"]
        whole = requests.get(url, timeout=5)
        part = requests.get(url, headers={"Range": "bytes=100-199", "If-Range": whole.headers["ETag"]}, timeout=5)
    assert part.status_code == 206
    assert part.content == whole.content[100:200]


def test_the_truth_is_what_is_served(visit, account):
    """Size and hash of every file and the count of every transcript are those of the bytes that come."""
    with visit() as client:
        truth = client.box.bot_truth()
        addresses = {}
        for bot in account.bots:
            payloads = [client.detail(bot.source, bot.id)]
            if bot.source == "meetstream" and bot.state(ANCHOR) == "done":
                answers = (
                    client.call("GET", "meetstream", f"/bots/{bot.id}/{call}")
                    for call in ("get_audio", "get_video", "transcriptions")
                )
                payloads += [answer.json() for answer in answers]
            if bot.source == "recall":
                parts = (client.get("recall", "/transcript/", recording_id=each.id) for each in bot.recordings)
                payloads += list(parts)
            for url in walk(payloads):
                if client.box.file_origin in url:
                    addresses[urlsplit(url).path.split("/")[-2]] = url
        told = {file["file_id"]: file for row in truth for file in row["files"] if file["size"] is not None}
        assert told.keys() == addresses.keys()
        for identity, url in addresses.items():
            body = requests.get(url, timeout=5).content
            assert (len(body), hashlib.sha256(body).hexdigest()) == (told[identity]["size"], told[identity]["sha256"])
        for row in truth:
            if row["source"] == "meetingbaas_v1" and row["transcript"] == "available":
                segments = client.detail("meetingbaas_v1", row["bot_id"])["bot_data"]["transcripts"]
                counted = (len(segments), sum(len(each["words"]) for each in segments))
                assert counted == (row["runs"][0]["utterances"], row["runs"][0]["words"])
                assert [file for file in row["files"] if file["key"] is None]


def test_what_was_heard_is_the_meetings_own_transcript(account):
    """The words are Zoom's but for those that the truth calls wrong, and the times differ by one whole number of ms."""
    for bot in account.bots:
        meeting = next((each for each in account.meetings if each.uuid == bot.meeting_uuid), None)
        for recording in bot.recordings if meeting else ():
            files = [each for each in meeting.files or () if each.file_type == "TRANSCRIPT"]
            cues = list(read_cues(files, bot.participants, from_at=recording.started_at))
            heard = listen(recording.hearing)
            said = {(cue.speaker, cue.end_ms - cue.start_ms): cue for cue in cues}
            shifts = set()
            for each in heard:
                cue = said[each.speaker, each.end_ms - each.start_ms]
                words = [word for word in each.words if not word.is_wrong]
                assert all(word.text in cue.text for word in words)
                shifts.add(each.start_ms - cue.start_ms)
            assert len(shifts) <= 1


def test_about_one_word_in_twenty_is_wrong(visit):
    """Over many words the share of wrong ones is about a twentieth."""
    account = add_bots(generate_account(meetings=24, seed=5, cues=60, media_bytes=2000, today=ANCHOR))
    with visit(account) as client:
        runs = [run for row in client.box.bot_truth() for run in row["runs"]]
    words, wrong = (sum(run[name] for run in runs) for name in ("words", "wrong_words"))
    assert words > 5000
    assert 0.04 < wrong / words < 0.06


def test_bots_are_a_function_of_the_seed(visit):
    """The same seed gives the same bots and bytes, another seed others."""

    def told(seed: int) -> list[dict[str, Any]]:
        account = add_bots(generate_account(meetings=8, seed=1, cues=5, media_bytes=2000, today=ANCHOR), seed=seed)
        with visit(account) as client:
            return client.box.bot_truth()

    assert told(1) == told(1) != told(2)


@pytest.mark.parametrize(("providers", "apis"), [(("recall",), ["recall"]), (SOURCES[1:3], ["meetingbaas"])])
def test_only_the_wanted_apis_are_there(providers, apis):
    """An account has the keys, and the server the variables, of the providers that were asked for."""
    account = add_bots(demo_account(today=ANCHOR), providers=providers)
    with Sandbox(account) as box:
        names = {name.partition("_")[0].lower() for name in box.environment()} - {"zoom"}
    assert sorted(names) == apis
    assert {bot.source for bot in account.bots} == set(providers)


def test_secrets_lie_where_the_apis_give_them_away(visit, account):
    """Each canary of the account is somewhere in the answers of the API that is known to leak its kind."""
    with visit() as client:
        texts = {
            source: json.dumps(client.detail(source, pick(account, source, ["available"]).id))
            for source in ("meetstream", "meetingbaas_v1", "meetingbaas_v2")
        }
    places = {
        "meetstream": {"passcode", "request", "zoom", "webhook"},
        "meetingbaas_v1": {"passcode", "recogniser", "zoom", "webhook"},
        "meetingbaas_v2": {"passcode", "zoom", "webhook"},
    }
    for source, text in texts.items():
        assert {name for name, canary in DEFAULT_CANARIES.items() if canary in text} == places[source]


SENDING = {
    "meetstream": ("/bots/create_bot", {"meeting_link": MEETING, "custom_attributes": {"a": "b"}}, "bot_id"),
    "meetingbaas_v1": ("/bots/", {"meeting_url": MEETING, "extra": {"a": "b"}}, "bot_id"),
    "meetingbaas_v2": ("/v2/bots", {"meeting_url": MEETING, "extra": {"a": "b"}}, "bot_id"),
    "recall": ("/bot/", {"meeting_url": MEETING, "metadata": {"a": "b"}}, "id"),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_bot_that_is_sent_sits_in_and_is_done(visit, source):
    """It is listed at once, records until its time is over, and then has a transcript of one sentence."""
    api = "meetingbaas" if source.startswith("meetingbaas") else source
    path, body, name = SENDING[source]
    with visit(bot_delay_s=20) as client:
        answer = client.call("POST", api, path, json=body).json()
        bot_id = (answer.get("data") or answer)[name]
        assert bot_id in json.dumps(client.list_all(source)[0])
        row = next(row for row in client.box.bot_truth() if row["bot_id"] == bot_id)
        assert (row["state"], row["transcript"], row["files"]) == ("recording", "pending", [])
        assert (row["meeting_number"], row["meeting_uuid"]) == (85012345678, None)
        client.box.set_now(ANCHOR + timedelta(seconds=20))
        row = next(row for row in client.box.bot_truth() if row["bot_id"] == bot_id)
        assert (row["state"], row["transcript"], row["runs"][0]["utterances"]) == ("done", "available", 1)


def test_the_same_order_twice_sends_one_bot(visit):
    """MeetStream answers a repeated Idempotency-Key with 507 and the bot of the first call."""
    path, body, _ = SENDING["meetstream"]
    with visit() as client:
        answers = [
            client.call("POST", "meetstream", path, json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 507]
        assert answers[0].json()["bot_id"] == answers[1].json()["bot_id"]


@pytest.mark.parametrize(
    ("source", "method", "path"),
    [
        ("meetstream", "GET", "/bots/{}/remove_bot"),
        ("meetingbaas_v1", "DELETE", "/bots/{}"),
        ("meetingbaas_v2", "POST", "/v2/bots/{}/leave"),
        ("recall", "POST", "/bot/{}/leave_call/"),
    ],
)
def test_a_bot_that_is_sent_away_ends(visit, source, method, path):
    """What it recorded ends with the call that removes it."""
    api = "meetingbaas" if source.startswith("meetingbaas") else source
    send_path, body, name = SENDING[source]
    with visit(bot_delay_s=100) as client:
        answer = client.call("POST", api, send_path, json=body).json()
        bot_id = (answer.get("data") or answer)[name]
        client.box.set_now(ANCHOR + timedelta(seconds=10))
        assert client.call(method, api, path.format(bot_id)).status_code == 200
        row = next(row for row in client.box.bot_truth() if row["bot_id"] == bot_id)
    assert row["ended_at"] == "2026-03-20T12:00:10.000Z"


@pytest.mark.parametrize(
    ("source", "method", "path", "gone"),
    [
        ("meetstream", "DELETE", "/bots/{}/delete", lambda detail: detail["StatusTimeline"]["MediaExpired"]["status"]),
        ("meetingbaas_v1", "POST", "/bots/{}/delete_data", lambda detail: not detail["mp4"]),
        ("meetingbaas_v2", "DELETE", "/v2/bots/{}/delete-data", lambda detail: detail["artifacts_deleted"]),
        ("recall", "POST", "/bot/{}/delete_media/", lambda d: d["recordings"][0]["status"]["code"] == "deleted"),
    ],
)
def test_what_is_deleted_is_gone(visit, account, source, method, path, gone):
    """After the deletion the API says so, the addresses are dead and the truth has no file left."""
    api = "meetingbaas" if source.startswith("meetingbaas") else source
    states = ["available", "available"] if source == "recall" else ["available"]
    bot = next(each for each in [pick(account, source, states), *bots_of(account, source)] if not each.clings)
    with visit() as client:
        urls = [url for url in walk(client.detail(source, bot.id)) if client.box.file_origin in url]
        assert client.call(method, api, path.format(bot.id)).status_code == 200
        assert gone(client.detail(source, bot.id))
        assert {requests.get(url, timeout=5).status_code for url in urls} <= {403}
        row = next(row for row in client.box.bot_truth() if row["bot_id"] == bot.id)
    assert (row["transcript"] in {"deleted", "none"}, row["files"]) == (True, [])


def test_a_deletion_can_be_partial(visit, account):
    """Meeting BaaS v1 says so of a bot that clings, deletes the rest when asked again, and then says it has."""
    bot = next(each for each in account.bots if each.clings)
    empty = next(each for each in bots_of(account, "meetingbaas_v1") if not each.recordings)
    with visit() as client:

        def ask(each: Any) -> str:
            return client.call("POST", "meetingbaas", f"/bots/{each.id}/delete_data").json()["status"]

        assert [ask(bot), ask(bot), ask(bot)] == ["partiallyDeleted", "deleted", "alreadyDeleted"]
        assert ask(empty) == "noDataFound"


def test_a_running_bot_of_v2_is_not_deleted(visit):
    """It answers 409 until the bot is done."""
    path, body, _ = SENDING["meetingbaas_v2"]
    with visit(bot_delay_s=5) as client:
        bot_id = client.call("POST", "meetingbaas", path, json=body).json()["data"]["bot_id"]
        answer = client.call("DELETE", "meetingbaas", f"/v2/bots/{bot_id}/delete-data")
        assert (answer.status_code, answer.json()["statusCode"]) == (409, 409)
        client.box.set_now(ANCHOR + timedelta(seconds=5))
        assert client.call("DELETE", "meetingbaas", f"/v2/bots/{bot_id}/delete-data").status_code == 200


def test_transcribing_again_adds_a_run(visit, account):
    """All four APIs take the order, and the new transcript is there after its time."""
    with visit(bot_delay_s=3) as client:
        chosen = {source: pick(account, source, ["available"]) for source in SOURCES[:3]}
        chosen["recall"] = pick(account, "recall", ["available", "available"])
        calls = {
            "meetstream": (f"/bots/{chosen['meetstream'].id}/transcribe", {"provider": {"assemblyai": {}}}),
            "meetingbaas": ("/bots/retranscribe", {"bot_uuid": chosen["meetingbaas_v1"].id}),
            "recall": (f"/recording/{chosen['recall'].recordings[0].id}/create_transcript/", {"provider": {"x": {}}}),
        }
        for api, (path, body) in calls.items():
            assert client.call("POST", api, path, json=body).status_code == 200
        path = f"/v2/bots/{chosen['meetingbaas_v2'].id}/retranscribe"
        assert client.call("POST", "meetingbaas", path).status_code == 200
        client.box.set_now(ANCHOR + timedelta(seconds=3))
        for source, bot in chosen.items():
            row = next(row for row in client.box.bot_truth() if row["bot_id"] == bot.id)
            assert len(row["runs"]) == len(bot.recordings[0].runs) + 1, source
            assert {run["state"] for run in row["runs"]} == {"available"}


FAULTS_OF_A_PAGE = ["status=503", "html", "half_json", "429_seconds"]


@pytest.mark.parametrize("what", FAULTS_OF_A_PAGE)
def test_faults_strike_the_listings(visit, what):
    """A fault armed for bot listings strikes the next of them once, in the API's own words where it has any."""
    with visit(faults=[f"bot_listing:{what}"]) as client:
        struck, then = (client.call("GET", "meetingbaas", "/v2/bots") for _ in range(2))
    assert then.json()["success"] is True
    match what:
        case "status=503":
            assert (struck.status_code, struck.json()["statusCode"]) == (503, 503)
        case "429_seconds":
            assert (struck.headers["Retry-After"], struck.json()["retryAfter"]) == ("1", 1)
        case _:
            with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
                struck.json()


@pytest.mark.parametrize(
    ("where", "path"),
    [
        ("bot_detail", "/bots/{bot}/detail"),
        ("bot_document", "/transcript/{run}/get_transcript"),
        ("bot_address", "/bots/{bot}/get_audio"),
        ("bot_control", "/bots/{bot}/remove_bot"),
    ],
)
def test_each_kind_of_call_has_faults_of_its_own(visit, account, where, path):
    """A fault for one kind of call strikes that kind alone, and stands in the log."""
    bot = pick(account, "meetstream", ["available"])
    with visit(faults=[f"{where}:reset"]) as client:
        client.get("meetstream", "/bots")
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            client.call("GET", "meetstream", path.format(bot=bot.id, run=bot.recordings[0].runs[0].id))
        assert [(entry.kind, entry.fault) for entry in client.box.requests if entry.fault] == [
            (where, f"{where}:reset=0")
        ]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("what", ["endless_pages", "repeat_page"])
def test_pages_can_go_on_for_ever(visit, source, what):
    """The page that follows is the same page, under another cursor each time, or under the same one."""
    path = {"meetstream": "/bots", "meetingbaas_v1": "/bots/bots_with_metadata", "meetingbaas_v2": "/v2/bots"}
    names = {"meetstream": ("bots", "nextCursor"), "meetingbaas_v1": ("bots", "next_cursor")}
    rows_of, cursor_of = names.get(source, ("data", "cursor") if source != "recall" else ("results", "next"))
    api = "meetingbaas" if source.startswith("meetingbaas") else source
    with visit(largest_page=1, faults=[f"bot_listing:{what}:always"]) as client:
        url = client.url(api, path.get(source, "/bot/"))
        cursor, pages = None, []
        for _ in range(4):
            target = cursor if source == "recall" and cursor else url
            query = {"cursor": cursor} if cursor and source != "recall" else {}
            page = requests.get(target, params=query, headers=client.headers[api], timeout=5).json()
            cursor = page[cursor_of]
            pages.append((json.dumps(page[rows_of], sort_keys=True).split("last_accessed")[0], cursor))
    assert len({rows for rows, _ in pages[1:]}) == 1
    assert len({cursor for _, cursor in pages[1:]}) == (3 if what == "endless_pages" else 1)


def test_the_next_page_can_lead_to_another_host(visit):
    """Recall's whole address of the next page can be made to point elsewhere."""
    with visit(largest_page=1, faults=["bot_listing:next_host=https://evil.example"]) as client:
        assert client.get("recall", "/bot/")["next"].startswith("https://evil.example/recall/api/v1/bot/?")


def test_a_bots_file_can_be_cut_and_slow(visit, account):
    """Faults of files strike bots' files like Zoom's."""
    bot = pick(account, "meetstream", ["available"])
    with visit(faults=["file:truncate=1000"]) as client:
        url = client.get("meetstream", f"/bots/{bot.id}/get_audio")["audio_url"]
        with pytest.raises(requests.exceptions.RequestException):
            _ = requests.get(url, timeout=5).content
        assert requests.get(url, timeout=5).status_code == 200


@dataclass
class Receiver:
    url: str
    taken: list[tuple[str, dict[str, str], bytes]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    taken: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Receiver(f"http://127.0.0.1:{server.server_port}", taken)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("source", "name", "path", "sample"),
    [
        ("meetstream", "transcription.processed", "/webhooks/meetstream", "webhook.transcription_processed.live"),
        ("meetingbaas_v1", "complete", "/webhooks/meetingbaas", "webhook.complete"),
        ("meetingbaas_v1", "in_call_recording", "/webhooks/meetingbaas", "webhook.status_change.recording"),
        ("meetingbaas_v2", "bot.completed", "/webhooks/meetingbaas", "webhook.bot_completed.openapi"),
        ("recall", "transcript.done", "/webhooks/recall", "webhook.transcript_done"),
    ],
)
def test_events_are_sent_signed(visit, account, receiver, shared, source, name, path, sample):
    """Each provider's event arrives at the receiver's own path, in its sample's shape, signed in its own way."""
    bot = pick(account, source, ["available", "available"] if source == "recall" else ["available"])
    with visit(webhook=Webhook(receiver.url + "/webhooks/zoom", "s")) as client:
        assert client.box.events.send_bot(bot.id, client.box.events.build_bot(name, bot.id)) == 204
        env = client.box.environment()
    taken_path, headers, body = receiver.taken[-1]
    assert taken_path == path
    assert not paths_of(shared(f"{source}/{sample}.json")) - paths_of(json.loads(body))
    match source:
        case "meetstream":
            mac = hmac.new(env["MEETSTREAM_WEBHOOK_SECRET"].encode(), body, hashlib.sha256).hexdigest()
            assert headers["x-meetstream-signature"] == f"sha256={mac}"
        case "meetingbaas_v1":
            assert headers["x-meeting-baas-api-key"] == env["MEETINGBAAS_API_KEY"]
        case _:
            family = "svix" if source == "meetingbaas_v2" else "webhook"
            secret = env["RECALL_WEBHOOK_SECRET" if source == "recall" else "MEETINGBAAS_WEBHOOK_SECRET"]
            key = base64.b64decode(secret.removeprefix("whsec_"))
            message = f"{headers[family + '-id']}.{headers[family + '-timestamp']}.".encode() + body
            mac = base64.b64encode(hmac.digest(key, message, "sha256")).decode()
            assert headers[family + "-signature"] == f"v1,{mac}"


def test_other_processes_ask_for_the_truth_and_for_events(visit, account, receiver):
    """The control door gives the bots' truth and sends their events."""
    bot = bots_of(account, "meetstream")[0]
    with visit(webhook=Webhook(receiver.url + "/webhooks/zoom", "s")) as client:
        door = client.box.api_base_url.removesuffix("/v2") + "/_sandbox/"
        assert requests.get(door + "bot_truth", timeout=5).json() == client.box.bot_truth()
        sent = requests.post(door + "events", json={"event": "bot.done", "bot": bot.id}, timeout=5)
        assert sent.json() == {"status": 204}
        assert requests.post(door + "events", json={"event": "none", "bot": bot.id}, timeout=5).status_code == 400


def test_a_body_is_made_when_it_is_read(account):
    """The size of a document is known before it is read, and two reads of a part are the same bytes."""
    run = pick(account, "meetingbaas_v2", ["available"]).recordings[0].runs[0]
    body = run.files["transcription"].body
    data = body.read(0, body.size)
    assert body.read(10, 50) == data[10:60]
    assert hashlib.sha256(data).hexdigest() == sha256_of_body(body)
    changed = replace(run.files["transcription"], body=body.revise(1)).body
    assert json.loads(changed.read(0, changed.size)) == json.loads(data)
