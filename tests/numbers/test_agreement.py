from __future__ import annotations

import json
import random
import warnings
from collections import Counter
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.numbers.agreement import MATRIX_LISTED, Agreement, agreement
from rebond.numbers.raters import alpha_estimate, cohen_kappa, kappa_estimate, nominal_alpha, stuart_maxwell
from rebond.numbers.rates import wilson
from rebond.numbers.reasons import parse_reasons
from tests.numbers import made

TODAY = date(2026, 6, 30)
#: Krippendorff (2011): four coders, twelve units, gaps.
CODERS = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, -1, -1, -1],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, -1, 3],
    [-1, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, -1],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, -1],
])  # fmt: skip


def ask(rows: list[made.Row]) -> Agreement:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return agreement(made.deals(rows), as_of=TODAY)


def lost(number: int, text: str | None, **columns: Any) -> list[made.Row]:
    return [{"outcome": "lost", "reasons": text} | columns] * number


#: The standard table 20 5 / 10 15, seller x buyer.
STANDARD = (
    lost(20, "price;buyer:price")
    + lost(5, "price;buyer:trust")
    + lost(10, "trust;buyer:price")
    + lost(15, "trust;buyer:trust")
)


def cells(table: np.ndarray[Any, Any]) -> tuple[Any, Any, Any]:
    seller, buyer = np.divmod(np.arange(table.size), len(table))
    return seller, buyer, table.ravel()


def test_it_gives_the_published_kappa_and_its_error() -> None:
    kappa, error, chance = cohen_kappa(*cells(np.array([[20, 5], [10, 15]])))
    assert (kappa, error) == pytest.approx((0.4, 0.126996), abs=1e-6)
    assert chance == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(5))
def test_kappa_and_its_error_are_those_of_statsmodels(seed: int) -> None:
    from statsmodels.stats.inter_rater import cohens_kappa

    table = np.random.default_rng(seed).integers(0, 30, (4, 4))
    theirs = cohens_kappa(table)
    kappa, error, _chance = cohen_kappa(*cells(table))
    assert (kappa, error) == pytest.approx((theirs.kappa, theirs.std_kappa), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_test_of_equal_margins_is_that_of_statsmodels(seed: int) -> None:
    from statsmodels.stats.contingency_tables import SquareTable

    table = np.random.default_rng(seed).integers(1, 30, (4, 4)).astype(float)
    theirs = SquareTable(table, shift_zeros=False).homogeneity(method="stuart_maxwell")
    found = stuart_maxwell(table)
    assert found == (pytest.approx(theirs.statistic, rel=1e-9), theirs.df)


def test_with_two_reasons_the_test_of_equal_margins_is_mcnemars() -> None:
    assert stuart_maxwell(np.array([[20.0, 5.0], [10.0, 15.0]])) == (pytest.approx((10 - 5) ** 2 / 15), 1)
    assert stuart_maxwell(np.diag([3.0, 4.0])) is None


def test_it_gives_krippendorffs_published_alpha() -> None:
    assert nominal_alpha(CODERS.T, np.ones(12, dtype=np.int64)) == pytest.approx(0.7434, abs=5e-5)


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_that_of_the_krippendorff_package(seed: int) -> None:
    import krippendorff

    said = np.random.default_rng(seed).integers(-1, 4, (30, 3))
    theirs = krippendorff.alpha(np.where(said < 0, np.nan, said).T, level_of_measurement="nominal")
    assert nominal_alpha(said, np.ones(30, dtype=np.int64)) == pytest.approx(theirs, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40))
def test_alpha_by_its_definition_and_the_order_of_raters_changes_nothing(pairs: list[tuple[int, int]]) -> None:
    values = [value for pair in pairs for value in pair]
    total = len(values)
    unlike = sum(a != b for place, a in enumerate(values) for b in values[:place]) * 2 / (total * (total - 1))
    seen = sum(a != b for a, b in pairs) / len(pairs)
    said, ones = np.array(pairs), np.ones(len(pairs), dtype=np.int64)
    expected = None if unlike == 0 else pytest.approx(1 - seen / unlike, abs=1e-12)
    assert nominal_alpha(said, ones) == expected
    assert nominal_alpha(said[::-1, ::-1], ones) == expected


