"""A mail that came back, or was called unwanted, handed to the one place that judges both (``actions.events``)."""

from __future__ import annotations

from datetime import datetime

from rebond.mail.actions.events import Failure, failure, note_complaint, note_failure
from rebond.mail.models import Kind, Received

SOURCE = "bounce"
#: Per kind the code of RFC 3463 to go by when the report gives none, or one that says something else than its words.
_MEANS = {Kind.BOUNCE_HARD: "5.1.1", Kind.BOUNCE_SOFT: "4.0.0", Kind.BOUNCE_POLICY: "5.7.1"}
_ABOUT = {
    Kind.BOUNCE_HARD: {Failure.ADDRESS},
    Kind.BOUNCE_SOFT: {Failure.FOR_NOW, Failure.FOR_GOOD},
    Kind.BOUNCE_POLICY: {Failure.POLICY},
}


def note(received: Received, now: datetime) -> None:
    """Hard: the address gets nothing any more. Policy: we rest. Complaint: silence, and too many stop all notes."""
    kind, message = Kind(received.meant), received.answers
    address = message.recipient if message else ""
    if kind == Kind.COMPLAINT:
        note_complaint(message=message, address=address, source=SOURCE, now=now)
        return
    status = received.reading.get("status", "")
    if not status or failure(status) not in _ABOUT[kind]:
        status = _MEANS[kind]
    note_failure(message=message, address=address, status=status, source=SOURCE, now=now)
