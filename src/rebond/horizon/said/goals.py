"""The way to a goal, the chance to reach it, and what would change it (M12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import ceil, floor

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import forecast as forecasts
from rebond.findings import parts, words
from rebond.findings.finding import NOTHING, Finding, Link, Table, Verdict
from rebond.findings.pictures import Aimed, Stepped, money_axis, number_axis, way
from rebond.findings.terms import Terms
from rebond.horizon import periods
from rebond.horizon.answers import Standing
from rebond.horizon.models import Counts, Goal, GoalKind, Period
from rebond.horizon.queries.goals import Edition
from rebond.horizon.queries.marks import Line
from rebond.horizon.targets import amount, title
from rebond.numbers.estimate import Estimate
from rebond.numbers.forecast.outlook import Outlook

#: One sale that brings more than this part of the money is named.
LARGE_SHARE = 0.5


def the_way(found: Standing, editions: Sequence[Edition], lines: Sequence[Line], *, opens: Sequence[Link]) -> Finding:
    """So far beside what is usual by this day, drawn; both editions of a goal that was changed."""
    goal, pace = found.goal, found.pace
    reached = pace.so_far >= goal.target
    picture = _picture(found, editions, lines) if found.counted and goal.target > 0 else NOTHING
    return Finding(
        "long.goal", _headline(found), _measure(found), picture, _table(found) if picture else None,
        _sure(found), _caveat(found, editions), opens=tuple(opens),
        verdict=Verdict("rise", _("Reached")) if reached else None,
    )  # fmt: skip


def _headline(found: Standing) -> str:
    goal, pace = found.goal, found.pace
    said = {"goal": title(goal), "far": amount(pace.so_far, goal), "target": amount(goal.target, goal)}
    if goal.target == 0:
        return _("A goal of nothing is reached from the start: %(far)s so far") % said
    if pace.so_far >= goal.target:
        return _("Reached: %(far)s, the goal was %(target)s") % said
    low, _middle, high = pace.usual_now
    if not found.counted or not pace.cycles:
        return _("%(far)s so far of %(goal)s") % said
    if goal.counts == Counts.SALES:  # a part of a sale is nobody's lead
        low, high = floor(low), ceil(high)
    if pace.so_far > high:
        return _("%(far)s so far of %(goal)s: ahead of the usual way") % said
    if pace.so_far < low:
        return _("%(far)s so far of %(goal)s: behind the usual way") % said
    return _("%(far)s so far of %(goal)s: on the usual way") % said


def _measure(found: Standing) -> str:
    goal, pace = found.goal, found.pace
    last = periods.last_day(goal.period, goal.begins_on)
    kind = _("My own goal, seen by me alone") if goal.kind == GoalKind.PERSONAL else _("Quota")
    left = max(len(pace.days) - len(pace.reached), 0)
    return ngettext("%(kind)s, until %(day)s; %(n)s day to go", "%(kind)s, until %(day)s; %(n)s days to go", left) % {
        "kind": kind, "day": words.day(last), "n": words.count(left)}  # fmt: skip


def _picture(found: Standing, editions: Sequence[Edition], lines: Sequence[Line]) -> SafeString:
    goal, pace = found.goal, found.pace
    places = _thinned(len(pace.days))
    usual = [(_part(place, pace.days), pace.low[place], pace.usual[place], pace.high[place]) for place in places]
    reached = Stepped(
        [0.0, *(_part(place, pace.days) for place in range(len(pace.reached)))], [0.0, *map(float, pace.reached)],
        amount(pace.so_far, goal),
    )  # fmt: skip
    aimed = _aimed(editions, pace.days)
    values = [one.value for one in aimed] + [float(pace.so_far), pace.high[-1]]
    axis = (
        money_axis(values, goal.currency) if goal.counts == Counts.MONEY else number_axis(values, words.count, room=7.0)
    )
    stamps = [(_part((line.day - pace.days[0]).days, pace.days), line.text) for line in lines
              if pace.days[0] <= line.day <= pace.days[-1]]  # fmt: skip
    said = _("%(goal)s: %(far)s so far, usual by now %(usual)s") % {
        "goal": title(goal), "far": amount(pace.so_far, goal), "usual": amount(pace.usual_now[1], goal)}  # fmt: skip
    return way(reached, usual, aimed, axis, _ticks(goal, pace.days), said, stamps=stamps,
               usual_text=_("usual way") if pace.cycles else _("even pace"))  # fmt: skip


def _thinned(days: int) -> list[int]:
    step = max(days // 90, 1)
    return sorted({*range(0, days, step), days - 1})


def _part(place: int, days: Sequence[date]) -> float:
    """How much of the period is over at the end of a day."""
    return (place + 1) / len(days)


def _aimed(editions: Sequence[Edition], days: Sequence[date]) -> list[Aimed]:
    """Each edition from the day it began to be aimed at, as far as the next."""
    found = []
    for number, one in enumerate(editions):
        since = 0.0 if number == 0 else min(max((one.since - days[0]).days / len(days), 0.0), 1.0)
        later = editions[number + 1].since if number + 1 < len(editions) else None
        until = 1.0 if later is None else min(max((later - days[0]).days / len(days), 0.0), 1.0)
        if until > since or later is None:
            text = _("goal %(target)s") if later is None else _("was %(target)s")
            said = text % {"target": amount(one.goal.target, one.goal)}
            found.append(Aimed(since, until, float(one.goal.target), said, over=later is not None))
    return found


def _ticks(goal: Goal, days: Sequence[date]) -> list[tuple[float, str]]:
    """Months of a year or quarter, some days of a month."""
    if goal.period == Period.MONTH:
        return [((day - 0.5) / len(days), words.count(day)) for day in (1, 8, 15, 22, len(days))]
    every = 3 if goal.period == Period.YEAR else 1
    firsts = [day for day in days if day.day == 1 and (day.month - 1) % every == 0]
    return [((day - days[0]).days / len(days) + 0.02, words.short_month(day, with_year=False)) for day in firsts]


def _table(found: Standing) -> Table:
    """Month by month, or week by week of a month."""
    goal, pace = found.goal, found.pace
    rows = []
    for place, day in enumerate(pace.days):
        ends = place == len(pace.days) - 1 or (
            day.day % 7 == 0 if goal.period == Period.MONTH else pace.days[place + 1].day == 1
        )
        if ends:
            far = amount(pace.reached[place], goal) if place < len(pace.reached) else ""
            spread = parts.range_of(pace.low[place], pace.high[place], lambda value: _mean(value, goal))
            rows.append((words.day(day), far, _mean(pace.usual[place], goal), spread if pace.cycles else ""))
    return Table(
        _("The way to the goal"), (_("by"), _("reached"), _("usual"), _("earlier years and periods")), tuple(rows)
    )


def _sure(found: Standing) -> str:
    goal, pace = found.goal, found.pace
    if not found.counted:
        return _("The figures here count in another currency, so of this goal there is a total and no forecast.")
    if goal.target == 0 or not pace.reached:
        return ""
    low, middle, high = (_mean(value, goal) for value in pace.usual_now)
    if not pace.cycles:
        said = {"usual": middle}
        return (
            _("Fewer than two earlier periods are known, so the dashed line is an even pace: %(usual)s today.") % said
        )
    said = {"usual": middle, "low": low, "high": high, "n": words.count(pace.cycles)}
    return ngettext("Usual by today on the way to this goal: %(usual)s; %(n)s earlier period had %(low)s to %(high)s.",
                    "Usual by today on the way to this goal: %(usual)s; %(n)s earlier periods had %(low)s to %(high)s.",
                    pace.cycles) % said  # fmt: skip


def _mean(value: float, goal: Goal) -> str:
    """A mean in the goal's unit: of sales with a decimal, which no single one has."""
    return amount(value, goal) if goal.counts == Counts.MONEY else words.decimal(value)


