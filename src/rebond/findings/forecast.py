"""What the coming weeks may bring, and how well the same forecast did before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from statistics import NormalDist

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, words
from rebond.findings.finding import NOTHING, Finding, Table, Verdict
from rebond.findings.pictures import Axis, Curve, curve, number_axis, twenty_dots
from rebond.findings.terms import Terms
from rebond.numbers.estimate import Estimate
from rebond.numbers.forecast.result import Forecast, GoalOutlook, Part

DOTS = 20


def findings(result: Forecast, terms: Terms) -> tuple[Finding, ...]:
    """The goal first where there is one, then what comes, then the deals that have sat too long."""
    goal = (goal_finding(result.goal, terms),) if result.goal is not None else ()
    return (*goal, _coming(result, terms), *_stale(result))


def _coming(result: Forecast, terms: Terms) -> Finding:
    wins = result.wins
    until = words.day(result.horizon_end)
    if wins.value is None:
        headline = _("Too little history to say what comes until %(day)s") % {"day": until}
        measure = ngettext("%(n)s open deal today", "%(n)s open deals today", result.open_deals) % {
            "n": words.count(result.open_deals)}  # fmt: skip
        sure = words.missing(wins) if result.history_weeks else words.reason("no_dates")
        return Finding("forecast.coming", headline, measure, sure=sure, known=False)
    return Finding(
        "forecast.coming",
        _("Until %(day)s: likely %(low)s to %(high)s sales") % {
            "day": until, "low": words.count(wins.lo80 or 0), "high": words.count(wins.hi80 or 0)},
        _("Sales to come, week by week, from %(n)s open deals and from those yet to be opened") % {
            "n": words.count(result.open_deals)},
        _fan(result), _table(result, terms), _back_test(result), _caveat(result),
    )  # fmt: skip


def _fan(result: Forecast) -> SafeString:
    if not result.fan:
        return NOTHING
    xs = [float(week + 1) for week in range(len(result.fan))]
    wide = Curve(xs, [None] * len(xs), [p.lo95 for p in result.fan], [p.hi95 for p in result.fan], marked=False)
    middle = [p.middle for p in result.fan]
    likely = Curve(xs, middle, [p.lo80 for p in result.fan], [p.hi80 for p in result.fan], marked=False,
                   text=_("about %(n)s") % {"n": words.count(middle[-1])})  # fmt: skip
    upward = number_axis([p.hi95 for p in result.fan], words.count)
    across = _weeks_axis(xs)
    label = _("Sales until %(day)s: about %(middle)s, likely %(low)s to %(high)s") % {
        "day": words.day(result.horizon_end), "middle": words.count(middle[-1]),
        "low": words.count(result.fan[-1].lo80), "high": words.count(result.fan[-1].hi80)}  # fmt: skip
    return curve([wide, likely], across, upward, label, below=_("weeks from now"))


def _weeks_axis(xs: list[float]) -> Axis:
    every = max(len(xs) // 6, 1)
    ticks = tuple((x, words.count(x)) for x in xs if int(x) % every == 0)
    return Axis(min(xs[0], 0.5), xs[-1], ticks)


def _table(result: Forecast, terms: Terms) -> Table:
    head = (_("from"), _("open deals"), _("sales to come"), _("8 in 10 sure"), _("money to come"), _("8 in 10 sure"))
    rows = [
        _cells(_("all together"), "", result.wins, result.money, terms),
        _cells(_("today’s open deals"), words.count(result.open_deals), result.wins_open, result.money_open, terms),
        _cells(_("deals yet to be opened"), "", result.wins_new, result.money_new, terms),
    ]
    rows += [_part(_("stage: %(name)s") % {"name": parts.name(p.label)}, p, terms) for p in result.by_stage]
    rows += [_part(_age(p), p, terms) for p in result.by_age]
    return Table(_("Sales and money to come"), head, tuple(rows))


def _age(part: Part) -> str:
    if part.stale:
        return _("older than every deal that was ever won")
    return _("open for %(weeks)s weeks") % {"weeks": part.label}


def _part(title: str, part: Part, terms: Terms) -> tuple[str, ...]:
    return _cells(title, words.count(part.deals), part.wins, part.money, terms)


def _cells(title: str, deals: str, wins: Estimate, money: Estimate, terms: Terms) -> tuple[str, ...]:
    def amount(minor: float) -> str:
        return words.money(minor, terms.currency)

    return (
        title, deals, words.short(wins) if wins.value is None else words.decimal(wins.value),
        parts.range_of(wins.lo80, wins.hi80, words.decimal),
        words.short(money) if money.value is None else amount(money.value),
        parts.range_of(money.lo80, money.hi80, amount),
    )  # fmt: skip


def _back_test(result: Forecast) -> str:
    tested = result.back_test
    if tested.within80.value is None or tested.within80.k is None:
        return _("This forecast could not be held against the past yet: the history is too short.")
    return _("Made at %(n)s past days with what was known then, it held %(k)s times in its likely range; 8 in 10 is "
             "right.") % {"n": words.count(tested.within80.n), "k": words.count(tested.within80.k)}  # fmt: skip


def _caveat(result: Forecast) -> str:
    if result.back_test.widened > 1.005:
        return _("Its ranges were too narrow on the past, so they are widened here.")
    if result.stale:
        return ngettext("%(n)s open deal is older than every deal that was ever won; it hardly counts here.",
                        "%(n)s open deals are older than every deal that was ever won; they hardly count here.",
                        result.stale) % {"n": words.count(result.stale)}  # fmt: skip
    return _("It supposes that the coming weeks are like the past ones.")


def _stale(result: Forecast) -> tuple[Finding, ...]:
    if not result.stale or result.oldest_win_weeks is None:
        return ()
    return (
        Finding(
            "forecast.stale",
            ngettext("%(n)s open deal of %(all)s has sat longer than any winner ever did",
                     "%(n)s open deals of %(all)s have sat longer than any winner ever did", result.stale) % {
                "n": words.count(result.stale), "all": words.count(result.open_deals)},
            _("The oldest deal that was ever won was %(weeks)s weeks old") % {
                "weeks": words.count(result.oldest_win_weeks)},
            act=_("Close them kindly, with a reason, or say what would revive each."),
            verdict=Verdict("stop", _("Where to stop"), worse=True),
        ),
    )  # fmt: skip


def goal_finding(goal: GoalOutlook, terms: Terms) -> Finding:
    """Where a goal stands: the chance to reach it, as twenty equally likely ends."""

    def show(value: float) -> str:
        return words.money(value, terms.currency) if goal.goal.kind == "money" else words.count(value)

    name = goal.goal.name or words.day(goal.goal.end)
    said = {"goal": show(goal.goal.target), "period": name, "far": show(goal.so_far)}
    measure = _("Goal for %(period)s: %(goal)s; reached so far: %(far)s") % said
    if goal.chance.value is None:
        return Finding("forecast.goal", _("Whether the goal is reached cannot be said yet"), measure,
                       sure=words.missing(goal.chance), known=False)  # fmt: skip
    chance = goal.chance.value
    return Finding(
        "forecast.goal", _("%(chances)s to reach the goal of %(period)s") % {
            "chances": words.chances(chance).capitalize(), "period": name},
        measure, _dots(goal, terms), _goal_table(goal, show),
        _("The end lies likely between %(low)s and %(high)s.") % {
            "low": show(goal.so_far + (goal.to_come.lo80 or 0)), "high": show(goal.so_far + (goal.to_come.hi80 or 0))},
        _("Twenty equally likely ends, one dot each, read off the ranges; the chance comes from the full calculation."),
    )  # fmt: skip


def _dots(goal: GoalOutlook, terms: Terms) -> SafeString:
    values = [goal.so_far + value for value in _imagined(goal.to_come)]
    if not values:
        return NOTHING
    reach = round(DOTS * (goal.chance.value or 0))
    values = _agreeing(values, goal.goal.target, reach)
    everything = [*values, float(goal.goal.target)]
    if goal.goal.kind == "money":
        axis = number_axis(everything, lambda minor: words.money(minor, terms.currency), steps=3, from_zero=False)
    else:
        axis = number_axis(everything, words.count, from_zero=False)
        axis = replace(axis, ticks=tuple(tick for tick in axis.ticks if abs(tick[0] - round(tick[0])) < 1e-9))
    return twenty_dots(
        values, axis, _("Of 20 imagined ends, %(reach)s reach the goal") % {"reach": reach}, goal=goal.goal.target,
        short=ngettext("%(n)s short", "%(n)s short", DOTS - reach) % {"n": DOTS - reach},
        reached=ngettext("%(n)s reaches it", "%(n)s reach it", reach) % {"n": reach},
    )  # fmt: skip


def _imagined(to_come: Estimate) -> list[float]:
    """Twenty equally likely values, read off the middle and the ranges (a split normal, each side its own width)."""
    if to_come.value is None or to_come.lo80 is None or to_come.hi80 is None:
        return []
    found = []
    for place in range(DOTS):
        z = NormalDist().inv_cdf((place + 0.5) / DOTS)
        side = to_come.value - to_come.lo80 if z < 0 else to_come.hi80 - to_come.value
        found.append(max(to_come.value + z / 1.2816 * side, 0.0))
    return found


def _agreeing(values: list[float], target: float, reach: int) -> list[float]:
    """As many at or above the goal as the chance says: the drawn ranges are rounder than the calculation."""
    ordered = sorted(values)
    cut = DOTS - reach
    below = [min(value, target * 0.999) for value in ordered[:cut]]
    return below + [max(value, float(target)) for value in ordered[cut:]]


def _goal_table(goal: GoalOutlook, show: Callable[[float], str]) -> Table:
    rows = (
        (_("goal"), show(goal.goal.target)), (_("so far"), show(goal.so_far)),
        (_("to come, middle"), show(goal.to_come.value or 0)),
        (_("to come, 8 in 10 sure"), parts.range_of(goal.to_come.lo80, goal.to_come.hi80, show)),
        (_("chance to reach it"), words.chances(goal.chance.value or 0)),
    )  # fmt: skip
    return Table(_("Where the goal stands"), (_("what"), _("figure")), rows)
