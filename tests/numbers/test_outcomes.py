from __future__ import annotations

import csv
import json
import os
import random
import warnings
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rebond.numbers.outcomes import LISTED, Outcomes, outcomes, value_rate
from rebond.numbers.pooling import pool_shares
from rebond.numbers.rates import rate
from tests.numbers import made

TODAY = date(2026, 6, 30)
SHARED = Path(os.environ.get("REBOND_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))


def ask(rows: list[made.Row], as_of: date = TODAY) -> Outcomes:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return outcomes(made.deals(rows), as_of=as_of)


def ends(won: int, lost: int, no_decision: int = 0, **columns: Any) -> list[made.Row]:
    names = ["won"] * won + ["lost"] * lost + ["no_decision"] * no_decision
    return [{"outcome": name} | columns for name in names]


def everyone(rng: random.Random, deals: int) -> list[made.Row]:
    """A file with every outcome, amounts on most deals, owners of all sizes and some deals without one."""
    names = ["won", "lost", "lost", "no_decision", "open", "disqualified", "duplicate", "unknown"]
    owners = [None, "Ann", "Bo", "Cy", "Di", "Di", "Di", "Ed", "Ed"]
    return [
        {
            "outcome": rng.choice(names), "owner": rng.choice(owners),
            "amount_minor": rng.choice([None, 0, rng.randrange(1, 10**9), rng.randrange(1, 10**6)]),
            "opened_at": TODAY - timedelta(days=rng.randrange(400)),
            "closed_at": TODAY - timedelta(days=rng.randrange(-20, 300)),
        }
        for _deal in range(deals)
    ]  # fmt: skip


def test_it_counts_and_divides_as_a_loop_over_the_rows_does() -> None:
    rows = everyone(random.Random(5), 400)
    found = ask(rows)
    known = [row | {"outcome": "open" if row["closed_at"] > TODAY else row["outcome"]} for row in rows]
    count = Counter(row["outcome"] for row in known)
    assert found.counts == {name: count[name] for name in found.counts}
    won, lost, undecided = count["won"], count["lost"], count["no_decision"]
    assert found.win_rate.value == pytest.approx(won / (won + lost), rel=1e-12)
    assert found.win_rate_with_no_decision.value == pytest.approx(won / (won + lost + undecided), rel=1e-12)
    for group in found.by["owner"].rows:
        mine = Counter(row["outcome"] for row in known if row["owner"] == group.name)
        assert (group.won, group.lost, group.no_decision) == (mine["won"], mine["lost"], mine["no_decision"])
        assert group.rate == rate(mine["won"], mine["won"] + mine["lost"])


def naive_value_rate(won: list[float], lost: list[float]) -> tuple[float, float, float]:
    """Share, standard error and degrees of freedom, deal by deal."""
    deals = [(amount, 1) for amount in won] + [(amount, 0) for amount in lost]
    total = sum(amount for amount, _won in deals)
    theta = sum(amount for amount, good in deals if good) / total
    psi = [amount * (good - theta) for amount, good in deals]
    squares = sum(x * x for x in psi)
    return theta, squares**0.5 / total, squares**2 / sum(x**4 for x in psi)


def test_by_value_it_is_the_money_won_over_the_money_decided() -> None:
    from scipy.stats import t

    rng = np.random.default_rng(2)
    won, lost = np.exp(rng.normal(9, 1, 40)).astype(int), np.exp(rng.normal(10, 0.5, 60)).astype(int)
    rows = [{"outcome": "won", "amount_minor": int(x)} for x in won]
    rows += [{"outcome": "lost", "amount_minor": int(x)} for x in lost]
    found = ask(rows)
    theta, error, freedom = naive_value_rate(won.tolist(), lost.tolist())
    rate = found.win_rate_by_value
    assert rate.value == pytest.approx(theta, rel=1e-12)
    step = t.ppf(0.975, freedom) * error / (theta * (1 - theta))
    ends = [1 / (1 + np.exp(-(np.log(theta / (1 - theta)) + sign * step))) for sign in (-1, 1)]
    assert [rate.lo95, rate.hi95] == pytest.approx(ends, rel=1e-9)
    assert (rate.k, rate.n) == (40, 100)
    assert (found.won_minor, found.lost_minor) == (won.sum(), lost.sum())


def test_with_equal_amounts_the_rate_by_value_is_the_rate_by_count() -> None:
    found = ask(ends(20, 30, amount_minor=500_00))
    assert found.win_rate_by_value.value == pytest.approx(found.win_rate.value)
    assert found.win_rate_by_value.lo95 == pytest.approx(found.win_rate.lo95, abs=0.01)


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        (ends(40, 40), "no decided deal has an amount"),
        (ends(40, 0, amount_minor=9) + ends(0, 40), "no amount in this currency on 40 of 40 losses"),
        (ends(40, 0, amount_minor=9) + ends(0, 40, amount_minor=0), "no amount in this currency on 40 of 40 losses"),
        (ends(40, 0) + ends(0, 40, amount_minor=9), "no amount in this currency on 40 of 40 sales"),
        (ends(9, 40, amount_minor=9), "too few: 1 more sale"),
        (ends(40, 8, amount_minor=9), "too few: 2 more losses"),
        (
            ends(20, 20, amount_minor=9) + ends(1, 0, amount_minor=10**9),
            "a few big deals decide the sum: its share says nothing of the others",
        ),
    ],
)
def test_by_value_it_says_what_is_missing(rows: list[made.Row], note: str) -> None:
    found = ask(rows).win_rate_by_value
    assert (found.value, found.note) == (None, note)


