"""Every write of practice 5."""

from rebond.worth.actions.assumptions import new_plan, set_assumption
from rebond.worth.actions.conversations import (
    keep_on,
    note_goodbye,
    settle,
    settle_by_end,
    settle_by_ends,
    take_goodbye_back,
    unsettle,
)

__all__ = [
    "keep_on", "new_plan", "note_goodbye", "set_assumption", "settle", "settle_by_end", "settle_by_ends",
    "take_goodbye_back", "unsettle",
]  # fmt: skip
