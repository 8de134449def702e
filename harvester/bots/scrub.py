"""What of the bots' payloads is secret: keys, signed addresses, passcodes, and what opens somebody's Zoom.

Pure. The address of a meeting is kept without what lets people in; of a file's address its suffix is kept, which says
that there is one and what it is; a request that an answer repeats is not kept at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from harvester.bots.meetings import parse_meeting_url
from harvester.scrub import Rewrite, Scrubber

_SECRET_KEY = re.compile(
    r"pass|pwd|token|secret|signature|credential|auth|cookie|ur[li]|s3_path|(?<!deduplication_)key|zak|obf"
    r"|^requestpayload$|^tk$",
    re.IGNORECASE,
)
# Words of people's stay as they are, whatever they look like.
PROSE = frozenset(
    {
        "text",
        "word",
        "punctuated_word",
        "transcript",
        "raw_text",
        "title",
        "message",
        "name",
        "speaker",
        "speaker_name",
        "sender_name",
        "speakerName",
        "displayName",
        "fullName",
        "display_name",
    }
)
_MEETINGS = ("meeting_url", "MeetingLink", "meeting_link")
_NAME = re.compile(r"\w{1,40}")
_MARK = "address:"
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


def build_scrubber(*, addresses: Iterable[str] = (), volatile: Iterable[str] = ()) -> Scrubber:
    """A provider's rules: `addresses` are keys of files' addresses, `volatile` those that change by themselves."""
    rewrites: dict[str, Rewrite] = dict.fromkeys(_MEETINGS, redact_meeting)
    rewrites |= dict.fromkeys(addresses, redact_address)
    rewrites |= dict.fromkeys(volatile, _forget)
    return Scrubber(_SECRET_KEY, PROSE, rewrites)


def redact_meeting(value: Any) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """A meeting's address by scheme, host and path; Recall's object, and a bare number, without the passcode."""
    found = parse_meeting_url(value)
    if isinstance(value, dict):
        platform = value.get("platform")
        is_name = isinstance(platform, str) and _NAME.fullmatch(platform)
        kept = {"meeting_id": found.zoom_meeting_id, "platform": platform if is_name else None}
        return {name: each for name, each in kept.items() if each is not None}
    return found.redacted or found.zoom_meeting_id


def redact_address(value: Any) -> str | None:  # noqa: ANN401
    """A mark in place of a file's address; None where there is none, an empty one included."""
    suffix = find_suffix(value)
    return None if suffix is None else f"{_MARK}{suffix}"


def find_suffix(value: Any) -> str | None:  # noqa: ANN401
    """The suffix (`.mp4`, or nothing) of a file's address, also of one that `redact_address` took; None without one."""
    if not isinstance(value, str) or not value.strip():
        return None
    if value.startswith(_MARK):
        return value.removeprefix(_MARK)
    try:
        path = urlsplit(value.strip()).path
    except ValueError:
        return ""
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ""


def _forget(_value: object) -> None:
    return None
