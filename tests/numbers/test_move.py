"""Moving hours: twenty imagined quarters, held against what can be reckoned exactly."""

from __future__ import annotations

from math import exp

import pytest
from scipy.stats import skellam

from rebond.numbers.estimate import Estimate, too_few
from rebond.numbers.move import SHOWN, moved

SALE = 50_000.0


def known(value: float, spread: float = 0.0) -> Estimate:
    """Money per hour, with a likely range so wide on the log scale."""
    low, high = (value * exp(sign * 1.2815515655446004 * spread) for sign in (-1, 1))
    return Estimate(value, lo80=low, hi80=high, k=50, n=300)


@pytest.mark.parametrize(("to", "away"), [(20_000.0, 4_000.0), (9_000.0, 6_000.0), (30_000.0, 29_000.0)])
def test_with_rates_known_exactly_the_chance_is_that_of_two_poisson_counts(to: float, away: float) -> None:
    hours = 26
    found = moved(known(to), known(away), hours=hours, sales_minor=[SALE] * 20)
    assert found is not None
    of = skellam(hours * to / SALE, hours * away / SALE)
    exact = 1 - of.cdf(0) + of.pmf(0) / 2
    assert found.chance == pytest.approx(exact, abs=0.015)
    assert found.mean == pytest.approx(hours * (to - away), rel=0.03, abs=0.004 * hours * to)
    assert found.ahead == sum(value > 0 for value in found.outcomes)
    assert len(found.outcomes) == SHOWN
    assert list(found.outcomes) == sorted(found.outcomes)


def test_luck_of_single_sales_widens_what_may_come() -> None:
    alike = moved(known(20_000.0), known(4_000.0), hours=26, sales_minor=[SALE] * 20)
    mixed = moved(known(20_000.0), known(4_000.0), hours=26, sales_minor=[10_000.0] * 18 + [410_000.0] * 2)
    assert alike
    assert mixed
    assert mixed.outcomes[-1] - mixed.outcomes[0] > alike.outcomes[-1] - alike.outcomes[0]
    assert mixed.ahead < alike.ahead


def test_rates_that_are_hardly_known_end_ahead_less_often() -> None:
    sure, unsure = (
        moved(known(20_000.0, s), known(8_000.0, s), hours=26, sales_minor=[SALE] * 20) for s in (0.02, 0.8)
    )
    assert sure
    assert unsure
    assert unsure.chance < sure.chance


def test_the_same_question_has_the_same_answer() -> None:
    asked = [moved(known(20_000.0), known(4_000.0), hours=26, sales_minor=[SALE] * 20) for _time in range(2)]
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("to", "away", "sales"),
    [
        (known(20_000.0), known(4_000.0), 9),
        (too_few(need=3, unit="wins", n=20), known(4_000.0), 30),
        (known(20_000.0), Estimate(4_000.0, k=6, n=40), 30),
        (known(20_000.0), Estimate(-4_000.0, lo80=-5_000.0, hi80=-3_000.0, k=20, n=40), 30),
    ],
)
def test_below_enough_cases_nothing_is_imagined(to: Estimate, away: Estimate, sales: int) -> None:
    assert moved(to, away, hours=26, sales_minor=[SALE] * sales) is None
