"""What the blocks of Value of time say: a sentence that could be wrong, the picture, the table behind it, how sure."""

from __future__ import annotations

from dataclasses import replace

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts
from rebond.findings import words as said
from rebond.findings.finding import Finding, Link, Table, Verdict
from rebond.findings.pictures import (
    Axis,
    Curve,
    Line,
    Mark,
    curve,
    interval,
    money_axis,
    number_axis,
    pair,
    twenty_dots,
)
from rebond.numbers.estimate import Estimate
from rebond.numbers.next_touch.result import State
from rebond.worth.models import Measure
from rebond.worth.queries.results import GroupRow, GroupsAnswer, KindRow, KindsAnswer, MoveAnswer, NextAnswer
from rebond.worth.time import words
from rebond.worth.view import View

#: Groups drawn; the table behind holds all. Points of the curve.
DRAWN, POINTS = 12, 12
#: The curve stands beside the table of kinds, whose rows are six or seven, and is as high.
TALL = 288.0
#: From this part of the hours to that one, people say half.
HALF = (0.45, 0.55)
#: From this part on it is all of them.
ALL_FROM = 0.995


# ---- kinds of contact


def kinds(answer: KindsAnswer, view: View) -> Finding:
    """Where the hours go, and where the money comes from."""
    if not answer.rows:
        return Finding("worth.kinds", _("Where the hours go"), "", sure=_("No contact is on record in this time."),
                       known=False)  # fmt: skip
    picture = render_to_string("worth/time/kinds.html", _kinds_drawn(answer))
    return Finding(
        "worth.kinds", _kinds_headline(answer, view), _kinds_measure(answer), picture, _kinds_table(answer),
        _("The best leads get the calls: read this as where to test, not as proof."),
        _("A sale’s money is shared out over its contacts by their minutes: accounting, not cause."),
        known=any(row.per_hour.known for row in answer.rows),
    )  # fmt: skip


def _kinds_headline(answer: KindsAnswer, view: View) -> str:
    if answer.costly is None:
        if answer.hour_cost is not None and all(row.per_hour.known for row in answer.rows):
            return _("Every kind of contact has brought in more than its hour costs")
        return _("Where the hours go, and where the money comes from")
    hours, money = answer.costly
    if hours >= ALL_FROM:
        return _("No kind of contact has brought in what its hour costs")
    shares = {"hours": said.percent(hours), "money": said.percent(money)}
    half = HALF[0] <= hours <= HALF[1]
    margin, yours = answer.counts_as == Measure.MARGIN, view.is_own
    return _half(margin=margin, yours=yours) % shares if half else _part(margin=margin, yours=yours) % shares


def _half(*, margin: bool, yours: bool) -> str:
    if yours:
        return _("Half your hours bring in %(money)s of your margin") if margin else _(
            "Half your hours bring in %(money)s of your commission")  # fmt: skip
    return _("Half the hours bring in %(money)s of the margin") if margin else _(
        "Half the hours bring in %(money)s of the commission")  # fmt: skip


def _part(*, margin: bool, yours: bool) -> str:
    if yours:
        return _("%(hours)s of your hours bring in %(money)s of your margin") if margin else _(
            "%(hours)s of your hours bring in %(money)s of your commission")  # fmt: skip
    return _("%(hours)s of the hours bring in %(money)s of the margin") if margin else _(
        "%(hours)s of the hours bring in %(money)s of the commission")  # fmt: skip


def _kinds_measure(answer: KindsAnswer) -> str:
    margin = answer.counts_as == Measure.MARGIN
    if answer.hour_cost is None:
        return _("Margin per hour by kind of contact") if margin else _("Commission per hour by kind of contact")
    return _("Margin per hour by kind of contact; the orange line is what an hour costs") if margin else _(
        "Commission per hour by kind of contact; the orange line is what an hour costs")  # fmt: skip


