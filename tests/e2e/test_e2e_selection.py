from __future__ import annotations

import pytest
from oracle import ask, check_archive, check_lake
from rig import kinds

STATUSES = "SELECT DISTINCT kind, status, error FROM files ORDER BY ALL"


def archived_topics(rig) -> set[str]:
    sql = "SELECT DISTINCT topic FROM recordings JOIN files USING (recording_key) WHERE files.status = 'archived'"
    return {topic for (topic,) in ask(rig.lake, sql)}


def test_selected_types_first_and_the_rest_later(tiny):
    """Only transcripts are fetched and the others say why not; a run without the rule fetches those, nothing twice."""
    ran = tiny.call("nightly", "--since", "30d", "--json", "--types", "transcript")
    assert ran.code == 0, ran.said
    check_archive(tiny, wanted=lambda row: row["file_type"] == "TRANSCRIPT")
    check_lake(tiny)
    for kind, status, error in ask(tiny.lake, STATUSES):
        assert (status, error) == (
            ("archived", None) if kind == "transcript" else ("skipped", f"not selected: type {kind}")
        )
    again, sent = tiny.during(lambda: tiny.call("nightly", "--since", "30d", "--json", "--types", "transcript"))
    assert (again.code, set(kinds(sent))) == (0, {"token", "listing"})

    rest, sent = tiny.during(lambda: tiny.call("nightly", "--since", "30d", "--json"))
    assert rest.code == 0, rest.said
    assert kinds(sent)["file"] == rest.json["files_archived"] == len(tiny.box.truth()) - ran.json["files_archived"]
    check_archive(tiny)
    check_lake(tiny)


def test_rules_from_the_config_file_are_the_same_rules(tiny):
    """A selection in the config file acts as the options do, and an option overrides it."""
    (tiny.cwd / "settings.toml").write_text('harvester_types = ["chat"]\n', encoding="utf-8")
    assert tiny.call("nightly", "--since", "30d", "--config", "settings.toml").code == 0
    assert {kind for kind, status, _ in ask(tiny.lake, STATUSES) if status == "archived"} == {"chat"}
    assert tiny.call("nightly", "--since", "30d", "--config", "settings.toml", "--types", "transcript").code == 0
    assert {kind for kind, status, _ in ask(tiny.lake, STATUSES) if status == "archived"} == {"chat", "transcript"}


@pytest.mark.parametrize(
    ("words", "choose"),
    [
        (["--topic", "*00001"], lambda meeting, _first: meeting.topic.endswith("00001")),
        (["--topic", "*00000", "--topic", "*00002"], lambda meeting, _first: meeting.topic[-1] in "02"),
        (["--exclude", "generated MEETING 00003"], lambda meeting, _first: not meeting.topic.endswith("00003")),
        (["--host", "{email}"], lambda meeting, first: meeting.host_id == first.host_id),
        (["--host", "{host}"], lambda meeting, first: meeting.host_id == first.host_id),
        (["--min-duration", "9999"], lambda _meeting, _first: False),
        (["--min-duration", "9999", "--include", "{uuid}"], lambda meeting, first: meeting == first),
        (["--exclude", "{number}"], lambda meeting, first: meeting.id != first.id),
    ],
)
def test_rules_choose_recordings(tiny, words, choose):
    """Each rule takes exactly what it says; what it leaves out keeps its rows, with the reason."""
    first = tiny.box.account.meetings[0]
    host = next(each for each in tiny.box.account.users if each.id == first.host_id)
    names = {"{email}": host.email.upper(), "{host}": host.id, "{uuid}": first.uuid, "{number}": str(first.id)}
    ran = tiny.call("nightly", "--since", "30d", "--json", *(names.get(each, each) for each in words))
    assert ran.code == 0, ran.said
    wanted = {each.uuid for each in tiny.box.account.meetings if choose(each, first)}
    check_archive(tiny, wanted=lambda row: row["meeting_uuid"] in wanted)
    assert archived_topics(tiny) == {each.topic for each in tiny.box.account.meetings if each.uuid in wanted}
    left = ask(tiny.lake, "SELECT count(*), bool_and(error LIKE 'not selected: %') FROM files WHERE status = 'skipped'")
    skipped = len([row for row in tiny.box.truth() if row["meeting_uuid"] not in wanted])
    assert left == [(skipped, True if skipped else None)]
    assert tiny.call("nightly", "--since", "30d").code == 0
    check_archive(tiny)
