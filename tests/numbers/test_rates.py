from __future__ import annotations

import random
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond import numbers
from rebond.numbers.rates import proportion, share, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(4, 12, 14, 61), (9, 30, 17, 48), (36, 120, 22, 39), (0, 10, 0, 28)]
)
def test_it_gives_the_published_figures(k: int, n: int, low: int, high: int) -> None:
    """Wilson 95 % intervals as printed in the specification of practice 1."""
    assert tuple(100 * end for end in wilson(k, n, 0.95)) == pytest.approx((low, high), abs=0.6)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_it_gives_newcombes_figures(k: int, n: int, low: float, high: float) -> None:
    """R. Newcombe, 1998, "Two-sided confidence intervals for the single proportion", table I, method 3."""
    assert wilson(k, n, 0.95) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
@pytest.mark.parametrize(("k", "n"), [(0, 5), (3, 7), (25, 100), (4999, 5000), (7, 7)])
def test_it_agrees_with_statsmodels(k: int, n: int, confidence: float) -> None:
    from statsmodels.stats.proportion import proportion_confint

    theirs = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
    assert wilson(k, n, confidence) == pytest.approx(theirs, abs=1e-12)


def naive_wilson(k: int, n: int, z: float) -> tuple[float, float]:
    """The same interval by its definition: the rates p whose distance from k/n is at most z standard errors."""
    inside = [p / 20000 for p in range(20001) if (k / n - p / 20000) ** 2 <= z * z * (p / 20000) * (1 - p / 20000) / n]
    return min(inside), max(inside)


@pytest.mark.parametrize(("k", "n"), [(1, 5), (3, 7), (25, 100), (7, 7)])
def test_it_agrees_with_its_definition(k: int, n: int) -> None:
    assert wilson(k, n, 0.95) == pytest.approx(naive_wilson(k, n, 1.959964), abs=1e-4)


@given(st.integers(0, 400), st.integers(5, 400))
def test_the_range_holds_the_share_and_stays_between_0_and_1(k: int, n: int) -> None:
    k = min(k, n)
    rate = numbers.rate(k, n)
    assert (rate.value, rate.k, rate.n) == (k / n, k, n)
    assert 0 <= rate.lo95 <= rate.lo80 <= k / n + 1e-12
    assert k / n - 1e-12 <= rate.hi80 <= rate.hi95 <= 1


@pytest.mark.parametrize("truth", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("n", [10, 40, 400])
def test_nominal_95_percent_holds_the_truth_that_often_on_average(truth: float, n: int) -> None:
    """Exact coverage, by summing over every possible k: no chance in it."""
    covered = 0.0
    for k in range(n + 1):
        low, high = wilson(k, n, 0.95)
        if low <= truth <= high:
            covered += comb(n, k) * truth**k * (1 - truth) ** (n - k)
    assert covered >= 0.92


def test_the_next_yes_is_as_far_as_in_a_simulation() -> None:
    """Truth drawn from the posterior, then closes until the first yes: the quantiles must agree."""
    rng = random.Random(7)
    k, n = 12, 60
    waits = []
    for _draw in range(20000):
        p = rng.betavariate(k + 0.5, n - k + 0.5)
        wait = 1
        while rng.random() > p:
            wait += 1
        waits.append(wait)
    waits.sort()
    found = numbers.next_yes(k, n)
    assert found is not None
    simulated = [waits[int(len(waits) * part)] for part in (0.1, 0.5, 0.9)]
    assert all(abs(a - b) <= 1 for a, b in zip(found, simulated, strict=True))


@pytest.mark.parametrize("n", range(5))
def test_below_five_nothing_is_said(n: int) -> None:
    rate = numbers.rate(0, n)
    assert rate.grade == "too_few"
    assert (rate.value, rate.lo80, rate.hi95) == (None, None, None)
    assert rate.need == 5 - n
    assert numbers.next_yes(0, n) is None


@pytest.mark.parametrize(("n", "grade"), [(5, "counts"), (9, "counts"), (10, "range"), (29, "range"), (30, "percent")])
def test_from_five_on_it_is_graded(n: int, grade: str) -> None:
    assert numbers.rate(1, n).grade == grade
    assert numbers.rate(1, n).value == pytest.approx(1 / n)


def test_a_share_needs_ten_and_tells_counts_from_five() -> None:
    assert share(3, 10).value == pytest.approx(0.3)
    nine, four = share(3, 9), share(3, 4)
    assert (nine.value, nine.k, nine.n, nine.need) == (None, 3, 9, 1)
    assert (four.value, four.k, four.n, four.need) == (None, None, 4, 6)
    assert str(nine) == "too few: 1 more lost deal with a reason"


def test_no_case_at_all_is_no_proportion_even_where_nothing_is_asked_for() -> None:
    assert proportion(0, 0, minimum=0, unit="deals").value is None


def test_a_number_in_json_carries_its_cases_and_its_range() -> None:
    assert set(numbers.rate(9, 30).as_json()) == {
        "value", "lo80", "hi80", "lo95", "hi95", "k", "n", "method", "note",
    }  # fmt: skip
    assert numbers.rate(1, 3).as_json() == {
        "value": None, "k": 1, "n": 3, "note": "too few: 2 more decided deals", "need": 2,
    }  # fmt: skip


def test_more_successes_than_cases_is_no_rate() -> None:
    with pytest.raises(ValueError, match="7 of 5"):
        numbers.rate(7, 5)
    with pytest.raises(ValueError, match="3 of 2"):
        proportion(3, 2, minimum=5, unit="wins")