def test_by_value_ten_sales_and_ten_losses_are_enough() -> None:
    assert ask(ends(10, 10, amount_minor=9)).win_rate_by_value.value == pytest.approx(0.5)


def test_negative_amounts_are_no_amounts() -> None:
    rows = ends(20, 20, amount_minor=100) + ends(2, 0, amount_minor=-10_000)
    assert ask(rows).win_rate_by_value.value == pytest.approx(0.5)


def test_open_unknown_disqualified_and_duplicate_deals_change_no_rate() -> None:
    rows = ends(8, 16, 4, owner="Ann", amount_minor=70)
    more = [
        {"outcome": name, "owner": "Ann", "amount_minor": 10}
        for name in ("open", "unknown", "disqualified", "duplicate")
    ]
    before, after = ask(rows), ask(rows + more * 50)
    assert after.win_rate == before.win_rate
    assert after.win_rate_with_no_decision == before.win_rate_with_no_decision
    assert after.win_rate_by_value == before.win_rate_by_value
    assert after.by == before.by
    assert after.counts["open"] == 50


def test_a_deal_closed_after_the_day_is_open_and_one_opened_after_it_is_not_there() -> None:
    rows = ends(5, 5, closed_at=TODAY) + ends(7, 0, closed_at=TODAY + timedelta(days=1))
    rows += ends(3, 3, opened_at=TODAY + timedelta(days=1), closed_at=TODAY + timedelta(days=9))
    found = ask(rows)
    assert found.counts["open"] == 7
    assert (found.win_rate.k, found.win_rate.n) == (5, 10)
    assert sum(found.counts.values()) == 17


def test_the_order_of_rows_and_the_names_of_owners_change_nothing() -> None:
    rows = everyone(random.Random(6), 300)
    turned = [row | {"owner": f"x{row['owner']}" if row["owner"] else None} for row in reversed(rows)]
    found, again = ask(rows).as_json(), ask(turned).as_json()
    for row in again["by_owner"]["rows"]:
        row["name"] = row["name"][1:] if row["name"] else None
    for answer in (found, again):
        answer["by_owner"]["rows"].sort(key=lambda row: row["name"] or "")
    assert approximately(found, again)


