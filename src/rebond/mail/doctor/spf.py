"""Who may send for a domain: SPF, RFC 7208, with its limit of ten look-ups."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field

from rebond.mail.doctor.names import IP, Names

#: RFC 7208, 4.6.4.
MOST_LOOKUPS = 10
#: Of a record that goes round in circles only so much is walked.
DEEPEST = 12
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_TERM = re.compile(r"([+\-~?]?)([a-zA-Z][a-zA-Z0-9_.-]*)(?:([:=])([^/\s]*))?((?:/\d{1,3})?(?://\d{1,3})?)\Z")
_KNOWN = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"}
#: These cost a look-up.
_COSTS = {"include", "a", "mx", "ptr", "exists"}


class BadRecord(Exception):
    """A record that no mail server can use (``permerror``); its text says which part."""


@dataclass(frozen=True)
class Term:
    """One part of a record: ``-all``, ``include:_spf.example.com``, ``redirect=other.example``."""

    result: str
    name: str
    value: str
    cidr: str
    is_modifier: bool


@dataclass
class Walk:
    """One walk through a record and those it includes. ``lookups`` counts them, ``included`` names them."""

    names: Names
    lookups: int = 0
    included: set[str] = field(default_factory=set)

    def check(self, ip: IP | None, domain: str, depth: int = 0) -> str:
        """``pass``, ``fail``, ``softfail``, ``neutral`` or ``none``; without ``ip`` the whole record is walked.

        Raises:
            BadRecord: it cannot be used.
            Silent: no name server answered.
        """
        record = record_of(self.names, domain)
        if not record or depth > DEEPEST:
            return "none"
        terms = terms_of(record)
        for term in terms:
            if not term.is_modifier and self._matches(term, ip, domain, depth):
                return term.result
        redirect = next((term.value for term in terms if term.is_modifier and term.name == "redirect"), "")
        if redirect and not any(term.name == "all" for term in terms):
            self._count(redirect)
            return self.check(ip, redirect, depth + 1)
        return "neutral"

    def _matches(self, term: Term, ip: IP | None, domain: str, depth: int) -> bool:
        if term.name == "all":
            return ip is not None
        if term.name in ("ip4", "ip6"):
            return ip is not None and ip in _network(term.value + term.cidr)
        where = term.value or domain
        self._count(where if term.name == "include" else "")
        if term.name == "include":
            result = self.check(ip, where, depth + 1)
            if result == "none" and depth < DEEPEST:
                raise BadRecord(f"include:{where}")  # RFC 7208, 5.2: nobody there, so the whole record is void
            return result == "pass"
        return ip is not None and any(ip in _around(one, term.cidr) for one in self._hosts(term.name, where, ip))

    def _hosts(self, name: str, where: str, ip: IP) -> list[IP]:
        """The addresses that ``a``, ``mx`` and ``exists`` speak of; ``ptr`` is not to be used (RFC 7208, 5.5)."""
        if "%" in where or name == "ptr":
            return []  # a macro asks about one mail; we ask about none
        if name == "mx":
            return [one for host in self.names.exchangers(where)[:MOST_LOOKUPS] for one in self.names.addresses(host)]
        found = self.names.addresses(where)
        return [ip] if name == "exists" and found else found

    def _count(self, included: str) -> None:
        self.lookups += 1
        if included:
            self.included.add(included.lower().rstrip("."))


def record_of(names: Names, domain: str) -> str:
    """The SPF record of a domain; empty for none.

    Raises:
        BadRecord: ``two`` when there are several: none counts then (RFC 7208, 4.5).
    """
    found = [text for text in names.txt(domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
    if len(found) > 1:
        raise BadRecord("two")
    return found[0] if found else ""


def terms_of(record: str) -> list[Term]:
    """A record taken apart.

    >>> [term.name for term in terms_of("v=spf1 ip4:192.0.2.0/24 include:_spf.example.com ~all")]
    ['ip4', 'include', 'all']

    Raises:
        BadRecord: a part that RFC 7208 does not know.
    """
    return [_term(part) for part in record.split()[1:]]


def _term(part: str) -> Term:
    found = _TERM.match(part)
    if found is None:
        return _other(part)
    sign, name, separator, value, cidr = found.groups()
    name = name.lower()
    if separator == "=":
        return Term("", name, value, "", True)
    if name not in _KNOWN or (name in ("ip4", "ip6", "include", "exists") and not value):
        raise BadRecord(part)
    if name in ("ip4", "ip6"):
        _network((value or "") + cidr)
    return Term(_RESULTS[sign or "+"], name, value or "", cidr, False)


def _other(part: str) -> Term:
    """Macros hold slashes and braces; modifiers that nobody knows are let pass (RFC 7208, 6)."""
    name, separator, value = part.partition("=")
    if separator and re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", name):
        return Term("", name.lower(), value, "", True)
    bare, _colon, value = part.lstrip("+-~?").partition(":")
    if bare.lower() in _COSTS and "%" in value:
        return Term(_RESULTS[part[0] if part[0] in _RESULTS else "+"], bare.lower(), value, "", False)
    raise BadRecord(part)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise BadRecord(text) from error


def _around(address: IP, cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    four, _slashes, six = cidr.partition("//")
    bits = four.lstrip("/") if address.version == 4 else six
    return _network(f"{address}/{bits}" if bits else str(address))


def with_us(record: str, mechanism: str) -> str:
    """A record that also names us, before its last word; a new one, careful with others, where there is none.

    >>> with_us("v=spf1 mx -all", "include:_spf.example.com")
    'v=spf1 mx include:_spf.example.com -all'
    >>> with_us("", "ip4:192.0.2.7")
    'v=spf1 ip4:192.0.2.7 ~all'
    """
    parts = record.split() or ["v=spf1", "~all"]
    last = next((at for at, part in enumerate(parts) if part.lower().lstrip("+-~?") == "all"), len(parts))
    last = min([last, *(at for at, part in enumerate(parts) if part.lower().startswith("redirect="))])
    return " ".join([*parts[:last], mechanism, *parts[last:]])
