from __future__ import annotations

import random
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond import numbers
from rebond.numbers.rates import wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(4, 12, 14, 61), (9, 30, 17, 48), (36, 120, 22, 39), (0, 10, 0, 28)]
)
def test_it_gives_the_published_figures(k: int, n: int, low: int, high: int) -> None:
    """Wilson 95 % intervals as printed in the specification of practice 1."""
    assert tuple(100 * end for end in wilson(k, n, 0.95)) == pytest.approx((low, high), abs=0.6)


def naive_wilson(k: int, n: int, z: float) -> tuple[float, float]:
    """The same interval by its definition: the rates p whose distance from k/n is at most z standard errors."""
    inside = [p / 20000 for p in range(20001) if (k / n - p / 20000) ** 2 <= z * z * (p / 20000) * (1 - p / 20000) / n]
    return min(inside), max(inside)


@pytest.mark.parametrize(("k", "n"), [(1, 5), (3, 7), (25, 100), (7, 7)])
def test_it_agrees_with_its_definition(k: int, n: int) -> None:
    assert wilson(k, n, 0.95) == pytest.approx(naive_wilson(k, n, 1.959964), abs=1e-4)


@given(st.integers(0, 400), st.integers(1, 400))
def test_the_range_holds_the_share_and_stays_between_0_and_1(k: int, n: int) -> None:
    k = min(k, n)
    rate = numbers.rate(k, n)
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
    assert numbers.rate(0, n).grade == "too_few"
    assert numbers.rate(0, n).need == 5 - n
    assert numbers.next_yes(0, n) is None


def test_more_successes_than_cases_is_no_rate() -> None:
    with pytest.raises(ValueError, match="7 of 5"):
        numbers.rate(7, 5)
