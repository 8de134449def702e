"""Run inside a network namespace of its own: every address of the corpus, offered to the real command, by three doors.

Names are Zoom's real ones, so the host policy is that of production: `api.zoom.us` stands in /etc/hosts with a public
address of this namespace's loopback, behind TLS of a test CA. Every other address has listeners that note who came.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from egress_urls import URLS

from harvester.sandbox import Fault, Sandbox, generate_account

ZOOM, EVIL = "170.114.0.1", "45.33.32.156"
PRIVATE = ("169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "192.0.0.1")
LOOPBACK = ("127.0.0.1", "127.0.0.2", "::1")
PORTS = (80, 443, 8080, 8443)
NAMES = {
    ZOOM: "zoom.us api.zoom.us files.zoom.us",
    EVIL: "evil.example zoom.us.evil.example zoom.us-evil.example evilzoom.us xn--zoom-9oa.us",
    "127.0.0.1": "localhost rebind.zoom.us intranet a.localhost",
    "169.254.169.254": "metadata.zoom.us",
}
TODAY = datetime.now(UTC).date()
came: list[tuple[str, int, str]] = []


def main() -> None:
    place, cert, key = (Path(each) for each in sys.argv[1:4])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in (ZOOM, EVIL, *PRIVATE):
        subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)
    hosts = place / "hosts"
    hosts.write_text("".join(f"{address} {names}\n" for address, names in NAMES.items()))
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    for address in (EVIL, *PRIVATE, *LOOPBACK):
        for port in PORTS:
            threading.Thread(target=listen, args=(address, port), daemon=True).start()
    with Sandbox(generate_account(meetings=1, seed=3, days=2, cues=2, media_bytes=500)) as box:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        inner = ("127.0.0.1", int(box.api_base_url.split(":")[2].split("/")[0]))
        threading.Thread(target=terminate_tls, args=(context, inner), daemon=True).start()
        listed = offer(box, {f"direct-{number:03}": url for number, url in enumerate(URLS)})
        direct = run(box, place / "direct", cert)
        doors = {f"hop-{number:03}": f"https://api.zoom.us/rec/download/hop-{number:03}" for number in range(len(URLS))}
        box.faults.clear()
        offer(box, doors)
        for number, url in enumerate(URLS):
            if url.isprintable():
                box.faults.add(Fault("download", "redirect", url, times=None, path=f"hop-{number:03}"))
        marker = len(came)
        redirect = run(box, place / "redirect", cert)
        asked = sum(each.kind == "download" for each in box.requests)
        box.faults.clear()
        second = len(came)
        event = tell(box, place / "event", cert)
    sys.stdout.write(
        json.dumps(
            {
                "direct": direct,
                "redirect": redirect,
                "came_direct": came[:marker],
                "came_redirect": came[marker:second],
                "event": event,
                "came_event": came[second:],
                "hops_asked": asked,
                "listed": listed,
            }
        )
    )


def offer(box: Sandbox, urls: dict[str, str]) -> int:
    """List one recording with a file for each address."""
    times = {"recording_start": f"{TODAY}T00:00:00Z", "recording_end": f"{TODAY}T00:01:00Z", "status": "completed"}
    files = [
        {"id": name, "file_type": "CHAT", "file_extension": "TXT", "file_size": 5, "download_url": url, **times}
        for name, url in urls.items()
    ]
    detail = {"uuid": "egress", "start_time": f"{TODAY}T00:00:00Z", "duration": 1, "recording_files": files}
    page = {"from": str(TODAY - timedelta(days=9)), "to": str(TODAY + timedelta(days=1)), "meetings": [detail]}
    box.faults.add(Fault("listing", "status", 200, times=None, body=json.dumps(page).encode()))
    token = {"download_access_token": "t0k3n-canary-" + "x" * 20}
    box.faults.add(Fault("meeting", "status", 200, times=None, body=json.dumps(detail | token).encode()))
    return len(files)


def tell(box: Sandbox, home: Path, cert: Path) -> dict[str, object]:
    """An event about a known recording that brings a token, and an address of the corpus for each new file."""
    offer(box, {"known": "https://api.zoom.us/rec/download/known"})
    run(box, home, cert)
    files = [
        {"id": f"event-{number:03}", "file_type": "CHAT", "file_size": 5, "download_url": url, "status": "completed"}
        for number, url in enumerate(URLS)
    ]
    subject = {"uuid": "egress", "start_time": f"{TODAY}T00:00:00Z", "recording_files": files}
    payload = {"account_id": box.account.id, "object": subject}
    event = {
        "event": "recording.transcript_completed",
        "payload": payload,
        "download_token": "t0k3n-canary-" + "y" * 20,
    }
    (home / "event.json").write_text(json.dumps(event))
    return run(box, home, cert, "trigger", "event.json", "--json")


def run(box: Sandbox, home: Path, cert: Path, *words: str) -> dict[str, object]:
    """The real command under the production addresses: a night, unless told otherwise."""
    home.mkdir(exist_ok=True)
    env = {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPATH")},
        "ZOOM_ACCOUNT_ID": box.account.id,
        "ZOOM_CLIENT_ID": box.account.client_id,
        "ZOOM_CLIENT_SECRET": box.account.client_secret,
        "HARVESTER_CA_BUNDLE": str(cert),
        "HTTPS_PROXY": f"http://{EVIL}:8080",  # of the environment: never obeyed
        "HOME": str(home),
    }
    ran = subprocess.run(
        [sys.executable, __file__, *(words or ("nightly", "--json"))],
        cwd=home,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(ran.stdout) if ran.stdout.strip() else {}
    report = report.get("run") or report
    kinds = sorted({each["kind"] for each in report.get("errors", [])})
    return {"code": ran.returncode, "errors": len(report.get("errors", [])), "kinds": kinds, "said": ran.stderr[-3000:]}


def command() -> None:
    """The command itself; only that it tries again soon, as a night's waits are of no interest here."""
    from harvester.retry import RetryPolicy
    from harvester.zoom import ZoomSource

    RetryPolicy.__init__.__defaults__ = (2, 0.02, 0.05)
    ZoomSource.__init__.__kwdefaults__["retry"] = RetryPolicy()
    from jobs.cli import main as run_command

    run_command()


def listen(address: str, port: int) -> None:
    """Write down every connection and what it says before it goes away."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=family) as listener:
        while True:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(0.5)
                came.append((address, port, connection.recv(4096).hex()))


def terminate_tls(context: ssl.SSLContext, inner: tuple[str, int]) -> None:
    with socket.create_server((ZOOM, 443), backlog=128) as listener:
        while True:
            outer, _ = listener.accept()
            threading.Thread(target=serve, args=(context, outer, inner), daemon=True).start()


def serve(context: ssl.SSLContext, outer: socket.socket, inner: tuple[str, int]) -> None:
    with (
        contextlib.suppress(OSError),
        context.wrap_socket(outer, server_side=True) as near,
        socket.create_connection(inner) as far,
    ):
        threading.Thread(target=pipe, args=(far, near), daemon=True).start()
        pipe(near, far)


def pipe(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    command() if sys.argv[1] in {"nightly", "trigger"} else main()
