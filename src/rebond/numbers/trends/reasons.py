"""Trends of the reasons deals are lost for: each reason's share of the losses with a reason, by month of closing."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from rebond.numbers.estimate import too_few
from rebond.numbers.rates import share
from rebond.numbers.trends.charts import change_chances
from rebond.numbers.trends.history import SHOWN, History, first_day
from rebond.numbers.trends.permutation import TrendTest, trend_test
from rebond.numbers.trends.result import Measure, MonthPoint
from rebond.numbers.trends.season import YEAR

Numbers = np.ndarray[Any, Any]
#: The least for a trend of a reason: months, losses with a reason, losses that name it.
MONTHS, LOSSES, NAMED = 9, 60, 10
#: A reason named less often than this is not told apart.
TOLD = 5
#: False discoveries among those named; and the most series looked at (those with most losses).
DISCOVERIES, MOST = 0.10, 1_000
#: Only the last so many months: two of each month of the year.
WINDOW = 24
SOURCES = ("seller", "buyer", "manager", "coder")


@lru_cache(maxsize=10_000)
def primary(text: str) -> str | None:
    """The reason the seller names first; ``None`` if only others speak.

    >>> primary("buyer:trust; price ;seller:timing"), primary("buyer:trust")
    ('price', None)
    """
    for part in text.split(";"):
        source, colon, code = part.strip().partition(":")
        if not colon or source.strip().lower() not in SOURCES:
            source, code = "seller", part
        if source.strip().lower() == "seller" and code.strip():
            return code.strip()
    return None


@dataclass(frozen=True, eq=False)
class Cells:
    """Losses by month: ``named`` for the reason, of ``n`` with a reason, per series (reason, segment or ``None``)."""

    keys: list[tuple[str, str | None]]
    months: Numbers
    named: Numbers
    n: Numbers


def cells_of(history: History) -> Cells:
    """Every reason, overall and per segment, over the months shown that have a loss with a reason."""
    lost = history.lost_for
    labels: defaultdict[str, Counter[str]] = defaultdict(Counter)
    counts: Counter[tuple[str, str | None, int]] = Counter()
    totals: Counter[tuple[str | None, int]] = Counter()
    for month, segment, text, n in zip(lost.month.tolist(), lost.segment, lost.reasons, lost.n.tolist(), strict=True):
        code = primary(text)
        if code is None or not history.last - SHOWN < month <= history.last:
            continue
        labels[code.casefold()][code] += n
        for where in {None, segment}:
            counts[code.casefold(), where, month] += n
            totals[where, month] += n
    keys = sorted(
        {(code, where) for code, where, _month in counts}, key=lambda key: (key[1] is not None, key[0], key[1] or "")
    )
    return _table(keys, counts, totals, labels)


def _table(keys: list[Any], counts: Counter[Any], totals: Counter[Any], labels: dict[str, Counter[str]]) -> Cells:
    """Dense, after dropping what can never be enough: 50,000 segments must not become 50,000 rows."""
    named: Counter[Any] = Counter()
    losses: Counter[Any] = Counter()
    for (code, where, _month), n in counts.items():
        named[code, where] += n
    for (where, _month), n in totals.items():
        losses[where] += n
    kept = [key for key in keys if named[key] >= (TOLD if key[1] is None else NAMED)]
    kept = [key for key in kept if key[1] is None or losses[key[1]] >= LOSSES]
    kept = sorted(kept, key=lambda key: (key[1] is not None, -named[key]))[:MOST]
    found = sorted({month for where, month in totals if where is None})
    months = np.arange(found[0], found[-1] + 1) if found else np.zeros(0, dtype=int)
    shape = (len(kept), len(months))
    named_by_month = np.array(
        [[counts[code, where, m] for m in months.tolist()] for code, where in kept], dtype=float
    ).reshape(shape)
    losses_by_month = np.array(
        [[totals[where, m] for m in months.tolist()] for _code, where in kept], dtype=float
    ).reshape(shape)
    return Cells(
        [(labels[code].most_common(1)[0][0], where) for code, where in kept], months, named_by_month, losses_by_month
    )


def window(months: Numbers, last: int) -> Numbers:
    """The months judged: whole ones, without the first of the record, at most ``WINDOW``."""
    return np.flatnonzero((months > months[0]) & (months <= last))[-WINDOW:] if len(months) else np.zeros(0, dtype=int)


@dataclass(frozen=True, eq=False)
class Question:
    """The series, the places of the months judged, and which series have enough for a test."""

    cells: Cells
    used: Numbers
    tested: Numbers


def question(history: History) -> Question:
    """What can be asked of the reasons in this record."""
    cells = cells_of(history)
    used = window(cells.months, history.last)
    k, n = cells.named[:, used].sum(axis=1), cells.n[:, used].sum(axis=1)
    enough = (len(used) >= MONTHS) & (n >= LOSSES) & (k >= NAMED) & (k < n)
    return Question(cells, used, np.flatnonzero(enough))


def reason_trends(asked: Question, chance: float) -> tuple[tuple[Measure, ...], float | None]:
    """A measure per reason, and per reason and segment where there are enough; the smallest p a test could give."""
    cells, used, tested = asked.cells, asked.used, asked.tested
    months = _strata(cells.months[used])
    test = trend_test(cells.named[tested][:, used], cells.n[tested][:, used], months) if len(tested) else None
    place = {int(row): at for at, row in enumerate(tested)}
    found = []
    for row in range(len(cells.keys)):
        measure = _plain(cells, row, used)
        if test is not None and row in place:
            measure = _tested(measure, cells, row, used, test, place[row], chance)
        found.append(measure)
    order = {"rise": 0, "drop": 0, "noise": 1, "too_few": 2}
    found.sort(key=lambda m: (m.segment is not None, order[m.verdict]))
    return tuple(found), None if test is None else test.smallest


def _strata(months: Numbers) -> Numbers:
    """Months are shuffled within the month of the year once two years are seen, before within that of the quarter."""
    return months % (YEAR if len(months) >= 2 * YEAR else 3)


def _plain(cells: Cells, row: int, used: Numbers) -> Measure:
    """The reason without a verdict: what is missing."""
    reason, segment = cells.keys[row]
    k, n = cells.named[row], cells.n[row]
    months = max(MONTHS - len(used), 0)
    losses = int(max(LOSSES - n[used].sum(), NAMED - k[used].sum(), 0))
    need, unit = (months, "months") if months else (losses, "lost_deals")
    code = "too_few" if need else "every_loss_names_it"
    basis = too_few(need=need, unit=unit, n=int(n[used].sum())).note if need else "every loss with a reason names it"
    half = len(used) // 2
    return Measure(
        "reason", "rate", "too_few", basis, code, need=need or None, unit=unit if need else "", reason=reason,
        segment=segment, before=_share(k, n, used[:half]), after=_share(k, n, used[half:]),
        months=_points(cells, row, used),
    )  # fmt: skip


def _share(k: Numbers, n: Numbers, places: Numbers) -> Any:
    return share(round(float(k[places].sum())), round(float(n[places].sum())))


def _points(cells: Cells, row: int, used: Numbers) -> tuple[MonthPoint, ...]:
    """Each month's k of n; the share over the judged months as the centre."""
    k, n = cells.named[row], cells.n[row]
    total = n[used].sum()
    centre = float(k[used].sum() / total) if total >= 10 else None
    inside = set(used.tolist())
    return tuple(
        MonthPoint(
            first_day(int(month)), int(k[at]), int(n[at]), float(k[at] / n[at]) if n[at] >= 5 else None,
            centre=centre if at in inside else None, judged=at in inside, partial=at not in inside,
        )
        for at, month in enumerate(cells.months)
    )  # fmt: skip


