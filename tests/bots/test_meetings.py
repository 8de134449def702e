"""Meeting addresses and the ladder from a bot's recording to the meeting Zoom knows."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from exports_samples import HOSTILE, json_values
from hypothesis import given
from hypothesis import strategies as st

from harvester.bots.meetings import BotSession, Link, MeetingUrl, ZoomMeeting, link, parse_meeting_url

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
NUMBER = "91234567890"


def minutes(count):
    return START + timedelta(minutes=count)


def meeting(uuid, start, length, number=NUMBER):
    return ZoomMeeting(
        uuid, number, None if start is None else minutes(start), None if length is None else length * 60_000
    )


def session(start, end, **more):
    times = [None if each is None else minutes(each) for each in (start, end)]
    return BotSession("meetstream", more.pop("meeting_id", NUMBER), *times, **more)


def test_the_shared_addresses_are_read_alike(shared):
    """All fields of every case; where a number was found, its `reason` is a remark for the reader."""
    for case in shared("zoom_urls.json")["cases"]:
        found = parse_meeting_url(case["url"])
        assert (found.platform, found.zoom_meeting_id, found.vanity, found.has_password, found.redacted) == (
            case["platform"], case["zoom_meeting_id"], case["vanity"], case["has_password"], case["redacted"],
        ), case["url"]  # fmt: skip
        assert found.reason == (None if found.zoom_meeting_id else case["reason"]), case["url"]


@pytest.mark.parametrize(
    ("url", "redacted"),
    [
        (f"https://zoom.us/wc/join/{NUMBER}?pwd=a", f"https://zoom.us/wc/join/{NUMBER}"),
        (f"https://zoom.us/wc/{NUMBER}/start", f"https://zoom.us/wc/{NUMBER}/start"),
        (f"https://zoom.us/wc/{NUMBER}/zak-s3cr3t", f"https://zoom.us/wc/{NUMBER}"),
        (f"https://zoom.us/w/{NUMBER}/s3cr3t?tk=x", f"https://zoom.us/w/{NUMBER}"),
        (f"http://me:pw@acme.zoom.us:8443/j/{NUMBER}/?uname=Ana#a", f"http://acme.zoom.us/j/{NUMBER}"),
        (f"zoom.us/j/{NUMBER}?next=https://a.example", f"https://zoom.us/j/{NUMBER}"),
        (f"//zoom.us/j/{NUMBER}", f"https://zoom.us/j/{NUMBER}"),
        (f"https://Zoom.us./j/{NUMBER}", f"https://zoom.us/j/{NUMBER}"),
        (f"https://eu.zoomgov.com/s/{NUMBER}", f"https://eu.zoomgov.com/s/{NUMBER}"),
        ("https://zoom.us/j/912-3456\u20137890", f"https://zoom.us/j/{NUMBER}"),
        ("https://zoom.us/j/912 3456 7890", f"https://zoom.us/j/{NUMBER}"),
        (f"\u201chttps://zoom.us/j/{NUMBER}\u201d,", f"https://zoom.us/j/{NUMBER}"),
        (f"(https://zoom.us/j/{NUMBER}).", f"https://zoom.us/j/{NUMBER}"),
        (f"https://zoom.us/j/{NUMBER}<https://zoom.us/j/{NUMBER}>", f"https://zoom.us/j/{NUMBER}"),
        (f"zoomus://zoom.us/start?confno={NUMBER}&zak=x", "zoomus://zoom.us/start"),
        (f"zoommtg://zoom.us/s3cr3t?confno={NUMBER}", "zoommtg://zoom.us/"),
        (f"https://www.google.com/url?q=https://zoom.us/j/{NUMBER}&sa=D", f"https://zoom.us/j/{NUMBER}"),
        (
            f"https://google.com/url?sa=D&q=https%3A%2F%2Fzoom.us%2Fj%2F{NUMBER}%3Fpwd%3Dx",
            f"https://zoom.us/j/{NUMBER}",
        ),
    ],
)
def test_a_number_is_found_in_every_form(url, redacted):
    """And of the address only what opens nothing is kept."""
    found = parse_meeting_url(url)
    assert (found.platform, found.zoom_meeting_id, found.redacted, found.reason) == ("zoom", NUMBER, redacted, None)


@pytest.mark.parametrize("text", [NUMBER, "912 3456 7890", "912-3456-7890", " <912 3456 7890> ", int(NUMBER)])
def test_a_bare_number_has_no_address(text):
    """As people and Zoom write it."""
    assert parse_meeting_url(text) == MeetingUrl("zoom", NUMBER)


@pytest.mark.parametrize(
    ("url", "has_password"),
    [
        (f"https://zoom.us/j/{NUMBER}?PWD=x", True),
        (f"https://zoom.us/j/{NUMBER}?password=x", True),
        (f"https://zoom.us/j/{NUMBER}?pwd=&password=", False),
        (f"https://zoom.us/j/{NUMBER}?tk=pwd", False),
        (f"https://google.com/url?q=https%3A%2F%2Fzoom.us%2Fj%2F{NUMBER}%3Fpwd%3Dx", True),
        (f"https://google.com/url?q=https%3A%2F%2Fzoom.us%2Fj%2F{NUMBER}&pwd=x", False),
    ],
)
def test_a_password_is_noticed_and_not_kept(url, has_password):
    """One that is empty is none, and one of a redirect is not the meeting's."""
    found = parse_meeting_url(url)
    assert found.has_password is has_password
    assert "=" not in repr(found.redacted)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://zoom.us/my/ana.diaz/extra?pwd=x", "personal link, no number"),
        ("https://zoom.us/rec/share/s3cr3t", "no number"),
        ("https://zoom.us/j/", "no number"),
        ("https://zoom.us/j/abc", "no number"),
        ("https://zoom.us/", "no number"),
        ("https://zoom.us/my/", "no number"),
        ("https://zoom.us/wc/join", "no number"),
        ("https://zoom.us/signup?confno=91234567890", "no number"),
        (f"https://events.zoom.us/j/{NUMBER}", "event portal, no number"),
        ("zoommtg://zoom.us/join", "no number"),
        ("zoommtg://zoom.us/join?confno=12", "fewer than 9 digits"),
        ("https://zoom.us/j/91234567890\u0660", "no number"),
    ],
)
def test_without_a_number_there_is_a_reason(url, reason):
    """Nothing is guessed, and nothing is kept that could open anything."""
    found = parse_meeting_url(url)
    assert (found.platform, found.zoom_meeting_id, found.reason) == ("zoom", None, reason)
    assert "s3cr3t" not in repr(found)


