"""What the coming weeks bring: counted, drawn, and held against worlds that go on."""

from __future__ import annotations

import json
import math
import random
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from rebond.numbers.forecast import BackTest, Forecast, Goal, Past, forecast
from rebond.numbers.forecast.amounts import amounts
from rebond.numbers.forecast.backtest import _widened, crps
from rebond.numbers.forecast.hazards import hazards
from rebond.numbers.forecast.history import GOES_ON, OTHERWISE, SOLD, history, records
from rebond.numbers.forecast.simulate import simulate, steps
from tests.numbers import made
from tests.numbers.made import numbers_of
from validation import forecast as known
from validation.study import Study

TODAY = date(2026, 6, 28)


def team(weeks: int = 130, per_week: int = 6, seed: int = 1, **extra: Any) -> list[made.Row]:
    """Deals of a steady team: each is won (40 %) or lost within 15 weeks; all that closes after today is still open."""
    drawn = random.Random(seed)
    rows: list[made.Row] = []
    for number in range(weeks * per_week):
        opened = TODAY - timedelta(days=drawn.randrange(weeks * 7))
        closed = opened + timedelta(days=drawn.randrange(105))
        outcome = "won" if drawn.random() < 0.4 else "lost"
        row = {"opened_at": opened, "closed_at": closed, "outcome": outcome}
        if closed > TODAY:
            row |= {"closed_at": None, "outcome": "open"}
        rows.append(
            row | {"id": f"d{number}", "amount_minor": drawn.randrange(50_000, 200_000), "stage": "offer"} | extra
        )
    return rows


def sound(result: Forecast) -> None:
    """No nonsense: finite, nothing below 0, ranges in order."""
    document = result.as_json()
    json.dumps(document)
    assert all(math.isfinite(number) for number in numbers_of(document))
    for one in (result.wins_open, result.wins_new, result.wins, result.money_open, result.money_new, result.money):
        if one.value is not None:
            assert 0 <= one.lo95 <= one.lo80 <= one.hi80 <= one.hi95
    assert str(result)


# Counting


def test_history_is_that_of_a_plain_loop() -> None:
    rows = team(weeks=40, per_week=4)
    found = records(made.deals(rows), TODAY).history
    naive = {name: np.zeros((found.weeks, found.weeks), dtype=int) for name in ("at_risk", "sold", "ended")}
    for row in rows:
        opened = (TODAY - row["opened_at"]).days // 7
        closed = (TODAY - row["closed_at"]).days // 7 if row["closed_at"] else 0
        for week in range(closed, opened + 1):
            naive["at_risk"][week, opened - week] += 1
        if row["outcome"] != "open":
            naive["sold" if row["outcome"] == "won" else "ended"][closed, opened - closed] += 1
    for name, table in naive.items():
        assert (getattr(found, name) == table).all()
    assert found.open().sum() == sum(row["outcome"] == "open" for row in rows)


@pytest.mark.parametrize("back", [4, 13, 60])
def test_standing_in_the_past_is_the_same_as_asking_then(back: int) -> None:
    deals = made.deals(team())
    now = records(deals, TODAY).history.before(back)
    then = records(deals, TODAY - timedelta(weeks=back)).history
    for name in ("at_risk", "sold", "ended", "unknown"):
        assert (getattr(now, name) == getattr(then, name)).all()


def test_what_happened_after_the_day_changes_nothing() -> None:
    day = TODAY - timedelta(weeks=9)
    rows = team()
    then = [row for row in rows if row["opened_at"] <= day]
    then = [
        row | {"closed_at": None, "outcome": "open", "amount_minor": None, "stage": None}
        if row["closed_at"] and row["closed_at"] > day
        else row
        for row in then
    ]
    assert forecast(made.deals(rows), as_of=day) == forecast(made.deals(then), as_of=day)


def test_a_year_of_one_kind_of_deal_gives_its_hazards() -> None:
    """1,000 deals a week, all decided in the week after: a quarter won, half lost, a quarter goes on for ever."""
    weeks = np.arange(60)
    opened = np.tile(weeks, 3)
    fate = np.repeat([SOLD, OTHERWISE, GOES_ON], 60)
    deals = np.repeat([250, 500, 250], 60)
    closed = np.where(fate == GOES_ON, 0, np.maximum(opened - 1, 0))
    kept = (fate == GOES_ON) | (opened > 0)
    learnt = hazards(history(opened[kept], closed[kept], fate[kept], deals[kept]))
    total = learnt.sold + learnt.ended + learnt.stayed
    where = learnt.bin_of(np.array([1, 2, 500]))
    assert (learnt.sold / total)[where] == pytest.approx([0.25, 0.0, 0.0], abs=0.003)
    assert (learnt.ended / total)[where[:1]] == pytest.approx([0.5], abs=0.003)


