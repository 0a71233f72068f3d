"""Whether an address still answers, asked from here without letting anybody use us to look around our own network.

Addresses are typed by colleagues, so the checker could be told to fetch what only this machine can reach (OWASP,
"Server Side Request Forgery"). Every name is resolved first, and every hop of a redirect anew; loopback, link-local,
private, shared and reserved addresses are refused, and the connection goes to the very address that was looked at.
The one exception is the host of ``REBOND_PUBLIC_URL``: that is this product itself.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from django.conf import settings

#: Seconds for a name, a connection and an answer each; hops of a redirect.
PATIENCE, HOPS = 10.0, 5
#: The site is there but does not talk to programs: no sign that the page is gone.
ALIVE_ANYWAY = frozenset((401, 403, 405, 406, 407, 408, 409, 425, 429, 451, 501, 999))
#: IPv6 that leads to an IPv4 address written inside it: NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380).
_TUNNELS = tuple(ipaddress.IPv6Network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
AGENT = "Rebond link check"
Resolve = Callable[[str, int], list[str]]


class Refused(httpx.TransportError):
    """An address in our own network: not looked at."""


@dataclass(frozen=True)
class Checked:
    """What an address said.

    Attributes:
        ok: ``True`` it answers, ``False`` it does not, ``None`` it was not looked at (our own network).
        code: ``answers``, ``status_404`` ..., ``no_name``, ``no_answer``, ``too_many_redirects``, ``refused``.
    """

    ok: bool | None
    code: str


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open internet.

    >>> [is_public(one) for one in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "::1", "fe80::1")]
    [False, False, False, False, False, False]
    >>> is_public("9.9.9.9"), is_public("::ffff:127.0.0.1"), is_public("::ffff:9.9.9.9")
    (True, False, True)
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in network for network in _TUNNELS):
            return False
        return is_public(str(ip.ipv4_mapped)) if ip.ipv4_mapped else ip.is_global and not ip.is_multicast
    return ip.is_global and not ip.is_multicast


class _Guarded(httpx.BaseTransport):
    """Looks at every address before it connects, and connects to what it looked at (so no name can change between)."""

    def __init__(self, ours: str, find: Resolve) -> None:
        self._inner = httpx.HTTPTransport(verify=True, trust_env=False, retries=0)
        self._ours, self._find = ours, find

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in ("http", "https"):
            raise Refused(f"scheme {url.scheme}")
        if url.netloc.decode("ascii") != self._ours:
            found = self._find(url.host, url.port or (443 if url.scheme == "https" else 80))
            if not found or not all(is_public(one) for one in found):
                raise Refused(url.host)
            request.extensions = {**request.extensions, "sni_hostname": url.host}
            request.url = url.copy_with(host=found[0])
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def check(url: str, *, find: Resolve = resolve, ours: str | None = None) -> Checked:
    """Asks an address by HEAD, and by GET where HEAD says no; reads no page.

    Args:
        find: how names become addresses; tests pass their own.
        ours: host and port of this product, which may be asked although it is ours.
    """
    own = urlsplit(settings.CONFIG.public_url).netloc if ours is None else ours
    try:
        with httpx.Client(
            transport=_Guarded(own, find), follow_redirects=True, max_redirects=HOPS, timeout=PATIENCE,
            headers={"User-Agent": AGENT}, trust_env=False,
        ) as client:  # fmt: skip
            return _ask(client, url)
    except Refused:
        return Checked(None, "refused")
    except httpx.TooManyRedirects:
        return Checked(False, "too_many_redirects")
    except socket.gaierror:
        return Checked(False, "no_name")
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError):
        return Checked(False, "no_answer")


def _ask(client: httpx.Client, url: str) -> Checked:
    try:
        status = client.head(url).status_code
    except httpx.RemoteProtocolError:  # some servers hang up on HEAD
        status = 0
    if not 200 <= status < 300:
        with client.stream("GET", url) as answer:
            status = answer.status_code
    if 200 <= status < 400 or status in ALIVE_ANYWAY:
        return Checked(True, "answers")
    return Checked(False, f"status_{status}")
