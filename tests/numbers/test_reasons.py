from __future__ import annotations

import json
import random
import warnings
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.numbers.pooling import pool_shares
from rebond.numbers.rates import share
from rebond.numbers.reasons import SOURCES, Reason, Reasons, parse_reasons, reasons, reasons_by_month, told_apart
from tests.numbers import made
from validation.reasons import STUDIES
from validation.study import Study

TODAY = date(2026, 6, 30)
CONTROL = {"slow_response": "controllable", "price": "influenceable", "timing": "uncontrollable"}
TEXTS = [
    None, "", "price", "timing;price", "slow_response", "Price ; price", "unknown", "buyer:value_unclear",
    "price;buyer:price", "timing;buyer:timing;buyer:price", "manager: slow_response; price", "the boss said no",
]  # fmt: skip


def ask(rows: list[made.Row], as_of: date = TODAY, control: dict[str, str] | None = None) -> Reasons:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return reasons(made.deals(rows), control=CONTROL if control is None else control, as_of=as_of)


def lost(number: int, text: str | None, **columns: Any) -> list[made.Row]:
    return [{"outcome": "lost", "reasons": text} | columns] * number


def everything(rng: random.Random, deals: int) -> list[made.Row]:
    return [
        {
            "outcome": rng.choice(["won", "lost", "lost", "no_decision", "open", "duplicate"]),
            "reasons": rng.choice(TEXTS), "owner": rng.choice([None, "Ann", "Bo", "Cy", "Di"]),
            "segment": rng.choice(["small", "large"]),
            "closed_at": rng.choice([None, TODAY - timedelta(days=rng.randrange(400))]),
        }
        for _deal in range(deals)
    ]  # fmt: skip


def row_of(found: Reasons, source: str, code: str) -> Reason:
    return next(row for row in found.rows if (row.source, row.code) == (source, code))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, {}),
        (" ; ;", {}),
        ("price_vs_alternative", {"seller": ("price_vs_alternative",)}),
        ("price;timing", {"seller": ("price", "timing")}),
        ("buyer:price;timing", {"buyer": ("price",), "seller": ("timing",)}),
        ("BUYER : too   dear", {"buyer": ("too dear",)}),
        ("Price;price;PRICE", {"seller": ("Price",)}),
        ("seller:a;buyer:a;manager:a;coder:a", dict.fromkeys(SOURCES, ("a",))),
        ("to be honest: too dear", {"seller": ("to be honest: too dear",)}),
        ("not_known_yet;Unknown;inconnu", {}),
        ("buyer:", {}),
        ("unknown;price", {"seller": ("price",)}),
    ],
)
def test_a_cell_is_read_as_the_format_says(text: str | None, said: dict[str, tuple[str, ...]]) -> None:
    assert parse_reasons(text) == said


@given(st.text(max_size=300))
def test_any_text_is_read_without_complaint(text: str) -> None:
    said = parse_reasons(text)
    assert set(said) <= set(SOURCES)
    assert all(code and len(code) <= 200 and ";" not in code for codes in said.values() for code in codes)
    assert all(len({code.casefold() for code in codes}) == len(codes) for codes in said.values())


