"""Log lines: one per event, without a secret, without a character that steers a terminal."""

from __future__ import annotations

import base64
import io
import json
import logging
import sys
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.log import CUT, EventFormatter, Redactor, one_line, start_logging

CANARY = "Q7x9Tn3w5Kp"
JWT = f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{CANARY}"
FORMS = [False, True]


def render(event="e", *, as_json, secrets=(), error=None, **fields):
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("harvester.x", logging.INFO, "x.py", 1, event, (), info)
    record.fields = fields
    return EventFormatter(Redactor(secrets), as_json=as_json).format(record)


def raised(message):
    try:
        raise ValueError(message)  # noqa: TRY301 - its traceback is what is wanted
    except ValueError as error:
        return error


@pytest.fixture
def restored_logging():
    root, urllib3 = logging.getLogger(), logging.getLogger("urllib3")
    handlers, levels = root.handlers[:], (root.level, urllib3.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    urllib3.setLevel(levels[1])


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"bearer {CANARY} and more",
        f"Authorization: Basic {base64.b64encode(CANARY.encode()).decode()}",
        f"GET https://zoom.us/rec/download/x?access_token={CANARY} failed",
        f"GET https://zoom.us/rec/download/x?a=1&zak={CANARY}#f failed",
        f"https://zoom.us/rec/play/x#{CANARY}",
        f"HTTPSConnectionPool(host='zoom.us'): /rec/x?access_token={CANARY} (Caused by)",
        JWT,
        f"token {JWT} refused",
        f"access_token={CANARY}&ttl=1",
        f"download_access_token: {CANARY}",
        f"{{'client_secret': '{CANARY}'}}",
        f'{{"recording_play_passcode": "{CANARY}"}}',
        f"ZOOM_CLIENT_SECRET={CANARY}",
        f"passcode={CANARY}",
        f"PWD={CANARY}",
        f"x-zm-signature: {CANARY}",
        f"https://user:{CANARY}@proxy.example:3128/",
        f"access_token%3D{CANARY}",
        f"redirect=https%3A%2F%2Fzoom.us%2Frec%3Faccess_token%3D{CANARY}",
        f'body {{\\"access_token\\": \\"{CANARY}\\"}}',
        f"%22access_token%22%3A%22{CANARY}%22",
        f"Authorization: Bearer%20{CANARY}",
    ],
)
def test_what_is_shaped_like_a_secret_is_cut(text):
    """Tokens, passcodes, signed queries and credentials in addresses leave no trace, whatever logged them."""
    shown = Redactor()(text)
    assert CANARY not in shown
    assert base64.b64encode(CANARY.encode()).decode() not in shown
    assert CUT in shown


@pytest.mark.parametrize(
    "text",
    [
        "download.stored recording=zoom:abc== bytes=120",
        "GET https://api.zoom.us/v2/users/me/recordings answered 404",
        "the token has expired",
        "basic facts, bearer of news",
        "passport office, secretary, tokens",
        "2026-03-02T09:00:00.000Z INFO run.started",
    ],
)
def test_what_is_no_secret_stays(text):
    """Ordinary events, ids, addresses without a query and words that only sound secret are left whole."""
    assert Redactor()(text) == text


@pytest.mark.parametrize(
    "encode",
    [
        str,
        quote,
        lambda text: quote(text, safe=""),
        quote_plus,
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: json.dumps(text)[1:-1],
        repr,
    ],
    ids=["as it is", "quoted", "quoted all", "form", "base64", "json", "repr"],
)
@pytest.mark.parametrize("secret", ["plainSecret123", 'odd/+= s"e\\cret'], ids=["plain", "odd"])
def test_a_known_secret_is_cut_in_every_form(encode, secret):
    """A secret the process holds does not reach the log, nor does an encoding that leads straight back to it."""
    form = encode(secret)
    shown = Redactor([secret])(f"sent {form} to the server")
    assert form not in shown
    assert shown.startswith("sent ")
    assert shown.endswith(" to the server")


@pytest.mark.parametrize("as_json", FORMS)
@pytest.mark.parametrize("secret", ["plainSecret123", 'a"quoted"secret', "back\\slashed", "new\nline", "söcret-ü"])
def test_a_known_secret_is_cut_from_fields_and_tracebacks(secret, as_json):
    """Wherever it stands, in a field or an exception's message, and however the line is written."""
    line = render(as_json=as_json, secrets=[secret], reason=f"sent {secret} away", error=raised(f"with {secret}"))
    for part in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], one_line(secret)):
        assert part not in line
    assert line.count(CUT) >= 2


def test_a_secret_of_few_letters_does_not_cut_words():
    """A setting left at a trifle, such as `x`, does not make every line unreadable."""
    assert Redactor(["x", ""])("an example text") == "an example text"


