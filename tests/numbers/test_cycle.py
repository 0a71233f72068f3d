"""Time to won and to lost as competing risks: exact fractions, published figures, twins, refusals, odd data."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rebond.numbers.counting import Leavings, cumulative, incidence, leavings, log_log
from rebond.numbers.cycle import ENDS, Cycle, cycle
from tests.numbers.made import deals
from validation.cycle import STUDIES

TODAY = date(2025, 6, 30)
STATES = (1, 2, 0)  # of the textbook examples: 1 and 2 are the two ends, 0 is censored


def followed(days: list[int], outcomes: list[int]) -> Leavings:
    """The textbook's lists as counts."""
    state = np.array([{1: 0, 2: 1, 0: 2}[outcome] for outcome in outcomes])
    return leavings(np.array(days), state, np.ones(len(days)), ends=2)


def share_by(group: Leavings, end: int, day: float) -> float:
    found = incidence(group)
    place = np.searchsorted(found.days, day, side="right") - 1
    return float(found.share[end, place]) if place >= 0 else 0.0


def twin(days: list[int], outcomes: list[int], end: int, by: int) -> Fraction:
    """Aalen and Johansen by the definition, deal by deal, in exact fractions."""
    share, open_still = Fraction(0), Fraction(1)
    for day in sorted(set(days)):
        if day > by:
            break
        risk = sum(d >= day for d in days)
        own = sum(d == day and o == end for d, o in zip(days, outcomes, strict=True))
        closed = sum(d == day and o != 0 for d, o in zip(days, outcomes, strict=True))
        share += open_still * Fraction(own, risk)
        open_still *= 1 - Fraction(closed, risk)
    return share


def row(days: int | None, outcome: str, **more: Any) -> dict[str, Any]:
    """A deal that left after so many days (or is open since so many)."""
    opened = None if days is None else TODAY - timedelta(days=days if outcome == "open" else 300)
    closed = None if outcome == "open" or opened is None or days is None else opened + timedelta(days=days)
    return {"opened_at": opened, "closed_at": closed, "outcome": outcome, **more}


def asked(rows: list[dict[str, Any]], **options: Any) -> Cycle:
    found = cycle(deals(rows), as_of=TODAY, **options)
    json.dumps(found.as_json(), allow_nan=False)
    assert str(found)
    return found


# Exact and published figures


def test_six_deals_by_hand_are_seven_eighteenths_each() -> None:
    group = followed([1, 2, 3, 4, 5, 6], [2, 1, 0, 2, 1, 0])
    assert share_by(group, 0, 6) == pytest.approx(7 / 18, abs=1e-15)
    assert share_by(group, 1, 6) == pytest.approx(7 / 18, abs=1e-15)


def test_the_fixture_of_the_lifelines_repair_is_reproduced() -> None:
    assert share_by(followed([1, 2, 3, 4, 5, 6], [0, 1, 1, 2, 2, 0]), 1, 6) == pytest.approx(0.4, abs=1e-15)


def test_deals_that_close_on_the_day_they_open_count() -> None:
    group = followed([0, 0, 0, 1, 2, 3, 4, 5], [1, 1, 0, 1, 2, 0, 2, 0])
    assert share_by(group, 0, 0) == 0.25
    assert share_by(group, 0, 1) == pytest.approx(0.40, abs=1e-15)


def bone_marrow() -> tuple[Any, Any, Any]:
    datasets = pytest.importorskip("sksurv.datasets")
    table, outcome = datasets.load_bmt()
    return np.asarray(table["dis"]), outcome["status"].astype(int), outcome["ftime"].astype(int)


