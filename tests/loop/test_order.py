"""The list ordered by worth earns nearly what an all-knowing order earns; ``./rebond bench order`` says it in full."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import order
from bench.order_world import CROOKED, Past, Team, World, past_of_deal
from rebond.facts import store
from rebond.findings.worth import Candidate

#: Far from what is usual, so that only what was learnt earns.
SMALL = Team(
    "small", sellers=3, days=700, people=60, spread=0.5, win=0.012, silence=0.1, answers=0.4, buys=0.16, signs_buy=0.03
)


@pytest.mark.django_db
def test_a_simulated_teams_list_earns_nine_tenths_of_what_knowing_all_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "facts")
    total = order.of_team(SMALL, lists=45, seed=4, now=now)
    assert total.by_worth >= 0.9 * total.all_knowing
    assert total.by_worth > total.biggest
    assert total.by_worth > total.oldest
    assert total.all_knowing <= total.best
    assert total.by_chance < 0.6 * total.all_knowing  # the gate can be missed
    assert total.unlearnt < 0.7 * total.all_knowing  # and is missed before anything was learnt


def thing(number: int, minutes: int, truth: float) -> order.Thing:
    return order.Thing(Candidate(f"loop.quiet:{number}", minutes, date(2026, 6, 9)), 0, truth)


@given(st.lists(st.tuples(st.integers(2, 20), st.floats(-50, 100)), max_size=9))
def test_the_best_choice_is_the_best_of_all_choices(things: list[tuple[int, float]]) -> None:
    named = [thing(number, minutes, truth) for number, (minutes, truth) in enumerate(things)]
    best = 0.0
    for choice in range(2 ** len(named)):
        some = [one for place, one in enumerate(named) if choice >> place & 1]
        if sum(one.candidate.minutes for one in some) <= order.MINUTES:
            best = max(best, sum(one.truth for one in some))
    assert order.knapsack(named) == pytest.approx(best, abs=1e-9)


def test_true_worth_is_what_going_on_brings_on_average() -> None:
    """The recursion of the truth against deals that are simply gone on with until they end."""
    world = World(Team("sure", sellers=1, days=10, differ=0.0, end=0.0), np.random.default_rng(1))
    amount, minute = np.array([600_000.0]), 0.0
    worth = world.worth_of_deals(0, np.array([0]), np.array([0]), amount, minute)[0]
    rng, won = np.random.default_rng(2), 0
    for _deal in range(4_000):
        silent = 0
        for made in range(order.AHEAD):
            win, _end, reply = world.contact(0, made, float(silent), 600_000.0)
            if rng.random() < win:
                won += 1
                break
            silent = 0 if rng.random() < reply else min(silent + 1, 8)
    assert won / 4_000 * 0.08 * 600_000 == pytest.approx(worth, rel=0.06)


def test_a_crooked_team_sells_dear_deals_less_often() -> None:
    world = World(CROOKED, np.random.default_rng(3))
    dear, cheap = (
        sum(past_of_deal(world, 0, amount, 300.0).outcome == "won" for _deal in range(300)) for amount in (6e6, 6e4)
    )
    assert dear < cheap


def test_silence_counts_since_the_last_answer() -> None:
    assert Past([0, 9, 20], [False, True, False], "open", None).silent == 1
    assert Past([0] * 12, [False] * 12, "open", None).silent == 8
