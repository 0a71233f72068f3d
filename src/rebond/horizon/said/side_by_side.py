"""Month, quarter and year in one picture, so that a bad month inside a good quarter looks like what it is (M11)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import quantiles

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding, Table
from rebond.findings.pictures import Axis, Level, Point, levels, money_axis, number_axis, share_axis
from rebond.findings.trends import measure_labels
from rebond.horizon import periods
from rebond.horizon.models import Period
from rebond.horizon.view import MEASURES, View
from rebond.numbers.estimate import COUNTS_FROM, Estimate
from rebond.numbers.trends.result import Measure, MonthPoint, Span, Trends

KEY = "long.side_by_side"
#: Quarters drawn, the running one included; fewest that have a best one, and fewest months that have a weakest.
QUARTERS, RANKED_QUARTERS, RANKED_MONTHS = 8, 4, 6
#: Months from which on there is a band in which 8 of 10 lie.
BANDED_MONTHS = 10
#: A span that has just begun has no pace yet: less than this part of a month.
BEGUN = 0.5


@dataclass(frozen=True)
class Stretch:
    """A quarter or year: its months among those of the record.

    ``value`` is a rate, or what came in a month of it on average; ``k`` and ``n`` the cases.
    """

    period: str
    first: date
    value: float | None
    k: int
    n: int
    running: bool
    rate: bool = False


def side_by_side(found: Trends, view: View, currency: str) -> Finding:
    """The finding; where the record is younger than two months, a sentence."""
    measure = found.measure(MEASURES[view.measure])
    months = [point for point in measure.months if point.value is not None]
    if len(months) < 2 or sum(point.n for point in measure.months) < COUNTS_FROM:
        return _nothing_yet(measure)
    show = _shown(measure, currency)
    return _drawn(measure, found, show, currency)


def _nothing_yet(measure: Measure) -> Finding:
    n = sum(point.n for point in measure.months)
    text = ngettext(
        "Five closed deals and two months are needed; %(n)s deal so far.",
        "Five closed deals and two months are needed; %(n)s deals so far.", n,
    ) % {"n": words.count(n)}  # fmt: skip
    headline = _("Month, quarter and year cannot be set side by side yet")
    return Finding(KEY, headline, text, known=False)


def _drawn(measure: Measure, found: Trends, show: Callable[[float], str], currency: str) -> Finding:
    place = _looked_at(measure.months)
    shown_from = periods.shifted(
        Period.QUARTER, periods.first_day(Period.QUARTER, measure.months[-1].month), 1 - QUARTERS
    )
    points = [point for point in measure.months if point.month >= shown_from]
    month = measure.months[place]
    quarters = _stretches(measure, Period.QUARTER, points[0].month, found.as_of)
    years = _stretches(measure, Period.YEAR, points[0].month, found.as_of)
    quarter = next(one for one in quarters if one.first == periods.first_day(Period.QUARTER, month.month))
    picture = _picture(measure, points, (month, quarter), (quarters, years), show, currency)
    label = measure_labels() | {"win_rate_closed": _("Win rate")}
    about = _(
        "%(measure)s: dots are months, short lines quarters, broad lines years; 8 months in 10 lie in the grey band"
    )
    return Finding(
        KEY, _headline(measure, month, quarter, quarters, show),
        about % {"measure": label.get(measure.name, measure.name)},
        format_html("{}{}", picture, _figures(found, label, currency)), _table(measure, points, quarters, years, show),
        _sure(month, show),
        _("Of several months one is always the weakest. “Before”: the same days of the month, quarter or year before."),
    )  # fmt: skip


def _looked_at(months: Sequence[MonthPoint]) -> int:
    """The last month that is over, else the last there is."""
    whole = [place for place, point in enumerate(months) if not point.partial and point.value is not None]
    return whole[-1] if whole else len(months) - 1


def _shown(measure: Measure, currency: str) -> Callable[[float], str]:
    if measure.kind == "money":
        return lambda value: words.money(value, currency)
    return words.percent if measure.kind == "rate" else words.decimal


def _stretches(measure: Measure, period: str, since: date, as_of: date) -> list[Stretch]:
    """Every quarter, or year, of which a month is drawn; whole, also where it begins before the picture."""
    firsts = sorted({periods.first_day(period, point.month) for point in measure.months if point.month >= since})
    return [_stretch(measure, period, first, as_of) for first in firsts]


def _stretch(measure: Measure, period: str, first: date, as_of: date) -> Stretch:
    last = periods.last_day(period, first)
    inside = [point for point in measure.months if first <= point.month <= last]
    n, k = sum(point.n for point in inside), sum(point.k or 0 for point in inside)
    running = as_of < last
    if measure.kind == "rate":
        return Stretch(period, first, k / n if n >= COUNTS_FROM else None, k, n, running, rate=True)
    elapsed = sum(_part_of(point.month, as_of) for point in inside)
    total = sum(point.value or 0.0 for point in inside)
    return Stretch(period, first, total / elapsed if elapsed >= BEGUN else None, n, n, running)


def _part_of(month: date, as_of: date) -> float:
    """What part of a month is over."""
    if (month.year, month.month) != (as_of.year, as_of.month):
        return 1.0
    return as_of.day / monthrange(month.year, month.month)[1]


def _picture(
    measure: Measure, points: Sequence[MonthPoint], about: tuple[MonthPoint, Stretch],
    stretches: tuple[list[Stretch], list[Stretch]], show: Callable[[float], str], currency: str,
) -> SafeString:  # fmt: skip
    (month, quarter), (quarters, years) = about, stretches
    low, high = ordinary([one.value for one in measure.months if not one.partial and one.value is not None])
    drawn = [
        Point(one.value, _said(one, show), low, high, open=one.partial, tick=_tick(one.month, len(points)))
        for one in points
    ]
    spans = [_level(one, points, one is quarter, show) for one in (*years, *quarters)]
    at = next((place for place, one in enumerate(points) if one.month == month.month), None)
    note = _("%(month)s: %(value)s") % {
        "month": words.short_month(month.month, with_year=False), "value": show(month.value or 0.0)}  # fmt: skip
    return levels(drawn, spans, _axis(measure, drawn, spans, currency), _aloud(month, quarter, show), looked_at=at,
                  note=note)  # fmt: skip


def ordinary(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Between which values 8 months in 10 lie; nothing for less than ten months.

    >>> ordinary([float(number) for number in range(11)])
    (1.0, 9.0)
    """
    if len(values) < BANDED_MONTHS:
        return None, None
    cuts = quantiles(values[-36:], n=10, method="inclusive")
    return cuts[0], cuts[-1]


