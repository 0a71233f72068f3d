"""What a sale earns: by hand, by properties, and the same in the engine as in Python, row by row."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import Team
from rebond.numbers.tables import DEALS
from rebond.worth.models import Plan
from rebond.worth.plans.choosing import in_force, rule_of
from rebond.worth.plans.expression import with_commission
from rebond.worth.plans.rules import Rule, earned, half_even, marginal_share

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
AMOUNTS = st.integers(-(10**12), 10**12)
POSITIVE = st.integers(0, 10**12)
SHARES = st.integers(0, 10_000)


@st.composite
def tiers(draw: st.DrawFn, shares: st.SearchStrategy[int] = SHARES) -> tuple[tuple[int, int], ...]:
    starts = draw(st.lists(st.integers(1, 10**9), max_size=4, unique=True))
    return tuple((start, draw(shares)) for start in (0, *sorted(starts)))


def test_the_methods_arithmetic_by_hand() -> None:
    assert earned(Rule("percent", basis_points=800), 625_000) == 50_000
    assert earned(Rule("flat", flat_minor=50_000), None) == 50_000
    steps = Rule("tiers", tiers=((0, 500), (1_000_000, 800)), per="deal")
    assert earned(steps, 1_500_000) == 1_000_000 * 5 // 100 + 500_000 * 8 // 100


def test_a_share_without_an_amount_is_not_known() -> None:
    assert earned(Rule("percent", basis_points=800), None) is None
    assert earned(Rule("tiers", tiers=((0, 800),)), None) is None


def test_a_negative_margin_is_a_loss_of_money() -> None:
    assert earned(Rule("percent", basis_points=-300), 100_000) == -3_000


def test_the_next_euro_earns_the_share_of_its_tier() -> None:
    steps = Rule("tiers", tiers=((0, 500), (1_000_000, 800)), per="year")
    assert [marginal_share(steps, so_far) for so_far in (0, 999_999, 1_000_000)] == [0.05, 0.05, 0.08]
    assert marginal_share(replace(steps, per="deal"), 5_000_000) == 0.05
    assert marginal_share(Rule("flat", flat_minor=5)) is None


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**6))
def test_halves_go_to_the_even_number(above: int, below: int) -> None:
    exact = (Decimal(above) / Decimal(below)) if above % below * 2 == below else None
    got = half_even(above, below)
    assert abs(got * below - above) * 2 <= below
    if exact is not None:
        assert got == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


@given(tiers(), st.lists(AMOUNTS, min_size=1, max_size=6), st.sampled_from(["month", "quarter", "year"]))
def test_sales_of_one_period_earn_what_one_of_their_sum_would(
    steps: tuple[tuple[int, int], ...], amounts: list[int], per: str
) -> None:
    rule = Rule("tiers", tiers=steps, per=per)
    so_far, total = 0, 0
    for amount in amounts:
        total += earned(rule, amount, so_far) or 0
        so_far += amount
    assert total == earned(rule, sum(amounts))


@given(tiers(), POSITIVE, POSITIVE, POSITIVE)
def test_a_larger_sale_never_earns_less(steps: tuple[tuple[int, int], ...], one: int, more: int, so_far: int) -> None:
    rule = Rule("tiers", tiers=steps, per="year")
    assert (earned(rule, one + more, so_far) or 0) >= (earned(rule, one, so_far) or 0)


@given(tiers(), POSITIVE)
def test_an_amount_never_earns_more_than_by_its_best_tier_throughout(
    steps: tuple[tuple[int, int], ...], amount: int
) -> None:
    best = max(share for _start, share in steps)
    assert 0 <= (earned(Rule("tiers", tiers=steps), amount) or 0) <= half_even(amount * best, 10_000)


# -- which edition counts


def make_plan(team: Team | None, day: date, **fields: Any) -> Plan:
    values = {"kind": "percent", "basis_points": 800} | fields
    return Plan.objects.create(team=team, valid_from=day, at=AT, **values)


def test_the_newest_edition_that_has_begun_counts(north: Team) -> None:
    old = make_plan(north, date(2026, 1, 1))
    new = make_plan(north, date(2026, 7, 1), basis_points=900)
    plans = list(Plan.objects.all())
    assert in_force(plans, north.pk, on=date(2026, 6, 30)) == old
    assert in_force(plans, north.pk, on=date(2026, 7, 1)) == new


def test_the_earliest_edition_counts_for_what_was_before(north: Team) -> None:
    only = make_plan(north, date(2026, 7, 1))
    assert in_force([only], north.pk, on=date(2020, 1, 1)) == only


def test_everybodys_plan_counts_until_the_teams_own_begins(north: Team, south: Team) -> None:
    everybodys = make_plan(None, date(2025, 1, 1))
    own = make_plan(north, date(2026, 7, 1))
    plans = [everybodys, own]
    assert in_force(plans, north.pk, on=date(2026, 6, 30)) == everybodys
    assert in_force(plans, north.pk, on=date(2026, 7, 1)) == own
    assert in_force(plans, south.pk, on=date(2026, 7, 1)) == everybodys
    assert in_force(plans, None, on=date(2026, 7, 1)) == everybodys


def test_a_plan_in_another_currency_says_nothing(north: Team) -> None:
    share = make_plan(north, date(2025, 1, 1))
    dollars = make_plan(north, date(2026, 1, 1), kind="flat", basis_points=None, flat_minor=100, currency="USD")
    plans = [share, dollars]
    assert in_force(plans, north.pk, on=date(2026, 2, 1), currency="EUR") == share
    assert in_force(plans, north.pk, on=date(2026, 2, 1), currency="USD") == dollars


def test_of_two_editions_for_one_day_the_later_entered_counts(north: Team) -> None:
    make_plan(north, date(2026, 1, 1))
    corrected = make_plan(north, date(2026, 1, 1), basis_points=700)
    assert in_force(Plan.objects.all(), north.pk, on=date(2026, 2, 1)) == corrected


# -- over the facts


SCHEMA = pa.schema(
    [("id", pa.string()), ("opened_at", pa.date32()), ("closed_at", pa.date32()), ("outcome", pa.string()),
     ("amount_minor", pa.int64()), ("commission_minor", pa.int64()), ("owner_id", pa.int64()), ("team_id", pa.int64())]
)  # fmt: skip


def some_deals(teams: list[int | None], *, seed: int, count: int = 300) -> list[dict[str, Any]]:
    """Deals of four sellers and of nobody over two years, several on one day; some amounts missing, some below 0."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        day = date(2025, 1, 1) + timedelta(days=rng.randrange(0, 730))
        rows.append(
            {
                "id": f"{number:04}", "opened_at": day - timedelta(days=30),
                "closed_at": None if rng.random() < 0.03 else day,
                "outcome": rng.choice(["won", "won", "lost", "open"]),
                "amount_minor": None if rng.random() < 0.05 else rng.randrange(-50_000, 3_000_000),
                "commission_minor": rng.randrange(1, 9_999) if rng.random() < 0.1 else None,
                "owner_id": rng.choice([None, 1, 2, 3, 4]), "team_id": rng.choice(teams),
            }
        )  # fmt: skip
    return rows


