"""What the blocks count: the ends of a view by what was said about them, in one grouped query each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Q

from rebond.base.dates import moments_of
from rebond.facts.model import Facts, Table
from rebond.learn.patterns.view import View
from rebond.learn.patterns.warm import ended_in
from rebond.learn.taxonomy import Taxonomy
from rebond.numbers.estimate import COUNTS_FROM, RANGE_FROM, Estimate
from rebond.numbers.rates import proportion
from rebond.numbers.reasons import LOST_ENDS
from rebond.numbers.tables import DECIDED, rows
from rebond.numbers.voices import parse_reasons

#: Deals asked about at once.
CHUNK = 5_000


@dataclass(frozen=True)
class Group:
    """So many ends of one kind, with the same things said about them: per voice, main reason first."""

    deals: int
    outcome: str
    said: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, Any]

    @property
    def lost(self) -> bool:
        """Lost or without a decision."""
        return self.outcome in LOST_ENDS

    @property
    def main(self) -> str:
        """The seller's main reason; empty for none."""
        return self.said.get("seller", ("",))[0]


def ends(view: View, facts: Facts) -> Table:
    """The deals of the view that were won, lost or ended without a decision in its period."""
    ended = ended_in(view, facts.deals)
    return ended.filter(ended.outcome.isin(DECIDED))


def groups(ended: Table, *columns: str) -> list[Group]:
    """The ends by outcome, what was said, and these columns."""
    found = rows(ended.group_by("outcome", "reasons", *columns).agg(deals=ended.count()))
    read = {text: parse_reasons(text) for text in set(found["reasons"])}
    return [
        Group(int(found["deals"][at]), str(found["outcome"][at]), read[found["reasons"][at]],
              {name: found[name][at] for name in columns})
        for at in range(len(found["deals"]))
    ]  # fmt: skip


def count(some: Iterable[Group]) -> int:
    """How many deals these groups are."""
    return sum(group.deals for group in some)


def main_reasons(some: Iterable[Group]) -> Counter[str]:
    """Deals by the seller's main reason, those without one left out."""
    counted: Counter[str] = Counter()
    for group in some:
        if group.main:
            counted[group.main] += group.deals
    return counted


def told(k: int, n: int, unit: str = "losses") -> Estimate:
    """k of n that a team sees deal by deal anyway: told at any n, a share from 10 on."""
    return proportion(k, n, minimum=RANGE_FROM, unit=unit)


def spoken(k: int, n: int) -> Estimate:
    """How many of the noes spoke: a share from 5 on."""
    return proportion(k, n, minimum=COUNTS_FROM, unit="losses")


def ranked(counted: Mapping[str, int], names: Taxonomy, most: int = 0) -> list[tuple[str, str, Estimate]]:
    """Reasons with their words and share of all counted, most frequent first."""
    n = sum(counted.values())
    order = sorted(counted, key=lambda code: (-counted[code], code))
    return [(code, names.label(code), told(counted[code], n, "lost_deals")) for code in order[: most or None]]


def closes_of(view: View, event: str) -> Q:
    """A condition on close events for the same ends as ``ends``; ``event`` is the way to them, as ``close_event__``."""
    first, after = moments_of(view.since, view.until)
    wanted = Q(**{f"{event}closed_at__gte": first, f"{event}closed_at__lt": after, f"{event}reopening": None})
    if view.is_own:
        wanted &= Q(**{f"{event}deal__owner": view.user})
    elif view.team_id is not None:
        wanted &= Q(**{f"{event}deal__team": view.team_id})
    if view.segment:
        wanted &= Q(**{f"{event}deal__segment": view.segment})
    return wanted if view.bulk else wanted & Q(**{f"{event}in_bulk": False})


def sealed_to(view: View) -> Q:
    """Debriefs that come before this reader may see what the buyer of that close shared.

    As ``learn.queries.visible_reasons`` has it: their own, and for people who lead nobody everyone's.
    """
    if view.user is None:
        return Q(pk=None)
    return Q(finished_at=None) & (Q(assignee=view.user) if view.user.is_lead else Q())


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids, so many at once as a query takes."""
    rest = iter(ids)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
