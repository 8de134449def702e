"""The one `requests.Session` of a run, and the connections it keeps: which address was really reached is checked here.

Where a request may go by its address is `harvester.hosts`. Never sends a request.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import ProxyManager

from harvester import __version__
from harvester.errors import ConfigError, Refused
from harvester.hosts import Target, is_public

if TYPE_CHECKING:
    from requests.adapters import _HostParams, _PoolKwargs

_HOSTS_KEPT = 8
_CERT_REQS: Final = "CERT_REQUIRED"


def build_session(
    *,
    pool_size: int,
    allow_private: bool,
    proxies: Mapping[str, str] | None = None,
    ca_bundle: str | None = None,
) -> requests.Session:
    """One session for all threads of a run: no environment, no cookies, no retries, one TLS context.

    Without a proxy the address actually connected to must be public (unless `allow_private`), so that a name which
    resolves differently the second time cannot lead into the own network. A proxy resolves names by itself.
    """
    session = requests.Session()
    session.trust_env = False
    session.proxies = dict(proxies or {})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = f"zoom-harvester/{__version__}"
    adapter = _Adapter(build_tls_context(ca_bundle), pool_size=pool_size, allow_private=allow_private)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def pool_of(session: requests.Session, target: Target) -> HTTPConnectionPool:
    """The connections that a session of `build_session` keeps to the target's host, through its proxy if it has one.

    For whoever sends many small requests: what requests does around each costs more CPU than the request.
    """
    adapter = session.get_adapter(target.url)
    assert isinstance(adapter, HTTPAdapter)
    proxy = session.proxies.get(target.scheme)
    manager = adapter.proxy_manager_for(proxy) if proxy else adapter.poolmanager
    pool: HTTPConnectionPool = manager.connection_from_host(
        target.host, target.port, target.scheme, pool_kwargs={"cert_reqs": _CERT_REQS}
    )
    return pool


def build_tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """A verifying client context. Not `create_default_context`, which obeys SSLKEYLOGFILE from the environment."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    path = Path(ca_bundle or DEFAULT_CA_BUNDLE_PATH)
    try:
        if path.is_dir():
            context.load_verify_locations(capath=str(path))
        else:
            context.load_verify_locations(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"cannot read the CA bundle {path}", hint="name a PEM file or a hashed directory of certificates"
        ) from error
    return context


class _Adapter(HTTPAdapter):
    """Hands every connection the same loaded context.

    Requests would load the CA bundle anew for each connection, 30 ms of CPU (facts/perf.md 5). `verify` is not looked
    at, so it can neither be turned off nor redirected.
    """

    def __init__(self, context: ssl.SSLContext, *, pool_size: int, allow_private: bool) -> None:
        self._context = context
        self._allow_private = allow_private
        super().__init__(pool_connections=_HOSTS_KEPT, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002 - the inherited signature
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._context, **kwargs)
        if not self._allow_private:
            self.poolmanager.pool_classes_by_scheme = {"http": _PublicHttpPool, "https": _PublicHttpsPool}

    def proxy_manager_for(self, proxy: str, **kwargs: object) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
        return manager

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: bool | str,  # noqa: ARG002, FBT001 - the inherited signature
        cert: str | tuple[str, str] | None = None,  # noqa: ARG002
    ) -> tuple[_HostParams, _PoolKwargs]:
        host, _ = super().build_connection_pool_key_attributes(request, verify=True)
        return host, {"cert_reqs": _CERT_REQS}

    def cert_verify(self, *_args: object, **_kwargs: object) -> None:
        """The context has its certificates already."""


def _refuse_private(connected: socket.socket) -> socket.socket:
    """Close a fresh connection again, before a byte is sent, when it leads to a loopback or private address."""
    peer = connected.getpeername()[0]
    if is_public(ipaddress.ip_address(peer)):
        return connected
    connected.close()
    raise Refused(
        "a host name leads to a loopback or private address",
        hint="set a proxy if the network resolves public names to private addresses",
    )


class _PublicHttpConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _refuse_private(super()._new_conn())


class _PublicHttpsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _refuse_private(super()._new_conn())


class _PublicHttpPool(HTTPConnectionPool):
    ConnectionCls = _PublicHttpConnection


class _PublicHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHttpsConnection
