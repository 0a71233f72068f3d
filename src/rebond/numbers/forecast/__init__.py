"""What the coming weeks may bring: sales and money from today's open deals, from those yet to be opened, and a goal.

    >>> import ibis
    >>> from datetime import date
    >>> from rebond.numbers.tables import DEALS
    >>> row = dict.fromkeys(DEALS) | {"id": "a", "outcome": "open", "opened_at": date(2026, 1, 5), "amount_minor": 9}
    >>> print(forecast(ibis.memtable([row], schema=DEALS), as_of=date(2026, 3, 31)).wins)
    too few: 39 more weeks of history

**Method.** Weekly cause-specific hazards by age (Tutz and Schmid, 2016), drawn from their Dirichlet posterior; a level
and four-week shocks shared by all deals; arrivals of new deals likewise; then each deal decides for itself
(``hazards``, ``simulate``, ``outcome``). Open deals older than every deal that was ever won have the rate of the oldest
ones, pooled, and not the overall rate; their number is told.

**Back-test.** The same forecast made every four weeks of the past with what was known then (26 weeks or more), in
numbers of sales: amounts and stages as they were then are not in the file. Where it shows the ranges too narrow they
are widened, and it is said.

**Refuses.** Below 52 weeks of history, 30 sales, or 10 open deals nothing is said; money needs 10 sales of known
amount. Chances go by age and not by stage: a file knows only the last stage of a closed deal, which is where it ended.
Stages only take today's open deals apart.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from rebond.numbers.estimate import cannot
from rebond.numbers.forecast.amounts import amounts
from rebond.numbers.forecast.answer import Model, answer, so_far
from rebond.numbers.forecast.backtest import back_test, refusal
from rebond.numbers.forecast.hazards import hazards
from rebond.numbers.forecast.history import Records, records
from rebond.numbers.forecast.result import BackTest, FanPoint, Forecast, Goal, GoalOutlook, Part, Past
from rebond.numbers.tables import Table

__all__ = ["BackTest", "FanPoint", "Forecast", "Goal", "GoalOutlook", "Part", "Past", "forecast"]

FARTHEST_DAYS = 731


def forecast(
    deals: Table,
    *,
    as_of: date,
    horizon_end: date | None = None,
    weeks: int = 13,
    goal: Goal | None = None,
    seed: int = 0,
) -> Forecast:
    """Sales and money still to come.

    Args:
        deals: one row per deal (``tables.DEALS``).
        as_of: the day to look from; what came later is not known yet.
        horizon_end: the last day looked at; else ``weeks`` from ``as_of``. At most two years ahead.
        weeks: the horizon in weeks; the back-test's horizon too, unless ``horizon_end`` sets another.
        goal: looked at to the end of its own period.
        seed: of the draws; the same input gives the same result.
    """
    end = horizon_end or as_of + timedelta(weeks=weeks)
    days = (end - as_of).days
    if not 1 <= days <= FARTHEST_DAYS:
        raise ValueError(f"the horizon ends on {end}: it must end 1 to {FARTHEST_DAYS} days after {as_of}")
    found = records(deals, as_of)
    past = found.history
    tested = back_test(past, as_of, max(round(days / 7), 1), seed)
    missing = refusal(past)
    said = missing or cannot("not_run", "not run")
    none = Forecast(
        as_of=as_of, horizon_end=end, open_deals=int(found.book.deals.sum()), undated=found.undated_open,
        stale=_stale(found), oldest_win_weeks=past.oldest_win, history_weeks=past.weeks,
        wins_before=past.came(past.weeks), wins_open=said, wins_new=said, wins=said,
        money_open=said, money_new=said, money=said, by_age=(), by_stage=(), fan=(),
        goal=GoalOutlook(goal, so_far(found, goal, as_of), said, said) if goal else None,
        back_test=tested, notes=_notes(found, tested),
    )  # fmt: skip
    if missing is not None:
        return none
    return answer(none, Model(found, hazards(past), amounts(found.amounts, found.amount_counts), tested.widened, seed))


def _stale(found: Records) -> int:
    """Open deals older than every deal that was ever won; 0 where none was."""
    oldest = found.history.oldest_win
    return 0 if oldest is None else int(found.book.deals[found.book.age > oldest].sum())


def _notes(found: Records, tested: BackTest) -> tuple[tuple[str, str], ...]:
    unpriced = int(found.book.deals[np.isnan(found.book.amount)].sum())
    told = (
        ("stale", _stale(found), "open deals older than every deal that was ever won"),
        ("undated", found.undated_open, "open deals without a day of opening, left out"),
        ("undated_closed", found.undated_closed, "closed deals without both days, left out"),
        ("unpriced", unpriced, "open deals without an amount, which count like past sales if won"),
    )
    notes = [(code, f"{text}: {count}") for code, count, text in told if count]
    if found.book.deals.sum():
        notes.append(("age_only", "chances go by age: a file knows only the last stage of a closed deal"))
    if tested.code in {"widened", "wide"}:
        notes.append((tested.code, tested.note))
    return tuple(notes)