def naive(rows: list[made.Row]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Deal by deal: (source, reason) to lost deals that name it, name it first, and have a reason of that source."""
    named: Counter[tuple[str, str]] = Counter()
    first: Counter[tuple[str, str]] = Counter()
    heard: Counter[str] = Counter()
    for row in rows:
        if row["outcome"] not in ("lost", "no_decision"):
            continue
        for source, codes in parse_reasons(row["reasons"]).items():
            heard[source] += 1
            first[source, codes[0].lower()] += 1
            named.update((source, code.lower()) for code in codes)
    return {key: (named[key], first[key], heard[key[0]]) for key in named}


def test_it_counts_as_a_loop_over_the_deals_does() -> None:
    rows = everything(random.Random(3), 500)
    found = ask(rows)
    theirs = {key: counts for key, counts in naive(rows).items() if counts[2] >= 5}
    ours = {
        (row.source, row.code.lower()): (row.named.k, row.primary.k, row.named.n) for row in found.rows if row.named.k
    }
    assert ours == theirs
    for row in found.rows:
        assert row.named == share(row.named.k or 0, row.named.n)
    assert found.lost == sum(row["outcome"] in ("lost", "no_decision") for row in rows)


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_simulations_with_known_truth_keep_their_gates(study: Study) -> None:
    broken = [line for line in study.run(study.smoke, 1) if not line.kept]
    assert broken == []


def test_the_sources_are_never_mixed() -> None:
    found = ask(lost(20, "price;buyer:trust") + lost(20, "price"))
    assert (row_of(found, "seller", "price").named.k, row_of(found, "seller", "price").named.n) == (40, 40)
    assert (row_of(found, "buyer", "trust").named.k, row_of(found, "buyer", "trust").named.n) == (20, 20)


def test_wins_stand_beside_losses() -> None:
    found = ask(lost(10, "price") + lost(20, "timing") + [{"outcome": "won", "reasons": "price"}] * 30)
    price = row_of(found, "seller", "price")
    assert (price.named.k, price.named.n) == (10, 30)
    assert (price.among_wins.k, price.among_wins.n) == (30, 30)
    assert row_of(found, "seller", "timing").among_wins.value == 0


def test_a_reason_of_wins_only_is_listed_with_no_loss() -> None:
    found = ask(lost(12, "price") + [{"outcome": "won", "reasons": "trust"}] * 12)
    trust = row_of(found, "seller", "trust")
    assert (trust.named.k, trust.named.value, trust.among_wins.value) == (0, 0.0, 1.0)


def test_what_the_unheard_could_say_bounds_the_share() -> None:
    """The table of traps: 14 of 120 heard, 5 of them say so: anything from 5 to 111 of 120."""
    found = ask(lost(5, "buyer:value_unclear") + lost(9, "buyer:price") + lost(106, None))
    row = row_of(found, "buyer", "value_unclear")
    assert (row.named.k, row.named.n) == (5, 14)
    assert (row.lowest, row.highest) == pytest.approx((5 / 120, 111 / 120))
    assert (100 * row.named.lo95, 100 * row.named.hi95) == pytest.approx((16, 61), abs=0.6)
    assert (found.unheard.losses.k, found.unheard.losses.n) == (106, 120)
    assert found.unheard.by_source["buyer"].k == 106
    assert found.unheard.by_source["seller"].k == 120


def test_the_unheard_are_counted_by_how_the_deal_ended() -> None:
    rows = lost(6, None) + lost(4, "price") + [{"outcome": "no_decision", "reasons": "unknown"}] * 7
    found = ask(rows + [{"outcome": "open", "reasons": None}] * 9).unheard
    assert (found.losses.k, found.losses.n) == (13, 17)
    assert (found.by_outcome["lost"].k, found.by_outcome["lost"].n) == (6, 10)
    assert (found.by_outcome["no_decision"].k, found.by_outcome["no_decision"].n) == (7, 7)


def test_what_could_be_acted_on_is_counted_by_the_primary_reason() -> None:
    rows = lost(12, "slow_response;price") + lost(8, "Price") + lost(10, "timing") + lost(6, "a feeling")
    (split,) = ask(rows).control
    assert {name: (one.k, one.n) for name, one in split.shares.items()} == {
        "controllable": (12, 36), "influenceable": (8, 36), "uncontrollable": (10, 36), "unclear": (6, 36),
    }  # fmt: skip
    assert split.controllable_if_unclear == pytest.approx((12 / 36, 18 / 36))
    assert sum(one.value for one in split.shares.values()) == pytest.approx(1)


def test_a_reason_that_is_in_no_list_is_unclear() -> None:
    found = ask(lost(10, "a feeling"), control={"a feeling": "nonsense"})
    assert found.rows[0].control == "unclear"
    assert found.control[0].shares["unclear"].value == 1


@pytest.mark.parametrize(("n", "value", "k", "need"), [(9, None, 9, 1), (10, 1.0, 10, None)])
def test_a_share_needs_ten_lost_deals_with_a_reason(n: int, value: float | None, k: int, need: int | None) -> None:
    row = ask(lost(n, "price")).rows[0]
    assert (row.named.value, row.named.k, row.named.need) == (value, k, need)
    assert (row.lowest is None) == (n < 10)


def test_of_four_buyers_not_even_the_reasons_are_listed() -> None:
    found = ask(lost(4, "price;buyer:trust") + lost(20, "price"))
    assert {row.source for row in found.rows} == {"seller"}
    buyers = next(split for split in found.control if split.source == "buyer")
    assert all((one.value, one.k, one.need) == (None, None, 6) for one in buyers.shares.values())


def test_reasons_whose_ranges_overlap_are_one_group_and_no_rank_is_given() -> None:
    found = ask(lost(60, "price") + lost(55, "timing") + lost(5, "trust"))
    assert [(row.code, row.group, row.with_first) for row in found.rows] == [
        ("price", 1, True), ("timing", 1, True), ("trust", 2, False),
    ]  # fmt: skip


def test_a_chain_of_overlaps_is_one_group_though_its_ends_differ() -> None:
    shares = [share(k, 200) for k in (90, 75, 60, 45)]
    assert shares[0].lo95 > shares[3].hi95
    assert told_apart(shares) == ([1, 1, 1, 1], [True, True, False, False])


@given(st.lists(st.integers(0, 100), min_size=1, max_size=12))
def test_no_two_overlapping_shares_are_ever_in_different_groups(counts: list[int]) -> None:
    shares = [share(k, 100) for k in sorted(counts, reverse=True)]
    groups, _first = told_apart(shares)
    pairs = [(one, other) for one in range(len(shares)) for other in range(one + 1, len(shares))]
    assert all(groups[one] == groups[other] for one, other in pairs if shares[one].lo95 <= shares[other].hi95)


def test_the_most_named_reasons_are_pooled_per_owner_and_segment() -> None:
    counts = {"Ann": (12, 30), "Bo": (3, 20), "Cy": (9, 12), "Di": (2, 4)}
    rows = [row for owner, (k, n) in counts.items()
            for row in lost(k, "price", owner=owner) + lost(n - k, "timing", owner=owner)]  # fmt: skip
    by_owner = dict(row_of(ask(rows), "seller", "price").by["owner"])
    theirs = pool_shares([12, 3, 9, 2], [30, 20, 12, 4])
    assert [by_owner[name].value for name in ("Ann", "Bo", "Cy")] == pytest.approx(theirs.value[:3].tolist())
    assert (by_owner["Di"].value, by_owner["Di"].k) == (None, None)
    assert "segment" not in row_of(ask(rows), "seller", "price").by


def test_the_commonest_spelling_is_shown() -> None:
    assert ask(lost(7, "too dear") + lost(8, "Too dear")).rows[0].code == "Too dear"


def test_the_order_of_rows_and_splitting_them_change_nothing() -> None:
    rows = everything(random.Random(8), 300)
    assert ask(rows) == ask(list(reversed(rows)))


def test_open_deals_and_duplicates_say_nothing_about_losses() -> None:
    rows = lost(12, "price")
    more = [{"outcome": name, "reasons": "timing"} for name in ("open", "duplicate", "disqualified", "unknown")] * 9
    assert ask(rows + more) == ask(rows)


def test_a_deal_lost_after_the_day_is_not_lost_yet() -> None:
    found = ask(lost(12, "price", closed_at=TODAY) + lost(12, "timing", closed_at=TODAY + timedelta(days=1)))
    assert (found.lost, [row.code for row in found.rows]) == (12, ["price"])


@pytest.mark.parametrize(
    "rows",
    [
        [],
        lost(1, "price"),
        lost(3, None),
        [{"outcome": "open", "reasons": "price"}] * 40,
        [{"outcome": "won", "reasons": "price"}] * 40,
        lost(50, "price"),
        everything(random.Random(2), 80),
        [{"outcome": "lost", "reasons": f"free text {n}"} for n in range(300)],
    ],
)
def test_whatever_the_file_it_answers_in_json_without_a_number_that_is_none(rows: list[made.Row]) -> None:
    found = ask(rows)
    text = json.dumps([found.as_json(), found.unheard.as_json()], allow_nan=False)
    assert "losses" in text
    assert "lost deals" in str(found)
    months = reasons_by_month(made.deals(rows), as_of=TODAY)
    assert json.dumps(months.as_json(), allow_nan=False)


def test_three_deals_give_no_share_anywhere() -> None:
    found = ask(lost(3, "price;buyer:price"))
    assert found.rows == ()
    assert all(one.value is None for split in found.control for one in split.shares.values())
    assert found.unheard.losses.note == "too few: 2 more losses"


def test_more_reasons_than_are_listed_are_counted() -> None:
    found = ask([{"outcome": "lost", "reasons": f"free text {n}"} for n in range(300)])
    assert (len(found.rows), found.left_out["seller"]) == (50, 250)


def test_by_month_and_owner_it_counts_as_a_loop_does() -> None:
    rows = everything(random.Random(4), 600)
    named: Counter[tuple[int, str | None, str, str]] = Counter()
    first: Counter[tuple[int, str | None, str, str]] = Counter()
    for row in rows:
        if row["outcome"] in ("lost", "no_decision") and row["closed_at"] is not None:
            month = 12 * (row["closed_at"].year - 1970) + row["closed_at"].month - 1
            for source, codes in parse_reasons(row["reasons"]).items():
                first[month, row["owner"], source, codes[0].lower()] += 1
                named.update((month, row["owner"], source, code.lower()) for code in codes)
    found = reasons_by_month(made.deals(rows), as_of=TODAY)
    keys = list(zip(found.month.tolist(), found.owner, found.source, map(str.lower, found.reason), strict=True))
    assert dict(zip(keys, found.named.tolist(), strict=True)) == dict(named)
    assert {key: n for key, n in zip(keys, found.primary.tolist(), strict=True) if n} == dict(first)
    order = [(month, owner or "", SOURCES.index(source), code) for month, owner, source, code in keys]
    assert order == sorted(order)
    turned = reasons_by_month(made.deals(list(reversed(rows))), as_of=TODAY)
    assert turned.as_json() == found.as_json()
