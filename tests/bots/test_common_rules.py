"""What the readers of all providers share: members, ids, canonical JSON, and what is said of a payload that is none."""

from __future__ import annotations

import hashlib

import pytest

from harvester.body import parse_json
from harvester.bots.canonical_json import hash_json, read_lines, write_json, write_lines
from harvester.bots.ids import clean_key, quote_id
from harvester.bots.meetings import MeetingUrl
from harvester.bots.members import keep_said, read_members
from harvester.bots.platforms import find_platform
from harvester.bots.validation import read_listed, read_model
from harvester.errors import Damaged
from schemas.exports import Note
from schemas.recall import Bot

DEEP: list[object] = []
for _ in range(100_000):
    DEEP = [DEEP]


def test_a_payload_is_refused_by_its_members():
    """Their way is named, and nothing of what they hold."""
    payload = {"id": "b", "recordings": [{"id": "r"}, {"id": None, "token": "canary"}, {"id": ""}]}
    with pytest.raises(Damaged) as raised:
        read_model(Bot, payload, what="an answer of Recall's")
    assert str(raised.value) == "an answer of Recall's without a usable recordings.id"
    with pytest.raises(Damaged, match=r"of Recall's without a usable id$"):
        read_model(Bot, {"bot": "canary"}, what="an answer of Recall's")


@pytest.mark.parametrize(("payload", "shape"), [(None, "null"), (["canary"], "a list"), ("canary", "a str")])
def test_what_is_no_object_is_refused_by_its_shape(payload, shape):
    """There are no members to name."""
    with pytest.raises(Damaged) as raised:
        read_model(Note, payload, what="a saved payload")
    assert str(raised.value) == f"a saved payload that is {shape}"


def test_members_are_those_of_an_object():
    """Anything else has none."""
    assert read_members({"a": 1}) == {"a": 1}
    assert [read_members(each) for each in (None, [{"a": 1}], "a", 0)] == [{}] * 4


def test_what_is_empty_is_not_said():
    """False and 0 are answers."""
    assert keep_said(a=None, b="", c={}, d=[], e=False, f=0, g="x") == {"e": False, "f": 0, "g": "x"}


def test_json_has_one_form():
    """Whatever the order of its members; lines can be read back, and half a character is no obstacle."""
    assert write_json({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()
    assert hash_json({"b": 1, "a": 2}) == hash_json({"a": 2, "b": 1}) == hashlib.sha256(b'{"a":2,"b":1}').hexdigest()
    assert read_lines(write_lines([{"a": 1}, [2]]) + b"\n \n") == [{"a": 1}, [2]]
    assert write_json("\ud800") == b'"\xed\xa0\x80"'


@pytest.mark.parametrize("value", [DEEP, 10**5000], ids=["depth", "digits"])
def test_json_that_cannot_be_written_is_damaged(value):
    """Python ends with errors of its own, which would end the run."""
    with pytest.raises(Damaged, match="too deep"):
        hash_json(value)


@pytest.mark.parametrize(("escaped", "mended"), [("\\ud800", "\ufffd"), ("\\udc00x", "\ufffdx")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
def test_no_half_a_character_comes_out_of_json(escaped, mended, encoding):
    """One that is escaped is mended, whatever the bytes of the text are."""
    assert parse_json(f'["{escaped}"]'.encode(encoding)) == [mended]


@pytest.mark.parametrize("body", [b'["\xed\xa0\x80"]', b'["\xff"]', b'[1, "\xc3"]', "[1]".encode("utf-16")[:-1]])
def test_bytes_that_are_no_text_are_no_json(body):
    """Half a character as it stands is none of any text: nothing could be written with it."""
    with pytest.raises(Damaged, match="unreadable JSON"):
        parse_json(body)


@pytest.mark.parametrize("answer", [{}, [], None, "x", {"a": 1}, {"b": {}}, {"a": 1, "b": None}])
def test_a_page_without_its_list_is_none(answer):
    """An answer that says something else, in whatever shape, must not pass for an empty page."""
    with pytest.raises(Damaged, match="it is no page: it is"):
        read_listed(answer, "a", "b", what="page")


@pytest.mark.parametrize(
    ("answer", "listed"), [({"a": []}, []), ({"b": None}, []), ({"a": None, "b": [{"x": 1}, 2]}, [{"x": 1}])]
)
def test_a_page_with_a_list_has_its_objects(answer, listed):
    """Under any of its names; null is an empty list."""
    assert read_listed(answer, "a", "b", what="page") == listed


def test_ids_are_safe_in_paths_and_as_keys():
    """No id leads to another path, and none is taken for a later version of a file."""
    assert (quote_id("a/b?c#d"), quote_id("x\ud800")) == ("a%2Fb%3Fc%23d", "x%3F")
    assert clean_key("run~2") == "run%7E2"


@pytest.mark.parametrize(
    ("address", "word", "found"),
    [
        ("zoom", "teams", "zoom"),
        ("unknown", "google_meet", "google_meet"),
        ("unknown", "MS Teams", "teams"),
        ("unknown", "webex", None),
        ("unknown", None, None),
    ],
)
def test_the_address_tells_the_platform_before_the_word(address, word, found):
    """The word counts where the address is nobody's we know, however it is spelt."""
    assert find_platform(MeetingUrl(address), word) == found
