"""Going on with an open deal, and whose deals it is: against a naive recursion, a simulation, and known truth."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.numbers.going_on import NextContact, pays, until
from rebond.numbers.next_touch.by_owner import People, people
from rebond.numbers.tables import DEALS, TOUCHES

AS_OF = date(2026, 6, 9)
USUAL = NextContact([[0.03] * 9] * 30, [[0.04] * 9] * 30, [[0.4] * 9] * 30)


def chain(*, win: float = 0.06, silence: float = 0.5, made: int = 12) -> NextContact:
    """Fades with silence."""
    fades = [[win * np.exp(-silence * silent) for silent in range(5)]] * made
    return NextContact(fades, [[0.05] * 5] * made, [[0.5, 0.4, 0.3, 0.2, 0.1]] * made)


def naive(contact: NextContact, rule: list[list[bool]], made: int, silent: int) -> tuple[float, float]:
    """The same by plain recursion."""
    win, end, reply = (part[made][silent] for part in (contact.win, contact.end, contact.reply))
    ever, contacts = win, 1.0
    for chance, state in ((reply, 0), (1 - reply, min(silent + 1, 4))):
        if made + 1 < len(contact.win) and rule[made + 1][state]:
            won, more = naive(contact, rule, made + 1, state)
            ever += (1 - win - end) * chance * won
            contacts += (1 - win - end) * chance * more
    return ever, contacts


@pytest.mark.parametrize("state", [(0, 0), (3, 2), (8, 4), (11, 4)])
def test_the_recursion_is_the_naive_one(state: tuple[int, int]) -> None:
    contact = chain()
    rule = pays(contact, cost=0.02)
    going = until(contact, rule)
    assert naive(contact, rule, *state) == pytest.approx(
        (going.ever[state[0]][state[1]], going.contacts[state[0]][state[1]])
    )


@given(st.floats(0.001, 0.2), st.floats(0, 1), st.floats(0.0005, 0.2))
def test_value_is_chance_in_the_end_less_contacts_times_cost(win: float, silence: float, cost: float) -> None:
    """Bellman's value, reckoned by itself, is what the two parts say."""
    contact = chain(win=win, silence=silence)
    rule = pays(contact, cost=cost)
    going = until(contact, rule)
    later = [0.0] * 5
    for made in reversed(range(12)):
        value = []
        for silent in range(5):
            left = 1 - contact.win[made][silent] - contact.end[made][silent]
            reply = contact.reply[made][silent]
            after = reply * later[0] + (1 - reply) * later[min(silent + 1, 4)]
            value.append(contact.win[made][silent] - cost + left * after)
        for silent in range(5):
            found = going.ever[made][silent] - going.contacts[made][silent] * cost
            assert found == pytest.approx(value[silent], abs=1e-12)
            assert rule[made][silent] == (value[silent] > 0)
        later = [max(one, 0.0) for one in value]


def test_draws_go_through_it_as_numbers_do() -> None:
    contact = chain()
    rule = pays(contact, cost=0.01)
    drawn = NextContact(*([[np.array([one, one]) for one in row] for row in part]
                          for part in (contact.win, contact.end, contact.reply)))  # fmt: skip
    one, two = until(contact, rule), until(drawn, rule)
    assert two.ever[2][1] == pytest.approx([one.ever[2][1]] * 2)
    assert np.broadcast_to(two.contacts[2][1], 2) == pytest.approx([one.contacts[2][1]] * 2)


def company(seed: int, levels: list[float], deals: int, *, answers: bool = True) -> tuple[Any, Any]:
    """Deals and touches of sellers (all of team 1 but the last, of team 2) who sell ``level`` times as often."""
    rng, rows, touches = np.random.default_rng(seed), [], []
    for owner, level in enumerate(levels):
        for number in range(deals):
            at, name, silent, outcome, made = datetime(2025, 1, 1), f"{owner}.{number}", 0, "open", 0  # noqa: DTZ001
            while outcome == "open" and made < 25:
                win = min(0.06 * level * np.exp(-0.3 * silent), 0.9)
                sold, ended = rng.random() < win, rng.random() < 0.04
                replied = sold or ended or rng.random() < 0.5 * np.exp(-0.25 * silent)
                touches.append({"deal_id": name, "at": at, "direction": "out",
                                "result": "reached" if replied and answers else None})  # fmt: skip
                made, silent = made + 1, 0 if replied else min(silent + 1, 8)
                outcome = "won" if sold else "lost" if ended or rng.random() < 0.05 + 0.05 * silent else "open"
                at += timedelta(days=7)
            rows.append({"id": name, "opened_at": date(2025, 1, 1), "closed_at": (at - timedelta(days=7)).date(),
                         "outcome": outcome if outcome != "open" else "lost", "owner_id": owner,
                         "team_id": 2 if owner == len(levels) - 1 else 1})  # fmt: skip
    deal_schema = ibis.schema(DEALS | {"owner_id": "int64", "team_id": "int64"})
    filled = [dict.fromkeys(deal_schema.names) | row for row in rows]
    called = [dict.fromkeys(TOUCHES) | row for row in touches]
    return (
        ibis.memtable(pa.Table.from_pylist(filled, schema=deal_schema.to_pyarrow())),
        ibis.memtable(pa.Table.from_pylist(called, schema=ibis.schema(TOUCHES).to_pyarrow())),
    )


