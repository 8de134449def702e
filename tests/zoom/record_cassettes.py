"""Record the contract cassettes: `python tests/zoom/record_cassettes.py`.

A small server answers in the shapes Zoom was observed to use, with invented values and with secrets in all the
places where Zoom has them; the hooks below take them out on the way to the file, as they would for a real account.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import requests
import vcr

from harvester.clock import SystemClock
from harvester.zoom.source import ZoomSource

FOLDER = Path(__file__).resolve().parents[1] / "cassettes" / "zoom"
API, OAUTH = "https://api.zoom.us/v2", "https://zoom.us/oauth/token"
UUID = "/aB3dEfGhIjKlMnOpQrStw=="
SECRET_KEYS = re.compile(r"token|pass|secret|pwd")
PLAIN = {"topic": "A meeting", "host_email": "host@example.com", "account_id": "ACCOUNT", "next_page_token": None}


def a_file(number, file_type, extension, recording_type):
    return {
        "id": f"00000000-0000-4000-8000-00000000000{number}",
        "meeting_id": UUID,
        "recording_start": "2026-11-05T10:00:00Z",
        "recording_end": "2026-11-05T10:30:00Z",
        "file_type": file_type,
        "file_extension": extension,
        "file_size": 1000 * number,
        "play_url": f"https://us06web.zoom.us/rec/play/canary-play-{number}",
        "download_url": f"https://us06web.zoom.us/rec/download/canary-download-{number}",
        "status": "completed",
        "recording_type": recording_type,
    }


def a_meeting(uuid, **more):
    return {
        "uuid": uuid,
        "id": 85746065430,
        "account_id": "canary-account",
        "host_id": "HOST",
        "topic": "canary topic",
        "type": 2,
        "start_time": "2026-11-05T10:00:00Z",
        "timezone": "",
        "duration": 30,
        "total_size": 6000,
        "recording_count": 3,
        "share_url": "https://us06web.zoom.us/rec/share/canary-share",
        "recording_play_passcode": "canary-passcode",
        "recording_files": [
            a_file(1, "MP4", "MP4", "shared_screen_with_speaker_view"),
            a_file(2, "TRANSCRIPT", "VTT", "audio_transcript"),
            a_file(3, "TIMELINE", "JSON", "timeline"),
        ],
        **more,
    }


def a_page(*meetings, token=""):
    return {
        "from": "2026-11-01",
        "to": "2026-11-08",
        "page_size": 300,
        "total_records": 2,
        "next_page_token": token,
        "meetings": list(meetings),
    }


def answer(path, query):
    if path == "/oauth/token":
        return {
            "access_token": "eyJhbGciOiJIUzUxMiJ9.canary-access.sig",
            "token_type": "bearer",
            "expires_in": 3599,
            "scope": "cloud_recording:read:list_recording_files:admin",
            "api_url": "https://api.zoom.us",
        }
    if path == "/v2/accounts/me/recordings":
        if "next_page_token" in query:
            return a_page(a_meeting("cD3dEfGhIjKlMnOpQrStw=="))
        return a_page(a_meeting(UUID), token="second")
    return a_meeting(UUID, password="canary-password", download_access_token="eyJhbGciOiJIUzUxMiJ9.canary.sig")


def scrub_request(request):
    """Zoom's own addresses in place of the server's, and nobody's account."""
    parts = urlsplit(request.uri)
    base = OAUTH if parts.path == "/oauth/token" else API + parts.path.removeprefix("/v2")
    request.uri = base + (f"?{parts.query}" if parts.query else "")
    return request


def scrub_response(response):
    """Bodies and cookies are not filtered by vcrpy's options."""
    body = json.dumps(scrub_value("", json.loads(response["body"]["string"]))).encode()
    response["body"]["string"] = body
    response["headers"] = {"Content-Type": ["application/json"], "Content-Length": [str(len(body))]}
    return response


def scrub_value(key, value):
    if isinstance(value, dict):
        return {name: scrub_value(name, each) for name, each in value.items()}
    if isinstance(value, list):
        return [scrub_value(key, each) for each in value]
    if key in PLAIN:
        return PLAIN[key] or value
    if key.endswith("_url") and key != "api_url":
        return "https://us06web.zoom.us/rec/REMOVED"
    return "REMOVED" if SECRET_KEYS.search(key) and key != "token_type" else value


def build_recorder(mode):
    return vcr.VCR(
        cassette_library_dir=str(FOLDER),
        record_mode=mode,
        match_on=["method", "scheme", "host", "path", "query", "body"],
        filter_headers=["authorization", "user-agent", "cookie"],
        filter_post_data_parameters=[("account_id", "ACCOUNT")],
        before_record_request=scrub_request,
        before_record_response=scrub_response,
        decode_compressed_response=True,
    )


def build_source(session, *, api=API, oauth=OAUTH):
    return ZoomSource(
        account_id="canary-account",
        client_id="canary-client",
        client_secret="canary-secret",
        api_base_url=api,
        oauth_url=oauth,
        session=session,
        clock=SystemClock(),
        calls_per_second=1000.0,
    )


class Handler(BaseHTTPRequestHandler):
    """Answers every request at once."""

    def _serve(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        data = json.dumps(answer(parts.path, parts.query)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", "canary-cookie=1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = _serve  # noqa: N815

    def log_message(self, *args):
        """Stay silent."""


def record(scenarios):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    for name, run in scenarios.items():
        (FOLDER / f"{name}.yaml").unlink(missing_ok=True)
        with requests.Session() as session, build_recorder("once").use_cassette(f"{name}.yaml"):
            session.trust_env = False
            run(build_source(session, api=f"{url}/v2", oauth=f"{url}/oauth/token"))
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from test_zoom_contract import SCENARIOS

    record(SCENARIOS)
