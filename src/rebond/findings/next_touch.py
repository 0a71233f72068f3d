"""After n touches without a sale: is one more worth it, and where to stop."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding, Table, Verdict
from rebond.findings.pictures import Axis, Curve, Line, curve, money_axis, share_axis
from rebond.findings.terms import Terms
from rebond.numbers.next_touch.result import AfterTouches, NextTouch

DRAWN = 24


def findings(result: NextTouch, terms: Terms) -> tuple[Finding, ...]:
    """One finding: the curve of what the next touch brings, against what it costs."""
    known = [after for after in result.curve if after.chance.lo80 is not None][:DRAWN]
    table = _table(result, terms)
    if len(known) < 2:
        return (_nothing(result, table),)
    worth = result.money and all(after.worth.lo80 is not None for after in known)
    picture = _worth_curve(known, result, terms) if worth else _chance_curve(known)
    return (
        Finding(
            "next_touch.curve", _headline(result), _measure(result, worth=worth), picture, table, _sure(result),
            _caveat(result), _act(result), _verdict(result),
        ),
    )  # fmt: skip


def _nothing(result: NextTouch, table: Table) -> Finding:
    headline = _("Too few touches to say when to stop")
    first = next((after.chance for after in result.curve if not after.chance.known), None)
    if result.source == "none":
        return Finding("next_touch.curve", _("Without touches, nothing can be said about the next one"),
                       "", known=False,
                       sure=words.reason("no_touches"))  # fmt: skip
    measure = _("%(wins)s sales, %(touches)s touches") % {
        "wins": words.count(result.wins), "touches": words.count(result.touches)}  # fmt: skip
    return Finding("next_touch.curve", headline, measure, table=table if table.rows else None,
                   sure=words.missing(first) if first else "", known=False)  # fmt: skip


def _headline(result: NextTouch) -> str:
    if result.stop_after is not None:
        return ngettext("After %(n)s touch without a sale, the next costs more than it returns",
                        "After %(n)s touches without a sale, the next costs more than it returns",
                        result.stop_after) % {"n": words.count(result.stop_after)}  # fmt: skip
    going = [after.n for after in result.curve if after.verdict == "go_on"]
    if going:
        return ngettext("Going on has paid up to touch %(n)s; beyond it cannot be told",
                        "Going on has paid up to touch %(n)s; beyond it cannot be told", max(going) + 1) % {
            "n": words.count(max(going) + 1)}  # fmt: skip
    return _("When to stop cannot be told yet")


def _measure(result: NextTouch, *, worth: bool) -> str:
    said = {"closed": words.count(result.closed), "wins": words.count(result.wins),
            "touches": words.count(result.touches)}  # fmt: skip
    if worth:
        return _("What the next touch brings on average, when all earlier ones brought no sale; "
                 "%(closed)s closed deals, %(wins)s sales, %(touches)s touches") % said  # fmt: skip
    return _("Chance that the next touch brings the sale, when all earlier ones did not; "
             "%(closed)s closed deals, %(wins)s sales, %(touches)s touches") % said  # fmt: skip


def _worth_curve(known: list[AfterTouches], result: NextTouch, terms: Terms) -> SafeString:
    ys = [after.worth.value for after in known]
    low, high = [after.worth.lo80 for after in known], [after.worth.hi80 for after in known]
    upward = money_axis([*ys, *high, result.cost.value], terms.currency)
    cost = None
    if result.cost.value is not None:
        cost = Line(result.cost.value, _("a touch costs %(cost)s") % {
            "cost": words.money(result.cost.value, terms.currency)})  # fmt: skip
    said = [
        _("Touch %(n)s: %(worth)s, %(cases)s") % {
            "n": after.n + 1, "worth": words.money(after.worth.value or 0, terms.currency),
            "cases": parts.k_of_n(after.chance)}
        for after in known
    ]  # fmt: skip
    one = Curve(_numbers(known), ys, low, high, said=said)
    return curve([one], _across(known), upward, "; ".join(said[:6]), cost=cost, below=_("number of the next touch"))


def _chance_curve(known: list[AfterTouches]) -> SafeString:
    ys = [after.chance.value for after in known]
    low, high = [after.chance.lo80 for after in known], [after.chance.hi80 for after in known]
    said = [
        _("Touch %(n)s: %(share)s, %(cases)s") % {
            "n": after.n + 1, "share": words.in_hundred(after.chance.value or 0), "cases": parts.k_of_n(after.chance)}
        for after in known
    ]  # fmt: skip
    one = Curve(_numbers(known), ys, low, high, said=said)
    upward = share_axis([*ys, *high], steps=4)
    return curve([one], _across(known), upward, "; ".join(said[:6]), below=_("number of the next touch"))


def _numbers(known: list[AfterTouches]) -> list[float]:
    return [float(after.n + 1) for after in known]


def _across(known: list[AfterTouches]) -> Axis:
    numbers = _numbers(known)
    every = 1 if len(numbers) <= 12 else 3
    ticks = tuple((number, words.count(number)) for number in numbers if (number - 1) % every == 0)
    return Axis(numbers[0] - 0.5, numbers[-1] + 0.5, ticks)


def _sure(result: NextTouch) -> str:
    known = [after for after in result.curve if after.chance.known and after.ever.known]
    if not known:
        return ""
    last = known[-1]
    return _("Ribbon: 8 chances in 10. Of those who go on from touch %(n)s, about %(share)s are won in the end.") % {
        "n": words.count(last.n), "share": words.in_hundred(last.ever.value or 0)}  # fmt: skip


def _caveat(result: NextTouch) -> str:
    if result.cost_basis == "average_touch":
        return _("The cost is what the same touch brings on average elsewhere; sellers choose whom to call again.")
    return _("Sellers choose whom to call again: a touch made by rule might bring less.")


def _act(result: NextTouch) -> str:
    if result.stop_after is None:
        return ""
    return ngettext("From touch %(n)s on, close kindly: say you will stop writing and that the door stays open.",
                    "From touch %(n)s on, close kindly: say you will stop writing and that the door stays open.",
                    result.stop_after + 1) % {"n": words.count(result.stop_after + 1)}  # fmt: skip


def _verdict(result: NextTouch) -> Verdict | None:
    if result.stop_after is None:
        return parts.cannot_tell() if not any(after.verdict == "go_on" for after in result.curve) else None
    return Verdict("stop", _("Where to stop"), worse=True)


def _table(result: NextTouch, terms: Terms) -> Table:
    labels = {"go_on": _("go on"), "close_kindly": _("close kindly"), "cannot_tell": _("cannot tell")}
    head = (_("after touch"), _("deals that got there"), _("sales by the next touch"), _("chance to win in the end"),
            _("next touch is worth"), _("advice"))  # fmt: skip
    rows = [
        (words.count(after.n), words.count(after.arrived), parts.k_of_n(after.chance),
         words.in_hundred(after.ever.value) if after.ever.value is not None else words.short(after.ever),
         words.money(after.worth.value, terms.currency) if after.worth.value is not None else words.short(after.worth),
         labels.get(after.verdict, after.verdict))
        for after in result.curve[: parts.TABLED]
    ]  # fmt: skip
    return Table(_("Touch by touch"), head, tuple(rows))