def approximately(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same, numbers to nine digits."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(approximately(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(approximately(a, b) for a, b in zip(one, other, strict=True))
    return one == (pytest.approx(other, rel=1e-9) if isinstance(other, float) else other)


def test_groups_are_pooled_towards_the_whole_and_say_how_far() -> None:
    rows = [row for name, won, lost in (("Ann", 30, 70), ("Bo", 5, 35), ("Cy", 6, 3), ("Di", 20, 50))
            for row in ends(won, lost, owner=name)]  # fmt: skip
    by_owner = ask(rows).by["owner"]
    theirs = pool_shares([30, 20, 5, 6], [100, 70, 40, 9])
    assert [group.name for group in by_owner.rows] == ["Ann", "Di", "Bo", "Cy"]
    assert by_owner.pooled
    assert by_owner.kappa == theirs.kappa
    assert [group.pooled.value for group in by_owner.rows] == pytest.approx(theirs.value.tolist(), abs=1e-9)
    cy = by_owner.rows[-1]
    assert cy.pooled.value < cy.rate.value


def test_an_owner_with_four_deals_is_not_judged() -> None:
    rows = ends(20, 40, owner="Ann") + ends(20, 40, owner="Bo") + ends(9, 20, owner="Cy") + ends(1, 3, owner="Di")
    di = ask(rows).by["owner"].rows[-1]
    assert (di.name, di.rate.value, di.pooled.value) == ("Di", None, None)
    assert di.pooled.note == "too few: 1 more decided deal"


def test_two_owners_are_not_pooled_and_it_says_so() -> None:
    by_owner = ask(ends(20, 40, owner="Ann") + ends(9, 20, owner="Bo")).by["owner"]
    assert not by_owner.pooled
    assert by_owner.rows[0].pooled.value == by_owner.rows[0].rate.value
    assert by_owner.rows[0].pooled.code == "not_pooled"


def test_a_column_that_nobody_fills_in_has_no_groups() -> None:
    found = ask(ends(5, 5)).by["team"]
    assert (found.rows, found.groups, found.note) == ((), 0, "not filled in")


def test_deals_without_an_owner_are_a_group_of_their_own() -> None:
    groups = ask(ends(10, 10, owner="Ann") + ends(3, 4) + ends(2, 2, owner="")).by["owner"].rows
    assert [(group.name, group.won, group.lost) for group in groups] == [("Ann", 10, 10), (None, 5, 6)]


def test_fifty_thousand_segments_are_listed_to_a_limit_and_the_others_together() -> None:
    rows = [{"outcome": "won" if n % 3 else "lost", "segment": f"s{n % 50_000}"} for n in range(60_000)]
    found = ask(rows).by["segment"]
    assert (len(found.rows), found.groups) == (LISTED, 50_000)
    listed = sum(group.won + group.lost for group in found.rows)
    assert found.others is not None
    assert listed + found.others.won + found.others.lost == 60_000
    assert found.others.rate.value == pytest.approx(2 / 3, abs=0.02)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        ends(1, 0),
        ends(0, 0, 1),
        [{"outcome": "open"}] * 30,
        [{"outcome": "unknown"}, {"outcome": "duplicate"}],
        ends(50, 0, amount_minor=5, owner="Ann"),
        ends(0, 50, amount_minor=5, owner="Ann"),
        ends(2, 1, closed_at=TODAY, opened_at=TODAY, owner="Ann", team="T"),
        everyone(random.Random(1), 60),
    ],
)
def test_whatever_the_file_it_answers_in_json_without_a_number_that_is_none(rows: list[made.Row]) -> None:
    found = ask(rows)
    text = json.dumps(found.as_json(), allow_nan=False)
    assert "win_rate" in text
    assert str(found).startswith("as of 2026-06-30")


def test_three_deals_give_no_rate_anywhere() -> None:
    found = ask(ends(1, 2, owner="Ann", team="T", segment="S", source="W", amount_minor=900)).as_json()
    assert all(estimate["value"] is None for estimate in _estimates(found))
    assert len(list(_estimates(found))) == 3 + 4 * 3


def _estimates(value: Any) -> Any:
    if isinstance(value, dict):
        if "value" in value:
            yield value
        for inner in value.values():
            yield from _estimates(inner)
    if isinstance(value, list):
        for inner in value:
            yield from _estimates(inner)


def test_money_in_json_is_in_major_units() -> None:
    found = ask(ends(10, 10, amount_minor=1234))
    assert found.as_json()["won_amount"] == pytest.approx(123.4)
    assert found.as_json(minor_per_major=1)["won_amount"] == 12340
    assert ask(ends(1, 1)).as_json()["won_amount"] is None


def sums(*amounts: float) -> Any:
    return np.array([len(amounts), len(amounts), *(sum(x**power for x in amounts) for power in (1, 2, 4))])


def test_one_giant_deal_widens_the_range() -> None:
    even = value_rate(sums(*[10.0] * 30), sums(*[10.0] * 30))
    giant = value_rate(sums(*[10.0] * 29, 100.0), sums(*[10.0] * 30))
    assert giant.hi95 - giant.lo95 > 1.5 * (even.hi95 - even.lo95)


@pytest.mark.skipif(not (SHARED / "maven").is_dir(), reason="the shared data is not here")
def test_on_the_maven_file_it_counts_the_sales_and_refuses_a_rate_by_value_of_losses_worth_nothing() -> None:
    found = ask(maven(), as_of=date(2017, 12, 31))
    assert (found.counts["won"], found.counts["lost"], found.counts["open"]) == (4238, 2473, 2089)
    assert found.win_rate.value == pytest.approx(4238 / 6711)
    assert found.win_rate_by_value.note == "no amount in this currency on 2473 of 2473 losses"
    assert found.by["owner"].groups == 30
    assert found.by["owner"].pooled


def maven() -> list[made.Row]:
    names = {"Won": "won", "Lost": "lost"}
    with (SHARED / "maven" / "sales_pipeline.csv").open(newline="") as file:
        return [
            {
                "outcome": names.get(row["deal_stage"], "open"), "owner": row["sales_agent"],
                "amount_minor": 100 * int(row["close_value"]) if row["close_value"] else None,
            }
            for row in csv.DictReader(file)
        ]  # fmt: skip
