"""Two mentions of somebody: when they are one person, and what the second adds to the first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harvester.bots.model import Origin, Speech, Utterance
from harvester.bots.people import find_speakers, mark_bot
from harvester.errors import Damaged
from harvester.model import Person
from harvester.people import find_name, merge_people

CAME = datetime(2026, 4, 2, 8, 30, tzinfo=UTC)


def read_labels(document: object, origin: Origin) -> Speech:
    """A transcript that is a list of labels."""
    if not isinstance(document, list):
        raise Damaged("it is no list")
    return Speech(tuple(Utterance("Hello.", speaker_label=each) for each in document))


def test_what_is_open_is_filled_in_and_nothing_is_taken():
    """False is an answer, and None is none."""
    known = Person("Mia Roth", is_host=False)
    told = Person("M. Roth", "7", email="mia@example.com", is_host=True, joined_at=CAME)
    assert known.fill(told) == Person("Mia Roth", "7", email="mia@example.com", is_host=False, joined_at=CAME)
    assert told.fill(known) == told


def test_the_first_mention_of_an_id_counts():
    """Later ones fill in what it leaves open, a name included."""
    mentions = [Person(None, "1", is_host=True), Person("Mia", "1", is_host=False), Person("Mia Roth", "1", "u-1")]
    assert merge_people(mentions) == [Person("Mia", "1", "u-1", is_host=True)]


def test_somebody_without_an_id_is_the_only_one_of_that_name():
    """In whatever order they come, and however the name is spelt."""
    numbered, spoken = Person("Mia Roth", "1"), Person("mia roth", email="mia@example.com")
    one = [Person("Mia Roth", "1", email="mia@example.com")]
    assert merge_people([numbered, spoken]) == merge_people([spoken, numbered]) == one


def test_of_two_with_a_name_nobody_knows_which_one_spoke():
    """Neither of them gets what was said of the one without an id, and there is no third."""
    devices = [Person("Mia Roth", "1"), Person("Mia Roth", "2")]
    assert merge_people([*devices, Person("Mia Roth", email="mia@example.com")]) == devices


def test_names_stand_for_those_without_any_id():
    """One for each name, after those with an id; of nobody there is nothing to say."""
    mentions = [Person("Ada"), Person(), Person("ADA", is_host=True), Person("Mia", "1"), Person("Noor")]
    assert merge_people(mentions) == [Person("Mia", "1"), Person("Ada", is_host=True), Person("Noor")]


def test_speakers_are_labels_that_name_somebody():
    """A transcript that cannot be read names nobody, and does not hide the others."""
    documents = [["Ada", "Speaker 1", None, "A"], "damaged", ["Noor"]]
    assert list(find_speakers(read_labels, documents)) == [Person("Ada"), Person("Noor")]


@pytest.mark.parametrize(("label", "name"), [("Ada", "Ada"), (" Ada ", "Ada"), ("Speaker 2", None), (None, None)])
def test_a_label_may_name_nobody(label, name):
    """What a machine told apart by voice is no name."""
    assert find_name(label) == name


def test_the_bot_is_known_by_its_name():
    """Letter by letter; without a name of the bot nobody is it."""
    assert mark_bot(Person("Scribe", "1"), "Scribe") == Person("Scribe", "1", is_bot=True)
    assert mark_bot(Person("scribe"), "Scribe") == Person("scribe")
    assert mark_bot(Person(), None) == Person()
