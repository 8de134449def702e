"""Which faults strike when: seeded schedules over every kind, place, value and number, and pairs of a short list.

Decides what goes wrong, never what should come of it; that is `ordeal`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from harvester.sandbox import Sandbox, SandboxAccount

# <a|b> is one of them. {video} is the largest file's id, {uuid} its meeting's UUID as it stands in a path.
_ANSWER = (
    "status=<500|502|503|504|408>",
    "429",
    "429_seconds=<1|2|30>",
    "429_http_date=<1|3>",
    "header=Retry-After=<-1|NaN|1e9|soon>",
    "html",
    "empty",
    "hangup",
    "garbage",
    "reset=<0|40>",
    "truncate=<0|30>",
    "stall=<0.05|2>",
    "stall_body=<0.05|2>",
    "wrong_length=<2|-2>",
    "two_lengths=<2|-1>",
    "length=<-5|x|9223372036854775808|1000000000>",
    "long_header=<3000|100000>",
    "redirect=http://files.example.com/x",
    "redirect_loop",
)
_JSON = (
    "json59",
    "half_json",
    "json=<{}|[]|null|7>",
    "chunked=<10|1000000>",
    "no_length=<30|1000000>",
    "slow=<1|300>",
    "endless",
    "gzip",
    "bomb=64",
    "deep_json=<90|100000>",
    "nan",
    "digits=5000",
    "double_keys",
    "pad=<1|40>",
    "recode=<utf-16|utf-8-sig|utf-32|cp037>",
    "header=Content-Type=text/html",
    "header=Content-Encoding=<br|deflate|gzip>",
)
_API = (
    *_ANSWER,
    *_JSON,
    "429_iso=5400",
    "429_daily",
    "zoom=<124|200|300|1001|2300|4711>",
    "status=<401|403|404|400>",
    "expire_tokens",
)
_BYTES = (
    *_ANSWER,
    "status=<202|204|400|401|403|404|410|416|429>",
    "json59",
    "json=<{}|[]>",
    "truncate=<1|1000|20000|700000|1150000>",
    "reset=<1|1000|20000|700000>",
    "no_length=<0|1000|20000|2000000>",
    "chunked=<0|1000|20000|2000000>",
    "slow=<60000|400000>",
    "endless",
    "gzip",
    "bomb=64",
    "wrong_range=<1|-1>",
    "range_total=<1|-1>",
    "range_missing",
    "multipart",
    "unsatisfiable=<0|1>",
    "ignore_range",
    'header=ETag=<W/"x"|x|>',
    "header=Content-Type=<text/html|application/json>",
    "header=Content-Disposition=attachment; filename=../../../x",
    "header=Content-Encoding=<br|gzip|identity>",
    "header=Transfer-Encoding=<identity|gzip>",
    "header=Content-Range=bytes 0-9/10",
    "header=Last-Modified=<soon|>",
)
_LISTING = ("total=<1|-1>", "repeat_page", "shift_page=<1|-1>", "expire_pages")
# a key that is missing or of the wrong type; what still can be known is kept, the rest comes when it is right again
_LISTED = (
    "without=<recording_files|file_size|file_extension|status|recording_type|topic|duration|timezone|total_size>",
    "set=<file_size|duration|topic|recording_count|recording_files|type>=<null|[]|{}|-1|true>",
    'set=status="processing"',
)
_TOKEN = (
    *_ANSWER,
    *_JSON,
    "status=<400|401|403|404>",
    "without=<access_token|expires_in|scope|token_type>",
    'set=expires_in=<"3600"|-1|0|1e99|null|5>',
    'set=access_token=<"a\\r\\nX-Evil: y"|"a b"|""|7|null|"\\u00e9">',
)
CATALOGUE: dict[str, tuple[str, ...]] = {
    "token": _TOKEN,
    "users": (*_API, "total=1", "repeat_page", "without=<users|id|email|total_records>"),
    "listing": (*_API, *_LISTING, *_LISTED),
    "meeting": (*_API, *_LISTED, "zoom=<3001|3301>", "without=download_access_token"),
    "download": (*_ANSWER, "json59", "status=<401|403|404|410|416>", "expire_tokens", "json=<{}|[]>"),
    "file": (*_BYTES, "change_etag:path={video}"),
}
_WEIGHTS = {"token": 2, "users": 1, "listing": 4, "meeting": 3, "download": 3, "file": 6}

# one of each way to go wrong, for pairs: what one fault begins the other may spoil
PAIRED = (
    "token:503",
    "token:hangup",
    "token:set=expires_in=1e99",
    "listing:429_seconds=1",
    "listing:half_json",
    "listing:total=1",
    "listing:shift_page=1:skip=1",
    "listing:expire_pages:skip=1",
    "listing:without=recording_files",
    "meeting:expire_tokens",
    "meeting:429",
    "meeting:zoom=3301",
    'meeting:set=status="processing"',
    "meeting:recode=utf-16",
    "download:html",
    "download:redirect_loop",
    "download:503",
    "file:truncate=20000:path={video}",
    "file:reset=700000:path={video}",
    "file:403:path={video}",
    "file:wrong_range=1:path={video}",
    "file:ignore_range:path={video}",
    "file:change_etag:path={video}",
    "file:multipart:path={video}",
    "file:no_length=20000",
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one ordeal suffers: the faults, how many runs meet them, and what the sandbox is like."""

    name: str
    faults: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...] = (("nightly", "--since", "30d"),)
    settings: dict[str, Any] = field(default_factory=dict)
    with_reader: bool = False  # somebody reads archive and lake all the time


