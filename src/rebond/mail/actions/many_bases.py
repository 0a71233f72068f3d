"""Lawful bases of many people at once, when everyone who said no in an import's history is taken up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.rows import insert_rows
from rebond.base.text import clean
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis, Use
from rebond.mail.rights import basis as rules
from rebond.mail.rights.countries import code_of


@dataclass(frozen=True, slots=True)
class Claimable:
    """One person's key, address and country (as typed), the evidence in words, and since when it holds."""

    person: int
    email: str
    country: str
    evidence: str
    obtained_at: datetime


@transaction.atomic
def note_many(*, claims: Sequence[Claimable], use: str, source: str, actor: User | None, now: datetime) -> int:
    """Notes what the end of a deal gives us (``basis.ground_for``) for those that have no basis for ``use`` yet, with
    one line in the audit log for all of them; how many. One query and one more per 500 people."""
    marks = {fingerprint(claim.email): claim for claim in reversed(claims)}
    held = Basis.objects.filter(fingerprint__in=marks, use=use, withdrawn_at=None).values_list("fingerprint", flat=True)
    for mark in set(held):
        marks.pop(mark)
    made = [_basis(mark, claim, Use(use), source, actor, now) for mark, claim in marks.items()]
    insert_rows(Basis, made)
    if made:
        first = Basis.objects.filter(fingerprint=made[0]["fingerprint"], use=use, withdrawn_at=None).latest("pk")
        record(verb="mail.note_bases", subject=first, actor=actor, at=now, use=use, people=len(made))
    return len(made)


def _basis(mark: str, claim: Claimable, use: Use, source: str, actor: User | None, now: datetime) -> dict[str, Any]:
    """One row's values."""
    country = code_of(claim.country)
    ground = rules.ground_for(country)
    return {
        "person_id": claim.person, "fingerprint": mark, "use": use.value, "ground": ground,
        "evidence": clean(claim.evidence, 300), "source": source, "obtained_at": claim.obtained_at,
        "expires_at": rules.expires(ground, claim.obtained_at, None, country), "at": now,
        "by_id": actor.pk if actor else None,
    }  # fmt: skip
