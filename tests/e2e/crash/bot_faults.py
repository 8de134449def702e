"""Which faults strike the APIs of bots, and when: seeded schedules over their listings, details, documents and files.

Only faults that a client can notice: an answer that is whole, well formed and wrong is believed, and so is a file that
ends early under no length, for no listing of bots names sizes. Decides what goes wrong, never what should come of it.
"""

from __future__ import annotations

import random

from schedules import Schedule, expand

PULL = ("bots", "pull", "--since", "30d")
NIGHTLY = ("nightly", "--since", "30d")
PROVIDERS = ("/meetstream/", "/meetingbaas/v2/", "/meetingbaas/bots/", "/recall/")
"""What stands in the paths of one API and of no other."""
FILES = ("/bots/", "/bots/meetstream/", "/bots/meetingbaas_v1/", "/bots/meetingbaas_v2/", "/bots/recall/")
"""What stands in the addresses of bots' files; Zoom's are left alone."""

# <a|b> is one of them
_DOWN = (
    "status=<500|502|503|504|408>",
    "hangup",
    "garbage",
    "reset=<0|40>",
    "truncate=<0|30>",
    "stall=<0.05|2>",
    "stall_body=<0.05|2>",
    "redirect=http://files.example.com/x",
    "redirect_loop",
)
_THROTTLED = (
    "429",
    "429_seconds=<1|2|30>",
    "429_http_date=<1|3>",
    "429_iso=5400",
    "header=Retry-After=<-1|NaN|1e9|soon>",
)
_MANGLED = (
    "html",
    "empty",
    "wrong_length=<2|-2>",
    "two_lengths=<2|-1>",
    "length=<-5|x|9223372036854775808|1000000000>",
    "long_header=<3000|100000>",
    "gzip",
    "bomb=64",
    "endless",
    "chunked=<10|1000000>",
    "slow=<300|20000>",
)
_JSON = (
    "half_json",
    "nan",
    "deep_json=100000",
    "double_keys",
    "pad=<1|40>",
    "recode=<utf-16|utf-8-sig|utf-32|cp037>",
    "header=Content-Type=text/html",
    "header=Content-Encoding=<br|deflate|gzip>",
)
_REFUSED = ("status=<401|402|403|404|409|410>",)
_OTHER_JSON = ("json=<{}|[]|null|7>",)
_ANSWER = (*_DOWN, *_THROTTLED, *_MANGLED, *_JSON, *_REFUSED)
CATALOGUE: dict[str, tuple[str, ...]] = {
    "bot_listing": (
        *_ANSWER,
        *_OTHER_JSON,
        "repeat_page",
        "endless_pages",
        "next_host=https://elsewhere.example",
        "expire_pages",
    ),
    "bot_detail": (*_ANSWER, *_OTHER_JSON),
    "bot_document": _ANSWER,
    "bot_address": (*_ANSWER, *_OTHER_JSON),
    "file": (
        *_DOWN,
        *_THROTTLED,
        "html",
        "empty:path=<video.mp4|audio.|transcript|chat_>",  # a timeline is lines, and none at all are some
        "two_lengths=<2|-1>",
        "length=<-5|x|1000000000>",
        "endless",
        "chunked=<10|1000000>",
        "slow=<3000|400000>",
        "truncate=<1|1000|2000>",
        "reset=<1|1000|2000>",
        "status=<401|403|404|410|416>",
        "header=Content-Disposition=attachment; filename=../../../x",
    ),
}
_WEIGHTS = {"bot_listing": 4, "bot_detail": 4, "bot_document": 3, "bot_address": 2, "file": 6}


def draw_bots(seed: int) -> Schedule:
    """The schedule of a seed, the same on every machine."""
    chance = random.Random(f"bots {seed}")
    faults = tuple(_draw_fault(chance) for _ in range(chance.choices((1, 2, 3, 4, 5), (30, 30, 20, 12, 8))[0]))
    commands = chance.choices(((PULL,), (PULL, PULL), (NIGHTLY,), (PULL, NIGHTLY)), (50, 20, 20, 10))[0]
    return Schedule(f"bots {seed}", faults, commands, {"largest_page": chance.choice((1, 1, 2, 300))})


def _draw_fault(chance: random.Random) -> str:
    place = chance.choices(tuple(_WEIGHTS), tuple(_WEIGHTS.values()))[0]
    text = expand(chance.choice(CATALOGUE[place]), chance)
    options = chance.choices(
        ("", f":times={chance.randint(2, 4)}", ":times=12", ":always", f":p={chance.uniform(0.2, 0.8):.2f}"),
        (40, 20, 10, 15, 15),
    )[0]
    if place == "file" and ":path=" not in text:
        options += f":path={chance.choice(FILES)}"
    elif place != "file" and chance.random() < 0.6:
        options += f":path={chance.choice(PROVIDERS)}"
    if chance.random() < 0.35:
        options += f":skip={chance.randint(1, 6)}"
    return f"{place}:{text}{options}:seed={chance.randrange(1000)}"
