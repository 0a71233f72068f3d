"""How the Today list is made: small pure steps over light candidates, in the order of ``STEPS``.

Each step takes the list and the day and returns a list; none looks anything up, and the order in which the candidates
came changes nothing. A list by worth per minute is the best way to fill a budget of minutes but for its last item
(Dantzig, "Discrete-variable extremum problems", Operations Research 5, 1957).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from hashlib import blake2b

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.findings.worth import Candidate

#: A kind that takes the place of another about the same record: a goodbye, of following up.
INSTEAD = {"worth.goodbye": "loop.quiet"}
#: Of the day's minutes: what may go to learning before anything that has a price, and to trying out.
LEARNING, TRYING = 1 / 3, 1 / 10
#: A try may be worth so many times what it is on average; making room for it may cost so many minutes beyond its own.
MUCH_MORE, SLACK = 1.5, 1
#: One place in so many is for trying out.
ONE_IN = 10


@dataclass(frozen=True)
class Day:
    """What the steps go by.

    Attributes:
        decided: keys of items that were done, put off beyond today, or called not useful.
        minutes: the person's budget for the day.
        spent: minutes of what is done today already; ``learnt`` and ``tried`` are those of them that went to things
            without a price and to explorations.
    """

    today: date
    minutes: int
    spent: int = 0
    decided: frozenset[str] = frozenset()
    learnt: int = 0
    tried: int = 0

    @property
    def left(self) -> int:
        """Minutes that are left of the budget."""
        return max(self.minutes - self.spent, 0)


@dataclass(frozen=True)
class Ranked:
    """The finished list: what fits the day, then what can wait."""

    fitting: tuple[Candidate, ...]
    waiting: tuple[Candidate, ...]
    minutes: int


Step = Callable[[list[Candidate], Day], list[Candidate]]


def costs(one: Candidate) -> bool:
    """Whether it costs more than it returns, on average."""
    return one.price is not None and one.price.value < 0 and not one.explored


def without_decided(items: list[Candidate], day: Day) -> list[Candidate]:
    """What was done, put off or called not useful is not shown again."""
    return [item for item in items if item.key not in day.decided]


def each_once(items: list[Candidate], day: Day) -> list[Candidate]:  # noqa: ARG001
    """Two rooms that name the same thing show it once."""
    return list({item.key: item for item in reversed(items)}.values())[::-1]


def ends_instead(items: list[Candidate], day: Day) -> list[Candidate]:  # noqa: ARG001
    """A deal that had better be ended kindly is not followed up."""
    gone = {f"{INSTEAD[item.kind]}:{item.pk}" for item in items if item.kind in INSTEAD}
    return [item for item in items if item.key not in gone] if gone else items


def most_worth_first(items: list[Candidate], day: Day) -> list[Candidate]:  # noqa: ARG001
    """Most worth per minute first; what waited longer settles ties, then the key, so that the order never flickers.

    What has no price follows, kind by kind, and what costs more than it returns comes last.
    """
    return sorted(items, key=_place)


def _place(item: Candidate) -> tuple[int, float, date, str]:
    if item.price is None:
        return 1, item.weight, item.since, item.key
    return (0 if item.price.value >= 0 else 2), -item.price.per_minute, item.since, item.key


def learning_first(items: list[Candidate], day: Day) -> list[Candidate]:
    """What cannot be priced, since one learns from it: up to a third of the day's minutes before all else, the rest
    after what is worth its minutes and fits the day.
    """
    learning = [item for item in items if item.price is None]
    first = within(learning, day.minutes * LEARNING - day.learnt)
    priced = [item for item in items if item.price is not None and not costs(item)]
    fits = within(priced, day.left - _minutes(first))
    at, up_to = len(first), len(fits)
    return [*first, *fits, *learning[at:], *priced[up_to:], *(item for item in items if costs(item))]


def one_in_ten_explores(items: list[Candidate], day: Day) -> list[Candidate]:
    """A small share of things whose upper end would earn a place but whose mean does not: trying is how one learns.

    Drawn by lot from day and key, the same all day: up to a tenth of the day's minutes, but at least one place in ten.
    They stand at every tenth place, or last of those that fit; what fitted last makes room.
    """
    fits = fitting(items, day)
    drawn = _drawn(fits, items[len(fits) :], day)
    stays = _with_room(fits, day.left - _minutes(drawn))
    if not drawn or all(item.price is None for item in stays):
        return items
    keys = {item.key for item in drawn}
    kept = {item.key for item in stays}
    rest = [item for item in items if item.key not in keys and item.key not in kept]
    for number, item in enumerate(drawn, start=1):
        stays.insert(number * ONE_IN - 1, replace(item, explored=True))
    return stays + rest


def _drawn(fits: Sequence[Candidate], others: Sequence[Candidate], day: Day) -> list[Candidate]:
    """Which of the others are tried today."""
    bar = min((item.price.per_minute for item in fits if item.price is not None), default=None)
    if bar is None:
        return []
    lots = sorted(
        (item for item in others if item.kind not in INSTEAD and may_be_more(item, bar)),
        key=lambda item: lot(day.today, item.key),
    )
    cheap = cache(partial(_cheap, fits, day.left))
    drawn: list[Candidate] = []
    for item in lots:
        takes = _minutes(drawn) + item.minutes
        if day.tried + takes <= day.minutes * TRYING and cheap(takes):
            drawn.append(item)
    if not drawn and not day.tried and len(fits) >= ONE_IN:
        drawn = next(([item] for item in lots if cheap(item.minutes)), [])
    return drawn


def may_be_more(item: Candidate, bar: float) -> bool:
    """Whether it does not reach ``bar`` a minute on average but well may, being worth half as much again or more."""
    price = item.price
    if price is None or not price.per_minute < bar < price.best_per_minute:
        return False
    return price.hi80 >= price.value * MUCH_MORE


def _cheap(fits: Sequence[Candidate], left: int, takes: int) -> bool:
    """Whether room for ``takes`` minutes costs hardly more than that: where a long good item had to go, it does not."""
    return takes <= left and _minutes(fits) - _minutes(_with_room(fits, left - takes)) <= takes + SLACK


def _with_room(fits: Sequence[Candidate], room: float) -> list[Candidate]:
    """``fits`` without the last priced ones, so that the rest takes ``room`` minutes at most."""
    stays, over = list(fits), _minutes(fits) - room
    for item in reversed(fits):
        if over <= 0:
            break
        if item.price is not None:
            stays.remove(item)
            over -= item.minutes
    return stays if over <= 0 else within(stays, room)


def lot(day: date, key: str) -> bytes:
    """A draw that is the same all day and another one tomorrow.

    >>> lot(date(2026, 6, 9), "loop.quiet:1") == lot(date(2026, 6, 9), "loop.quiet:1")
    True
    """
    return blake2b(f"{day.isoformat()} {key}".encode(), digest_size=8).digest()


STEPS: tuple[tuple[Step, str | Promise], ...] = (
    (without_decided, _("What you did, put off or called not useful is left out.")),
    (each_once, _("Each thing is shown once.")),
    (ends_instead, _("A deal that had better be ended kindly is not followed up: a goodbye stands there instead.")),
    (
        most_worth_first,
        _(
            "Most worth per minute comes first, on average and after the work that follows. Where two are equal, what "
            "has waited longer. What costs more than it returns comes last."
        ),
    ),
    (
        learning_first,
        _(
            "Debriefs, answers and your own actions have no price: one learns from them. They come first, while they "
            "are fresh, for up to a third of your minutes; the rest follows what is worth its minutes."
        ),
    ),
    (
        one_in_ten_explores,
        _(
            "About one in ten is a try: it may be worth much more than we think, and trying is how the figures learn. "
            "It is drawn by lot each day, takes a tenth of your minutes, and says so."
        ),
    ),
)


def rank(items: Sequence[Candidate], day: Day) -> list[Candidate]:
    """All steps, one after the other."""
    ranked = list(items)
    for step, _why in STEPS:
        ranked = step(ranked, day)
    return ranked


def cut(items: Sequence[Candidate], day: Day) -> Ranked:
    """The day's minutes cut the list: from the top until the budget is spent, at least one item; what costs more than
    it returns waits in any case.

    >>> cut([], Day(date(2026, 6, 9), 45))
    Ranked(fitting=(), waiting=(), minutes=0)
    """
    fits = fitting(items, day)
    return Ranked(tuple(fits), tuple(items[len(fits) :]), _minutes(fits))


def fitting(items: Sequence[Candidate], day: Day) -> list[Candidate]:
    """Those from the top that fit what is left of the day; at least one, while anything is left."""
    if not day.left:
        return []
    worth_it = next((at for at, item in enumerate(items) if costs(item)), len(items))
    return within(items[:worth_it], day.left) or list(items[: min(worth_it, 1)])


def within(items: Sequence[Candidate], minutes: float) -> list[Candidate]:
    """Those from the top that take so many minutes together."""
    taken: list[Candidate] = []
    for item in items:
        minutes -= item.minutes
        if minutes < 0:
            break
        taken.append(item)
    return taken


def _minutes(items: Sequence[Candidate]) -> int:
    return sum(item.minutes for item in items)
