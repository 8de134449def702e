"""Every test starts in an empty folder, without settings of ours, and reaches nothing but this machine."""

from __future__ import annotations

import ipaddress
import os
import socket

import pytest
from hypothesis import settings

OURS = ("ZOOM_", "HARVESTER_")

# the time one example takes says more about who else is at work on the machine than about the code
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path_factory):
    """No setting of the developer's reaches a test, and no file of a test reaches the checkout."""
    for name in os.environ:
        if name.upper().startswith(OURS):
            monkeypatch.delenv(name)
    place = tmp_path_factory.mktemp("cwd")
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.chdir(place)


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch):
    """A connection or a look-up that would leave the machine fails the test that tried it."""
    monkeypatch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", _looked_up_here(socket.getaddrinfo))


def _guarded(connect):
    def guarded(self, address):
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            pytest.fail(f"a test tried to connect to {address[0]}")
        return connect(self, address)

    return guarded


def _looked_up_here(getaddrinfo):
    def looked_up(host, *args, **kwargs):
        if host not in {None, "", "localhost"} and not _is_address(host):
            pytest.fail(f"a test tried to look up {host}")
        return getaddrinfo(host, *args, **kwargs)

    return looked_up


def _is_here(host):
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host):
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return True
