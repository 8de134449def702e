"""What is typed and what it finds, judged by the very engine that searches."""

from __future__ import annotations

import unicodedata

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harvester.lake.search.find import find_spans, mark_up, read_marks
from harvester.lake.search.words import Term, build_term, find_name, find_text, read_terms

ENGINE = duckdb.connect()


def matches(pattern: str, text: str) -> bool:
    (found,) = ENGINE.execute("SELECT regexp_matches($t, $p, 'is')", {"t": text, "p": pattern}).fetchone()
    return found


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("budget", "The BUDGETS of next year"),
        ("cafe", "CAFÉ"),
        ("CAFÉ", "cafe"),
        ("café", "cafe\u0301s"),
        ("cafe\u0301", "Café"),
        ("lodz", "Łódź"),
        ("Łódź", "LODZ"),
        ("smørrebrød", "SMORREBROD"),
        ("strasse", "Straße"),
        ("STRAßE", "strasse"),
        ("STRA\u1e9eE", "stra\u00dfe"),
        ("aeon", "Æon"),
        ("istanbul", "İstanbul"),
        ("ελλαδα", "ΕΛΛΆΔΑ"),
        ("ΣΟΦΟΣ", "σοφος"),
        ("елка", "Ёлка"),
        ("don't", "don\u2019t"),
        ("e-mail", "e\u2011mail"),
        ("sensor map", "sensor \n map"),
        ("sensor map", "sensor\u00a0map"),
        ("漢字", "常用漢字表"),
        ("が", "が"),
        ("한국", "한국어"),
        ("किताब", "एक किताब"),
        ("c++", "C++ and C"),
        (".*", "all of .* it"),
        ("100%", "100% [sure] (yes) \\ ^$ |"),
        ("[sure] (yes) \\ ^$ |", "100% [sure] (yes) \\ ^$ |"),
        ("x", "a\x00x"),
    ],
)
def test_what_is_found(typed, said):
    """Case, accents, strokes, apostrophes, hyphens and blanks do not count; what looks like a pattern is text."""
    assert matches(find_text(typed), said)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("か", "が"), ("कि", "कु"), ("กิน", "กน"), ("a.c", "abc"), ("c++", "ccc"), ("sensor map", "sensormap"), ("n", "m")],
)
def test_what_is_not_found(typed, said):
    """Marks that make another word count, and punctuation is no wildcard."""
    assert not matches(find_text(typed), said)


@settings(max_examples=150)
@given(st.text(min_size=1, max_size=12), st.text(max_size=5), st.text(max_size=5))
@example("A\u20d00", "", "")  # a mark that letters do not shed
def test_a_text_is_found_in_itself(word, before, after):
    """Whatever is typed is found where it stands, among anything, composed or not."""
    composed = unicodedata.normalize("NFC", word)
    if composed.split():
        assert matches(find_text(word), f"{before} {composed} {after}")


def test_a_long_phrase_stays_within_the_engine():
    """A thousand letters compile and are found."""
    phrase = "the quick brown fox jumps over the lazy dog " * 23
    assert matches(find_text(phrase), f"so: {phrase.upper()}")


@pytest.mark.parametrize(
    ("name", "whole", "found"),
    [
        ("ada", "Ada Brandt", True),
        ("brandt", "Ada Brandt", True),
        ("*brandt", "Ada Brandt", True),
        ("brandt*", "Ada Brandt", False),
        ("a?a*", "Ada Brandt", True),
        ("*@example.com", "ada@example.com", True),
        ("*@example.com", "ada@example.com.evil", False),
        ("*@example.com", "ada@exampleXcom", False),
        ("*line*", "first\nline\nthird", True),
    ],
)
def test_names_by_part_or_whole(name, whole, found):
    """Without wildcards a part will do, with them it is the whole; a dot is a dot."""
    assert matches(find_name(name), whole) is found


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("sensor map", ["sensor", "map"]),
        ('"sensor map" budget', ["sensor map", "budget"]),
        ('ship"on the first"now', ["ship", "on the first", "now"]),
        ('""  " "', []),
        ("   ", []),
        ('"budg*" * **', ["budg*", "*", "**"]),
    ],
)
def test_words_and_phrases(typed, words):
    """Words stand apart, a phrase in quotes together; a star in quotes, or alone, is a star."""
    assert read_terms(typed) == tuple(build_term(each) for each in words)


def test_a_quote_that_is_not_closed():
    """It is not guessed where it should have ended."""
    with pytest.raises(ValueError, match="not closed"):
        read_terms('ship "on the first')


@pytest.mark.parametrize(
    ("typed", "said", "found"),
    [
        ("budg*", "the BUDGETS", True),
        ("budg*", "(budget)", True),
        ("budg*", "budg", True),
        ("budg*", "lowbudget", False),
        ("budg", "lowbudget", True),
        ("budg*", "low-budget, l'budget", True),
        ("budg*", "été_budget 2budget \u0435\u0431udget", False),
        ("caf*", "un CAFÉ", True),
        ("strass*", "Straße", True),
        ("c+*", "c++", True),
    ],
)
def test_the_beginning_of_a_word(typed, said, found):
    """A star behind a word finds it only where a word begins: behind no letter, digit or mark."""
    (term,) = read_terms(typed)
    assert matches(term.pattern, said) is found


def test_where_the_matches_stand():
    """Places count characters of the text as it was; an empty match is none."""
    assert read_marks("<#a>#b<#>#c<#dd>#", "#") == [(0, 1), (3, 5)]
    assert read_marks("plain", "#") == []
    assert mark_up("abcdd", ((0, 1), (3, 5))) == [("a", True), ("bc", False), ("dd", True)]
    assert mark_up("plain", ()) == [("plain", False)]


@pytest.mark.parametrize(
    ("typed", "said", "marked"),
    [
        ("cafe", "caf\u00e9 cafe\u0301 \U0001f600 CAFE", ["caf\u00e9", "cafe\u0301", "CAFE"]),
        ("budg*", "budget budg lowbudget", ["budg", "budg"]),
        ("plan lant", "a plant", ["plant"]),
        ("ab b", "ab b", ["ab", "b"]),
        ("xyz", "nothing", []),
    ],
)
def test_spans_are_those_of_the_terms(typed, said, marked):
    """In characters whatever their bytes; without the character before a word's beginning; what overlaps is joined."""
    (spans,) = find_spans([said], read_terms(typed))
    assert [said[start:end] for start, end in spans] == marked


def test_spans_of_a_pattern_with_groups():
    """Whatever groups a regular expression has, all that it matched is marked."""
    assert find_spans(["one two", "x"], (Term("(o)(n)e|(t)wo"),)) == [((0, 3), (4, 7)), ()]