# Drawing


@pytest.mark.parametrize("study", known.STUDIES, ids=lambda study: study.name)
def test_figures_of_known_worlds_are_kept(study: Study) -> None:
    broken = [line for line in study.run(study.smoke, 1) if not line.kept]
    assert broken == []


def test_the_mean_of_the_draws_is_that_of_an_exact_recursion() -> None:
    seen, _came = known.world(400, np.random.default_rng(3))
    learnt = hazards(seen)
    total = learnt.sold + learnt.ended + learnt.stayed
    win, end = learnt.sold / total, learnt.ended / total
    opened = seen.open()
    exact = 0.0
    for age in np.flatnonzero(opened):
        alive = 1.0
        for week in range(13):
            where = learnt.bin_of(np.array([age + 1 + week]))[0]
            exact += opened[age] * alive * win[where]
            alive *= 1 - win[where] - end[where]
    ages = np.flatnonzero(opened)
    drawn = simulate(learnt, ages, steps(91), 4000, np.random.default_rng(0))
    found = drawn.wins_open(opened[ages], np.random.default_rng(1))
    assert found.mean() == pytest.approx(exact, rel=0.02)


def test_days_before_the_period_take_deals_away_but_bring_nothing() -> None:
    seen, _came = known.world(60, np.random.default_rng(4))
    ages = np.flatnonzero(seen.open())
    parts = []
    for ahead in (steps(91), steps(28), steps(91, skip=28)):
        drawn = simulate(hazards(seen), ages, ahead, 3000, np.random.default_rng(0))
        parts.append(drawn.from_open.mean(axis=0)[drawn.kind])
    assert parts[2] == pytest.approx(parts[0] - parts[1], abs=0.01)


def test_crps_is_the_published_one_and_that_of_its_definition() -> None:
    grid = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    assert crps(grid, 0.0) == pytest.approx((math.sqrt(2) - 1) / math.sqrt(math.pi), abs=1e-4)
    draws = np.random.default_rng(0).gamma(2, 3, 80)
    naive = np.abs(draws - 4).mean() - np.abs(draws[:, None] - draws[None, :]).mean() / 2
    assert crps(draws, 4.0) == pytest.approx(naive, abs=1e-12)


def test_sums_of_amounts_have_the_mean_and_spread_of_past_sales() -> None:
    drawn = np.random.default_rng(2)
    values = np.exp(drawn.normal(10, 1, 400))
    past = amounts(values, np.ones(400, dtype=np.int64))
    assert past is not None
    for count in (5, 150, 900):
        sums = past.sums(np.full(20_000, count), drawn)
        assert sums.mean() == pytest.approx(count * values.mean(), rel=0.03)
        variance = count * values.var() + (count * values.mean()) ** 2 * values.var() / values.mean() ** 2 / 400
        assert sums.std() == pytest.approx(math.sqrt(variance), rel=0.12)


def test_few_amounts_leave_a_tail_beyond_the_largest_and_fewer_none_at_all() -> None:
    values = np.exp(np.random.default_rng(3).normal(10, 1, 12))
    past = amounts(values, np.ones(12, dtype=np.int64))
    assert past is not None
    drawn = past.sums(np.ones(20_000, dtype=np.int64), np.random.default_rng(0))
    assert 0.02 < (drawn > values.max()).mean() < 0.25
    assert amounts(values[:9], np.ones(9, dtype=np.int64)) is None


# The answer


