"""What somebody looks for, as patterns that RE2 matches in linear time. Pure.

Decides that letter case, accents, typographic quotes and hyphens, and the kind of blank do not count, and that a word
is also found inside a longer one, as it must be for compounds and for languages without blanks. Marks are letters'
own business elsewhere: in Devanagari, Thai or kana they make other words, so they are left alone there.

A text matches a term where one pattern for the whole text matches, and just as well where the patterns for the pieces
between its blanks match pieces of the text that stand side by side: RE2 judges both, so a scan of texts and an index
of pieces find the same. `fold` is for finding pieces fast: what a pattern matches is equal when folded, though not
everything that is equal when folded matches.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

# Latin, Greek and Cyrillic, with the blocks that hold their accented letters.
_ACCENTED = (range(0xC0, 0x250), range(0x370, 0x530), range(0x1E00, 0x2000))
_BARE = {"đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ł": "l", "ø": "o", "ŧ": "t"}  # Unicode does not part these
_PAIRS = {"ss": "ß", "ae": "æ", "oe": "œ"}
_ALIKE = dict.fromkeys("'\u2018\u2019\u02bc", "['\u2018\u2019\u02bc]")  # apostrophes
_ALIKE |= dict.fromkeys("-\u2010\u2011\u2013", "[\\-\u2010\u2011\u2013]")  # hyphens and the short dash
_MARKS = r"[\x{300}-\x{36F}]*"  # of text that was not composed; all of \p{Mn} would make a phrase too large for RE2
_SHED = range(0x300, 0x370)  # the same ones
BLANKS = r"[\t-\r\x1c- \x{85}\p{Z}]+"
"""What Python splits at; RE2's \\s is less."""
_WORD_START = r"^|[^\pL\pN\pM_]"
_ITEM = re.compile(r'"([^"]*)"|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a term between blanks: a pattern for the piece of text that it is in, and what that folds to."""

    pattern: str
    folded: str


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for: `start` and `body` are RE2 patterns, of what must stand before it and of itself.

    `pieces` are the same between blanks, to be found in pieces of a text that follow each other; without them only
    whole texts can be asked.
    """

    body: str
    start: str = ""
    pieces: tuple[Piece, ...] = ()

    @property
    def pattern(self) -> str:
        """For a whole text; its second group is what was found."""
        return f"({self.start})({self.body})"


def read_terms(text: str) -> tuple[Term, ...]:
    """Words, words cut short by a `*` and "exact phrases", as they were typed.

    Raises ValueError where a quote is not closed.
    """
    if text.count('"') % 2:
        raise ValueError('a quote is not closed; a phrase is written "like this"')
    terms = []
    for phrase, word in _ITEM.findall(text):
        begins = word.rstrip("*") if word.endswith("*") else ""
        if (begins or phrase or word).strip():
            terms.append(build_term(begins or phrase or word, begins_word=bool(begins)))
    return tuple(terms)


def build_term(text: str, *, begins_word: bool = False) -> Term:
    """A term for `text` anywhere, also in longer words, or only where a word begins."""
    start = _WORD_START if begins_word else ""
    parts = _split(text)
    last = len(parts) - 1
    pieces = []
    for place, part in enumerate(parts):
        before = f"(?:{start})" if not place and start else "^" if place else ""
        pieces.append(Piece(f"{before}{_find_word(part)}{'$' if place < last else ''}", fold(part)))
    return Term(find_text(text), start, tuple(pieces))


def find_text(text: str) -> str:
    """A pattern for `text` anywhere, blind to case (with RE2's flag `i`) and to accents."""
    return BLANKS.join(map(_find_word, _split(text)))


def _split(text: str) -> list[str]:
    composed = unicodedata.normalize("NFC", text).replace("ẞ", "ß")  # the capital that `upper` does not give
    for pair, single in _PAIRS.items():
        composed = composed.replace(single, pair).replace(single.upper(), pair)
    return composed.split()


def find_name(text: str) -> str:
    """The same for a name; with `*` or `?` in it, as in a shell, it must be the whole name."""
    if not set("*?") & set(text):
        return find_text(text)
    wild = {"*": "(?s:.*)", "?": "(?s:.)"}
    return "^" + "".join(wild.get(each) or find_text(each) for each in re.split(r"([*?])", text)) + "$"


def _find_word(word: str) -> str:
    pattern: list[str] = []
    position = 0
    while position < len(word):
        pair = word[position : position + 2]
        if single := _PAIRS.get(pair.casefold()):
            pattern.append(f"(?:{_find_letter(pair[0])}{_find_letter(pair[1])}|{single})")
            position += 2
            continue
        if not (ord(word[position]) in _SHED and pattern and pattern[-1].endswith("*")):
            pattern.append(_find_letter(word[position]))  # else a mark of its own behind a letter that sheds it
        position += 1
    return "".join(pattern)


def _find_letter(letter: str) -> str:
    if letter in _ALIKE:
        return _ALIKE[letter]
    base = _base(letter)
    if base in _variants():
        return f"[{base}{_variants()[base]}]{_MARKS}"
    return re.escape(letter)


def _base(letter: str) -> str:
    """The bare small letter; the letter itself where it has marks that are its own."""
    apart = unicodedata.normalize("NFD", letter)
    if any(unicodedata.category(each) != "Mn" for each in apart[1:]):
        return letter
    bare = apart[0].lower()
    return _BARE.get(bare, bare)


@cache
def _variants() -> dict[str, str]:
    """Bare small letter -> its accented ones, in both cases; every letter of the Latin alphabet has an entry."""
    found: dict[str, list[str]] = defaultdict(list, {letter: [] for letter in "abcdefghijklmnopqrstuvwxyz"})
    for block in _ACCENTED:
        for code in block:
            if unicodedata.category(chr(code)).startswith("L"):
                base = _base(chr(code))
                if base != chr(code) and base.isalpha():
                    found[base].append(chr(code))
    return {base: "".join(letters) for base, letters in found.items()}


def fold(text: str) -> str:
    """The text with everything that does not count made alike, letter by letter: never longer in meaning than that.

    For any pattern of `find_text(a)` that matches somewhere in b, `fold(a)` stands in `fold(b)`.
    """
    return text.lower() if text.isascii() else text.translate(_FOLDED)


class _Folded(dict[int, str]):
    """Code point -> what it folds to, reckoned when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = "".join(map(_fold_letter, chr(code).casefold()))
        self[code] = folded
        return folded


_FOLDED = _Folded()
_SAME = {found: each for each, alike in (("'", "'\u2018\u2019\u02bc"), ("-", "-\u2010\u2011\u2013")) for found in alike}
_PAIR_OF = {single: pair for pair, single in _PAIRS.items()}


def _fold_letter(letter: str) -> str:
    if ord(letter) in _SHED:
        return ""
    base = _SAME.get(letter) or _base(letter)
    return _PAIR_OF.get(base, base)
