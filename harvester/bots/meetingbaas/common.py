"""What both versions of Meeting BaaS have in common: files by address, moments, and what is kept of an answer.

Pure. Decides which address is which file, and from which moment a recording counts; never whether a file is there
still, which an address alone does not tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NoReturn

from harvester.bots.ids import clean_key
from harvester.bots.members import read_members
from harvester.bots.model import TimeBase
from harvester.bots.provider import Address
from harvester.bots.scrub import build_scrubber, find_suffix, redact_address
from harvester.bots.speech import clean_label, describe_shape
from harvester.errors import Damaged
from harvester.model import Json, Kind, ListedFile
from harvester.scrub import Scrubber

VIDEO_SUFFIXES = (".mp4", ".webm", ".mkv", ".mov")
AUDIO_SUFFIXES = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".webm")
LINES_SUFFIXES = (".jsonl", ".json")
PARTICIPANTS_KEY = "participants"
ANSWER = "an answer of Meeting BaaS"

_MEDIA = (Kind.VIDEO, Kind.AUDIO)
_WORDS = build_scrubber()


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file behind an address. Of its suffixes the first counts where the address has none of them.

    `file_type` is None where it is the suffix in capitals.
    """

    key: str
    kind: Kind
    member: str
    suffixes: tuple[str, ...]
    file_type: str | None = None


def build_headers(key: str) -> Mapping[str, str]:
    return {"x-meeting-baas-api-key": key}


def build_rules(*, addresses: Iterable[str], volatile: Iterable[str] = ()) -> Scrubber:
    """What to leave out of payloads. Names that the caller chose for its own data are not taken for Meeting BaaS's."""
    rules = build_scrubber(addresses=addresses, volatile=volatile)
    return replace(rules, rewrites={**rules.rewrites, "extra": _WORDS.scrub_any})


def find_beginning(native_id: str, moments: Mapping[TimeBase, datetime | None]) -> tuple[datetime, TimeBase]:
    """The first moment that is known, in the order given. Raises Damaged where there is none."""
    found = ((moment, base) for base, moment in moments.items() if moment is not None)
    beginning = next(found, None)
    if beginning is None:
        raise Damaged(f"bot {native_id} of Meeting BaaS has no time at all", subject=native_id)
    return beginning


def write_midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def list_files(artefacts: Iterable[Artefact], payload: Json, *, ready: bool) -> list[ListedFile]:
    """A file for each address there is, or for its mark in a scrubbed payload."""
    files = []
    for each in artefacts:
        suffix = find_suffix(payload.get(each.member))
        if suffix is None:
            continue
        extension = (suffix if suffix in each.suffixes else each.suffixes[0]).removeprefix(".")
        files.append(
            ListedFile(
                key=each.key,
                kind=each.kind,
                file_type=each.file_type or extension.upper(),
                extension=extension,
                ready=ready,
                is_document=each.kind not in _MEDIA,
            )
        )
    return files


def build_transcript(key: str, provider: str | None, start: tuple[datetime, TimeBase], *, ready: bool) -> ListedFile:
    """The one transcript of a bot. When it was made is not said."""
    return ListedFile(
        key=clean_key(key),
        kind=Kind.TRANSCRIPT,
        file_type="TRANSCRIPT",
        recording_type=provider,
        extension="json",
        start_at=None if start[1] is TimeBase.UNKNOWN else start[0],
        ready=ready,
        is_document=True,
    )


def find_address(payload: Json, member: str) -> Address | None:
    """None for an empty one, and for the mark of one."""
    value = payload.get(member)
    return Address(value.strip()) if isinstance(value, str) and redact_address(value) not in {None, value} else None


def read_sent(answer: Any) -> str:  # noqa: ANN401 - JSON has no narrower type
    """The id of a bot that was sent; a number in old prose. Raises Damaged."""
    bot_id = clean_label(read_members(answer).get("bot_id"))
    if bot_id is None:
        raise Damaged(f"Meeting BaaS named no bot that it sent: there is {describe_shape(answer)}")
    return bot_id


def refuse_address(key: str, answer: Any) -> NoReturn:  # noqa: ANN401
    """No file has a call of its own. Raises Damaged."""
    raise Damaged(f"{key!r} of Meeting BaaS has its address in its bot's details, not in {describe_shape(answer)}")
