"""Who is behind a label: each way to know it, that two people of one name stay two, and what one's weeks hold."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lake_samples import DAY, key_of
from talk_samples import Guest, describe, meeting, write_aliases
from views_samples import Line, opened, write_lake

ANA = Guest("Ana Lima", user_id="u1", email="Ana@Example.com ", native_id="1")
NOBODY = (None, None, None, "unresolved", "none")
USER = ("user:{source}:u1", "Ana Lima", "ana@example.com", "user_id", "high")
BY_ACCOUNT = (*USER[:3], "account_name", "low")
MAIL = ("email:ana@example.com", "Ana Lima", "ana@example.com", "email", "high")


def talk(number, *speakers, guests=(), **more):
    lines = [Line(3_000 * place, "so", speaker) for place, speaker in enumerate(speakers)]
    return meeting(number, lines, guests=guests, **more)


def who(ask, tables):
    """The one speaker of a recording."""
    columns = "person_key, person, email, method, confidence"
    (row,) = ask(f"SELECT {columns} FROM people WHERE recording_key = '{key_of(tables)}'")
    return row


def whose(known, tables):
    """An expected row, for the source of that recording."""
    return (known[0] and known[0].replace("{source}", tables["recordings"]["source"][0].as_py()), *known[1:])


ROSTERS = {
    "user id": ([ANA, Guest("Bo Chen", user_id="u2")], USER),
    "e-mail": ([ANA._replace(user_id=None)], MAIL),
    "e-mail of that user": ([ANA, ANA._replace(user_id=None, native_id="2")], USER),
    "came twice": ([ANA, ANA._replace(native_id="2")], USER),
    "once by name alone": ([ANA, Guest("Ana Lima")], USER),
    "somebody else of that name": ([ANA, Guest("Ana Lima", native_id="2")], NOBODY),
    "two users of that name": ([ANA, ANA._replace(user_id="u2")], NOBODY),
    "two guests": ([Guest("Ana Lima", native_id="1"), Guest("Ana Lima", native_id="2")], NOBODY),
    "not that very name, and unknown": ([Guest("ana lima", native_id="1")], NOBODY),
    "a bot": ([ANA._replace(is_bot=True)], NOBODY),
    "not there": ([Guest("Bo Chen", user_id="u2")], NOBODY),
    "no list": ([], NOBODY),
}


@pytest.fixture(scope="module")
def rosters(tmp_path_factory):
    """Every case as the one recording of an account of its own: what asks the lake, and the recordings."""
    talks = {
        name: talk(number, "Ana Lima", guests=guests, source=f"s{number}")
        for number, (name, (guests, _)) in enumerate(ROSTERS.items())
    }
    return opened(write_lake(tmp_path_factory.mktemp("rosters"), talks.values())), talks


@pytest.mark.parametrize("name", ROSTERS)
def test_by_the_participants_of_the_recording(rosters, name):
    """A user id, else a mail address, of the one participant of that very name; of two nobody is chosen."""
    ask, talks = rosters
    assert who(ask, talks[name]) == whose(ROSTERS[name][1], talks[name])


def test_a_guest_is_that_guest(tmp_path):
    """Of whom nobody knows more than a name is somebody of this recording only; a second device is its owner's."""
    tables = talk(1, "Ana Lima", guests=[Guest("Ana Lima", native_id="7", key="7")])
    guests = [ANA._replace(name="Ana L.", key="1"), Guest("Ana Lima", native_id="2", key="2", parent="1")]
    other = talk(2, "Ana Lima", guests=guests, day=DAY + timedelta(days=1))
    ask = opened(write_lake(tmp_path, [tables, other]))
    key = f"participant:{key_of(tables)}/7"
    assert who(ask, tables) == (key, "Ana Lima", None, "roster", "medium")
    assert who(ask, other) == ("user:zoom:u1", "Ana L.", "ana@example.com", "user_id", "high")


ACCOUNTS = {
    "another spelling": ("ÀNA\u00a0 lima\u200e", [ANA], [], BY_ACCOUNT),
    "not in the list": ("Ana Lima", [ANA], [Guest("Bo Chen", user_id="u2")], BY_ACCOUNT),
    "two known": ("Ana Lima", [ANA, ANA._replace(user_id="u2", email="a2@example.com")], [], NOBODY),
    "nobody known": ("Ana Lima", [Guest("Ana Lima", native_id="1")], [], NOBODY),
    "somebody else here": ("Ana Lima", [ANA], [Guest("ANA LIMA", native_id="5")], NOBODY),
    "a label": ("Speaker 1", [ANA._replace(name="Speaker 1")], [], NOBODY),
    "another account": ("Ana Lima", [], [], NOBODY),
}


@pytest.fixture(scope="module")
def accounts(tmp_path_factory):
    """Every case as an account of two recordings, in whose first others speak."""
    cases = list(enumerate(ACCOUNTS.items()))
    known = [talk(n, "Bo Chen", guests=elsewhere, source=f"s{n}") for n, (_, (_, elsewhere, _, _)) in cases]
    talks = {name: talk(50 + n, said, guests=here, source=f"s{n}") for n, (name, (said, _, here, _)) in cases}
    return opened(write_lake(tmp_path_factory.mktemp("accounts"), [*known, *talks.values()])), talks


