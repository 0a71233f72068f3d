"""The seven measures of the whole record: their series, their verdicts, and what these are based on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
from scipy.stats import t as student

from rebond.numbers.estimate import COUNTS_FROM, Estimate, cannot, too_few
from rebond.numbers.rates import proportion
from rebond.numbers.tables import DECIDED
from rebond.numbers.trends.cohorts import UNRESOLVED, due, entries, guards_by_close, guards_by_opening
from rebond.numbers.trends.history import NOT_YET, History, first_day
from rebond.numbers.trends.result import Cohort, Measure, MonthPoint, Record
from rebond.numbers.trends.series import BASELINE, LEAST, Chart, Series, baseline_of, draw, expected_cases, usual
from rebond.numbers.trends.spans import spans

Numbers = np.ndarray[Any, Any]
#: Kind of each measure, and its part of the false alarms allowed in all (reasons have theirs in ``reasons``).
MEASURES = {
    "win_rate_closed": ("rate", 2), "win_rate_opened": ("rate", 1), "closed": ("count", 1), "won": ("count", 1),
    "money_won": ("money", 1), "opened": ("count", 1), "reason_logged": ("rate", 1),
}  # fmt: skip
#: What the cases of a measure are, for what is missing.
UNITS = {"reason_logged": "losses", "won": "wins", "money_won": "wins", "opened": "deals", "closed": "closed_deals"}
#: An unresolved share that grows by less than this is not worth a word.
WORTH_A_WORD = 0.05
#: Losses missing by less than this share of those due are no news of the record.
MISSING = 0.25
YEARLY = "a pattern of the year would look the same, and the record is too short to tell"


def series_of(history: History, name: str) -> Series:
    """The months of a measure, from the first that the record covers to the one that runs."""
    by_opening = name in ("win_rate_opened", "opened")
    months = history.months(history.first_opened if by_opening else history.first_closed)
    cells, by = (history.openings, "opened") if by_opening else (history.closings, "closed")

    def count(*outcomes: str, of: str = "n") -> Numbers:
        return history.per_month(cells, by, months, of=of, outcomes=outcomes)

    nothing = np.zeros(len(months))
    kind = MEASURES[name][0]
    whole = _whole(history, name, months)
    if name == "reason_logged":
        return Series(kind, months, count(*DECIDED[1:], of="logged"), count(*DECIDED[1:]), whole, nothing)
    if name in ("win_rate_closed", "win_rate_opened"):
        still = count(*UNRESOLVED) if by_opening else nothing
        return Series(kind, months, count("won"), count(*DECIDED), whole, still)
    if name == "money_won":
        return Series(kind, months, count("won", of="money"), count("won", of="priced"), whole, nothing)
    found = {"closed": count(*DECIDED), "won": count("won"), "opened": count()}[name]
    return Series(kind, months, found, found, whole, nothing)


def _whole(history: History, name: str, months: Numbers) -> Numbers:
    """Months that are over and that the record covers from their first day on.

    The month a record begins in may be a part of one. Closings are complete once deals opened since its beginning have
    had the time that 9 in 10 take; opening months once that time has passed since, and if no closing from before the
    first one recorded can be missing.
    """
    if name == "opened":
        return (months <= history.last) & (months > history.first_opened)
    if name == "win_rate_opened":
        return (months <= history.last - history.run_in) & (months >= history.first_closed)
    start = history.first_closed + 1
    if history.first_opened < NOT_YET:
        start = max(start, history.first_opened + max(history.run_in, 1))
    return (months <= history.last_closed) & (months >= start)


def measure(history: History, name: str, chance: float) -> Measure:
    """One measure with its verdict; ``chance`` is that of a false alarm within a year."""
    by_opening = name in ("win_rate_opened", "opened")
    if (history.first_opened if by_opening else history.first_closed) >= NOT_YET:
        what = "opening" if by_opening else "closing"
        return replace(_mute(name, "no_dates", f"no deal has a day of {what}"), spans=spans(history, name))
    series = series_of(history, name)
    found = _silent(name, series) or _judged(history, name, series, chance)
    return replace(found, spans=spans(history, name))


def can_be_judged(history: History, name: str) -> bool:
    """Whether the measure has months and cases enough for a verdict."""
    by_opening = name in ("win_rate_opened", "opened")
    first = history.first_opened if by_opening else history.first_closed
    return first < NOT_YET and _silent(name, series_of(history, name)) is None


def _silent(name: str, series: Series) -> Measure | None:
    """Why no verdict can be given at all; ``None`` if one can."""
    places = series.usable()
    base = places[: baseline_of(len(places))]
    months = _points(series, None)
    if series.kind == "money" and not series.n.any():
        return _mute(name, "no_amounts", "no sale has an amount", months)
    if len(places) <= BASELINE:
        need = BASELINE + 1 - len(places)
        missing = too_few(need=need, unit="months", n=round(float(series.n[places].sum())))
        found = _mute(name, "too_few", missing.note, _centred(series, months, places))
        return replace(found, need=need, unit="months", before=missing, after=missing)
    if series.kind == "money" and series.k[base].sum() <= 0:
        return _mute(name, "no_amounts", "the sales before are worth nothing", months)
    few = expected_cases(series, base)
    if few >= LEAST[series.kind] or (name == "reason_logged" and np.median(series.n[base]) >= COUNTS_FROM):
        return None
    basis = f"a usual month has {few:.1f} cases to go by; {LEAST[series.kind]:.0f} would be enough"
    return _mute(name, "too_few_per_month", basis, months)


def _mute(name: str, code: str, basis: str, months: tuple[MonthPoint, ...] = ()) -> Measure:
    """Nothing can be said, and why."""
    nothing = cannot(code, basis)
    return Measure(name, MEASURES[name][0], "too_few", basis, code, before=nothing, after=nothing, months=months)


def _judged(history: History, name: str, series: Series, chance: float) -> Measure:
    chart = draw(series, chance)
    before, after = _before_and_after(name, series, chart)
    found = Measure(
        name, series.kind, chart.direction or "noise", "", since=_since(series, chart),
        since_chances=_chances(series, chart), before=before, after=after, months=_points(series, chart),
    )  # fmt: skip
    found = replace(found, basis=_basis(found, series, chart))
    if not chart.direction:
        found = _quiet(found, chart)
    if name == "win_rate_closed":
        found = _guarded_by_close(found, history, series, chart, chance)
    elif name == "win_rate_opened":
        found = _guarded_by_opening(found, series, chart, chance)
    elif name == "closed":
        found = _guarded_closings(found, history, chart)
    return _withheld(found, "could_be_season", YEARLY) if chart.season and found.verdict in ("rise", "drop") else found


def _quiet(found: Measure, chart: Chart) -> Measure:
    """Noise now, with what was seen in earlier months."""
    if (np.maximum(chart.up, chart.down) > chart.h).any():
        return replace(found, code="went_back")
    return replace(found, code="one_month") if (np.abs(chart.f) > chart.k).any() else found


def _withheld(found: Measure, code: str, why: str) -> Measure:
    """A change that is seen but may be something else: no verdict, and why."""
    season = code == "could_be_season"
    return replace(
        found, verdict="too_few", code=code, basis=f"{found.basis}; {why}", could_be_season=season, since=None
    )


def _guarded_by_close(found: Measure, history: History, series: Series, chart: Chart, chance: float) -> Measure:
    """A win rate by month of closing must also move among the deals that were due to close, and by wins."""
    if found.verdict not in ("rise", "drop") or chart.since is None:
        return found
    expected = due(history, series.months)
    entered = entries(series, expected, chart.since, chart.places[: chart.baseline])
    lower, upper = guards_by_close(series, expected)
    rises = found.verdict == "rise"
    losses, wins = entered.losses_missing, entered.wins_more
    if losses > 2 * wins if rises else losses < 2 * wins:
        return _withheld(found, "losses_no_longer_recorded" if rises else "losses_entered_late", str(entered))
    if draw(lower if rises else upper, chance).direction == found.verdict:
        return found
    return _withheld(found, "not_resolved_yet", f"{entered}, and open deals could still turn it")


def _guarded_closings(found: Measure, history: History, chart: Chart) -> Measure:
    """Fewer (or more) deals entered as closed, nearly all of them losses, is news of the record and not of selling."""
    if found.verdict not in ("rise", "drop") or chart.since is None:
        return found
    series = series_of(history, "win_rate_closed")
    entered = entries(series, due(history, series.months), chart.since, chart.places[: chart.baseline])
    missing, behind = entered.share_missing
    if found.verdict == "drop" and missing > max(2 * behind, MISSING):
        return _withheld(found, "losses_no_longer_recorded", str(entered))
    if found.verdict == "rise" and -missing > max(-2 * behind, MISSING):
        return _withheld(found, "losses_entered_late", str(entered))
    return found


def _guarded_by_opening(found: Measure, series: Series, chart: Chart, chance: float) -> Measure:
    """A win rate by month of opening must also move if its unresolved deals were all lost, or all won."""
    base, judged = chart.places[: chart.baseline], chart.judged
    if chart.since is not None:
        judged = judged[judged >= chart.since]
    lower, upper = guards_by_opening(series)
    found = replace(found, bounds=(_share(lower, judged), _share(upper, judged)))
    grown = abs(_open_share(series, judged) - _open_share(series, base))
    if found.verdict not in ("rise", "drop"):
        moved = abs(_share(series, judged) - _share(series, base))
        return _unresolved(found, series, judged) if grown > max(moved, WORTH_A_WORD) else found
    guard = lower if found.verdict == "rise" else upper
    moved = abs(_share(guard, judged) - _share(guard, base))
    sure = moved > grown and draw(guard, chance).direction == found.verdict
    return found if sure else _unresolved(found, series, judged)


def _unresolved(found: Measure, series: Series, places: Numbers) -> Measure:
    still, every = series.unresolved[places].sum(), (series.n + series.unresolved)[places].sum()
    low, high = found.bounds or (0.0, 1.0)
    bounds = f"{low:.0%} if all of these are lost, {high:.0%} if all are won"
    why = f"{still:.0f} of {every:.0f} are not resolved yet: {bounds}"
    return _withheld(found, "not_resolved_yet", why)


def _share(series: Series, places: Numbers) -> float:
    return float(series.k[places].sum() / max(series.n[places].sum(), 1e-9))


def _open_share(series: Series, places: Numbers) -> float:
    still = series.unresolved[places].sum()
    return float(still / max(still + series.n[places].sum(), 1e-9))


def _since(series: Series, chart: Chart) -> Any:
    return None if chart.since is None else first_day(int(series.months[chart.since]))


def _chances(series: Series, chart: Chart) -> tuple[tuple[Any, float], ...]:
    return tuple((first_day(int(series.months[place])), chance) for place, chance in chart.chances)


def _before_and_after(name: str, series: Series, chart: Chart) -> tuple[Estimate, Estimate]:
    """The baseline, and the judged months from the change on (all of them without one)."""
    judged = chart.judged if chart.since is None else chart.places[chart.places >= chart.since]
    base = chart.places[: chart.baseline]
    if chart.since is not None:
        base = base[base < chart.since]
    return _estimate(name, series, base), _estimate(name, series, judged)


def _estimate(name: str, series: Series, places: Numbers) -> Estimate:
    """A rate over these months, or a mean per month with the range of a mean."""
    n = round(float(series.n[places].sum()))
    if series.kind == "rate":
        return proportion(round(float(series.k[places].sum())), n, minimum=5, unit=UNITS.get(name, "decided_deals"))
    values = series.k[places]
    if not len(values):
        return too_few(need=1, unit="months", n=n)
    mean, error = float(values.mean()), float(values.std(ddof=1)) / sqrt(len(values)) if len(values) > 1 else 0.0
    if len(values) < 3:
        return Estimate(mean, k=None, n=n, method="mean per month")
    half80, half95 = (float(student.ppf(0.5 + part / 2, len(values) - 1)) * error for part in (0.80, 0.95))
    ends = max(mean - half80, 0.0), mean + half80, max(mean - half95, 0.0), mean + half95
    return Estimate(mean, *ends, k=None, n=n, method="mean per month, Student")


def _basis(found: Measure, series: Series, chart: Chart) -> str:
    """In plain words: what is compared with what, and how it compares."""
    start = series.months[chart.judged[0] if chart.since is None else chart.since]
    since = f"from {first_day(int(start)):%B %Y} on"
    now, then = (_told(found.kind, side) for side in (found.after, found.before))
    how = {
        "rise": "higher than months usually move", "drop": "lower than months usually move",
    }.get(found.verdict, "as months usually move")  # fmt: skip
    if found.verdict in ("rise", "drop") and not chart.lasting:
        how += "; one month so far"
    return f"{now} {since}, {then} in the months before: {how}"


def _told(kind: str, side: Estimate) -> str:
    if kind == "rate":
        return f"{side.k} of {side.n}"
    if side.value is None:
        return "nothing"
    return f"{side.value:.1f} a month" if kind == "count" else f"sales of {side.n} deals"


def _points(series: Series, chart: Chart | None) -> tuple[MonthPoint, ...]:
    """The months as the chart draws them."""
    points = []
    for place in range(len(series.months)):
        k, n = round(float(series.k[place])), round(float(series.n[place]))
        value: float | None = float(series.k[place])
        if series.kind == "rate":
            value = k / n if n >= 5 else None
        points.append(
            MonthPoint(
                first_day(int(series.months[place])), k if series.kind == "rate" else None, n, value,
                partial=not bool(series.whole[place]), unresolved=round(float(series.unresolved[place])),
            )
        )  # fmt: skip
    return tuple(points) if chart is None else _with_limits(points, chart)


def _with_limits(points: list[MonthPoint], chart: Chart) -> tuple[MonthPoint, ...]:
    for used, place in enumerate(chart.places):
        judged = used - chart.baseline
        points[place] = replace(
            points[place], centre=float(chart.centre[used]), low=float(chart.low[used]), high=float(chart.high[used]),
            judged=judged >= 0, signal=chart.signal(judged) if judged >= 0 else "",
        )  # fmt: skip
    return tuple(points)


def _centred(series: Series, months: tuple[MonthPoint, ...], places: Numbers) -> tuple[MonthPoint, ...]:
    """Six months and more without a verdict: what they usually are, by month of the quarter, is drawn, no limits."""
    if len(places) < 6 or not series.k[places].any():
        return months
    centre = dict(zip(places.tolist(), usual(series, places).tolist(), strict=True))
    return tuple(replace(m, centre=centre.get(place)) for place, m in enumerate(months))


def state_of_record(measures: Iterable[Measure], found: tuple[Cohort, ...]) -> Record:
    """Whether the record itself changes, as the win rate by month of closing and the closings show; the cohorts."""
    if not found:
        return Record("too_few", "no deal has a day of opening")
    judged = [each for each in measures if each.name in ("win_rate_closed", "closed")]
    for each in judged:
        if each.code in ("losses_no_longer_recorded", "losses_entered_late"):
            since = each.since_chances[0][0] if each.since_chances else None
            return Record(each.code, each.basis, since, found)
    if not judged:
        return Record("too_few", "the win rate by month of closing was not looked at", None, found)
    if judged[0].code in ("too_few", "no_dates", "too_few_per_month"):
        return Record("too_few", judged[0].basis, None, found)
    return Record("steady", "deals close as those opened before lead to expect", None, found)
