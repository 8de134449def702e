"""A lake of pseudonyms through the real command: nobody's name in it, every join as before, the same bytes again."""

from __future__ import annotations

import pytest
from bots_oracle import check_links
from oracle import ask, check_secrets, check_tables, read_tables, snapshot
from rig import assert_sentence

from harvester.bots.recall import Recall
from harvester.sandbox import add_bots, demo_account, generate_account
from schemas.lake import TABLES
from schemas.table import Disguise

KEY = "canary-key/+=&~ of many characters"
ON = {"HARVESTER_PSEUDONYMISE": "true", "HARVESTER_PSEUDONYM_KEY": KEY}
SHORTEST = 5  # a shorter name is a word, or a part of many


@pytest.fixture
def rig(make_rig, quick, monkeypatch):
    """The demo account with bots of every API, everything harvested that names somebody, in the clear."""
    for name in ("calls_per_second", "listings_per_second"):
        monkeypatch.setattr(Recall, name, None)
    rig = make_rig(add_bots(demo_account(), seed=2))
    rig.env |= {"HARVESTER_BOT_RATE": "1000", "HARVESTER_PARTICIPANTS": "true", "HARVESTER_KEEP_EMAILS": "true"}
    ran = rig.call("nightly", "--since", "30d", "--json", "--api-rate", "80")
    assert ran.code in {0, 3}, ran.out  # one of the bots is never done
    return rig


def cells(lake, *, of_people):
    """(table, column) -> values as text, of the columns whose values are replaced, or of all but what people said."""
    tables = read_tables(lake)
    found = {}
    for name, table in TABLES.items():
        for column in table.columns:
            is_replaced = column.disguise is not Disguise.KEPT
            if is_replaced or not (of_people or column.personal):
                found[name, column.name] = [
                    str(each) for each in tables[name][column.name].to_pylist() if each is not None
                ]
    return found


def test_a_lake_of_pseudonyms_holds_nobody_and_joins_as_before(rig):
    """Nobody is in it outside what was said, there are as many people as before, and it is made again to the byte."""
    clear = cells(rig.lake, of_people=True)
    linked = "SELECT recording_key, meeting_uuid, match_method, reason FROM recording_links ORDER BY ALL"
    links = ask(rig.lake, linked)
    joined = "SELECT count(*) FROM segments s JOIN participants p USING (recording_key) WHERE s.speaker_name = p.name"
    before = ask(rig.lake, joined)
    archive = snapshot(rig.archive)
    ran = rig.call("rebuild", "--json", env=ON)
    assert ran.code == 0, ran.said
    check_tables(rig.lake)
    people = {
        value
        for (table, column), values in clear.items()
        for value in values
        if column not in {"extra", "raw", "speaker_label"} and len(value) >= SHORTEST and not value.isdigit()
    } | {each.email for each in rig.box.account.users}
    assert len(people) > 40
    hidden = cells(rig.lake, of_people=False)
    for place, values in hidden.items():
        text = "\n".join(values).casefold()
        found = [each for each in people if each.casefold() in text]
        assert not found, f"{found} in {place}"
    assert ask(rig.lake, linked) == links
    check_links(rig)
    assert ask(rig.lake, joined) == before != [(0,)]
    for column in ("name", "email", "user_id"):
        assert len(set(hidden["participants", column])) == len(set(clear["participants", column]))

    said = [ran.said]
    for words in (("nightly", "--since", "30d", "--json"), ("verify", "--deep")):
        held = snapshot(rig.lake)
        ran = rig.call(*words, env=ON)
        assert ran.code == 0 or (words[0] == "nightly" and ran.code == 3), ran.said
        assert snapshot(rig.lake) == held
        said.append(ran.said)
    assert snapshot(rig.archive) == archive
    check_secrets(rig, *said, more=[KEY])


def test_a_run_that_would_name_people_again_changes_nothing_in_the_lake(make_rig):
    """Neither rows nor the copies of what people put right, which it would write in the clear."""
    rig = make_rig(generate_account(meetings=2, seed=1, days=1, cues=3, media_bytes=900))
    assert rig.call("nightly", "--since", "30d", "--json", env=ON).code == 0
    (rig.cwd / "aliases.csv").write_text("label,person,email\nAda,Ada Brandt-Canary,ada@canary.example\n")
    assert rig.call("correct", "--aliases", "aliases.csv", env=ON).code == 0
    held = snapshot(rig.lake)
    ran = rig.call("nightly", "--since", "30d", "--json")
    assert ran.code == 10, ran.said
    assert "pseudonyms" in ran.said
    assert snapshot(rig.lake) == held
    assert b"Canary" not in (rig.lake / "aliases.csv").read_bytes()


def test_rows_that_wait_in_the_clear_are_made_again_before_they_are_published(make_rig):
    """The first night staged and could not publish; when pseudonyms are wanted after it, nobody is named."""
    rig = make_rig(generate_account(meetings=2, seed=1, days=1, cues=3, media_bytes=900))
    rig.lake.mkdir(parents=True)
    (rig.lake / "recordings").write_text("in the way")
    assert rig.call("nightly", "--since", "30d", "--json").code == 3
    (rig.lake / "recordings").unlink()
    ran = rig.call("nightly", "--since", "30d", "--json", env=ON)
    assert ran.code == 0, ran.said
    hosts = {each for (each,) in ask(rig.lake, "SELECT DISTINCT host_id FROM recordings")}
    assert hosts
    assert all(each.startswith("id-") for each in hosts)


def test_without_a_usable_key_nothing_is_done(make_rig):
    """No run, no rebuild and no verification with a key that is not there or could be guessed, which is not said."""
    rig = make_rig(generate_account(meetings=1, seed=1, days=1, cues=3, media_bytes=900))
    for key in ("", "too-short-canary"[:15]):
        on = {"HARVESTER_PSEUDONYMISE": "true", "HARVESTER_PSEUDONYM_KEY": key}
        rig.archive.mkdir(parents=True, exist_ok=True)
        for words, env in (
            (("nightly", "--pseudonymise"), {"HARVESTER_PSEUDONYM_KEY": key}),
            (("rebuild", "--pseudonymise"), {"HARVESTER_PSEUDONYM_KEY": key}),
            (("doctor",), on),
            (("work",), on),
        ):
            ran = rig.call(*words, env=env)
            assert ran.code == 10, ran.said
            assert_sentence(ran, "HARVESTER_PSEUDONYM_KEY")
            assert "too-short" not in ran.said
    assert not rig.lake.exists()
    assert rig.box.requests == []
