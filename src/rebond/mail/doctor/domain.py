"""What the DNS says of the domain that we send from: SPF, DMARC, where mail for it goes, what our server is called."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from rebond.mail.doctor import dmarc, spf
from rebond.mail.doctor.dmarc import BadPolicy
from rebond.mail.doctor.finding import Finding, look, ok, wrong
from rebond.mail.doctor.names import IP, Names, Silent, is_public
from rebond.mail.doctor.relays import include_for
from rebond.mail.doctor.spf import MOST_LOOKUPS, BadRecord, Walk, record_of, with_us


def examine(names: Names, domain: str, host: str, envelope: str = "") -> list[Finding]:
    """SPF, DMARC, MX and PTR of mail from ``domain`` that leaves through ``host``.

    Args:
        host: our outgoing server; empty when mail leaves by a provider's API.
        envelope: the domain that undeliverable mail comes back to; ``domain`` when empty. SPF is about that one.
    """
    envelope = envelope or domain
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("spf", lambda: check_spf(names, envelope, host)),
        ("dmarc", lambda: check_dmarc(names, domain, envelope)),
        ("mx", lambda: check_mx(names, envelope)),
        ("ptr", lambda: check_ptr(names, host)),
    ]
    return [_unless_silent(about, check, domain) for about, check in checks if host or about != "ptr"]


def _unless_silent(about: str, check: Callable[[], Finding], domain: str) -> Finding:
    try:
        return check()
    except Silent:
        return look(about, "dns_silent", domain=domain)


def addresses_of(names: Names, host: str) -> list[IP]:
    """The host's addresses; an address is its own."""
    try:
        return [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        return names.addresses(host)


def check_spf(names: Names, domain: str, host: str) -> Finding:
    """Whether the domain's record lets our server send, and can be used at all."""
    try:
        record = record_of(names, domain)
        if not record:
            return wrong("spf", "spf_none", _txt(domain, with_us("", _mechanism(names, host))), domain=domain)
        whole = Walk(names)
        whole.check(None, domain)
    except BadRecord as bad:
        code = "spf_two" if str(bad) == "two" else "spf_broken"
        return wrong("spf", code, domain=domain, part=str(bad))
    if whole.lookups > MOST_LOOKUPS:
        return wrong("spf", "spf_too_many", domain=domain, count=str(whole.lookups), most=str(MOST_LOOKUPS))
    if any(term.name == "all" and term.result == "pass" for term in spf.terms_of(record)):
        return wrong("spf", "spf_anybody", _txt(domain, record.replace("+all", "all").replace(" all", " ~all")),
                     domain=domain)  # fmt: skip
    return _lets_us(names, domain, host, record, whole.included)


def _lets_us(names: Names, domain: str, host: str, record: str, included: set[str]) -> Finding:
    service = include_for(host)
    if service and service in included:
        return ok("spf", "spf_ok", domain=domain, host=host)
    public = [one for one in addresses_of(names, host) if is_public(one)] if host else []
    if not service and not public:
        return look("spf", "spf_unseen", domain=domain)
    if public and all(Walk(names).check(one, domain) == "pass" for one in public):
        return ok("spf", "spf_ok", domain=domain, host=host)
    publish = _txt(domain, with_us(record, _mechanism(names, host)))
    found = wrong if service else look
    return found("spf", "spf_not_us", publish, domain=domain, host=host)


def _mechanism(names: Names, host: str) -> str:
    """What names our server in a record."""
    if service := include_for(host):
        return f"include:{service}"
    public = [one for one in addresses_of(names, host) if is_public(one)] if host else []
    return " ".join(f"ip{one.version}:{one}" for one in public) or "mx"


def _txt(name: str, text: str) -> str:
    return f'{name}. TXT "{text}"'


def check_dmarc(names: Names, domain: str, envelope: str) -> Finding:
    """Whether there is a policy, and whether our envelope speaks for our From."""
    try:
        policy = dmarc.policy_for(names, domain)
    except BadPolicy as bad:
        return wrong("dmarc", "dmarc_broken", domain=str(bad))
    if policy is None:
        publish = _txt(f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}")
        return wrong("dmarc", "dmarc_none", publish, domain=domain)
    if not dmarc.aligned(domain, envelope, policy, strict=policy.strict_spf):
        return look("dmarc", "dmarc_envelope", domain=domain, envelope=envelope)
    return ok("dmarc", "dmarc_watches" if policy.asks == "none" else "dmarc_ok", domain=policy.domain, asks=policy.asks)


def check_mx(names: Names, domain: str) -> Finding:
    """Whether answers and undeliverable mail can arrive."""
    found = names.exchangers(domain)
    if found and found[0] != ".":
        return ok("mx", "mx_ok", domain=domain, host=found[0])
    if not found and names.addresses(domain):
        return look("mx", "mx_by_address", domain=domain)
    return wrong("mx", "mx_none", domain=domain)


def check_ptr(names: Names, host: str) -> Finding:
    """Whether our server's address has a name, and the name the address (forward-confirmed)."""
    public = [one for one in addresses_of(names, host) if is_public(one)]
    if not public:
        return look("ptr", "ptr_unseen", host=host)
    for address in public:
        called = names.names_of(address)
        if not called:
            return wrong("ptr", "ptr_none", host=host, address=str(address))
        if not any(address in names.addresses(name) for name in called):
            return wrong("ptr", "ptr_unconfirmed", host=host, address=str(address), name=called[0])
    return ok("ptr", "ptr_ok", host=host, name=called[0])
