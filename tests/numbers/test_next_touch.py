"""After n touches: counted, drawn, and advised as in a world that is known."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from rebond.numbers.next_touch import NextTouch, next_touch
from rebond.numbers.next_touch.calibration import compare
from rebond.numbers.next_touch.counts import FARTHEST, WON, Tally
from rebond.numbers.next_touch.curve import chances
from rebond.numbers.next_touch.logit import fit
from rebond.numbers.next_touch.states import SILENT, Chain, count
from tests.numbers import made
from tests.numbers.made import numbers_of
from validation import next_touch as known
from validation.study import Study

TODAY, START = date(2026, 6, 30), date(2025, 1, 6)


def chain_world(deals: int, seed: int, **extra: Any) -> tuple[list[made.Row], list[made.Row]]:
    """The chain of numbers.md 4.5 as two tables: deals opened over a year, a touch a day."""
    drawn = known.world(deals, np.random.default_rng(seed))
    touched = Counter(drawn.deal.tolist())
    outcome = dict(zip(drawn.deal.tolist(), drawn.outcome.tolist(), strict=True))
    rows = []
    for deal in range(deals):
        opened = START + timedelta(days=deal * 360 // deals)
        closed = None if outcome[deal] == "open" else opened + timedelta(days=touched[deal])
        rows.append({"id": f"d{deal}", "opened_at": opened, "closed_at": closed, "outcome": outcome[deal]} | extra)
    contacts = []
    for deal, second, answered in zip(drawn.deal.tolist(), drawn.second.tolist(), drawn.answered.tolist(), strict=True):
        at = datetime.combine(rows[deal]["opened_at"], datetime.min.time()) + timedelta(days=second, hours=9)
        result = "reached" if answered else "no_answer"
        contacts.append({"deal_id": f"d{deal}", "at": at, "channel": "call", "direction": "out", "result": result})
    return rows, contacts


def counted_deals(counts: list[tuple[int, str]], **extra: Any) -> list[made.Row]:
    """Deals with a number of touches and an outcome each, a day apart."""
    rows = []
    for place, (touches, outcome) in enumerate(counts):
        opened = START + timedelta(days=place % 360)
        closed = None if outcome == "open" else opened + timedelta(days=20)
        rows.append({"opened_at": opened, "closed_at": closed, "outcome": outcome, "touch_count": touches} | extra)
    return rows


def sound(result: NextTouch) -> None:
    """No nonsense: finite, ranges in order, chances from 0 to 1."""
    document = result.as_json()
    json.dumps(document)
    assert all(math.isfinite(number) for number in numbers_of(document))
    for row in result.curve:
        for chance in (row.chance, row.ever):
            if chance.lo95 is not None:
                assert 0 <= chance.lo95 <= chance.lo80 <= chance.hi80 <= chance.hi95 <= 1
                assert chance.lo95 <= chance.value <= chance.hi95
    assert str(result)


# Counting


def test_it_counts_as_one_would_by_hand() -> None:
    shuffled = random.Random(3)
    counts = [(shuffled.randint(1, 9), shuffled.choice(["won", "lost", "lost", "open"])) for _deal in range(400)]
    result = next_touch(made.deals(counted_deals(counts)), as_of=TODAY)
    for row in result.curve:
        tried = [deal for deal in counts if deal[0] >= row.n + (2 if deal[1] == "open" else 1)]
        assert row.chance.n == len(tried)
        assert row.chance.k == sum(deal == (row.n + 1, "won") for deal in tried)
        assert row.arrived == sum(touches > row.n or (touches == row.n and end != "won") for touches, end in counts)


def test_dated_touches_and_their_number_give_the_same_curve_of_counts() -> None:
    deals, touches = chain_world(300, 1)
    deals = [row for row in deals if row["outcome"] != "open"]
    number = Counter(row["deal_id"] for row in touches)
    dated = next_touch(made.deals(deals), made.touches(touches), as_of=TODAY)
    counted = next_touch(made.deals([row | {"touch_count": number[row["id"]]} for row in deals]), as_of=TODAY)
    assert (dated.source, counted.source) == ("touches", "touch_count")
    assert [(row.arrived, row.chance.k, row.chance.n) for row in dated.curve] == [
        (row.arrived, row.chance.k, row.chance.n) for row in counted.curve
    ]


def test_incoming_touches_and_those_after_the_close_or_today_do_not_count() -> None:
    deals, touches = chain_world(120, 2)
    extra: list[made.Row] = []
    for row in deals:
        late = datetime.combine(row["closed_at"] or TODAY, datetime.min.time()) + timedelta(days=3)
        extra.append({"deal_id": row["id"], "at": late, "direction": "out"})
    extra += [{"deal_id": "nobody", "at": datetime(2025, 5, 5), "direction": "out"}]  # noqa: DTZ001
    plain = next_touch(made.deals(deals), made.touches(touches), as_of=TODAY)
    more = next_touch(made.deals(deals), made.touches(touches + extra), as_of=TODAY)
    answers = [row | {"direction": "in", "result": None} for row in touches if row["result"] == "reached"]
    answered = next_touch(made.deals(deals), made.touches(touches + answers), as_of=TODAY)
    assert more == plain
    assert answered.curve == plain.curve


def test_a_deal_that_closed_later_is_still_open() -> None:
    rows = counted_deals([(3, "won")] * 60 + [(2, "lost")] * 60)
    early = next_touch(made.deals(rows), as_of=START + timedelta(days=5))
    assert (early.closed, early.wins) == (0, 0)


def test_the_last_touch_of_an_open_deal_waits_a_month_before_it_counts_as_in_vain() -> None:
    deals, touches = chain_world(200, 11)
    row = {"id": "new", "opened_at": TODAY - timedelta(days=200), "outcome": "open"}
    for days, counted in ((29, 1), (31, 2)):
        times = (TODAY - timedelta(days=days + 20), TODAY - timedelta(days=days))
        extra = [{"deal_id": "new", "at": datetime.combine(day, datetime.min.time())} for day in times]
        before = next_touch(made.deals(deals), made.touches(touches), as_of=TODAY)
        after = next_touch(made.deals([*deals, row]), made.touches(touches + extra), as_of=TODAY)
        more = [new.chance.n - old.chance.n for new, old in zip(after.curve, before.curve, strict=True)]
        assert more == [1] * counted + [0] * (len(more) - counted)
        assert [new.arrived - old.arrived for new, old in zip(after.curve, before.curve, strict=True)][:3] == [1, 1, 1]
        seen = sum(state.seen for state in after.states) - sum(state.seen for state in before.states)
        assert seen == counted


def test_states_are_those_of_a_plain_loop() -> None:
    drawn = known.world(200, np.random.default_rng(4))
    shuffle = np.random.default_rng(5).permutation(len(drawn.deal))
    none = np.zeros(len(shuffle), dtype=bool)
    found = count(drawn.deal[shuffle], drawn.second[shuffle], none, drawn.answered[shuffle], drawn.outcome[shuffle])
    naive: dict[str, Counter[tuple[int, int]]] = {
        name: Counter() for name in ("arrived", "tried", "sold", "ended", "answered")
    }
    for deal in range(200):
        mine = [place for place in range(len(drawn.deal)) if drawn.deal[place] == deal]
        silent = 0
        for made_so_far, place in enumerate(sorted(mine, key=lambda place: drawn.second[place])):
            state = made_so_far, min(silent, SILENT)
            last, answered = made_so_far == len(mine) - 1, bool(drawn.answered[place])
            naive["arrived"][state] += 1
            naive["tried"][state] += 1
            silent = 0 if answered else silent + 1
            if last and drawn.outcome[place] == "won":
                naive["sold"][state] += 1
            elif last and drawn.outcome[place] == "lost" and answered:
                naive["ended"][state] += 1
            else:
                naive["answered"][state] += answered
                if last:
                    naive["arrived"][made_so_far + 1, min(silent, SILENT)] += 1
    for name, counts in naive.items():
        table = getattr(found, name)
        assert {state: int(table[state]) for state in zip(*np.nonzero(table), strict=True)} == +counts


def test_an_incoming_touch_answers_the_outgoing_one_before_it() -> None:
    deal, second = np.array([0, 0, 0, 1, 1]), np.array([1, 2, 3, 0, 5])
    incoming = np.array([False, True, False, True, False])
    found = count(deal, second, incoming, np.zeros(5, dtype=bool), np.array(["open"] * 5, dtype=object))
    assert found.tried[0, 0] == 2
    assert found.tried[1, 0] == 1
    assert found.answered[0, 0] == 1


# What is made of the counts


@pytest.mark.parametrize("study", known.STUDIES, ids=lambda study: study.name)
def test_figures_of_known_worlds_are_kept(study: Study) -> None:
    broken = [line for line in study.run(study.smoke, 1) if not line.kept]
    assert broken == []


def test_the_value_of_going_on_is_that_of_the_known_chain() -> None:
    _best, truth = known.value(None)
    shape = (1, known.TOUCHES, SILENT + 1)
    goes_on = np.broadcast_to(known.SELLS, shape), np.broadcast_to(known.ENDS, shape)
    chain = Chain(*goes_on, np.broadcast_to(known.ANSWERED, shape))
    found = known.GAIN * chain.going_on(np.array([known.COST / known.GAIN]))[0]
    assert found == pytest.approx(truth, abs=1e-9)


def test_fixed_rules_rank_as_published() -> None:
    """Stop at 1, 3, 7 silent touches, never: 37, 82, 100 and 92 % of the best value in numbers.md 4.5.

    The chain as it is printed there gives 39, 84, 100 and 89 % (optimum 234.40, not 254.89).
    """
    best, _truth = known.value(None)
    silent = np.arange(SILENT + 1)
    shares = [
        known.value(np.broadcast_to(silent < rule, (known.TOUCHES, SILENT + 1)))[0] / best for rule in (1, 3, 7, 99)
    ]
    assert best == pytest.approx(234.40, abs=0.01)
    assert shares == pytest.approx([0.37, 0.82, 1.0, 0.92], abs=0.035)


def test_the_fit_is_that_of_an_independent_maximiser() -> None:
    from scipy.optimize import minimize
    from scipy.special import logit

    k, n = np.array([3.0, 9, 2, 0]), np.array([50.0, 80, 40, 11])
    terms = np.column_stack([np.ones(4), [0.0, 1, 2, 3]])
    middle = np.array([logit((k.sum() + 0.5) / (n.sum() + 1)), 0])

    def loss(beta: np.ndarray) -> float:
        p = expit(terms @ beta)
        penalty = (((beta - middle) / np.array([2.0, 0.5])) ** 2).sum() / 2
        return float(-(k * np.log(p) + (n - k) * np.log1p(-p)).sum() + penalty)

    assert fit(k, n, terms).beta == pytest.approx(minimize(loss, middle, tol=1e-12).x, abs=1e-4)


def test_a_perfect_forecast_has_slope_1_and_level_0() -> None:
    forecast, n = np.array([0.1, 0.2, 0.4]), np.array([1000, 1000, 1000])
    sheet = np.zeros((5, 4), dtype=np.int64)
    sheet[WON] = 100
    found = compare(forecast, np.array([100, 200, 400]), n, sheet, None)
    assert found.slope.value == pytest.approx(1, abs=0.01)
    assert found.level.value == pytest.approx(0, abs=1e-9)
    assert found.z == pytest.approx(0, abs=1e-9)
    assert not found.drifted


def test_with_thousands_of_deals_the_chance_is_the_share() -> None:
    sheet = np.zeros((1, 5, FARTHEST + 1), dtype=np.int64)
    sheet[0, WON, 1:4] = 500, 2500, 300
    sheet[0, 2, 1:5] = 9500, 7500, 9700, 70000
    tally = Tally(np.array([1]), sheet, 100_000, 350_000)
    found = chances(tally, tally.total(), np.random.default_rng(0))
    assert found.level[:3] == pytest.approx([500 / 100_000, 2500 / 90_000, 300 / 80_000], rel=0.03)


# Advice


def test_silence_is_a_reason_to_close_kindly_and_a_fresh_deal_to_go_on() -> None:
    deals, touches = chain_world(1500, 6)
    result = next_touch(made.deals(deals), made.touches(touches), as_of=TODAY, gain_minor=100_000, cost_minor=4_000)
    advice = {(state.n, state.silent): state.verdict for state in result.states}
    assert advice[0, 0] == advice[1, 0] == "go_on"
    assert "close_kindly" in {verdict for (_n, silent), verdict in advice.items() if silent >= 3}
    _best, truth = known.value(None, cost=40.0)
    wrong = [
        state
        for state, verdict in advice.items()
        if (verdict == "go_on" and truth[state] < 0) or (verdict == "close_kindly" and truth[state] > 0)
    ]
    assert wrong == []
    assert all(state.verdict == "cannot_tell" for state in result.states if state.seen < 10)
    sound(result)


def test_going_on_is_worth_more_than_the_share_that_was_won() -> None:
    """Sellers gave up early: of deals with one touch fewer than 1 in 4 was won, but 2 in 5 would have been."""
    deals, touches = chain_world(1500, 7)
    result = next_touch(made.deals(deals), made.touches(touches), as_of=TODAY)
    share = sum(row["outcome"] == "won" for row in deals) / len(deals)
    assert result.curve[0].ever.lo95 > 1.3 * share


def test_worth_is_chance_times_gain_and_money_is_told_in_major_units() -> None:
    deals, touches = chain_world(400, 8, commission_minor=50_000)
    result = next_touch(made.deals(deals), made.touches(touches), as_of=TODAY)
    row = result.curve[0]
    assert result.gain.value == 50_000
    assert row.worth.value == pytest.approx(50_000 * row.chance.value)
    assert row.as_json()["worth"]["value"] == pytest.approx(500 * row.chance.value)
    assert result.cost_basis == "average_touch"
    assert result.cost.value == pytest.approx(50_000 * result.wins / result.touches)


def test_minutes_that_were_noted_are_what_a_touch_costs() -> None:
    deals, touches = chain_world(200, 9, amount_minor=80_000)
    timed = made.touches([row | {"minutes": 6.0} for row in touches])
    result = next_touch(made.deals(deals), timed, as_of=TODAY, money_per_minute_minor=50)
    assert (result.cost_basis, result.cost.value) == ("minutes", 300.0)


def test_without_money_the_worth_is_not_said_and_the_advice_rests_on_the_average_touch() -> None:
    rows = counted_deals([(1, "won")] * 200 + [(1, "lost")] * 300 + [(12, "lost")] * 400 + [(12, "won")] * 2)
    result = next_touch(made.deals(rows), as_of=TODAY)
    assert {row.worth.code for row in result.curve} <= {"no_money", "too_few"}
    assert result.curve[0].verdict == "go_on"
    assert result.curve[5].verdict == "close_kindly"
    assert result.stop_after is not None
    assert result.stop_after <= 5
    assert "average_touch" in dict(result.notes)


def test_a_cost_without_a_gain_gives_no_advice() -> None:
    rows = counted_deals([(1, "won")] * 200 + [(4, "lost")] * 300)
    result = next_touch(made.deals(rows), as_of=TODAY, cost_minor=900)
    assert {row.verdict for row in result.curve} == {"cannot_tell"}
    assert {row.value.code for row in result.curve} <= {"no_money", "too_few"}


def test_where_it_cannot_be_seen_who_ended_it_the_range_reaches_from_one_to_the_other() -> None:
    rows = counted_deals([(n, "won") for n in range(1, 7)] * 30 + [(n, "lost") for n in range(1, 7)] * 300)
    result = next_touch(made.deals(rows), as_of=TODAY)
    first = result.curve[0].ever
    assert first.lo80 < 0.11
    assert first.hi80 > 0.2
    assert "giving_up_unseen" in dict(result.notes)


# Refusals and odd tables


@pytest.mark.parametrize(
    ("wins", "losses", "touches", "note"),
    [
        (10, 39, 5, "too few: 1 more closed deal"),
        (9, 60, 5, "too few: 1 more sale"),
        (10, 89, 2, "too few: 2 more touches"),
    ],
)
def test_below_the_minimum_it_says_what_is_missing(wins: int, losses: int, touches: int, note: str) -> None:
    rows = counted_deals([(touches, "won")] * wins + [(touches, "lost")] * losses)
    result = next_touch(made.deals(rows), as_of=TODAY)
    assert {row.chance.note for row in result.curve} == {note}
    assert {row.verdict for row in result.curve} == {"cannot_tell"}
    assert all(row.chance.value is None and row.ever.value is None for row in result.curve)
    sound(result)


def test_at_the_minimum_there_is_a_number() -> None:
    rows = counted_deals([(4, "won")] * 10 + [(4, "lost")] * 40)
    result = next_touch(made.deals(rows), as_of=TODAY)
    assert [row.n for row in result.curve] == [0, 1, 2, 3]
    assert all(row.chance.known and row.ever.known for row in result.curve)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"outcome": "open", "touch_count": 3}],
        counted_deals([(3, "open")] * 80),
        counted_deals([(3, "won")] * 80),
        counted_deals([(3, "lost")] * 80),
        counted_deals([(900, "won")] * 40 + [(70, "lost")] * 40),
        [{"outcome": "won", "touch_count": 5}] * 60 + [{"outcome": "lost", "touch_count": 5}] * 60,
        [{"outcome": "won", "opened_at": START, "closed_at": START, "touch_count": 1, "amount_minor": -5}] * 300,
    ],
    ids=["empty", "one", "open", "won", "lost", "far", "undated", "one day"],
)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_odd_tables_get_an_answer(rows: list[made.Row]) -> None:
    sound(next_touch(made.deals([row | {"id": f"d{place}"} for place, row in enumerate(rows)]), as_of=TODAY))
    sound(
        next_touch(
            made.deals([row | {"id": f"d{place}"} for place, row in enumerate(rows)]), made.touches([]), as_of=TODAY
        )
    )


@pytest.mark.filterwarnings("error::RuntimeWarning")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(0, 70), st.sampled_from(["won", "lost", "open", "no_decision", "unknown", "duplicate"])),
        max_size=60,
    ),
    st.integers(1, 8),
)
def test_whatever_the_counts_the_answer_is_sound(counts: list[tuple[int, str]], times: int) -> None:
    sound(next_touch(made.deals(counted_deals(counts * times)), as_of=TODAY))


def test_the_order_of_rows_and_the_names_of_deals_change_nothing() -> None:
    deals, touches = chain_world(150, 10, amount_minor=900)
    first = next_touch(made.deals(deals), made.touches(touches), as_of=TODAY)
    renamed = [row | {"id": "x" + row["id"]} for row in deals][::-1]
    contacts = [row | {"deal_id": "x" + row["deal_id"]} for row in touches][::-1]
    assert next_touch(made.deals(renamed), made.touches(contacts), as_of=TODAY) == first


# Real calls


@pytest.mark.skipif(known.bank() is None, reason="the shared data is not here")
def test_the_curve_of_real_calls_is_checked_on_its_last_third() -> None:
    """31,647 clients called in time order. The last third buys at another level: it is seen, and the curve is its own.

    What the first two thirds say is off on the last (level + 0.5, slope 0.5): other clients were called. Within the
    last third, the curve of every other client holds for the rest.
    """
    calls = known.bank()
    assert calls is not None
    rows = []
    for place, (touches, bought) in enumerate(calls):
        day = date(2008, 5, 1) + timedelta(days=place * 270 // len(calls))
        outcome = "won" if bought else "lost"
        rows.append({"outcome": outcome, "touch_count": touches, "opened_at": day, "closed_at": day})
    result = next_touch(made.deals(rows), as_of=date(2009, 6, 30))
    assert (result.closed, result.wins, result.touches) == (31647, 1840, sum(touches for touches, _won in calls))
    assert result.calibration.drifted
    assert result.calibration.level.value == pytest.approx(0.54, abs=0.05)
    assert result.curve[0].chance.n < 31647 / 2
    last = calls[2 * len(calls) // 3 :]
    inside = known.held_out(last[::2], last[1::2])
    assert inside.slope.lo95 < 1 < inside.slope.hi95
    assert abs(inside.z) < 2
    assert sum(one.low <= one.forecast <= one.high for one in inside.bins) >= len(inside.bins) - 1