def _level(one: Stretch, points: Sequence[MonthPoint], looked_at: bool, show: Callable[[float], str]) -> Level:
    first = (one.first.year - points[0].month.year) * 12 + one.first.month - points[0].month.month
    length = periods.LENGTHS[Period(one.period)]
    last = min(first + length, len(points)) - 1
    is_year = one.period == Period.YEAR
    text = stretch_words(one, show) if is_year or looked_at else ""
    return Level(first, last, one.value, stretch_words(one, show), text, year=is_year, looked_at=looked_at)


def stretch_words(one: Stretch, show: Callable[[float], str]) -> str:
    """A quarter or year with its figure: "second quarter 2026: 4.3 a month"."""
    name = periods.said(one.period, one.first)
    if one.value is None:
        return _("%(name)s: too few") % {"name": name}
    said = {"name": name, "value": show(one.value)}
    if one.rate:
        text = _("%(name)s so far: %(value)s") if one.running else _("%(name)s: %(value)s")
    else:
        text = _("%(name)s so far: %(value)s a month") if one.running else _("%(name)s: %(value)s a month")
    return text % said


def _tick(month: date, shown: int) -> str:
    if month.month == 1 or (shown < 7 and month.month % 3 == 1):
        return words.short_month(month, with_year=True)
    return words.short_month(month, with_year=False) if month.month % 3 == 1 else ""


def _said(one: MonthPoint, show: Callable[[float], str]) -> str:
    cases = words.count(one.n) if one.k is None else words.of(one.k, one.n)
    value = _("too few") if one.value is None else show(one.value)
    return _("%(month)s: %(value)s (%(cases)s)") % {
        "month": words.month(one.month), "value": value, "cases": cases}  # fmt: skip


def _axis(measure: Measure, drawn: Sequence[Point], spans: Sequence[Level], currency: str) -> Axis:
    values = [v for p in drawn for v in (p.value, p.low, p.high)] + [one.value for one in spans]
    if measure.kind == "money":
        return money_axis(values, currency)
    return share_axis(values, steps=4) if measure.kind == "rate" else number_axis(values, words.decimal, room=6.0)


def _aloud(month: MonthPoint, quarter: Stretch, show: Callable[[float], str]) -> str:
    return _("Month, quarter and year on one scale. %(month)s; %(quarter)s.") % {
        "month": _said(month, show), "quarter": stretch_words(quarter, show)}  # fmt: skip


def _headline(
    measure: Measure, month: MonthPoint, quarter: Stretch, quarters: Sequence[Stretch], show: Callable[[float], str]
) -> str:
    months = [p.value for p in measure.months[-24:] if not p.partial and p.value is not None]
    others = [one.value for one in quarters if one.value is not None]
    of_month = _standing(month.value, months, RANKED_MONTHS) if not month.partial else ""
    of_quarter = _standing(quarter.value, others, RANKED_QUARTERS)
    said = {
        "month": words.month(month.month), "months": words.count(len(months)), "quarters": words.count(len(others)),
        "value": show(month.value or 0.0), "quarter": stretch_words(quarter, show),
    }  # fmt: skip
    return _headlines()[of_month, of_quarter] % said


