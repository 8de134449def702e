"""A token goes to Zoom and to nobody else, under the production host policy, in a network of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from egress_urls import URLS
from rig import ROOT

NAMESPACE = ("unshare", "--net", "--mount")
PUBLIC = "45.33.32.156"


def why_not() -> str | None:
    """The reason why no network namespace can be had here, if so."""
    for tool in ("unshare", "ip", "openssl", "mount"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    tried = subprocess.run([*NAMESPACE, "ip", "link", "set", "lo", "up"], capture_output=True, text=True, check=False)
    return f"no namespaces: {tried.stderr.strip()}" if tried.returncode else None


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    place = tmp_path_factory.mktemp("egress")
    names = "subjectAltName=DNS:zoom.us,DNS:*.zoom.us"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=zoom.us",
        "-addext",
        names,
    ]
    subprocess.run([*made, "-keyout", place / "key", "-out", place / "cert"], check=True, capture_output=True)
    here = Path(__file__).parent
    ran = subprocess.run(
        [*NAMESPACE, sys.executable, here / "egress_child.py", place, place / "cert", place / "key"],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": f"{ROOT}:{here}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout)


def test_no_address_in_a_listing_gets_a_connection(report):
    """Of all download addresses offered, none but Zoom's own is connected to, and each is an error by name."""
    assert len(URLS) >= 120
    told = report["direct"]
    assert told["code"] == 3, told
    # a name of Zoom's own that leads into the house is connected to, seen, and left before a byte is sent
    assert [each for each in report["came_direct"] if each[2] or each[1] != 443] == []
    assert {each[0] for each in report["came_direct"]} <= {"127.0.0.1", "169.254.169.254"}
    assert told["errors"] == report["listed"] == len(URLS)


def test_no_address_in_an_event_gets_a_connection(report):
    """A signed event that brings addresses and a token of its own leads nowhere else either."""
    told = report["event"]
    assert told["code"] == 3, told
    assert told["errors"] == len(URLS) + 1, told  # and the one that was known, which never came
    assert [each for each in report["came_event"] if each[2] or each[1] != 443] == []
    assert {each[0] for each in report["came_event"]} <= {"127.0.0.1", "169.254.169.254"}


def test_no_redirect_carries_a_token_or_leads_into_the_house(report):
    """Redirects lead to public https only; what arrives there is a TLS greeting and never a token."""
    told = report["redirect"]
    assert told["code"] == 3, told
    assert report["hops_asked"] >= len(URLS)
    assert PUBLIC in {each[0] for each in report["came_redirect"]}  # the listeners hear what is allowed
    for address, port, said in report["came_redirect"]:
        heard = bytes.fromhex(said)
        assert b"t0k3n-canary" not in heard
        assert b"Authorization" not in heard
        assert port == 443, (address, port)
        assert address == PUBLIC or not heard, (address, heard)
        assert not heard or heard[:1] == b"\x16", heard[:40]
    assert {each[0] for each in report["came_redirect"]} <= {PUBLIC, "127.0.0.1", "169.254.169.254"}
