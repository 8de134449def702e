"""Where requests may go and what they may carry: the corpus of tricks, and the sockets behind it."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import subprocess
import threading
from urllib.parse import urlsplit

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import ConfigError, Refused
from harvester.hosts import HostPolicy, is_public, parse_target
from harvester.net import build_session, pool_of

ZOOM = HostPolicy(["https://api.zoom.us/v2", "https://bots.example.com/api"])
SANDBOX = HostPolicy(["http://127.0.0.1:8080/v2"])

TRUSTED = [
    "https://zoom.us/oauth/token",
    "https://ZOOM.us/rec/download/x",
    "https://us02web.zoom.us:443/rec/download/x?a=b",
    "https://company.zoomgov.com/rec",
    "https://api.zoom.us/v2/users",
    "https://bots.example.com/api/v1",
]
# Followed without a credential, never with one.
PUBLIC_ONLY = [
    "https://evil.example/zoom.us",
    "https://zoom.us.evil.example/x",
    "https://evilzoom.us/x",
    "https://zoom.us-evil.example/",
    "https://evil.example#.zoom.us",
    "https://evil.example?.zoom.us",
    "https://xn--zoom-9oa.us/",
    "https://api.bots.example.com/",
    "https://d111.cloudfront.net/a%2Fb.mp4?Policy=x&Signature=y~z_",
    "https://8.8.8.8/x",
    "https://[2606:4700:4700::1111]/x",
]
# Never asked at all.
NOWHERE = [
    "https://zoom.us@evil.example/",
    "https://user:password@zoom.us/",
    "https://@zoom.us/",
    "https://zoom.us\\@evil.example/",
    "https://evil.example\\.zoom.us/",
    "https://zoom.us%2eevil.example/",
    "https://zoom%2eus/",
    "https://zoom.us\t.evil.example/",
    "https://zoom.us\n.evil.example/",
    "https://zoom.us\x00.evil.example/",
    "https://zoom.us /",
    " https://zoom.us/",
    "https://zoom.us./",
    "https://ZOOM.US.:443/",
    "https://zoom\u3002us/",
    "https://zo\u03bfm.us/",
    "https://z\u014d\u014dm.us/",
    "https://zoom.us/\udc80",
    "https://zoom.us:8443/",
    "https://zoom.us:0/",
    "https://zoom.us:65536/",
    "https://zoom.us:+443/",
    "https://zoom.us:443:443/",
    "https://zoom.us:\u0664\u0664\u0663/",
    "https://evil.example:8443/",
    "http://zoom.us/rec/download/x",
    "http://evil.example/",
    "http://api.zoom.us/v2",
    "//zoom.us/x",
    "zoom.us/x",
    "https:zoom.us",
    "https:/zoom.us",
    "https:///zoom.us",
    "https://",
    "",
    "file:///etc/passwd",
    "gopher://zoom.us/",
    "ftp://zoom.us/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "https://localhost/",
    "https://a.localhost/",
    "https://intranet/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.1.2/",
    "https://evil.example.1/",
    "https://0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[ff02::1]/",
    "https://[v1.zoom.us]/",
    "https://[zoom.us]/",
    "https://-zoom.us/",
    "https://zoom..us/",
    "https://.zoom.us/",
    "https://" + "a." * 130 + "zoom.us/",
]


@pytest.mark.parametrize("url", TRUSTED)
def test_the_sources_own_hosts_may_see_the_token(url):
    """Zoom over https and the configured hosts, in any case, on their own port."""
    assert ZOOM.may_hold_credentials(url)
    assert ZOOM.may_follow(url)


@pytest.mark.parametrize("url", PUBLIC_ONLY)
def test_other_public_hosts_see_no_token(url):
    """What merely looks like a source's host is a stranger."""
    assert not ZOOM.may_hold_credentials(url)
    assert ZOOM.may_follow(url)


