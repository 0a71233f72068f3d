"""Writes of the lawful bases: entered with evidence, renewed by the person's own act, withdrawn; never deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.models import Person
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis, Ground, InterestRecord, Use
from rebond.mail.queries.basis import interest_of
from rebond.mail.rights import basis as rules
from rebond.mail.rights.countries import code_of


@transaction.atomic
def note_basis(
    *, person: Person, use: str, ground: str, evidence: str, source: str, obtained_at: datetime, actor: User | None,
    now: datetime,
) -> Basis:  # fmt: skip
    """Keeps why we may write to a person for one use, and works out until when.

    The same ground for the same use is one row: newer evidence renews it, older evidence changes nothing.

    Args:
        use: of ``Use``.
        ground: of ``Ground``.
        evidence: words a person can check, e.g. "talked about Maintenance, closed 12 March 2026"; no address.
        source: where it was said, e.g. ``close``, ``typed``, ``preferences``.
        obtained_at: when it began; for the French three years, the person's last own act known.

    Raises:
        RebondError: ``basis_needs_address``, ``basis_needs_evidence``, ``ground_not_there`` (law of their country).
        ValueError: no such use or ground.
    """
    use, ground, country = Use(use), Ground(ground), country_of(person)
    evidence = clean(evidence, 300)
    _check(person, ground, evidence, country)
    mark = fingerprint(person.email)
    found = (
        Basis.objects.select_for_update()
        .filter(fingerprint=mark, use=use, ground=ground, withdrawn_at=None)
        .order_by("-obtained_at", "-pk")
        .first()
    )
    if found is not None and found.obtained_at >= obtained_at:
        return found
    kept = found or Basis(fingerprint=mark, use=use, ground=ground, at=now, by=actor)
    kept.person, kept.evidence, kept.source = person, evidence, clean(source, 60)
    kept.obtained_at, kept.expires_at = obtained_at, rules.expires(ground, obtained_at, None, country)
    kept.save()
    record(verb="mail.note_basis", subject=kept, actor=actor, at=now, use=use.value, ground=ground.value)
    return kept


def _check(person: Person, ground: Ground, evidence: str, country: str) -> None:
    if not person.email:
        raise RebondError(
            _("This person has no address yet, so there is nothing to write to. Nothing was kept. Enter one first."),
            code="basis_needs_address",
        )
    if not evidence:
        raise RebondError(
            _("A basis needs its evidence: what shows it, in a few words. Nothing was kept."),
            code="basis_needs_evidence",
        )
    if not rules.counts_in(ground, country):
        raise RebondError(
            _("The law of their country does not know this ground. Nothing was kept. Choose another one."),
            code="ground_not_there",
        )


@transaction.atomic
def touch_basis(*, fingerprint: str, at: datetime) -> int:
    """The person did something themselves (a reply, an answer, a choice on their page; never an open): the three
    years begin again at ``at``. How many bases were renewed."""
    renewed = 0
    standing = Basis.objects.select_for_update(of=("self",)).select_related("person__company")
    for basis in standing.filter(fingerprint=fingerprint, withdrawn_at=None, obtained_at__lt=at):
        if basis.ground in rules.RENEWED:
            basis.obtained_at = at
            if basis.expires_at is not None:
                country = country_of(basis.person) if basis.person else ""
                basis.expires_at = rules.expires(basis.ground, at, at, country)
            basis.save(update_fields=["obtained_at", "expires_at"])
            record(verb="mail.renew_basis", subject=basis, actor=None, at=at, use=basis.use)
            renewed += 1
    return renewed


@transaction.atomic
def note_told(*, fingerprint: str, use: str, now: datetime) -> int:
    """A mail that tells of the right to object has left: the first one is the moment that counts (GDPR 21(4))."""
    return note_all_told(fingerprints=[fingerprint], use=use, now=now)


def note_all_told(*, fingerprints: Collection[str], use: str, now: datetime) -> int:
    """The same for many at once, inside the caller's transaction."""
    return Basis.objects.filter(fingerprint__in=fingerprints, use=use, told_at=None).update(told_at=now)


@transaction.atomic
def withdraw_basis(*, basis: Basis, actor: User | None, now: datetime) -> None:
    """Nothing rests on it any more; it stays as history. ``Conflict`` ``withdrawn_before``."""
    changed = Basis.objects.filter(pk=basis.pk, withdrawn_at=None).update(withdrawn_at=now)
    if not changed:
        raise Conflict(_("This basis was withdrawn before. Nothing was changed."), code="withdrawn_before")
    basis.refresh_from_db()
    record(verb="mail.withdraw_basis", subject=basis, actor=actor, at=now, use=basis.use, ground=basis.ground)


@transaction.atomic
def write_interest(*, use: str, interest: str, need: str, balance: str, actor: User, now: datetime) -> InterestRecord:
    """A new version of the balance of one use; the ones before stay. ``interest_needs_words`` when a part is empty."""
    use = Use(use)
    parts: Sequence[str] = [clean(part, 4000) for part in (interest, need, balance)]
    if not all(parts):
        raise RebondError(
            _("The record needs all three parts: the interest, the need and the balance. Nothing was changed."),
            code="interest_needs_words",
        )
    made = InterestRecord.objects.create(
        use=use, version=interest_of(use).version + 1, interest=parts[0], need=parts[1], balance=parts[2], at=now,
        by=actor,
    )  # fmt: skip
    record(verb="mail.write_interest", subject=made, actor=actor, at=now, use=use.value, version=made.version)
    return made


def country_of(person: Person) -> str:
    """The ISO code of a person's country, which is their company's; empty when nobody knows."""
    return code_of(person.company.country) if person.company else ""
