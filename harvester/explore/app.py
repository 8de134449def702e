"""The pages over HTTP: an address in, a page out. What a page shows is `pages`, who is answered `security`.

Decides which addresses there are and with what status an error is told. Every error is a page that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from harvester.errors import Absent, Damaged, HarvesterError
from harvester.explore.filters import BadAddress, read_choice, read_day, read_filter, read_number, read_text
from harvester.explore.media import find_file, media_type
from harvester.explore.meeting_pages import beside_page, find_media, meeting_page
from harvester.explore.pages import meetings_page, speaker_page, speakers_page, start_page
from harvester.explore.render import STATIC, read_static, render_page
from harvester.explore.security import Guard
from harvester.explore.speech import Index, place_hits, search_speech
from harvester.lake.query import QueryRefused
from harvester.lake.session import Sessions

_FOREVER = "public, max-age=31536000, immutable"
_LONGEST_KEY = 2_000

_STATUS: tuple[tuple[type[HarvesterError], int], ...] = (
    (BadAddress, 400),
    (Absent, 404),
    (Damaged, 404),
    (HarvesterError, 503),
)
_TITLES = {400: "This address cannot be read", 404: "This is not here", 503: "This cannot be shown now"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explorer:
    """What the pages work with."""

    sessions: Sessions
    archive: Path
    index: Index
    api_base_url: str

    def build_app(self, *, token: str | None, is_local: bool) -> ASGIApp:
        """Guarded; see `harvester.explore.security`."""
        pages = {
            "/": self.show_start,
            "/meetings": self.show_meetings,
            "/search": self.show_search,
            "/speakers": self.show_speakers,
            "/speaker": self.show_speaker,
            "/meeting/{day}/{key:path}": self.show_meeting,
            "/beside/{day}/{key:path}": self.show_beside,
            "/media/{day}/{key:path}": self.give_media,
            "/static/{name}": give_static,
        }
        app = Starlette(
            routes=[Route(path, page, methods=["GET"]) for path, page in pages.items()],
            exception_handlers={HTTPException: _show_http_error, HarvesterError: _show_error},
        )
        return Guard(app, token, is_local)

    def show_start(self, request: Request) -> Response:
        year = read_number(request.query_params, "year") if "year" in request.query_params else None
        context = self.sessions.run(lambda session: start_page(session, year))
        return _page("start.html", **context)

    def show_meetings(self, request: Request) -> Response:
        asked = read_filter(request.query_params)
        return _page("meetings.html", **self.sessions.run(lambda session: meetings_page(session, asked)))

    def show_search(self, request: Request) -> Response:
        asked = read_filter(request.query_params)
        found = search_speech(self.sessions.lake, asked, self.index, timeout_s=self.sessions.timeout_s)
        hits = self.sessions.run(lambda session: place_hits(session, found.hits, api_base_url=self.api_base_url))
        return _page("search.html", asked=asked, total=found.total, hits=hits, q=asked.text, index=self.index)

    def show_speakers(self, request: Request) -> Response:
        asked = read_filter(request.query_params)
        return _page("speakers.html", **self.sessions.run(lambda session: speakers_page(session, asked)))

    def show_speaker(self, request: Request) -> Response:
        name = read_text(request.query_params, "name", longest=_LONGEST_KEY)
        asked = read_filter(request.query_params)
        return _page("speaker.html", **self.sessions.run(lambda session: speaker_page(session, name, asked)))

    def show_meeting(self, request: Request) -> Response:
        day, key = _read_place(request)
        page = read_number(request.query_params, "page")
        play = read_choice(request.query_params, "play", ("video", "audio"))
        context = self.sessions.run(
            lambda session: meeting_page(session, day, key, page=page, play=play, api_base_url=self.api_base_url),
            day=day,
        )
        return _page("meeting.html", **context)

    def show_beside(self, request: Request) -> Response:
        day, key = _read_place(request)
        other_day = read_day(request.query_params, "day") or day
        other = read_text(request.query_params, "with", longest=_LONGEST_KEY)
        if abs(day - other_day) > timedelta(days=1):
            raise BadAddress(
                f"{day} and {other_day} are no days of one meeting", hint="open it from the meeting's page"
            )
        context = self.sessions.run(lambda session: beside_page(session, day, key, other_day, other), day=day)
        return _page("beside.html", **context)

    def give_media(self, request: Request) -> Response:
        """Bytes of an audio or video file, whole or in ranges."""
        day, key = _read_place(request)
        file_key = read_text(request.query_params, "file", longest=_LONGEST_KEY)
        row = self.sessions.run(lambda session: find_media(session, day, key, file_key), day=day)
        kind = media_type(row["file_extension"]) if row["kind"] in {"video", "audio"} else None
        if kind is None or row["archive_path"] is None:
            raise Absent("this file is nothing to play", hint="open the meeting and play it from there")
        path = find_file(self.archive, row["archive_path"])
        return FileResponse(path, media_type=kind, stat_result=path.lstat())


def give_static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    return Response(read_static(name), media_type=STATIC[name], headers={"cache-control": _FOREVER})


def _read_place(request: Request) -> tuple[date, str]:
    parameters: Mapping[str, str] = request.path_params
    day = read_day(parameters, "day")
    assert day, "the route needs it"
    return day, parameters["key"]


def _page(template: str, /, *, status: int = 200, **context: object) -> Response:
    return HTMLResponse(render_page(template, **{"q": "", **context}), status)


def _show_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HarvesterError)
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    # no question of ours is wrong by itself: what DuckDB cannot read is a file
    hint = "`harvester verify` says what is damaged" if isinstance(error, QueryRefused) else error.hint
    return _page("error.html", status=status, title=_TITLES[status], message=error.message, hint=hint)


def _show_http_error(_request: Request, error: Exception) -> Response:
    """What the routes themselves refuse."""
    assert isinstance(error, HTTPException)
    title = _TITLES.get(error.status_code, "This cannot be done")
    hint = "begin with the calendar, or look for a meeting in the list"
    return _page("error.html", status=error.status_code, title=title, message=error.detail, hint=hint)
