"""Every write of staying in touch: who is in it (``enrolling``), what was done (``touching``), what came in
(``hearing``), dates and things they missed (``dating``), signs (``signals``), the team's rules (``settings``).

One person has at most one enrolment that is not ended. What moves it:

    begin ─→ active ─ due ─ a touch of ours ─→ active, due again when the interval is over
               ├─ they answer, are away, have an open deal ─→ paused ─ resume ─→ active
               └─ they ask for silence, buy, reopen, leave; its time is over ─→ ended (a new no begins another)
"""

from rebond.nurture.actions.dating import drop_date, name_date, shipped
from rebond.nurture.actions.enrolling import (
    begin,
    begin_after_no,
    begin_many,
    choose_day,
    end,
    pause,
    reopened,
    resume,
    set_interval,
    won,
)
from rebond.nurture.actions.settings import cancel_away, set_away, set_policy, switch_step
from rebond.nurture.actions.signals import note_signal, settle_signal
from rebond.nurture.actions.touching import log_contact, send_note, skip_step, take_back

__all__ = [
    "begin",
    "begin_after_no",
    "begin_many",
    "cancel_away",
    "choose_day",
    "drop_date",
    "end",
    "log_contact",
    "name_date",
    "note_signal",
    "pause",
    "reopened",
    "resume",
    "send_note",
    "set_away",
    "set_interval",
    "set_policy",
    "settle_signal",
    "shipped",
    "skip_step",
    "switch_step",
    "take_back",
    "won",
]
