"""What follows from an incoming mail, step by step: each is done once, and one that breaks holds up no other.

First the mail room's own part (silence, what became of our mail, the person's own act), then the purpose of the mail
it answers, then everybody who listens (``mail.incoming``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from rebond.mail import incoming, purposes
from rebond.mail.actions.basis import touch_basis
from rebond.mail.actions.events import note_aftermath
from rebond.mail.actions.suppression import silence
from rebond.mail.actions.wishes import stop
from rebond.mail.addresses import fingerprint
from rebond.mail.inbox import bounced, matching
from rebond.mail.models import Aftermath, Kind, Received, Scope, Suppression, Why

#: Name and deed of one step; the name is kept on the mail once it is done.
Step = tuple[str, Callable[[], None]]
#: What an answer says about the mail of ours that it answers; for what came back see ``bounced``.
ANSWERED = {
    Kind.HUMAN: Aftermath.REPLIED,
    Kind.STOP: Aftermath.REPLIED,
    Kind.OUT_OF_OFFICE: Aftermath.AUTO_REPLIED,
    Kind.LEFT: Aftermath.AUTO_REPLIED,
    Kind.AUTO_REPLY: Aftermath.AUTO_REPLIED,
}
#: The same for reports; a refusal because of us says nothing about the mail.
RETURNED = {
    Kind.BOUNCE_HARD: Aftermath.BOUNCED_HARD,
    Kind.BOUNCE_SOFT: Aftermath.BOUNCED_SOFT,
    Kind.COMPLAINT: Aftermath.COMPLAINED,
}
TOLD = ANSWERED | RETURNED
SOURCE = "reply"


def steps(received: Received, now: datetime) -> Iterator[Step]:
    """What is to be done about this mail, in order."""
    message = received.answers
    yield "ours", lambda: _ours(received, now)
    if message is not None and (purpose := purposes.find(message.purpose)):
        yield "answered", lambda: purpose.answered(message, received, now)
    for listener in incoming.listeners():
        yield f"{listener.__module__}.{listener.__qualname__}", _call(listener, received, now)


def _call(listener: incoming.Listener, received: Received, now: datetime) -> Callable[[], None]:
    return lambda: listener(received, now)


def _ours(received: Received, now: datetime) -> None:
    marks = marks_of(received)
    before = set(standing(marks))
    if received.answers is not None and (came_back := ANSWERED.get(Kind(received.meant))):
        note_aftermath(message=received.answers, aftermath=came_back, now=now)
    if received.meant == Kind.HUMAN:  # asking for silence is no interest: it prolongs nothing
        for mark in marks:
            touch_basis(fingerprint=mark, at=min(received.sent_at, now))
    elif received.meant == Kind.STOP:
        _silence(received, now)
    elif received.meant in matching.REPORTS:
        bounced.note(received, now)
    received.reading["silenced"] = sorted(set(standing(marks)) - before)


def _silence(received: Received, now: datetime) -> None:
    """Everybody it speaks for: who wrote, and the address that we wrote to. A sealed link silences its own list."""
    if (holder := matching.holder_of(received.subject)) is not None:
        stop(holder=holder, source=SOURCE, now=now)
        return
    for mark in marks_of(received):
        silence(mark=mark, scope=Scope.ALL, why=Why.ASKED, source=SOURCE, actor=None, now=now)


def marks_of(received: Received) -> list[str]:
    """Fingerprints of the addresses a mail speaks for: the one it is about and, unless a server wrote it, its
    sender's."""
    marks = {received.fingerprint, received.answers.fingerprint if received.answers else ""}
    if received.meant not in matching.REPORTS and received.kind not in matching.REPORTS and received.from_address:
        marks.add(fingerprint(received.from_address))
    return sorted(marks - {""})


def standing(marks: list[str]) -> list[int]:
    """Ids of the silences in force for these addresses."""
    return list(Suppression.objects.filter(fingerprint__in=marks, lifted_at=None).values_list("pk", flat=True))
