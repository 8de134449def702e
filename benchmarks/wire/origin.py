"""Zoom's two hosts as a benchmark needs them: TLS, a real web server for the bytes, and a long line if wanted.

nginx ends TLS for both. Calls and downloads of the first host go to the sandbox, which redirects downloads to the
second, and that one serves files from the disk. nginx's log of the second host tells whether a token came along.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from benchmarks.measure import ROOT, environment
from benchmarks.wire.files import FileSet
from harvester.sandbox import Sandbox

NEEDED = ("nginx", "openssl")
_ENDING_S = 10.0

_CONFIG = """
daemon off; pid {work}/nginx.pid; error_log {work}/error.log warn; worker_processes 2; {user}
events {{ worker_connections 1024; }}
http {{
  sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 75; keepalive_requests 1000000;
  default_type application/octet-stream; open_file_cache max=4000 inactive=60s;
  client_body_temp_path {work}/t1; proxy_temp_path {work}/t2; fastcgi_temp_path {work}/t3;
  uwsgi_temp_path {work}/t4; scgi_temp_path {work}/t5;
  ssl_certificate {certs}/server.pem; ssl_certificate_key {certs}/server.key; ssl_protocols TLSv1.2 TLSv1.3;
  map $http_authorization $credential {{ "" none; default TOKEN; }}
  log_format short '$status $credential "$args"';
  access_log off;
  upstream sandbox {{ server 127.0.0.1:{sandbox}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{api} ssl backlog=512;
    location / {{
      proxy_pass http://sandbox; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host $http_host;
    }}
    {direct}
  }}
  server {{
    listen 127.0.0.1:{files} ssl backlog=512; access_log {work}/files.log short;
    location ~ "/([0-9a-f-]{{36}})/[^/]+$" {{ alias {folder}/$1; }}
  }}
}}
"""
_DIRECT = 'location ~ "^/rec/download/[^/]*[.]([0-9a-f-]{{36}})$" {{ alias {folder}/$1; }}'


@dataclass(frozen=True, slots=True)
class Line:
    """How far away the hosts are; None for a cap means that only the link of 1 Gbit/s limits."""

    rtt_ms: float
    cap_bytes_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """A running pair of hosts."""

    box: Sandbox
    files: FileSet
    bundle: Path
    log: Path

    def tokens_at_second_host(self) -> tuple[int, int]:
        """Requests that brought a credential to the file host, in a header or in the query; and all requests."""
        lines = self.log.read_text().splitlines()
        return sum(" TOKEN " in line or "access_token" in line for line in lines), len(lines)


def missing(*tools: str) -> str | None:
    """Why a row cannot be measured here, or None."""
    absent = [tool for tool in (*NEEDED, *tools) if shutil.which(tool) is None]
    return f"no {' and no '.join(absent)} here" if absent else None


def make_certificates(folder: Path) -> Path:
    """A test CA, a certificate for 127.0.0.1, and the usual CA bundle with the test CA added, as a company has it."""
    folder.mkdir()
    ca = ("-x509", "-days", "2", "-subj", "/CN=Benchmark CA", "-keyout", "ca.key", "-out", "ca.pem")
    _openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", *ca)
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n")
    _openssl(
        folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "server.key", "-out", "csr"
    )
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san")
    _openssl(folder, "x509", "-req", "-in", "csr", *signed, "-out", "server.pem")
    bundle = folder / "bundle.pem"
    bundle.write_bytes(Path(DEFAULT_CA_BUNDLE_PATH).read_bytes() + (folder / "ca.pem").read_bytes())
    return bundle


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@contextlib.contextmanager
def serve(work: Path, files: FileSet, *, line: Line | None = None, redirect: bool = True) -> Iterator[Origin]:
    """Both hosts until the end of the `with`; without `redirect` the first serves the files itself."""
    certs = work / "certs"
    bundle = certs / "bundle.pem" if certs.exists() else make_certificates(certs)
    log = work / "files.log"
    log.unlink(missing_ok=True)
    sandbox_port, api, second, far_api, far_second = _free_ports(5)
    text = _CONFIG.format(
        work=work,
        certs=certs,
        sandbox=sandbox_port,
        api=api,
        files=second,
        folder=files.folder,
        user="user root;" if os.geteuid() == 0 else "",
        direct="" if redirect else _DIRECT.format(folder=files.folder),
    )
    (work / "nginx.conf").write_text(text)
    shown = (far_api, far_second) if line else (api, second)
    origins = [f"https://127.0.0.1:{port}" for port in shown]
    with contextlib.ExitStack() as stack:
        box = Sandbox(files.account, port=sandbox_port, api_origin=origins[0], file_origin=origins[1])
        stack.enter_context(box)
        stack.enter_context(_running(["nginx", "-c", str(work / "nginx.conf"), "-p", str(work)]))
        if line:
            words = ["--rtt-ms", str(line.rtt_ms), "--pair", f"{far_api}:{api}", "--pair", f"{far_second}:{second}"]
            cap = ["--cap", str(line.cap_bytes_per_s)] if line.cap_bytes_per_s else []
            stack.enter_context(_running([sys.executable, "-m", "benchmarks.wire.delay", *words, *cap]))
        for port in (api, second, *(shown if line else ())):
            _wait_for(port)
        yield Origin(box, files, bundle, log)


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(_ENDING_S)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in taken]


def _wait_for(port: int) -> None:
    until = time.monotonic() + _ENDING_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
