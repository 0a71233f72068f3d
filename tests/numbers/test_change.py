from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta as beta_of

from rebond.numbers.change import FAR, chance_up, change, needed_n, newcombe, seen_from
from validation.change import STUDIES
from validation.study import Study

#: Newcombe (1998), table II, method 10: before k of n, after k of n, and the 95 % limits he prints.
PUBLISHED = [
    ((48, 80, 56, 70), (0.0524, 0.3339)),
    ((3, 10, 9, 10), (0.1705, 0.8090)),
    ((2, 7, 6, 7), (0.0582, 0.8062)),
    ((0, 29, 5, 56), (-0.0381, 0.1926)),
    ((0, 20, 0, 10), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((0, 20, 10, 10), (0.6791, 1.0000)),
    ((0, 10, 10, 10), (0.6075, 1.0000)),
]

counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("counted", "printed"), PUBLISHED)
def test_the_range_is_the_one_that_newcombe_printed(
    counted: tuple[int, int, int, int], printed: tuple[float, float]
) -> None:
    assert newcombe(*counted) == pytest.approx(printed, abs=6e-5)


def wilson_limit(k: int, n: int, *, up: bool) -> float:
    """The share that lies just 1.96 of its own standard errors from k of n, found by halving."""
    low, high = (k / n, 1.0) if up else (0.0, k / n)
    for _halving in range(60):
        share = (low + high) / 2
        inside = abs(k / n - share) <= 1.959963984540054 * sqrt(share * (1 - share) / n)
        if up:
            low, high = (share, high) if inside else (low, share)
        else:
            low, high = (low, share) if inside else (share, high)
    return (low + high) / 2


@given(counts, counts)
def test_it_agrees_with_the_definition_written_out(before: tuple[int, int], after: tuple[int, int]) -> None:
    share0, share1 = before[0] / before[1], after[0] / after[1]
    fall = sqrt((share1 - wilson_limit(*after, up=False)) ** 2 + (wilson_limit(*before, up=True) - share0) ** 2)
    rise = sqrt((wilson_limit(*after, up=True) - share1) ** 2 + (share0 - wilson_limit(*before, up=False)) ** 2)
    naive = max(share1 - share0 - fall, -1), min(share1 - share0 + rise, 1)
    assert newcombe(*before, *after) == pytest.approx(naive, abs=1e-6)


@given(counts, counts)
def test_before_and_after_change_places_with_the_sign(before: tuple[int, int], after: tuple[int, int]) -> None:
    low, high = newcombe(*before, *after)
    assert newcombe(*after, *before) == pytest.approx((-high, -low))
    assert chance_up(*before, *after) + chance_up(*after, *before) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("counted", [(5, 10, 5, 10), (0, 10, 3, 12), (48, 80, 56, 70), (9, 30, 2, 25), (0, 40, 0, 10)])
def test_the_chance_is_the_share_of_draws_that_rose(counted: tuple[int, int, int, int]) -> None:
    k0, n0, k1, n1 = counted
    rng = np.random.default_rng(7)
    before = beta_of.rvs(k0 + 0.5, n0 - k0 + 0.5, size=200_000, random_state=rng)
    after = beta_of.rvs(k1 + 0.5, n1 - k1 + 0.5, size=200_000, random_state=rng)
    assert chance_up(*counted) == pytest.approx(float(np.mean(after > before)), abs=0.006)


@pytest.mark.parametrize(
    ("p0", "p1", "cases"), [(0.20, 0.30, 294), (0.20, 0.40, 82), (0.25, 0.30, 1251), (0.25, 0.35, 329)]
)
def test_the_cases_needed_are_those_of_the_specification(p0: float, p1: float, cases: int) -> None:
    assert needed_n(p0, p1) == needed_n(p1, p0) == cases


def test_no_number_of_cases_shows_no_change() -> None:
    assert needed_n(0.3, 0.3) == FAR
    with pytest.raises(ValueError, match="not shares"):
        needed_n(0.3, 1.2)


@given(st.integers(0, 100), st.integers(2, 2000))
def test_what_can_be_seen_is_what_needs_no_more_cases(hundredths: int, n: int) -> None:
    for down in (False, True):
        found = seen_from(hundredths / 100, n, down=down)
        if found is None:
            assert needed_n(hundredths / 100, 0.0 if down else 1.0) > n
        else:
            assert needed_n(hundredths / 100, found) <= n


@pytest.mark.parametrize(
    ("counted", "verdict"),
    [
        ((48, 80, 56, 70), "rose"),
        ((56, 70, 48, 80), "fell"),
        ((9, 30, 7, 30), "undecided"),
        ((300, 1000, 305, 1000), "same"),
        ((9, 30, 1, 9), "too_few"),
        ((0, 9, 5, 10), "too_few"),
    ],
)
def test_the_verdict_needs_the_whole_wide_range(counted: tuple[int, int, int, int], verdict: str) -> None:
    assert change(*counted).verdict == verdict
    assert change(*counted).decided is (verdict in ("rose", "fell", "same"))


def test_below_ten_cases_a_side_it_says_how_many_more_and_no_difference() -> None:
    found = change(8, 20, 1, 3)
    assert (found.difference.value, found.difference.need, found.chance_up) == (None, 7, None)
    assert (found.before.k, found.before.n) == (8, 20)
    assert found.after.k is None  # three cases are never told one by one
    assert change(0, 0, 0, 0).difference.need == 20
    assert change(0, 0, 0, 0).as_json()["verdict"] == "too_few"


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_the_simulations_with_known_truth(study: Study) -> None:
    broken = [line for line in study.run(study.smoke, 20_261) if not line.kept]
    assert not broken
