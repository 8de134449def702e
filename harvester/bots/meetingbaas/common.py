"""What both versions of Meeting BaaS have in common: files by address, moments, and what is kept of an answer.

Pure. Decides which address is which file, and from which moment a recording counts; never whether a file is there
still, which an address alone does not tell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from harvester.bots.meetings import MeetingUrl
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
TRANSCRIPT_TYPE = "TRANSCRIPT"
PARTICIPANTS_KEY = "participants"

_LONGEST_S = 60 * 60 * 24 * 366
_MEDIA = (Kind.VIDEO, Kind.AUDIO)
_WORDS = build_scrubber()
_Model = TypeVar("_Model", bound=BaseModel)


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


def read_model(model: type[_Model], payload: Any) -> _Model:  # noqa: ANN401 - JSON has no narrower type
    """Raises Damaged naming the members that cannot be read, never what they hold."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        members = sorted({str(each["loc"][0]) for each in error.errors(include_input=False) if each["loc"]})
        what = f"without a usable {', '.join(members)}" if members else f"that is {describe_shape(payload)}"
        raise Damaged(f"an answer of Meeting BaaS {what}") from None


def find_beginning(native_id: str, moments: Mapping[TimeBase, datetime | None]) -> tuple[datetime, TimeBase]:
    """The first moment that is known, in the order given. Raises Damaged where there is none."""
    found = ((moment, base) for base, moment in moments.items() if moment is not None)
    beginning = next(found, None)
    if beginning is None:
        raise Damaged(f"bot {native_id} of Meeting BaaS has no time at all", subject=native_id)
    return beginning


def count_ms(seconds: int | None) -> int | None:
    """Milliseconds; more than a year is a mistake of somebody's."""
    return None if seconds is None or seconds > _LONGEST_S else seconds * 1000


def write_moment(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def write_midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def find_platform(meeting: MeetingUrl, word: str | None = None) -> str | None:
    """By the meeting's address; the provider's word counts where the address is nobody's we know."""
    if meeting.platform != "unknown":
        return meeting.platform
    return {"zoom": "zoom", "meet": "google_meet", "google_meet": "google_meet", "teams": "teams"}.get(word or "")


def keep_said(**said: Any) -> Json:  # noqa: ANN401
    """What is said, without what is not."""
    return {name: value for name, value in said.items() if value not in (None, {}, [])}


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
        file_type=TRANSCRIPT_TYPE,
        recording_type=provider,
        extension="json",
        start_at=None if start[1] is TimeBase.UNKNOWN else start[0],
        ready=ready,
        is_document=True,
    )


def clean_key(native_key: str) -> str:
    """`~` is kept free: the archive numbers later versions of a file with it."""
    return native_key.replace("~", "%7E")


def find_address(payload: Json, member: str) -> Address | None:
    """None for an empty one, and for the mark of one."""
    value = payload.get(member)
    return Address(value.strip()) if isinstance(value, str) and redact_address(value) not in {None, value} else None


def hash_json(value: Any) -> str:  # noqa: ANN401
    """SHA-256, in hex, of JSON with its keys sorted and without blanks. Raises Damaged for what is no JSON."""
    try:
        written = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except (RecursionError, ValueError) as error:
        raise Damaged("a transcript of Meeting BaaS is nested too deep, or has a number too long") from error
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def read_sent(answer: Any) -> str:  # noqa: ANN401
    """The id of a bot that was sent; a number in old prose. Raises Damaged."""
    bot_id = clean_label(answer.get("bot_id")) if isinstance(answer, dict) else None
    if bot_id is None:
        raise Damaged(f"Meeting BaaS named no bot that it sent: there is {describe_shape(answer)}")
    return bot_id


def refuse_address(key: str, answer: Any) -> NoReturn:  # noqa: ANN401
    """No file has a call of its own. Raises Damaged."""
    raise Damaged(f"{key!r} of Meeting BaaS has its address in its bot's details, not in {describe_shape(answer)}")
