"""What somebody looks for, as patterns that RE2 matches in linear time. Pure.

Decides that letter case, accents, typographic quotes and hyphens, and the kind of blank do not count, and that a word
is also found inside a longer one, as it must be for compounds and for languages without blanks. Marks are letters'
own business elsewhere: in Devanagari, Thai or kana they make other words, so they are left alone there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache

# Latin, Greek and Cyrillic, with the blocks that hold their accented letters.
_ACCENTED = (range(0xC0, 0x250), range(0x370, 0x530), range(0x1E00, 0x2000))
_BARE = {"đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ł": "l", "ø": "o", "ŧ": "t"}  # Unicode does not part these
_PAIRS = {"ss": "ß", "ae": "æ", "oe": "œ"}
_ALIKE = dict.fromkeys("'\u2018\u2019\u02bc", "['\u2018\u2019\u02bc]")  # apostrophes
_ALIKE |= dict.fromkeys("-\u2010\u2011\u2013", "[\\-\u2010\u2011\u2013]")  # hyphens and the short dash
_MARKS = r"[\x{300}-\x{36F}]*"  # of text that was not composed; all of \p{Mn} would make a phrase too large for RE2
_SHED = range(0x300, 0x370)  # the same ones
_BLANKS = r"[\t-\r\x1c- \x{85}\p{Z}]+"  # what Python splits at; RE2's \s is less
_ITEM = re.compile(r'"([^"]*)"|([^\s"]+)')


def split_words(text: str) -> list[str]:
    """Words and "exact phrases" of what was typed. Raises ValueError where a quote is not closed."""
    if text.count('"') % 2:
        raise ValueError('a quote is not closed; a phrase is written "like this"')
    return [item.strip() for found in _ITEM.finditer(text) if (item := found[1] or found[2]) and item.strip()]


def find_text(text: str) -> str:
    """A pattern for `text` anywhere, blind to case (with RE2's flag `i`) and to accents."""
    composed = unicodedata.normalize("NFC", text)
    for pair, single in _PAIRS.items():
        composed = composed.replace(single, pair).replace(single.upper(), pair)
    return _BLANKS.join(map(_find_word, composed.split()))


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
