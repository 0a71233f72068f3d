"""Does the order earn? Lists by worth against an all-knowing order, oldest first, biggest first and by chance.

Teams whose truth is known (``bench/order_world.py``): their records are written to a database, the worker's own code
makes facts and price lists of them, and each day's list is priced, ranked and cut by the steps of the product. A day is
60 things (36 people to write to or call, 20 quiet deals, 4 signs of readiness) and 45 minutes. What a list earns is the
sum of the true worth, net of all work that follows, of what fits into its minutes; tries and all.

All-knowing is the same cut of a list by true worth per minute, which nobody can have; the best choice of things for the
same minutes (an exact knapsack) is printed beside it, and what the same list earns before anything was learnt, by
stated chances alone: where that is nearly as good, it is not the learning that earns. Truth goes into records only
as what happened.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from bench.measure import ROOT, Figure, main, own_folder
from bench.order_world import (
    AHEAD,
    CALL_MINUTES,
    CROOKED,
    DEAL_MINUTES,
    EVEN,
    HOUR_COST,
    LARGE,
    MIDDLE,
    NEW,
    NOTE_MINUTES,
    SHARE,
    SIGN_MINUTES,
    UNLIKE,
    USUAL,
    Past,
    Team,
    World,
    amounts,
    past_of_deal,
    write,
)

PEOPLE, DEALS, SIGNS, MINUTES = 36, 20, 4, 45
LISTS = 400
AT_LEAST = 0.90
SEED = 6
TEAMS = {team.name: team for team in (NEW, USUAL, LARGE, CROOKED, EVEN, UNLIKE)}


@dataclass(frozen=True)
class Thing:
    """One thing of a day: what the product sees of it, and what it is truly worth."""

    candidate: Any
    amount: int
    truth: float


@dataclass(frozen=True)
class Earned:
    """What so many lists earned, minor units: by the product's order, and by others; ``unlearnt``: the product's with
    stated chances only.
    """

    by_worth: float
    all_knowing: float
    best: float
    oldest: float
    biggest: float
    by_chance: float
    unlearnt: float = 0.0

    def __add__(self, other: Earned) -> Earned:
        return Earned(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def day_of(world: World, seller: int, prices: Any, today: date, rng: np.random.Generator) -> list[Thing]:
    """The things of one day, with their prices as the product makes them."""
    from rebond.findings.worth import Candidate, price_of
    from rebond.loop.plays import deal_price
    from rebond.nurture.plays import due_price

    minute = HOUR_COST / 60
    average = SHARE * MIDDLE * np.exp(world.team.spread**2 / 2)
    things = []
    for number in range(PEOPLE):
        takes = NOTE_MINUTES if rng.random() < 0.7 else CALL_MINUTES
        truth = world.answers[seller] * world.buys[seller] * average - takes * minute
        found = Candidate(
            f"nurture.keep:{number}.1", takes, _since(today, rng), 3, due_price(prices, "interval", takes)
        )
        things.append(Thing(found, 0, truth))
    for number in range(SIGNS):
        truth = world.signs[seller] * average - SIGN_MINUTES * minute
        worth = price_of(prices, ("signal.buys",), SIGN_MINUTES)
        things.append(
            Thing(Candidate(f"nurture.signal:{number}", SIGN_MINUTES, _since(today, rng), 1, worth), 0, truth)
        )
    open_now = open_deals(world, seller, DEALS, rng)
    pasts, sums = [past for past, _amount in open_now], np.array([amount for _past, amount in open_now])
    made = np.array([len(past.days) for past in pasts])
    silent = np.array([past.silent for past in pasts])
    truths = world.worth_of_deals(seller, np.minimum(made, AHEAD - 1), silent, sums, minute)
    for number in range(DEALS):
        worth = deal_price(prices, (int(made[number]), int(silent[number])), int(sums[number]), "EUR")
        found = Candidate(f"loop.quiet:{number}", DEAL_MINUTES, _since(today, rng), 4, worth)
        things.append(Thing(found, int(sums[number]), float(truths[number])))
    return things


def open_deals(world: World, seller: int, count: int, rng: np.random.Generator) -> list[tuple[Past, int]]:
    """Deals with their amounts as they stand when they are open: some young, some silent for long."""
    found: list[tuple[Past, int]] = []
    while len(found) < count:
        amount = int(amounts(rng, 1, world.team.spread)[0])
        past = past_of_deal(world, seller, amount, float(rng.uniform(21, 200)))
        if past.outcome == "open":
            found.append((past, amount))
    return found


def _since(today: date, rng: np.random.Generator) -> date:
    return today - timedelta(days=int(rng.integers(1, 60)))


def by_worth(things: Sequence[Thing], today: date) -> float:
    """What the product's own list earns."""
    from rebond.loop.today import Day, cut, rank

    day, truth = Day(today, MINUTES), {thing.candidate.key: thing.truth for thing in things}
    fits = cut(rank([thing.candidate for thing in things], day), day).fitting
    return sum(truth[item.key] for item in fits)


