"""Invented sales teams whose truth is known: what every contact is really worth, and the records that follow from it.

Each seller has a level of their own. A deal's next contact sells, brings the buyer's no or an answer with chances that
fall with silence; sellers give up the more readily the longer it is silent (so noes are not what they seem). People who
said no get a note every quarter, answer with the seller's own chance, and buy after all with another. Signs of
readiness end in a sale with a third. Amounts are lognormal, commission is a share of them.

The records are written as an import leaves them; nothing of the truth goes into them but what happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

SHARE, HOUR_COST = 0.08, 3_350
#: Of a contact of each kind of item, minutes; and of a contact that follows.
DEAL_MINUTES, SIGN_MINUTES, NOTE_MINUTES, CALL_MINUTES, FOLLOWING = 5, 5, 2, 5, 6.0
AHEAD, SILENCES = 30, 9
BATCH = 500


@dataclass(frozen=True)
class Team:
    """How large, how old, and how it sells.

    Attributes:
        win, end, reply: chances of the first contact of a deal; ``silence``: how steeply the first falls with it.
        answers, buys, signs_buy: of people in touch, and of signs.
        differ: how far sellers' levels lie apart (standard deviation of the logarithm).
        dearer: the chance to sell falls with this power of the amount, which the product does not look for.
        spread: of amounts (standard deviation of the logarithm).
    """

    name: str
    sellers: int
    days: int
    deals_a_year: int = 40
    people: int = 120
    win: float = 0.055
    end: float = 0.04
    reply: float = 0.5
    silence: float = 0.35
    answers: float = 0.20
    buys: float = 0.06
    signs_buy: float = 0.33
    differ: float = 0.35
    dearer: float = 0.0
    spread: float = 1.0


#: A new team in its second month; a usual one; a large one.
NEW = Team("new", sellers=3, days=60)
USUAL = Team("usual", sellers=8, days=730)
LARGE = Team("large", sellers=40, days=730, win=0.045, answers=0.12, buys=0.09, silence=0.5)
#: As the usual one, but a deal ten times as dear is won half as often.
CROOKED = Team("crooked", sellers=8, days=730, dearer=0.3)
#: As the usual one, but all deals are of nearly one size, so that amounts tell little; and sellers differ more.
EVEN = Team("even", sellers=8, days=730, spread=0.2, differ=0.5)
#: Far from what is usual: deals hardly react, signs mean little, people in touch answer and buy.
UNLIKE = Team("unlike", sellers=8, days=730, spread=0.5, win=0.012, silence=0.1, answers=0.4, buys=0.16, signs_buy=0.03)
#: What an amount is held against.
MIDDLE = 600_000


@dataclass
class World:
    """A team with what is true of its sellers.

    Attributes:
        level: by how much more often than the team each seller sells; ``answers``, ``buys``, ``signs``: chances.
    """

    team: Team
    rng: np.random.Generator
    level: Any = field(init=False)
    answers: Any = field(init=False)
    buys: Any = field(init=False)
    signs: Any = field(init=False)

    def __post_init__(self) -> None:
        team, count = self.team, self.team.sellers
        self.level = np.exp(self.rng.normal(-(team.differ**2) / 2, team.differ, count))
        self.answers, self.buys, self.signs = (
            self.rng.beta(mean * alike, (1 - mean) * alike, count)
            for mean, alike in ((team.answers, 25), (team.buys, 40), (team.signs_buy, 25))
        )

    def contact(self, seller: int, made: int, silent: Any, amount: Any) -> tuple[Any, Any, Any]:
        """Chances of the next contact: it sells, brings the buyer's no, is answered (if neither)."""
        team = self.team
        dear = (amount / MIDDLE) ** -team.dearer
        win = np.minimum(team.win * self.level[seller] * np.exp(-team.silence * silent) * 0.98**made * dear, 0.9)
        return win, team.end, team.reply * np.exp(-0.25 * silent)

    def worth_of_deals(self, seller: int, made: Any, silent: Any, amount: Any, minute: float) -> Any:
        """Of one more contact, then of going on as long as that truly pays; minor units, one for each deal."""
        gain = amount * SHARE
        later = np.zeros((SILENCES, len(gain)))
        found = np.zeros(len(gain))
        each, states = FOLLOWING * minute, np.arange(SILENCES)
        for at in reversed(range(AHEAD)):
            win, end, reply = self.contact(seller, at, states[:, None].astype(float), amount[None, :])
            longer = np.minimum(states + 1, SILENCES - 1)
            value = win * gain - each + (1 - win - end) * (reply * later[:1] + (1 - reply) * later[longer])
            here = made == at
            found[here] = value[silent[here], np.flatnonzero(here)]
            later = np.maximum(value, 0)
        return found + (FOLLOWING - DEAL_MINUTES) * minute


