"""Which moves of a referral are legal, and what each needs. Pure: no clock, no database.

The table is the specification's, with what the house adds: a deal that is opened again takes its referral back to
``qualified``, since lost, reopened and lost again are two ends.
"""

from __future__ import annotations

from collections.abc import Mapping

from rebond.refer.models import State

#: Days an ask waits for an answer, and a promise for its introduction.
ASKED_DAYS = 30
AGREED_DAYS = 60

#: Where a referral may begin.
BEGINNINGS = frozenset({State.ASKED, State.AGREED})

_MOVES: Mapping[str, frozenset[str]] = {
    "": BEGINNINGS,
    State.ASKED: frozenset({State.AGREED, State.DECLINED, State.NO_ANSWER}),
    State.AGREED: frozenset({State.INTRODUCED, State.LAPSED}),
    State.INTRODUCED: frozenset({State.QUALIFIED, State.DISQUALIFIED, State.DUPLICATE}),
    State.QUALIFIED: frozenset({State.WON, State.LOST}),
    State.WON: frozenset({State.REWARD_DUE, State.QUALIFIED}),
    State.LOST: frozenset({State.QUALIFIED}),
    State.REWARD_DUE: frozenset({State.PAID, State.FORFEITED, State.QUALIFIED}),
    State.PAID: frozenset({State.CLAWED_BACK}),
    State.DECLINED: frozenset(),
    State.NO_ANSWER: frozenset(),
    State.LAPSED: frozenset(),
    State.DISQUALIFIED: frozenset(),
    State.DUPLICATE: frozenset(),
    State.FORFEITED: frozenset(),
    State.CLAWED_BACK: frozenset(),
}

#: From each state, where a referral may go; ``""`` is the beginning. Fraud and erasure make any of them void.
TABLE: Mapping[str, frozenset[str]] = {
    **{state: to | {State.VOID} if state else to for state, to in _MOVES.items()},
    State.VOID: frozenset(),
}

#: Nothing but ``void`` follows.
TERMINAL = frozenset(state for state, to in TABLE.items() if state and not to - {State.VOID})

#: Named, and neither ended nor refused: in the way of a later referral of the same person.
STANDING = frozenset({State.AGREED, State.INTRODUCED, State.QUALIFIED, State.WON, State.REWARD_DUE, State.PAID})

#: A deal has at most one referral in one of these (``one_paying_referral_a_deal``).
WITH_DEAL = frozenset(
    {State.QUALIFIED, State.WON, State.LOST, State.REWARD_DUE, State.PAID, State.FORFEITED, State.CLAWED_BACK}
)

#: Moves that people make by hand, on the page and by command; the rest follow from facts (a deal, money, a day).
BY_HAND = frozenset(
    {State.AGREED, State.DECLINED, State.INTRODUCED, State.DISQUALIFIED, State.DUPLICATE, State.LAPSED,
     State.NO_ANSWER, State.VOID}
)  # fmt: skip


def is_legal(before: str, after: str) -> bool:
    """Whether a referral may go from one state to the other.

    >>> is_legal("agreed", "introduced"), is_legal("asked", "won"), is_legal("paid", "void"), is_legal("", "won")
    (True, False, True, False)
    """
    return after in TABLE.get(before, frozenset())


def next_states(before: str) -> list[str]:
    """Where it may go, in the order of the table.

    >>> next_states("won")
    ['qualified', 'reward_due', 'void']
    """
    order = list(State.values)
    return sorted((str(state) for state in TABLE.get(before, frozenset())), key=order.index)
