"""What tests of the machine need: an advocate, a programme, a referral brought to a state as the product does it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rebond.accounts.models import User
from rebond.deals.models import Deal, Person
from rebond.learn.actions import ReasonGiven
from rebond.loop import close as closing
from rebond.refer.actions.advocates import advocate_of
from rebond.refer.actions.following import open_deal
from rebond.refer.actions.moving import move
from rebond.refer.actions.registering import Named, name_someone
from rebond.refer.models import Advocate, Programme, Referral, RewardRule

#: A Tuesday morning, as ``now`` of the cast.
DAY = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
PAUL = Named("Paul Roux", "paul@lumen.example", "+33199001234", "Lumen Habitat", "Runs three sites")


def make_programme(**fields: Any) -> Programme:
    """Version 1, open: a voucher of 100 EUR, 30 days after the deal was won."""
    values: dict[str, Any] = {"version": 1, "currency": "EUR", "hold_from": "close", "at": DAY - timedelta(days=90)}
    made = Programme.objects.create(**(values | fields))
    RewardRule.objects.create(programme=made, kind="voucher", amount_minor=10_000)
    RewardRule.objects.create(programme=made, kind="donation", amount_minor=8_000, position=1)
    return made


def make_advocate(person: Person, owner: User, **fields: Any) -> Advocate:
    """Somebody who works for themselves and would like a voucher."""
    made = advocate_of(person=person, owner=owner, actor=owner, now=DAY)
    for name, value in ({"allows": "self", "wants": "voucher"} | fields).items():
        setattr(made, name, value)
    made.save()
    return made


def named(advocate: Advocate, who: Named = PAUL, *, now: datetime = DAY, **rest: Any) -> Referral:
    return name_someone(advocate=advocate, named=who, actor=rest.pop("actor", advocate.owner), now=now, **rest)


def introduced(advocate: Advocate, who: Named = PAUL, *, now: datetime = DAY) -> Referral:
    """Named, and introduced an hour later."""
    return introduce(named(advocate, who, now=now), now + timedelta(hours=1))


def introduce(referral: Referral, now: datetime) -> Referral:
    return move(
        referral=referral, to="introduced", mode="three_way", evidence="a mail to both", actor=referral.owner, now=now
    )


def in_conversation(advocate: Advocate, who: Named = PAUL, *, now: datetime = DAY) -> Referral:
    """Introduced, and its deal was opened two hours later."""
    found = introduced(advocate, who, now=now)
    return open_deal(
        referral=found, amount_minor=500_000, currency="EUR", actor=found.owner, now=now + timedelta(hours=2)
    )


def won(advocate: Advocate, who: Named = PAUL, *, now: datetime = DAY) -> Referral:
    """Its deal was won three hours later."""
    found = in_conversation(advocate, who, now=now)
    end(deal_of(found), "won", now + timedelta(hours=3))
    found.refresh_from_db()
    return found


def deal_of(referral: Referral) -> Deal:
    referral.refresh_from_db()
    assert referral.deal is not None
    return Deal.objects.get(pk=referral.deal_id)


def end(deal: Deal, outcome: str, now: datetime) -> Any:
    """As the deal page closes it."""
    reasons = [] if outcome == "won" else [ReasonGiven("no_budget")]
    return closing.close(deal=deal, outcome=outcome, reasons=reasons, actor=deal.owner, source="screen", now=now)


def history(referral: Referral) -> list[str]:
    return list(referral.moves.order_by("number").values_list("to_state", flat=True))
