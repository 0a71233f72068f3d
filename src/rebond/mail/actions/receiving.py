"""What came in is kept once, and what follows from it is done once; a person may say that it was something else."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean, one_line
from rebond.mail.actions.events import note_aftermath
from rebond.mail.actions.sending import resolve_unknown
from rebond.mail.inbox import following, matching
from rebond.mail.models import Kind, Mailbox, Message, Received, Suppression
from rebond.mail.reading import Reading

log = logging.getLogger("rebond.mail")
LONGEST_TEXT = 20_000
#: The rule of a mail whose subject carries its sender's sealed link.
SEALED = "sealed_link"
#: What could not be followed is tried again for so long, at growing distances.
GIVE_UP = timedelta(days=14)
LONGEST_PAUSE = timedelta(hours=6)


@transaction.atomic
def take_in(
    *, mailbox: Mailbox, reading: Reading, folder: str, uidvalidity: int, uid: int, now: datetime,
    received_at: datetime | None = None,
) -> Received | None:  # fmt: skip
    """Keeps a mail that concerns us, and does what follows from it.

    The mail is kept even when something that should follow breaks: ``followed_at`` stays empty then, and it is tried
    again (``follow_again``).

    Args:
        received_at: when the server got it; ``now`` when nobody knows.

    Returns:
        ``None`` for what is our own, concerns nobody we know, or was taken before.
    """
    found = matching.match(reading, now)
    if found is None:
        return None
    received = _row(reading, found, min(received_at or now, now))
    received.mailbox, received.folder, received.uidvalidity, received.uid = mailbox, folder[:200], uidvalidity, uid
    if not _kept_once(received):
        return None
    told = {"kind": received.kind, "matched_by": received.matched_by}
    record(verb="mail.take_in", subject=received, actor=None, at=now, **told)
    follow(received=received, now=now)
    return received


def _row(reading: Reading, found: matching.Match, at: datetime) -> Received:
    """A mail as it is kept; nothing that anybody typed is too long or unstorable."""
    kind, rule = reading.kind, reading.rule
    if found.holder is not None:
        # The mail form of List-Unsubscribe: whatever else it says, it means this.
        kind, rule = Kind.STOP.value, SEALED
    return Received(
        message_id=_own_id(reading), from_address=one_line(_storable(reading.from_address), 254).lower(),
        from_name=one_line(_storable(reading.from_name), 200), fingerprint=found.fingerprint,
        subject=one_line(_storable(reading.subject), 300), text=clean(_storable(reading.text), LONGEST_TEXT),
        sent_at=reading.sent_at or at, received_at=at, kind=Kind(kind), reading=_kept(reading, rule),
        answers=found.message, matched_by=found.by, person=found.person,
    )  # fmt: skip


def _kept_once(received: Received) -> bool:
    """Stored, unless it was before: an answer to two of our addresses arrives in two mailboxes, and is one answer.

    Readers of two mailboxes meet at the row it is about.
    """
    about = received.answers or received.person
    if about is not None:
        type(about)._default_manager.select_for_update().filter(pk=about.pk).first()
    if Received.objects.filter(message_id=received.message_id).exists():
        return False
    try:
        with transaction.atomic():
            received.save(force_insert=True)
    except IntegrityError:
        return False  # by another reader of this mailbox at the same moment
    return True


def _own_id(reading: Reading) -> str:
    """Its Message-ID; one made of what it says when it has none, or one too long to keep."""
    own = clean(_storable(reading.message_id.strip("<>")), 1000)
    if own and len(own) <= 250:
        return own
    parts = (own, reading.from_address, str(reading.sent_at), reading.subject, reading.text)
    return "none-" + hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:48]


def _kept(reading: Reading, rule: str) -> dict[str, object]:
    """How it was understood, as ``Received.reading`` keeps it."""
    first = reading.failed[0] if reading.failed else None
    return {
        "rule": rule,
        "language": reading.language,
        "return_on": reading.return_on.isoformat() if reading.return_on else "",
        "successor_name": one_line(_storable(reading.successor_name), 200),
        "successor_address": one_line(_storable(reading.successor_address), 254),
        "status": first.status if first else "",
        "action": first.action if first else "",
        "diagnostic": clean(_storable(first.diagnostic), 300) if first else "",
    }


def _storable(text: str) -> str:
    """Without halves of letters, which no database takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


