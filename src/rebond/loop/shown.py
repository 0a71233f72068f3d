"""The Today list as a reader sees it: figures in their language, and the likely ranges over one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.play import Play, Worth
from rebond.findings.pictures import Axis, Mark, interval, money_axis
from rebond.findings.worth import amount, likely
from rebond.loop.prices import on_its_way
from rebond.loop.queries import Today
from rebond.numbers.estimate import Estimate

HEIGHT = 11
#: The axis holds so many of the ranges; one giant would press all others against the edge.
HELD = 0.9
#: What lies below 0 by less than this share of the axis is drawn at 0.
BELOW = 0.1


@dataclass(frozen=True)
class Row:
    """One line of the list.

    Attributes:
        figure: what it is worth, in words; empty for "to learn".
        picture: its likely range; empty without a worth.
        cost: it costs more than it returns.
    """

    item: Play
    figure: str = ""
    picture: str = ""
    cost: bool = False
    below: bool = False


@dataclass(frozen=True)
class Lines:
    """The whole list.

    Attributes:
        fitting, waiting, costing: what fits the day; what can wait; what costs more than it returns.
        total: worth of what fits, in words; empty where nothing has a price.
        scale: what the pictures span, in words; ``cut``: some ranges are longer.
        unpriced: nothing has a price; ``soon``: since the lists are still being made.
        plain: nothing shown has a price.
    """

    fitting: tuple[Row, ...]
    waiting: tuple[Row, ...]
    costing: tuple[Row, ...]
    total: str = ""
    scale: str = ""
    cut: bool = False
    unpriced: bool = False
    soon: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing shown has a price."""
        return not self.scale


def lines_of(today: Today, user: User) -> Lines:
    """The rows of a list with their figures and pictures."""
    prices = today.listed.prices
    worths = [item.worth for item in today.items if item.worth is not None]
    axis = axis_of(worths, prices.currency)
    waiting = [_row(item, axis, below=True) for item in today.waiting]
    fits = [item.worth.value_minor for item in today.fitting if item.worth is not None]
    unpriced = bool(today.items) and not worths and prices.gain is None
    return Lines(
        tuple(_row(item, axis) for item in today.fitting),
        tuple(row for row in waiting if not row.cost),
        tuple(row for row in waiting if row.cost),
        total=amount(sum(fits), prices.currency) if fits else "",
        scale=_scale(axis, prices.currency) if worths else "",
        cut=any(worth.hi80_minor > axis.high for worth in worths),
        unpriced=unpriced,
        soon=unpriced and on_its_way(user),
    )


def axis_of(worths: Sequence[Worth], currency: str) -> Axis:
    """One axis for all ranges, from 0, or from below where it matters; the longest in ten may run off its edge.

    >>> from rebond.base.play import Worth
    >>> few = [Worth(100, -20, high, 100, "EUR") for high in (*[29_000] * 10, 9_000_000)]
    >>> axis_of(few, "EUR").low, axis_of(few, "EUR").high
    (0.0, 30000.0)
    """
    highs = sorted(worth.hi80_minor for worth in worths)
    top = max(highs[ceil(HELD * len(highs)) - 1] if highs else 0, 1)
    low = min((worth.lo80_minor for worth in worths if worth.value_minor >= 0), default=0)
    return money_axis([low if low < -top * BELOW else 0, top], currency)


def _scale(axis: Axis, currency: str) -> str:
    ends = {"low": amount(axis.low, currency), "high": amount(axis.high, currency)}
    return _("best first; bars show the likely range, %(low)s to %(high)s") % ends


def _row(item: Play, axis: Axis, *, below: bool = False) -> Row:
    worth = item.worth
    if worth is None:
        return Row(item, below=below)
    cost = worth.value_minor < 0
    figure = amount(worth.value_minor, worth.currency)
    return Row(item, figure, _picture(worth, axis, cost=cost), cost and not item.explored, below)


def _picture(worth: Worth, axis: Axis, *, cost: bool) -> SafeString:
    """The likely range as a small bar; hollow where it leans on others."""
    bare = Axis(axis.low, axis.high, ())
    hollow = worth.leans != "own"
    label = likely(worth)
    if hollow:
        label = _("%(likely)s; few cases of your own") % {"likely": label}
    estimate = Estimate(float(worth.value_minor), lo80=float(worth.lo80_minor), hi80=float(worth.hi80_minor))
    mark = Mark(estimate, label, hollow=hollow, tone="worse" if cost else "ours")
    return interval(mark, bare, height=HEIGHT)
