"""A no as the product records it: a deal whose contact somebody met, closed the one way there is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rebond.accounts.models import User
from rebond.deals.models import CloseEvent, Deal, Person
from rebond.learn.actions import ReasonGiven
from rebond.loop import close as closing
from rebond.refer.models import AskMoment, ReferralAsk
from tests.factories import make_company, make_deal, make_person, make_touch


def a_no(
    deal: Deal, now: datetime, *, outcome: str = "lost", reason: str = "no_budget", words: str = "", met: bool = True,
    **rest: Any,
) -> CloseEvent:  # fmt: skip
    """Closes ``deal``; its first person was met a week before."""
    part = deal.deal_people.order_by("pk").first()
    if met and part is not None:
        make_touch(deal, at=now - timedelta(days=7), channel="meeting", person=part.person, result="held")
    reasons = [] if outcome in ("won", "duplicate") else [ReasonGiven(reason, verbatim=words)]
    return closing.close(
        deal=deal, outcome=outcome, reasons=reasons, actor=deal.owner, source="screen", now=now, **rest
    )  # fmt: skip


def talk(event: CloseEvent) -> ReferralAsk:
    return event.referral_asks.get(moment=AskMoment.TALK)


def letter(event: CloseEvent) -> ReferralAsk:
    return event.referral_asks.get(moment=AskMoment.WRITTEN)


def another(owner: User, name: str = "Inès Ferrand", **person: Any) -> tuple[Deal, Person]:
    """A further deal with somebody who decides."""
    first = name.split(maxsplit=1)[0].lower()
    values = {"email": f"{first}@roussel.example", "phone": "+33199001122"} | person
    who = make_person(name, company=make_company("Atelier Roussel"), **values)
    return make_deal("Ledger", owner=owner, company=who.company, people={who: "decision_maker"}), who
