"""Faults on demand: what can go wrong, where, how often, and how to write it on a command line.

A fault strikes once unless told otherwise. This module decides *whether* one strikes; `distort` carries it out.
"""

from __future__ import annotations

import codecs
import json
import random
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from harvester.sandbox.places import API, WHERE


@dataclass(frozen=True, slots=True)
class FaultKind:
    help: str
    value: Callable[[str], float | str] | None = None  # how to read the text after `=`
    default: float | str | None = None  # None with a `value`: it must be given


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value


def _assignment(text: str) -> str:
    json.loads(text.partition("=")[2])
    return text


def _encoding(text: str) -> str:
    codecs.lookup(text)
    return text


_WANTED: dict[Callable[[str], float | str], str] = {_assignment: "KEY=JSON", _encoding: "an encoding"}

_KINDS = {
    "status": FaultKind("answer with this HTTP status, e.g. status=503", int),
    "zoom": FaultKind("answer with this Zoom error code, e.g. zoom=4711, zoom=3301, zoom=124, zoom=200", int),
    "429": FaultKind("per-second limit, no Retry-After"),
    "429_seconds": FaultKind("per-second limit with Retry-After in seconds", int, 1),
    "429_http_date": FaultKind("limit with Retry-After as an HTTP date this many seconds ahead", int, 1),
    "429_iso": FaultKind("daily limit with Retry-After as an ISO time this many seconds ahead", int, 3600),
    "429_daily": FaultKind("daily limit, no header, only the sentence"),
    "html": FaultKind("a sign-in page with status 200"),
    "json59": FaultKind("Zoom's 59-byte error JSON with status 200"),
    "empty": FaultKind("an empty body with status 200"),
    "half_json": FaultKind("the right answer cut in half, with a matching Content-Length"),
    "repeat_page": FaultKind("the page token of this page points to this page again"),
    "endless_pages": FaultKind("the page after this one is this one again, under another cursor or address"),
    "next_host": FaultKind("the whole address of the next page leads to this origin", str, "https://elsewhere.example"),
    "total": FaultKind("total_records wrong by this number", int, 1),
    "expire_tokens": FaultKind("every token issued so far dies before this request is looked at"),
    "reset": FaultKind("reset the connection (RST) after this many bytes of the body", int, 0),
    "truncate": FaultKind("close the connection after this many bytes of the body", int, 0),
    "no_length": FaultKind("no Content-Length, and close after this many bytes of the body", int, 0),
    "wrong_length": FaultKind("Content-Length wrong by this number", int, 2),
    "slow": FaultKind("send this many bytes a second, e.g. slow=0.1 for one every ten seconds", _number, 1000),
    "stall": FaultKind("wait this many seconds before the answer", float, 5.0),
    "stall_body": FaultKind("wait this many seconds in the middle of the body", float, 5.0),
    "wrong_range": FaultKind("a 206 that starts this many bytes too late, and says so", int, 1),
    "ignore_range": FaultKind("answer a range with the whole file and status 200"),
    "change_etag": FaultKind("the file changes now: new bytes, new ETag"),
    "change_bytes": FaultKind("the file changes now, and its ETag does not"),
    "redirect": FaultKind("redirect to this URL", str),
    "redirect_loop": FaultKind("redirect to itself"),
    "clock": FaultKind("the answer's Date is off by this many seconds", int, 600),
    "gzip": FaultKind("send the body with Content-Encoding: gzip"),
    "bomb": FaultKind("this many megabytes of zeros as gzip, a thousandth of that on the wire", int, 64),
    "hangup": FaultKind("close the connection without a byte"),
    "garbage": FaultKind("answer with bytes that are not HTTP"),
    "header": FaultKind("set a header of the answer, e.g. header=Content-Type=text/html", str),
    "long_header": FaultKind("a header of this many bytes", int, 100_000),
    "two_lengths": FaultKind("a second Content-Length, wrong by this number", int, 2),
    "length": FaultKind("this text as Content-Length, e.g. length=-5", str),
    "chunked": FaultKind("chunked, without the last chunk when the body is longer than this many bytes", int, 0),
    "endless": FaultKind("chunked, and after its end the body goes on for ever"),
    "multipart": FaultKind("a 206 with two ranges as multipart/byteranges"),
    "range_total": FaultKind("a 206 whose Content-Range has a total wrong by this number", int, 1),
    "range_missing": FaultKind("a 206 without Content-Range"),
    "unsatisfiable": FaultKind("status 416, naming the file's size plus this number", int, 0),
    "expire_pages": FaultKind("every page token issued so far dies before this request is looked at"),
    "shift_page": FaultKind("entries moved between two pages: this one starts so many entries later", int, 1),
    "json": FaultKind("status 200 with this JSON, e.g. json={}", str),
    "without": FaultKind("leave this key out wherever it stands, e.g. without=recording_files", str),
    "set": FaultKind('this value for a key wherever it stands, e.g. set=status="processing"', _assignment),
    "double_keys": FaultKind("every key of the answer twice, the first time null"),
    "deep_json": FaultKind("one more key, with this many nested lists", int, 100_000),
    "nan": FaultKind("one more key, with NaN, which is no JSON"),
    "digits": FaultKind("one more key, with a whole number of this many digits", int, 5000),
    "pad": FaultKind("this many megabytes of blanks after the JSON", int, 40),
    "recode": FaultKind("the text in another encoding, e.g. recode=utf-16", _encoding),
}
FAULTS = {name: kind.help for name, kind in _KINDS.items()}
"""Name to sentence, for documentation and `--help`."""

