"""How ballots are counted: published elections, a naive twin, and what holds for every set of ballots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from rebond.celebrate.contest.ballots import APPROVAL, RANKED
from rebond.celebrate.contest.tally import Tally, tally

MEMPHIS, NASHVILLE, CHATTANOOGA, KNOXVILLE = 1, 2, 3, 4
LENIHAN, ROBINSON, CURRIE = 1, 2, 3
SEED = "the seed of a month"


def counts(counted: Tally) -> list[dict[int, int]]:
    return [dict(turn.counts) for turn in counted.rounds]


# Published


def test_the_capital_of_tennessee_is_knoxville_by_instant_runoff() -> None:
    """The usual example of voting theory (100 voters, each city's by distance): Memphis leads, Knoxville wins."""
    ballots = (
        [[MEMPHIS, NASHVILLE, CHATTANOOGA, KNOXVILLE]] * 42 + [[NASHVILLE, CHATTANOOGA, KNOXVILLE, MEMPHIS]] * 26
        + [[CHATTANOOGA, KNOXVILLE, NASHVILLE, MEMPHIS]] * 15 + [[KNOXVILLE, CHATTANOOGA, NASHVILLE, MEMPHIS]] * 17
    )  # fmt: skip
    counted = tally(ballots, [1, 2, 3, 4], RANKED, seed=SEED)
    assert counts(counted) == [{1: 42, 2: 26, 3: 15, 4: 17}, {1: 42, 2: 26, 4: 32}, {1: 42, 4: 58}]
    assert counted.winners == (KNOXVILLE,)
    assert dict(counted.places) == {KNOXVILLE: 1, MEMPHIS: 2, NASHVILLE: 3, CHATTANOOGA: 4}


def test_the_president_of_ireland_of_1990() -> None:
    """The official counts: Lenihan led the first, Currie's ballots elected Robinson, 25,548 named nobody else."""
    ballots = (
        [(LENIHAN,)] * 694_484 + [(ROBINSON,)] * 612_265
        + [(CURRIE, ROBINSON)] * 205_565 + [(CURRIE, LENIHAN)] * 36_789 + [(CURRIE,)] * 25_548
    )  # fmt: skip
    counted = tally(ballots, [1, 2, 3], RANKED, seed=SEED)
    assert counts(counted) == [{1: 694_484, 2: 612_265, 3: 267_902}, {1: 731_273, 2: 817_830}]
    assert [turn.exhausted for turn in counted.rounds] == [0, 25_548]
    assert counted.winners == (ROBINSON,)


# Ties, exhaustion, nobody


def test_those_tied_last_go_out_together_where_they_could_reach_nobody() -> None:
    """Two with one ballot each are behind three, whatever else those ballots say."""
    counted = tally([[1, 2]] * 3 + [[2, 1]] * 4 + [[3, 4, 1], [4, 3, 1]], [1, 2, 3, 4], RANKED, seed=SEED)
    assert [(turn.out, turn.lot) for turn in counted.rounds] == [((3, 4), ()), ((), ())]
    assert counts(counted)[1] == {1: 5, 2: 4}
    assert counted.winners == (1,)


def test_who_had_fewer_before_goes_out_first() -> None:
    """2 and 3 are equal once 4 is out; 3 had fewer in the round before. No lot."""
    ballots = [[1]] * 5 + [[2, 3]] * 3 + [[3, 2]] * 2 + [[4, 3]]
    counted = tally(ballots, [1, 2, 3, 4], RANKED, seed=SEED)
    assert counts(counted)[1] == {1: 5, 2: 3, 3: 3}
    assert [(turn.out, turn.lot) for turn in counted.rounds] == [((4,), ()), ((3,), ()), ((), ())]
    assert counts(counted)[2] == {1: 5, 2: 5}
    assert counted.winners == (1, 2)


def test_where_they_were_always_equal_a_lot_decides_the_same_at_every_count_and_it_says_so() -> None:
    """Three of nine for the first, two each for three that six ballots prefer to it: together out, they would never
    have passed on to each other."""
    ballots = [[1], [1], [1], [2, 3], [2, 4], [3, 2], [3, 2], [4, 2], [4, 2]]
    first = {seed: tally(ballots, [1, 2, 3, 4], RANKED, seed=seed) for seed in map(str, range(40))}
    assert {one.rounds[0].lot for one in first.values()} == {(2, 3, 4)}
    assert {one.rounds[0].out for one in first.values()} == {(2,), (3,), (4,)}
    for seed, one in first.items():
        assert tally([*reversed(ballots)], [4, 3, 2, 1], RANKED, seed=seed) == one
        if one.rounds[0].out in ((3,), (4,)):
            assert one.winners == (2,)


def test_where_that_would_leave_nobody_they_have_won_together() -> None:
    counted = tally([[1, 2], [2, 1]], [1, 2, 3, 4], RANKED, seed=SEED)
    assert counted.winners == (1, 2)
    assert dict(counted.places) == {1: 1, 2: 1, 3: 3, 4: 3}


def test_equal_approval_makes_co_winners_and_shares_places() -> None:
    counted = tally([[1, 2], [1, 2], [3]], [1, 2, 3], APPROVAL, seed=SEED)
    assert counted.winners == (1, 2)
    assert dict(counted.places) == {1: 1, 2: 1, 3: 3}


def test_without_a_ballot_nobody_has_won() -> None:
    for method in (APPROVAL, RANKED):
        counted = tally([], [1, 2, 3], method, seed=SEED)
        assert (counted.winners, counted.places, counted.ballots) == ((), (), 0)


def test_a_call_that_was_taken_out_is_passed_over() -> None:
    ballots = [[4, 1], [4, 1], [4], [2], [2]]
    counted = tally(ballots, [1, 2, 3], RANKED, seed=SEED)
    assert counts(counted)[0] == {1: 2, 2: 2, 3: 0}
    assert counted.ballots == 4


# A naive twin


def naive_runoff(ballots: Sequence[Sequence[int]], still: frozenset[int]) -> set[frozenset[int]]:
    """As one would with piles of paper on a table, one call out at a time: every outcome there is, whichever of those
    tied last goes out."""
    piles: dict[int, list[Sequence[int]]] = {call: [] for call in still}
    for ballot in ballots:
        for call in ballot:
            if call in still:
                piles[call].append(ballot)
                break
    on_the_table = sum(len(pile) for pile in piles.values())
    if not on_the_table:
        return {frozenset()}
    for call, pile in piles.items():
        if len(pile) > on_the_table / 2:
            return {frozenset([call])}
    fewest = min(len(pile) for pile in piles.values())
    last = {call for call, pile in piles.items() if len(pile) == fewest}
    if last == still:
        return {still}
    return set().union(*(naive_runoff(ballots, still - {call}) for call in last))


CALLS = [11, 12, 13, 14, 15]
RANKINGS = st.lists(
    st.permutations(CALLS).flatmap(lambda order: st.integers(1, 5).map(lambda kept: list(order[:kept]))), max_size=14
)
APPROVALS = st.lists(st.lists(st.sampled_from(CALLS[:3]), unique=True, min_size=1, max_size=3), max_size=14)


@given(RANKINGS, st.text("ab", max_size=2))
@settings(max_examples=150, deadline=None)
def test_it_counts_as_piles_of_paper_do(ballots: list[list[int]], seed: str) -> None:
    """Without a tie there is one outcome; with one, ours is among them."""
    counted, possible = tally(ballots, CALLS, RANKED, seed=seed), naive_runoff(ballots, frozenset(CALLS))
    assert frozenset(counted.winners) in possible
    if len(possible) == 1:
        assert possible == {frozenset(counted.winners)}


@given(APPROVALS)
@settings(max_examples=50, deadline=None)
def test_approval_counts_ticks(ballots: list[list[int]]) -> None:
    ticks = {call: sum(call in ballot for ballot in ballots) for call in CALLS[:3]}
    counted = tally(ballots, CALLS[:3], APPROVAL, seed=SEED)
    assert counts(counted) == [ticks]
    assert set(counted.winners) == {call for call in ticks if ballots and ticks[call] == max(ticks.values())}


@given(RANKINGS, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_neither_the_order_of_ballots_nor_of_calls_matters(ballots: list[list[int]], random: object) -> None:
    mixed, calls = [*ballots], [*CALLS]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    random.shuffle(calls)  # type: ignore[attr-defined]
    assert tally(mixed, calls, RANKED, seed=SEED) == tally(ballots, CALLS, RANKED, seed=SEED)


@given(RANKINGS)
@settings(max_examples=60, deadline=None)
def test_no_ballot_is_lost_and_every_call_has_a_place(ballots: list[list[int]]) -> None:
    counted = tally(ballots, CALLS, RANKED, seed=SEED)
    for turn in counted.rounds:
        assert sum(dict(turn.counts).values()) + turn.exhausted == len(ballots)
    places = dict(counted.places)
    assert set(places) == (set(CALLS) if ballots else set())
    assert {call for call, place in places.items() if place == 1} == set(counted.winners)
    for call, place in places.items():
        assert place == 1 + sum(other < place for other in places.values()), call


@given(RANKINGS)
@settings(max_examples=25, deadline=None)
def test_what_is_stored_is_what_was_counted(ballots: list[list[int]]) -> None:
    counted = tally(ballots, CALLS, RANKED, seed=SEED).as_json()
    assert json.loads(json.dumps(counted)) == counted


def test_a_majority_at_once_needs_no_second_round() -> None:
    for order in permutations([1, 2, 3, 4]):
        counted = tally([list(order)] * 3 + [[order[1]]], [1, 2, 3, 4], RANKED, seed=SEED)
        assert (counted.winners, len(counted.rounds)) == ((order[0],), 1)
