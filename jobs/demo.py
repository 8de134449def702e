"""`make demo`: the built-in sandbox, harvested by the real command, and what came of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harvester.sandbox import Sandbox, SandboxAccount

HOME = Path("demo")
_OURS = ("ZOOM_", "HARVESTER_", "MEETSTREAM_", "MEETINGBAAS_", "RECALL_")
WHO_SAID_WHAT = """
    SELECT strftime(start_at, '%d %b %H:%M:%S') AS "when (UTC)", topic, speaker, text
    FROM best_segments WHERE speaker IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY recording_key ORDER BY segment_index) <= 2
    ORDER BY start_at LIMIT 16
"""
TALK_TIME = """
    SELECT speaker, count(*) AS segments, sum(end_ms - start_ms) // 1000 AS seconds
    FROM best_segments WHERE speaker_kind = 'named' GROUP BY ALL ORDER BY seconds DESC LIMIT 8
"""
SIDE_BY_SIDE = """
    WITH pair AS (FROM agreement ORDER BY speech_ms_zoom DESC LIMIT 1)
    SELECT strftime(s.start_at, '%H:%M:%S') AS "when (UTC)", s.source AS "heard by",
        coalesce(s.speaker_name, s.speaker_label) AS speaker, s.text
    FROM segments s JOIN transcripts t USING (date, transcript_key) JOIN pair p
        ON s.recording_key IN (p.recording_key, p.zoom_recording_key)
    WHERE t.is_current AND s.kind = 'transcript' ORDER BY s.start_at LIMIT 12
"""
BESIDE_SPEECH = """
    SELECT strftime(said_at, '%H:%M:%S') AS "when (UTC)", sender AS "in the chat", text AS wrote,
        speaker_before AS "as they heard", text_before AS "say"
    FROM chat_beside_speech WHERE kind = 'message' AND speaker_before IS NOT NULL ORDER BY said_at LIMIT 5
"""
HOW_FAR_THEY_AGREE = """
    SELECT a.topic, a.source AS bot, round(100 * a.word_agreement) AS "words alike %",
        a.speakers_agreed AS "speakers alike", m.clock_offset_ms AS "clock apart ms", m.match_method AS "known by"
    FROM agreement a JOIN meeting_sources m USING (date, recording_key) ORDER BY a.topic, bot LIMIT 8
"""
NEXT = """
What to try next
  see what is awaited and why      .venv/bin/harvester status --home demo
  ask your own question            .venv/bin/harvester query --home demo "SELECT * FROM recordings"
  find what was said               .venv/bin/harvester search --home demo "budget"
  look at it in a browser          .venv/bin/harvester explore --home demo
  put right who said what          see "Putting it right" in the README: .venv/bin/harvester correct --help
  read it from Python              .venv/bin/python -c 'import pandas; print(pandas.read_parquet("demo/lake/segments"))'
  bots' own recordings             see "Meeting bots" in the README: .venv/bin/harvester bots --help
  rows within seconds              see "Within seconds" in the README: .venv/bin/harvester serve
  rehearse a bad day               .venv/bin/harvester sandbox --fault listing:429:times=2 --fault file:truncate=1000
  harvest your own account         put ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET into .env, then
                                   .venv/bin/harvester doctor && .venv/bin/harvester plan
"""


def main() -> int:
    """Run the demo in a fresh folder; the exit code is the first command's that failed."""
    from harvester.sandbox import Sandbox

    if HOME.exists() and not (HOME / ".harvester").is_dir():
        print(f"{HOME.resolve()} is not a folder of the demo's; move it away first", file=sys.stderr)  # noqa: T201
        return 1
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    # nothing of the operator's own settings, in the environment or in .env, may reach the demo
    foreign = {name: value for name, value in os.environ.items() if not name.upper().startswith(_OURS)}
    with Sandbox(_make_account()) as box:
        environment = {**foreign, **box.environment(), "HARVESTER_HOME": str(HOME.resolve())}
        for words in (
            ("nightly", "--since", "30d", "--participants"),
            ("nightly", "--since", "30d", "--participants"),
            ("status",),
            ("trigger", "event.json"),
            ("query", "--format", "table", WHO_SAID_WHAT),
            ("query", "--format", "table", TALK_TIME),
            ("query", "--format", "table", BESIDE_SPEECH),
            ("query", "--format", "table", SIDE_BY_SIDE),
            ("query", "--format", "table", HOW_FAR_THEY_AGREE),
        ):
            if words[0] == "trigger":
                print(f"\n# {_await_transcript(box)}")  # noqa: T201
            shown = " ".join(each if "\n" not in each else '"SELECT ..."' for each in words)
            print(f"\n$ harvester {shown}", flush=True)  # noqa: T201 - a demo talks
            command = [sys.executable, "-m", "jobs", *words]
            code = subprocess.run(command, env=environment, cwd=HOME, check=False).returncode  # noqa: S603 - our own
            if code:
                return code
    print(NEXT)  # noqa: T201
    return 0


def _make_account() -> SandboxAccount:
    """The demo's account with bots in its meetings, the newest first, so that what comes late is still awaited."""
    from harvester.sandbox import add_bots, demo_account

    account = demo_account()
    newest_first = tuple(sorted(account.meetings, key=lambda each: each.start_at, reverse=True))
    return replace(add_bots(replace(account, meetings=newest_first), seed=1), meetings=account.meetings)


def _await_transcript(box: Sandbox) -> str:
    """Let the account's late transcript appear, and write the event that Zoom sends then."""
    late = {
        file.available_at: meeting
        for meeting in box.account.meetings
        for file in meeting.files or ()
        if file.file_type == "TRANSCRIPT" and file.available_at
    }
    moment, meeting = max(late.items())
    box.set_now(moment)
    (HOME / "event.json").write_bytes(box.events.build("recording.transcript_completed", meeting.uuid))
    return f'The awaited transcript of "{meeting.topic}" is there, and Zoom sends recording.transcript_completed'


if __name__ == "__main__":
    sys.exit(main())
