"""What the pages show of a lake that is known to the row."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import duckdb
import explore_samples as samples
import pytest

from harvester.explore import meeting_queries, speech
from harvester.explore.filters import read_filter
from harvester.explore.render import read_static
from harvester.explore.speech import Index, search_speech
from harvester.lake.query import QueryStopped
from harvester.lake.session import Session, Sessions

MEETING = f"/meeting/{samples.DAY}/{quote(samples.KEY, safe='')}"
BESIDE = f"/beside/{samples.DAY}/{quote(samples.KEY, safe='')}?with={samples.BOT}"


def topics(answer) -> list[str]:
    return re.findall(r'<td class="topic"><a [^>]*><bdi>([^<]*)</bdi>', answer.text)


def test_the_calendar_says_of_every_day_what_is_there_in_words_and_marks(client):
    """Recordings, transcripts available, awaited and failed, and gaps are counted a day; colour is never alone."""
    answer = client.get("/")
    labels = answer.page.values("aria-label", tag="a")
    assert "Monday, 23 November 2026: 3 recordings, 3 transcripts available, 2 gaps" in labels
    assert "Sunday, 22 November 2026: 1 recording, 1 pending" in labels
    assert "Saturday, 21 November 2026: 1 recording, 1 failed" in labels
    assert "Friday, 20 November 2026: 1 recording" in labels
    assert "Wednesday, 14 October 2026: 1 recording, 1 transcripts available" in labels
    cells = re.findall(r'<td class="day (\w+)">.*?<span class="mark">(.)</span>', answer.text)
    assert sorted(cells) == [("bare", "–"), ("gap", "!"), ("gap", "!"), ("wait", "…"), ("whole", "✓")]  # noqa: RUF001


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("topic=SENSOR", ["Harbour survey: sensor map"]),
        ("host=tove", ["Harbour survey: sensor map"]),
        ("host=ann", ["Quiet 40"]),
        ("host=bo*", []),
        ("host=h1&sort=oldest", ["Quiet 40", "Quiet 3", "Quiet 2", "Quiet 1"]),
        ("speaker=noor", ["Harbour survey: sensor map"]),
        ("source=recall", ["Harbour survey: sensor map"]),
        ("source=recall&speaker=nobody", []),
        ("transcript=pending", ["Quiet 1"]),
        ("transcript=failed", ["Quiet 2"]),
        ("transcript=none", ["Quiet 3"]),
        ("from=2026-11-20&to=2026-11-21&sort=topic", ["Quiet 2", "Quiet 3"]),
        ("to=2026-10-31", ["Quiet 40"]),
        ("topic='; DROP TABLE recordings; --", []),
        ("topic=(((", []),
        ("page=2", []),
    ],
)
def test_the_list_finds_meetings(client, query, expected):
    """By topic, host, speaker, source, transcript and days; two sources of one meeting are one row."""
    answer = client.get(f"/meetings?{quote(query, safe='=&')}")
    assert answer.status == 200
    assert topics(answer) == expected


def test_a_host_has_a_name_where_somebody_said_it(client):
    """Zoom names hosts by id; with a list of participants the list and the meeting say who that is."""
    for path in ("/meetings?host=h1&sort=oldest", f"/meeting/{samples.PAUSED_DAY}/{samples.PAUSED}"):
        text = client.get(path).text
        assert "Ann</bdi>" in text
    assert "h1</bdi>" in client.get("/meetings?host=h1").text  # of those without a list


def test_the_list_is_turned_page_by_page(client, monkeypatch):
    """Every meeting stands on exactly one page, and the link to the next keeps what was asked for."""
    monkeypatch.setattr("harvester.explore.queries.PAGE", 2)
    monkeypatch.setattr("harvester.explore.queries.build_meetings.__kwdefaults__", {"limit": 2})
    seen, path = [], "/meetings?host=h1"
    while path:
        answer = client.get(path)
        seen += topics(answer)
        later = [attrs["href"] for tag, attrs in answer.page.tags if tag == "a" and attrs.get("rel") == "next"]
        path = later[0] if later else ""
        assert not path or "host=h1" in path
    assert seen == ["Quiet 1", "Quiet 2", "Quiet 3", "Quiet 40"]


def test_a_meeting_shows_who_said_what_with_everything_beside_it(client):
    """Cues have anchors in their order, messages stand between them by time, shares, chapters and polls are shown."""
    answer = client.get(MEETING)
    page = answer.page
    assert [each for each in page.values("id") if re.fullmatch(r"s\d+", each)] == [f"s{n}" for n in range(18)]
    order = (
        "its colour is the age",
        "Here is the old map: https",
        "Green is less",
        "What is the grey one",
        "That helps",
        "Number fourteen. It was",
        "Thursday at seven, then",
        "I bring the spare",
    )
    places = [page.text.rindex(each) for each in order]
    assert places == sorted(places)
    for expected in (
        "10:00 Europe/Stockholm", "Inés Robledo 40 %", "from Zoom's timeline", "1:20 Budget and history",
        "reacted 👍", "Boat at seven?", "From another clock.", "answered 500 five times", "Mm-hmm, agreed. corrected",
    ):  # fmt: skip
        assert expected in page.text
    assert page.values("src", tag="audio") == [f"/media/{samples.DAY}/{quote(samples.KEY, safe='')}?file=a1"]
    assert any(
        "zoom.us/recording/detail?meeting_id=Hk3%2Fsv%2BTQ2uEr7aLm0XyWg%3D%3D" in each for each in page.values("href")
    )


def test_a_paused_meeting_is_one_with_its_parts_told_apart(client):
    """Each part has its player and counts anew; anchors and the strip go on, and a turn ends with its part."""
    answer = client.get(f"/meeting/{samples.PAUSED_DAY}/{samples.PAUSED}")
    page = answer.page
    assert [each.rpartition("=")[2] for each in page.values("src", tag="audio")] == ["m0", "m1"]
    cues = [attrs for tag, attrs in page.tags if attrs.get("class") == "cue"]
    assert [(each["id"], each["data-part"], each["data-ms"], each["data-at"]) for each in cues] == [
        ("s0", "0", "0", "0"),
        ("s1", "0", "8000", "8000"),
        ("s2", "1", "0", "900000"),
        ("s3", "1", "8000", "908000"),
    ]
    assert "A break, then. Another part begins" in page.text
    assert page.values("data-length") == ["909100", "909100"]


def test_two_sources_stand_beside_each_other_by_the_clock(client):
    """The same ten seconds are one row, each with the words of both; the difference of the clocks is said."""
    linked = [each for each in client.get(MEETING).page.values("href") if each.startswith("/beside/")]
    assert len(linked) == 1
    answer = client.get(linked[0].replace("&amp;", "&"))
    assert "0.4 s later than Zoom" in answer.page.text
    rows = answer.text.split('<div class="pair" id=')[1:]
    row = next(each for each in rows if "near the north p" in each)
    assert "09:00:30" in row
    assert "near the north pier?" in row
    assert "near the north peer?" in row


@pytest.mark.parametrize(
    ("query", "expected"),
    [("spare+sensor&topic=survey", 1), ("spare+sensor&speaker=noor", 0), ("%22north+pier%22&from=2026-11-23", 2)],
)
def test_words_are_found_and_lead_to_their_cue(client, query, expected):
    """The search box is `harvester search`; each hit leads to an anchor that its page has."""
    answer = client.get(f"/search?q={query}")
    links = [each for each in answer.page.values("href") if "#s" in each]
    assert len(links) == expected
    moment = int(samples.at(samples.DAY, ms=112_000).timestamp()) * 1000
    assert any(f"&startTime={moment}" in each for each in answer.page.values("href")) == ("topic=survey" in query)
    for link in links:
        path, _, anchor = link.partition("#")
        assert anchor in client.get(path).page.values("id")


def test_a_long_transcript_has_pages_and_hits_lead_to_the_right_one(client, monkeypatch):
    """What does not fit on one page is on the next, and no cue is left out or shown twice."""
    for module in (meeting_queries, speech):
        monkeypatch.setattr(module, "CUES_A_PAGE", 7)
    anchors = []
    for page in (1, 2, 3):
        anchors += [
            each for each in client.get(f"{MEETING}?page={page}").page.values("id") if re.fullmatch(r"s\d+", each)
        ]
    assert anchors == [f"s{n}" for n in range(18)]
    (link,) = [each for each in client.get("/search?q=tide+gauges&topic=harbour").page.values("href") if "#s" in each]
    assert link == f"{MEETING}?page=2#s12"


def test_a_speaker_has_a_page(client):
    """Talk time by name, and from there the meetings somebody spoke in."""
    answer = client.get("/speakers?speaker=robledo")
    (link,) = [each for each in answer.page.values("href") if each.startswith("/speaker?")]
    assert "Harbour survey: sensor map" in client.get(link).page.text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/meetings?from=yesterday", 400, "is not a date"),
        ("/meetings?from=2026-11-23&to=2026-11-01", 400, "swap them"),
        ("/meetings?page=0", 400, "pages count from 1"),
        ("/meetings?page=99999999999999999999", 400, "pages count from 1"),
        ("/meetings?sort=;drop", 400, "it may be newest"),
        (f"/meetings?topic={'x' * 201}", 400, "longer than 200"),
        ("/?year=soon", 400, "cannot be"),
        ("/search?q=", 400, "nothing to look for"),
        ("/search?q=%22open", 400, "quote is not closed"),
        ("/search?q=%00%ff%ed%a0%80", 200, "Nobody said that"),
        ("/meeting/2026-13-40/zoom:x", 400, "is not a date"),
        ("/meeting/0001-01-01/zoom:x", 400, "is not a date"),
        ("/meeting/9999-12-31/zoom:x", 400, "is not a date"),
        ("/meeting/2026-11-23/zoom:x", 404, "look for it in the list"),
        ("/beside/2026-11-23/zoom:x?with=zoom:y", 404, "look for it in the list"),
        ("/speaker?name=Nobody", 200, "Nobody of this name"),
        ("/static/../app.py", 404, "Meetings"),
        ("/nothing", 404, "begin with the calendar"),
    ],
)
def test_an_address_that_leads_nowhere_says_what_to_do(client, path, status, says):
    """Wrong values are 400, what is not there 404, each as a page with a way on."""
    answer = client.get(path)
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert says in answer.page.text


def test_without_a_lake_and_with_an_empty_one_the_pages_say_what_to_do(serve, tmp_path):
    """No lake is an error that names `harvester nightly`; an empty one is a page of its own, until it is filled."""
    with serve(tmp_path) as client:
        missing = client.get("/")
        assert (missing.status, "harvester nightly" in missing.text) == (503, True)
        (tmp_path / "lake").mkdir()
        for path in ("/", "/meetings", "/speakers", "/search?q=x"):
            assert client.get(path).status == 200
        assert "harvester nightly" in client.get("/").text
        assert "harvester nightly" in client.get("/meetings").text


def test_what_is_published_while_the_pages_are_served_is_seen(serve, tmp_path, quick_disk):
    """A kept connection looks at the files anew, also for a table that had none when it was opened."""
    quiet = samples.quiet_meeting("zoom:q", samples.DAY, "pending", topic="Quiet")
    samples.write_day(tmp_path, samples.DAY, "zoom", [quiet])
    with serve(tmp_path) as client:
        assert topics(client.get("/meetings")) == ["Quiet"]
        samples.write_day(tmp_path, samples.DAY, "zoom", [samples.rich_meeting(tmp_path / "archive"), quiet])
        samples.write_day(tmp_path, samples.DAY + timedelta(days=1), "recall", [samples.bot_meeting_of_tomorrow()])
        assert len(topics(client.get("/meetings"))) == 3
        assert "Here is the old map" in client.get(MEETING).text


def test_a_meeting_is_read_from_the_files_of_its_days_alone(serve, tmp_path, quick_disk):
    """Years beside it cost nothing: a file of another day is not even opened, as one that is damaged shows."""
    quiet = samples.quiet_meeting("zoom:q", samples.DAY, "pending", topic="Quiet")
    samples.write_day(tmp_path, samples.DAY, "zoom", [quiet])
    for days in (-30, 30):
        other = tmp_path / "lake" / "recordings" / f"date={samples.DAY + timedelta(days=days)}"
        other.mkdir()
        (other / "zoom-00-of-01.parquet").write_bytes(b"damaged")
    with serve(tmp_path) as client:
        assert "Quiet" in client.get(f"/meeting/{samples.DAY}/zoom:q").page.text
        assert topics(client.get(f"/meetings?from={samples.DAY}&to={samples.DAY}")) == ["Quiet"]
        answer = client.get("/meetings")
        assert (answer.status, "harvester verify" in answer.text) == (503, True)


def test_until_the_index_is_made_a_search_reads_the_lake(home, tmp_path):
    """Both find the same, and nobody waits."""
    index = Index(tmp_path / "index")
    asked = read_filter({"q": "spare sens*"})
    assert index.is_being_made
    scanned = search_speech(home / "lake", asked, index, timeout_s=None)
    assert not (tmp_path / "index").exists()
    index.warm(home / "lake")
    assert not index.is_being_made
    assert search_speech(home / "lake", asked, index, timeout_s=None) == scanned
    assert scanned.total == 2


@pytest.mark.parametrize("scheme", [0, 1])
def test_every_colour_can_be_read(scheme):
    """Names and marks stand out from the paper by 4.5 to 1 at least, in the light and in the dark."""
    style = read_static("explore.css").decode()
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))
    pairs = [(name, "paper") for name in ("ink", "dim", "link", "cx", *(f"c{n}" for n in range(8)))]
    pairs += [(f"{state}-ink", state) for state in ("whole", "wait", "gap", "bare")]
    pairs += [(name, ground) for name in ("ink", "dim") for ground in ("raised", "now")] + [("ink", "mark")]
    low = {pair: contrast(*(colours[each] for each in pair)) for pair in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in low.items() if ratio < 4.5} == {}


def contrast(one: str, other: str) -> float:
    """Of WCAG 2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_question_that_takes_too_long_is_a_page_that_says_so(client, monkeypatch):
    """The limit of time ends in an answer, not in silence."""

    def stop(*_arguments, **_values):
        raise QueryStopped("the query was stopped at its limit of 30 s", hint="narrow it")

    monkeypatch.setattr(Session, "ask", stop)
    answer = client.get("/")
    assert (answer.status, "limit of 30 s" in answer.text, "narrow it" in answer.text) == (503, True, True)


def test_a_file_replaced_while_being_read_is_read_again(home):
    """A page asked for while a harvest publishes is made anew, on another connection."""
    sessions, tries = Sessions(home / "lake", 30.0), []

    def work(session):
        tries.append(session)
        if len(tries) < 3:
            raise duckdb.IOException("changed")
        return "page"

    assert sessions.run(work) == "page"
    assert len({id(each) for each in tries}) == 3
    sessions.close()
