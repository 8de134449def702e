"""What a message of a chat is: a reply, a reaction, or one of its own.

Zoom writes both as text, in the language of the sender's client. The forms are those of public chat files (34,010
messages); one in a language that is not among them stays a message, with all its words.
"""

from __future__ import annotations

from dataclasses import dataclass

_MAX_REACTION_CHARS = 40

# (up to the quote, between quote and reaction, after it)
_REACTIONS = (
    ('Reacted to "', '" with ', ""),
    ('Heeft gereageerd op "', '" met ', ""),
    ('A réagi à "', '" avec ', ""),
    ('Hat auf "', '" mit ', " reagiert"),
    ('Se ha reaccionado a "', '" con ', ""),
)
_REPLIES = ('Replying to "', 'Antwoord verzenden naar "', 'Répondre à "', 'Respondiendo a "')
# (up to the reaction, between reaction and quote)
_REMOVALS = (("Removed a ", ' reaction from "'), ("Removed an ", ' reaction from "'))
_HEADS = (*(each[0] for each in (*_REACTIONS, *_REMOVALS)), *_REPLIES)


@dataclass(frozen=True, slots=True)
class Told:
    """What a reply or a reaction says: its own words, what it quotes, and the reaction."""

    quote: str
    text: str = ""
    reaction: str | None = None
    is_removed: bool = False


def tell_kind(text: str) -> Told | None:
    """None for a message of its own."""
    if not text.startswith(_HEADS):
        return None
    return _find_reply(text) or _find_reaction(text.rstrip()) or _find_removal(text.rstrip())


def _find_reply(text: str) -> Told | None:
    """`Replying to "quote"`, and what is answered on the lines after it."""
    for head in _REPLIES:
        if text.startswith(head):
            rest = text[len(head) :]
            quote, mark, said = rest.partition('"\n')
            if mark:
                return Told(quote, said.lstrip("\n"))
            if rest.rstrip().endswith('"'):
                return Told(rest.rstrip()[:-1])
    return None


def _find_reaction(text: str) -> Told | None:
    for head, between, tail in _REACTIONS:
        if text.startswith(head) and text.endswith(tail):
            quote, mark, reaction = text[len(head) : len(text) - len(tail)].rpartition(between)
            if mark and _is_reaction(reaction):
                return Told(quote, reaction=reaction.strip())
    return None


def _find_removal(text: str) -> Told | None:
    for head, between in _REMOVALS:
        if text.startswith(head) and text.endswith('"'):
            reaction, mark, quote = text[len(head) : -1].partition(between)
            if mark and _is_reaction(reaction):
                return Told(quote, reaction=reaction.strip(), is_removed=True)
    return None


def _is_reaction(text: str) -> bool:
    return 0 < len(text.strip()) <= _MAX_REACTION_CHARS and "\n" not in text
