"""Pseudonyms in every column that holds something of a person."""

from __future__ import annotations

import json

import pytest
from pipeline_samples import listed, recording
from reading_samples import column, read

from harvester.model import Kind, Person
from harvester.pipeline.columns import participants_columns
from harvester.pipeline.disguise import disguise_columns, disguise_people, reduce_extra
from harvester.pipeline.reading import ReadSettings
from harvester.pseudonyms import Pseudonyms
from schemas.lake import TABLES
from schemas.table import TEXT, Disguise

MADE = Pseudonyms.of("a key of sixteen characters and more")
# what people said, wrote or chose as a title: it stays, and the README says that it may name somebody
CONTENT = {
    "recordings": {"topic"},
    "segments": {"text"},
    "turns": {"text"},
    "words": {"text"},
    "chat_messages": {"text", "reply_to", "raw_text", "clock_time"},
    "summaries": {"title", "text", "short_text"},
    "poll_answers": {"poll", "question", "answer"},
}
VTT = b"WEBVTT\n\n1\n00:00:01.000 --> 00:00:03.500\nCanary Lima: I am Canary Lima.\n"
TIMELINE = {
    "user_id": 77123,
    "username": "Canary Lima",
    "zoom_userid": "CanaryZoom",
    "email_address": "canary@example.com",
}


def canary(column):
    """Somebody in the form that this column holds him."""
    return '{"name": "Canary Lima", "n": 1}' if column.disguise is Disguise.REDUCED else "Canary Lima"


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_personal_column_is_disguised_or_is_content(table):
    """A new column of personal data must say what becomes of it; none of those that are replaced keeps anybody."""
    kept = {each.name for each in table.columns if each.personal and each.disguise is Disguise.KEPT}
    assert kept == CONTENT.get(table.name, set())
    assert all(each.personal and each.type == TEXT for each in table.columns if each.disguise is not Disguise.KEPT)
    if table.name != "participants":
        columns = {each.name: [canary(each), None, canary(each)] for each in table.columns}
        hidden = disguise_columns(table.name, columns, MADE, uuid_key="u")
        for each in table.columns:
            if each.disguise is Disguise.KEPT:
                assert hidden[each.name] is columns[each.name]
            else:
                first, nothing, again = hidden[each.name]
                assert (first, nothing) == (again, None)
                assert "anary" not in str(first)


def test_people_are_replaced_before_they_become_rows():
    """Keys, their order and who belongs to whom are made of pseudonyms; equal names become one row."""
    people = [
        Person("Zoe Canary", "9", "U", "z@example.com", is_host=True),
        Person("Zoe's iPad", "canary-10", parent_id="9"),
        Person("Canary"),
        Person(" canary "),
    ]
    columns = participants_columns(recording(), disguise_people(people, MADE))
    keys = columns["participant_key"]
    assert keys == sorted({MADE.identity("9"), MADE.identity("canary-10"), f"name:{MADE.name('canary')}"})
    place = keys.index(MADE.identity("canary-10"))
    assert columns["parent_key"][place] == MADE.identity("9")
    assert columns["is_host"][keys.index(MADE.identity("9"))] is True
    assert "anary" not in str(columns)


def test_one_person_is_one_over_all_tables():
    """Name, label, timeline and participant of one person bear one name, and one id where they had one."""
    timeline = json.dumps({"timeline": [{"ts": "00:00:01.000", "users": [TIMELINE]}]}).encode()
    chat = b"00:00:05\tCanary Lima:\tI am Canary Lima\r\n"
    rows = read(
        (listed("t", Kind.TRANSCRIPT), VTT),
        (listed("l", Kind.TIMELINE), timeline),
        (listed("c", Kind.CHAT), chat),
        changes={"host_id": "CanaryZoom", "host_email": "canary@example.com"},
        settings=ReadSettings(keep_emails=True, pseudonyms=MADE),
    )
    name, zoom_id, mail = MADE.name("canary lima"), MADE.identity("CanaryZoom"), MADE.email("canary@example.com")
    for table, names in {
        "segments": ("speaker_label", "speaker_name"),
        "turns": ("speaker_label", "speaker_name"),
        "chat_messages": ("sender",),
        "speaker_activity": ("username",),
        "participants": ("name",),
    }.items():
        for each in names:
            assert set(column(rows, table, each)) == {name}
    ids = [("recordings", "host_id"), ("speaker_activity", "zoom_user_id"), ("participants", "user_id")]
    assert {each for where in ids for each in column(rows, *where)} == {zoom_id}
    mails = [("recordings", "host_email"), ("speaker_activity", "email"), ("participants", "email")]
    assert {each for where in mails for each in column(rows, *where)} == {mail}
    stays = [("speaker_activity", "user_id"), ("participants", "native_id"), ("participants", "participant_key")]
    assert {each for where in stays for each in column(rows, *where)} == {MADE.identity("77123")}
    assert column(rows, "segments", "text") == ["I am Canary Lima."]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, {}),
        ({"name": "Canary", "n": 2, "x": 0.5, "is": True, "list": [1]}, {"n": 2, "x": 0.5, "is": True}),
        ({"caller": {"u": "uuid==", "for": "Canary"}}, {"caller": {"u": "uuid=="}}),
        ({"caller": "Canary"}, {}),
        ({"caller": {"for": "Canary"}}, {}),
    ],
)
def test_of_what_a_source_said_besides_only_numbers_and_the_link_stay(said, kept):
    """The UUID by which a bot's recording finds its meeting is needed after the names are gone."""
    assert json.loads(reduce_extra(json.dumps(said), "u")) == kept


@pytest.mark.parametrize("recipient", ["Everyone", "everyone in meeting", "Hosts and panelists"])
def test_a_message_to_everyone_is_still_to_everyone(recipient):
    """Only a person's name is replaced."""
    columns = {each.name: [recipient, "Ana Lima"] for each in TABLES["chat_messages"].columns}
    hidden = disguise_columns("chat_messages", columns, MADE, uuid_key="u")["recipient"]
    assert hidden == [recipient, MADE.name("Ana Lima")]