def by_hand(rows: list[dict[str, Any]], plans: list[Plan], teams: set[int]) -> dict[str, int | None]:
    """The naive twin: every sale by ``rules.earned``, its period added up by a loop."""
    found = {row["id"]: row["commission_minor"] for row in rows}
    won = [row for row in rows if row["outcome"] == "won"]
    day = {row["id"]: row["closed_at"] or row["opened_at"] for row in won}
    for row in won:
        plan = in_force(plans, row["team_id"], on=day[row["id"]], currency="EUR")
        if row["commission_minor"] is not None or plan is None:
            continue
        own = day[row["id"]]
        before = [
            other["amount_minor"] or 0
            for other in won
            if seller(other) == seller(row)
            and (day[other["id"]], other["id"]) < (own, row["id"])
            and period(day[other["id"]], plan.per) == period(own, plan.per)
        ]
        found[row["id"]] = earned(rule_of(plan), row["amount_minor"], sum(before))
    return found


def seller(row: dict[str, Any]) -> tuple[Any, ...]:
    return ("owner", row["owner_id"]) if row["owner_id"] else ("nobody of", row["team_id"])


def period(day: date, per: str) -> tuple[int, int]:
    return {"month": (day.year, day.month), "quarter": (day.year, (day.month + 2) // 3), "year": (day.year, 0)}.get(
        per, (day.toordinal(), 0)
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_the_engine_gives_every_sale_what_the_rules_give_it(north: Team, south: Team, seed: int) -> None:
    west = Team.objects.create(name="West")
    make_plan(None, date(2024, 1, 1), basis_points=333)
    make_plan(north, date(2025, 3, 15), basis_points=None, kind="tiers", per="month", currency="EUR",
              tiers=[[0, 512], [400_000, 777], [1_200_000, 1_033]])  # fmt: skip
    make_plan(north, date(2025, 11, 2), basis_points=None, kind="tiers", per="quarter", currency="EUR",
              tiers=[[0, 500], [1_000_000, 801]])  # fmt: skip
    make_plan(north, date(2026, 5, 20), kind="flat", basis_points=None, flat_minor=12_345, currency="EUR")
    make_plan(south, date(2025, 6, 1), basis_points=None, kind="tiers", per="year", currency="EUR",
              tiers=[[0, 1], [5_000_000, 1_999]])  # fmt: skip
    make_plan(south, date(2026, 1, 1), kind="flat", basis_points=None, flat_minor=99, currency="USD")
    make_plan(south, date(2026, 6, 1), basis_points=-250, measure="margin")
    make_plan(west, date(2025, 1, 1), basis_points=None, kind="tiers", per="deal", currency="EUR",
              tiers=[[0, 1_005], [100_000, 35]])  # fmt: skip
    rows = some_deals([north.pk, south.pk, west.pk, None], seed=seed)
    table = ibis.memtable(pa.Table.from_pylist(rows, schema=SCHEMA))

    got = with_commission(table, currency="EUR").to_pyarrow().to_pylist()

    expected = by_hand(rows, list(Plan.objects.all()), {north.pk, south.pk, west.pk})
    assert {row["id"]: row["commission_minor"] for row in got} == expected
    assert sum(row["commission_minor"] is not None for row in got) > 80
    assert [{**row, "commission_minor": None} for row in sorted(got, key=lambda row: str(row["id"]))] == [
        {**row, "commission_minor": None} for row in rows
    ]


def test_a_sale_of_a_hundred_million_is_exact(north: Team) -> None:
    make_plan(north, date(2025, 1, 1), basis_points=None, kind="tiers", per="year", currency="EUR",
              tiers=[[0, 1], [3, 9_999]])  # fmt: skip
    rows = some_deals([north.pk], seed=4, count=30)
    for row in rows:
        row["amount_minor"] = 10_000_000_001
    table = ibis.memtable(pa.Table.from_pylist(rows, schema=SCHEMA))
    got = with_commission(table, currency="EUR").to_pyarrow().to_pylist()
    assert {row["id"]: row["commission_minor"] for row in got} == by_hand(rows, list(Plan.objects.all()), {north.pk})


def test_without_a_plan_only_what_was_recorded_is_known(db: None) -> None:
    rows = some_deals([None], seed=5, count=50)
    table = ibis.memtable(pa.Table.from_pylist(rows, schema=SCHEMA))
    got = with_commission(table, currency="EUR").to_pyarrow().to_pylist()
    assert sorted(row["id"] for row in got if row["commission_minor"] is not None) == [
        row["id"] for row in rows if row["commission_minor"] is not None
    ]


def test_it_works_over_the_facts_as_they_are_kept(north: Team, django_assert_num_queries: Any) -> None:
    beside = {"owner_id": "int64", "team_id": "int64", "in_bulk": "int64"}
    connection = ibis.duckdb.connect()
    table = connection.create_table("kept", schema=ibis.schema(DEALS | beside))
    for number in range(20):
        make_plan(north, date(2025, 1, 1) + timedelta(days=number), basis_points=number)
    with django_assert_num_queries(1):
        found = with_commission(table, currency="EUR")
    assert found.columns == table.columns
    assert found.count().to_pyarrow().as_py() == 0