def amounts(rng: np.random.Generator, count: int, spread: float) -> Any:
    """Of deals, minor units: half of them below 6,000."""
    return np.round(rng.lognormal(np.log(MIDDLE), spread, count)).astype(np.int64)


@dataclass(frozen=True)
class Past:
    """One deal's history: days of its contacts from its opening, which were answered, how and when it ended."""

    days: list[float]
    answered: list[bool]
    outcome: str
    closed: float | None

    @property
    def silent(self) -> int:
        """Contacts since the last answered one."""
        found = 0
        for answered in self.answered:
            found = 0 if answered else found + 1
        return min(found, SILENCES - 1)


def past_of_deal(world: World, seller: int, amount: float, until: float) -> Past:
    """From its opening until it ended, was given up, or now is."""
    rng, day, silent = world.rng, 0.0, 0
    days: list[float] = []
    answered: list[bool] = []
    while day <= until:
        win, end, reply = (float(part) for part in world.contact(seller, len(days), np.float64(silent), amount))
        days.append(day)
        draw = rng.random()
        if draw < win:
            return Past(days, [*answered, True], "won", day)
        if draw < win + end:
            return Past(days, [*answered, True], "lost", day)
        answered.append(bool(rng.random() < reply))
        silent = 0 if answered[-1] else min(silent + 1, SILENCES - 1)
        if rng.random() < 0.05 + 0.05 * silent:  # the seller gives up, and says so two times in three
            closed = day + 30
            return Past(days, answered, "lost", closed) if rng.random() < 2 / 3 and closed <= until else Past(
                days, answered, "open", None)  # fmt: skip
        day += rng.exponential(11.0) + 1
    return Past(days, answered, "open", None)


def write(world: World, now: datetime) -> list[Any]:
    """The records of the team's past, in the database of this process; its sellers."""
    from rebond.accounts.models import Team as TeamRow
    from rebond.accounts.models import User
    from rebond.worth.models import Plan

    team = TeamRow.objects.create(name=world.team.name)
    Plan.objects.create(team=team, kind="percent", basis_points=round(SHARE * 10_000), valid_from=now.date(), at=now)
    sellers = [
        User.objects.create_user(f"{world.team.name}{number}@rebond.example", name=f"Seller {number}", team=team)
        for number in range(world.team.sellers)
    ]
    for number, seller in enumerate(sellers):
        _write_deals(world, number, seller, now)
        _write_people(world, number, seller, now)
    return sellers


def _deal(seller: Any, opened: datetime, closed: datetime | None, outcome: str, amount: int, now: datetime) -> Any:
    from rebond.deals.models import Deal

    return Deal(
        name="Maintenance", owner=seller, team=seller.team, outcome=outcome, opened_at=opened,
        closed_at=closed if outcome != "open" else None, amount_minor=int(amount), currency="EUR", created_at=now,
        updated_at=now,
    )  # fmt: skip