@pytest.mark.parametrize(
    ("disease", "n", "first", "second"),
    [(None, 35, 0.272839, 0.481270), ("0", 17, 3 / 17, 12 / 17), ("1", 18, 0.368186, 0.205707)],
)
def test_bone_marrow_transplants_at_thirty_months(disease: str | None, n: int, first: float, second: float) -> None:
    kind, status, months = bone_marrow()
    rows = np.ones(len(kind), bool) if disease is None else kind.astype(str) == disease
    group = followed(list(months[rows]), list(status[rows]))
    assert group.at_risk[0] == n
    assert share_by(group, 0, 30) == pytest.approx(first, abs=1e-6)
    assert share_by(group, 1, 30) == pytest.approx(second, abs=1e-6)


def test_variance_of_the_bone_marrow_curves_is_aalens() -> None:
    from sksurv.nonparametric import cumulative_incidence_competing_risks

    _kind, status, months = bone_marrow()
    group = followed(list(months), list(status))
    at_twenty = np.searchsorted(group.days, 20, side="right") - 1
    variances = incidence(group).variance[:2, at_twenty]
    assert variances == pytest.approx([0.006324, 0.008098], abs=1e-6)
    days, theirs, limits = cumulative_incidence_competing_risks(status, months, conf_type="log-log", var_type="Aalen")
    for end in (0, 1):
        share, variance = incidence(group).share[end], incidence(group).variance[end]
        places = np.searchsorted(group.days, days)
        assert share[places] == pytest.approx(theirs[end + 1], abs=1e-14)
        inner = share[places] > 0
        low, high = log_log(share, np.sqrt(variance), 0.95, group.at_risk)
        assert low[places][inner] == pytest.approx(limits[end + 1][0][inner], abs=1e-9)
        assert high[places][inner] == pytest.approx(limits[end + 1][1][inner], abs=1e-9)


def test_one_way_out_is_kaplan_meier_on_freireichs_leukaemia_data() -> None:
    days = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    group = followed(days, relapse)
    still = {day: round(1 - share_by(group, 0, day), 4) for day in (6, 7, 10, 13, 16, 22, 23)}
    assert still == {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert next(day for day in days if 1 - share_by(group, 0, day) <= 0.5) == 23


# Held against the definition


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from(STATES)), min_size=1, max_size=14))
def test_the_curves_are_exact_whatever_ties_day_zero_and_last_days(rows: list[tuple[int, int]]) -> None:
    days, outcomes = [day for day, _ in rows], [outcome for _, outcome in rows]
    group = followed(days, outcomes)
    for by in range(7):
        exact = [twin(days, outcomes, end, by) for end in (1, 2)]
        assert share_by(group, 0, by) == pytest.approx(float(exact[0]), abs=1e-12)
        assert share_by(group, 1, by) == pytest.approx(float(exact[1]), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(STATES)), min_size=1, max_size=30))
def test_shares_add_up_to_one_grow_and_stay_within_their_ranges(rows: list[tuple[int, int]]) -> None:
    group = followed([day for day, _ in rows], [outcome for _, outcome in rows])
    found = incidence(group)
    assert found.share[0] + found.share[1] == pytest.approx(found.share[2], abs=1e-14)
    for share, variance in zip(found.share, found.variance, strict=True):
        assert all(a <= b + 1e-15 for a, b in pairwise(share))
        assert np.isfinite(variance).all()
        low, high = log_log(share, np.sqrt(variance), 0.95, group.at_risk)
        assert ((low <= share + 1e-12) & (share <= high + 1e-12)).all()
        assert ((low >= 0) & (high <= 1)).all()


def test_the_share_won_is_the_mean_cumulative_function_of_wins() -> None:
    group = followed([0, 1, 1, 2, 3, 3, 5], [1, 0, 1, 2, 1, 0, 1])
    by_mean = cumulative(group.ends[0], group.ends.sum(axis=0), group.at_risk)
    assert by_mean == pytest.approx(incidence(group).share[0], abs=1e-15)


