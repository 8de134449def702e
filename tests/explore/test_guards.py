"""Who is answered, what a page may hold, and what of the disk can be had: seen from the other end of a socket."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from urllib.parse import quote

import explore_samples as samples
import pytest

MEETING = f"/meeting/{samples.DAY}/{quote(samples.KEY, safe='')}"
HOSTILE = f"/meeting/{samples.DAY}/{quote(samples.HOSTILE, safe='')}"
MEDIA = f"/media/{samples.DAY}/{quote(samples.KEY, safe='')}?file=a1"
BESIDE = f"/beside/{samples.DAY}/{quote(samples.KEY, safe='')}?with={quote(samples.HOSTILE, safe='')}"
PAGES = (
    "/",
    "/meetings",
    f"/meetings?topic={quote(samples.EVIL)}",
    "/search?q=onerror",
    f"/search?q={quote(samples.EVIL)}",
    "/speakers",
    f"/speakers?speaker={quote(samples.EVIL)}",
    f"/speaker?name={quote(samples.TALK[0][0])}",
    MEETING,
    HOSTILE,
    BESIDE,
    "/nothing",
    "/meetings?sort=%3Cscript%3Ealert(1)%3C/script%3E",
)
ALLOWED_TAGS = set(
    re.findall(
        r"\w+",
        """html head meta title link script body a header nav form label input kbd main div h1 h2 h3 p ul ol li dl dt dd
        table caption thead tbody tr th td abbr span b bdi q time svg rect section aside details summary select option
        button mark code br figure figcaption video audio""",
    )
)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_runs_or_loads_what_is_not_ours(client, path):
    """Whatever a meeting is called: no tag of its own, nothing inline to run, nothing from elsewhere."""
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    page = answer.page
    assert {tag for tag, _ in page.tags} <= ALLOWED_TAGS
    assert [tag for tag, _ in page.tags].count("script") == 1
    for tag, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on") or name in {"style", "srcdoc", "formaction"}]
        for name in ("src", "action", *(["href"] if tag == "link" else [])):
            assert attrs.get(name, "/").startswith("/"), (tag, attrs)
        if tag == "a":
            assert attrs["href"].startswith(("/", "#", "?", "https://zoom.us/recording/")), attrs
    assert "\u202e" not in answer.text
    assert "\0" not in answer.text


def test_hostile_text_is_shown_as_it_was_written(client):
    """Escaping loses nothing: the words of a meeting can still be read."""
    page = client.get(HOSTILE).page
    assert page.text.count(samples.EVIL) >= 5
    assert "</p></main>{{7*7}}" in page.text


def test_a_name_of_100_kilobytes_makes_no_large_page(client):
    """A page names a speaker many times, so a name is cut."""
    for path in (HOSTILE, "/speakers", "/meetings"):
        assert len(client.get(path).body) < 40_000


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8751", 200),
        ("127.0.0.1:8751", 200),
        ("127.8.9.1", 200),
        ("[::1]:8751", 200),
        ("attacker.example", 421),
        ("attacker.example:8751", 421),
        ("127.0.0.1.attacker.example", 421),
        ("localhost.attacker.example", 421),
        ("0.0.0.0:8751", 421),
        ("169.254.169.254", 421),
    ],
)
def test_a_name_that_was_pointed_here_is_not_answered(client, host, status):
    """A page elsewhere cannot rebind its own name to loopback and read along."""
    for path in ("/static/explore.css", *(["/", MEDIA] if status != 200 else [])):
        assert client.get(path, host=host).status == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_pages_are_only_read(client, method):
    """Nothing but GET and HEAD is answered, HEAD without a body."""
    answer = client.get("/", method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    head = client.get("/static/explore.css", method="HEAD")
    assert (head.status, head.body, int(head.headers["content-length"]) > 1000) == (200, b"", True)


def test_with_a_token_nothing_is_given_without_it(home, serve):
    """The token opens once, as part of the address; from then on the cookie does, and only from our own pages."""
    with serve(home, token="right", is_local=False) as client:
        for path in ("/", MEETING, MEDIA, "/static/explore.css", "/nothing"):
            for headers in ({}, {"cookie": "harvester_explore=wrong"}, {"cookie": "harvester_explore="}):
                assert client.get(path, **headers).status == 403
        for wrong in ("/?token=", "/?token=wrong", "/?token=%00%ed%a0%80", "/?Token=right"):
            assert client.get(wrong).status == 403
        opened = client.get("/?token=right", host="harvest.example:8751")
        assert opened.status == 200
        cookie = opened.headers["set-cookie"]
        assert cookie == "harvester_explore=right; HttpOnly; Path=/; SameSite=strict"
        assert "right" not in opened.text
        for path in ("/", MEETING, MEDIA, "/static/explore.css"):
            assert client.get(path, cookie="a=b; harvester_explore=right").status == 200


def test_sound_is_given_in_the_ranges_that_a_player_asks_for(client, home):
    """The bytes are those of the archive, whole or in part, under a type that is played and not run."""
    whole = (home / "archive/zoom/2026/11/23/Hk3/0-audio_only-a1.wav").read_bytes()
    answer = client.get(MEDIA)
    assert (answer.status, answer.body == whole, answer.headers["content-type"]) == (200, True, "audio/wav")
    assert answer.headers["accept-ranges"] == "bytes"
    for asked, expected in (("0-1", whole[:2]), ("500000-", whole[500_000:]), ("-3", whole[-3:])):
        part = client.get(MEDIA, range=f"bytes={asked}")
        assert (part.status, part.body == expected) == (206, True)
        assert part.headers["content-range"].endswith(f"/{len(whole)}")
    assert client.get(MEDIA, range=f"bytes={len(whole)}-").status == 416
    changed = client.get(MEDIA, range="bytes=0-1", if_range='"another"')
    assert (changed.status, len(changed.body)) == (200, len(whole))


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("up", "outside the archive"),
        ("abs", "outside the archive"),
        ("link", "symbolic link"),
        ("text", "nothing to play"),
        ("html", "nothing to play"),
        ("gone", "does not have this file"),
        ("fail", "no such archived file"),
        ("../../etc/passwd", "no such archived file"),
        ("a1", "no such archived file"),
        ("", "no such archived file"),
    ],
)
def test_no_other_file_can_be_had(client, file, why):
    """Not by what a lake says of its path, not over a link, not of another recording, nor what a browser would run."""
    answer = client.get(f"/media/{samples.DAY}/{quote(samples.HOSTILE, safe='')}?file={quote(file)}")
    assert (answer.status, why in answer.page.text) == (404, True)


def test_the_command_says_where_it_is_and_ends_when_told(home):
    """The address printed first is the one that answers, token included; SIGTERM ends it with 0."""
    words = ["explore", "--home", str(home), "--bind", "127.0.0.1:0", "--token"]
    with subprocess.Popen(
        [sys.executable, "-m", "jobs", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"]},
    ) as process:
        from client import Client

        address = process.stdout.readline().strip()
        port = int(address.split(":")[2].split("/")[0])
        client = Client("127.0.0.1", port)
        assert client.get("/").status == 403
        assert client.get(address.partition(str(port))[2]).status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_an_address_nobody_can_listen_on_is_a_sentence():
    """Usage, not a traceback."""
    from harvester.errors import ConfigError
    from jobs.cli import run_command

    with pytest.raises(ConfigError, match=r"cannot listen on 203\.0\.113\.7:80"):
        run_command(["explore", "--bind", "203.0.113.7:80"])
