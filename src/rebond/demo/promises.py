"""What the demo company's Today list promised over the last year, written as if it had been there all along."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Q

from rebond.accounts.models import User
from rebond.deals.models import Deal, Direction, Outcome, Touch
from rebond.loop.models import Promise
from rebond.worth.models import Plan
from rebond.worth.plans.choosing import in_force, rule_of
from rebond.worth.plans.rules import earned

YEAR, SEED = timedelta(days=365), 41
#: Of the contacts of the year so many were items of the list; so many of these were explorations.
LISTED, EXPLORED = 0.4, 0.05
#: Chance that a deal is won within ninety days of a contact, as a list would know it; and what an item costs.
CHANCE, MINUTE_MINOR, FOLLOWING = 0.155, 68, 52


def let_the_list_promise(*, now: datetime) -> None:
    """Promises for contacts of the last year, from what is known of each deal on that day; never from how it ended."""
    rng = random.Random(SEED)  # noqa: S311 (invented data)
    touches = Touch.objects.filter(at__gte=now - YEAR, at__lt=now, direction=Direction.OUT, deal__isnull=False)
    found = touches.select_related("deal", "owner").order_by("at", "pk")
    plans, sold = list(Plan.objects.all()), _sold_before(now - YEAR)
    Promise.objects.bulk_create(_promises(rng, found.iterator(chunk_size=2000), plans, sold), batch_size=500)


def _sold_before(then: datetime) -> dict[int | None, float]:
    """How often each seller had sold by then, against all of them: what the list would have known."""
    closed = Deal.objects.filter(closed_at__lt=then).exclude(outcome__in=(Outcome.DUPLICATE, Outcome.UNKNOWN))
    counts = closed.values_list("owner").annotate(n=Count("pk"), k=Count("pk", filter=Q(outcome=Outcome.WON)))
    rows = list(counts.order_by("owner"))
    share = sum(k for _owner, _n, k in rows) / max(sum(n for _owner, n, _k in rows), 1)
    return {owner: (k + 10 * share) / (n + 10) / share for owner, n, k in rows} if share else {}


def _promises(
    rng: random.Random, touches: Iterator[Touch], plans: list[Plan], sold: dict[int | None, float]
) -> Iterator[Promise]:  # fmt: skip
    for touch in touches:
        if rng.random() < LISTED and touch.deal is not None and touch.owner is not None:
            made = _promise(rng, touch, touch.deal, touch.owner, plans, sold.get(touch.owner_id, 1.0))
            if made is not None:
                yield made


def _promise(
    rng: random.Random, touch: Touch, deal: Deal, owner: User, plans: list[Plan], sold: float
) -> Promise | None:  # fmt: skip
    """A chance that leans a little towards younger deals, times what its sale would earn, less the work to come."""
    plan = in_force(plans, deal.team_id, on=touch.at.date(), currency="EUR")
    gain = earned(rule_of(plan), deal.amount_minor) if plan else None
    if gain is None or deal.opened_at is None:
        return None
    age = (touch.at - deal.opened_at).days
    chance = sold * CHANCE * (1.25 if age < 45 else 0.9) * rng.uniform(0.8, 1.2)
    minutes = {"call": 6, "email": 4, "meeting": 48}.get(touch.channel, 5)
    gross = round(chance * gain)
    worth = gross - MINUTE_MINOR * (minutes + FOLLOWING)
    return Promise(
        user=owner, team_id=owner.team_id, item=f"loop.quiet:{deal.pk}", kind="loop.quiet", at=touch.at,
        ref=f"demo:{touch.pk}", deal=deal, person_id=touch.person_id, worth_minor=worth,
        lo80_minor=round(worth - 0.7 * gross), hi80_minor=round(worth + 0.9 * gross), gross_minor=gross,
        currency="EUR", minutes=minutes, explored=rng.random() < EXPLORED, leans="own",
    )  # fmt: skip