def _kinds_drawn(answer: KindsAnswer) -> dict[str, object]:
    axis = money_axis([*parts.ends(row.per_hour for row in answer.rows), answer.hour_cost], answer.currency)
    most = max([0.1, *(share for row in answer.rows for share in _shares(row))])
    return {
        "rows": [_kind_drawn(row, answer, axis, most) for row in answer.rows], "low": axis.ticks[0][1],
        "high": axis.ticks[-1][1], "margin": answer.counts_as == Measure.MARGIN,
    }  # fmt: skip


def _shares(row: KindRow) -> tuple[float, float]:
    return row.kind.share_hours or 0.0, row.kind.share_money or 0.0


def _kind_drawn(row: KindRow, answer: KindsAnswer, axis: Axis, most: float) -> dict[str, object]:
    name, about = words.kind_names()[row.kind.code]
    found, (takes, brings) = row.per_hour, _shares(row)
    figure = words.hourly(found.value, answer.currency) if found.value is not None else ""
    below = found.value is not None and answer.hour_cost is not None and found.value < answer.hour_cost
    aloud = _("%(name)s: %(value)s an hour, %(range)s") % {
        "name": name, "value": figure or words.why_not(found), "range": words.likely(found, answer.currency),
    }  # fmt: skip
    bars = _("%(name)s: %(hours)s of the hours, %(money)s of the money") % {
        "name": name, "hours": said.percent(takes), "money": said.percent(brings)}  # fmt: skip
    note = _("few cases, the team’s figure") if row.leans else about
    return {
        "name": name, "note": note, "figure": figure, "missing": "" if figure else _no_figure(row), "below": below,
        "plot": interval(Mark(found, aloud, hollow=row.leans), axis, height=22, cost=answer.hour_cost),
        "bars": pair(takes, brings, most, bars), "hours": said.percent(takes), "money": said.percent(brings),
    }  # fmt: skip


def _no_figure(row: KindRow) -> str:
    return said.short(row.per_hour) if row.kind.sales else _("no sale yet")


def _kinds_table(answer: KindsAnswer) -> Table:
    head = (_("kind of contact"), _("contacts"), _("hours"), _("money"), _("money per hour"), _("8 in 10 sure"),
            _("sales it had a part in"))  # fmt: skip
    rows = [
        (words.kind_names()[row.kind.code][0], said.count(row.kind.contacts), said.decimal(row.kind.hours),
         said.money(row.kind.money_minor, answer.currency), _figure(row.per_hour, answer.currency),
         _range(row.per_hour, answer.currency), said.of(row.kind.sales, row.kind.deals))
        for row in answer.rows
    ]  # fmt: skip
    return Table(_("Hours and money by kind of contact"), head, tuple(rows))


def _figure(found: Estimate, currency: str) -> str:
    return words.money(found.value, currency) if found.value is not None else said.short(found)


def _range(found: Estimate, currency: str) -> str:
    return parts.range_of(found.lo80, found.hi80, lambda minor: words.money(minor, currency))


# ---- the next contact


def next_touch(answer: NextAnswer) -> Finding:
    """Where one more contact costs more than it returns, when the earlier ones met silence."""
    found = answer.found
    silent = [state for state in found.states if state.n == state.silent and state.chance.lo80 is not None][:POINTS]
    if len(silent) < 3 or not found.money or found.gain.value is None:
        return _without_silence(answer)
    stop = next((state.n for state in silent if state.verdict == "close_kindly"), None)
    return Finding(
        "worth.next", _next_headline(silent, stop), _next_measure(answer),
        _next_curve(silent, answer, found.gain.value), _next_table(silent, answer, found.gain.value),
        _next_sure(silent, answer, stop),
        _("Sellers choose whom to call again: a contact made by rule might bring less."),
        verdict=None if stop is not None else parts.cannot_tell(),
    )  # fmt: skip


def _without_silence(answer: NextAnswer) -> Finding:
    """As the report says it: by contacts made, whatever came of them."""
    from rebond.findings.next_touch import findings
    from rebond.findings.terms import Terms

    return findings(answer.found, Terms(answer.currency))[0]


