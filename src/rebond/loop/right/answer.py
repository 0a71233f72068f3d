"""Was the list right? What it promised when items were done, beside what came of them.

A promise counts from its ninetieth day on; younger ones still run. What was obtained of it: the sales of its deal, or
of a deal of its person that was opened after it, won within ninety days after it; less the item's own minutes and those
of later contacts about these deals in that time, at what an hour costs. Each promise is a forecast of its own: several
about one deal are each held against its sale, and hang together in the ranges. Nothing here names anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from babel.numbers import get_currency_precision

from rebond.deals.models import DealPerson, Outcome
from rebond.loop.right.looked import DAYS, Costs, Looked
from rebond.worth.queries.assumed import assumed, assumptions_state

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from rebond.loop.right.rows import Ripe
    from rebond.numbers.promises import Compared, Promises


@dataclass(frozen=True)
class Right:
    """The answer.

    Attributes:
        running: promises that are younger than ninety days.
        whole: all that count, without explorations; ``bands`` and ``months`` the same by what was promised and when.
        explored: those that stood on the list to learn about their kind.
        unpriced: sales that followed, of which nobody knows what they earned; they count as nothing.
        foreign: promises in another currency, left out.
    """

    currency: str
    running: int
    whole: Compared
    explored: Compared
    bands: tuple[Compared, ...] = ()
    months: tuple[tuple[date, Compared], ...] = ()
    unpriced: int = 0
    foreign: int = 0
    minor_per_major: int = 100

    def as_json(self) -> dict[str, Any]:
        """For ``rebond right --json``; money in major units."""
        each = self.minor_per_major
        return {
            "currency": self.currency, "days": DAYS, "running": self.running, "foreign": self.foreign,
            "sales_of_unknown_worth": self.unpriced, "whole": self.whole.as_json(each),
            "explorations": self.explored.as_json(each), "bands": [band.as_json(each) for band in self.bands],
            "months": [{"month": month, **found.as_json(each)} for month, found in self.months],
        }  # fmt: skip


def right(looked: Looked) -> Right:
    """The comparison; kept until facts, promises or assumptions change."""
    from rebond.facts import warm

    ripe = _ripe(looked)
    key = ("loop.right", *looked.key, *ripe.key, *assumptions_state())
    running = looked.promises.filter(at__gte=looked.ripe_before).count()
    return replace(warm.remembered(key, lambda: _right(ripe, looked)), running=running)


def _right(ripe: Ripe, looked: Looked) -> Right:
    from rebond.numbers import promises as numbers

    found, unpriced = _obtained(ripe, looked)
    ranked = found.only(~ripe.explored)
    return Right(
        looked.currency, 0, numbers.compared(ranked, need=numbers.ENOUGH),
        numbers.compared(found.only(ripe.explored)), numbers.by_band(ranked, numbers.band_edges(ranked.promised)),
        _months(ranked, ripe.months[~ripe.explored]), unpriced, ripe.foreign,
        10 ** get_currency_precision(looked.currency),
    )  # fmt: skip


def _months(found: Promises, months: npt.NDArray[np.datetime64]) -> tuple[tuple[date, Compared], ...]:
    """By the month in which something was promised, where the installation is."""
    import numpy as np

    from rebond.numbers import promises as numbers

    return tuple((month.astype(object), numbers.compared(found.only(months == month))) for month in np.unique(months))


def _obtained(ripe: Ripe, looked: Looked) -> tuple[Promises, int]:
    """Each promise with what came of it, and how many sales nobody knows the worth of."""
    import numpy as np

    from rebond.loop.right.followed import follow
    from rebond.numbers.promises import Promises

    if not len(ripe):
        return Promises(*(np.zeros(0),) * 3, np.zeros(0, dtype=np.int64)), 0
    costs = _costs(ripe.teams, looked)
    came = follow(ripe, _people(looked), costs, looked)
    each = np.array([costs[team].minute_minor for team in ripe.teams])
    own = ripe.minutes * each[ripe.team_place]
    return Promises(ripe.promised, came.gained, own + came.cost, ripe.cluster), came.unpriced


def _costs(teams: Iterable[int], looked: Looked) -> dict[int, Costs]:
    """By team (0 is none); an hour of unknown cost costs nothing, as the list has it."""
    found = {}
    for team in teams:
        known = assumed(team or None, on=looked.today, currency=looked.currency)
        found[team] = Costs((known.hour_cost_minor or 0) / 60, known.minutes)
    return found


def _ripe(looked: Looked) -> Ripe:
    from rebond.loop.right.rows import ripe_of

    return ripe_of(looked)


def _people(looked: Looked) -> list[tuple[int, int]]:
    """Sales of people whom promises are about: (person, deal)."""
    about = looked.promises.filter(at__lt=looked.ripe_before).exclude(person=None).values("person")
    parts = DealPerson.objects.filter(person__in=about, deal__outcome__in=(Outcome.WON, Outcome.OPEN))
    return list(parts.order_by("pk").values_list("person_id", "deal_id"))