def test_the_three_classes_and_the_overlap_are_counted_as_a_loop_does() -> None:
    rng = random.Random(1)
    names = ["price", "timing", "trust", "Price"]
    rows = []
    for _deal in range(120):
        seller, buyer = rng.sample(names, rng.randint(0, 3)), rng.sample(names, rng.randint(0, 2))
        text = ";".join([*seller, *(f"buyer:{name}" for name in buyer)])
        rows.append({"outcome": rng.choice(["lost", "no_decision", "won"]), "reasons": text or None})
    classes: Counter[str] = Counter()
    overlap = []
    for row in rows:
        said = {who: [code.lower() for code in codes] for who, codes in parse_reasons(row["reasons"]).items()}
        if row["outcome"] != "won" and len(said) == 2:
            seller, buyer = said["seller"], said["buyer"]
            shared = set(seller) & set(buyer)
            classes["match" if seller[0] == buyer[0] else "some" if shared else "none"] += 1
            overlap.append(len(shared) / len(set(seller) | set(buyer)))
    found = ask(rows)
    assert found.pairs == sum(classes.values())
    assert found.primary_match.k == classes["match"]
    assert found.some_overlap.k == classes["some"]
    assert found.no_overlap.k == classes["none"]
    assert found.overlap.value == pytest.approx(np.mean(overlap))


def test_the_standard_table_end_to_end() -> None:
    found = ask(STANDARD)
    assert (found.codes, found.matrix) == (("price", "trust"), ((20, 5), (10, 15)))
    assert (found.pairs, found.primary_match.k, found.left_out) == (50, 35, 0)
    assert found.kappa.value == pytest.approx(0.4)
    step = 1.959964 * 0.126996 / (1 - 0.4**2)
    ends = np.tanh([np.arctanh(0.4) - step, np.arctanh(0.4) + step])
    assert [found.kappa.lo95, found.kappa.hi95] == pytest.approx(ends.tolist(), abs=1e-5)
    assert found.marginal_q == pytest.approx(0.196706, abs=1e-6)


def test_the_flows_say_what_the_one_names_when_the_other_names_something() -> None:
    flows = {(flow.seller, flow.buyer): flow for flow in ask(STANDARD).flows}
    assert len(flows) == 4
    crossed = flows["trust", "price"]
    assert (crossed.of_seller.k, crossed.of_seller.n, crossed.of_buyer.n) == (10, 25, 30)
    assert (crossed.of_seller.lo95, crossed.of_seller.hi95) == wilson(10, 25, 0.95)


def test_below_ten_pairs_the_deals_are_listed_and_no_percentage_is_given() -> None:
    found = ask(
        [row | {"id": f"d{n}"} for n, row in enumerate(lost(9, "price;timing;buyer:Trust") + lost(30, "price"))]
    )
    assert (found.pairs, len(found.listed)) == (9, 9)
    assert (found.listed[0].deal_id, found.listed[0].seller, found.listed[0].buyer) == (
        "d0",
        ("price", "timing"),
        ("Trust",),
    )
    assert found.primary_match.value is None
    assert found.primary_match.note == "too few: 1 more deal with both voices"
    assert (found.matrix, found.flows, found.marginal_q) == ((), (), None)


def test_from_ten_pairs_on_there_is_a_percentage_and_no_list() -> None:
    found = ask(lost(10, "price;buyer:price"))
    assert (found.primary_match.value, found.listed) == (1.0, ())
    assert found.kappa.note == "too few: 20 more deals with both voices"


@pytest.mark.parametrize(("pairs", "known"), [(29, False), (30, True)])
def test_kappa_needs_thirty_pairs(pairs: int, known: bool) -> None:
    found = ask(lost(pairs - 10, "price;buyer:price") + lost(10, "trust;buyer:price;buyer:trust"))
    assert found.kappa.known == known
    assert found.alpha.known == known
    assert (found.marginal_q is not None) == known


def test_where_both_name_one_reason_throughout_agreement_cannot_be_told_from_chance() -> None:
    found = ask(lost(40, "price;buyer:price"))
    assert (found.kappa.value, found.kappa.code, found.alpha.code) == (None, "one_reason", "one_reason")
    assert found.marginal_q is None