def _next_headline(silent: list[State], stop: int | None) -> str:
    if stop is not None:
        return ngettext(
            "After %(n)s contact without an answer, the next costs more than it returns",
            "After %(n)s contacts without an answer, the next costs more than it returns", stop,
        ) % {"n": said.count(stop)}  # fmt: skip
    going = [state.n for state in silent if state.verdict == "go_on"]
    if going:
        return _("Without an answer, going on has paid up to contact %(n)s; beyond it cannot be told") % {
            "n": said.count(max(going) + 1)}  # fmt: skip
    return _("When to stop cannot be told yet")


def _next_measure(answer: NextAnswer) -> str:
    found = answer.found
    figures = {"deals": said.count(found.closed), "wins": said.count(found.wins), "n": said.count(found.touches)}
    if answer.leans:
        return _("What each contact brings when all the earlier ones met silence; the team’s %(deals)s closed deals, "
                 "%(wins)s sales, %(n)s contacts") % figures  # fmt: skip
    return _("What each contact brings when all the earlier ones met silence; %(deals)s closed deals, "
             "%(wins)s sales, %(n)s contacts") % figures  # fmt: skip


def _next_curve(silent: list[State], answer: NextAnswer, gain: float) -> SafeString:
    xs = [float(state.n + 1) for state in silent]
    ys, low, high = ([gain * (value or 0.0) for value in values] for values in (
        [state.chance.value for state in silent], [state.chance.lo80 for state in silent],
        [state.chance.hi80 for state in silent]))  # fmt: skip
    upward = replace(money_axis([*ys, *high, answer.cost], answer.currency), tall=TALL)
    across = Axis(xs[0] - 0.5, xs[-1] + 0.5, tuple((x, said.count(x)) for x in xs))
    cost = None if answer.cost is None else Line(answer.cost, _("%(minutes)s cost %(cost)s") % {
        "minutes": words.minutes(answer.minutes), "cost": words.money(answer.cost, answer.currency)})  # fmt: skip
    points = [
        _("Contact %(n)s: %(worth)s, %(cases)s") % {
            "n": said.count(state.n + 1), "worth": words.money(y, answer.currency), "cases": parts.k_of_n(state.chance)}
        for state, y in zip(silent, ys, strict=True)
    ]  # fmt: skip
    one = Curve(xs, ys, low, high, said=points)
    return curve([one], across, upward, "; ".join(points[:6]), cost=cost, below=_("number of the contact"))


def _next_table(silent: list[State], answer: NextAnswer, gain: float) -> Table:
    labels = {"go_on": _("go on"), "close_kindly": _("close kindly"), "cannot_tell": _("cannot tell")}
    head = (_("contacts without an answer"), _("sales by the next one"), _("the next one brings"), _("8 in 10 sure"),
            _("won in the end"), _("advice"))  # fmt: skip
    rows = [
        (said.count(state.n), parts.k_of_n(state.chance),
         words.money(gain * (state.chance.value or 0), answer.currency),
         parts.range_of(state.chance.lo80, state.chance.hi80, lambda share: words.money(gain * share, answer.currency)),
         said.in_hundred(state.ever.value) if state.ever.value is not None else said.short(state.ever),
         labels.get(state.verdict, state.verdict))
        for state in silent
    ]  # fmt: skip
    return Table(_("Contact by contact, all earlier ones without an answer"), head, tuple(rows))


def _next_sure(silent: list[State], answer: NextAnswer, stop: int | None) -> str:
    if stop is None or answer.cost is None:
        return _("Ribbon: 8 chances in 10.")
    unsure = [state.n + 1 for state in silent if state.verdict == "cannot_tell" and state.n < stop]
    if unsure:
        return _(
            "Ribbon: 8 chances in 10. Hollow: that contact alone brings less than it costs. The advice counts what "
            "comes after it, too; it could already be so from contact %(n)s on."
        ) % {"n": said.count(min(unsure))}
    return _(
        "Ribbon: 8 chances in 10. Hollow: that contact alone brings less than it costs. The advice counts what comes "
        "after it, too."
    )


# ---- moving hours


