"""Reads of practice 1 for pages, commands and the loop."""

from rebond.learn.queries.debriefs import (
    closed_together,
    competitor_unknown,
    current_reasons,
    due_debriefs,
    finished,
    open_actions,
    planned_for_deal,
    sealed_debriefs,
    settled_actions,
    team_actions,
    todo,
    unconfirmed_phrases,
    visible_reasons,
)
from rebond.learn.queries.reveals import (
    reveal_for,
    reveals_for,
    shared_in_team,
    shared_on,
    shared_with,
    waiting_reveals,
)

__all__ = [
    "closed_together",
    "competitor_unknown",
    "current_reasons",
    "due_debriefs",
    "finished",
    "open_actions",
    "planned_for_deal",
    "reveal_for",
    "reveals_for",
    "sealed_debriefs",
    "settled_actions",
    "shared_in_team",
    "shared_on",
    "shared_with",
    "team_actions",
    "todo",
    "unconfirmed_phrases",
    "visible_reasons",
    "waiting_reveals",
]