_OPTIONS = re.compile(r":(?=(?:times=|skip=|path=|p=|seed=|always$|always:))")


@dataclass(frozen=True, slots=True)
class Fault:
    """Strike requests of kind `where` with `what`.

    The first `skip` matching requests pass, then `times` are struck (None: all), each with `probability`.
    `path` restricts to requests whose target or file id contains it.
    """

    where: str
    what: str
    value: float | str | None = None
    times: int | None = 1
    skip: int = 0
    path: str | None = None
    probability: float = 1.0
    seed: int = 0
    body: bytes | None = None  # with "status": these bytes instead of Zoom's error JSON
    headers: tuple[tuple[str, str], ...] = ()  # with "status": added to the answer

    def __post_init__(self) -> None:
        if self.where not in WHERE:
            raise ValueError(f"unknown place {self.where!r} for a fault; one of {', '.join(WHERE)}")
        if self.what not in _KINDS:
            raise ValueError(f"unknown fault {self.what!r}; one of {', '.join(_KINDS)}")
        kind = _KINDS[self.what]
        if kind.value is None and self.value is not None:
            raise ValueError(f"fault {self.what!r} takes no value, not {self.value!r}")
        if kind.value is not None and self.value is None:
            if kind.default is None:
                raise ValueError(f"fault {self.what!r} needs a value: {kind.help}")
            object.__setattr__(self, "value", kind.default)

    @property
    def number(self) -> float:
        """The value of a fault that takes a number."""
        return float(self.value or 0)

    def __str__(self) -> str:
        takes_value = _KINDS[self.what].value is not None
        return f"{self.where}:{self.what}={self.value}" if takes_value else f"{self.where}:{self.what}"


def parse_fault(text: str) -> Fault:
    """Read `WHERE:WHAT[=VALUE][:times=N|:always][:skip=K][:path=TEXT][:p=0.1][:seed=S]`.

    A plain status number is short for `status=NUMBER`. With `p=` the fault is meant for all requests unless
    `times=` says otherwise. Raises ValueError with a sentence that names what is wrong.
    """
    head, *options = _OPTIONS.split(text.strip())
    where, colon, what = head.partition(":")
    if not colon or not what:
        raise ValueError(f"fault {text!r} should read WHERE:WHAT, for example listing:429 or file:truncate=1000")
    name, _, raw = what.partition("=")
    if name not in _KINDS and re.fullmatch(r"[2-5]\d\d", name) and not raw:
        name, raw = "status", name
    if name not in _KINDS:
        raise ValueError(f"unknown fault {name!r} in {text!r}; one of {', '.join(_KINDS)}")
    read = _KINDS[name].value
    value = _read(raw, read, text) if raw and read else (raw or None)
    settings = dict(option.partition("=")[::2] for option in options)
    always = "always" in settings or ("p" in settings and "times" not in settings)
    return Fault(
        where,
        name,
        value,
        times=None if always else int(_read(settings.get("times", "1"), int, text)),
        skip=int(_read(settings.get("skip", "0"), int, text)),
        path=settings.get("path"),
        probability=float(_read(settings.get("p", "1"), float, text)),
        seed=int(_read(settings.get("seed", "0"), int, text)),
    )


def _read(raw: str, kind: Callable[[str], float | str], text: str) -> float | str:
    try:
        return kind(raw)
    except (ValueError, LookupError):
        raise ValueError(f"{raw!r} in fault {text!r} should be {_WANTED.get(kind, 'a number')}") from None


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0
    struck: int = 0
    chance: random.Random = field(default_factory=random.Random)

    def strikes(self) -> bool:
        self.seen += 1
        spent = self.fault.times is not None and self.struck >= self.fault.times
        if self.seen <= self.fault.skip or spent or self.chance.random() >= self.fault.probability:
            return False
        self.struck += 1
        return True


class FaultSet:
    """The faults that are armed now; safe to change while the server runs."""

    def __init__(self, faults: Iterable[Fault | str] = ()) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault | str) -> None:
        """Arm a fault, given as a record or as text (see `parse_fault`)."""
        parsed = parse_fault(fault) if isinstance(fault, str) else fault
        with self._lock:
            self._armed.append(_Armed(parsed, chance=random.Random(parsed.seed)))

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter([armed.fault for armed in self._armed])

    def take(self, kind: str, target: str) -> list[Fault]:
        """Faults that strike this request, in the order they were added."""
        places = {kind, "any"} | ({"api"} if kind in API else set())
        with self._lock:
            return [
                armed.fault
                for armed in self._armed
                if armed.fault.where in places
                and (armed.fault.path is None or armed.fault.path in target)
                and armed.strikes()
            ]
