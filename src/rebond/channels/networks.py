"""Which machines a chat message may be sent to: none of our own network, unless an administrator says so.

Whoever leads a team types an address, and our server connects to it: without this rule it could be made to talk to
machines that only it can reach (OWASP, "Server-Side Request Forgery"). The name is resolved here, every address it has
is looked at, and the connection is made to one of those very addresses (``channels.handing``), so that a name that
answers otherwise a moment later leads nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: IPv6 ranges that carry an IPv4 address in them, and how far it is to be shifted: NAT64 (RFC 6052), 6to4 (RFC 3056).
_CARRIERS = ((ipaddress.IPv6Network("64:ff9b::/96"), 0), (ipaddress.IPv6Network("2002::/16"), 80))
#: Private to a company, or this machine itself: what ``REBOND_CHAT_PRIVATE`` opens.
_OWN = tuple(
    ipaddress.ip_network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "fc00::/7", "::1/128")
)
#: Never: where clouds tell machines their secrets (AWS, Google, Alibaba, Oracle, Azure), and ranges that the standard
#: library of some Python takes for the open internet (RFC 3879, 6890, 7526).
_NEVER = tuple(
    ipaddress.ip_network(one)
    for one in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "fd20:ce::254/128", "100.100.100.200/32",
                "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "fec0::/10")
)  # fmt: skip


class Forbidden(ValueError):
    """The name leads to a machine that must not be connected to."""


class Unencrypted(Forbidden):
    """It leads to another network than our own, and what is sent would be read on the way."""


class Unresolved(OSError):
    """The name leads nowhere at present."""


def addresses_of(host: str, port: int, *, secure: bool = True) -> list[str]:
    """The addresses of ``host`` that a message may go to, in the resolver's order.

    Raises:
        Forbidden: one of them at least is not allowed; then none is used. ``Unencrypted``: without ``secure``, which
            is for our own network alone.
        Unresolved: there are none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"{host}: no such name") from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not all(may_be_reached(one, own=settings.CONFIG.chat_private) for one in addresses):
        raise Forbidden(host)
    if not secure and any(may_be_reached(one) for one in addresses):
        raise Unencrypted(host)
    return addresses


def may_be_reached(address: str, *, own: bool = False) -> bool:
    """Whether an IP address is one of the open internet; with ``own``, also of our network and this machine.

    Where clouds keep their secrets is never.

    >>> [may_be_reached(one) for one in ("93.184.216.34", "10.1.2.3", "127.0.0.1", "169.254.169.254", "fe80::1")]
    [True, False, False, False, False]
    >>> [may_be_reached(one, own=True) for one in ("10.1.2.3", "127.0.0.1", "169.254.169.254", "0.0.0.0")]
    [True, True, False, False]
    """
    try:
        one = _inner(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if _within(one, _NEVER):
        return False
    if _within(one, _OWN):
        return own
    return one.is_global and not one.is_multicast and not one.is_reserved


def _within(one: Address, networks: Iterable[Network]) -> bool:
    return any(one in network for network in networks if network.version == one.version)


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries; itself where it carries none."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    for network, shift in _CARRIERS:
        if address in network:
            return ipaddress.IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return address
