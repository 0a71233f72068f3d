"""Touches per sale and money per touch: the method's own figure, twins, identities, refusals, odd data."""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from rebond.numbers.counting import incidence, leavings
from rebond.numbers.touches import Commission, Touches, per_deal, touches
from tests.numbers import made
from validation.touches import AS_OF, STUDIES, WORLDS, Company, draw, tables

TODAY = date(2025, 6, 30)
SHARED = Path(os.environ.get("REBOND_SHARED_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
Row = dict[str, Any]


def deal(name: str, outcome: str = "won", *, opened: int = 100, lasted: int = 50, **more: Any) -> Row:
    """A deal opened so many days ago that ended so many days later."""
    start = TODAY - timedelta(days=opened)
    closed = None if outcome == "open" else start + timedelta(days=lasted)
    return {"id": name, "outcome": outcome, "opened_at": start, "closed_at": closed, **more}


def touch(name: str, days_ago: int | None = 80, channel: str | None = "call") -> Row:
    at = None if days_ago is None else datetime.combine(TODAY - timedelta(days=days_ago), time(15))
    return {"deal_id": name, "at": at, "channel": channel}


def asked(deals: list[Row], made_touches: list[Row] | None = None, **options: Any) -> Touches:
    """Plain and by channel unless more is asked for: corrected ratios and columns take queries of their own."""
    table = None if made_touches is None else made.touches(made_touches)
    found = touches(made.deals(deals), table, as_of=TODAY, **({"by": ("channel",), "corrected": False} | options))
    json.dumps(found.as_json(), allow_nan=False)
    assert str(found)
    return found


def followed(deals: list[Row], made_touches: list[Row] | None = None, **options: Any) -> Touches:
    """With the corrected ratios."""
    return asked(deals, made_touches, **({"corrected": True} | options))


def company(wins: int = 12, losses: int = 20, still: int = 8) -> tuple[list[Row], list[Row]]:
    """A few dozen deals with owners, and touches on three channels."""
    rows = [
        deal(f"{outcome}{place}", outcome, opened=90 + place, lasted=20 + 2 * place, owner="ab"[place % 2],
             commission_minor=40_000 + 1_000 * place if outcome == "won" else None)
        for outcome, many in (("won", wins), ("lost", losses), ("open", still)) for place in range(many)
    ]  # fmt: skip
    made_touches = [
        touch(row["id"], 85 - step, ("call", "email", "meeting")[(place + step) % 3])
        for place, row in enumerate(rows)
        for step in range(1 + place % 5)
    ]
    return rows, made_touches


# The method's own figures


def test_ten_sales_of_500_euros_over_500_touches_make_10_euros_a_touch() -> None:
    deals = [deal(f"w{i}", commission_minor=50_000) for i in range(10)] + [deal(f"l{i}", "lost") for i in range(15)]
    names = [row["id"] for row in deals]
    found = asked(deals, [touch(names[i % 25]) for i in range(500)]).overall
    assert (found.touches, found.sales, found.deals, found.commission_minor) == (500, 10, 25, 500_000)
    assert found.per_sale.value == 50
    assert found.money_per_touch.value == 1_000
    assert touches_json(found)["money_per_touch"]["value"] == 10.00


def touches_json(found: Any) -> dict[str, Any]:
    told: dict[str, Any] = found.as_json(minor_per_major=100)
    return told


def test_touches_of_lost_and_open_deals_count() -> None:
    deals, made_touches = company()
    found = asked(deals, made_touches).overall
    assert found.touches == len(made_touches)
    assert found.per_sale.value == pytest.approx(len(made_touches) / 12)


def test_ranges_are_those_of_the_delta_method_over_deals() -> None:
    deals, made_touches = company()
    t = np.array([sum(row["deal_id"] == deal["id"] for row in made_touches) for deal in deals], float)
    w = np.array([row["outcome"] == "won" for row in deals], float)
    c = np.array([row["commission_minor"] or 0 for row in deals], float)
    found = asked(deals, made_touches).overall
    for estimate, above, below in ((found.per_sale, t, w), (found.money_per_touch, c, t)):
        theta = above.sum() / below.sum()
        error = math.sqrt(((above - theta * below) ** 2).sum()) / below.sum() / theta
        for low, high, part in ((estimate.lo80, estimate.hi80, 0.9), (estimate.lo95, estimate.hi95, 0.975)):
            width = stats.t.ppf(part, 11) * error
            assert (low, high) == pytest.approx((theta * math.exp(-width), theta * math.exp(width)), rel=1e-9)


def test_channels_share_out_all_touches_and_all_commission() -> None:
    deals, made_touches = company()
    found = asked(deals, [*made_touches, touch("won0", channel=None), touch("won1", channel="fax")])
    channels = {channel.name: channel for channel in found.by["channel"]}
    assert list(channels) == ["call", "email", "meeting", "message", "other"]
    assert sum(channel.touches for channel in channels.values()) == found.overall.touches
    assert channels["other"].touches == 2
    shared = sum(channel.commission_minor or 0 for channel in channels.values())
    assert shared == pytest.approx(found.overall.commission_minor, abs=3)
    per_sale = [channel.per_sale.value or 0 for channel in channels.values()]
    assert sum(per_sale) == pytest.approx(found.overall.per_sale.value)


def test_channels_within_an_owner_add_up_to_the_owner() -> None:
    for owner in asked(*company(), by=("owner",)).by["owner"]:
        assert sum(channel.touches for channel in owner.channels) == owner.touches


def test_owners_are_the_same_as_each_asked_alone() -> None:
    deals, made_touches = company()
    for owner in asked(deals, made_touches, by=("owner",)).by["owner"]:
        own = [row for row in deals if row["owner"] == owner.name]
        alone = asked(own, made_touches).overall
        assert (owner.deals, owner.touches, owner.sales) == (alone.deals, alone.touches, alone.sales)
        assert owner.per_sale == alone.per_sale
        assert owner.money_per_touch == alone.money_per_touch


# The same touches in other shapes


def test_every_shape_of_touches_gives_the_same_figures() -> None:
    deals, made_touches = company()
    raw = followed(deals, made_touches)
    table = made.touches(made_touches)
    long = table.group_by("deal_id", "channel").aggregate(n=table.count())
    dated = table.group_by("deal_id", "channel", "at").aggregate(n=table.count())
    for rollup in (per_deal(table), per_deal(dated), long, dated):
        found = followed(deals, rollup=rollup)
        assert found.source == "rollup"
        assert [w.per_sale for w in found.by["channel"]] == [w.per_sale for w in raw.by["channel"]]
        assert found.overall.money_per_touch == raw.overall.money_per_touch
    assert followed(deals, rollup=dated).overall.per_sale_corrected == raw.overall.per_sale_corrected
    undated = followed(deals, rollup=long).overall.per_sale_corrected
    assert (undated.value, undated.code) == (None, "no_dates")


def test_counted_touches_give_the_plain_ratios_and_no_others() -> None:
    deals, made_touches = company()
    raw = followed(deals, made_touches)
    many = {row["id"]: sum(one["deal_id"] == row["id"] for one in made_touches) for row in deals}
    for none_made in (None, []):
        found = followed([row | {"touch_count": many[row["id"]]} for row in deals], none_made)
        assert found.source == "touch_count"
        assert found.overall.per_sale == raw.overall.per_sale
        assert found.overall.money_per_touch == raw.overall.money_per_touch
        assert found.overall.per_sale_corrected.code == "no_dates"
        assert found.by["channel"] == ()


def test_deals_without_a_count_are_left_out_of_both_sides() -> None:
    deals = [deal(f"w{i}", touch_count=5 if i < 8 else None) for i in range(10)]
    found = asked(deals)
    assert found.left_out == {"no_touch_count": 2}
    assert (found.overall.per_sale.value, found.overall.per_sale.k, found.overall.deals) == (5, 8, 8)


def test_the_clients_of_a_bank_take_so_many_calls_per_sale() -> None:
    path = SHARED / "bank" / "bank-first-70pct.csv.gz"
    if not path.exists():
        pytest.skip("the shared data is not here")
    with gzip.open(path, "rt") as file:
        clients = list(csv.DictReader(file, delimiter=";"))
    rows = [{"outcome": "won" if c["y"] == "yes" else "lost", "touch_count": int(c["campaign"])} for c in clients]
    found = asked(rows, by=()).overall
    calls, sales = sum(row["touch_count"] for row in rows), sum(row["outcome"] == "won" for row in rows)
    assert found.per_sale.value == pytest.approx(calls / sales, rel=1e-11)
    assert (found.per_sale.k, found.per_sale.n) == (sales, len(clients))
    assert found.per_sale.lo95 is not None
    assert found.per_sale.lo95 > 0.9 * calls / sales


# Corrected for deals still open


def twin(drawn: Company, days: int) -> list[tuple[float, float, float]]:
    """Value and 95 % range of both ratios, deal by deal, from the formulas."""
    n = len(drawn.age)
    leaves, closed = np.minimum(drawn.ends, drawn.age), drawn.ends <= drawn.age
    closed = closed & (leaves <= days)
    leaves, won = np.minimum(leaves, days), closed & drawn.wins
    grid = range(days + 1)
    risk = np.array([np.count_nonzero(leaves >= day) for day in grid], float)
    hazard = np.array([np.count_nonzero(closed & (leaves == day)) for day in grid]) / np.maximum(risk, 1)
    before = np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
    happened = drawn.day <= leaves[drawn.deal]
    touched = np.zeros((n, days + 1))
    np.add.at(touched, (drawn.deal[happened], drawn.day[happened]), 1)
    wins = np.zeros((n, days + 1))
    wins[np.flatnonzero(won), leaves[won]] = 1

    def influence(events: Any) -> tuple[float, Any]:
        rate = events.sum(axis=0) / np.maximum(risk, 1)
        mean, weight = np.cumsum(before * rate), n * before / np.maximum(risk, 1)
        left = risk * (1 - hazard)
        rest = np.where(left > 0, n * (mean[-1] - mean) / np.where(left > 0, left, 1), 0)
        shared = np.cumsum(weight * rate)[leaves] + closed * rest[leaves] - np.cumsum(rest * hazard)[leaves]
        return float(mean[-1]), (events * weight).sum(axis=1) - shared

    means = [influence(events) for events in (touched, wins, wins * drawn.commission[:, None])]
    found = []
    for (above, psi), (below, psi_below) in ((means[0], means[1]), (means[2], means[0])):
        theta = above / below
        each = psi - theta * psi_below
        assert abs(each.sum()) < 1e-6 * np.abs(each).sum()
        error = math.sqrt((each**2).sum()) / (n * below) / theta
        width = stats.t.ppf(0.975, (each**2).sum() ** 2 / (each**4).sum()) * error
        found.append((theta, theta * math.exp(-width), theta * math.exp(width)))
    return found


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_corrected_ratios_and_ranges_are_those_of_the_formulas_deal_by_deal(world: Any) -> None:
    drawn = draw(np.random.default_rng(11), world, 150)
    found = touches(*tables([drawn]), as_of=AS_OF, by=("channel",))
    assert found.window_days is not None
    pairs = zip(
        (found.overall.per_sale_corrected, found.overall.money_per_touch_corrected),
        twin(drawn, found.window_days),
        strict=True,
    )
    for estimate, expected in pairs:
        assert (estimate.value, estimate.lo95, estimate.hi95) == pytest.approx(expected, rel=1e-9)
    parts = [channel.per_sale_corrected.value or 0 for channel in found.by["channel"]]
    assert sum(parts) == pytest.approx(found.overall.per_sale_corrected.value, rel=1e-9)


def test_without_open_deals_the_corrected_ratio_is_the_plain_one() -> None:
    deals, made_touches = company(still=0)
    found = followed(deals, made_touches, horizon=400, by=())
    spans = {row["id"]: (row["opened_at"], row["closed_at"]) for row in deals}
    within = [one for one in made_touches if one["at"].date() <= spans[one["deal_id"]][1]]
    assert found.overall.per_sale_corrected.value == pytest.approx(len(within) / 12, rel=1e-11)


def test_the_share_won_by_day_is_the_cumulative_incidence() -> None:
    drawn = draw(np.random.default_rng(5), WORLDS[0], 300)
    found = touches(*tables([drawn]), as_of=AS_OF, by=())
    leaves, closed = np.minimum(drawn.ends, drawn.age), drawn.ends <= drawn.age
    state = np.where(closed, np.where(drawn.wins, 0, 1), 2)
    curve = incidence(leavings(leaves, state, np.ones(300), ends=2))
    places = np.searchsorted(curve.days, found.days, side="right") - 1
    expected = np.where(places >= 0, curve.share[0][places], 0)
    assert np.array(found.won_by_day) == pytest.approx(expected, abs=1e-9)


def test_doubling_every_deal_leaves_the_estimates_and_narrows_their_ranges() -> None:
    drawn = draw(np.random.default_rng(6), WORLDS[1], 200)
    once = touches(*tables([drawn]), as_of=AS_OF, by=(), horizon=60).overall
    twice = touches(*tables([drawn, drawn]), as_of=AS_OF, by=(), horizon=60).overall
    for name in ("per_sale", "money_per_touch", "per_sale_corrected", "money_per_touch_corrected"):
        first, second = getattr(once, name), getattr(twice, name)
        assert second.value == pytest.approx(first.value, rel=1e-9)
        ratio = math.log(second.hi95 / second.lo95) / math.log(first.hi95 / first.lo95)
        assert ratio == pytest.approx(math.sqrt(0.5), abs=0.04)  # and a little by its t


def test_touches_after_the_end_are_in_the_plain_ratio_and_not_in_the_corrected_one() -> None:
    deals, made_touches = company()
    before, after = followed(deals, made_touches), followed(deals, [*made_touches, *[touch("won0", 5)] * 50])
    assert after.overall.touches == before.overall.touches + 50
    assert after.overall.per_sale_corrected == before.overall.per_sale_corrected


def test_touches_before_the_opening_count_on_the_first_day() -> None:
    deals, made_touches = company()
    early, first = (followed(deals, [*made_touches, touch("won0", ago)]) for ago in (95, 90))
    assert early.overall.per_sale_corrected == first.overall.per_sale_corrected
    assert early.touches_by_day[0] > followed(deals, made_touches).touches_by_day[0]


# Groups, pooled


def grouped(sizes: dict[str, tuple[int, int]]) -> tuple[list[Row], list[Row]]:
    """Per owner so many won deals and touches per deal; half as many lost ones again, and two still open."""
    deals, made_touches = [], []
    for owner, (wins, per) in sizes.items():
        for place in range(wins + wins // 2 + 2):
            outcome = "won" if place < wins else "lost" if place < wins + wins // 2 else "open"
            name = f"{owner}{place}"
            deals.append(deal(name, outcome, owner=owner, lasted=30 + place, commission_minor=10_000))
            made_touches += [touch(name, 99 - step) for step in range(per + place % 3)]
    return deals, made_touches


def test_owners_are_pulled_towards_each_other_and_few_sales_further() -> None:
    sizes = {"many": (40, 8), "some": (20, 8), "typical": (30, 7), "few": (4, 20)}
    found = followed(*grouped(sizes), by=("owner",))
    owners = {owner.name: owner.per_sale_corrected for owner in found.by["owner"]}
    alone = (20 + 1) * 8 / 4
    assert owners["few"].value is not None
    assert owners["few"].value < alone
    assert owners["few"].hi95 / owners["few"].lo95 > owners["many"].hi95 / owners["many"].lo95  # type: ignore[operator]
    assert owners["few"].k == 4
    assert found.by["owner"][0].name == "many"


def test_a_group_enters_the_pooling_from_three_sales() -> None:
    sizes = {"a": (20, 5), "b": (20, 6), "c": (20, 7)}
    for wins, known in ((2, False), (3, True)):
        found = followed(*grouped(sizes | {"new": (wins, 5)}), by=("owner",))
        new = next(owner for owner in found.by["owner"] if owner.name == "new").per_sale_corrected
        assert new.known is known
        assert (new.note == "too few: 1 more sale") is not known


def test_two_groups_are_not_pooled_and_not_shown_raw() -> None:
    found = followed(*grouped({"a": (20, 5), "b": (20, 6)}), by=("owner",))
    assert {owner.per_sale_corrected.note for owner in found.by["owner"]} == {"too few: 1 more group"}


def test_names_and_row_order_change_nothing() -> None:
    deals, made_touches = grouped({"a": (20, 5), "b": (14, 6), "c": (9, 7)})
    first = followed(deals, made_touches, by=("owner",))
    renamed = [row | {"owner": {"a": "z", "b": "y", "c": "x"}[row["owner"]]} for row in reversed(deals)]
    second = followed(renamed, made_touches[::-1], by=("owner",))
    assert second.overall == first.overall
    for one, other in zip(first.by["owner"], second.by["owner"], strict=True):
        assert other.per_sale_corrected == one.per_sale_corrected
        assert other.money_per_touch == one.money_per_touch


# Money


def test_money_is_not_said_without_commission_and_says_what_is_missing() -> None:
    deals, made_touches = company()
    for row in deals:
        row["commission_minor"] = None
    found = followed(deals, made_touches, by=("owner",))
    owner = found.by["owner"][0].money_per_touch
    for estimate in (found.overall.money_per_touch, found.overall.money_per_touch_corrected, owner):
        assert (estimate.value, estimate.code) == (None, "no_commission")
        assert "a share of the amount, or a sum per sale" in estimate.note
    assert found.overall.commission_minor is None
    assert found.overall.per_sale.value is not None


def test_a_rule_stands_in_for_commission_that_is_not_recorded() -> None:
    deals, made_touches = company()
    for place, row in enumerate(deals):
        row["amount_minor"] = 300_000 if place % 2 else None
        row["commission_minor"] = 70_000 if place < 2 else None
    found = asked(deals, made_touches, commission=Commission(share=0.1, flat_minor=20_000)).overall
    assert found.commission_minor == 2 * 70_000 + 5 * 30_000 + 5 * 20_000
    flat = asked(deals, made_touches, commission=Commission(flat_minor=20_000)).overall
    assert flat.commission_minor == 2 * 70_000 + 10 * 20_000


def test_sales_of_unknown_commission_count_at_the_average_of_the_known() -> None:
    deals, made_touches = company()
    for row in deals[:3]:
        row["commission_minor"] = None
    found = asked(deals, made_touches).overall
    known = [row["commission_minor"] for row in deals if row["commission_minor"]]
    expected = np.mean(known) * 12 / len(made_touches)
    assert found.money_per_touch.value == pytest.approx(expected, rel=1e-11)
    assert found.money_per_touch.note == "commission known for 9 of 12 sales; the others count at its average"
    assert found.commission_minor == sum(known)


# Refusals and odd data


@pytest.mark.parametrize(
    ("wins", "value", "ranged"), [(4, False, False), (5, True, False), (9, True, False), (10, True, True)]
)
def test_the_plain_ratio_is_said_from_five_sales_and_its_range_from_ten(wins: int, value: bool, ranged: bool) -> None:
    found = asked(*company(wins=wins)).overall.per_sale
    assert (found.value is not None, found.lo95 is not None) == (value, ranged)
    if not value:
        assert (found.note, found.k) == ("too few: 1 more sale", 4)


def test_the_corrected_ratio_is_said_from_ten_sales_within_the_window() -> None:
    few, enough = (followed(*company(wins=wins, losses=60)).overall.per_sale_corrected for wins in (9, 10))
    assert (few.value, few.note) == (None, "too few: 1 more sale")
    assert enough.value is not None


def test_the_window_is_as_long_as_ten_deals_are_followed() -> None:
    deals, made_touches = company(wins=30, losses=0, still=12)
    found = followed(deals, made_touches, horizon=300)
    assert found.horizon_days == 300
    assert found.window_days is not None
    assert found.window_days < 110
    assert len(found.days) == len(found.touches_by_day) == found.window_days + 1


def test_touches_of_the_future_and_of_duplicates_are_not_counted() -> None:
    deals, made_touches = company()
    odd = [touch("won0", -3), touch("double"), touch("nobody")]
    found = asked([*deals, deal("double", "duplicate")], made_touches + odd)
    assert found.overall.touches == len(made_touches)
    assert found.left_out["touches_later"] == 1


def test_touches_without_a_day_are_in_the_plain_ratio_only() -> None:
    deals, made_touches = company()
    found = followed(deals, [*made_touches, touch("won0", None)])
    assert found.overall.touches == len(made_touches) + 1
    assert found.left_out["touches_undated"] == 1
    assert found.overall.per_sale_corrected == followed(deals, made_touches).overall.per_sale_corrected


def test_a_sale_after_the_day_looked_at_has_not_happened() -> None:
    deals, made_touches = company()
    late = deal("late", opened=30, lasted=60, commission_minor=1)
    assert asked([*deals, late], made_touches).overall.sales == 12


ODD: dict[str, tuple[list[Row], list[Row] | None]] = {
    "nothing": ([], None),
    "no deals, touches": ([], [touch("x")] * 3),
    "no touches": (company()[0], []),
    "one deal": ([deal("a")], [touch("a")]),
    "only open": ([deal(f"o{i}", "open") for i in range(40)], [touch("o1")] * 9),
    "only won": ([deal(f"o{i}", commission_minor=5) for i in range(40)], [touch(f"o{i}") for i in range(40)]),
    "only lost": ([deal(f"o{i}", "lost") for i in range(40)], [touch("o1")] * 9),
    "one day": ([deal(f"o{i}", opened=5, lasted=0) for i in range(40)], [touch(f"o{i}", 5) for i in range(40)]),
    "no dates": ([{"id": f"o{i}", "outcome": "won"} for i in range(40)], [touch("o1", None)] * 9),
    "touches only after": ([deal(f"o{i}") for i in range(40)], [touch("o1", 3)] * 9),
    "money lost": ([deal(f"o{i}", commission_minor=-5) for i in range(40)], [touch("o1")] * 9),
    "closed first": ([deal(f"o{i}", lasted=-5) for i in range(40)], [touch("o1")] * 9),
    "many owners": ([deal(f"o{i}", owner=f"s{i}") for i in range(300)], [touch(f"o{i}") for i in range(300)]),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_odd_data_says_so_and_never_breaks(name: str) -> None:
    found = followed(*ODD[name], by=("channel", "owner"))
    whole = found.overall
    estimates = (whole.per_sale, whole.money_per_touch, whole.per_sale_corrected, whole.money_per_touch_corrected)
    for estimate in estimates:
        assert estimate.value is not None or estimate.note
        assert estimate.value is None or math.isfinite(estimate.value)


def test_fifty_thousand_owners_are_counted_and_the_largest_listed() -> None:
    import ibis
    import pyarrow as pa

    n = 50_030
    table = pa.table(
        {
            "id": [f"d{i}" for i in range(n)], "opened_at": [date(2025, 1, 1)] * n, "closed_at": [date(2025, 2, 1)] * n,
            "outcome": ["won"] * n, "owner": ["many"] * 30 + [f"o{i}" for i in range(50_000)],
            "commission_minor": [100] * n, "touch_count": [2] * n,
        }
    )  # fmt: skip
    found = touches(ibis.memtable(table), as_of=TODAY, by=("owner",))
    assert (len(found.by["owner"]), found.others["owner"]) == (200, 49_801)
    assert found.by["owner"][0].name == "many"
    assert found.by["owner"][0].per_sale.value == 2


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_simulations_with_known_truth_are_kept(study: Any) -> None:
    lines = study.run(study.smoke, 20250630)
    assert lines
    assert [line for line in lines if not line.kept] == []
