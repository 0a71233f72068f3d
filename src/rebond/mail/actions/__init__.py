"""Every write of the outbox: what is planned, what becomes of it when it is sent, and who gets nothing.

The states and who moves them:

    planned ─ claim ─→ claimed ─ begin_data ─→ data_started ─ accept ─→ accepted
                 └─ skipped(reason)                 ├─ defer ──→ deferred (claimed again when its time has come)
                                                    ├─ reject ─→ rejected
                                                    └─ lose ───→ unknown ─ a person ─→ assumed_sent, or planned again

A worker that dies leaves a lease that runs out: ``recover`` plans again what was only claimed, and calls unknown what
was being handed over. Every move of a sender is fenced by (worker, attempts); ``claim`` makes the worker's name unique.
"""

from rebond.mail.actions.planning import cancel_message, move_message, plan_message, take_back
from rebond.mail.actions.removal import remove_words
from rebond.mail.actions.sending import (
    LEASE,
    PAUSES,
    TOO_LATE,
    Claim,
    Claimed,
    accept,
    begin_data,
    claim,
    defer,
    lose,
    recover,
    reject,
    resolve_unknown,
)
from rebond.mail.actions.suppression import lift_suppression, suppress

__all__ = [
    "LEASE",
    "PAUSES",
    "TOO_LATE",
    "Claim",
    "Claimed",
    "accept",
    "begin_data",
    "cancel_message",
    "claim",
    "defer",
    "lift_suppression",
    "lose",
    "move_message",
    "plan_message",
    "recover",
    "reject",
    "remove_words",
    "resolve_unknown",
    "suppress",
    "take_back",
]