LEVELS = [0.4, 1.0, 1.0, 2.0, 1.0]


@pytest.fixture(scope="module")
def sellers() -> People:
    return people(*company(3, LEVELS, 150), as_of=AS_OF, usual=USUAL)


def true_ever(level: float, silent: int = 0) -> float:
    made = 25
    fades = [[min(0.06 * level * np.exp(-0.3 * one), 0.9) for one in range(9)]] * made
    contact = NextContact(
        fades, [[0.04 * (1 - one) for one in fades[0]]] * made,
        [[0.5 * np.exp(-0.25 * one) for one in range(9)]] * made,
    )  # fmt: skip
    return float(until(contact, pays(contact, cost=0.005)).ever[0][silent])


def test_who_sells_more_has_the_better_chance_and_leans_on_own_cases(sellers: People) -> None:
    found = [sellers.outlook(owner, 1, cost=0.005) for owner in range(4)]
    levels = [one.level for one in found]
    assert levels[0] < levels[1] < levels[3]
    for owner, one in enumerate(found):
        start = one.ever[0][0]
        assert start.lo80 * 0.8 < true_ever(LEVELS[owner]) < start.hi80 * 1.2
    assert found[3].ever[0][0].leans == "own"
    assert found[3].ever[0][0].own[1] == 150
    assert found[3].ever[0][0].team[1] == 600


def test_silence_makes_it_less_likely_and_shorter(sellers: People) -> None:
    found = sellers.outlook(1, 1, cost=0.02)
    chances = [found.ever[8][silent].value for silent in range(9)]
    assert chances == sorted(chances, reverse=True)
    assert found.contacts[8][8].value < found.contacts[8][0].value
    assert all(rate.value >= 1 - 1e-9 for row in found.contacts for rate in row)


def test_who_is_new_stands_on_the_team_and_is_less_sure(sellers: People) -> None:
    new, old = sellers.outlook(None, 1, cost=0.005), sellers.outlook(1, 1, cost=0.005)
    assert new.ever[0][0].leans == "team"
    assert new.ever[0][0].own == (0, 0)
    assert new.ever[0][0].hi80 - new.ever[0][0].lo80 > old.ever[0][0].hi80 - old.ever[0][0].lo80


def test_the_dearer_a_contact_the_sooner_one_stops(sellers: People) -> None:
    cheap, dear = (sellers.outlook(1, 1, cost=cost) for cost in (0.001, 0.05))
    assert dear.contacts[0][0].value < cheap.contacts[0][0].value
    assert dear.ever[0][0].value < cheap.ever[0][0].value


def test_few_cases_move_what_is_usual_only_a_little() -> None:
    few = people(*company(1, [1.0, 1.0], 8), as_of=AS_OF, usual=USUAL)
    assert not few.learnt
    found, nobody = few.outlook(0, 1, cost=0.005), people(*company(1, [1.0], 0), as_of=AS_OF, usual=USUAL)
    assert 0.5 < found.level < 2.0
    empty = nobody.outlook(None, None, cost=None)
    assert (empty.ever[0][0].leans, empty.ever[0][0].team) == ("usual", (0, 0))
    assert empty.ever[0][0].lo80 < empty.ever[0][0].value < empty.ever[0][0].hi80


def test_where_answers_are_not_recorded_contacts_alone_count() -> None:
    found = people(*company(5, [1.0, 1.0], 120, answers=False), as_of=AS_OF, usual=USUAL)
    assert found.learnt
    row = found.outlook(0, 1, cost=0.005).ever[3]
    assert row[0].value == pytest.approx(row[3].value, rel=1e-6)
