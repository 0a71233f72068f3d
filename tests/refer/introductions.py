"""Asks and introductions for tests, as rows of the tables with their moves: a whole past at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count

from rebond.accounts.models import User
from rebond.deals.models import CloseEvent, Person
from rebond.refer.models import Advocate, AskStatus, Move, Referral, ReferralAsk
from tests.factories import make_closed_deal, make_person

_numbers = count(1)


def advocate(owner: User, at: datetime, name: str = "", person: Person | None = None) -> Advocate:
    """Somebody who may introduce us."""
    person = person or make_person(name or f"Advocate {next(_numbers)}")
    return Advocate.objects.create(person=person, owner=owner, team=owner.team, since=at)


def loss(owner: User, at: datetime, *, excluded: bool = False) -> tuple[CloseEvent, ReferralAsk]:
    """A no with its planned (or excluded) ask."""
    _deal, event = make_closed_deal(owner=owner, closed_at=at)
    ask = ReferralAsk.objects.create(
        close_event=event, deal=event.deal, person=make_person(f"Buyer {next(_numbers)}"), owner=owner,
        team=owner.team, moment="talk", planned_at=at, due_on=at.date(), until_on=at.date(),
        status=AskStatus.EXCLUDED if excluded else AskStatus.PLANNED, because="not_met" if excluded else "",
    )  # fmt: skip
    return event, ask


def asked(ask: ReferralAsk, at: datetime) -> ReferralAsk:
    """It was asked then."""
    ask.status, ask.asked_at = AskStatus.ASKED, at
    ask.save()
    return ask


def referral(
    whose: Advocate, moves: Mapping[str, datetime], *, ask: ReferralAsk | None = None, mode: str = "", name: str = "",
    owner: User | None = None,
) -> Referral:  # fmt: skip
    """An introduction that went through these states on these days; the last one is its state."""
    (first, at), (state, state_at) = next(iter(moves.items())), list(moves.items())[-1]
    seller = owner or whose.owner
    made = Referral.objects.create(
        advocate=whose, ask=ask, owner=seller, team=seller.team if seller else None, state=state, state_at=state_at,
        mode=mode, name=name, created_at=at,
    )  # fmt: skip
    Move.objects.bulk_create(
        Move(referral=made, number=number, to_state=to, at=day, from_state="" if to == first else "asked")
        for number, (to, day) in enumerate(moves.items(), start=1)
    )
    return made


def path(start: datetime, *steps: str, every: int = 5) -> dict[str, datetime]:
    """States in their order, one each ``every`` days."""
    return {state: start + timedelta(days=every * place) for place, state in enumerate(steps)}
