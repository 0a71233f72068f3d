"""The facts as Patterns sees them: whose deals, counted as its list of reasons says, less what is sealed yet."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeVar

from rebond.facts import warm
from rebond.facts.model import Facts, Table
from rebond.learn.patterns.view import View
from rebond.learn.queries.debriefs import sealed_debriefs
from rebond.learn.taxonomy import NOT_KNOWN_YET, Taxonomy

Found = TypeVar("Found")


def facts_for(view: View, *, sealed_too: bool = False) -> Facts:
    """The deals a view is about, whatever their day of closing: who looks, team, segment, bulk closes.

    ``deals`` has the columns of ``numbers.tables`` and ``facts.kept``; its reasons are counted as the view's list of
    reasons says (merged codes). What a buyer shared is not in them while a debrief comes before ``view.user`` may know
    it: not even a figure may say it, nor the difference of two. No touches. An empty company is an empty table.

    Args:
        sealed_too: with what is sealed; to count who spoke, never what they said.
    """
    facts = warm.current(view.today, deals_only=True).facts(deals_only=True)
    deals = without_buyers(_those_of(view, facts.deals), () if sealed_too else sealed_in(view))
    return replace(facts, deals=merged(deals, view.names), as_of=min(view.until, view.today))


def ended_in(view: View, deals: Table) -> Table:
    """Of these deals, those that ended within the view's period."""
    import ibis

    first, last = ibis.date(view.since.isoformat()), ibis.date(view.until.isoformat())
    return deals.filter((deals.closed_at >= first) & (deals.closed_at <= last))


def remembered(view: View, name: str, make: Callable[[], Found]) -> Found:
    """A slow answer, made once per state of the facts, view and list of reasons."""
    whose = (_whose(view), view.until, view.today, view.segment, view.bulk)
    key = (name, whose, sealed_in(view), frozenset(view.names.merged.items()))
    return warm.remembered(key, make, deals_only=True)


def _whose(view: View) -> tuple[Any, ...]:
    return ("own", view.user.pk) if view.is_own and view.user else ("team", view.team_id)


def _those_of(view: View, deals: Table) -> Table:
    """The same deals as ``deals.queries.deals_for`` gives, less what the view leaves out."""
    if view.is_own and view.user is not None:
        deals = deals.filter(deals.owner_id == view.user.pk)
    elif view.team_id is not None:
        deals = deals.filter(deals.team_id == view.team_id)
    if view.segment:
        deals = deals.filter(deals.segment == view.segment)
    if not view.bulk:
        deals = deals.filter(deals.in_bulk.fill_null(0) == 0)
    return deals


def sealed_in(view: View) -> frozenset[int]:
    """Deals of the view whose standing close has a shared answer that ``view.user`` may not know yet."""
    waiting = sealed_debriefs(view.user).filter(close_event__reopening=None)
    if view.team_id is not None:
        waiting = waiting.filter(deal__team=view.team_id)
    return frozenset(waiting.values_list("deal_id", flat=True))


def without_buyers(deals: Table, sealed: Collection[int]) -> Table:
    """The same deals as if the buyers of the ``sealed`` ones had said nothing.

    >>> import ibis
    >>> table = ibis.memtable({"id": ["1", "2"], "reasons": ["seller:terms;buyer:timing;buyer:terms", "buyer:timing"]})
    >>> without_buyers(table, {1}).order_by("id").reasons.to_pyarrow().to_pylist()
    ['seller:terms', 'buyer:timing']
    """
    if not sealed:
        return deals
    import ibis

    kept = (ibis.literal(";") + deals.reasons).re_replace(";buyer:[^;]*", "").substr(1)
    hidden = deals["id"].isin([str(pk) for pk in sorted(sealed)])
    return deals.mutate(reasons=hidden.ifelse(kept.nullif(""), deals.reasons))


def merged(deals: Table, names: Taxonomy) -> Table:
    """Deals whose reasons are counted as this list counts them; the files keep what was said.

    "Not known yet" is no reason, and is left out.

    >>> import ibis
    >>> said = ["seller:timing;buyer:timing_2", "seller:not_known_yet", None]
    >>> table = ibis.memtable({"reasons": said})
    >>> merged(table, Taxonomy(2, {}, merged={"timing": "later"})).reasons.to_pyarrow().to_pylist()
    ['seller:later;buyer:timing_2;', None, None]
    """
    text = (deals.reasons + ";").replace(f"seller:{NOT_KNOWN_YET};", "")
    for code in names.merged:
        text = text.replace(f":{code};", f":{names.counted_as(code)};")
    return deals.mutate(reasons=text.nullif(""))
