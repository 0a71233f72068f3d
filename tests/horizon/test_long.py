"""The long view on screen: it paints before any sum, and every block says what it may in every state."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import Team, User
from rebond.deals.models import Deal
from rebond.facts import warm
from rebond.horizon import answers, blocks
from rebond.horizon.actions.goals import change_goal
from rebond.horizon.models import Counts, Goal, GoalKind, Mark, Period
from rebond.horizon.view import View
from tests.factories import make_user
from tests.horizon.made import NOW, TODAY, goal, mark, part, sold, text, years

pytestmark = pytest.mark.django_db
NAMES = [*blocks.titles()]
MONTH = 30


# ---- the shell


def test_the_page_paints_before_any_sum(
    as_admin: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def never(*_args: object) -> None:
        raise AssertionError("a sum was made")

    for name in blocks.BUILDERS:
        monkeypatch.setitem(blocks.BUILDERS, name, never)
    monkeypatch.setattr(warm, "current", never)
    with django_assert_max_num_queries(14):
        page = as_admin.get("/long?measure=rate&segment=Clinics").content.decode()
    for name in NAMES:
        assert f'data-block="/long/block/{name}?segment=Clinics&amp;measure=rate&amp;part=1"' in page
        assert f'<a href="/long/block/{name}?segment=Clinics&amp;measure=rate">' in page
    assert len(page) < 40_000


def test_odd_addresses_are_answered_in_words(as_camille: Client) -> None:
    assert as_camille.get("/long/block/nothing-called-this").status_code == 404
    assert as_camille.get("/long/block/after").status_code == 404
    assert as_camille.get("/long/block/after?event=999999").status_code == 404
    assert as_camille.get("/long?measure=luck").status_code == 400
    answer = as_camille.get("/long/block/real?measure=luck&part=1", headers={"accept": "text/html, application/json"})
    assert "luck" in answer.json()["message"]


def test_a_block_without_script_is_a_page_of_its_own(as_camille: Client) -> None:
    page = as_camille.get("/long/block/marks?segment=Clinics").content.decode()
    assert "<h1>What we changed</h1>" in page
    assert 'href="/long?segment=Clinics"' in page
    assert "<h1>" not in part(as_camille, "marks")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_empty_company_gets_a_sentence_from_every_block(
    as_camille: Client, camille: User, name: str, language: str
) -> None:
    User.objects.filter(pk=camille.pk).update(language=language)
    html = part(as_camille, name)
    assert len(text(html)) > 10 or name == "chance"
    assert '<svg class="picture' not in html


@pytest.mark.parametrize("name", NAMES)
def test_one_deal_is_no_figure_and_no_error(as_camille: Client, camille: User, name: str) -> None:
    sold(camille, date(2026, 5, 4))
    goal(camille, 10)
    said = text(part(as_camille, name))
    assert "%" not in said
    if name == "chance":
        assert "cannot be said yet" in said
    if name == "goal":
        assert "1 so far of 10 sales in 2026" in said


@pytest.mark.parametrize("name", NAMES)
def test_a_team_without_a_sale_in_a_year_divides_by_nothing(as_nadia: Client, camille: User, name: str) -> None:
    years(camille, months=14, won=0, lost=4)
    goal(camille.team, 10)
    assert "nan" not in text(part(as_nadia, name)).lower()
    if name == "chance":
        assert "Too few to say: 30 more sales" in text(part(as_nadia, name))


# ---- month, quarter, year


def _bad_month_good_quarter(owner: User) -> None:
    """Four sales a month and three noes, then fourteen sales in April and none at all in May."""
    for back in range(3, 24):
        number = 12 * 2026 + 5 - back
        for place in range(7):
            day = date(number // 12, number % 12 + 1, 3 + place)
            sold(owner, day, outcome="won" if place < 4 else "lost")
    for month, won in ((4, 14), (5, 0), (6, 0)):
        for place in range(won + 3):
            sold(owner, date(2026, month, 1 + place), outcome="won" if place < won else "lost")


def test_a_terrible_month_inside_an_excellent_quarter_looks_like_what_it_is(as_camille: Client, camille: User) -> None:
    _bad_month_good_quarter(camille)
    html = part(as_camille, "side-by-side")
    assert "May 2026 was the weakest month of 22; its quarter is the best of 8" in text(html)
    assert "second quarter 2026 so far: 6.1 a month" in text(html)
    assert html.count('class="p-quarter ours"') == 1
    assert html.count('class="p-year"') == 3
    assert "May: 0" in text(html)


def test_figures_have_their_cases_and_ranges(as_camille: Client, camille: User) -> None:
    years(camille)
    said = text(part(as_camille, "side-by-side", "measure=rate"))
    assert "28% 12 of 43, likely 20 to 37 in 100; before: " in said
    assert "6 of 19 likely" in said
    html = part(as_camille, "side-by-side", "measure=money")
    assert 'aria-current="true">Money' in html
    assert "€" in text(html)


def test_ordinary_is_where_eight_months_in_ten_lie() -> None:
    from rebond.horizon.said.side_by_side import ordinary

    assert ordinary([1.0] * 9) == (None, None)
    assert ordinary([float(n) for n in range(100, 111)]) == (101.0, 109.0)


# ---- the goal


def test_the_way_and_the_chance_to_the_goal(as_camille: Client, camille: User) -> None:
    years(camille)
    goal(camille, 24)
    way, chance = text(part(as_camille, "goal")), text(part(as_camille, "chance"))
    assert "so far of 24 sales in 2026" in way
    assert "Quota, until 31 December 2026; 205 days to go" in way
    assert "2 earlier periods had" in way
    assert "chances in 10" in chance or "chance in" in chance
    assert "One more sale" in chance
    assert "It takes 1.8 a month until then; the last year had 2 a month" in chance
    assert part(as_camille, "chance").count('r="8"') == 20


def test_the_chance_is_that_of_the_forecast(as_camille: Client, camille: User) -> None:
    from rebond import numbers
    from rebond.numbers.forecast import Goal as Aim

    years(camille)
    made = goal(camille, 24)
    warm.refresh()
    view = View.of(camille, {}, TODAY)
    mine = answers.outlook(view, made).goal
    aim = Aim("count", 24, date(2026, 1, 1), date(2026, 12, 31))
    deals = warm.current(TODAY).facts().deals
    theirs = numbers.forecast(
        deals.filter(deals.owner_id == camille.pk), as_of=TODAY, horizon_end=aim.end, goal=aim
    ).goal
    assert theirs is not None
    assert mine.so_far == theirs.so_far == 12
    assert mine.chance.value == pytest.approx(theirs.chance.value, abs=0.05)
    assert mine.to_come.value == pytest.approx(theirs.to_come.value, rel=0.04)


def test_a_goal_of_nothing_is_reached_from_the_start(as_camille: Client, camille: User) -> None:
    sold(camille, date(2026, 5, 4))
    goal(camille, 0)
    assert "A goal of nothing is reached from the start: 1 so far" in text(part(as_camille, "goal"))
    assert "Nothing to foresee: the goal is reached" in text(part(as_camille, "chance"))


def test_a_goal_changed_in_mid_quarter_shows_both_with_day_and_reason(as_camille: Client, camille: User) -> None:
    sold(camille, date(2026, 4, 20))
    first = goal(camille, 9, period=Period.QUARTER, first=date(2026, 4, 1), at=NOW - timedelta(days=68))
    change_goal(
        goal=first, target=6, why="Two sites left", today=date(2026, 5, 11), actor=None, now=NOW - timedelta(days=29)
    )
    html = part(as_camille, "goal")
    assert "Changed on 11 May 2026 from 9 to 6: “Two sites left”." in text(html)
    assert "was 9" in text(html)
    assert "goal 6" in text(html)
    assert html.count('class="p-goal p-was"') == 1


def test_a_goal_reached_says_so(as_camille: Client, camille: User) -> None:
    for day in (4, 5, 6):
        sold(camille, date(2026, 5, day))
    goal(camille, 3)
    assert "Reached: 3, the goal was 3" in text(part(as_camille, "goal"))


def test_several_goals_stand_beside_each_other_and_each_may_be_opened(as_camille: Client, camille: User) -> None:
    sold(camille, date(2026, 5, 4))
    goal(camille, 40)
    mine = goal(camille, 45, kind=GoalKind.PERSONAL)
    html = part(as_camille, "goal")
    assert "40 sales in 2026" in text(html)
    assert f"goal={mine.pk}" in html
    assert "45 sales in 2026 my own 1 so far" in text(html)
    assert "1 so far of 45 sales" in text(part(as_camille, "goal", f"goal={mine.pk}"))


def test_without_a_goal_there_is_one_thing_to_do_for_who_may(
    as_camille: Client, as_nadia: Client, camille: User
) -> None:
    assert 'href="/goals#set"' in part(as_camille, "goal")
    assert 'href="/goals#set"' in part(as_nadia, "goal")
    assert 'href="/goals#set"' not in part(as_camille, "goal", "whose=team")


def test_sales_in_another_currency_are_said_and_left_out(as_camille: Client, camille: User) -> None:
    for day in range(1, 8):
        sold(camille, date(2026, 5, day), 100_000)
    sold(camille, date(2026, 5, 20), 900_000, currency="USD")
    goal(camille, 1_000_000, counts=Counts.MONEY)
    said = text(part(as_camille, "goal"))
    assert "€7,000 so far of €10,000 in 2026" in said
    assert "1 sale in another currency (USD) is left out." in said
    Goal.objects.all().delete()
    goal(camille, 1_000_000, counts=Counts.MONEY, currency="USD")
    said = text(part(as_camille, "goal"))
    assert "$9,000 so far" in said.replace("US$", "$")
    assert "a total and no forecast" in said
    assert "7 sales in other currencies (EUR) are left out." in said
    assert "No chance can be said of a goal in another currency" in text(part(as_camille, "chance"))


def test_one_sale_of_a_hundred_million_is_named_and_the_range_is_wide(as_camille: Client, camille: User) -> None:
    years(camille, won=3, lost=5, amount=500_000)
    sold(camille, date(2026, 5, 20), 10_000_000_000)
    goal(camille, 10_100_000_000, counts=Counts.MONEY)
    way = text(part(as_camille, "goal"))
    assert "One sale brings over 99% of it; without it, €" in way
    found = answers.outlook(View.of(camille, {}, TODAY), Goal.objects.get())
    low, high = found.goal.to_come.lo95, found.goal.to_come.hi95
    assert low is not None
    assert high is not None
    assert high > 20 * low
    assert found.sale is not None
    assert found.sale < 1_000_000


def test_an_absurd_goal_that_is_just_allowed_is_out_of_reach_in_words(as_camille: Client, camille: User) -> None:
    years(camille)
    goal(camille, 10**14, counts=Counts.MONEY)
    assert "Less than 1 chance in 100" in text(part(as_camille, "chance"))
    assert "€1,000,000,000,000" in text(part(as_camille, "goal"))


def test_a_part_of_a_sale_is_no_lead(as_camille: Client, camille: User) -> None:
    """Two earlier years had 2 of 4 by now; on the way to five that is 2.5, and two so far are not behind."""
    for year in (2024, 2025):
        for month in (2, 5, 9, 11):
            sold(camille, date(year, month, 3))
    for month in (2, 5):
        sold(camille, date(2026, month, 3))
    goal(camille, 5)
    assert "2 so far of 5 sales in 2026: on the usual way" in text(part(as_camille, "goal"))


# ---- real change, cycle, follow-ups


def test_a_real_drop_is_one_and_the_journal_is_drawn_with_its_number(as_camille: Client, camille: User) -> None:
    years(camille, months=30, won=5, lost=5)
    drop = Deal.objects.filter(owner=camille, outcome="won", closed_at__date__gte=date(2025, 11, 1))
    drop.update(outcome="lost")
    mark(camille.team, "Territory halved", on=date(2025, 11, 3))
    html = part(as_camille, "real")
    assert "a real drop since" in text(html)
    assert "Dashed, what was changed: 1: 3 November 2025, Territory halved." in text(html)
    assert "<title>Territory halved</title>" in html


def test_cycle_by_segment_and_open_deals_count(as_camille: Client, camille: User) -> None:
    years(camille)
    said = text(part(as_camille, "cycle"))
    assert "Half of the sales are made within 35 days" in said
    assert "12 still open" in said
    one = text(part(as_camille, "cycle", "segment=1+site"))
    assert "still open" in one


def test_nobody_is_ranked(as_nadia: Client, camille: User, nadia: User) -> None:
    thomas = make_user("Thomas Girard", team=camille.team)
    for owner in (camille, thomas):
        years(owner, months=16)
    for name in NAMES:
        html = part(as_nadia, name)
        assert camille.name not in html
        assert thomas.name not in html
    assert nadia.pk


# ---- queries


@pytest.mark.parametrize("name", NAMES)
def test_a_block_takes_as_many_queries_for_a_thousand_marks_and_goals(
    as_nadia: Client, camille: User, north: Team, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sold(camille, date(2026, 5, 4))
    Mark.objects.bulk_create(Mark(team=north, text="x", on=date(2026, 1, 1), at=NOW) for _ in range(1000))
    Goal.objects.bulk_create(
        Goal(user=camille, counts="sales", period="year", begins_on=date(1000 + n, 1, 1), target=n, at=NOW)
        for n in range(1000)
    )
    goal(north, 40)
    goal(north, 9, period=Period.QUARTER, first=date(2026, 4, 1))
    warm.refresh()
    as_nadia.get(f"/long/block/{name}?part=1")
    with django_assert_max_num_queries(16):
        as_nadia.get(f"/long/block/{name}?part=1")
