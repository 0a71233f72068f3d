"""The facts as the long view sees them: whose deals, which segment; and slow answers kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from rebond.facts import store, warm
from rebond.facts.model import Facts, Table
from rebond.horizon.view import View

Found = TypeVar("Found")
#: Answers of a day that are kept, of whatever view.
DAYS_ANSWERS = 256
_of_day: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()


def facts_for(view: View) -> Facts:
    """The deals a view is about, with the columns of ``numbers.tables`` and ``facts.kept``."""
    whole = not view.segment and view.whose.key == (None, None)

    def chosen(deals: Table) -> Table:
        deals = view.whose.of(deals)
        return deals.filter(deals.segment == view.segment) if view.segment else deals

    kept = warm.current(view.today)
    return kept.laid_out(("long", view.whose.key, view.segment), chosen, whole=whole, dated=False)


def remembered(view: View, name: str, make: Callable[[], Found], *more: Hashable) -> Found:
    """A slow answer, made once per state of the facts, view and whatever else it depends on."""
    return warm.remembered((f"long.{name}", view.key, *more), make)


def of_the_day(view: View, name: str, make: Callable[[], Found], *more: Hashable) -> Found:
    """An answer about the past that one contact more does not change: made once a day and view, in this process."""
    key = (str(store.folder()), f"long.{name}", view.key, *more)
    with _lock:
        if key in _of_day:
            _of_day.move_to_end(key)
            found: Found = _of_day[key]
            return found
    made = make()
    with _lock:
        _of_day[key] = made
        while len(_of_day) > DAYS_ANSWERS:
            _of_day.popitem(last=False)
    return made


def forget_days() -> None:
    """Empties this process's memory of days; for tests and benchmarks."""
    with _lock:
        _of_day.clear()