def draw(seed: int) -> Schedule:
    """The schedule of a seed, the same on every machine."""
    chance = random.Random(f"schedule {seed}")
    faults = tuple(_draw_fault(chance) for _ in range(chance.choices((1, 2, 3, 4, 5), (30, 30, 20, 12, 8))[0]))
    nightly = ("nightly", "--since", "30d")
    commands = chance.choices(
        ((nightly,), (nightly, nightly), (("meeting", "{plain_uuid}"), nightly), (("backfill", "{range}"),)),
        (60, 25, 8, 7),
    )[0]
    settings: dict[str, Any] = {"largest_page": chance.choice((1, 2, 2, 300))}
    if chance.random() < 0.2 or any(each.startswith("users:") for each in faults):
        settings["account_listing"] = chance.choice(("4711", "404", "200"))
    if chance.random() < 0.1:
        settings["one_token"] = True
    return Schedule(str(seed), faults, tuple(commands), settings, with_reader=chance.random() < 0.1)


def _draw_fault(chance: random.Random) -> str:
    place = chance.choices(tuple(_WEIGHTS), tuple(_WEIGHTS.values()))[0]
    text = expand(chance.choice(CATALOGUE[place]), chance)
    if ":path=" not in text and place in {"download", "file", "meeting"} and chance.random() < 0.4:
        text += ":path={uuid}" if place == "meeting" else ":path={video}"
    options = chance.choices(
        ("", f":times={chance.randint(2, 4)}", ":always", f":p={chance.uniform(0.2, 0.8):.2f}"), (45, 20, 15, 20)
    )[0]
    if chance.random() < 0.35:
        options += f":skip={chance.randint(1, 6)}"
    return f"{place}:{text}{options}:seed={chance.randrange(1000)}"


def expand(template: str, chance: random.Random) -> str:
    """One of the alternatives in every pair of angle brackets."""
    return re.sub(r"<([^<>]*\|[^<>]*)>", lambda match: chance.choice(match[1].split("|")), template)


def pairs() -> list[Schedule]:
    """Every ordered pair of the short list; the second waits for the next request where both mean the same ones."""
    made = []
    for first in PAIRED:
        for second in PAIRED:
            same = first.partition(":")[0] == second.partition(":")[0]
            later = f"{second}:skip=1" if same and "skip=" not in second else second
            made.append(Schedule(f"{first} + {second}", (first, later), settings={"largest_page": 2}))
    return made


def fill_in(account: SandboxAccount, text: str) -> str:
    """The text with its marks replaced by what they stand for in this account."""
    sized = [(file.body.size, file.id, each.uuid) for each in account.meetings for file in each.files or ()]
    _, video, uuid = max(sized)
    return (
        text.replace("{video}", video)
        .replace("{uuid}", quote(quote(uuid, safe=""), safe=""))
        .replace("{plain_uuid}", uuid)
    )


def arm(box: Sandbox, faults: tuple[str, ...]) -> None:
    for each in faults:
        box.faults.add(fill_in(box.account, each))


def words_of(account: SandboxAccount, command: tuple[str, ...]) -> Iterator[str]:
    """The command line, marks filled in."""
    for word in command:
        if word == "{range}":
            days = [meeting.start_at.date() for meeting in account.meetings]
            yield from ("--from", str(min(days)), "--to", str(max(days)))
        else:
            yield fill_in(account, word)
