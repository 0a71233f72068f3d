"""The month, the quarter and the year that run, each beside the same days of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from rebond.findings import words
from rebond.findings.finding import Finding, Table
from rebond.findings.terms import Terms
from rebond.findings.verdicts import chip
from rebond.numbers.estimate import COUNTS_FROM, Estimate
from rebond.numbers.trends.result import Measure, Span, Trends

#: What is set side by side, in this order.
SHOWN = ("won", "closed", "win_rate_closed", "money_won", "opened")


def findings(result: Trends, terms: Terms, labels: dict[str, str]) -> tuple[Finding, ...]:
    """One finding; nothing where no measure has its spans (no dates). ``labels`` names the measures."""
    shown = [one for name in SHOWN for one in result.measures if one.name == name and one.spans]
    won = next((one for one in shown if one.name == "won"), None)
    if won is None:
        return ()
    decided = next((span.now.n + span.before.n for one in shown if one.name == "closed" for span in one.spans[-1:]), 0)
    return (
        Finding(
            "trends.spans", _headline(won.spans[-1]),
            _("Up to %(day)s; in small, the same days of the month, the quarter and the year before") % {
                "day": words.day(result.as_of)},
            _grid(shown, terms, labels), _table(shown, terms, labels), "",
            _("Two spans differ by luck alone more often than not; what really moved stands in the chart by month."),
            verdict=chip(won), known=decided >= COUNTS_FROM,
        ),
    )  # fmt: skip


def _headline(year: Span) -> str:
    return _("This year so far: %(now)s won, %(before)s in the same days of last year") % {
        "now": words.count(year.now.value or 0), "before": words.count(year.before.value or 0)}  # fmt: skip


def _names() -> dict[str, str]:
    return {"month": _("this month"), "quarter": _("this quarter"), "year": _("this year")}


def _show(estimate: Estimate, measure: Measure, terms: Terms) -> str:
    if estimate.value is None:
        return words.short(estimate)
    if measure.kind == "rate":
        return words.rate(estimate)
    return words.money(estimate.value, terms.currency) if measure.kind == "money" else words.count(estimate.value)


def _grid(shown: Sequence[Measure], terms: Terms, labels: dict[str, str]) -> SafeString:
    names = _names()
    head = format_html_join("", '<th scope="col">{}</th>', ((names.get(s.name, s.name),) for s in shown[0].spans))
    rows = format_html_join("", "<tr><th scope=\"row\">{}</th>{}</tr>", (
        (labels.get(one.name, one.name), format_html_join("", "<td><b>{}</b> <small>{}</small></td>", (
            (_show(span.now, one, terms), _show(span.before, one, terms)) for span in one.spans)))
        for one in shown
    ))  # fmt: skip
    return format_html('<table class="spans"><thead><tr><td></td>{}</tr></thead><tbody>{}</tbody></table>', head, rows)


def _table(shown: Sequence[Measure], terms: Terms, labels: dict[str, str]) -> Table:
    names = _names()
    head = (_("measure"), _("span"), _("days"), _("now"), _("before"), _("still open"))
    rows = [
        (labels.get(one.name, one.name), names.get(span.name, span.name),
         words.count((span.last - span.first + timedelta(days=1)).days), _show(span.now, one, terms),
         _show(span.before, one, terms), words.count(span.unresolved_now))
        for one in shown for span in one.spans
    ]  # fmt: skip
    return Table(_("Side by side, up to the same day"), head, tuple(rows))