@pytest.mark.parametrize("url", NOWHERE)
def test_everything_else_is_never_asked(url):
    """Tricks, private addresses, plain http and odd ports get nothing, and the error quotes no URL."""
    assert not ZOOM.may_hold_credentials(url)
    assert not ZOOM.may_follow(url)
    with pytest.raises(Refused) as caught:
        ZOOM.check(url + "/?Signature=secret")
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("url", "credentials", "follow"),
    [
        ("http://127.0.0.1:8080/x", True, True),
        ("http://127.0.0.1:9090/x", False, True),
        ("http://localhost:8080/x", False, True),
        ("https://127.0.0.1:8080/x", False, True),
        ("http://10.1.2.3/x", False, True),
        ("https://cdn.example/x", False, True),
        ("http://cdn.example/x", False, False),
        ("http://127.0.0.1:8080@evil.example/x", False, False),
    ],
)
def test_a_sandbox_opens_local_addresses_only(url, credentials, follow):
    """A configured loopback address allows its like, and the token stays with exactly that scheme, host and port."""
    assert SANDBOX.may_hold_credentials(url) == credentials
    assert SANDBOX.may_follow(url) == follow
    assert SANDBOX.allows_private
    assert not ZOOM.allows_private


def test_a_broken_base_url_is_a_configuration_error():
    """Found at the start, and without quoting what may be a password."""
    with pytest.raises(ConfigError) as caught:
        HostPolicy(["https://me:hunter2@api.zoom.us"])
    assert "hunter2" not in str(caught.value)


_pieces = st.sampled_from(
    ["zoom.us", "evil.example", "@", "\\", "/", "//", ":", "443", "?", "#", "%2e", "%00", ".", "[", "]", "::1", " ",
     "\t", "\u3002", "xn--", "127.0.0.1", "0x7f", "a", "-", "_", ";", "&", "=", "\u00e4",
     "%", "%zz", "..", "|", '"', "<"]
)  # fmt: skip


@given(st.lists(_pieces, max_size=8).map("".join), st.sampled_from(["https://", "https:", "HTTPS://", "http://"]))
def test_the_checked_host_is_the_host_that_is_asked(rest, scheme):
    """However a URL is made up: urllib3 and requests read the host, port and scheme that were checked."""
    target = parse_target(scheme + rest)
    if target is None:
        return
    prepared = requests.Request("GET", target.url).prepare()
    again = urllib3.util.parse_url(prepared.url)
    assert (again.host or "").strip("[]") == target.host
    assert (again.scheme, again.port or {"https": 443, "http": 80}[target.scheme]) == (target.scheme, target.port)
    assert again.auth is None
    assert urlsplit(prepared.url).hostname == target.host
    assert parse_target(target.url) == target


def test_paths_and_queries_arrive_as_they_were_signed():
    """A signature covers the exact bytes of the query: escapes are neither undone nor doubled, fragments not sent."""
    url = "https://zoom.us/rec/a%2Fb/c==?Policy=a~b_&Signature=x%2By/z%3D&k=v;w#frag"
    target = parse_target(url)
    assert target is not None
    assert requests.Request("GET", target.url).prepare().url == url.removesuffix("#frag")
    spaced = parse_target("https://zoom.us/a b?q=\u00e4")
    assert spaced is not None
    assert spaced.url == "https://zoom.us/a%20b?q=%C3%A4"


@pytest.mark.parametrize(("address", "public"), [
    ("1.1.1.1", True), ("2606:4700::1", True), ("64:ff9b::808:808", True), ("::ffff:8.8.8.8", True),
    ("192.0.2.1", False), ("fe80::1%eth0", False), ("64:ff9b::a00:1", False), ("100::1", False),
])  # fmt: skip
def test_public_addresses(address, public):
    """An address inside another counts as itself."""
    assert is_public(ipaddress.ip_address(address)) == public


@pytest.fixture
def canary():
    """A listener that notes every byte anybody sends it."""
    received: list[bytes] = []

    def serve(listener):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(2)
                    received.append(connection.recv(65536))
                    if received[-1]:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=b\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1], received
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_a_name_that_resolves_to_loopback_gets_no_byte(canary):
    """DNS may say something else the second time: the connected address is checked, before anything is sent."""
    port, received = canary
    for scheme in ("http", "https"):
        with build_session(pool_size=1, allow_private=False) as session, pytest.raises(Refused):
            session.get(f"{scheme}://localhost:{port}/", timeout=5)
    assert set(received) <= {b""}


def test_a_session_trusts_nothing_around_it(canary, tmp_path, monkeypatch):
    """Proxy variables, .netrc, CA and key log variables of the environment, and cookies of servers change nothing."""
    port, received = canary
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n")
    key_log = tmp_path / "keys"
    settings = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "NETRC": str(netrc),
                "REQUESTS_CA_BUNDLE": "/nonexistent", "SSLKEYLOGFILE": str(key_log)}  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with build_session(pool_size=1, allow_private=True) as session:
        for _ in range(2):
            assert session.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 200
            session.get_adapter("http://").close()
        assert not session.cookies
    sent = b"".join(received)
    assert b"Authorization" not in sent
    assert b"Cookie" not in sent
    assert b"User-Agent: zoom-harvester/" in sent
    assert not key_log.exists()


