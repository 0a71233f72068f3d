"""Own cases lean on the team's, those on what is usual; and what a price makes of the chances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from rebond.numbers.leaning import ALIKE, SPREAD_WEIGHTS, SPREADS, Sums, Usual, how_alike, lean, lean_all, lean_mean
from rebond.numbers.pricing import Price, Prices, Rate, price
from validation.leaning import STUDIES
from validation.study import Study

USUAL = Usual(0.15, 20, "a guess")


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_every_figure_of_the_study_is_as_it_should_be(study: Study) -> None:
    lines = study.run(study.smoke, 7)
    assert lines
    assert [line for line in lines if not line.kept] == []


def test_the_mean_is_that_of_brute_integration() -> None:
    """The level of the team integrated out by quadrature instead of 16 points."""
    k, n, others_k, others_n = 3, 12, 8, 40

    def prior(level: float) -> float:
        return float(stats.beta(0.15 * 20 + others_k, 0.85 * 20 + others_n - others_k).pdf(level))

    def both(level: float, power: int) -> float:
        total = 0.0
        for spread, weight in zip(SPREADS, SPREAD_WEIGHTS, strict=True):
            a, b = level * ALIKE * spread, (1 - level) * ALIKE * spread
            total += weight * float(stats.betabinom(n, a, b).pmf(k)) * ((k + a) / (n + a + b)) ** power
        return total * prior(level)

    above, below = (integrate.quad(both, 1e-6, 1 - 1e-6, (power,), limit=200)[0] for power in (1, 0))
    assert lean((k, n), (k + others_k, n + others_n), USUAL).value == pytest.approx(above / below, rel=0.01)


def test_it_leans_on_what_is_usual_then_on_the_team_then_on_ones_own() -> None:
    stages = [((0, 0), (0, 0)), ((0, 0), (60, 200)), ((1, 4), (61, 204)), ((90, 300), (150, 500))]
    found = [lean(own, team, USUAL) for own, team in stages]
    assert [rate.leans for rate in found] == ["usual", "team", "team", "own"]
    assert found[0].value == pytest.approx(0.15, abs=0.001)
    assert [round(rate.value, 1) for rate in found[1:]] == [0.3, 0.3, 0.3]
    widths = [rate.hi80 - rate.lo80 for rate in found]
    assert widths[3] < widths[1] < widths[0]
    assert (found[2].own, found[2].team) == ((1, 4), (61, 204))


def test_cases_of_two_people_say_less_than_cases_of_forty() -> None:
    two, forty = (lean((0, 0), (120, 400), USUAL, people=people) for people in (2, 40))
    assert two.hi80 - two.lo80 > forty.hi80 - forty.lo80
    assert two.value < forty.value < 0.3


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    own, team = [(0, 0), (3, 9), (0, 0), (9, 9)], [(0, 0), (7, 50), (5, 5), (9, 9)]
    assert lean_all(own, team, USUAL) == [lean(one, all_, USUAL) for one, all_ in zip(own, team, strict=True)]
    assert lean_all([], [], USUAL) == []


@pytest.mark.parametrize(("own", "team"), [((2, 1), (5, 9)), ((3, 9), (2, 20)), ((3, 9), (5, 8)), ((0, 5), (5, 9))])
def test_counts_that_cannot_be_are_refused(own: tuple[int, int], team: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="the team's cases hold"):
        lean(own, team, USUAL)


@given(n=st.integers(0, 60), part=st.floats(0, 1), more=st.integers(0, 200), rest=st.floats(0, 1))
def test_a_range_holds_its_value_within_nought_and_one(n: int, part: float, more: int, rest: float) -> None:
    k, others = round(n * part), round(more * rest)
    found = lean((k, n), (k + others, n + more), USUAL)
    assert 0 <= found.lo80 <= found.value <= found.hi80 <= 1
    assert found.value > 0


def test_how_alike_people_are_is_learnt_from_four_people_and_forty_cases_on() -> None:
    assert how_alike([(1, 10), (2, 10), (3, 10)]) is None
    assert how_alike([(1, 10), (2, 10), (3, 10), (1, 9)]) is None
    alike, apart = how_alike([(10, 100)] * 8), how_alike([(2, 100), (30, 100)] * 4)
    assert alike is not None
    assert apart is not None
    assert apart < alike


def test_the_mean_of_a_sale_leans_too() -> None:
    team = Sums.of([50_000.0] * 60)
    new = lean_mean(Sums(), team)
    old = lean_mean(Sums.of([80_000.0] * 40), team.with_(Sums.of([80_000.0] * 40)))
    assert new is not None
    assert old is not None
    assert (new.leans, round(new.value)) == ("team", 50_000)
    assert old.leans == "own"
    assert 70_000 < old.value < 80_000
    assert lean_mean(Sums(), Sums()) is None
    guess = lean_mean(Sums(), Sums(), Usual(12.0, 5))
    assert guess is not None
    assert (guess.leans, round(guess.value, 6)) == ("usual", 12.0)


def test_one_sale_of_a_hundred_million_makes_the_range_wide() -> None:
    usual, odd = [5_000.0 + 10 * n for n in range(30)], [1e8]
    plain, wild = (lean_mean(Sums.of(sales), Sums.of(sales)) for sales in (usual, usual + odd))
    assert plain is not None
    assert wild is not None
    assert plain.hi80 / plain.lo80 < 1.5
    assert wild.hi80 / wild.lo80 > 4


def test_a_margin_below_nothing_has_a_mean_and_a_range() -> None:
    found = lean_mean(Sums.of([-500.0, -300.0]), Sums.of([-500.0, -300.0, -400.0, -700.0]))
    assert found is not None
    assert found.lo80 < found.value < found.hi80
    assert found.value < 0
    mixed = lean_mean(Sums.of([-500.0]), Sums.of([-500.0, 900.0, 1_000.0]))
    assert mixed is not None
    assert mixed.lo80 < mixed.value < mixed.hi80


chance = st.floats(0.001, 0.999).map(lambda value: Rate(value, value * 0.6, min(value * 1.5, 1.0)))
gains = st.floats(-1e7, 1e7).map(lambda value: Rate(value, *sorted((value * 0.7, value * 1.4))))


def priced(chances: list[Rate], gain: Rate, work: float = 40.0) -> Price:
    return price([(str(place), one) for place, one in enumerate(chances)], gain, work_minor=work, minutes=5)


@given(chances=st.lists(chance, min_size=1, max_size=4), gain=gains, work=st.floats(0, 1e5))
def test_a_price_lies_in_its_range_and_is_gross_less_work(chances: list[Rate], gain: Rate, work: float) -> None:
    found = priced(chances, gain, work)
    assert found.value == pytest.approx(found.gross - work)
    slack = 1e-9 * abs(found.gross) + 1e-9
    assert found.lo80 - slack <= found.value <= found.hi80 + slack
    assert math.isfinite(found.lo80)
    assert math.isfinite(found.hi80)


@given(chances=st.lists(chance, min_size=1, max_size=3), gain=gains, at=st.integers(0, 2), times=st.floats(1, 1.9))
def test_a_better_chance_never_makes_a_price_worse(chances: list[Rate], gain: Rate, at: int, times: float) -> None:
    at = at % len(chances)
    better = [one.times(times) if place == at else one for place, one in enumerate(chances)]
    worse_off, better_off = priced(chances, gain), priced(better, gain)
    if gain.value >= 0:
        assert better_off.value >= worse_off.value - 1e-9 * abs(worse_off.gross)
    else:
        assert better_off.value <= worse_off.value + 1e-9 * abs(worse_off.gross)


@given(chances=st.lists(chance, min_size=2, max_size=4), gain=gains, seed=st.integers(0, 99))
def test_the_order_of_the_chances_changes_nothing(chances: list[Rate], gain: Rate, seed: int) -> None:
    shuffled = [chances[place] for place in np.random.default_rng(seed).permutation(len(chances))]
    one, other = priced(chances, gain), priced(shuffled, gain)
    assert one.value == pytest.approx(other.value, rel=1e-9, abs=1e-9)
    assert one.lo80 == pytest.approx(other.lo80, rel=1e-6, abs=1e-6)
    assert one.hi80 == pytest.approx(other.hi80, rel=1e-6, abs=1e-6)


def test_a_sale_that_brings_nothing_costs_its_work_and_has_no_range() -> None:
    found = priced([Rate(0.2, 0.1, 0.3)], Rate(0.0, 0.0, 0.0))
    assert (found.value, found.lo80, found.hi80) == (-40.0, -40.0, -40.0)
    nothing = priced([Rate(0.0, 0.0, 0.1)], Rate(900.0, 800.0, 1_000.0))
    assert nothing.value == -40.0


def test_a_price_rests_on_the_least_of_what_its_chances_do() -> None:
    own, usual = Rate(0.2, 0.1, 0.3, leans="own"), Rate(0.2, 0.1, 0.3, leans="usual")
    assert priced([own, usual], Rate(1.0, 1.0, 1.0)).leans == "usual"


def test_a_list_comes_back_from_its_json_as_it_was() -> None:
    rate = Rate(0.2, 0.1, 0.3, (1, 5), (3, 9), "team")
    prices = Prices("EUR", rate, 0.08, 0.5, {"call": 6.0}, {"all": rate}, rate, {"keep.answers": rate}, "margin")
    assert Prices.of_json(prices.as_json()) == prices
    empty = Prices("", None)
    assert Prices.of_json(empty.as_json()) == empty