def test_doubling_every_deal_leaves_the_curve_and_halves_the_variance() -> None:
    generator = np.random.default_rng(4)
    days, state = generator.integers(0, 60, 2_000), generator.integers(0, 3, 2_000)
    once, twice = (leavings(days, state, np.full(2_000, times), ends=2) for times in (1.0, 2.0))
    assert incidence(twice).share == pytest.approx(incidence(once).share, abs=1e-14)
    ratio = incidence(twice).variance[0, -1] / incidence(once).variance[0, -1]
    assert ratio == pytest.approx(0.5, rel=0.01)


def test_many_curves_equal_scikit_survival() -> None:
    nonparametric = pytest.importorskip("sksurv.nonparametric")
    generator = np.random.default_rng(8)
    for _curve in range(10):
        days, outcomes = generator.integers(0, 25, 80), generator.choice([0, 1, 1, 2], 80)
        times, theirs = nonparametric.cumulative_incidence_competing_risks(outcomes, days)
        ours = followed(list(days), list(outcomes))
        for end in (0, 1):
            mine = incidence(ours).share[end][np.searchsorted(ours.days, times)]
            assert mine == pytest.approx(theirs[end + 1], abs=1e-13)


# What the question answers


def mixed(n: int = 60) -> list[dict[str, Any]]:
    ends = ("won", "lost", "no_decision", "disqualified", "open")
    return [row(place % 37, ends[place % 5], segment="AB"[place % 2]) for place in range(n)]


def test_every_way_out_and_the_open_ones_add_up_to_all() -> None:
    found = asked(mixed()).overall
    assert sum(found.ends.values()) + found.still_open == found.n == 60
    assert sum(share.value or 0 for share in found.shares.values()) == pytest.approx(1, abs=1e-12)
    assert set(found.shares) == {*ENDS, "open"}


def test_half_of_the_sales_is_the_median_when_everything_is_closed() -> None:
    found = asked([row(days, "won") for days in range(1, 22)] + [row(5, "lost")] * 9)
    median = found.overall.days_to_won[0.5]
    assert (median.value, median.k, median.n) == (11, 21, 30)
    assert median.lo95 is not None
    assert median.hi95 is not None
    assert median.lo95 < median.lo80 < 11 < median.hi80 < median.hi95  # type: ignore[operator]
    assert found.overall.days_to_won[0.25].value == 6
    assert found.overall.days_to_won[0.75].value == 16


def test_deals_whose_result_is_not_known_are_followed_to_their_closing_day() -> None:
    with_unknown = asked([*mixed(), *[row(0, "unknown")] * 50]).overall
    assert with_unknown.result_unknown == 50
    assert with_unknown.shares["lost"].value == pytest.approx(asked(mixed()).overall.shares["lost"].value, abs=0.05)


def test_duplicates_are_no_deals() -> None:
    assert asked([*mixed(), *[row(3, "duplicate")] * 9]).overall.n == 60


def test_deals_that_cannot_be_followed_are_left_out_and_counted() -> None:
    odd = [
        row(None, "won"),
        {"outcome": "lost", "opened_at": TODAY - timedelta(days=9)},
        {"outcome": "won", "opened_at": TODAY - timedelta(days=9), "closed_at": TODAY - timedelta(days=19)},
        {"outcome": "open", "opened_at": TODAY + timedelta(days=9)},
    ]
    found = asked(mixed() + odd)
    assert found.overall.n == 60
    assert found.left_out == {"no_dates": 2, "closed_before_opened": 1, "opened_later": 1}


def test_a_closing_after_the_day_looked_at_has_not_happened() -> None:
    later = {"outcome": "won", "opened_at": TODAY - timedelta(days=4), "closed_at": TODAY + timedelta(days=1)}
    found = asked([*mixed(), later]).overall
    assert found.still_open == asked(mixed()).overall.still_open + 1
    assert found.ends == asked(mixed()).overall.ends


def test_groups_are_the_same_as_each_asked_alone() -> None:
    together = asked(mixed(), by="segment")
    for group in together.groups:
        alone = asked([deal for deal in mixed() if deal["segment"] == group.name]).overall
        assert group.shares == alone.shares
        assert group.days_to_won == alone.days_to_won
    assert [group.n for group in together.groups] == [30, 30]


