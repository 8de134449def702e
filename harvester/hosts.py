"""Where a request may go and what may go with it: which hosts see a credential, which addresses are reached at all.

Pure: decides on addresses, and never sends a request; whoever follows a redirect asks at every hop (`follow`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

from harvester.errors import ConfigError, Refused, Retriable

MAX_HOPS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ZOOM_DOMAINS = ("zoom.us", "zoomgov.com")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LABELS = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)
# A last label of this form makes a resolver read the whole name as an IPv4 address: 2130706433, 0x7f.1, 127.1
_NUMERIC_END = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)", re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LONGEST_NAME = 253

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to the open internet; an IPv4 address wrapped in IPv6 counts as what it wraps."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.teredo or address.scope_id:
            return False
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(wrapped)
    return address.is_global and not address.is_multicast and not address.is_reserved


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart once; `url` is put together again from the very parts that were checked."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def address(self) -> IpAddress | None:
        return _parse_address(self.host)

    @property
    def is_local(self) -> bool:
        """Loopback or private as far as the name shows it; what a name resolves to is checked on connecting."""
        if self.address is not None:
            return not is_public(self.address)
        return "." not in self.host or self.host.endswith(".localhost")

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def parse_target(url: str) -> Target | None:
    """Take a URL apart, or None for anything two parsers could read in two ways."""
    if _FORBIDDEN.search(url) or url != url.strip():
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    host = _parse_host(parts.netloc)
    if scheme not in _DEFAULT_PORTS or host is None or port == 0:
        return None
    # What is not ASCII or not legal in a URL is escaped here, so that nothing after us changes it once more.
    path = quote(parts.path or "/", safe="/:@!$&'()*+,;=~-._%")
    query = quote(parts.query, safe="/:@!$&'()*+,;=~-._%?")
    return Target(scheme, host, port or _DEFAULT_PORTS[scheme], f"{path}?{query}" if query else path)


def _parse_host(netloc: str) -> str | None:
    """Lower-case ASCII name or canonical IP address; None for user info, escapes, trailing dots and number tricks."""
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](:\d{1,5})?", netloc, re.ASCII)
    plain = re.fullmatch(r"([^:@\[\]%]+)(:\d{1,5})?", netloc)
    if bracketed:
        address = _parse_address(bracketed[1])
        return str(address) if address is not None else None
    if not plain:
        return None
    host = plain[1].lower()
    if not plain[1].isascii() or len(host) > _LONGEST_NAME or not _LABELS.fullmatch(host):
        return None
    if _NUMERIC_END.fullmatch(host) and _parse_address(host) is None:
        return None
    return host


def _parse_address(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """Whom a credential may be shown to and where a download may lead (DESIGN section 5).

    `base_urls` are those the operator configured; a loopback or private one among them is a sandbox or a test, and
    only then are such addresses, and plain http, reached at all.
    """

    base_urls: Sequence[str]
    _bases: tuple[Target, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a base URL that is no URL, before anything is sent."""
        object.__setattr__(self, "base_urls", tuple(self.base_urls))
        bases = [parse_target(url) for url in self.base_urls]
        if None in bases:
            raise ConfigError(
                "a configured base URL is not a plain http or https address",
                hint="write it as https://host/path, without user name, password or escapes in the host",
            )
        # taken apart once: the policy is asked several times for every file
        object.__setattr__(self, "_bases", tuple(base for base in bases if base is not None))

    @property
    def allows_private(self) -> bool:
        """For `build_session(allow_private=...)`: a configured base URL is itself such an address."""
        return any(base.is_local for base in self._bases)

    def may_hold_credentials(self, url: str) -> bool:
        """Whether a request to `url` may carry a token."""
        target = parse_target(url)
        return target is not None and self.trusts(target)

    def may_follow(self, url: str) -> bool:
        """Whether a request without credentials may go to `url`."""
        target = parse_target(url)
        return target is not None and self._reaches(target)

    def check(self, url: str, *, subject: str | None = None) -> Target:
        """`url` taken apart, or Refused when no request may go there at all."""
        target = parse_target(url)
        if target is None or not self._reaches(target):
            where = "an unreadable address" if target is None else f"{target.scheme}://{target.host}:{target.port}"
            raise Refused(
                f"{subject or 'a request'} leads to {where}, which is not a public https host",
                hint="nothing was sent there; list the recording again, and report the address if it comes back",
                subject=subject,
            )
        return target

    def follow(self, target: Target, location: str | None, *, subject: str) -> Target:
        """Where a redirect of `target`'s leads, as `check` would have it. Retriable when it leads nowhere."""
        if not location:
            raise Retriable(f"{subject}: a redirect without an address", subject=subject)
        # http.client reads headers as Latin-1; addresses are UTF-8 where they are not ASCII.
        address = location.strip().encode("latin-1", "replace").decode("utf-8", "replace")
        return self.check(_join(target.url, address), subject=subject)

    def trusts(self, target: Target) -> bool:
        """`may_hold_credentials` of an address that is taken apart already."""
        if any(target.origin == base.origin for base in self._bases):
            return True
        if target.scheme != "https" or target.port != _DEFAULT_PORTS["https"]:
            return False
        zoom = any(target.host == name or target.host.endswith(f".{name}") for name in ZOOM_DOMAINS)
        return zoom or any(target.host == base.host for base in self._bases)

    def _reaches(self, target: Target) -> bool:
        if self.trusts(target):
            return True
        if target.is_local:
            return self.allows_private
        return target.scheme == "https" and target.port == _DEFAULT_PORTS["https"]


def too_many_redirects(subject: str) -> Refused:
    return Refused(
        f"{subject}: more than {MAX_HOPS} redirects", hint="report the address to the source", subject=subject
    )


def _join(base: str, address: str) -> str:
    """An address that cannot be joined stays as it is, for the policy to refuse."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address