def test_a_personal_link_keeps_its_name():
    """Which is all that tells whose it is."""
    found = parse_meeting_url("https://acme.zoom.us/my/ana.d%C3%ADaz?pwd=x")
    assert (found.vanity, found.redacted) == ("ana.díaz", "https://acme.zoom.us/my/ana.d%C3%ADaz")


@pytest.mark.parametrize(
    "url",
    [
        f"https://zoom.us@evil.example/j/{NUMBER}",
        f"https://evil.example/zoom.us/j/{NUMBER}",
        f"https://evilzoom.us/j/{NUMBER}",
        f"https://zoom.us.evil.example/j/{NUMBER}",
        f"https://evil.example\\@zoom.us/j/{NUMBER}",
        f"https://zo\u043em.us/j/{NUMBER}",
        f"https://\uff5aoom.us/j/{NUMBER}",
        f'https://a"b.zoom.us/j/{NUMBER}',
        f"ftp://zoom.us/j/{NUMBER}",
        f"javascript://zoom.us/j/{NUMBER}",
        f"zoommtg://evil.example/join?confno={NUMBER}",
        "zoommtg://meet.google.com/abc",
        f"https://google.com.evil.example/url?q=https://zoom.us/j/{NUMBER}",
        "https://google.com/url",
        "https://[::1/j",
        "12345",
        "123456789012",
        "not a link",
        "https://",
    ],
)
def test_another_host_is_not_zoom(url):
    """Whatever stands elsewhere in the address."""
    found = parse_meeting_url(url)
    assert (found.platform, found.zoom_meeting_id, found.redacted) == ("unknown", None, None)
    assert found.reason


def test_other_platforms_keep_their_path():
    """Of Teams it is the only id; what is no ASCII is written so that any file can hold it."""
    found = parse_meeting_url("https://teams.live.com/meet/9\ud8001?p=x")
    assert (found.platform, found.redacted, found.reason) == ("teams", "https://teams.live.com/meet/9%3F1", None)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"platform": "zoom", "meeting_id": NUMBER, "meeting_password": "x"}, MeetingUrl("zoom", NUMBER, None, True)),
        ({"platform": "zoom", "meeting_id": int(NUMBER)}, MeetingUrl("zoom", NUMBER)),
        ({"platform": "zoom", "meeting_id": "12"}, MeetingUrl("zoom", reason="fewer than 9 digits")),
        ({"platform": "zoom", "meeting_id": []}, MeetingUrl("zoom", reason="no number")),
        ({"platform": "microsoft_teams", "meeting_id": NUMBER}, MeetingUrl("teams")),
        ({"platform": [], "meeting_id": NUMBER}, MeetingUrl(reason="host is not zoom")),
        ({}, MeetingUrl(reason="host is not zoom")),
    ],
)
def test_recalls_object_says_the_same(given, found):
    """It names the platform and the number, and never an address."""
    assert parse_meeting_url(given) == found


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_addresses_are_no_meetings(value):
    """Of any type, and in every place of an address."""
    found = parse_meeting_url(value)
    assert found.zoom_meeting_id is None
    assert isinstance(value, str | dict) or found.reason == "no address"
    assert parse_meeting_url({"platform": value, "meeting_id": value, "meeting_password": value}).reason
    if isinstance(value, str):
        for url in (f"https://{value}/j/1", f"https://zoom.us/{value}", f"https://zoom.us/j/{value}?pwd={value}"):
            assert parse_meeting_url(url).zoom_meeting_id is None


