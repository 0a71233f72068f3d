"""Every write of practice 1: reasons, free-text phrases, the debrief, the action for next time."""

from rebond.learn.actions.debriefs import (
    QUESTIONS,
    add_reasons_as_manager,
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
from rebond.learn.actions.promises import add_action, move_action, note_result, reopen_action, settle_action
from rebond.learn.actions.reasons import MAX_REASONS, ReasonGiven, assert_reasons
from rebond.learn.actions.reveals import see_reveal, write_surprise
from rebond.learn.actions.taxonomy import add_reason, merge_reason, restore_reason, retire_reason, reword_reason
from rebond.learn.actions.tests import start_test, stop_test

__all__ = [
    "MAX_REASONS",
    "QUESTIONS",
    "ReasonGiven",
    "add_action",
    "add_reason",
    "add_reasons_as_manager",
    "answer_question",
    "assert_reasons",
    "attach_history",
    "confirm_phrase",
    "finish_debrief",
    "keep_lessons",
    "merge_reason",
    "move_action",
    "note_result",
    "plan_debrief",
    "reopen_action",
    "restore_reason",
    "retire_reason",
    "reword_reason",
    "see_reveal",
    "set_debrief_aside",
    "settle_action",
    "snooze_debrief",
    "start_test",
    "state_reasons",
    "stop_test",
    "take_debrief_back",
    "write_surprise",
]
