"""What lies beside the media, from the sandbox to the lake."""

from __future__ import annotations

from oracle import ask, read_rows


def test_the_demo_shows_every_kind_of_row(demo):
    """Replies, reactions in two languages, pieces of summaries, polls, people, and captions with speakers."""
    kinds = dict(ask(demo.lake, "SELECT kind, count(*) FROM chat_messages WHERE source = 'zoom' GROUP BY kind"))
    assert kinds == {"message": 5, "reply": 1, "reaction": 4}
    (review,) = ask(demo.lake, "SELECT recording_key FROM recordings WHERE topic LIKE 'Review%'")[0]
    told = ask(
        demo.lake,
        f"SELECT sender, kind, reaction, is_removed FROM chat_messages WHERE recording_key = '{review}' "
        "ORDER BY message_index",
    )
    assert told[2:5] == [
        ("Noor + Felix 🚲", "reaction", "👍", None),
        ("Inés Robledo [Kite/Harbour]", "reaction", "👏", None),
        ("Noor + Felix 🚲", "reaction", "👍", True),
    ]
    assert told[5][:2] == ("Lab3: Ina Holt", "message")
    pieces = dict(ask(demo.lake, "SELECT kind, count(*) FROM summaries GROUP BY kind"))
    assert pieces == {"summary": 1, "section": 1, "next_step": 2, "chapter": 2}
    polled = ask(demo.lake, "SELECT poll, respondent, answer FROM poll_answers ORDER BY answer_index")
    assert polled == [
        ("Tides", "Ole", "Yes"),
        ("Tides", "Ole", "Paper; at sea, too"),
        ("Tides", "Anonymous Attendee", "No"),
    ]
    sources = "SELECT speaker_source, count(*) FROM segments WHERE kind = 'captions' GROUP BY 1 ORDER BY 1 NULLS LAST"
    assert ask(demo.lake, sources) == [("timeline", 24), (None, 2)]
    assert ask(demo.lake, "SELECT count(*) FROM participants WHERE source = 'zoom' AND user_id IS NOT NULL")[0][0] > 20


def test_mail_addresses_are_kept_only_where_somebody_says_so(make_rig, demo):
    """`rebuild --keep-emails` writes them, and without the option they are gone again, to the row."""
    rig = make_rig(demo.box.account, home=demo.home)
    before = read_rows(rig.lake)
    held = "SELECT count(email) FROM {}"
    tables = ("speaker_activity", "poll_answers", "participants")
    assert [ask(rig.lake, held.format(table) + " WHERE source = 'zoom'")[0][0] for table in tables] == [0, 0, 0]
    assert rig.call("rebuild", "--keep-emails").code == 0
    assert min(ask(rig.lake, held.format(table) + " WHERE source = 'zoom'")[0][0] for table in tables) > 0
    assert rig.call("rebuild").code == 0
    assert read_rows(rig.lake) == before