def test_the_longer_secret_is_cut_first():
    """A secret that contains another leaves no rest of itself."""
    assert Redactor(["abcd", "abcdefgh"])("abcdefgh") == CUT


@pytest.mark.parametrize("as_json", FORMS)
@pytest.mark.parametrize(
    "odd",
    [
        "\n",
        "\r\n",
        "\t",
        "\x00",
        "\x1b[2J",
        "\x7f",
        "\x85",
        "\x9b31m",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
        "\u2069",
    ],
    ids=ascii,
)
def test_one_event_is_one_line(odd, as_json):
    """A topic or a server's answer can neither forge a second line nor turn or colour the terminal."""
    line = render(f"ev{odd}ent", as_json=as_json, reason=f"before{odd}after", error=raised(f"x{odd}y"))
    assert len(line.splitlines()) == 1
    assert not set(odd) & set(line) - set("[2J31m")
    assert "before" in line
    assert "after" in line


@pytest.mark.parametrize("as_json", FORMS)
def test_a_traceback_is_part_of_its_line(as_json):
    """Where an error came from is said, in the same line as its event."""
    line = render("harvester.bug", as_json=as_json, error=raised("the reason"))
    assert len(line.splitlines()) == 1
    assert "ValueError: the reason" in line
    assert "in raised" in line


def test_a_text_line_can_be_read_and_searched():
    """Time, level, event, then key=value; a value with blanks, an equals sign or nothing in it is quoted."""
    line = render("file.failed", as_json=False, file="f1", bytes=3, reason='no "way" = out', empty="", none=None)
    at, level, rest = line.split(" ", 2)
    assert at.endswith("Z")
    assert len(at) == len("2026-03-02T09:00:00.000Z")
    assert level == "INFO"
    assert rest == 'file.failed file=f1 bytes=3 reason="no \\"way\\" = out" empty="" none=None'


def test_a_json_line_has_the_fields_at_its_top():
    """A log collector finds time, level, event and every field by name."""
    line = json.loads(render("file.failed", as_json=True, file="f1", bytes=3, path=io))
    assert line.pop("at").endswith("Z")
    assert line == {"level": "INFO", "event": "file.failed", "file": "f1", "bytes": 3, "path": str(io)}


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": 'GET "https://zoom.us/x?access_token=a" failed'},
        {"reason": 'it said "token=abc"'},
        {"reason": '{"access_token": "abc"}'},
        {"reason": "path\\", "token": "abc"},
        {"next_page_token": None},
        {"has_token": True},
        {"secret": 5},
        {"token": ["a", "b"]},
        {"signature": {"a": "b"}},
    ],
    ids=str,
)
def test_cutting_a_secret_leaves_json_valid(fields):
    """A line from which something was cut can still be read by a program."""
    line = render(as_json=True, **fields)
    assert json.loads(line)["event"] == "e"
    assert "abc" not in line


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.booleans(), max_size=4), st.text())
def test_any_fields_make_one_valid_json_line(fields, event):
    """Whatever is logged, the line is one JSON object and no line break is in it."""
    line = render(event, as_json=True, **{f"f{name}": value for name, value in fields.items()})
    assert isinstance(json.loads(line), dict)
    assert len(line.splitlines()) == 1


@given(st.text())
def test_one_line_keeps_what_is_harmless(text):
    """Only what steers is escaped: the rest of any text, in any script, stays as it is."""
    shown = one_line(text)
    assert len(shown.splitlines()) <= 1
    assert all(c in shown for c in text if c.isprintable())


@pytest.mark.usefixtures("restored_logging")
def test_every_logger_goes_through_the_cutting_handler():
    """A library that logs a token on its own is cut as we are, and its chatter about addresses is not shown."""
    stream = io.StringIO()
    start_logging(secrets=["known-secret"], stream=stream, level=logging.DEBUG)
    logging.getLogger("some.library").warning("got %s and Bearer %s", "known-secret", CANARY)
    logging.getLogger("urllib3.connectionpool").debug("GET /rec/x?access_token=%s", CANARY)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith(f"WARNING got {CUT} and Bearer {CUT}")


@pytest.mark.usefixtures("restored_logging")
def test_starting_twice_logs_once(capsys):
    """Logging that is started again, as in tests or a long-lived process, does not say everything twice."""
    for _ in range(2):
        start_logging(as_json=True)
    logging.getLogger("harvester.x").info("run.started", extra={"fields": {"run": "r1"}})
    logging.getLogger("harvester.x").debug("unseen")
    out, err = capsys.readouterr()
    assert out == ""
    assert [json.loads(each)["run"] for each in err.splitlines()] == ["r1"]
    assert sys.stderr is not None
