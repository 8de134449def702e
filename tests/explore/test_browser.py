"""The pages in a real browser: nothing sticks out or complains, keys and sound work, and all of it without script.

Needs a Chromium on this machine (CHROMIUM names it; Debian: apt-get install chromium); without one these are skipped.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from urllib.parse import quote

import explore_samples as samples
import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason=f"no browser here: none of {', '.join(NAMES)}, nor CHROMIUM")

MEETING = f"/meeting/{samples.DAY}/{quote(samples.KEY, safe='')}"
HOSTILE = f"/meeting/{samples.DAY}/{quote(samples.HOSTILE, safe='')}"
PAGES = {
    "calendar": "/",
    "meetings": "/meetings",
    "found": "/meetings?topic=harbour",
    "search": "/search?q=sensor",
    "speakers": "/speakers",
    "speaker": f"/speaker?name={quote(samples.TALK[0][0])}",
    "meeting": MEETING,
    "hostile": HOSTILE,
    "beside": f"/beside/{samples.DAY}/{quote(samples.KEY, safe='')}?with={samples.BOT}",
}
WIDE, NARROW = 1280, 390
STICKS_OUT = "Math.max(0, document.documentElement.scrollWidth - window.innerWidth)"


@pytest.fixture(scope="module")
def browser():
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # root's Chromium has no sandbox of its own
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def view(browser):
    """A page, and what went wrong on it: complaints, dialogs and requests that leave the place."""
    with contextlib.ExitStack() as stack:

        def view(url: str, **options):
            context = browser.new_context(viewport={"width": WIDE, "height": 800}, **options)
            stack.callback(context.close)
            page, wrong = context.new_page(), []
            place = "/".join(url.split("/")[:3])
            page.on("console", lambda message: wrong.append(message.text))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
            page.on("request", lambda asked: asked.url.startswith(place) or wrong.append(asked.url))
            page.goto(url, wait_until="load")
            return page, wrong

        yield view


def test_every_page_fits_and_is_quiet(client, view):
    """No scrolling sideways, no complaint of the browser, no request to anywhere else, nothing hostile runs."""
    page, wrong = view(client.url)
    for name, path in PAGES.items():
        page.goto(client.url + path)
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 800})
            assert (name, width, page.evaluate(STICKS_OUT)) == (name, width, 0)
        assert page.title() != "owned"
        boxes = "[...document.querySelectorAll('input:not([type=hidden]),select')]"
        unnamed = f"{boxes}.filter(each => !each.labels.length).length"
        assert (name, page.evaluate(unnamed)) == (name, 0)
    assert [each for each in wrong if "404" not in each] == []  # the hostile meeting's video is not in the archive


def test_a_cue_is_reached_by_keys_and_plays_from_there(client, view):
    """Tab to a cue and Enter: the sound jumps to it, the cue is marked and its anchor stands in the address."""
    page, wrong = view(client.url + MEETING)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the head of the page
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "#s2":
            break
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 16", timeout=8_000)
    assert page.evaluate("document.querySelector('audio').currentTime") < 20
    assert page.url.endswith("#s2")
    assert page.get_attribute("#s2", "aria-current") == "true"
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#s3"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("j/")
    assert page.input_value("#q") == "j/"
    assert wrong == []


def test_the_mark_follows_the_sound(client, view):
    """Wherever the player is moved to, the words of that moment are the marked ones."""
    page, _ = view(client.url + MEETING)
    for second, cue in ((33, "s4"), (90, "s11"), (0.5, "s0")):
        page.evaluate("second => { document.querySelector('audio').currentTime = second }", second)
        page.wait_for_function("cue => document.querySelector('.cue.now')?.id === cue", arg=cue)
    assert page.locator(".cue.now").count() == 1


def test_a_time_in_the_address_opens_its_words(client, view):
    """Seconds, or a clock; when the page is opened and when only the time is changed."""
    page, _ = view(client.url + MEETING + "#t=105")
    page.wait_for_selector("#s13.found")
    for anchor, cue in (("#t=0:33", "#s4"), ("#t=0:01:45", "#s13")):
        page.goto(client.url + MEETING + anchor)
        page.wait_for_selector(f"{cue}.found")
    assert page.locator("#s13").is_visible()


def test_everything_can_be_read_without_script(client, view):
    """Words, anchors, search, and a player with its own controls."""
    page, wrong = view(client.url + MEETING + "#s12", java_script_enabled=False)
    assert page.locator("#s12").is_visible()
    assert page.locator("audio[controls]").count() == 1
    assert not page.locator("#follow").is_visible()
    page.fill("#q", "boat")
    page.press("#q", "Enter")
    page.locator("mark").first.wait_for()
    page.goto(f"{client.url}/meetings")
    page.click("text=Harbour survey")
    page.locator(".cue").last.wait_for()
    assert page.locator(".cue").count() == 18
    assert wrong == []


@pytest.mark.parametrize("words", [(), ("--meeting", samples.KEY)])
def test_a_report_opens_from_the_disk(write_report, view, words):
    """Styled by itself alone, without a complaint of its policy, wide and narrow."""
    page, wrong = view(write_report(*words).path.as_uri(), offline=True)
    assert page.evaluate("getComputedStyle(document.querySelector('.top')).display") == "flex"
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(STICKS_OUT) == 0
    assert wrong == []
