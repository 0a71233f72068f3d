"""What a mail provider tells us became of our mail (anymail's webhooks, under ``/anymail/``).

Bounces and complaints are taken in like mail that came back, each event once; "delivered" settles what nobody knew.
Opens and clicks are never looked at (L28).
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.db.models import Q
from django.urls import URLPattern
from django.utils import timezone

from rebond.mail import actions
from rebond.mail.boxes.mailbox import house
from rebond.mail.models import Kind, Message
from rebond.mail.reading import Failed, Reading
from rebond.mail.reading.statuses import meaning, status_in

FOLDER = "events"
FAILED = (EventType.BOUNCED, EventType.REJECTED, EventType.FAILED)
#: A provider that has accepted a mail, or handed it on: it was sent.
SENT = (EventType.SENT, EventType.DELIVERED)
#: What a provider's own name for a bounce says when nobody quotes the other server.
_PASSING = ("soft", "transient", "blocked", "temporary", "deferred")


def listen() -> None:
    """From now on events are heard; the same twice is once."""
    tracking.connect(heard, dispatch_uid="rebond.mail.outgoing.provider_events")


def urls() -> list[URLPattern]:
    """anymail's own addresses for events on sent mail; none for mail that comes in, which is read by IMAP."""
    import anymail.urls

    return [one for one in anymail.urls.urlpatterns if "tracking" in str(one.name)]


def heard(event: AnymailTrackingEvent, esp_name: str, **_more: Any) -> None:
    """One event. What it is not about is left alone."""
    note(event, esp_name, now=timezone.now())


def note(event: AnymailTrackingEvent, provider: str, *, now: datetime) -> None:
    """Does what follows from it, once; a second telling of the same event changes nothing."""
    if event.event_type in SENT:
        message = _message(event)
        if message is not None:
            actions.note_delivered(message=message, source="provider", now=now)
        return
    kind, status = _meaning(event)
    if kind:
        message = _message(event)
        box = (message.mailbox if message else None) or house(now=now)
        reading = _reading(event, provider, kind, status, message, now)
        actions.take_in(mailbox=box, reading=reading, folder=FOLDER, uidvalidity=0, uid=0, now=now)


def _message(event: AnymailTrackingEvent) -> Message | None:
    """The mail it is about: by the provider's own number, else by ours."""
    if not (told := str(event.message_id or "").strip()):
        return None
    plain = told.strip("<>")
    return Message.objects.filter(Q(provider_id__in=[told, plain]) | Q(message_id=f"<{plain}>")).first()


def _meaning(event: AnymailTrackingEvent) -> tuple[str, str]:
    """Its ``Kind`` and its status of RFC 3463; both empty for an event we do not follow."""
    if event.event_type == EventType.COMPLAINED:
        return Kind.COMPLAINT.value, ""
    stopped = event.event_type in FAILED and event.reject_reason in (RejectReason.SPAM, RejectReason.UNSUBSCRIBED)
    if event.event_type == EventType.UNSUBSCRIBED or stopped:
        return Kind.STOP.value, ""
    if event.event_type not in FAILED:
        return "", ""
    return _failed(event)


def _failed(event: AnymailTrackingEvent) -> tuple[str, str]:
    """By the other server's words, else by what the provider made of them; in doubt it passes."""
    words = f"{event.mta_response or ''} {event.description or ''}"
    status = status_in(words)
    if status and not status.endswith(".0.0"):
        return meaning(status, words), status
    gone = event.reject_reason in (RejectReason.INVALID, RejectReason.BOUNCED)
    if gone and not status.startswith("4") and not _passes(event.esp_event):
        return Kind.BOUNCE_HARD.value, "5.1.1"
    return Kind.BOUNCE_SOFT.value, "4.0.0"


def _passes(told: object) -> bool:
    """Whether the provider calls it a bounce that passes."""
    if not hasattr(told, "get"):
        return False
    names = ("Type", "type", "event", "bounce_type", "bounceType", "severity")
    words = " ".join(str(told.get(name) or "") for name in names).lower()
    return any(word in words for word in _PASSING) or told.get("hard_bounce") in (False, "false")


def _reading(
    event: AnymailTrackingEvent, provider: str, kind: str, status: str, message: Message | None, now: datetime
) -> Reading:
    """As if a report had come by mail: the rest is the same whoever tells."""
    address = message.recipient if message else str(event.recipient or "").lower()
    said = str(event.mta_response or event.description or "")[:300]
    return Reading(
        kind=kind, message_id=f"{provider.lower().replace(' ', '-')}.{_number(event)}@events",
        references=(message.message_id.strip("<>"),) if message else (),
        from_address=address if kind == Kind.STOP else "", subject=said,
        sent_at=min(event.timestamp or now, now),
        failed=(Failed(address, "complained" if kind == Kind.COMPLAINT else "failed", status, said),),
        rule="provider_event",
    )  # fmt: skip


def _number(event: AnymailTrackingEvent) -> str:
    """The event's own number; one made of what it says where it has none."""
    if event.event_id:
        return str(event.event_id)[:120]
    told = (event.event_type, event.message_id, event.recipient, str(event.timestamp), event.esp_event)
    return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()[:40]
