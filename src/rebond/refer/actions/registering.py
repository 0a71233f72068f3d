"""Somebody is named: the checks, the registration, and whose it is where two name the same person."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import Team, User
from rebond.base.dates import local_day
from rebond.base.errors import Conflict
from rebond.base.text import fold
from rebond.deals.models import Deal, Outcome, Person
from rebond.mail.addresses import fingerprint, normalised
from rebond.mail.models import Scope
from rebond.mail.queries import suppressed
from rebond.mail.rights.countries import code_of
from rebond.refer.actions.moving import begin, look_for_doubts, move
from rebond.refer.actions.turns import wait_turn
from rebond.refer.duplicates import keys_of, people_like, same_person
from rebond.refer.models import Advocate, Referral, ReferralAsk, State
from rebond.refer.naming import Named, folded, tidy
from rebond.refer.queries.programme import why_closed
from rebond.refer.states import STANDING

__all__ = ["Named", "complete", "name_someone"]

#: ``reason`` of a name that its advocate typed on their own page.
OWN_PAGE = "own_page"
#: ``reason`` of a further name of one ask.
NAMED_TOO = "named_too"


@transaction.atomic
def name_someone(
    *, advocate: Advocate, ask: ReferralAsk | None = None, named: Named, actor: User | None, now: datetime,
    reason: str = "",
) -> Referral:  # fmt: skip
    """An advocate named somebody: the referral stands at ``agreed``, registered now.

    The first name after an ask takes the referral of that ask; each further one is a new referral of the same ask.
    Where somebody is refused, nothing is stored. What else is worth saying (no reward, the cap, known to us
    already) says ``queries.told``.

    Args:
        reason: ``own_page`` where the advocate typed it on their own page: a closed programme then refuses kindly.
            Where one of ours logs it, the introduction is kept, without a reward.

    Raises:
        RebondError: ``name_missing``, ``too_long``, ``bad_address``, ``bad_phone``, ``no_way``.
        Conflict: ``oneself``, ``customer``, ``suppressed``, ``programme_closed``, ``named_already``.
    """
    mine = (
        Advocate.objects.select_for_update(of=("self",), no_key=True)
        .select_related("person__company")
        .get(pk=advocate.pk)
    )
    own_page = reason == OWN_PAGE
    if own_page and (closed := why_closed(local_day(now))):
        raise Conflict(closed, code="programme_closed")
    found = tidy(named, region=_region(mine))
    referral = _waiting(ask) or Referral(
        advocate=mine, ask=ask, owner=_owner(mine, ask, actor), team=_team(mine, ask, actor), state=""
    )
    _fill(referral, found, now)
    wait_turn(keys_of(referral))
    _may_be_named(referral, mine, own_page=own_page)
    return _register(referral, actor, now, reason)


def _waiting(ask: ReferralAsk | None) -> Referral | None:
    """The referral of an ask that has no name yet."""
    if ask is None:
        return None
    waits = Referral.objects.select_for_update(of=("self",), no_key=True).filter(
        ask=ask, state__in=(State.ASKED, State.AGREED)
    )
    return waits.filter(name="", registered_at=None).order_by("pk").first()


def _owner(advocate: Advocate, ask: ReferralAsk | None, actor: User | None) -> User | None:
    """Who heard the name takes care of it; on the advocate's own page, whoever asked, or whose advocate it is."""
    return (ask.owner if ask else None) or actor or advocate.owner


def _team(advocate: Advocate, ask: ReferralAsk | None, actor: User | None) -> Team | None:
    owner = _owner(advocate, ask, actor)
    return (owner.team if owner else None) or (ask.team if ask else None) or advocate.team


def _region(advocate: Advocate) -> str:
    company = advocate.person.company if advocate.person else None
    country = code_of(company.country) if company else ""
    return country or ("FR" if advocate.language.startswith("fr") else "")


def _fill(referral: Referral, found: Named, now: datetime) -> None:
    referral.name, referral.email, referral.phone = found.name, found.email, found.phone
    referral.company_name, referral.why = found.company_name, found.why or referral.why
    referral.fingerprint = fingerprint(found.email) if found.email else ""
    referral.folded = folded(found.name, found.company_name)
    referral.registered_at = referral.registered_at or now
    if found.email:
        known = people_like(email=found.email, name="", company_name="").order_by("pk").first()
        referral.person = known or referral.person


