"""The self-check mail, as it came back: is it signed, by us, and does the signature cover the way to unsubscribe (L02)?

RFC 8058, 4: List-Unsubscribe and List-Unsubscribe-Post must be covered by a valid DKIM signature (RFC 6376).
"""

from __future__ import annotations

import re

import dkim

from rebond.mail.doctor.dmarc import BadPolicy, Policy, aligned, policy_for
from rebond.mail.doctor.finding import Finding, look, ok, wrong
from rebond.mail.doctor.names import Names, Silent

#: What the signature must cover, in lower case.
MUST_COVER = ("from", "list-unsubscribe", "list-unsubscribe-post")
#: A mail carries a few signatures at most; more are somebody's joke.
MOST_SIGNATURES = 5
_SIGNATURE = re.compile(rb"^dkim-signature:", re.IGNORECASE | re.MULTILINE)


def check(raw: bytes, domain: str, names: Names) -> Finding:
    """How the mail is signed, for mail from ``domain``: the best that one of its signatures gives.

    Args:
        raw: the mail as the mailbox keeps it.
    """
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    count = min(len(_SIGNATURE.findall(head)), MOST_SIGNATURES)
    if not count:
        return wrong("dkim", "dkim_missing", domain=domain)
    try:
        policy = policy_for(names, domain)
    except BadPolicy:
        policy = None
    except Silent:
        return look("dkim", "dns_silent", domain=domain)
    found = [_one(raw, at, domain, policy, names) for at in range(count)]
    return min(found, key=lambda finding: _ORDER.index(finding.code))


#: Best first.
_ORDER = ["dkim_ok", "dkim_headers", "dkim_not_aligned", "dns_silent", "dkim_bad"]


def _one(raw: bytes, at: int, domain: str, policy: Policy | None, names: Names) -> Finding:
    mail = dkim.DKIM(raw, timeout=4)
    try:
        valid = mail.verify(idx=at, dnsfunc=names.for_dkim())
    except Silent:
        return look("dkim", "dns_silent", domain=domain)
    except (dkim.DKIMException, ValueError, IndexError, TypeError, UnicodeError):
        valid = False  # dkimpy trips over some malformed signatures; they prove nothing
    fields = mail.signature_fields or {}
    signed_by, selector = _plain(fields.get(b"d")), _plain(fields.get(b"s"))
    if not valid:
        return wrong("dkim", "dkim_bad", domain=signed_by or domain, selector=selector)
    if not aligned(domain, signed_by, policy, strict=bool(policy and policy.strict_dkim)):
        return wrong("dkim", "dkim_not_aligned", domain=domain, signed_by=signed_by)
    covered = {name.strip().lower() for name in _plain(fields.get(b"h")).split(":")}
    if missing := [name for name in MUST_COVER if name not in covered]:
        return wrong("dkim", "dkim_headers", domain=signed_by, missing=", ".join(missing))
    return ok("dkim", "dkim_ok", domain=signed_by, selector=selector)


def _plain(value: object) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else ""