@pytest.mark.parametrize("name", ACCOUNTS)
def test_by_the_account(accounts, name):
    """Case, accents and blanks aside, the one known person of that name; not where the recording has somebody else."""
    ask, talks = accounts
    assert who(ask, talks[name]) == whose(ACCOUNTS[name][3], talks[name])


def test_one_key_has_one_name(tmp_path):
    """Who changed the name shown is the same person, by the name last seen."""
    first, last = (talk(n, name, guests=[ANA._replace(name=name)], day=DAY + timedelta(days=n)) for n, name in NAMES)
    ask = opened(write_lake(tmp_path, [first, last]))
    assert ask("SELECT DISTINCT person_key, person FROM people") == [("user:zoom:u1", "Ana Sousa")]


NAMES = ((1, "Ana Lima"), (2, "Ana Sousa"))


ALIASES = {
    "a name": ([{"person": "Ana"}], ("alias:Ana", "Ana", None, "alias", "certain")),
    "a new address": ([{"person": "Ana", "email": "x@example.com"}], ("email:x@example.com", "Ana", "x@example.com")),
    "a user's address": ([{"person": "Ana", "email": "B@example.com "}], ("user:zoom:u2", "Ana", "b@example.com")),
    "by source": ([{"person": "Ana"}, {"person": "Bo", "source": "zoom"}], ("alias:Bo", "Bo", None)),
    "by recording": ([{"person": "Bo", "source": "zoom"}, {"person": "Cy", "recording_key": "{key}"}], ("alias:Cy",)),
    "by both": (
        [{"person": "Dee", "source": "zoom", "recording_key": "{key}"}, {"person": "Cy", "recording_key": "{key}"}],
        ("alias:Dee",),
    ),
    "another source": ([{"person": "Ana", "source": "recall"}], USER),
    "another recording": ([{"person": "Ana", "recording_key": "zoom:other"}], USER),
    "two people": ([{"person": "Ana"}, {"person": "Bo"}], NOBODY),
    "two of a name": ([{"person": "Ana"}, {"person": "Ana", "email": "x@example.com"}], NOBODY),
    "twice": ([{"person": "Ana"}, {"person": "Ana", "note": "again"}], ("alias:Ana", "Ana", None)),
}


@pytest.fixture(scope="module")
def aliased(tmp_path_factory):
    """Every case as a recording with a label of its own, which is also the name of a participant."""
    bo = Guest("Bo Chen", user_id="u2", email="b@example.com")
    talks = {name: talk(n, f"Ana {n}", guests=[ANA._replace(name=f"Ana {n}"), bo]) for n, name in enumerate(ALIASES)}
    lake = write_lake(tmp_path_factory.mktemp("aliased"), talks.values())
    rows = [
        {"label": f"Ana {n}"} | {key: value.replace("{key}", key_of(talks[name])) for key, value in row.items()}
        for n, (name, (rows, _)) in enumerate(ALIASES.items())
        for row in rows
    ]
    write_aliases(lake, rows)
    return opened(lake), talks


@pytest.mark.parametrize("name", ALIASES)
def test_by_an_alias(aliased, name):
    """What is written by hand comes before the roster, the narrowest row first; two that differ name nobody."""
    ask, talks = aliased
    known = ALIASES[name][1]
    found = who(ask, talks[name])
    if known is USER:
        assert (found[0], found[3:]) == ("user:zoom:u1", USER[3:])
    else:
        assert found[: len(known)] == known


def test_weeks_of_meetings(tmp_path):
    """Meetings and hours by the time present, else the recording's; what two sources saw of one counts once."""
    uuid = "4444AAAiAAAAAiAiAiiAii=="
    there = ANA._replace(joined=0, left=45)
    zoom = talk(1, "Ana Lima", guests=[there, Guest("Cy Dee", native_id="3")], meeting_uuid=uuid)
    bot = talk(2, "Ana Lima", guests=[Guest("Ana L.", email="ana@example.com", joined=1, left=31)], source="recall")
    later = talk(3, "Bo Chen", guests=[ANA, Guest("Bo Chen", user_id="u2")], day=DAY + timedelta(days=6))
    next_week = talk(4, "Bo Chen", guests=[Guest("Bo Chen", user_id="u2", joined=9, left=3)], day=DAY + timedelta(7))
    ask = opened(write_lake(tmp_path, [zoom, bot, later, next_week], [(bot, uuid)]))
    columns = "week, person_key, person, n_meetings, meeting_hours, n_meetings_spoken"
    assert ask(f"SELECT {columns} FROM meeting_load ORDER BY ALL") == [
        (date(2026, 3, 2), "user:zoom:u1", "Ana Lima", 2, 0.75 + 0.5, 1),
        (date(2026, 3, 2), "user:zoom:u2", "Bo Chen", 1, 0.5, 1),
        (date(2026, 3, 9), "user:zoom:u2", "Bo Chen", 1, 0.0, 1),
    ]


def test_who_is_known_only_by_speaking_is_counted(tmp_path):
    """Without any list of participants an alias makes somebody of a label, who was there as long as the recording."""
    tables = describe(talk(1, "Speaker 1"), duration_ms=5_400_000)
    lake = write_lake(tmp_path, [tables])
    write_aliases(lake, [{"label": "Speaker 1", "person": "Ana Lima"}])
    assert opened(lake)("SELECT person_key, n_meetings, meeting_hours FROM meeting_load") == [
        ("alias:Ana Lima", 1, 1.5)
    ]
