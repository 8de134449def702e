"""Asking a provider's API: what counts as done, what of a refusal may be said, and what cannot be sent at all."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime

import pytest
import requests

from harvester.bots.api import BotApi
from harvester.bots.control import BotControl
from harvester.bots.meetingbaas import MeetingBaasV1, payload_v1
from harvester.bots.meetstream import Meetstream
from harvester.bots.provider import Call, Order
from harvester.bots.recall import Recall
from harvester.bots.source import BotSource
from harvester.errors import ConfigError, Damaged, Failed, HarvesterError, Pending, Refused, Retriable
from harvester.model import Window
from harvester.retry import RetryPolicy

NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)
KEY = "canary-key-" + "k" * 40
TOKEN = "canary-token-" + "t" * 40
MEETING = "https://zoom.us/j/91234567890"
WEEK = Window(date(2026, 7, 1), date(2026, 7, 7))


class StillClock:
    """Sleeping takes no time."""

    def __init__(self):
        self.slept_s = 0.0

    def now(self):
        return NOW

    def monotonic(self):
        return self.slept_s

    def sleep(self, seconds):
        self.slept_s += seconds


class Body(io.BytesIO):
    decode_content = True


class Server:
    """A session that answers in turn with (status, value) pairs; the last of them stays."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def request(self, method, url, **more):
        self.asked.append((method, url, more))
        status, value = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        response = requests.Response()
        response.status_code = status
        response.raw = Body(value if isinstance(value, bytes) else json.dumps(value).encode())
        return response


def connect(provider, *answers, key=KEY):
    server = Server(*answers)
    api = BotApi(
        provider,
        key=key,
        setting="SOME_API_KEY",
        base_url="https://api.example.com/v1",
        most_per_second=1000,
        session=server,
        clock=StillClock(),
        retry=RetryPolicy(attempts=2),
    )
    return api, server


def refuse(call, words, *, provider=None):
    """What is said where the provider refuses a call in these words."""
    api, _ = connect(provider or Recall(), (400, {"message": words}))
    with pytest.raises(HarvesterError) as raised:
        api.order(call)
    return str(raised.value)


# --- what of a refusal may be said -----------------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(60, 130, 7))
@pytest.mark.parametrize("secret", [KEY, TOKEN])
def test_no_part_of_a_secret_is_said_wherever_it_stands(at, secret):
    """Also where the words are cut in the middle of it."""
    call = Call("/bot/", method="POST", body={"zoom": {"list": [{"token": f" {TOKEN}\n"}]}})
    assert "canary" not in refuse(call, f"{'no ' * (at // 3)}{secret}")


@pytest.mark.parametrize("more", [{}, {"recording_config": {"keys": [{"deep": TOKEN}]}}])
def test_a_token_of_an_order_that_is_repeated_is_not_said(more):
    """Whether it is one of ours or stands among the members in the provider's own terms, at any depth."""
    order = Order(MEETING, "Bot", zoom_obf_token=None if more else TOKEN, more=more)
    api, _ = connect(MeetingBaasV1(), (422, {"error": f"invalid zoom_obf_token {TOKEN}"}))
    with pytest.raises(Damaged) as raised:
        BotControl(MeetingBaasV1(), api).send(order)
    assert str(raised.value) == "Meeting BaaS v1 answered /bots/ with status 422"


@pytest.mark.parametrize(("provider", "words"), [(Meetstream(), "Token has expired"), (Recall(), "Token is unknown")])
def test_innocent_words_are_said(provider, words):
    """The scheme of a header is no key, and short words of an order stand in any sentence."""
    call = Call("/bots", method="POST", body={"a": "has", "b": ["is"]})
    assert refuse(call, words, provider=provider).endswith(words)


# --- what counts as done ---------------------------------------------------------------------------------------------


def test_a_status_is_a_success_of_the_one_call_that_says_so():
    """507 answers MeetStream's replayed order; in answer to its listing it says that there is no room."""
    api, _ = connect(Meetstream(), (507, {"bot_id": "b-1", "bots": []}))
    assert BotControl(Meetstream(), api).send(Order(MEETING, "Bot", key="k1")) == "b-1"
    with pytest.raises(Retriable, match="507"):
        list(BotSource(Meetstream(), api, clock=StillClock()).list_window(WEEK))


def test_202_is_an_answer_to_an_order_alone():
    """Of v1 it says that a transcript was taken on; what is asked for is not there yet."""
    provider = MeetingBaasV1()
    details = {"bot_data": {"bot": {"uuid": "b-1"}}}
    api, _ = connect(provider, (200, details), (202, b""))
    BotControl(provider, api).retranscribe("b-1")
    api, _ = connect(provider, (202, details))
    with pytest.raises(Pending):
        BotSource(provider, api, clock=StillClock()).fetch_detail("b-1", for_download=False)


