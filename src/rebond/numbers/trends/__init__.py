"""What moved, and what is noise?

Seven measures of the whole record by month, and the share of each reason, each with a verdict: ``rise``, ``drop``,
``noise`` or ``too_few``. In a file in which nothing changes, the chance that any of them alarms is at most
``false_alarm`` in all, looking every month for a year; it is shared out over the measures that have months enough: two
parts for the win rate by month of closing, four for all reasons together, one for each of the others.

Methods: process-behaviour limits and CUSUM (``charts``: Laney 2002, Page 1954) with limits that know how short the
baseline is, months of the quarter and of the year as terms (``season``); an alarm is dated by Adams and MacKay (2007).
Reasons: Cochran-Armitage score against shuffled months, Benjamini-Hochberg (``permutation``). Whether the record itself
changes: ``cohorts``. At least 13 whole months (12 to compare with), 9 for reasons.

What is refused: a month that is not over, opening months before 9 in 10 of their deals had time to close, a change
that could be the season while less than two years are seen, a rise of the win rate that is missing losses, a drop that
is old losses entered at once, and a rate of opening months that its unresolved deals could turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rebond.numbers.tables import Table
from rebond.numbers.trends.cohorts import cohorts
from rebond.numbers.trends.history import History, read
from rebond.numbers.trends.measures import MEASURES, can_be_judged, measure, state_of_record
from rebond.numbers.trends.reasons import question, reason_trends
from rebond.numbers.trends.result import CODES, VERDICTS, Cohort, Measure, MonthPoint, Record, Span, Trends

__all__ = ["CODES", "VERDICTS", "Cohort", "Measure", "MonthPoint", "Record", "Span", "Trends", "assess", "trends"]
#: The reasons' part of the false alarms, beside those in ``MEASURES``.
REASONS_PART = 4


def trends(
    deals: Table,
    *,
    as_of: date,
    false_alarm: float = 0.05,
    only: Sequence[str] = tuple(MEASURES),
    by_segment: bool = True,
) -> Trends:
    """Which measures of the record changed, since when, and which only moved as months do.

    Args:
        deals: one row per deal (``numbers.tables.DEALS``), on any engine.
        as_of: the day the record is looked at; what is dated later has not happened.
        false_alarm: the chance that any verdict at all is ``rise`` or ``drop`` where nothing changes, at most.
        only: of ``measures.MEASURES``, those asked for: what is not looked at needs no part of ``false_alarm``.
        by_segment: whether each reason is also looked at segment by segment.

    Returns:
        The measures in the order of ``measures.MEASURES``, the reasons, the state of the record.

    >>> import ibis, datetime
    >>> nothing = ibis.memtable({"id": ["a"], "outcome": ["open"]}).mutate(
    ...     opened_at=ibis.null("date"), closed_at=ibis.null("date"), amount_minor=ibis.null("int64"),
    ...     segment=ibis.null("string"), reasons=ibis.null("string"))
    >>> print(trends(nothing, as_of=datetime.date(2026, 1, 31)).measure("won"))
    won: too_few. no deal has a day of closing
    """
    if not by_segment:
        import ibis

        deals = deals.mutate(segment=ibis.null("string"))
    return assess(read(deals, as_of), false_alarm=false_alarm, only=only)


def assess(history: History, *, false_alarm: float = 0.05, only: Sequence[str] = tuple(MEASURES)) -> Trends:
    """``trends`` from counts that were read already."""
    asked = question(history)
    looked = [name for name in MEASURES if name in only and can_be_judged(history, name)]
    parts = sum(MEASURES[name][1] for name in looked) + REASONS_PART * bool(len(asked.tested))
    part = false_alarm / max(parts, 1)
    found = {name: measure(history, name, part * MEASURES[name][1]) for name in MEASURES if name in only}
    reasons, smallest = reason_trends(asked, part * REASONS_PART)
    record = state_of_record(found.values(), cohorts(history))
    by_chance = part * parts
    looks = len(looked) + len(asked.tested)
    return Trends(history.as_of, tuple(found.values()), reasons, record, looks, by_chance, false_alarm, smallest)
