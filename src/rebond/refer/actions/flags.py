"""Doubts about a referral are looked for and shown; a person settles each (never silent, never by itself)."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.base.text import clean, fold
from rebond.deals.models import Company, DealPerson, DealRole, Person
from rebond.mail.addresses import fingerprint
from rebond.mail.rights.countries import code_of
from rebond.refer import risks
from rebond.refer.access import is_own
from rebond.refer.models import Advocate, Programme, Referral, RiskFlag, State, Verdict
from rebond.refer.payee import Payee, marks
from rebond.refer.queries.programme import in_force
from rebond.refer.states import is_legal

#: Where a doubt still matters.
LOOKED_AT = (
    State.AGREED, State.INTRODUCED, State.QUALIFIED, State.WON, State.LOST, State.REWARD_DUE, State.PAID,
)  # fmt: skip
#: What a name stands for does not count in a ring or in a week.
GONE = (State.VOID, State.DECLINED)
WEEK = timedelta(days=7)


@transaction.atomic
def look(*, referral: Referral, now: datetime) -> list[RiskFlag]:
    """Looks at one referral again and raises what is new; all its open flags. Moves nothing.

    Called at registration, at the introduction, when it is won and when a payee is saved. A flag that a person has
    settled stays settled.
    """
    known = _with_people(referral)
    if known.state in LOOKED_AT and known.advocate.person is not None:
        back = _ring(known)
        for doubt in risks.found(_advocate(known), _referred(known), _around(known, bool(back))):
            _raise(known, doubt, now)
        for other in back:
            _raise(other, risks.Doubt("ring"), now)
    return open_flags(known)


def look_at_all(*, advocate: Advocate, now: datetime) -> list[RiskFlag]:
    """``look`` at every standing referral of one advocate, whose payee was saved; their open flags.

    Who has the same payee is looked at, too.
    """
    with transaction.atomic():
        same = [advocate.pk, *_same_payee(advocate)]
        standing = Referral.objects.filter(advocate__in=same, state__in=LOOKED_AT).order_by("pk")
        found = [flag for referral in standing for flag in look(referral=referral, now=now)]
    return [flag for flag in found if flag.referral.advocate_id == advocate.pk]


def open_flags(referral: Referral) -> list[RiskFlag]:
    """Those that nobody has settled, oldest first."""
    return list(RiskFlag.objects.filter(referral=referral, verdict="").select_related("referral"))


@transaction.atomic
def settle_flag(*, flag: RiskFlag, verdict: str, note: str = "", actor: User, now: datetime) -> RiskFlag:
    """A manager or an administrator says ``honest`` or ``fraud``; fraud makes the referral void.

    Raises:
        NotAllowed: to sellers, to who owns the referral (an administrator may), and to the advocate: nobody judges
            their own.
        RebondError: ``unknown_verdict``. Conflict: ``settled_before``.
    """
    locked = (
        RiskFlag.objects.select_for_update(of=("self",)).select_related("referral__advocate__person").get(pk=flag.pk)
    )
    _check(locked, verdict, actor)
    locked.verdict, locked.note, locked.settled_at, locked.settled_by = Verdict(verdict), clean(note, 300), now, actor
    locked.save(update_fields=["verdict", "note", "settled_at", "settled_by"])
    record(verb="refer.settle_flag", subject=locked, actor=actor, at=now, code=locked.code, verdict=str(verdict))
    if verdict == Verdict.FRAUD:
        _void(locked, actor, now)
    flag.refresh_from_db()
    return flag


def _check(flag: RiskFlag, verdict: str, actor: User) -> None:
    own = flag.referral.owner_id == actor.pk and not actor.is_admin
    if not actor.is_lead or own or is_own(flag.referral.advocate, actor):
        raise NotAllowed(
            _("Doubts are settled by who leads, and nobody settles one about their own introduction. Nothing was "
              "changed. Ask an administrator.")
        )  # fmt: skip
    if verdict not in Verdict.values:
        raise RebondError(
            _("Say whether it is in order or not. Nothing was changed. Choose one of the two."), code="unknown_verdict"
        )
    if flag.verdict:
        raise Conflict(_("Somebody settled this already. Nothing was changed."), code="settled_before")


def _void(flag: RiskFlag, actor: User, now: datetime) -> None:
    from rebond.refer.actions.moving import move  # whose moves are looked at here

    if is_legal(flag.referral.state, State.VOID):
        move(
            referral=flag.referral, to=State.VOID, reason="fraud", evidence=f"refer.riskflag:{flag.pk}", actor=actor,
            now=now,
        )  # fmt: skip


# ---- what the rules look at


def _with_people(referral: Referral) -> Referral:
    beside = ("advocate__person__company", "person__company", "company", "deal", "programme")
    return Referral.objects.select_related(*beside).get(pk=referral.pk)


def _advocate(referral: Referral) -> risks.Party:
    person = referral.advocate.person
    return _party(person, person.company) if person else risks.Party()


def _referred(referral: Referral) -> risks.Party:
    """As they were named; what nobody named, as their record has it."""
    person = referral.person
    company = referral.company or (person.company if person else None) or _company_named(referral.company_name)
    return risks.Party(
        email=referral.email or (person.email if person else ""),
        phone=referral.phone or (person.phone if person else ""),
        name=referral.name or (person.name if person else ""), entities=_entities(company, referral.company_name),
        region=code_of(company.country) if company else "",
    )  # fmt: skip


def _party(person: Person, company: Company | None) -> risks.Party:
    return risks.Party(
        email=person.email, phone=person.phone, name=person.name, entities=_entities(company, ""),
        region=code_of(company.country) if company else "",
    )  # fmt: skip


def _company_named(name: str) -> Company | None:
    return Company.objects.filter(folded=fold(name)[:200]).order_by("pk").first() if name.strip() else None


def _entities(company: Company | None, name: str) -> frozenset[str]:
    """The record, its id in another system, and its name however it is spelled."""
    found = {f"name:{fold(name)[:200]}"} if name.strip() else set()
    if company is not None:
        found |= {f"company:{company.pk}", f"name:{company.folded}"}
        found |= {f"{company.source}:{company.external_id}"} if company.external_id else set()
    return frozenset(found)


def _around(referral: Referral, ring: bool) -> risks.Around:
    ours = [address for address in User.objects.exclude(email=None).values_list("email", flat=True) if address]
    house = parseaddr(settings.CONFIG.mail_from)[1]
    return risks.Around(
        our_mailboxes=frozenset(risks.one_mailbox(address) for address in ours),
        our_domains=frozenset(risks.firm_of(address) for address in (*ours, house)) - {""},
        payee=_payee(referral), decides=_decides(referral), older_deal=_older_deal(referral),
        this_week=_this_week(referral), week_limit=_limit(referral), ring=ring,
    )  # fmt: skip


def _payee(referral: Referral) -> str:
    """What a payee has in common with another advocate, or with who was introduced."""
    mine = set(referral.advocate.payee_marks)
    if not mine:
        return ""
    theirs = Payee("", legal_name=referral.name, email=referral.email)
    if _advocate(referral).name != referral.name and mine & set(marks(theirs)):
        return "referred"
    shared = {mark.partition(":")[0] for found in _same_payee(referral.advocate).values() for mark in found}
    return next((what for what in ("bank", "email", "name") if what in shared), "")


def _same_payee(advocate: Advocate) -> dict[int, set[str]]:
    """Other advocates that share a mark with this one, by id, with what they share."""
    mine = set(advocate.payee_marks)
    if not mine:
        return {}
    others = Advocate.objects.exclude(pk=advocate.pk).exclude(payee_at=None)
    shared = {pk: mine & set(theirs) for pk, theirs in others.order_by("pk").values_list("pk", "payee_marks")}
    return {pk: found for pk, found in shared.items() if found}


def _decides(referral: Referral) -> bool:
    if referral.deal_id is None:
        return False
    parts = DealPerson.objects.filter(deal=referral.deal_id, person=referral.advocate.person_id)
    return parts.filter(role=DealRole.DECISION_MAKER).exists()


def _older_deal(referral: Referral) -> bool:
    """By its record, or by the day it says it was opened: other systems keep no hour."""
    deal, named = referral.deal, referral.registered_at or referral.created_at
    if deal is None:
        return False
    opened_before = deal.opened_at is not None and local_day(deal.opened_at) < local_day(named)
    return deal.created_at < named or opened_before


def _this_week(referral: Referral) -> int:
    at = referral.registered_at or referral.created_at
    named = Referral.objects.filter(advocate=referral.advocate_id, registered_at__gt=at - WEEK, registered_at__lte=at)
    return named.exclude(state__in=GONE).count()


def _limit(referral: Referral) -> int:
    programme = referral.programme or in_force(local_day(referral.registered_at or referral.created_at))
    usual: int = Programme._meta.get_field("referrals_a_week").default
    return programme.referrals_a_week if programme else usual


def _ring(referral: Referral) -> list[Referral]:
    """Introductions of this advocate by the very person they introduce."""
    me, they = referral.advocate.person, _referred(referral)
    if me is None:
        return []
    named = Q(person=me) | Q(fingerprint=fingerprint(me.email)) if me.email else Q(person=me)
    back = Referral.objects.filter(named).exclude(pk=referral.pk).exclude(state__in=GONE)
    mailbox = risks.one_mailbox(they.email)
    return [
        other for other in back.select_related("advocate__person").order_by("pk")
        if (by := other.advocate.person) is not None
        and (by.pk == referral.person_id or (mailbox and risks.one_mailbox(by.email) == mailbox))
    ]  # fmt: skip


def _raise(referral: Referral, doubt: risks.Doubt, now: datetime) -> None:
    flag, made = RiskFlag.objects.get_or_create(
        referral=referral, code=doubt.code, defaults={"detail": doubt.detail, "raised_at": now}
    )
    if made:
        record(verb="refer.flag", subject=flag, actor=None, at=now, code=doubt.code, referral=referral.pk)