def test_a_long_address_is_refused_at_once():
    """Before anything looks for something in it."""
    started_s = time.process_time()
    for pump in ("a", "%", "&q=", "/", "https://google.com/url?q=", "\u2013", "<", "-.", "9 "):
        assert parse_meeting_url("https://zoom.us/j/" + pump * 1_000_000).reason == "no address"
        parse_meeting_url("https://google.com/url?q=" + pump * (4000 // len(pump)))
    assert time.process_time() - started_s < 5


def test_the_shared_sessions_are_linked_alike(shared):
    """Every case of the ladder, by its method or by the reason why there is none."""
    for case in shared("join_cases.json")["cases"]:
        said, moment = case["session"], datetime.fromisoformat
        given = BotSession(
            said["source"], said["zoom_meeting_id"],
            moment(said["recording_started_at"]) if said["recording_started_at"] else None,
            moment(said["ended_at"]) if said["ended_at"] else None,
            said["extra_zoom_uuid"], said["recall_zoom_meeting_uuid"],
        )  # fmt: skip
        known = [
            ZoomMeeting(each["uuid"], each["id"], moment(each["start_time"]), each["duration_minutes"] * 60_000)
            for each in case["zoom"]
        ]
        found = link(given, known)
        assert found.meeting_uuid == case["expect"]["zoom_meeting_uuid"], case["case"]
        assert (found.method or found.reason) == case["expect"]["match_method"], case["case"]


MINUTE = 60_000


@pytest.mark.parametrize(
    ("given", "known", "found"),
    [
        # four fifths of the overlap are enough, a little less is not
        (session(0, 50), [meeting("a", 0, 40), meeting("b", 40, 40)], Link("a", "id_overlap", None, 40 * MINUTE, 2)),
        (session(0, 100), [meeting("a", 0, 79), meeting("b", 79, 40)], Link(reason="ambiguous", candidates=2)),
        # the same UUID from two lists is one meeting
        (session(0, 50), [meeting("a", 0, 40), meeting("a", 0, None), meeting("a", 0, 45)],
         Link("a", "id_overlap", None, 45 * MINUTE, 1)),
        # another number at the same time is another meeting
        (session(0, 50), [meeting("a", 0, 50, "912345678"), meeting("b", 0, 50, None)], Link(reason="no_candidate")),
        # touching is no overlap, and no padding makes it one
        (session(20, 50), [meeting("a", 0, 20)], Link(reason="no_candidate", candidates=1)),
        (session(0, 9), [meeting("a", 15, 20)], Link("a", "id_nearest_start", None, 0, 1)),
        (session(-1 / 60_000, 9), [meeting("a", 15, 20)], Link(reason="no_candidate", candidates=1)),
        (session(0, 1), [meeting("a", 5, 20), meeting("b", -5, 2)], Link(reason="ambiguous", candidates=2)),
        (session(0, 1), [meeting("a", 5, 20), meeting("b", -4, 2)], Link("b", "id_nearest_start", None, 0, 2)),
        (session(0, 9), [meeting("a", 4, None)], Link("a", "id_nearest_start", None, 0, 1)),
        (session(0, 9), [meeting("a", None, 9)], Link(reason="no_candidate", candidates=1)),
        # without an end, or with one before the start, the start is in the meeting or it is not
        (session(30, None), [meeting("a", 0, 60)], Link("a", "id_overlap", None, 1, 1)),
        (session(30, 10), [meeting("a", 0, 60)], Link("a", "id_overlap", None, 1, 1)),
        (session(None, 30), [meeting("a", 0, 60)], Link(reason="no_session_time", candidates=1)),
        (session(0, 9, meeting_id=None), [meeting("a", 0, 60, None)], Link(reason="no_meeting_id")),
        (session(0, 9, meeting_id=""), [meeting("a", 0, 60, "")], Link(reason="no_meeting_id")),
        (session(0, 9), [meeting("a", 0, -60)], Link("a", "id_nearest_start", None, 0, 1)),
        (session(0, 9), [], Link(reason="no_candidate")),
    ],
)  # fmt: skip
def test_number_and_time(given, known, found):
    """The clear winner of the overlap, else the nearest start, else a reason; never by the order of the list."""
    assert link(given, known) == link(given, known[::-1]) == found


@pytest.mark.parametrize(
    ("more", "known", "found"),
    [
        ({"explicit_uuid": "a"}, [meeting("a", 0, 60)], Link("a", "explicit_uuid", None, 9 * MINUTE, 1)),
        ({"provider_uuid": "a"}, [meeting("a", 0, 60)], Link("a", "provider_uuid", None, 9 * MINUTE, 1)),
        ({"explicit_uuid": "a", "provider_uuid": "b"}, [], Link("a", "explicit_uuid")),
        ({"explicit_uuid": "", "provider_uuid": "b"}, [], Link("b", "provider_uuid")),
        ({"explicit_uuid": "x"}, [meeting("a", 0, 60)], Link(reason="conflict", overlap_ms=9 * MINUTE, candidates=1)),
        ({"provider_uuid": "x"}, [meeting("a", 0, 60)], Link(reason="conflict", overlap_ms=9 * MINUTE, candidates=1)),
        ({"explicit_uuid": "b"}, [meeting("a", 0, 5), meeting("b", 5, 9)],
         Link("b", "explicit_uuid", None, 4 * MINUTE, 2)),
        ({"explicit_uuid": "x"}, [meeting("a", 12, 60)], Link("x", "explicit_uuid", None, None, 1)),
        ({"explicit_uuid": "x", "meeting_id": None}, [meeting("a", 0, 60)], Link("x", "explicit_uuid")),
    ],
)  # fmt: skip
def test_a_named_uuid(more, known, found):
    """It goes before all, known to Zoom's list or not, unless the clock clearly says another meeting."""
    assert link(session(0, 9, **more), known) == found


MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
UUIDS = st.none() | st.sampled_from(["a", "b", ""])
SESSIONS = st.builds(BotSession, st.just("recall"), st.sampled_from([NUMBER, "", None]), MOMENTS, MOMENTS, UUIDS, UUIDS)
LENGTHS = st.none() | st.integers(-(10**40), 10**40)
MEETINGS = st.builds(ZoomMeeting, st.sampled_from("abc"), st.sampled_from([NUMBER, "", None]), MOMENTS, LENGTHS)


@given(SESSIONS, st.lists(MEETINGS, max_size=6))
def test_every_session_is_linked_or_has_a_reason(given_session, known):
    """One of the two, never both, and the same whatever the order; no moment and no length leaves the calendar."""
    found = link(given_session, known)
    assert (found.meeting_uuid is None) == (found.method is None) == (found.reason is not None)
    assert found == link(given_session, known[::-1])


PIECES = [
    "https://",
    "zoommtg://",
    "zoom.us",
    "events.",
    "@",
    ":",
    "/",
    "/j/",
    "/my/",
    NUMBER,
    "?q=",
    "?pwd=x",
    "%20",
    "[",
]
ADDRESSES = st.lists(st.sampled_from([*PIECES, "google.com/url", "&", "#", "<"]) | st.text(st.characters(), max_size=3))


@given(ADDRESSES.map("".join) | json_values(["platform", "meeting_id", "meeting_password"]))
def test_whatever_is_sent_is_an_address_or_none(value):
    """No input makes it fail, and whatever is kept can be written to a file and has no query."""
    found = parse_meeting_url(value)
    assert found.zoom_meeting_id is None or found.platform == "zoom"
    assert "?" not in (found.redacted or "").encode().decode()