def move(answer: MoveAnswer, view: View) -> Finding:
    """Twenty imagined quarters with some hours moved from the costliest kind to the best."""
    names = {code: name for code, (name, _about) in words.kind_names().items()}
    if answer.moved is None:
        return Finding("worth.move", _("Too few cases to say what moving hours would bring"),
                       _("It takes two kinds of contact with ten sales each."), known=False)  # fmt: skip
    moved, currency = answer.moved, answer.currency
    axis = _move_axis(moved.outcomes, currency)
    behind = len(moved.outcomes) - moved.ahead
    label = _("Of twenty imagined quarters, %(ahead)s end ahead") % {"ahead": said.count(moved.ahead)}
    dots = twenty_dots(
        moved.outcomes, axis, label, goal=0.0,
        short=_("%(n)s behind") % {"n": said.count(behind)} if behind else "",
        reached=_("%(n)s ahead") % {"n": said.count(moved.ahead)} if moved.ahead else "",
    )  # fmt: skip
    rows = tuple((said.count(at + 1), words.money(value, currency)) for at, value in enumerate(moved.outcomes))
    return Finding(
        "worth.move", _move_headline(moved.ahead, view),
        _("%(away)s swapped for %(to)s; one dot, one imagined quarter") % {
            "away": names[answer.away], "to": names[answer.to]},
        dots, Table(_("Twenty imagined quarters, from the worst to the best"), (_("quarter"), _("ahead by")), rows),
        ngettext("Luck of single sales is in it: drawn from %(n)s sale.",
                 "Luck of single sales is in it: drawn from %(n)s sales.", answer.sales) % {
            "n": said.count(answer.sales)},
        _("It supposes that more hours bring as much as the hours so far. Whether they do, only trying shows."),
        _("Try it for four weeks, then look here again."), opens=_test_button(view),
    )  # fmt: skip


def _move_headline(ahead: int, view: View) -> str:
    if view.is_own:
        return _("Move two hours a week and you end ahead in %(n)s quarters of 20") % {"n": said.count(ahead)}
    return _("Moving two hours a week ends ahead in %(n)s quarters of 20") % {"n": said.count(ahead)}


def _move_axis(outcomes: tuple[float, ...], currency: str) -> Axis:
    found = number_axis([*outcomes, 0.0], lambda minor: said.money(minor, currency), steps=4, from_zero=False)
    return Axis(found.low, found.high, tuple((value, _signed(value, text)) for value, text in found.ticks))


def _signed(value: float, text: str) -> str:
    """ "+€2,000": what is ahead says so."""
    return _("+%(amount)s") % {"amount": text} if value > 0 else text.replace("-", "−")


def _test_button(view: View) -> tuple[Link, ...]:
    """A test of the team can be set by who leads it."""
    if view.user is None or not view.user.is_lead:
        return ()
    return (Link(_("Set up a test"), reverse("learn:new_test"), button=True),)


# ---- sellers, teams, segments


def groups(answer: GroupsAnswer) -> tuple[Finding, ...]:
    """One finding per column: sellers by name, teams, segments."""
    return tuple(_group_finding(column, rows, answer) for column, rows in answer.by.items() if _worth_showing(rows))


def _worth_showing(rows: tuple[GroupRow, ...]) -> bool:
    return sum(row.name is not None for row in rows) > 1


def _group_finding(column: str, rows: tuple[GroupRow, ...], answer: GroupsAnswer) -> Finding:
    named = [row for row in rows if row.name is not None]
    drawn = named if len(named) <= DRAWN else _largest(named)
    heads = {"owner": _("Seller by seller"), "team": _("Team by team"), "segment": _("Segment by segment")}
    picture = render_to_string("worth/time/groups.html", _groups_drawn(heads[column], drawn, answer))
    return Finding(
        f"worth.{column}", heads[column], _groups_measure(answer), picture, _groups_table(rows, answer),
        _groups_sure(drawn, answer),
        _("Who gets which leads is not random: this says what happened, not who works better.")
        if column == "owner" else "", verdict=None if _apart(drawn, answer) else Verdict("open", _("Could be luck")),
    )  # fmt: skip