def test_the_parts_add_up_and_the_path_ends_at_the_forecast() -> None:
    result = forecast(made.deals(team()), as_of=TODAY)
    assert result.wins.value == pytest.approx(result.wins_open.value + result.wins_new.value)
    assert result.money.value == pytest.approx(result.money_open.value + result.money_new.value)
    assert sum(part.wins.value or 0 for part in result.by_age) == pytest.approx(result.wins_open.value, rel=0.05)
    assert sum(part.deals for part in result.by_age) == result.open_deals
    assert [part.label for part in result.by_stage] == ["offer"]
    assert len(result.fan) == 13
    last = result.fan[-1]
    assert (last.day, last.lo95, last.hi95) == (result.horizon_end, result.wins.lo95, result.wins.hi95)
    middles = [point.middle for point in result.fan]
    assert middles == sorted(middles)
    sound(result)


def test_a_steady_team_is_forecast_within_a_quarter_of_what_its_past_says() -> None:
    result = forecast(made.deals(team()), as_of=TODAY)
    assert result.wins.value == pytest.approx(13 * 6 * 0.4, rel=0.25)
    assert result.money.value == pytest.approx(result.wins.value * 125_000, rel=0.15)


def test_deals_older_than_every_winner_bring_next_to_nothing_and_are_told() -> None:
    rows = team()
    dead = [
        {"id": f"x{n}", "opened_at": TODAY - timedelta(weeks=30 + n % 60), "outcome": "open", "amount_minor": 100_000}
        for n in range(600)
    ]
    without, given = forecast(made.deals(rows), as_of=TODAY), forecast(made.deals(rows + dead), as_of=TODAY)
    assert without.stale == 0
    assert given.stale == 600
    assert "stale" in dict(given.notes)
    stale = next(part for part in given.by_age if part.stale)
    assert stale.deals == 600
    assert stale.wins.value < 6
    assert given.wins.value - without.wins.value < 0.1 * 600 * 0.4


def test_amounts_twice_as_large_bring_twice_the_money() -> None:
    rows = team()
    once = forecast(made.deals(rows), as_of=TODAY)
    twice = forecast(made.deals([row | {"amount_minor": 2 * row["amount_minor"]} for row in rows]), as_of=TODAY)
    assert twice.wins == once.wins
    assert twice.money.value == pytest.approx(2 * once.money.value)


def test_the_order_of_rows_and_the_names_of_deals_change_nothing() -> None:
    rows = team()
    shuffled = [row | {"id": "x" + row["id"]} for row in rows]
    random.Random(1).shuffle(shuffled)
    assert forecast(made.deals(shuffled), as_of=TODAY) == forecast(made.deals(rows), as_of=TODAY)


def test_open_deals_without_amounts_count_like_past_sales() -> None:
    rows = [row | ({"amount_minor": None} if row["outcome"] == "open" else {}) for row in team()]
    result = forecast(made.deals(rows), as_of=TODAY)
    assert result.money_open.value == pytest.approx(result.wins_open.value * 125_000, rel=0.1)
    assert "unpriced" in dict(result.notes)


def test_without_amounts_there_is_no_money_but_there_are_sales() -> None:
    result = forecast(made.deals(team(amount_minor=None)), as_of=TODAY)
    assert result.wins.known
    assert result.money.code == "no_money"
    few = [row | ({} if place < 22 else {"amount_minor": None}) for place, row in enumerate(team())]
    assert forecast(made.deals(few), as_of=TODAY).money.code == "too_few"


# The goal


def quarter(target: int, kind: str = "count", start: date = date(2026, 4, 1), end: date = date(2026, 9, 30)) -> Goal:
    return Goal(kind, target, start, end, "Q")


def test_what_was_reached_so_far_counts_towards_the_goal() -> None:
    rows = team()
    result = forecast(made.deals(rows), as_of=TODAY, goal=quarter(20))
    won = [row for row in rows if row["outcome"] == "won" and date(2026, 4, 1) <= row["closed_at"] <= TODAY]
    assert result.goal is not None
    assert result.goal.so_far == len(won)
    money = forecast(made.deals(rows), as_of=TODAY, goal=quarter(20, "money")).goal
    assert money is not None
    assert money.so_far == sum(row["amount_minor"] for row in won)


def test_the_chance_falls_with_the_goal_and_is_never_said_to_be_none() -> None:
    deals = made.deals(team())
    chances = [forecast(deals, as_of=TODAY, goal=quarter(target)).goal for target in (45, 65, 95, 5000)]
    values = [outlook.chance.value for outlook in chances if outlook]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.5 > values[2] > values[3] > 0


