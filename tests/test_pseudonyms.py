"""What stands in a person's place: the same for the same, another for everybody else, and nothing without the key."""

from __future__ import annotations

import pytest

from harvester.errors import ConfigError
from harvester.pseudonyms import Pseudonyms

KEY = "a key of sixteen characters and more"
MADE = Pseudonyms.of(KEY)


def test_a_pseudonym_never_changes():
    """Lakes of other days and machines were written with these: a new form would break every join with them."""
    assert MADE.name("Ana Lima") == "person-c7x45l7w5hbziu3r"
    assert MADE.identity("yLbA") == "id-27yoyiod7ki76qe5"
    assert MADE.email("ana@example.com") == "mail-i5ndbmbxopu26v6d"
    assert Pseudonyms.of(f" {KEY}\n") == MADE


@pytest.mark.parametrize("same", ["Ana Lima", " ana  lima ", "ANA LIMA", "Ana\u00a0Lima", "Ána Lima".replace("Á", "A")])
def test_letter_case_and_blanks_do_not_count(same):
    """A label with blanks around it joins with the name that was cut out of it."""
    assert MADE.name(same) == MADE.name("Ana Lima")


def test_different_values_and_kinds_have_different_pseudonyms():
    """An accent tells people apart; an id that reads like a name is not that name; ids keep their letter case."""
    made = [MADE.name(each) for each in ("Ana Lima", "Ána Lima", "AnaLima", "", "\ud800", "王小明")]
    made += [MADE.identity("ab"), MADE.identity("aB"), MADE.name("ab"), MADE.email("ab")]
    assert len({each.rpartition("-")[2] for each in made}) == len(made)
    assert MADE.email("ANA@example.com ") == MADE.email("ana@example.com")
    assert MADE.name("é") == MADE.name("e\u0301"), "one letter, written in two ways"


@pytest.mark.parametrize(
    ("label", "stays"),
    [
        *((each, True) for each in ("Speaker 2", "speaker_0", "A", "7", "unknown", "")),
        *((each, False) for each in ("Ana Lima", "+1 555 0100", "15550100", "Speaker 2 (Ana)")),
    ],
)
def test_labels_that_name_nobody_stay(label, stays):
    """A voice that was only told apart is nobody's name; a phone number is somebody's."""
    assert MADE.label(label) == (label if stays else MADE.name(label))


def test_another_key_makes_other_people():
    """And is told apart by a fingerprint, which is none of the key's own characters."""
    other = Pseudonyms.of(KEY + "!")
    assert other.name("Ana Lima") != MADE.name("Ana Lima")
    assert other.fingerprint != MADE.fingerprint == Pseudonyms.of(KEY).fingerprint
    assert KEY not in repr(MADE) + MADE.fingerprint


@pytest.mark.parametrize("secret", ["", "   ", "fifteen letters", "  fifteen letters  "])
def test_a_key_that_could_be_guessed_is_refused(secret):
    """Without saying it."""
    with pytest.raises(ConfigError, match="HARVESTER_PSEUDONYM_KEY") as caught:
        Pseudonyms.of(secret)
    assert "letters" not in f"{caught.value.message}{caught.value.hint}"
