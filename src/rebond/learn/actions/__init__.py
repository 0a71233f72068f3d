"""Every write of practice 1: reasons, free-text phrases, the debrief, the action for next time."""

from rebond.learn.actions.debriefs import (
    QUESTIONS,
    answer_question,
    finish_debrief,
    keep_lessons,
    plan_debrief,
    set_debrief_aside,
    snooze_debrief,
    state_reasons,
    take_debrief_back,
)
from rebond.learn.actions.phrases import attach_history, confirm_phrase
from rebond.learn.actions.promises import add_action, move_action, reopen_action, settle_action
from rebond.learn.actions.reasons import MAX_REASONS, ReasonGiven, assert_reasons

__all__ = [
    "MAX_REASONS",
    "QUESTIONS",
    "ReasonGiven",
    "add_action",
    "answer_question",
    "assert_reasons",
    "attach_history",
    "confirm_phrase",
    "finish_debrief",
    "keep_lessons",
    "move_action",
    "plan_debrief",
    "reopen_action",
    "set_debrief_aside",
    "settle_action",
    "snooze_debrief",
    "state_reasons",
    "take_debrief_back",
]
