"""What the DNS says, through dnspython; absent is an empty answer, and an answer that never came is ``Silent``."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

#: Seconds for one question, with all its tries.
PATIENCE = 4.0
_NOBODY_ANSWERS = (
    dns.exception.Timeout, dns.resolver.NoNameservers, dns.resolver.NoResolverConfiguration, OSError,
)  # fmt: skip
IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class Silent(Exception):
    """No name server answered."""


class Names:
    """Asks a resolver; ``dns.resolver.Resolver`` of this machine when none is given."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver

    def txt(self, name: str) -> list[str]:
        """The TXT records of a name, each with its strings joined (RFC 7208, 3.3)."""
        return [b"".join(one.strings).decode("utf-8", "replace") for one in self._ask(name, "TXT")]

    def addresses(self, name: str) -> list[IP]:
        """IPv4 and IPv6 addresses."""
        found = [*self._ask(name, "A"), *self._ask(name, "AAAA")]
        return [ipaddress.ip_address(one.address) for one in found]

    def exchangers(self, name: str) -> list[str]:
        """Mail servers, most preferred first; ``"."`` for a domain that takes no mail (RFC 7505)."""
        found = sorted(self._ask(name, "MX"), key=lambda one: one.preference)
        return [one.exchange.to_text(omit_final_dot=True) or "." for one in found]

    def names_of(self, address: IP) -> list[str]:
        """What an address is called (PTR)."""
        return [one.target.to_text(omit_final_dot=True) for one in self._ask(_reversed(address), "PTR")]

    def for_dkim(self) -> Callable[..., bytes | None]:
        """The look-up that dkimpy wants: the first TXT record of a name, in bytes."""

        def ask(name: bytes | str, timeout: int = 5) -> bytes | None:  # noqa: ARG001
            found = self.txt(name.decode("ascii") if isinstance(name, bytes) else name)
            return found[0].encode() if found else None

        return ask

    def _ask(self, name: str, kind: str) -> list:  # type: ignore[type-arg]  # dnspython types its records as Any
        try:
            return list(self._asked(name, kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except _NOBODY_ANSWERS as error:
            raise Silent(name) from error
        except (dns.exception.DNSException, UnicodeError, ValueError):
            return []  # no name at all: a label of 64 characters, two dots in a row

    def _asked(self, name: str, kind: str) -> dns.resolver.Answer:
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver()
            self._resolver.lifetime = PATIENCE
        return self._resolver.resolve(dns.name.from_text(name.rstrip(".") + "."), kind)


def _reversed(address: IP) -> str:
    return dns.reversename.from_address(str(address)).to_text()


def is_public(address: IP) -> bool:
    """Whether other mail servers may see it.

    >>> is_public(ipaddress.ip_address("127.0.0.1")), is_public(ipaddress.ip_address("9.9.9.9"))
    (False, True)
    """
    return address.is_global
