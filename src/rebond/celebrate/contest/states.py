"""Which moves of a contest are legal. Pure: no clock, no database.

The table is the specification's: one way forward, and ``cancelled`` from any state.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from rebond.celebrate.models import ContestState

#: The way of every contest.
WAY = (
    ContestState.DRAFT, ContestState.NOMINATIONS, ContestState.REVIEW, ContestState.SHORTLIST, ContestState.VOTING,
    ContestState.CLOSED, ContestState.ANNOUNCED, ContestState.ARCHIVED,
)  # fmt: skip

#: From each state, where a contest may go; ``""`` is the beginning.
TABLE: Mapping[str, frozenset[str]] = {
    "": frozenset({ContestState.DRAFT}),
    **{here: frozenset({there, ContestState.CANCELLED}) for here, there in pairwise(WAY)},
    ContestState.ARCHIVED: frozenset({ContestState.CANCELLED}),
    ContestState.CANCELLED: frozenset(),
}

#: Before anybody may vote.
BEFORE_VOTES = frozenset(WAY[: WAY.index(ContestState.VOTING)])
#: States in which nobody but the organiser's own people decides anything more.
OVER = frozenset({ContestState.ANNOUNCED, ContestState.ARCHIVED, ContestState.CANCELLED})
#: From here on the totals may be seen.
COUNTED = frozenset({ContestState.CLOSED, ContestState.ANNOUNCED, ContestState.ARCHIVED})
#: From here on everybody may see who won.
TOLD = frozenset({ContestState.ANNOUNCED, ContestState.ARCHIVED})


def is_legal(before: str, after: str) -> bool:
    """Whether a contest may go from one state to the other.

    >>> is_legal("voting", "closed"), is_legal("closed", "voting"), is_legal("draft", "cancelled")
    (True, False, True)
    """
    return after in TABLE.get(before, frozenset())