def test_a_listing_that_says_something_else_is_damaged():
    """A success with an error in its words is no window without bots."""
    for provider in (Meetstream(), MeetingBaasV1(), Recall()):
        api, _ = connect(provider, (200, {"message": "internal error"}))
        with pytest.raises(Damaged, match="no page"):
            list(BotSource(provider, api, clock=StillClock()).list_window(WEEK))


def test_pages_of_an_answer_have_an_end():
    """A provider that names ever new ones is not followed for ever."""
    pages = [(200, {"next": f"https://api.example.com/v1/?page={number}"}) for number in range(300)]
    api, server = connect(Recall(), *pages)
    with pytest.raises(Damaged, match="has no end: 100 pages"):
        api.ask_all(Call("/transcript/", next_page="next"))
    assert len(server.asked) == 100


# --- what cannot be sent ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["schl\u00fcssel", "two\nlines", "", " padded", "\u200bhidden", "half\ud800", "nul\0"])
def test_a_key_that_no_header_holds_names_its_setting(key):
    """Before anything is asked, and without the key."""
    with pytest.raises(ConfigError, match="SOME_API_KEY") as raised:
        connect(Recall(), (200, {}), key=key)
    assert not key or key not in f"{raised.value} {raised.value.hint}"


@pytest.mark.parametrize("key", ["schl\u00fcssel", "a\r\nb", " a"])
def test_an_order_s_key_that_no_header_holds_is_refused_unsent(key):
    """It is no order that may have been done all the same."""
    api, server = connect(Meetstream(), (200, {"bot_id": "b-1"}))
    with pytest.raises(Refused, match=r"nothing was sent.*Idempotency-Key") as raised:
        BotControl(Meetstream(), api).send(Order(MEETING, "Bot", key=key))
    assert "another key" in raised.value.hint
    assert server.asked == []


def test_half_a_character_in_an_id_is_asked_for_as_a_question_mark():
    """Ids come from people and from events, and no error of Python's may end a run."""
    api, server = connect(MeetingBaasV1(), (404, {}))
    with pytest.raises(HarvesterError):
        BotSource(MeetingBaasV1(), api, clock=StillClock()).fetch_detail("b\ud800", for_download=False)
    assert "bot_id=b%3F&" in server.asked[0][1]


# --- what is kept of an answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["nothing", {"native_id": "x", "url": "https://x.example/?canary"}, [1]])
def test_what_a_provider_calls_by_our_note_s_name_is_no_note(said):
    """It is neither kept nor taken for what an import noted, in a listing and in details alike."""
    bot = {"BotID": "b-1", "Status": "Done", "StartTime": "2026-07-01T08:00:00Z", "imported": said}
    api, _ = connect(Meetstream(), (200, {"bots": [bot]}), (200, {"bot_details": bot}), (404, {}))
    source = BotSource(Meetstream(), api, clock=StillClock())
    (page,) = source.list_window(WEEK)
    detail = source.fetch_detail("b-1", for_download=False)
    assert [each["BotID"] for each in page.payloads] == ["b-1"]
    assert "imported" not in {**page.payloads[0], **detail.payload}
    assert "imported" not in source.scrub(source.merge(page.payloads[0], detail.payload))


def test_a_glance_scrubs_once(monkeypatch):
    """It is taken of every entry of every listing; the id is that of what was scrubbed."""
    provider, scrubbed = MeetingBaasV1(), []
    monkeypatch.setattr(payload_v1, "scrub", lambda payload: scrubbed.append(payload) or payload)
    api, _ = connect(provider, (200, {}))
    sighting = BotSource(provider, api, clock=StillClock()).glance({"uuid": "b-1"})
    assert (sighting.native_id, len(scrubbed)) == ("b-1", 1)


# --- orders ----------------------------------------------------------------------------------------------------------


def test_all_recordings_of_a_bot_are_asked_for():
    """Recall's deletion takes all of them, so that all of them must be here before."""
    bot = {"id": "b-1", "recordings": [{"id": "r-1"}, {"id": "r-2"}]}
    api, server = connect(Recall(), (200, bot))
    assert BotControl(Recall(), api).list_recordings("b-1") == ["b-1:r-1", "b-1:r-2"]
    assert [url for _, url, _ in server.asked] == ["https://api.example.com/v1/bot/b-1/"]
    api, _ = connect(Meetstream(), (200, {"bot_details": {"BotID": "b-1"}}))
    assert BotControl(Meetstream(), api).list_recordings("b-1") == ["b-1"]


def test_an_order_that_failed_on_its_way_may_have_been_done():
    """It is sent once, and the words say what to look at."""
    api, server = connect(Recall(), (503, {}))
    with pytest.raises(Failed, match="all the same"):
        BotControl(Recall(), api).remove("b-1")
    assert len(server.asked) == 1