def _caveat(found: Standing, editions: Sequence[Edition]) -> str:
    """What would mislead most: a change of the goal, sales that are left out, one sale that is nearly all."""
    said = [_changed(before, after) for before, after in pairwise(editions)]
    goal, pace = found.goal, found.pace
    if found.elsewhere.sales:
        said.append(
            ngettext("%(n)s sale in another currency (%(codes)s) is left out.",
                     "%(n)s sales in other currencies (%(codes)s) are left out.", found.elsewhere.sales)
            % {"n": words.count(found.elsewhere.sales), "codes": ", ".join(found.elsewhere.currencies)})  # fmt: skip
    if pace.largest_share > LARGE_SHARE and pace.so_far > pace.largest:
        said.append(_("One sale brings %(share)s of it; without it, %(rest)s.") % {
            "share": words.percent(pace.largest_share), "rest": amount(pace.so_far - pace.largest, goal)})  # fmt: skip
    return " ".join(said)


def _changed(before: Edition, after: Edition) -> str:
    return _("Changed on %(day)s from %(before)s to %(after)s: “%(why)s”.") % {
        "day": words.day(after.since), "before": amount(before.goal.target, before.goal),
        "after": amount(after.goal.target, after.goal), "why": after.why}  # fmt: skip


def chance(found: Outlook, goal: Goal, currency: str) -> Finding:
    """Twenty imagined ends, the chance, and what would change it."""
    made = forecasts.goal_finding(found.goal, Terms(currency=goal.currency or currency))
    told = _what_would_change(found, goal)
    listed = format_html('<ul class="change">{}</ul>', format_html_join("", "<li>{}</li>", ((one,) for one in told)))
    picture = format_html("{}{}", made.picture, listed) if told else made.picture
    return Finding("long.chance", made.headline, made.measure, picture, made.table, made.sure, made.caveat,
                   known=made.known)  # fmt: skip


