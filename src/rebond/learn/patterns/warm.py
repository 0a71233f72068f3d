"""Facts that are ready when a page asks: the worker brings the files up to date, the web process keeps them in memory.

A close queues ``learn.work.refresh_facts``; a page compares the small state file with what it holds and opens the new
files once. Where no worker has run yet, or the queued refresh has waited too long, the page does it itself.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings

from rebond.facts.from_records import refresh as refresh_files
from rebond.facts.kept import Kept
from rebond.facts.model import Facts, Table
from rebond.facts.store import State, Store
from rebond.learn.patterns.view import View
from rebond.learn.queries.debriefs import sealed_debriefs
from rebond.learn.queries.facts import reasons_since
from rebond.learn.taxonomy import NOT_KNOWN_YET, Taxonomy
from rebond.learn.work.facts import nobody_works

#: A refresh in the page that takes longer than this (seconds) is followed by so many times its length of rest.
QUICK, REST = 0.25, 20
#: States kept in memory: the one that counts, and the one that others are still at.
STATES = 2
#: Slow answers kept, of whatever view.
ANSWERS = 64

_Key = tuple[Any, ...]
Found = TypeVar("Found")
_lock, _making = threading.Lock(), threading.Lock()
_not_before = 0.0
_kept: OrderedDict[_Key, Kept] = OrderedDict()
_answers: OrderedDict[_Key, Any] = OrderedDict()


def folder() -> Path:
    """Where the facts are: beside the database."""
    return Path(settings.CONFIG.data) / "facts"


def refresh() -> State:
    """Brings the files up to what the records say; the worker's part."""
    return refresh_files(Store(folder()), zone=settings.TIME_ZONE, reasons=reasons_since)


def facts_for(view: View, *, sealed_too: bool = False) -> Facts:
    """The deals a view is about, whatever their day of closing: who looks, team, segment, bulk closes.

    ``deals`` has the columns of ``numbers.tables`` and ``facts.kept``; its reasons are counted as the view's list of
    reasons says (merged codes). What a buyer shared is not in them while a debrief comes before ``view.user`` may know
    it: not even a figure may say it, nor the difference of two. No touches. An empty company is an empty table.

    Args:
        sealed_too: with what is sealed; to count who spoke, never what they said.
    """
    facts = _current(view.today).facts()
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
    key = (_key(_state()), name, whose, sealed_in(view), frozenset(view.names.merged.items()))
    with _making:  # two blocks of one page that need the same answer wait for one of them to make it
        if key in _answers:
            _answers.move_to_end(key)
            found: Found = _answers[key]
            return found
        made = make()
        _answers[key] = made
        while len(_answers) > ANSWERS:
            _answers.popitem(last=False)
        return made


def forget() -> None:
    """Empties this process's memory; for tests, which change what is on disk under its feet."""
    global _not_before  # noqa: PLW0603 (see _refreshed_here)
    with _lock:
        _kept.clear()
    forget_answers()
    _not_before = 0.0


def forget_answers() -> None:
    """Empties the memory of slow answers only; for benchmarks."""
    with _making:
        _answers.clear()


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


def _state() -> State:
    """The state on disk; made here where there is none, or where nobody works off the queue."""
    state = Store(folder()).state()
    if not state.deals or state.zone != settings.TIME_ZONE:
        return refresh()
    return _refreshed_here(state) if nobody_works() else state


def _refreshed_here(state: State) -> State:
    """Without a worker each page brings the facts up to date, but spends no more than a part of its time on it."""
    global _not_before  # noqa: PLW0603 (of this process: when it may spend time on this again)
    started = time.monotonic()
    if started < _not_before:
        return state
    found = refresh()
    took = time.monotonic() - started
    _not_before = time.monotonic() + (REST * took if took > QUICK else 0)
    return found


def _key(state: State) -> _Key:
    return (str(folder()), state.deals, state.said)


def _current(today: date) -> Kept:
    state = _state()
    key = (*_key(state), today)
    with _lock:
        if key not in _kept:
            _kept[key] = Kept(
                Store(folder()), state, today=today, zone=settings.TIME_ZONE, currency=settings.CONFIG.currency
            )
        _kept.move_to_end(key)
        while len(_kept) > STATES:
            _kept.popitem(last=False)
        return _kept[key]