def test_a_configured_proxy_is_used(canary):
    """The proxy the operator named gets the request; it resolves names by itself."""
    port, received = canary
    proxies = {"http": f"http://127.0.0.1:{port}"}
    with build_session(pool_size=1, allow_private=False, proxies=proxies) as session:
        assert session.get("http://files.example/x", timeout=5).status_code == 200
    assert received[0].startswith(b"GET http://files.example/x HTTP/1.1")


def test_downloads_use_the_sessions_own_connections():
    """The pool handed out is the one that a request of the session would use: same context, same checks, kept alive."""
    target = parse_target("https://files.example/x")
    assert target is not None
    with build_session(pool_size=1, allow_private=False) as session:
        adapter = session.get_adapter(target.url)
        prepared = requests.Request("GET", target.url).prepare()
        assert pool_of(session, target) is adapter.get_connection_with_tls_context(prepared, verify=True)


def test_downloads_go_through_the_configured_proxy(canary):
    """An https download asks the proxy for a tunnel, and no name is resolved here."""
    port, received = canary
    target = parse_target("https://files.example/x")
    assert target is not None
    proxies = {"https": f"http://127.0.0.1:{port}"}
    with (
        build_session(pool_size=1, allow_private=False, proxies=proxies) as session,
        pytest.raises(urllib3.exceptions.HTTPError),  # the listener says 200 and is no tunnel
    ):
        pool_of(session, target).urlopen("GET", target.path, retries=False, timeout=5)
    assert received[0].startswith(b"CONNECT files.example:443 HTTP/1.")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1, and one for another host."""
    folder = tmp_path_factory.mktemp("tls")
    for name, address in (("good", "IP:127.0.0.1"), ("wrong", "DNS:elsewhere.example")):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                   "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj", "/CN=x",
                   "-addext", f"subjectAltName={address}"]  # fmt: skip
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=30)
        except FileNotFoundError:
            pytest.skip("openssl is not installed")
    return folder


@contextlib.contextmanager
def tls_server(folder, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")

    def serve(listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                tls.recv(65536)
                tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize(
    ("served", "trusted", "accepted"),
    [("good", "good", True), ("good", None, False), ("good", "wrong", False), ("wrong", "wrong", False)],
    ids=["known CA", "unknown CA", "another CA", "wrong host"],
)
@pytest.mark.parametrize("verify", [None, False])
def test_certificates_are_checked_whatever_verify_says(certificate, served, trusted, accepted, verify):
    """Sharing one TLS context does not cost the check: unknown issuers and wrong names fail, even with verify off."""
    bundle = str(certificate / f"{trusted}.pem") if trusted else None
    with (
        tls_server(certificate, served) as url,
        build_session(pool_size=1, allow_private=True, ca_bundle=bundle) as session,
    ):
        if accepted:
            assert session.get(url, timeout=5, verify=verify).text == "ok"
        else:
            with pytest.raises(requests.exceptions.SSLError):
                session.get(url, timeout=5, verify=verify)
            target = parse_target(url)
            assert target is not None
            with pytest.raises(urllib3.exceptions.SSLError):
                pool_of(session, target).urlopen("GET", target.path, retries=False)


def test_a_missing_ca_bundle_is_a_configuration_error(tmp_path):
    """Named at the start with its path, not at the first connection."""
    with pytest.raises(ConfigError, match=r"ca\.pem"):
        build_session(pool_size=1, allow_private=False, ca_bundle=str(tmp_path / "ca.pem"))


def test_new_connections_do_not_load_the_ca_bundle_again(certificate, monkeypatch):
    """The bundle of 100 and more certificates is read once a run."""
    loads: list[dt.datetime] = []
    with (
        tls_server(certificate, "good") as url,
        build_session(pool_size=1, allow_private=True, ca_bundle=str(certificate / "good.pem")) as session,
    ):
        monkeypatch.setattr(
            ssl.SSLContext, "load_verify_locations", lambda *_a, **_k: loads.append(dt.datetime.now(dt.UTC))
        )
        for _ in range(3):
            assert session.get(url, timeout=5).text == "ok"
    assert loads == []
