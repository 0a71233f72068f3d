"""Every write of the outbox: what is planned, what becomes of it when it is sent, and who gets nothing.

The states and who moves them:

    planned ─ claim ─→ claimed ─ begin_data ─→ data_started ─ accept ─→ accepted
                 ├─ skipped(reason)                 ├─ defer ──→ deferred (claimed again when its time has come)
                 └─ planned, later (reason)         ├─ reject ─→ rejected
                                                    └─ lose ───→ unknown ─ a person ─→ assumed_sent, or planned again
                                                                         └ 72 hours ─→ assumed_sent

A worker that dies leaves a lease that runs out: ``recover`` plans again what was only claimed, and calls unknown what
was being handed over. Every move of a sender is fenced by (worker, attempts); ``claim`` makes the worker's name unique.
A worker's lines write together: ``advance`` is ``begin_data`` and ``accept`` ... for many, in one commit.
"""

from rebond.mail.actions.basis import note_basis, note_told, touch_basis, withdraw_basis, write_interest
from rebond.mail.actions.checking import check_mailbox, note_signature
from rebond.mail.actions.claiming import BATCH, LEASE, PAUSES, Claim, Claimed, claim, give_back
from rebond.mail.actions.events import (
    note_aftermath,
    note_complaint,
    note_delivered,
    note_failure,
    note_refusal,
)
from rebond.mail.actions.halts import halt, lift_halt
from rebond.mail.actions.mailboxes import (
    connect_mailbox,
    forget_mailbox,
    keep_house,
    note_checked,
    note_found,
    pause_mailbox,
    resume_mailbox,
    sign_off,
    turn_mailbox,
)
from rebond.mail.actions.planning import cancel_message, move_message, plan_message, take_back
from rebond.mail.actions.receiving import correct, follow, follow_again, found_in_sent, take_in
from rebond.mail.actions.removal import remove_words
from rebond.mail.actions.sending import (
    accept,
    advance,
    assume_sent,
    begin_data,
    defer,
    lose,
    recover,
    reject,
    resolve_unknown,
)
from rebond.mail.actions.suppression import lift, lift_suppression, silence, suppress
from rebond.mail.guarding.guards import TOO_LATE

__all__ = [
    "BATCH",
    "LEASE",
    "PAUSES",
    "TOO_LATE",
    "Claim",
    "Claimed",
    "accept",
    "advance",
    "assume_sent",
    "begin_data",
    "cancel_message",
    "check_mailbox",
    "claim",
    "connect_mailbox",
    "correct",
    "defer",
    "follow",
    "follow_again",
    "forget_mailbox",
    "found_in_sent",
    "give_back",
    "halt",
    "keep_house",
    "lift",
    "lift_halt",
    "lift_suppression",
    "lose",
    "move_message",
    "note_aftermath",
    "note_basis",
    "note_checked",
    "note_complaint",
    "note_delivered",
    "note_failure",
    "note_found",
    "note_refusal",
    "note_signature",
    "note_told",
    "pause_mailbox",
    "plan_message",
    "recover",
    "reject",
    "remove_words",
    "resolve_unknown",
    "resume_mailbox",
    "sign_off",
    "silence",
    "suppress",
    "take_back",
    "take_in",
    "touch_basis",
    "turn_mailbox",
    "withdraw_basis",
    "write_interest",
]
