"""What becomes of a mail after it left: it came back, it was called unwanted, it arrived. One place for all sources:
a refusal at the door, a bounce in the inbox, an event of a mail provider.

RFC 3463 says whom a failure is about: 5.1.x is the address, 5.7.x is us (L12), 4.x.x passes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction

from rebond.accounts.audit import record
from rebond.mail.actions.mailboxes import keep_house, note_found, pause_mailbox
from rebond.mail.actions.rows import accepted
from rebond.mail.actions.suppression import suppress
from rebond.mail.addresses import fingerprint
from rebond.mail.guarding import health
from rebond.mail.models import Aftermath, Mailbox, Message, MessageStatus, Scope, Why
from rebond.mail.reading.result import BOUNCE_HARD, BOUNCE_POLICY, BOUNCE_SOFT
from rebond.mail.reading.statuses import meaning, status_in

#: Weakest first, as ``Aftermath`` lists them; a stronger one replaces a weaker one.
STRENGTH: list[str] = list(Aftermath.values)
#: What a refusal means (``mail.reading``) to the plainest code that says so.
_MEANS = {BOUNCE_HARD: "5.1.1", BOUNCE_POLICY: "5.7.1", BOUNCE_SOFT: "4.0.0"}
FIRST_REST = timedelta(hours=24)
#: A refusal so long after the last one begins again with the first rest.
FORGIVEN_AFTER = timedelta(days=30)
LONGEST_DOUBLING = 4


class Failure(Enum):
    """Whom a failed delivery is about."""

    #: The address: nothing goes there any more.
    ADDRESS = "address"
    #: For good, though not because of the address (full, too large ...): three of them rest it.
    FOR_GOOD = "for_good"
    FOR_NOW = "for_now"
    #: Us: our signature, our reputation, our sending address.
    POLICY = "policy"


def failure(status: str) -> Failure:
    """Whom it is about.

    >>> [failure(status).value for status in ("5.1.1", "5.7.515", "4.2.2", "5.2.2")]
    ['address', 'policy', 'for_now', 'for_good']
    """
    kind, _dot, rest = status.partition(".")
    if kind != "5":
        return Failure.FOR_NOW
    subject, _dot, detail = rest.partition(".")
    if subject == "7" or (subject == "1" and detail in ("7", "8")):
        return Failure.POLICY  # x.1.7 and x.1.8 are about the sender's address
    disabled = subject == "2" and detail == "1"
    return Failure.ADDRESS if subject == "1" or disabled else Failure.FOR_GOOD


@transaction.atomic
def note_failure(*, message: Message | None, address: str, status: str, source: str, now: datetime) -> Failure:
    """A mail was refused or came back.

    Args:
        message: the mail, where it is known; then only its own recipient is ever silenced, whatever ``address`` says:
            anybody can send us a bounce.
        address: where delivery failed; without ``message`` it counts only if mail of ours has left to it.
        status: RFC 3463 (``5.1.1``); empty counts as for now.
        source: ``smtp``, ``bounce`` or ``provider``.
    """
    about = failure(status)
    if about is Failure.POLICY:
        rest(mailbox=message.mailbox if message else None, now=now)
    elif about is Failure.ADDRESS and (known := _known(message, address)):
        suppress(address=known, scope=Scope.ALL, why=Why.BOUNCED, source=source, actor=None, now=now)
    if message is not None and about is not Failure.POLICY:
        gone = about is Failure.ADDRESS
        note_aftermath(message=message, aftermath=Aftermath.BOUNCED_HARD if gone else Aftermath.BOUNCED_SOFT, now=now)
    return about


@transaction.atomic
def note_refusal(*, message: Message, answer: str, now: datetime) -> Failure:
    """Our mail was refused at the door, for good; ``answer`` in the server's words. As ``note_failure``.

    A bare 550 may mean anything: it silences nobody unless the words say that nobody is there.
    """
    status = status_in(answer)
    kind = meaning("" if status.endswith(".0.0") else status, answer)
    return note_failure(message=message, address=message.recipient, status=_MEANS[kind], source="smtp", now=now)


@transaction.atomic
def note_complaint(*, message: Message | None, address: str, source: str, now: datetime) -> None:
    """Somebody called our mail unwanted (RFC 5965): nothing goes there any more (L13), and too many stop all notes.

    Args: as ``note_failure``.
    """
    if known := _known(message, address):
        suppress(address=known, scope=Scope.ALL, why=Why.COMPLAINED, source=source, actor=None, now=now)
    if message is not None:
        note_aftermath(message=message, aftermath=Aftermath.COMPLAINED, now=now)
    health.halt_if_needed(now=now)


@transaction.atomic
def note_delivered(*, message: Message, source: str, now: datetime) -> bool:
    """A provider says that a mail whose fate nobody knew was sent; ``False`` when there was nothing to settle."""
    unknown = Message.objects.filter(pk=message.pk, status__in=(MessageStatus.UNKNOWN, MessageStatus.DATA_STARTED))
    if not unknown.update(status=MessageStatus.ACCEPTED, finished_at=now, lease_until=None):
        return False
    message.refresh_from_db()
    record(verb="mail.settle", subject=message, actor=None, at=now, key=message.key, source=source)
    accepted(message, now)
    return True


@transaction.atomic
def note_aftermath(*, message: Message, aftermath: str, now: datetime) -> bool:
    """Keeps the strongest thing that is known to have come back; ``False`` when that was known already.

    A mail that was refused at the door has no aftermath: it never left.
    """
    weaker = ["", *STRENGTH[: STRENGTH.index(aftermath)]]
    mine = Message.objects.filter(pk=message.pk, aftermath__in=weaker).exclude(status=MessageStatus.REJECTED)
    if not mine.update(aftermath=aftermath, aftermath_at=now):
        return False
    message.aftermath, message.aftermath_at = aftermath, now
    record(verb="mail.aftermath", subject=message, actor=None, at=now, key=message.key, aftermath=aftermath)
    return True


@transaction.atomic
def rest(*, mailbox: Mailbox | None, now: datetime) -> None:
    """The sender rests after a refusal that blames us: a day, and twice as long each time it happens again.

    What comes back while it rests belongs to the same trouble and changes nothing.
    """
    box = mailbox or keep_house(now=now)
    if box.paused_until and now < box.paused_until:
        return
    times = _times_before(box, now)
    pause_mailbox(mailbox=box, until=now + FIRST_REST * 2**times, because="policy", actor=None, now=now)
    note_found(mailbox=box, found={"rests": min(times + 1, LONGEST_DOUBLING)}, actor=None, now=now)


def _times_before(box: Mailbox, now: datetime) -> int:
    recent = box.paused_until is not None and now - box.paused_until < FORGIVEN_AFTER
    return int(box.found.get("rests", 0)) if recent and box.paused_because == "policy" else 0


def _known(message: Message | None, address: str) -> str:
    """The address to silence: our own recipient's, or one that mail of ours has gone to; empty for a stranger's."""
    if message is not None:
        return message.recipient
    left = Message.objects.filter(fingerprint=fingerprint(address)).exclude(finished_at=None)
    return address if address and left.exists() else ""