def _write_deals(world: World, number: int, seller: Any, now: datetime) -> None:
    from rebond.deals.models import Deal, Touch

    count = round(world.team.deals_a_year * world.team.days / 365)
    ages = world.rng.uniform(0, world.team.days, count)
    sums = amounts(world.rng, count, world.team.spread)
    pasts = [past_of_deal(world, number, amount, age) for amount, age in zip(sums, ages, strict=True)]
    opened = [now - timedelta(days=float(age)) for age in ages]
    made = Deal.objects.bulk_create(
        [
            _deal(seller, start, start + timedelta(days=past.closed or 0), past.outcome, amount, now)
            for start, past, amount in zip(opened, pasts, sums, strict=True)
        ],
        batch_size=BATCH,
    )
    channels = world.rng.choice(["call", "email"], size=sum(len(past.days) for past in pasts)).tolist()
    touches = [
        Touch(
            deal=deal, owner=seller, at=start + timedelta(days=day), channel=channels.pop(), direction="out",
            minutes=round(FOLLOWING), result="reached" if answered else "no_answer", source="csv",
        )
        for deal, start, past in zip(made, opened, pasts, strict=True)
        for day, answered in zip(past.days, past.answered, strict=True)
    ]  # fmt: skip
    Touch.objects.bulk_create(touches, batch_size=BATCH)


def _write_people(world: World, number: int, seller: Any, now: datetime) -> None:
    """Notes to people who said no, signs of readiness, and the sales that followed either."""
    from rebond.deals.models import Deal, DealPerson, Person
    from rebond.nurture.models import Enrolment, Signal, Step

    rng, span = world.rng, world.team.days
    count, signs = world.team.people, max(round(14 * span / 365), 1)
    people = Person.objects.bulk_create(
        [Person(name=f"Person {place}", created_at=now, updated_at=now) for place in range(count + signs)],
        batch_size=BATCH,
    )
    began = [now - timedelta(days=float(age)) for age in rng.uniform(0, span, count)]
    kept = Enrolment.objects.bulk_create(
        [
            Enrolment(person=person, owner=seller, team=seller.team, cadence="price", started_at=start)
            for person, start in zip(people[:count], began, strict=True)
        ],
        batch_size=BATCH,
    )
    steps, sales = [], []
    for enrolment, start in zip(kept, began, strict=True):
        for place, at in enumerate(_quarterly(start, now), start=1):
            answered = at + timedelta(days=3) if rng.random() < world.answers[number] else None
            steps.append(Step(enrolment=enrolment, number=place, channel="email", status="done", at=at, done_at=at,
                              answered_at=answered, by=seller))  # fmt: skip
            if answered and rng.random() < world.buys[number]:
                sales.append((enrolment.person, answered + timedelta(days=15)))
                break
    Step.objects.bulk_create(steps, batch_size=BATCH)
    seen = [now - timedelta(days=float(age)) for age in rng.uniform(0, span, signs)]
    Signal.objects.bulk_create(
        [
            Signal(person=person, owner=seller, team=seller.team, kind="wrote", ref=f"{seller.pk}.{person.pk}", at=at,
                   noted_at=at, verdict="talking", settled_at=at)
            for person, at in zip(people[count:], seen, strict=True)
        ],
        batch_size=BATCH,
    )  # fmt: skip
    sales += [(person, at + timedelta(days=5)) for person, at in zip(people[count:], seen, strict=True)
              if rng.random() < world.signs[number]]  # fmt: skip
    sales = [(person, opened) for person, opened in sales if opened <= now]
    closings = [opened + timedelta(days=float(rng.uniform(20, 150))) for _person, opened in sales]
    deals = Deal.objects.bulk_create(
        [
            _deal(seller, opened, closed, "won" if closed <= now else "open", amount, now)
            for (_person, opened), closed, amount in zip(
                sales, closings, amounts(rng, len(sales), world.team.spread), strict=True
            )
        ],
        batch_size=BATCH,
    )
    DealPerson.objects.bulk_create(
        [DealPerson(deal=deal, person=person) for deal, (person, _opened) in zip(deals, sales, strict=True)],
        batch_size=BATCH,
    )


def _quarterly(start: datetime, now: datetime) -> Iterator[datetime]:
    at = start
    while at <= now:
        yield at
        at += timedelta(days=91)