def _largest(rows: list[GroupRow]) -> list[GroupRow]:
    """Those with the most deals, in the order they were in."""
    kept = sorted(rows, key=lambda row: -row.deals)[:DRAWN]
    return [row for row in rows if row in kept]


def _apart(rows: list[GroupRow], answer: GroupsAnswer) -> bool:
    """Whether any group's wide range leaves the whole's figure out."""
    whole = answer.whole.per_contact.value
    return any(
        whole is not None and row.per_contact.lo95 is not None and row.per_contact.hi95 is not None
        and not row.per_contact.lo95 <= whole <= row.per_contact.hi95 for row in rows
    )  # fmt: skip


def _groups_measure(answer: GroupsAnswer) -> str:
    if answer.counts_as == Measure.MARGIN:
        return _("Contacts a sale, margin a contact and an hour; the dotted line is all together")
    return _("Contacts a sale, commission a contact and an hour; the dotted line is all together")


def _groups_sure(drawn: list[GroupRow], answer: GroupsAnswer) -> str:
    if _apart(drawn, answer):
        return _("Figures of few sales are pulled towards the middle, so that luck does not look like a difference.")
    return parts.could_be_luck()


def _groups_drawn(title: str, drawn: list[GroupRow], answer: GroupsAnswer) -> dict[str, object]:
    ends = parts.ends(row.per_contact for row in drawn)
    axis = number_axis([*ends, answer.whole.per_contact.value], lambda minor: words.money(minor, answer.currency))
    return {
        "title": title, "rows": [_group_drawn(row, answer, axis) for row in drawn], "low": axis.ticks[0][1],
        "high": axis.ticks[-1][1], "all": _group_drawn(answer.whole, answer, axis),
        "leans": any(row.leans and row.per_contact.known for row in drawn),
    }  # fmt: skip


def _group_drawn(row: GroupRow, answer: GroupsAnswer, axis: Axis) -> dict[str, object]:
    name = parts.name(row.name) if row.name is not None else _("all together")
    money, currency = row.per_contact, answer.currency
    aloud = _("%(name)s: %(value)s a contact, %(range)s") % {
        "name": name, "value": _figure(money, currency), "range": words.likely(money, currency)}  # fmt: skip
    mark = Mark(money, aloud, hollow=row.leans, tone="ours" if row.name is not None else "noise")
    return {
        "name": name, "cases": ngettext("%(n)s sale", "%(n)s sales", row.sales) % {"n": said.count(row.sales)},
        "per_sale": said.decimal(row.per_sale.value, 0) if row.per_sale.value is not None else said.short(row.per_sale),
        "per_contact": _figure(money, currency), "per_hour": _hourly(row.per_hour, currency),
        "plot": interval(mark, axis, height=22, reference=answer.whole.per_contact.value),
    }  # fmt: skip


def _hourly(found: Estimate, currency: str) -> str:
    return words.hourly(found.value, currency) if found.value is not None else said.short(found)


def _groups_table(rows: tuple[GroupRow, ...], answer: GroupsAnswer) -> Table:
    head = (_("of"), _("deals"), _("sales"), _("contacts"), _("contacts a sale"), _("8 in 10 sure"),
            _("money a contact"), _("8 in 10 sure"), _("money an hour"), _("8 in 10 sure"))  # fmt: skip
    told = [_cells(_("all together"), answer.whole, answer.currency)]
    told += [_cells(parts.name(row.name), row, answer.currency) for row in rows[: parts.TABLED]]
    return Table(_("Sales, contacts and money"), head, tuple(told))


def _cells(name: str, row: GroupRow, currency: str) -> tuple[str, ...]:
    each = row.per_sale
    return (
        name, said.count(row.deals), said.count(row.sales), said.count(row.contacts),
        said.decimal(each.value) if each.value is not None else said.short(each),
        parts.range_of(each.lo80, each.hi80, said.decimal), _figure(row.per_contact, currency),
        _range(row.per_contact, currency), _hourly(row.per_hour, currency), _range(row.per_hour, currency),
    )  # fmt: skip
