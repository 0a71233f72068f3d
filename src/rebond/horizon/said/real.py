"""Real change against noise: one measure in full with the journal's marks, the others in small; cycle, follow-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import cycle as cycles
from rebond.findings import parts, touches, trends, words
from rebond.findings.finding import Finding, Table, Verdict
from rebond.findings.terms import Terms
from rebond.horizon.queries.marks import Line
from rebond.numbers.cycle import Cycle
from rebond.numbers.cycle_change import CycleChange
from rebond.numbers.estimate import Estimate
from rebond.numbers.touches import Touches
from rebond.numbers.trends.result import Measure, Trends

#: Watched, in this order; the first with a verdict is drawn in full.
WATCHED = ("win_rate_closed", "won", "money_won")
#: Marks that are drawn, the newest; more would be a fence.
DRAWN = 6


def real(found: Trends, change: CycleChange, lines: Sequence[Line], currency: str) -> tuple[Finding, ...]:
    """The measure that really moved (else the win rate) in full; all of them with their verdicts."""
    terms = Terms(currency=currency)
    watched = [found.measure(name) for name in WATCHED]
    leading = next((one for one in watched if one.verdict in ("rise", "drop")), watched[0])
    drawn = sorted(lines, key=lambda line: line.day)[-DRAWN:]
    full = trends.full(leading, terms, [(line.day, line.text) for line in drawn], numbered=True)
    if full.picture and drawn:
        full = replace(full, caveat=f"{_legend(drawn)} {full.caveat}".strip())
    return replace(full, key="long.real"), _all(watched, change, found, terms)


def _legend(drawn: Sequence[Line]) -> str:
    """What the dashed lines are, by their numbers."""
    each = [
        _("%(n)s: %(day)s, %(text)s") % {"n": words.count(number), "day": words.day(line.day), "text": line.text}
        for number, line in enumerate(drawn, start=1)
    ]
    return _("Dashed, what was changed: %(each)s.") % {"each": "; ".join(each)}


def _all(watched: Sequence[Measure], change: CycleChange, found: Trends, terms: Terms) -> Finding:
    verdicts = [*(one.verdict for one in watched), change.verdict]
    moved = sum(one in ("rise", "drop") for one in verdicts)
    judged = sum(one != "too_few" for one in verdicts)
    if not judged:
        headline = _("Too little history to tell a real change from noise")
    elif moved:
        headline = ngettext("One real change of %(all)s, the rest is ordinary variation",
                            "%(n)s real changes of %(all)s, the rest is ordinary variation", moved)  # fmt: skip
    else:
        headline = _("No real change: all that moved is ordinary variation")
    if not any(point.value is not None for one in watched for point in one.months):
        return Finding("long.verdicts", headline, _("A year of months with closed deals is needed."), known=False)
    rows = [trends.spark_row(one, terms) for one in watched]
    rows.append((_("Days to a sale"), SafeString(""), _before_after(change), trends.verdict_html(_verdict(change))))
    drawn = format_html_join("", '<li><span>{}</span>{}<span class="v">{}</span>{}</li>', (
        (title, spark or SafeString("<span></span>"), both, verdict) for title, spark, both, verdict in rows
    ))  # fmt: skip
    return Finding(
        "long.verdicts", headline % {"n": words.count(moved), "all": words.count(len(watched) + 1)},
        _("Before and now; the grey band is ordinary variation"),
        format_html('<ul class="sparks">{}</ul>', drawn), _table(watched, change, terms), trends.by_chance(found),
        known=bool(judged),
    )  # fmt: skip


def _before_after(change: CycleChange) -> SafeString:
    if change.before.value is None or change.after.value is None:
        return SafeString("")
    return format_html("{} → <b>{}</b>", words.count(change.before.value), words.count(change.after.value))


def _verdict(change: CycleChange) -> Verdict:
    """Longer is no good news."""
    texts = {"rise": _("Really longer"), "drop": _("Really shorter"), "noise": _("Noise")}
    if change.verdict in texts:
        return Verdict(change.verdict, texts[change.verdict], worse=change.verdict == "rise")
    return Verdict("open", _("Too few"))


def _table(watched: Sequence[Measure], change: CycleChange, terms: Terms) -> Table:
    made = trends.measures_table(watched, terms)
    row = (_("Days to a sale"), _days(change.before), _days(change.after), _verdict(change).text, "")
    return replace(made, rows=(*made.rows, row))


def _days(estimate: Estimate) -> str:
    if estimate.value is None:
        return words.short(estimate)
    spread = parts.range_of(estimate.lo80, estimate.hi80, words.count)
    return _("%(value)s (%(range)s)") % {"value": words.count(estimate.value), "range": spread}


def cycle(found: Cycle) -> tuple[Finding, ...]:
    """How long a sale takes, whole and by segment (M13)."""
    return cycles.findings(found, Terms())


def follow_ups(found: Touches) -> Finding:
    """How many contacts a sale takes, by segment (M13)."""
    made = touches.findings(found, Terms())[0]
    return replace(made, act="") if found.source == "none" else made