def test_where_all_agree_the_range_is_that_of_all_of_so_many() -> None:
    found = ask(lost(25, "price;buyer:price") + lost(25, "trust;buyer:trust"))
    low = wilson(50, 50, 0.95)[0]
    assert (found.kappa.value, found.kappa.hi95) == (pytest.approx(1), 1)
    assert found.kappa.lo95 == pytest.approx((low - 0.5) / 0.5)
    assert found.alpha.lo95 == pytest.approx((low - 0.5) / 0.5)


def test_where_none_agrees_kappa_is_below_chance_and_in_its_range() -> None:
    table = np.array([[0, 20], [20, 0]])
    found = kappa_estimate(*cells(table))
    assert found.value == pytest.approx(-1)
    assert -1 <= found.lo95 <= found.hi95 < -0.7


def test_alpha_hears_all_voices_and_kappa_two() -> None:
    rows = lost(20, "price;buyer:price;manager:trust") + lost(20, "price;manager:trust") + lost(20, "trust;coder:trust")
    found = ask(rows)
    assert (found.pairs, found.alpha.n) == (20, 60)
    assert found.kappa.value is None
    assert found.alpha.value is not None


def test_redrawing_gives_the_same_range_every_time() -> None:
    said, ones = np.random.default_rng(1).integers(0, 3, (60, 2)), np.ones(60, dtype=np.int64)
    assert alpha_estimate(said, ones) == alpha_estimate(said, ones)
    turned = alpha_estimate(said[::-1], ones)
    assert turned == alpha_estimate(said, ones)


def test_twice_the_deals_leave_the_values_and_narrow_the_ranges() -> None:
    once, twice = ask(STANDARD), ask(STANDARD * 2)
    assert twice.kappa.value == pytest.approx(once.kappa.value)
    assert twice.kappa.hi95 - twice.kappa.lo95 < once.kappa.hi95 - once.kappa.lo95
    assert twice.alpha.hi95 - twice.alpha.lo95 < once.alpha.hi95 - once.alpha.lo95


def test_the_order_of_rows_changes_nothing() -> None:
    rng = random.Random(9)
    names = ["price", "timing", "trust", "terms"]
    rows = STANDARD + [row for _deal in range(60) for row in lost(1, f"{rng.choice(names)};buyer:{rng.choice(names)}")]
    turned = ask(list(reversed(rows)))
    assert turned.alpha == ask(rows).alpha
    assert turned.kappa.value == pytest.approx(ask(rows).kappa.value)
    assert (turned.codes, turned.matrix, turned.flows) == (ask(rows).codes, ask(rows).matrix, ask(rows).flows)


def test_free_text_of_hundreds_of_kinds_is_shown_to_a_limit() -> None:
    rows = [{"outcome": "lost", "reasons": f"text {n};buyer:other {n}"} for n in range(300)]
    found = ask(rows)
    assert (len(found.codes), found.pairs) == (MATRIX_LISTED, 300)
    assert found.left_out == 300 - sum(map(sum, found.matrix))
    assert found.kappa.value == pytest.approx(0, abs=1e-6)
    assert found.marginal_q is None


@pytest.mark.parametrize(
    "rows",
    [
        [],
        lost(1, "price;buyer:price"),
        lost(50, "price"),
        lost(50, "buyer:price"),
        lost(40, None),
        [{"outcome": "won", "reasons": "price;buyer:price"}] * 40,
        [{"outcome": "open", "reasons": "price;buyer:price"}] * 40,
        STANDARD,
        lost(29, "price;buyer:price") + lost(1, "price;buyer:trust"),
    ],
)
def test_whatever_the_file_it_answers_in_json_without_a_number_that_is_none(rows: list[made.Row]) -> None:
    found = ask(rows)
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["pairs"] == found.pairs
    assert "both voices" in str(found)


def test_a_deal_lost_after_the_day_is_no_pair_yet() -> None:
    assert ask(lost(12, "price;buyer:price", closed_at=TODAY + timedelta(days=1))).pairs == 0