def test_the_chance_is_about_a_half_at_what_is_expected() -> None:
    deals = made.deals(team())
    outlook = forecast(deals, as_of=TODAY, goal=quarter(1)).goal
    assert outlook is not None
    target = outlook.so_far + round(outlook.to_come.value)
    middle = forecast(deals, as_of=TODAY, goal=quarter(target)).goal
    assert middle is not None
    assert 0.35 < middle.chance.value < 0.65


def test_a_period_that_is_over_or_reached_or_yet_to_begin() -> None:
    deals = made.deals(team())
    over = forecast(deals, as_of=TODAY, goal=quarter(9, end=date(2026, 6, 28))).goal
    reached = forecast(deals, as_of=TODAY, goal=quarter(2)).goal
    whole = forecast(deals, as_of=TODAY, goal=quarter(40, start=TODAY + timedelta(days=1))).goal
    late = forecast(deals, as_of=TODAY, goal=quarter(40, start=date(2026, 8, 1))).goal
    assert over is not None
    assert over.chance.code == "period_over"
    assert reached is not None
    assert reached.chance.value == 1
    assert whole is not None
    assert late is not None
    assert (whole.so_far, late.so_far) == (0, 0)
    assert late.to_come.value == pytest.approx(whole.to_come.value * 61 / 94, rel=0.15)


def test_a_goal_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="a count or money"):
        Goal("deals", 3, TODAY, TODAY)
    with pytest.raises(ValueError, match="before it starts"):
        Goal("count", 3, TODAY, TODAY - timedelta(days=1))
    with pytest.raises(ValueError, match="the horizon ends"):
        forecast(made.deals([]), as_of=TODAY, horizon_end=TODAY)


# The back-test


def test_origins_are_four_weeks_apart_and_know_only_their_past() -> None:
    deals = made.deals(team())
    result = forecast(deals, as_of=TODAY).back_test
    days = [one.origin for one in result.past]
    assert days[-1] == TODAY - timedelta(weeks=13)
    assert {(later - earlier).days for earlier, later in pairwise(days)} == {28}
    assert len(days) == (130 - 13 - 26) // 4 + 1
    assert result.within80.n == len(days)
    assert result.within80.k == sum(one.lo80 <= one.came <= one.hi80 for one in result.past)
    assert sum(result.pit) == len(days)
    assert result.error < result.error_base_rate
    came = result.past[-1].came
    rows = team()
    assert came == sum(
        row["outcome"] == "won" and days[-1] < row["closed_at"] <= days[-1] + timedelta(weeks=13) for row in rows
    )


def test_a_history_too_short_for_a_back_test_says_how_many_weeks_are_missing() -> None:
    result = forecast(made.deals(team(weeks=60)), as_of=TODAY, weeks=40)
    assert result.wins.known
    assert result.back_test.past == ()
    assert result.back_test.need == 6
    sound(result)


def past(came: int) -> Past:
    """A forecast of 80 to 120."""
    return Past(TODAY, 70, 80, 90, 100, 110, 120, 130, came=came, crps=1.0, pit=0.5)


def test_ranges_that_held_too_little_are_widened_until_they_would_have_held_enough() -> None:
    found = [past(100 + 20 * (number % 5)) for number in range(25)]
    share = BackTest(13, (), *[records_share(10, 25)] * 3)
    factor, code, _note = _widened(found, share.within80)
    assert code == "widened"
    assert factor == pytest.approx(4.0)
    held = sum(abs(one.came - one.middle) <= 20 * factor for one in found)
    assert held >= 20
    assert _widened(found[:19], share.within80)[0] == 1.0
    assert _widened(found, records_share(20, 25))[0] == 1.0
    assert _widened(found, records_share(25, 25))[1] == "wide"


def records_share(k: int, n: int) -> Any:
    from rebond.numbers.estimate import Estimate

    return Estimate(k / n, k=k, n=n)


def test_a_team_whose_luck_turns_every_half_year_gets_wider_ranges_and_is_told() -> None:
    rows = []
    for row in team(weeks=170, per_week=20):
        good = (TODAY - row["opened_at"]).days // 182 % 2
        turned = row["outcome"] == "won" and not good and int(row["id"][1:]) % 5
        rows.append(row | ({"outcome": "lost"} if turned else {}))
    result = forecast(made.deals(rows), as_of=TODAY)
    assert result.back_test.widened > 1
    assert "widened" in dict(result.notes)
    sound(result)
