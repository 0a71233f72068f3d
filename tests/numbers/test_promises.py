"""Promised beside obtained: by hand, against a naive twin, and in simulated worlds with known truth."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.numbers.promises import Compared, Promises, band_edges, by_band, compared

RNG = np.random.Generator


def world(rng: RNG, deals: int, *, times: float = 1.0) -> tuple[Promises, float]:
    """Deals with several promises each; a promise knows the chance and the mean of a sale. And the true mean."""
    each = rng.geometric(0.35, deals)
    chance, sale = rng.beta(1.2, 12, deals), 60_000 * np.exp(0.125)
    gained = (rng.random(deals) < chance) * rng.lognormal(np.log(60_000), 0.5, deals)
    cluster = np.repeat(np.arange(deals), each)
    cost = rng.gamma(2, 500, len(cluster))
    gross = chance[cluster] * sale
    return Promises(times * gross - 1000, gained[cluster], cost, cluster), float(gross.mean() - 1000)


@pytest.mark.parametrize(("deals", "least80", "least95"), [(30, 0.78, 0.93), (100, 0.78, 0.93), (600, 0.74, 0.91)])
def test_true_promises_are_found_true_and_the_range_covers(deals: int, least80: float, least95: float) -> None:
    rng = np.random.default_rng(7)
    inside80, inside95, verdicts, said = 0, 0, Counter[str](), 0
    for _world in range(200):
        found, truth = world(rng, deals)
        whole = compared(found, need=30)
        verdicts[whole.verdict] += 1
        came = whole.obtained
        if came.lo80 is None or came.hi80 is None or came.lo95 is None or came.hi95 is None:
            continue
        said += 1
        inside80 += came.lo80 <= truth <= came.hi80
        inside95 += came.lo95 <= truth <= came.hi95
    assert inside80 / said >= least80
    assert inside95 / said >= least95
    assert verdicts["less"] + verdicts["more"] <= 0.08 * 200


def test_promises_twice_too_high_are_found_out() -> None:
    rng = np.random.default_rng(8)
    verdicts = Counter(compared(world(rng, 1500, times=2.0)[0], need=30).verdict for _world in range(60))
    assert verdicts["less"] >= 55
    assert verdicts["more"] == 0


def test_ranges_that_ignore_the_deal_are_too_narrow() -> None:
    """The control: each promise as if it stood alone covers too rarely, so the test above can fail."""
    rng = np.random.default_rng(9)
    inside = 0
    for _world in range(200):
        found, truth = world(rng, 600)
        alone = compared(Promises(found.promised, found.gained, found.cost, np.arange(len(found))), need=30).obtained
        inside += alone.lo80 is not None and alone.hi80 is not None and alone.lo80 <= truth <= alone.hi80
    assert inside / 200 < 0.72


def test_the_mean_is_the_plain_mean_and_the_spread_the_naive_one() -> None:
    rng = np.random.default_rng(10)
    found, _truth = world(rng, 80)
    came = compared(found, need=30).obtained
    net = found.gained - found.cost
    assert came.value == pytest.approx(net.mean())
    clusters = [net[found.cluster == one] for one in np.unique(found.cluster)]
    psi = np.array([part.sum() - net.mean() * len(part) for part in clusters])
    error = np.sqrt((psi**2).sum() * len(psi) / (len(psi) - 1)) / len(net)
    gained, cost = found.gained.mean(), found.cost.mean()
    # both ends lie at the same distance around what came before costs, on the log scale
    assert came.lo80 is not None
    assert came.hi80 is not None
    up, down = np.log((came.hi80 + cost) / gained), np.log(gained / (came.lo80 + cost))
    assert up == pytest.approx(down)
    assert 1.28 < up * gained / error < 1.8  # between the normal's quantile and that of few degrees of freedom


def test_too_few_says_how_many_more() -> None:
    few, _truth = world(np.random.default_rng(11), 4)
    assert compared(few.only(np.arange(len(few)) < 3)).obtained.need == 7
    one_deal = Promises(np.full(40, 5.0), np.full(40, 9.0), np.zeros(40), np.zeros(40, dtype=np.int64))
    refused = compared(one_deal, need=30)
    assert (refused.obtained.unit, refused.obtained.need, refused.verdict) == ("deals", 4, "open")


def test_nothing_at_all_is_an_answer() -> None:
    nothing = Promises(*(np.zeros(0),) * 3, np.zeros(0, dtype=np.int64))
    assert (compared(nothing, need=30).obtained.need, by_band(nothing, ())) == (30, ())


def test_a_band_without_a_sale_is_bounded_by_what_others_brought() -> None:
    n = 60
    promised = np.concatenate([np.full(n, 500.0), np.full(n, 5_000.0)])
    gained = np.concatenate([np.zeros(n), np.tile([0.0, 0, 0, 40_000.0], n // 4)])
    found = Promises(promised, gained, np.full(2 * n, 300.0), np.arange(2 * n))
    low, high = by_band(found, (1_000.0,))
    assert (low.sales, low.obtained.value, low.obtained.lo80) == (0, -300.0, -300.0)
    assert low.obtained.hi80 == pytest.approx((1 - 0.1 ** (1 / n)) * 40_000 - 300)
    assert low.verdict == "right"
    assert high.sales == 15


def test_without_any_sale_there_is_no_range_and_no_verdict() -> None:
    found = Promises(np.full(50, 500.0), np.zeros(50), np.full(50, 100.0), np.arange(50))
    whole = compared(found, need=30)
    assert (whole.obtained.value, whole.obtained.lo80, whole.verdict) == (-100.0, None, "open")


def test_one_huge_sale_makes_the_range_wide_instead_of_a_verdict() -> None:
    gained = np.zeros(400)
    gained[7] = 10_000_000_000.0
    found = Promises(np.full(400, 500.0), gained, np.full(400, 100.0), np.arange(400))
    assert compared(found, need=30).verdict in ("open", "right", "maybe_more")


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60),
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 5e4, -2e4]), min_size=60, max_size=60),
)
def test_whatever_was_promised_and_came_has_an_answer(promised: list[float], gained: list[float]) -> None:
    n = len(promised)
    found = Promises(np.array(promised), np.array(gained[:n]), np.full(n, 50.0), np.arange(n) // 2)
    edges = band_edges(found.promised)
    parts = [*by_band(found, edges), compared(found)]
    assert sum(part.n for part in parts[:-1]) == n
    assert list(edges) == sorted(set(edges))
    for part in parts:
        assert part.as_json(100)["n"] == part.n
        low, high = part.obtained.lo80, part.obtained.hi80
        assert low is None or high is None or part.obtained.value is None or low <= part.obtained.value <= high


def test_bands_hold_each_promise_once() -> None:
    found, _truth = world(np.random.default_rng(12), 300)
    parts = by_band(found, band_edges(found.promised))
    assert len(parts) == 5
    assert all(low.high == high.low for low, high in pairwise(parts))
    assert [one.promised for one in parts] == sorted(one.promised for one in parts)
    assert isinstance(parts[0], Compared)
