"""Which recording a document belongs to, and by which key. Pure.

A document that a bot's details list comes under the key that they list. Of several recordings of one bot a transcript
tells its own by its clock: where its offset 0 lies is where that recording began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from harvester.bots.ids import clean_key
from harvester.bots.imports.canonical import hash_document, write_document
from harvester.bots.imports.model import KINDS, Document, Role
from harvester.bots.model import Speech
from harvester.errors import Damaged, Refused
from harvester.model import Kind, ListedFile, Recording
from schemas.exports import NotedFile

_CLOSE = timedelta(seconds=1)
_RESERVED = frozenset({Role.PARTICIPANTS, Role.CHAT, Role.TIMELINE, "captions", "audio", "video"})


@dataclass(frozen=True, slots=True)
class Given:
    """A document, scrubbed, with the name of its file and, of a transcript, what it says."""

    name: str
    document: Document
    speech: Speech | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A document with its key, its bytes, and what is noted of it."""

    key: str
    data: bytes
    noted: NotedFile


def find_zero(speech: Speech) -> datetime | None:
    """The moment of offset 0, where an utterance has both a moment and an offset. Raises Damaged."""
    for said in speech.utterances:
        if said.start_at is not None and said.start_ms is not None:
            try:
                return said.start_at - timedelta(milliseconds=said.start_ms)
            except OverflowError:
                raise Damaged("its times lie outside the calendar") from None
    return None


def share_out(given: Sequence[Given], recordings: Sequence[Recording]) -> list[list[Given]]:
    """The documents of each recording. Raises Refused where a document may be of any of several."""
    if len(recordings) == 1:
        return [list(given)]
    shares: list[list[Given]] = [[] for _ in recordings]
    for each in given:
        shares[_find_recording(each, recordings)].append(each)
    return shares


def _find_recording(given: Given, recordings: Sequence[Recording]) -> int:
    zero_at = find_zero(given.speech) if given.speech else None
    found = [at for at, each in enumerate(recordings) if zero_at and abs(each.started_at - zero_at) < _CLOSE]
    if not found and given.speech:
        found = [at for at, each in enumerate(recordings) if any(map(_is_transcript, each.files))]
    if len(found) == 1:
        return found[0]
    ids = ", ".join(each.native_id for each in recordings)
    raise Refused(
        f"{given.name} may be of any of the bot's {len(recordings)} recordings",
        hint=f"say which with --id: {ids}",
        subject=given.name,
    )


def place(given: Sequence[Given], listed: Sequence[ListedFile]) -> list[Placed]:
    """Those that are listed by their own id first, so that what is left over is for those without one.

    The same document twice is one; another one for a key that is taken is a transcript beside it. Raises Damaged for
    two documents of a kind of which a recording has one.
    """
    by_id = {each.key for each in listed if _is_transcript(each)}
    ordered = sorted(given, key=lambda each: _clean(each.document.run_id) not in by_id)
    taken: dict[str, Given] = {}
    for each in ordered:
        key = _find_key(each.document, listed, taken)
        if taken.setdefault(key, each).document.value != each.document.value:
            raise Damaged(f"{each.name} is a second {each.document.role}, and other than the first", subject=each.name)
    files = {each.key: each for each in listed}
    return [_build(key, each, files.get(key)) for key, each in taken.items()]


def _find_key(document: Document, listed: Sequence[ListedFile], taken: Mapping[str, Given]) -> str:
    if document.role is not Role.TRANSCRIPT:
        return document.role.value
    own = _build_key(document)
    transcripts = [each for each in listed if _is_transcript(each)]
    if own in taken or any(each.key == own for each in transcripts):
        return own
    candidates = [each.key for each in transcripts if each.ready] or [each.key for each in transcripts]
    if len(candidates) != 1:
        return own
    known = taken.get(candidates[0])
    return candidates[0] if known is None or known.document.value == document.value else own


def _build_key(document: Document) -> str:
    """Its run's id, else the hash of what it says."""
    key = _clean(document.run_id)
    return key if key and key not in _RESERVED else hash_document(document)


def _clean(run_id: str | None) -> str | None:
    return clean_key(run_id) if run_id else None


def _build(key: str, given: Given, listed: ListedFile | None) -> Placed:
    document = given.document
    extension = document.extension if listed is None else listed.extension
    noted = NotedFile(
        file=key,
        kind=KINDS[document.role].value,
        file_type=document.role.value.upper(),
        recording_type=given.speech.provider if given.speech else None,
        extension=extension,
    )
    return Placed(key, write_document(document, extension), noted)


def keep_data(document: Document, scrubbed: object) -> Document:
    """The document as it is kept: with its own bytes only if nothing of it was secret."""
    return document if scrubbed == document.value else replace(document, value=scrubbed, data=None)


def _is_transcript(file: ListedFile) -> bool:
    return file.kind is Kind.TRANSCRIPT
