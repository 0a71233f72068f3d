"""Introductions where they are looked for: on a deal's page and on a person's. A constant, small number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field

from rebond.accounts.models import User
from rebond.deals.models import NOES, Deal, Person
from rebond.refer.access import advocates_for, asks_for, may_write, referrals_for
from rebond.refer.asked.words import because
from rebond.refer.models import Advocate, AskStatus, Referral, ReferralAsk, State
from rebond.refer.queries.chain import Link, chain_of
from rebond.refer.queries.standing import decision_contact
from rebond.refer.told.standing import advocate_of, who_in_words

#: So many are listed on a person's page; the advocate's own page lists the others.
AT_MOST = 6


@dataclass(frozen=True)
class Ask:
    """Whom to ask for an introduction after a no: planned, asked, or why not; ``may``: the reader may; ``because``: why
    not, as far as it is the reader's to know."""

    ask: ReferralAsk
    name: str
    may: bool
    because: str = ""

    @property
    def is_planned(self) -> bool:
        return self.ask.status == AskStatus.PLANNED


@dataclass(frozen=True)
class OfDeal:
    """What a deal's page says of introductions; empty where there is nothing.

    ``whom``: whoever could be asked after a no for which nothing was planned (it came with an import).
    """

    referral: Referral | None = None
    advocate: str = ""
    who: str = ""
    chain: list[Link] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    whom: Person | None = None

    @property
    def anything(self) -> bool:
        return self.referral is not None or bool(self.asks) or self.whom is not None


@dataclass(frozen=True)
class Told:
    """One introduction on a person's page: its other end, and where it stands."""

    referral: Referral
    name: str
    state: str


@dataclass(frozen=True)
class OfPerson:
    """What a person's page says: who introduced them, whom they introduced, and their page as an advocate."""

    advocate: Advocate | None
    introduced_by: list[Told]
    introduced: list[Told]

    @property
    def anything(self) -> bool:
        return bool(self.advocate or self.introduced_by or self.introduced)


def of_deal(deal: Deal, user: User) -> OfDeal:
    """The introduction that led to ``deal``, and whom to ask after it ended in a no; the deal may be opened already."""
    led = referrals_for(user).filter(deal=deal).exclude(state__in=(State.DUPLICATE, State.VOID)).order_by("-pk").first()
    asks = _asks(deal, user) if deal.outcome in NOES else []
    nobody = deal.outcome in NOES and not asks and may_write(user, deal.owner_id)
    whom = decision_contact(deal) if nobody else None
    if led is None:
        return OfDeal(asks=asks, whom=whom)
    return OfDeal(led, advocate_of(led), who_in_words(led), chain_of(deal, user), asks, whom)


def _asks(deal: Deal, user: User) -> list[Ask]:
    """One line a person: what is planned goes before what was asked, and that before what is not done."""
    order = (AskStatus.PLANNED, AskStatus.ASKED, AskStatus.PASSED, AskStatus.EXCLUDED)
    found = asks_for(user).filter(deal=deal, status__in=order).exclude(person=None)
    best: dict[int, ReferralAsk] = {}
    for one in sorted(found.order_by("pk"), key=lambda ask: order.index(AskStatus(ask.status))):
        best.setdefault(one.person_id or 0, one)
    return [
        Ask(one, one.person.name if one.person else "", may_write(user, one.owner_id),
            because(one, own=one.owner_id == user.pk))
        for one in best.values()
    ]  # fmt: skip


def of_person(person: Person, user: User) -> OfPerson:
    """Three queries."""
    named = ("-created_at", "-pk")
    mine = referrals_for(user).exclude(state=State.VOID)
    by = list(mine.filter(person=person).order_by(*named)[:AT_MOST])
    introduced = mine.filter(advocate__person=person).exclude(name="", company_name="").order_by(*named)[:AT_MOST]
    return OfPerson(
        advocate=advocates_for(user).filter(person=person).first(),
        introduced_by=[Told(one, advocate_of(one), str(one.get_state_display())) for one in by],
        introduced=[Told(one, who_in_words(one), str(one.get_state_display())) for one in introduced],
    )