def _register(referral: Referral, actor: User | None, now: datetime, reason: str) -> Referral:
    if referral.state == State.AGREED:
        referral.save()
        record(verb="refer.name", subject=referral, actor=actor, at=now)
        look_for_doubts(referral, now)
        return referral
    if referral.state == State.ASKED:
        named = {name: getattr(referral, name) for name in _NAMED}
        return move(referral=referral, to=State.AGREED, actor=actor, now=now, reason=reason, **named)
    further = reason or (NAMED_TOO if referral.ask_id else "")
    return begin(made=referral, to=State.AGREED, actor=actor, now=now, reason=further)


_NAMED = ("name", "email", "phone", "company_name", "why", "fingerprint", "folded", "registered_at", "person")


@transaction.atomic
def complete(*, referral: Referral, named: Named, actor: User | None, now: datetime) -> Referral:
    """Corrects or completes who was named, until they are introduced; the same checks as for a new name.

    The day of registration stays, unless the correction makes it somebody else, whom another advocate named meanwhile:
    whoever named them first named them first.

    Raises:
        Conflict: ``introduced_already``, and as ``name_someone``.
        RebondError: as ``name_someone``.
    """
    rows = Referral.objects.select_related("advocate__person__company")
    wanted = rows.get(pk=referral.pk)
    _fill(wanted, tidy(named, region=_region(wanted.advocate)), now)
    wait_turn(keys_of(wanted))  # before the row, as a move to introduced does
    mine = rows.select_for_update(of=("self",), no_key=True).get(pk=referral.pk)
    if mine.state != State.AGREED:
        raise Conflict(
            _("Who it is can be corrected until they are introduced. Nothing was changed."), code="introduced_already"
        )
    before = keys_of(mine)
    for name in _NAMED:
        setattr(mine, name, getattr(wanted, name))
    _may_be_named(mine, mine.advocate, own_page=False)
    if _is_another(mine, before):
        mine.registered_at = now
    mine.save()
    record(verb="refer.complete", subject=mine, actor=actor, at=now)
    look_for_doubts(mine, now)
    for name in _NAMED:
        setattr(referral, name, getattr(mine, name))
    return referral


def _is_another(referral: Referral, before: list[str]) -> bool:
    """Whether it is somebody else now, with nothing of the one before, whom another advocate has named."""
    keys = set(keys_of(referral))
    if keys & set(before):
        return False
    return any(keys & set(keys_of(one)) for one in same_person(referral).filter(state__in=STANDING))


def _may_be_named(referral: Referral, advocate: Advocate, *, own_page: bool) -> None:
    people = list(
        people_like(email=referral.email, name=referral.name, company_name=referral.company_name)
        .select_related("company")
        .order_by("pk")[:20]
    )
    if _is_oneself(referral, advocate.person, people):
        raise Conflict(_("Nobody introduces themselves. Nothing was kept. Name somebody else."), code="oneself")
    if suppressed({referral.email, *(one.email for one in people)} - {""}, Scope.REFERRAL):
        raise Conflict(_("We may not write to this person. Nothing was kept. Name somebody else."), code="suppressed")
    if _is_customer(referral, people):
        said = _("We know each other well already. Nothing was kept. Name somebody we do not know yet.")
        raise Conflict(
            said if own_page else _("They, or their company, are a customer already. Nothing was kept."),
            code="customer",
        )
    if _named_already(referral):
        raise Conflict(
            _("They were named by the same person before. Nothing was changed: the first time counts."),
            code="named_already",
        )


def _is_oneself(referral: Referral, person: Person | None, people: list[Person]) -> bool:
    """The same address, the same record, or the same name at the same phone."""
    if person is None:
        return False
    same_address = bool(referral.email and person.email) and normalised(person.email) == referral.email
    return same_address or person.pk in [one.pk for one in people] or _same_phone(referral, person)


def _same_phone(referral: Referral, person: Person) -> bool:
    digits = "".join(char for char in person.phone if char.isdigit()).lstrip("0")
    same = len(digits) >= 6 and referral.phone.endswith(digits[-9:])
    return same and fold(referral.name) == fold(person.name)


def _is_customer(referral: Referral, people: list[Person]) -> bool:
    """A deal was won with them, or with their company (by its name, or the one on their record)."""
    won = Deal.objects.filter(outcome=Outcome.WON)
    companies = {one.company_id for one in people if one.company_id}
    if won.filter(deal_people__person__in=people).exists() or won.filter(company__in=companies).exists():
        return True
    name = fold(referral.company_name)[:200]
    return bool(name) and won.filter(company__folded=name).exists()


def _named_already(referral: Referral) -> bool:
    keys = set(keys_of(referral))
    earlier = same_person(referral).filter(advocate=referral.advocate_id, state__in=STANDING)
    return any(keys & set(keys_of(one)) for one in earlier)