def _tested(found: Measure, cells: Cells, row: int, used: Numbers, test: TrendTest, at: int, chance: float) -> Measure:
    """With its verdict: named by Benjamini-Hochberg, in a file that passes the gate, and no pattern of one year."""
    before, after = found.before, found.after
    counts = (
        f"{after.k} of {after.n} in the later half of {len(used)} months, {before.k} of {before.n} in the earlier half"
    )
    found = replace(found, q=float(test.q[at]), need=None, unit="", code="")
    if test.gate > chance or test.q[at] > DISCOVERIES:
        return replace(found, verdict="noise", basis=f"{counts}: as months usually move")
    named = int((test.q <= DISCOVERIES).sum())
    if _could_be_season(cells.named[row, used], cells.n[row, used], cells.months[used], test.sign[at], 0.05 / named):
        why = "a pattern of the year would look the same, and the record is too short to tell"
        return replace(found, verdict="too_few", code="could_be_season", could_be_season=True, basis=f"{counts}; {why}")
    verdict = "rise" if test.sign[at] > 0 else "drop"
    since, chances = _since(cells.named[row, used], cells.n[row, used])
    dated = tuple((first_day(int(cells.months[used[place]])), chance) for place, chance in chances)
    start = first_day(int(cells.months[used[since]]))
    basis = f"{counts}: the order of the months is more than chance"
    return replace(found, verdict=verdict, basis=basis, since=start, since_chances=dated)


def _could_be_season(k: Numbers, n: Numbers, months: Numbers, sign: float, level: float) -> bool:
    """Below two years: whether the trend does not also stand when only months of the same name are compared."""
    if len(months) >= 2 * YEAR:
        return False
    yearly = trend_test(k[None], n[None], months % YEAR)
    return bool(yearly.p[0] > level or yearly.sign[0] != sign)


def _since(k: Numbers, n: Numbers) -> tuple[int, list[tuple[int, float]]]:
    """The month from which on the share most likely is what it is now."""
    scores = 2 * np.sqrt(n + 0.5) * np.arcsin(np.sqrt((k + 0.375) / (n + 0.75)))
    scores -= 2 * np.sqrt(n + 0.5) * np.arcsin(np.sqrt(k.sum() / n.sum()))
    chances = change_chances(scores, max(len(k) // 3, 3))
    chances[0] = 0
    order = np.argsort(-chances, kind="stable")[:6]
    return int(order[0]), [(int(at), round(float(chances[at]), 4)) for at in order if chances[at] > 0.02]
