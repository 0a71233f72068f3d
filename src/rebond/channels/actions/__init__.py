"""Every write of the chat channels: a channel is added, switched, ended; what it is told, and what became of it.

The states of a delivery and who moves them:

    planned ─ claim ─→ claimed ─ begin ─→ started ─→ accepted
                 └─ skipped(reason)           ├─ deferred (claimed again when its time has come, for a day)
                                              ├─ rejected
                                              └─ unknown ─ a person ─→ accepted, planned again, or let be

A worker that dies leaves a lease that runs out: ``recover`` plans again what was only claimed, and calls unknown what
was being handed over. Every move of a sender is fenced by (worker, attempts).
"""

from rebond.channels.actions.claiming import Claim, claim
from rebond.channels.actions.keeping import add_channel, end_channel, switch, try_channel
from rebond.channels.actions.planning import cancel_deliveries, plan_delivery, send_soon
from rebond.channels.actions.telling import begin, doubt, forget_texts, note, recover, settle

__all__ = [
    "Claim", "add_channel", "begin", "cancel_deliveries", "claim", "doubt", "end_channel", "forget_texts", "note",
    "plan_delivery", "recover", "send_soon", "settle", "switch", "try_channel",
]  # fmt: skip
