"""The pages as one file that needs nothing else: a report over days, or one meeting to be read."""

from __future__ import annotations

from datetime import date, datetime

from harvester.errors import ExitCode, HarvesterError
from harvester.explore.filters import Filter
from harvester.explore.meeting_pages import find_meetings, meeting_page
from harvester.explore.pages import FAILURES_IN_FILE, MEETINGS_IN_FILE, report_file
from harvester.explore.queries import Values, days_of
from harvester.explore.render import render_file, show_moment
from harvester.lake.session import Session


class NoSuchMeeting(HarvesterError):
    """What was named is no recording in the lake, or several."""

    exit_code = ExitCode.USAGE


def build_report(session: Session, asked: Filter, *, made_at: datetime) -> str:
    """HTML of the range of days: calendar, meetings, talk time, and what failed."""
    context = report_file(session, asked)
    return render_file(
        "report.html", made_at=made_at, most_meetings=MEETINGS_IN_FILE, most_failures=FAILURES_IN_FILE, **context
    )


def build_meeting_report(session: Session, what: str, asked: Filter, *, made_at: datetime, api_base_url: str) -> str:
    """HTML of one meeting, named by recording_key, id, UUID or number. Raises NoSuchMeeting for none or several."""
    day, key = _find_one(session, what, asked)
    context = meeting_page(session, day, key, page=None, play=None, api_base_url=api_base_url)
    return render_file("meeting.html", made_at=made_at, **context)


def _find_one(session: Session, what: str, asked: Filter) -> tuple[date, str]:
    values: Values = {}
    rows = find_meetings(session, what, days_of(asked, values), **values)
    if not rows:
        raise NoSuchMeeting(
            f"the lake has no meeting {what!r} in these days",
            hint="name its recording_key, UUID or number; `harvester search` and `harvester explore` show them",
        )
    exact = [row for row in rows if row["recording_key"] == what]
    zoom = [row for row in rows if row["recording_key"].startswith("zoom:")]
    chosen = exact or zoom or rows
    if len(chosen) > 1:
        listed = "; ".join(f"{row['recording_key']} of {show_moment(row['started_at'])}" for row in chosen[:5])
        raise NoSuchMeeting(
            f"{what} names {len(chosen)} recordings: {listed}",
            hint="name one by its recording_key, or narrow the days with --from and --to",
        )
    return chosen[0]["date"], chosen[0]["recording_key"]