def _what_would_change(found: Outlook, goal: Goal) -> list[str]:
    """In words: one more sale, what a month must bring against what is usual, at what size of sale."""
    if found.goal.so_far >= goal.target:
        return []
    said = []
    if found.one_more.value is not None and found.goal.chance.value is not None and found.sale:
        said.append(_one_more(found, goal))
    if found.needed_a_month is not None:
        said.append(_a_month(found, goal))
    if goal.counts == Counts.MONEY and found.sale:
        left = -(-(goal.target - found.goal.so_far) // found.sale)
        said.append(
            ngettext("At %(sale)s a sale, the middle one so far, %(n)s more sale reaches it.",
                     "At %(sale)s a sale, the middle one so far, %(n)s more sales reach it.", left)
            % {"sale": amount(found.sale, goal), "n": words.count(left)})  # fmt: skip
    return said


def _one_more(found: Outlook, goal: Goal) -> str:
    sale = amount(found.sale or 0, goal)
    if found.one_more.value == 1.0:
        return (
            _("One more sale of %(sale)s, the middle one so far, reaches it.") % {"sale": sale}
            if (goal.counts == Counts.MONEY)
            else _("One more sale reaches it.")
        )
    said = {"chances": words.chances(found.one_more.value or 0.0), "sale": sale}
    if goal.counts == Counts.MONEY:
        return _("One more sale of %(sale)s today, the middle one so far, makes it %(chances)s.") % said
    return _("One more sale today makes it %(chances)s.") % said


def _a_month(found: Outlook, goal: Goal) -> str:
    said = {"needed": _mean(found.needed_a_month or 0.0, goal), "usual": _mean(found.usual_a_month or 0.0, goal)}
    if found.usual_a_month is None:
        return _("It takes %(needed)s a month until then.") % said
    return _("It takes %(needed)s a month until then; the last year had %(usual)s a month.") % said


def changed_chance(goal: Goal, before: Estimate, after: Estimate) -> str:
    """What one close changes about a goal, in chances; empty where none can be said."""
    if before.value is None or after.value is None:
        return ""
    said = {"goal": title(goal), "before": words.chances(before.value), "after": words.chances(after.value)}
    if said["before"] == said["after"]:
        return _("The chance to reach %(goal)s stays what it was: %(after)s.") % said
    return _("The chance to reach %(goal)s: %(before)s while it was open, %(after)s now.") % said


def no_chance(goal: Goal, found: Standing) -> Finding | None:
    """Where there is nothing to foresee: reached already, another currency, the last day."""
    if goal.target == 0 or found.pace.so_far >= goal.target:
        headline, sure = _("Nothing to foresee: the goal is reached"), ""
    elif not found.counted:
        headline = _("No chance can be said of a goal in another currency")
        sure = _("Set it in the currency most of your deals are in, and the forecast counts it.")
    elif len(found.pace.reached) >= len(found.pace.days):
        headline, sure = _("The last day: what is reached tonight is the end"), ""
    else:
        return None
    return Finding("long.chance", headline, title(goal), sure=sure, known=False)


def no_goal(*, may_set: bool) -> Finding:
    """One thing to do where no goal is set."""
    act = _("A goal keeps the end of the year in sight while single months go up and down.")
    opens = (Link(_("Set a goal"), f"{reverse('horizon:goals')}#set", button=True),) if may_set else ()
    return Finding("long.goal", _("No goal is set for this year, quarter or month"), "", act=act if may_set else "",
                   known=False, opens=opens)  # fmt: skip
