"""A finding is a sentence that could be wrong, with its measure; with too few cases it says how many more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import override

from rebond.findings import (
    agreement,
    competitors,
    drivers,
    forecast,
    next_touch,
    outcomes,
    reasons,
    touches,
    trends,
    unheard,
)
from rebond.findings.finding import Finding, Link, Table
from rebond.findings.terms import Terms
from rebond.findings.verdicts import chip
from rebond.numbers.drivers import Drivers, Effect, Factor, Leak
from rebond.numbers.estimate import Estimate, cannot, too_few
from rebond.numbers.forecast.result import BackTest, Forecast, Goal, GoalOutlook
from rebond.numbers.next_touch.result import AfterTouches, Calibration, NextTouch
from rebond.numbers.outcomes import outcomes as ask_outcomes
from rebond.numbers.reasons import reasons as ask_reasons
from rebond.numbers.touches import Touches, Worth
from rebond.numbers.trends.result import Measure, MonthPoint, Record, Span, Trends
from tests.numbers import made

DAY = date(2026, 6, 9)
TERMS = Terms("EUR")
FEW = too_few(need=4, unit="wins", n=6, k=2)


def deals(won: int, lost: int, **columns: str) -> list[made.Row]:
    ends = ["won"] * won + ["lost"] * lost
    days = (date(2025, 1, 1) + timedelta(days=n % 300) for n in range(won + lost))
    return [
        {"outcome": end, "opened_at": day, "closed_at": day + timedelta(days=30), **columns}
        for end, day in zip(ends, days, strict=True)
    ]


def known(value: float, low: float, high: float, n: int = 100, k: int | None = None) -> Estimate:
    spread = (high - low) / 2
    return Estimate(value, low, high, low - spread, high + spread, round(value * n) if k is None else k, n, "m", "")


def test_a_finding_leads_on_by_links_after_how_sure_and_by_one_button() -> None:
    links = (Link("See them", "/deals?a=1&b=2"), Link("Start", "/tests/new", button=True))
    html = render_to_string(
        "findings/finding.html", {"finding": Finding("a.b", "Headline", "m", sure="Sure.", act="Try", opens=links)}
    )
    assert 'Sure. <a href="/deals?a=1&amp;b=2">See them</a>' in html
    assert '<a class="btn small" href="/tests/new">Start</a>' in html
    plain = render_to_string("findings/finding.html", {"finding": Finding("a.b", "Headline", "m", sure="Sure.")})
    assert "<a " not in plain


def test_a_picture_without_its_table_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="without its table"):
        Finding("a.b", "Headline", "measure", SafeString("<svg></svg>"))
    with pytest.raises(ValueError, match="as many cells"):
        Table("caption", ("one", "two"), (("only one",),))


@pytest.mark.parametrize(
    ("won", "lost", "headline"),
    [
        (1, 3, "Too few decided deals to speak of a win rate"),
        (2, 5, "2 of 7 decided deals were won: too few for a rate"),
        (6, 14, "6 of 20 decided deals were won: the usual level is likely 19 to 44 in 100"),
        (30, 70, "About 30 decided deals in 100 are won, likely 24 to 36"),
    ],
)
def test_the_win_rate_says_as_much_as_its_cases_allow(won: int, lost: int, headline: str) -> None:
    found = outcomes.findings(ask_outcomes(made.deals(deals(won, lost)), as_of=DAY), TERMS)[0]
    assert found.headline == headline
    assert found.known == (won + lost >= 5)
    assert (f"{won} of {won + lost}" in found.measure) == found.known or "so far" in found.measure


def test_equal_owners_cannot_be_told_apart_and_stand_by_name() -> None:
    rows = [row for name in ("Zoé", "Ada", "Max", "Lea", "Tom") for row in deals(20, 40, owner=name)]
    found = {one.key: one for one in outcomes.findings(ask_outcomes(made.deals(rows), as_of=DAY), TERMS)}
    owners = found["outcomes.by_owner"]
    assert owners.headline == "No owner can be told apart from the others"
    assert owners.luck
    assert "no ranking of people" in owners.caveat
    names = re.findall(r'class="iv-name">(\w+)', owners.picture)
    assert names == sorted(names)
    assert "p-dot noise" in owners.picture
    assert "p-dot ours" not in owners.picture  # nothing stands apart, so nothing is in colour


def test_an_owner_far_from_the_whole_is_named_as_apart() -> None:
    rows = [row for name in ("Ada", "Max", "Lea", "Tom") for row in deals(30, 120, owner=name)]
    rows += deals(120, 30, owner="Zoé")
    found = {one.key: one for one in outcomes.findings(ask_outcomes(made.deals(rows), as_of=DAY), TERMS)}
    assert re.match(r"\d owners? of 5 wins? at another level than the whole", found["outcomes.by_owner"].headline)
    assert "p-dot ours" in found["outcomes.by_owner"].picture
    assert "worse" not in found["outcomes.by_owner"].picture  # no person is drawn as worse


def test_a_segment_that_is_won_less_than_the_whole_is_drawn_as_worse() -> None:
    rows = [row for name in ("a", "b", "c", "d") for row in deals(60, 90, segment=name)] + deals(10, 140, segment="e")
    found = {one.key: one for one in outcomes.findings(ask_outcomes(made.deals(rows), as_of=DAY), TERMS)}
    assert found["outcomes.by_segment"].picture.count("p-dot worse") == 1
    assert "in colour: apart from the whole" in found["outcomes.by_segment"].picture


def test_unheard_losses_are_counted_in_the_headline_and_asked_for() -> None:
    rows = deals(5, 8, reasons="timing") + deals(0, 12)
    result = ask_reasons(made.deals(rows), control={"timing": "uncontrollable"}, as_of=DAY)
    silent = unheard.findings(result.unheard, TERMS)[0]
    assert silent.headline == "12 of 20 losses are unheard: nobody noted a reason"
    assert silent.act
    assert silent.picture.count("p-dashed") == 12 + 1  # the squares, and the one of the key
    named = reasons.findings(result, TERMS)[0]
    assert not named.known
    assert "2 more lost deals with a reason" in named.sure


def test_reasons_are_said_in_the_readers_words_and_by_voice() -> None:
    rows = deals(20, 30, reasons="timing; buyer:no_budget") + deals(0, 10, reasons="no_budget")
    result = ask_reasons(made.deals(rows), control={"timing": "uncontrollable"}, as_of=DAY)
    found = reasons.findings(result, Terms("EUR", {"timing": "Wrong moment", "no_budget": "No budget"}.__getitem__))
    assert "“Wrong moment” is named most: 30 of 40 (sellers)" in found[0].headline
    assert "30 of 30" in found[0].picture


def month(at: int, value: float | None = 0.3, **more: object) -> MonthPoint:
    return MonthPoint(date(2025 + at // 12, at % 12 + 1, 1), 12, 40, value, 0.3, 0.1, 0.5, **more)  # type: ignore[arg-type]


def measure(verdict: str, name: str = "win_rate_closed", **more: object) -> Measure:
    months = tuple(month(at, signal="lasting" if verdict in ("rise", "drop") and at > 9 else "") for at in range(14))
    before, after = known(0.3, 0.25, 0.35, 400), known(0.2, 0.15, 0.25, 120)
    return Measure(name, "rate", verdict, "", before=before, after=after, months=months, **more)  # type: ignore[arg-type]


def of_trends(*measures: Measure, record: Record | None = None) -> Trends:
    return Trends(DAY, measures, (), record or Record("steady", ""), len(measures), 0.05, 0.05)


def test_a_real_drop_leads_and_is_worse_while_noise_says_there_is_nothing_to_explain() -> None:
    moved = trends.findings(of_trends(measure("noise", "won"), measure("drop", since=date(2025, 11, 1))), TERMS)[0]
    assert moved.headline == "Win rate by month of closing: a real drop since November 2025, from 30% to 20%"
    assert moved.verdict is not None
    assert moved.verdict.worse
    assert "80 of 400" not in moved.sure
    assert "120 of 400" in moved.sure
    quiet = trends.findings(of_trends(measure("noise")), TERMS)[0]
    assert quiet.luck
    assert "nothing to explain" in quiet.headline


def test_month_quarter_and_year_stand_side_by_side_and_are_called_noise_when_they_are() -> None:
    def span(name: str, days: int, now: float, before: float) -> Span:
        first, last = DAY - timedelta(days=days - 1), DAY
        counts = (Estimate(value, n=int(value), method="count") for value in (now, before))
        return Span(name, first, last, first - timedelta(days=365), last - timedelta(days=365), *counts)

    spans = (span("month", 9, 3, 4), span("quarter", 70, 19, 13), span("year", 160, 35, 31))
    counts = [replace(measure("noise", name, spans=spans), kind="count") for name in ("won", "closed")]
    result = of_trends(*counts)
    found = {one.key: one for one in trends.findings(result, TERMS)}["trends.spans"]
    assert found.headline == "This year so far: 35 won, 31 in the same days of last year"
    assert found.luck
    assert "<b>19</b> <small>13</small>" in found.picture
    assert found.table is not None
    assert found.table.rows[1][2:5] == ("70", "19", "13")


def test_more_of_a_reason_for_losing_is_no_good_news() -> None:
    assert chip(measure("rise", "reason", reason="timing")).worse
    assert not chip(measure("rise", "won")).worse
    assert chip(measure("too_few")).kind == "open"


@pytest.mark.parametrize(
    "code", ["could_be_season", "not_resolved_yet", "losses_no_longer_recorded", "too_few_per_month"]
)
def test_why_no_verdict_is_given_is_said_by_its_code(code: str) -> None:
    found = trends.findings(of_trends(measure("too_few", code=code)), TERMS)[0]
    assert not found.known
    assert len(found.sure) > 30
    with override("fr"):
        assert trends.findings(of_trends(measure("too_few", code=code)), TERMS)[0].sure != found.sure


def test_a_record_that_changes_is_said_before_a_trend_is_read() -> None:
    record = Record("losses_no_longer_recorded", "", date(2026, 1, 1))
    found = trends.findings(of_trends(measure("too_few", code="losses_no_longer_recorded"), record=record), TERMS)[-1]
    assert found.key == "trends.record"
    assert "January 2026" in found.sure


def test_drivers_name_what_matters_never_why_and_keep_leaks_apart() -> None:
    yes = Effect("yes", known(2.0, 1.5, 2.6), known(0.15, 0.1, 0.2), 0.001, 0.004, "matters")
    weak = Effect("2", known(1.0, 0.8, 1.2), known(0.0, -0.05, 0.05), 0.8, 0.9, "cannot_tell")
    factors = (
        Factor("demo", "answer", "no", (yes,), verdict="matters"),
        Factor("size", "number", "", (weak,)),
        Factor("signed_on", "levels", verdict="leaks", leak=Leak("one_outcome_only", "")),
    )
    found = drivers.findings(Drivers(DAY, known(0.3, 0.25, 0.35), factors, looks=2), TERMS)
    assert found[0].headline == "One thing goes with winning, beyond luck: demo"
    assert "not as a cause" in found[0].caveat
    assert found[1].headline == "“signed_on” gives the result away, so it is no reason"
    nothing = drivers.findings(Drivers(DAY, known(0.3, 0.25, 0.35), factors[1:2], looks=2), TERMS)[0]
    assert nothing.luck
    assert drivers.findings(Drivers(DAY, too_few(need=9, unit="decided_deals", n=21, k=9)), TERMS)[0].known is False


def after(n: int, worth: float, verdict: str) -> AfterTouches:
    money = known(worth, worth * 0.8, worth * 1.2)
    return AfterTouches(n, 100 - n, known(0.1, 0.05, 0.2), known(0.3, 0.2, 0.4), money, money, verdict)


def test_where_to_stop_is_said_as_a_number_of_touches_with_its_cost() -> None:
    curve = tuple(after(n, 3000 / (n + 1), "go_on" if n < 5 else "close_kindly") for n in range(8))
    silent = Calibration(None, cannot("too_few", "too few"), cannot("too_few", "too few"))
    result = NextTouch(DAY, "touches", 90, 30, 500, known(50_000, 1, 2), known(600, 500, 700), "given", True, curve, (),
                       5, silent)  # fmt: skip
    found = next_touch.findings(result, TERMS)[0]
    assert found.headline == "After 5 touches without a sale, the next costs more than it returns"
    assert "a touch costs €6" in found.picture
    assert "p-hollow noise" in found.picture
    assert "From touch 6 on, close kindly" in found.act
    assert next_touch.findings(replace(result, stop_after=None), TERMS)[0].headline.startswith(
        "Going on has paid up to"
    )
    none = replace(result, source="none", curve=())
    assert not next_touch.findings(none, TERMS)[0].known


def test_a_touch_is_worth_something_even_when_it_meets_a_no() -> None:
    worth = Worth(
        None, 200, 60, 2400, 6_000_000, known(40, 35, 46), known(2500, 2100, 2900), FEW, known(2600, 2200, 3000)
    )
    result = Touches(DAY, "touches", 180, 180, worth, {}, {}, (), (), (), {})
    per_sale, money = touches.findings(result, TERMS)
    assert per_sale.headline == "A sale takes about 40 touches, likely 35 to 46"
    assert money.headline == "Every touch is worth about €26, likely €22 to €30, also the one that meets a no"
    assert "the plain ratio is €25" in money.sure
    few = replace(worth, money_per_touch=FEW, money_per_touch_corrected=FEW)
    assert not touches.findings(replace(result, overall=few), TERMS)[1].known


def outlook(chance: float) -> Forecast:
    wins = known(20, 15, 26, 200)
    goal = GoalOutlook(Goal("count", 30, DAY, date(2026, 9, 30), "Q3-2026"), 2, wins, Estimate(chance, n=4000))
    tested = BackTest(13, (), FEW, known(0.8, 0.7, 0.9, 24), FEW)
    return Forecast(DAY, date(2026, 9, 8), 92, 0, 8, 30, 150, 200, wins, wins, wins, wins, wins, wins, (), (), (), goal,
                    tested)  # fmt: skip


@pytest.mark.parametrize("chance", [0.02, 0.25, 0.5, 0.9])
def test_twenty_dots_show_as_many_reaching_the_goal_as_the_chance_says(chance: float) -> None:
    found = forecast.findings(outlook(chance), TERMS)[0]
    assert "to reach the goal of Q3-2026" in found.headline
    assert found.picture.count("p-dot ours") == round(20 * chance)
    assert found.picture.count('class="p-short"') == 20 - round(20 * chance)


def test_deals_that_sat_longer_than_any_winner_are_named() -> None:
    found = {one.key: one for one in forecast.findings(outlook(0.5), TERMS)}
    assert found["forecast.stale"].headline == "8 open deals of 92 have sat longer than any winner ever did"
    assert "19 times" in found["forecast.coming"].sure


def every_result() -> Iterator[tuple[object, ...]]:
    rows = deals(30, 70, reasons="timing; buyer:no_budget", owner="Ada", competitor="Acme")
    table = made.deals(rows)
    from rebond.numbers.agreement import agreement as ask_agreement
    from rebond.numbers.competitors import competitors as ask_competitors

    found = ask_reasons(table, control={}, as_of=DAY)
    yield outcomes.findings(ask_outcomes(table, as_of=DAY), TERMS)
    yield reasons.findings(found, TERMS)
    yield unheard.findings(found.unheard, TERMS)
    yield agreement.findings(ask_agreement(table, as_of=DAY), TERMS)
    yield competitors.findings(ask_competitors(table, as_of=DAY), TERMS)
    yield forecast.findings(outlook(0.4), TERMS)
    yield trends.findings(of_trends(measure("noise")), TERMS)


def test_every_finding_has_a_headline_and_speaks_both_languages() -> None:
    english = [one for group in every_result() for one in group]
    with override("fr"):
        french = [one for group in every_result() for one in group]
    assert len(english) == len(french) >= 9
    for one, other in zip(english, french, strict=True):
        assert isinstance(one, Finding)
        assert isinstance(other, Finding)
        assert one.headline
        assert one.headline != other.headline
        assert not one.headline.endswith(".")