def earned(things: Sequence[Thing], today: date, rng: np.random.Generator) -> Earned:
    """What each order earns of one day's minutes."""
    shuffled = [things[place] for place in rng.permutation(len(things))]
    orders: tuple[Callable[[Thing], Any], ...] = (
        lambda thing: -thing.truth / thing.candidate.minutes,
        lambda thing: (thing.candidate.since, thing.candidate.key),
        lambda thing: -thing.amount,
    )
    all_knowing, oldest, biggest = (_in_order(sorted(shuffled, key=key)) for key in orders)
    ours = by_worth(things, today)
    return Earned(ours, all_knowing, knapsack(things), oldest, biggest, _in_order(shuffled))


def _in_order(things: Sequence[Thing]) -> float:
    """From the top until the minutes are spent; whoever knows that a thing costs more than it returns leaves it."""
    left, total = MINUTES, 0.0
    for thing in things:
        left -= thing.candidate.minutes
        if left < 0:
            break
        total += thing.truth
    return total


def knapsack(things: Sequence[Thing]) -> float:
    """The most that any choice of things earns in the minutes (dynamic programming over minutes)."""
    best = np.zeros(MINUTES + 1)
    for thing in things:
        takes = thing.candidate.minutes
        if thing.truth > 0:
            best[takes:] = np.maximum(best[takes:], best[:-takes] + thing.truth)
    return float(best[-1])


def of_team(team: Team, *, lists: int, seed: int, now: datetime) -> Earned:
    """Writes the team's past, lets the product make its price lists, and earns by them."""
    from rebond.facts import warm
    from rebond.loop.prices import make_all, prices_for, usual_prices

    world = World(team, np.random.default_rng(seed))
    sellers = write(world, now)
    warm.forget()
    make_all(now=now)
    total = Earned(0, 0, 0, 0, 0, 0)
    for number in range(lists):
        seller = number % len(sellers)
        prices, today = prices_for(sellers[seller], now=now), now.date() + timedelta(days=number)
        stated = usual_prices(prices.currency, gain=prices.gain, share=prices.share, minute=prices.minute)
        things, same = (
            day_of(world, seller, by, today, np.random.default_rng((seed, number))) for by in (prices, stated)
        )
        total += earned(things, today, np.random.default_rng((seed, number, 1)))
        total += Earned(0, 0, 0, 0, 0, 0, unlearnt=by_worth(same, today))
    return total


def figures() -> list[Figure]:
    """Each team in a process and a folder of its own, so that none leans on another."""
    return [figure for team in TEAMS.values() for figure in told(team, _apart(team))]


def _apart(team: Team) -> Earned:
    done = subprocess.run(
        [sys.executable, "-m", "bench.order", "--team", team.name], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        check=True,
    )  # fmt: skip
    return Earned(**json.loads(done.stdout.splitlines()[-1]))


def alone(team: Team, lists: int) -> Earned:
    """One team, in a throw-away folder."""
    with own_folder():
        from django.utils import timezone

        return of_team(team, lists=lists, seed=SEED + list(TEAMS).index(team.name), now=timezone.now())


def told(team: Team, total: Earned) -> list[Figure]:
    about = f"{team.name} team ({team.sellers} sellers, {team.days} days): "
    limit = AT_LEAST if team in (USUAL, LARGE, UNLIKE) else None
    best, chance, stated = (one / total.all_knowing for one in (total.best, total.by_chance, total.unlearnt))
    beside = f"best possible choice {best:.3f}x; by chance {chance:.2f}x; with stated chances only {stated:.3f}x"
    return [
        Figure(about + "the list / an all-knowing order", total.by_worth / total.all_knowing, "x", limit, True, beside),
        Figure("the list / oldest first", total.by_worth / total.oldest, "x", 1.0, True),
        Figure("the list / biggest amount first", total.by_worth / total.biggest, "x", 1.0, True),
    ]


if __name__ == "__main__" and sys.argv[1:2] == ["--team"]:
    print(json.dumps(asdict(alone(TEAMS[sys.argv[2]], LISTS))))
elif __name__ == "__main__":
    main(figures, __doc__)
