"""Sellers, teams, segments beside each other: contacts a sale, money a contact, money an hour, pooled.

Few sales make a wild ratio: whoever sold once by luck would stand first. So the plain ratios of the groups (sums with
the deal as the unit, as in ``touches`` and ``hours``) are pulled towards their middle as far as each is uncertain: on
the log scale, normal-normal, averaged over how much the groups differ (``pooled_means``; variances half pooled, since
those of few sales are themselves uncertain). A group enters from 3 sales on; fewer than 3 groups are
not pooled but shown as they are.

>>> import ibis, pyarrow
>>> from datetime import datetime
>>> from rebond.numbers.touches_queries import monthly
>>> sold = {"id": [str(i) for i in range(60)], "outcome": ["won"] * 60, "closed_at": [date(2025, 1, 9)] * 60,
...     "owner": [f"seller {i % 3}" for i in range(60)], "commission_minor": [50_000 + 100 * i for i in range(60)]}
>>> called = {"deal_id": sold["id"], "at": [datetime(2025, 1, 8)] * 60, "channel": ["call"] * 60,
...     "minutes": [float(20 + i % 7) for i in range(60)]}
>>> found = groups(ibis.memtable(pyarrow.table(sold)), monthly(ibis.memtable(pyarrow.table(called))), "owner",
...     as_of=date(2025, 2, 1), minutes={})
>>> [one.name for one in found], round(found[0].per_contact.value, -2)
(['seller 0', 'seller 1', 'seller 2'], 52900.0)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from rebond.numbers.estimate import Estimate, cannot, too_few
from rebond.numbers.hours import HOUR, PER_HOUR, spent
from rebond.numbers.pooled_means import half_pooled, pooled_means
from rebond.numbers.ratios import Ratio, shown
from rebond.numbers.tables import Table
from rebond.numbers.touches import PER_SALE as CONTACTS
from rebond.numbers.touches import PER_TOUCH
from rebond.numbers.touches_plain import Plain, Sums

#: Sales from which a group enters, groups from which they are pooled, sales from which a figure is mostly its own.
SALES_FROM, GROUPS_FROM, OWN_FROM = 3, 3, 30
POOLED = "{}, pooled normal-normal"


@dataclass(frozen=True)
class Group:
    """One seller, team or segment.

    Attributes:
        name: as in the data; ``None`` where it is not filled in.
        per_sale: contacts a sale.
        per_contact, per_hour: money, minor units.
        leans: whether it rests on the others more than on its own few sales.
    """

    name: str | None
    deals: int
    sales: int
    contacts: int
    per_sale: Estimate
    per_contact: Estimate
    per_hour: Estimate
    leans: bool


def groups(
    deals: Table, roll: Table, by: str, *, as_of: date, since: date | None = None, minutes: Mapping[str, float]
) -> list[Group]:
    """The groups of a text column of ``deals``, most deals first; arguments as those of ``hours``."""
    return groups_of(spent(deals, roll, as_of=as_of, since=since, minutes=minutes, by=[by]), by)


def groups_of(plain: Plain, by: str) -> list[Group]:
    """The groups of one of the columns that ``hours.spent`` was asked for."""
    listed, _others = plain.groups(by)
    sums = [one for _name, one in listed]
    per_sale = pooled([_contacts(one) for one in sums], sums, CONTACTS)
    per_contact = pooled([_money(one, "touches", 1.0) for one in sums], sums, PER_TOUCH)
    per_hour = pooled([_money(one, "minutes", HOUR) for one in sums], sums, PER_HOUR)
    return [
        Group(
            name or None, one.deals, one.sales, int(one["t_touches"]), per_sale[at], per_contact[at], per_hour[at],
            one.sales < OWN_FROM,
        )
        for at, (name, one) in enumerate(listed)
    ]  # fmt: skip


def _contacts(of: Sums) -> Ratio:
    """All contacts / sales."""
    t, tt, tw = (of[f"{key}_touches"] for key in ("t", "tt", "tw"))
    return _ratio(t, of.sales, tt, tw, of.sales, of)


def _money(of: Sums, work: str, scale: float) -> Ratio:
    """All commission / (all work times ``scale``)."""
    t, tt, c, cc, ct = (of[f"{key}_{work}"] for key in ("t", "tt", "c", "cc", "ct"))
    return _ratio(c * of.lift, t * scale, cc * of.lift**2, ct * of.lift * scale, tt * scale**2, of)


def _ratio(a: float, b: float, aa: float, ab: float, bb: float, of: Sums) -> Ratio:
    theta = a / b if b else 0.0
    return Ratio(a, b, aa - 2 * theta * ab + theta**2 * bb, bb - b * b / max(of.deals, 1), max(of.sales - 1, 1))


def pooled(ratios: Sequence[Ratio], sums: Sequence[Sums], method: str) -> list[Estimate]:
    """Each group's estimate, or why there is none."""
    enters = [
        at for at, (ratio, one) in enumerate(zip(ratios, sums, strict=True))
        if one.sales >= SALES_FROM and ratio.above > 0 and ratio.below > 0 and ratio.spread > 0
    ]  # fmt: skip
    found = [_missing(one) for one in sums]
    if len(enters) < GROUPS_FROM:
        for at in enters:
            found[at] = _alone(ratios[at], sums[at], method)
        return found
    y = np.log([ratios[at].value for at in enters])
    v = np.array([ratios[at].spread / ratios[at].above ** 2 for at in enters])
    posterior = pooled_means(y, half_pooled(v, np.array([sums[at].sales for at in enters], dtype=np.float64)))
    ends = [np.exp(posterior.quantile(part)) for part in (0.5, 0.1, 0.9, 0.025, 0.975)]
    for place, at in enumerate(enters):
        value, *limits = (shown(float(one[place])) for one in ends)
        found[at] = _ranged(value, limits, sums[at], POOLED.format(method))
    return found


def _missing(of: Sums) -> Estimate:
    if of.sales < SALES_FROM:
        return too_few(need=SALES_FROM - of.sales, unit="wins", k=of.sales, n=of.deals)
    return cannot("nothing_recorded", "nothing is recorded that could be divided", k=of.sales, n=of.deals)


def _alone(ratio: Ratio, of: Sums, method: str) -> Estimate:
    """As it is: one or two groups have no middle to be pulled to."""
    likely, wide = ratio.range(0.80), ratio.range(0.95)
    if likely is None or wide is None:
        return Estimate(shown(ratio.value), k=of.sales, n=of.deals, method=method)
    return _ranged(shown(ratio.value), [shown(limit) for limit in (*likely, *wide)], of, method)


def _ranged(value: float, limits: Sequence[float], of: Sums, method: str) -> Estimate:
    lo80, hi80, lo95, hi95 = limits
    return Estimate(value, lo80, hi80, lo95, hi95, of.sales, of.deals, method)