def test_row_order_and_names_of_groups_change_nothing() -> None:
    first = asked(mixed(), by="segment")
    renamed = [deal | {"segment": {"A": "Z", "B": "Y"}[deal["segment"]]} for deal in reversed(mixed())]
    second = asked(renamed, by="segment")
    assert second.overall.as_json() == first.overall.as_json()
    assert {g.name: g.shares for g in second.groups} == {
        {"A": "Z", "B": "Y"}[str(g.name)]: g.shares for g in first.groups
    }


# Refusals and odd data


def test_below_ten_deals_nothing_is_said_and_at_ten_the_share_is() -> None:
    few = asked([row(3, "won")] * 9).overall
    assert {share.value for share in few.shares.values()} == {None}
    assert few.shares["won"].note == "too few: 1 more deal"
    assert few.curves == ()
    assert few.ends["won"] == 9
    assert asked([row(3, "won")] * 10).overall.shares["won"].value == 1


def test_below_ten_sales_the_days_to_won_are_not_said() -> None:
    rows = [row(days, "won") for days in range(9)] + [row(5, "lost")] * 30
    few = asked(rows).overall.days_to_won[0.5]
    assert (few.value, few.note, few.k, few.n) == (None, "too few: 1 more sale", 9, 39)
    assert asked([*rows, row(9, "won")]).overall.days_to_won[0.5].value == 4


def test_the_window_ends_where_fewer_than_ten_are_followed() -> None:
    rows = [row(days, "open") for days in range(1, 60)] + [row(20, "won")] * 12
    found = asked(rows).overall
    assert found.window == 50  # the tenth oldest
    assert found.days_to_won[0.5].note == "days by which 50% of the deals won within 50 days are won"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row(3, "won")],
        [row(3, "open")] * 40,
        [row(3, "won")] * 40,
        [row(3, "lost")] * 40,
        [row(0, "won"), row(0, "lost"), row(0, "open")] * 20,
        [row(None, "won")] * 40,
        [row(place, "unknown") for place in range(40)],
        [row(3, "won", segment=f"s{place}") for place in range(300)],
    ],
    ids=["none", "one", "open", "won", "lost", "one_day", "no_dates", "unknown", "many_groups"],
)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_odd_data_says_so_and_never_breaks(rows: list[dict[str, Any]]) -> None:
    found = asked(rows)
    assert found.overall.n + sum(found.left_out.values()) == len(rows)
    for share in found.overall.shares.values():
        assert share.value is None or 0 <= share.value <= 1


def test_fifty_thousand_groups_are_counted_and_the_largest_listed() -> None:
    import ibis
    import pyarrow as pa

    names = [f"s{place}" for place in range(50_000)] + ["large"] * 30
    n = len(names)
    table = pa.table(
        {
            "opened_at": [date(2025, 1, 1)] * n, "closed_at": [date(2025, 1, 9)] * n,
            "outcome": ["won"] * n, "segment": names,
        }
    )  # fmt: skip
    found = cycle(ibis.memtable(table), as_of=TODAY)
    assert found.groups[0].name == "large"
    assert (len(found.groups), found.others) == (200, (49_801, 49_801))


def test_the_json_has_the_curve_behind_each_figure() -> None:
    told = asked(mixed(), by="segment").as_json()
    curve = told["overall"]["curves"]["won"]
    assert len(curve["days"]) == len(curve["share"]) == len(curve["lo80"]) == len(curve["at_risk"]) > 5
    assert told["overall"]["days_to_won"]["note"] == "days by which 50% of the deals won within 27 days are won"
    assert [group["name"] for group in told["groups"]] == ["A", "B"]


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_simulations_with_known_truth_are_kept(study: Any) -> None:
    lines = study.run(study.smoke, 20250630)
    assert lines
    assert [line for line in lines if not line.kept] == []