def _standing(value: float | None, among: Sequence[float], least: int) -> str:
    """``best`` or ``weakest`` where one alone is, of enough of them."""
    if value is None or len(among) < least or list(among).count(value) > 1:
        return ""
    return "best" if value >= max(among) else "weakest" if value <= min(among) else ""


def _headlines() -> dict[tuple[str, str], str]:
    """By how the month stands, and the quarter."""
    return {
        ("weakest", "best"): _(
            "%(month)s was the weakest month of %(months)s; its quarter is the best of %(quarters)s"),
        ("weakest", "weakest"): _(
            "%(month)s was the weakest month of %(months)s, in the weakest quarter of %(quarters)s"),
        ("weakest", ""): _("%(month)s was the weakest month of %(months)s, in an ordinary quarter"),
        ("best", "best"): _("%(month)s was the best month of %(months)s, in the best quarter of %(quarters)s"),
        ("best", "weakest"): _(
            "%(month)s was the best month of %(months)s; its quarter is the weakest of %(quarters)s"),
        ("best", ""): _("%(month)s was the best month of %(months)s, in an ordinary quarter"),
        ("", "best"): _("The best quarter of %(quarters)s, with %(month)s an ordinary month in it"),
        ("", "weakest"): _("The weakest quarter of %(quarters)s, with %(month)s an ordinary month in it"),
        ("", ""): _("%(month)s was an ordinary month, in an ordinary quarter"),
    }  # fmt: skip


def _sure(month: MonthPoint, show: Callable[[float], str]) -> str:
    if month.value is None or month.low is None or month.high is None:
        return ""
    said = {"month": words.month(month.month), "value": show(month.value), "low": show(max(month.low, 0.0)),
            "high": show(month.high)}  # fmt: skip
    if month.low <= month.value <= month.high:
        return _("%(month)s (%(value)s) lies within ordinary variation, %(low)s to %(high)s.") % said
    return _("%(month)s (%(value)s) lies outside ordinary variation, %(low)s to %(high)s.") % said


def _figures(found: Trends, label: dict[str, str], currency: str) -> SafeString:
    """The running month, quarter and year in figures, each with the same days of the one before."""
    shown = [found.measure(name) for name in ("won", "win_rate_closed", "money_won")]
    shown = [one for one in shown if one.spans]
    if not shown:
        return SafeString("")
    names = {"month": _("this month"), "quarter": _("this quarter"), "year": _("this year")}
    head = format_html_join("", '<th scope="col">{}</th>', ((names[span.name],) for span in shown[0].spans))
    rows = format_html_join("", '<tr><th scope="row">{}</th>{}</tr>', (
        (label.get(one.name, one.name), format_html_join("", "<td><b>{}</b> <small>{}</small></td>", (
            _cell(one, span, currency) for span in one.spans))) for one in shown
    ))  # fmt: skip
    return format_html('<table class="spans"><thead><tr><td></td>{}</tr></thead><tbody>{}</tbody></table>', head, rows)


def _cell(measure: Measure, span: Span, currency: str) -> tuple[str, str]:
    """The figure; under it the cases and the likely range of a rate, and what the same days of the one before had."""
    before = _short(span.before, measure, currency)
    if measure.kind == "rate" and span.now.value is not None:
        likely = words.likely_share(span.now)
        said = {"cases": parts.k_of_n(span.now), "likely": likely, "before": before}
        if words.rate(span.now) != said["cases"]:
            return words.rate(span.now), _("%(cases)s, %(likely)s; before: %(before)s") % said
        return words.rate(span.now), _("%(likely)s; before: %(before)s") % said if likely else _(
            "before: %(before)s"
        ) % said
    return _short(span.now, measure, currency), _("before: %(before)s") % {"before": before}


def _short(estimate: Estimate, measure: Measure, currency: str) -> str:
    if estimate.value is None:
        return words.short(estimate)
    if measure.kind == "rate":
        return parts.k_of_n(estimate)
    return words.money(estimate.value, currency) if measure.kind == "money" else words.count(estimate.value)


def _table(
    measure: Measure, points: Sequence[MonthPoint], quarters: Sequence[Stretch], years: Sequence[Stretch],
    show: Callable[[float], str],
) -> Table:  # fmt: skip
    unit = _("figure") if measure.kind == "rate" else _("a month")

    def cells(one: Stretch) -> tuple[str, str, str]:
        cases = words.of(one.k, one.n) if measure.kind == "rate" else words.count(one.n)
        return periods.said(one.period, one.first), _("too few") if one.value is None else show(one.value), cases

    rows = [cells(one) for one in (*years, *quarters)]
    rows += [
        (words.month(p.month), _("too few") if p.value is None else show(p.value),
         words.count(p.n) if p.k is None else words.of(p.k, p.n)) for p in points
    ]  # fmt: skip
    return Table(_("Years, quarters and months on one scale"), (_("span"), unit, _("cases")), tuple(rows))
