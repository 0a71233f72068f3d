"""What a domain asks others to do with mail that only pretends to be its own: DMARC, RFC 7489.

A subdomain without a record of its own takes that of a parent, found by walking up (as DMARC's successor does, which
needs no list of public suffixes).
"""

from __future__ import annotations

from dataclasses import dataclass

from rebond.mail.doctor.names import Names

#: Labels looked at from the right, so that a long name costs no more than a short one.
MOST_LABELS = 8


@dataclass(frozen=True)
class Policy:
    """A record: where it stands, what it asks for (``none``, ``quarantine``, ``reject``), and how strict it is."""

    domain: str
    asks: str
    strict_dkim: bool = False
    strict_spf: bool = False
    reports: str = ""


class BadPolicy(Exception):
    """A record that cannot be used; its text names the domain."""


def policy_for(names: Names, domain: str) -> Policy | None:
    """The policy in force for mail of ``domain``; ``None`` when nobody set one.

    Raises:
        BadPolicy: several, or one without a policy.
        Silent: no name server answered.
    """
    labels = domain.lower().strip(".").split(".")[-MOST_LABELS:]
    for start in range(max(1, len(labels) - 1)):
        where = ".".join(labels[start:])
        found = [text for text in names.txt(f"_dmarc.{where}") if text.lower().replace(" ", "").startswith("v=dmarc1")]
        if len(found) > 1:
            raise BadPolicy(where)
        if found:
            return _read(where, found[0], of_parent=start > 0)
    return None


def _read(domain: str, record: str, *, of_parent: bool) -> Policy:
    tags = dict(part.strip().partition("=")[::2] for part in record.split(";") if "=" in part)
    tags = {name.strip().lower(): value.strip() for name, value in tags.items()}
    asks = (tags.get("sp") if of_parent else "") or tags.get("p", "")
    if asks.lower() not in ("none", "quarantine", "reject"):
        raise BadPolicy(domain)
    strict = {name: tags.get(name, "r").lower() == "s" for name in ("adkim", "aspf")}
    return Policy(domain, asks.lower(), strict["adkim"], strict["aspf"], tags.get("rua", ""))


def aligned(ours: str, theirs: str, policy: Policy | None, *, strict: bool = False) -> bool:
    """Whether a signature or an envelope of ``theirs`` speaks for mail from ``ours`` (RFC 7489, 3.1).

    >>> aligned("mail.valmy.example", "valmy.example", Policy("valmy.example", "reject"))
    True
    >>> aligned("valmy.example", "mailer.example", Policy("valmy.example", "reject"))
    False
    """
    ours, theirs = ours.lower().strip("."), theirs.lower().strip(".")
    if strict or ours == theirs:
        return ours == theirs
    root = policy.domain if policy else min(ours, theirs, key=len)
    return all(one == root or one.endswith(f".{root}") for one in (ours, theirs))