@transaction.atomic
def follow(*, received: Received, now: datetime) -> bool:
    """Does what follows from a mail and was not done yet; ``True`` when nothing is left to do.

    Each step has a savepoint of its own and is written down, so that a step that breaks (another room's code) neither
    loses the mail nor stops the others, and none is done twice.
    """
    locked = Received.objects.select_for_update(of=("self",)).select_related("answers", "person", "mailbox")
    row = locked.get(pk=received.pk)
    if row.followed_at is not None:
        return True
    done, broken = list(row.reading.get("done", [])), False
    for name, step in following.steps(row, now):
        if name in done:
            continue
        try:
            with transaction.atomic():
                step()
        except Exception:
            log.exception("what follows from mail %s could not be done: %s", row.pk, name)
            broken = True
        else:
            done.append(name)
    _note_followed(row, done, broken, now)
    received.refresh_from_db()
    return not broken


def _note_followed(row: Received, done: list[str], broken: bool, now: datetime) -> None:
    row.reading["done"] = done
    if broken:
        tries = int(row.reading.get("tries", 0)) + 1
        pause = min(timedelta(minutes=2 ** min(tries, 12)), LONGEST_PAUSE)
        row.reading |= {"tries": tries, "again_at": (now + pause).isoformat()}
    else:
        row.followed_at = now
        row.reading.pop("again_at", None)
    row.save(update_fields=["reading", "followed_at"])


def follow_again(*, now: datetime, limit: int = 100) -> int:
    """Tries again what could not be followed, when its time has come; how many are settled now."""
    waiting = Received.objects.filter(followed_at=None, received_at__gt=now - GIVE_UP).order_by("pk")[:limit]
    due = [one for one in waiting if datetime.fromisoformat(one.reading.get("again_at") or now.isoformat()) <= now]
    return sum(follow(received=one, now=now) for one in due)


@transaction.atomic
def correct(*, received: Received, kind: str, actor: User | None, now: datetime) -> None:
    """A person says what it is instead: what followed from the first reading is taken back as far as it is the mail
    room's (a silence, what became of our mail), and what follows from theirs is done, listeners included.

    Raises:
        RebondError: ``unknown_kind``.
        Conflict: ``sealed``: it carries their own link for silence, which is no reading of ours that could be wrong.
    """
    if kind not in Kind.values:
        raise RebondError(
            _("We do not know this choice. Nothing was changed. Choose one of the list."), code="unknown_kind"
        )
    locked = Received.objects.select_for_update(of=("self",)).select_related("answers", "person", "mailbox")
    row = locked.get(pk=received.pk)
    before = row.meant
    if before != kind and row.reading.get("rule") == SEALED:
        raise Conflict(
            _("This mail carries their own link for silence, so it means that and nothing else. Nothing was changed."),
            code="sealed",
        )
    if before != kind:
        _take_back(row, actor, now)
        row.corrected_kind, row.corrected_at, row.corrected_by, row.followed_at = kind, now, actor, None
        for name in ("done", "tries", "again_at", "silenced"):
            row.reading.pop(name, None)
        row.save(update_fields=["corrected_kind", "corrected_at", "corrected_by", "followed_at", "reading"])
        record(verb="mail.correct", subject=row, actor=actor, at=now, before=before, after=kind)
        follow(received=row, now=now)
    received.refresh_from_db()


def _take_back(row: Received, actor: User | None, now: datetime) -> None:
    others = Received.objects.exclude(pk=row.pk)
    still = {other.meant for other in others.filter(fingerprint=row.fingerprint)} if row.fingerprint else set()
    if not still & {Kind.STOP, Kind.COMPLAINT, Kind.BOUNCE_HARD}:
        for silence in Suppression.objects.filter(pk__in=row.reading.get("silenced", []), lifted_at=None):
            silence.lifted_at, silence.lifted_by = now, actor
            silence.save(update_fields=["lifted_at", "lifted_by"])
            record(verb="mail.lift_suppression", subject=silence, actor=actor, at=now, scope=silence.scope)
    if row.answers is not None and row.answers.aftermath == following.TOLD.get(Kind(row.meant)):
        _weigh_again(row.answers, others, now)


def _weigh_again(message: Message, others: matching.Mails, now: datetime) -> None:
    """What came back, by every other mail that answers this one."""
    kinds = {Kind(other.meant) for other in others.filter(answers=message)}
    Message.objects.filter(pk=message.pk).update(aftermath="", aftermath_at=None)
    message.aftermath, message.aftermath_at = "", None
    for kind in kinds & set(following.TOLD):
        note_aftermath(message=message, aftermath=following.TOLD[kind], now=now)


@transaction.atomic
def found_in_sent(*, message: Message, now: datetime) -> None:
    """A mail of which nobody knew whether it left lies in the Sent folder: it left.

    Raises:
        Conflict: ``not_unknown`` when that was settled meanwhile.
    """
    resolve_unknown(message=message, delivered=True, actor=None, now=now)
    message.reason = "found_in_sent"
    message.save(update_fields=["reason"])
    record(verb="mail.found_in_sent", subject=message, actor=None, at=now, key=message.key)
