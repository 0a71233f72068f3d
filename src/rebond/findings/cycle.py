"""How long a sale takes, deals that are still open included."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding, Table
from rebond.findings.outcomes import outcome_labels
from rebond.findings.pictures import Axis, Curve, Mark, Row, curve, intervals, number_axis, share_axis
from rebond.findings.terms import Terms
from rebond.numbers.cycle import Curve as Incidence
from rebond.numbers.cycle import Cycle, GroupCycle
from rebond.numbers.estimate import Estimate

#: Points of a curve that can be seen.
POINTS = 90


def findings(result: Cycle, _terms: Terms) -> tuple[Finding, ...]:
    """The whole, then by group where at least two have a figure."""
    whole = result.overall
    middle = whole.days_to_won[0.5]
    if not middle.known or not whole.curves:
        if not whole.n and result.left_out.get("no_dates"):
            return (Finding("cycle.days_to_won", _("How long a sale takes cannot be said"), "", known=False,
                            sure=words.reason("no_dates")),)  # fmt: skip
        few = parts.too_few("cycle.days_to_won", _("Too few sales to say how long one takes"), middle)
        return (few,)
    groups = [group for group in result.groups if group.name is not None and group.days_to_won[0.5].known]
    return (_whole(result), *([_groups(result, groups)] if len(groups) > 1 else []))


def _whole(result: Cycle) -> Finding:
    whole = result.overall
    won = whole.shares.get("won")
    middle = whole.days_to_won[0.5]
    return Finding(
        "cycle.days_to_won",
        _("Half of the sales are made within %(days)s; likely %(low)s to %(high)s") % {
            "days": words.days(middle.value or 0), "low": words.count(middle.lo80 or 0),
            "high": words.count(middle.hi80 or 0)},
        _("Share of opened deals won, and lost, by days since opening; %(n)s deals, %(open)s still open") % {
            "n": words.count(whole.n), "open": words.count(whole.still_open)},
        _curves(whole), _table(result),
        _("By day %(day)s, %(share)s of the opened deals are won: %(likely)s.") % {
            "day": words.count(whole.window or 0), "share": words.in_hundred(won.value or 0),
            "likely": words.likely_share(won)} if won is not None and won.known else "",
        _("Open deals count as long as they are followed; without them sales would look quicker than they are."),
    )  # fmt: skip


def _curves(whole: GroupCycle) -> SafeString:
    last = float(whole.window or 1)
    across = _days_axis(last)
    shown = [_curve(one, last) for one in whole.curves if one.end in ("won", "lost")]
    upward = share_axis([v for one in shown for v in (*one.ys, *one.high)], steps=4)
    label = "; ".join(
        f"{outcome_labels()[end]}: {parts.said('', share).lstrip(': ')}"
        for end, share in whole.shares.items() if end in ("won", "lost")
    )  # fmt: skip
    return curve(shown, across, upward, label, below=_("days since opening"))


def _curve(one: Incidence, last: float) -> Curve:
    days = one.days[one.days <= last]
    step = max(len(days) // POINTS, 1)
    places = sorted({*range(0, len(days), step), len(days) - 1})
    low, high = one.range(0.80)
    tone = "ours" if one.end == "won" else "noise"
    return Curve(
        [float(days[i]) for i in places], [float(one.share[i]) for i in places],
        [float(low[i]) for i in places], [float(high[i]) for i in places],
        text=outcome_labels()[one.end], tone=tone, marked=False, steps=True,
    )  # fmt: skip


def _days_axis(last: float) -> Axis:
    axis = number_axis([0.0, last], words.count, steps=5)
    return Axis(0.0, last, tuple(tick for tick in axis.ticks if tick[0] <= last))


def _table(result: Cycle) -> Table:
    head = (_("group"), _("deals"), pgettext("outcome", "won"), _("still open"), _("a quarter by day"),
            _("half by day"), _("8 in 10 sure"), _("three quarters by day"))  # fmt: skip
    rows = [_cells(_("all deals"), result.overall)]
    rows += [_cells(parts.name(group.name), group) for group in result.groups[: parts.TABLED]]
    return Table(_("Days from opening to won, of the deals that are won"), head, tuple(rows))


def _cells(name: str, group: GroupCycle) -> tuple[str, ...]:
    quarter, half, most = (group.days_to_won[part] for part in (0.25, 0.5, 0.75))
    return (
        name, words.count(group.n), words.count(group.ends.get("won", 0)), words.count(group.still_open),
        _days(quarter), _days(half), parts.range_of(half.lo80, half.hi80, words.count), _days(most),
    )  # fmt: skip


def _days(estimate: Estimate) -> str:
    return words.short(estimate) if estimate.value is None else words.count(estimate.value)


def _groups(result: Cycle, groups: Sequence[GroupCycle]) -> Finding:
    drawn = list(groups[: parts.DRAWN])
    axis = number_axis([v for g in drawn for v in (g.days_to_won[0.5].hi95,)], words.count, steps=5)
    middle = result.overall.days_to_won[0.5].value
    slower = [g for g in drawn if middle is not None and (g.days_to_won[0.5].lo95 or 0) > middle]
    quicker = [g for g in drawn if middle is not None and (g.days_to_won[0.5].hi95 or middle) < middle]
    rows = [_row(g, "worse" if g in slower else "ours" if g in quicker else "noise") for g in drawn]
    return Finding(
        "cycle.by_group", _headline([parts.name(g.name) for g in slower], [parts.name(g.name) for g in quicker]),
        _("Days by which half of the sales are made"),
        intervals(rows, axis, reference=middle), _table(result),
        _("Apart means: 19 chances in 20 that it takes another time than the whole.")
        if slower or quicker else parts.could_be_luck(),
        _("Groups differ in many ways at once: read this as where to look, not as a cause."),
        verdict=None if slower or quicker else parts.cannot_tell(),
    )  # fmt: skip


def _headline(slower: list[str], quicker: list[str]) -> str:
    if slower and quicker:
        return _("Quicker than the whole: %(quicker)s; slower: %(slower)s") % {
            "quicker": parts.listed(quicker), "slower": parts.listed(slower)}  # fmt: skip
    if slower:
        return _("Slower than the whole: %(slower)s") % {"slower": parts.listed(slower)}
    if quicker:
        return _("Quicker than the whole: %(quicker)s") % {"quicker": parts.listed(quicker)}
    return _("No group can be told apart by how long its sales take")


def _row(group: GroupCycle, tone: str) -> Row:
    middle = group.days_to_won[0.5]
    text = _("%(days)s, %(n)s sales") % {"days": words.days(middle.value or 0), "n": words.count(middle.k or 0)}
    label = _("%(name)s: %(days)s, likely %(low)s to %(high)s") % {
        "name": parts.name(group.name), "days": words.days(middle.value or 0), "low": words.count(middle.lo80 or 0),
        "high": words.count(middle.hi80 or 0)}  # fmt: skip
    return Row(parts.name(group.name), (Mark(middle, label, text, tone=tone),))
