"""A Zoom that only lists, as fast as a socket can: pages made once, so that the server is not what is measured.

As a program it serves, or with `--ask URL RATE` is the client that asks for every page and does nothing with it.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import requests

PAGE = 300
ENVIRONMENT = {"ZOOM_ACCOUNT_ID": "account", "ZOOM_CLIENT_ID": "client", "ZOOM_CLIENT_SECRET": "secret"}
_FILES = (("MP4", "shared_screen_with_speaker_view"), ("M4A", "audio_only"), ("TRANSCRIPT", "audio_transcript"))
_MORE = (("CHAT", "chat_file"), ("TIMELINE", "timeline"))
_FIRST = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=20)


def build_entry(number: int) -> dict[str, Any]:
    """A listed recording with five files, in the fields and lengths of Zoom's own."""
    uuid = base64.b64encode(number.to_bytes(16, "big")).decode()
    start = (_FIRST + timedelta(seconds=number % 1_700_000)).isoformat()[:19] + "Z"
    return {
        "uuid": uuid,
        "id": 90_000_000_000 + number,
        "account_id": "account",
        "host_id": "h" * 22,
        "topic": f"Meeting number {number}",
        "type": 2,
        "start_time": start,
        "timezone": "UTC",
        "duration": 42,
        "total_size": 123_456_789,
        "recording_count": 5,
        "share_url": f"https://zoom.us/rec/share/{number:060}",
        "recording_files": [
            {
                "id": f"{number:08x}-0000-4000-8000-{index:012x}",
                "meeting_id": uuid,
                "recording_start": start,
                "recording_end": start,
                "file_type": file_type,
                "file_extension": "BIN",
                "file_size": 1_234_567,
                "play_url": f"https://zoom.us/rec/play/{number:080}",
                "download_url": f"https://zoom.us/rec/download/{number:080}",
                "status": "completed",
                "recording_type": recording_type,
            }
            for index, (file_type, recording_type) in enumerate((*_FILES, *_MORE))
        ],
        "recording_play_passcode": "p" * 32,
    }


def build_page(first: int, recordings: int, query: dict[str, list[str]]) -> bytes:
    after = first + PAGE
    document = {
        "from": query["from"][0],
        "to": query["to"][0],
        "page_size": PAGE,
        "total_records": recordings,
        "next_page_token": str(after) if after < recordings else "",
        "meetings": [build_entry(number) for number in range(first, min(after, recordings))],
    }
    return json.dumps(document).encode()


class ListingServer:
    """The server as a process of its own, from `with` until its end."""

    def __init__(self, recordings: int) -> None:
        self._recordings = recordings

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.listing_server", str(self._recordings)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._origin = self._process.stdout.readline().strip()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def api_base_url(self) -> str:
        return f"{self._origin}/v2"

    def environment(self) -> dict[str, str]:
        return {"ZOOM_API_BASE_URL": self.api_base_url, "ZOOM_OAUTH_URL": f"{self._origin}/oauth/token"}


def serve(recordings: int) -> None:
    today = datetime.now(UTC).date()
    kept: dict[tuple[str, int], bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(json.dumps({"access_token": "t" * 40, "expires_in": 3600}).encode())

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            # everything lies in the newest window; an older one is empty
            total = recordings if query["to"][0] >= str(today) else 0
            first = int(query.get("next_page_token", ["0"])[0])
            at = (query["to"][0], first)
            if at not in kept:
                kept[at] = build_page(first, total, query)
            self._answer(kept[at])

        def _answer(self, data: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the inherited signature

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


def ask(base_url: str, rate: float) -> None:
    """Fetch every page of the newest 30 days at `rate` calls a second, as one session."""
    today = datetime.now(UTC).date()
    params = {"page_size": str(PAGE), "from": str(today - timedelta(days=29)), "to": str(today + timedelta(days=1))}
    with requests.Session() as session:
        session.trust_env = False
        free_at = time.monotonic()
        while True:
            time.sleep(max(free_at - time.monotonic(), 0))
            free_at = time.monotonic() + 1 / rate
            page = session.get(f"{base_url}/accounts/me/recordings", params=params, timeout=60).content
            # the token stands before the recordings
            token = page[: page.index(b'"meetings"')].partition(b'"next_page_token": "')[2].partition(b'"')[0].decode()
            if not token:
                return
            params["next_page_token"] = token


if __name__ == "__main__":
    if sys.argv[1] == "--ask":
        ask(sys.argv[2], float(sys.argv[3]))
    else:
        serve(int(sys.argv[1]))
