"""Mailboxes: the installation's own, and those that colleagues connect; rest, work again, pass their check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.mail.actions.planning import send_soon
from rebond.mail.actions.rows import DUE
from rebond.mail.addresses import normalised, usable
from rebond.mail.boxes import secrets
from rebond.mail.guarding.guards import OFF, RESTS, UNCHECKED
from rebond.mail.models import Mailbox, Message
from rebond.mail.outgoing.compose import our_address

#: What its owner decides, and what that makes void.
CONNECTED = (
    "address", "name", "is_on", "way_out", "way_in", "per_minute", "per_day", "sent_folder", "checked_at", "found",
)  # fmt: skip
#: Shorter is no sentence that somebody could stand by.
SHORTEST_SIGN_OFF = 10


@transaction.atomic
def keep_house(*, now: datetime) -> Mailbox:
    """The installation's own mailbox as the settings say; made on first use. A new address must pass its own check."""
    name, address = our_address()
    wanted = {
        "address": address, "name": clean(name, 120),
        "per_minute": max(0, settings.CONFIG.mail_per_minute), "per_day": max(0, settings.CONFIG.mail_per_day),
    }  # fmt: skip
    found = Mailbox.objects.filter(is_house=True).first()
    if found is None:
        return _made_house(wanted, now)
    changed = [field for field, value in wanted.items() if getattr(found, field) != value]
    if not changed:
        return found
    for field in changed:
        setattr(found, field, wanted[field])
    if "address" in changed:
        found.checked_at, found.found = None, {}
        changed += ["checked_at", "found"]
    _save(found, "mail.keep_house", None, now, *changed, fields=changed)
    return found


def _made_house(wanted: Mapping[str, Any], now: datetime) -> Mailbox:
    made = Mailbox(is_house=True, created_at=now, updated_at=now, **wanted)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if found := Mailbox.objects.filter(is_house=True).first():
            return found  # another process made it since we looked
        raise _taken() from error
    record(verb="mail.keep_house", subject=made, actor=None, at=now)
    return made


def _taken() -> RebondError:
    return RebondError(
        _("Another mailbox has this address already. Nothing was saved. Use that one, or give another address."),
        code="address_taken",
    )


def _save(mailbox: Mailbox, verb: str, actor: User | None, now: datetime, *fields: str, **detail: Any) -> None:
    """Writes these fields and no others: somebody else may have changed those since ``mailbox`` was read."""
    mailbox.updated_at = now
    try:
        with transaction.atomic():
            mailbox.save(update_fields=[*fields, "updated_at"] if mailbox.pk else None)
    except IntegrityError as error:
        raise _taken() from error
    record(verb=verb, subject=mailbox, actor=actor, at=now, **detail)


def _add_found(mailbox: Mailbox, found: Mapping[str, Any]) -> None:
    """Beside what is stored now, whatever was when ``mailbox`` was read."""
    mailbox.found = {**Mailbox.objects.select_for_update().get(pk=mailbox.pk).found, **found}


@transaction.atomic
def connect_mailbox(
    *, owner: User, address: str, name: str, way_out: str, way_in: str, per_minute: int, per_day: int, is_on: bool,
    sent_folder: str = "", actor: User | None, now: datetime,
) -> Mailbox:  # fmt: skip
    """A colleague's own mailbox, made or changed; each has one. Another address or way out must pass its own check.

    Args:
        way_out, way_in: whole addresses with their passwords, as ``mail.outgoing.smtp`` and ``mail.inbox`` read them;
            stored encrypted. ``way_in`` may be empty: then nothing is read.

    Raises:
        RebondError: ``bad_address``, or ``address_taken`` when another mailbox has it.
    """
    address = normalised(address)
    if not usable(address):
        raise RebondError(_("This is no mail address. Nothing was saved. Check it for a slip."), code="bad_address")
    if Mailbox.objects.filter(address=address).exclude(owner=owner).exists():
        raise _taken()
    found = Mailbox.objects.filter(owner=owner).first() or Mailbox(owner=owner, created_at=now)
    if found.address != address or _shown(found.way_out) != way_out:
        found.checked_at, found.found = None, {}
    found.address, found.name, found.is_on = address, clean(name, 120), is_on
    found.way_out, found.way_in = secrets.hide(way_out), secrets.hide(way_in)
    found.per_minute, found.per_day, found.sent_folder = max(0, per_minute), max(0, per_day), clean(sent_folder, 120)
    _save(found, "mail.connect_mailbox", actor, now, *CONNECTED, is_on=is_on)
    if is_on:
        _let_go(found, OFF, now)
    return found


def _shown(hidden: str) -> str:
    """What was hidden; empty where it cannot be read any more, and then it is written anew."""
    try:
        return secrets.show(hidden)
    except RebondError:
        return ""


@transaction.atomic
def turn_mailbox(*, mailbox: Mailbox, on: bool, actor: User | None, now: datetime) -> None:
    """Notes leave from it, or they wait."""
    mailbox.is_on = on
    _save(mailbox, "mail.turn_mailbox", actor, now, "is_on", on=on)
    if on:
        _let_go(mailbox, OFF, now)


@transaction.atomic
def forget_mailbox(*, mailbox: Mailbox, actor: User | None, now: datetime) -> None:
    """Its passwords are forgotten and it is off; what left from it stays in the outbox.

    Raises:
        Conflict: ``house_stays`` for the installation's own, which the settings name.
    """
    if mailbox.is_house:
        raise Conflict(
            _("This is the mailbox of the installation. Nothing was changed. It goes when the settings name another."),
            code="house_stays",
        )
    mailbox.way_out = mailbox.way_in = ""
    mailbox.is_on, mailbox.checked_at, mailbox.found = False, None, {}
    _save(mailbox, "mail.forget_mailbox", actor, now, "way_out", "way_in", "is_on", "checked_at", "found")


@transaction.atomic
def pause_mailbox(*, mailbox: Mailbox, until: datetime, because: str, actor: User | None, now: datetime) -> None:
    """No note leaves from it before ``until``; a pause that lasts longer stays as it is.

    Args:
        because: snake_case, see ``mail.words``.
    """
    if mailbox.paused_until and mailbox.paused_until >= until:
        return
    mailbox.paused_until, mailbox.paused_because = until, clean(because, 40)
    detail = {"because": mailbox.paused_because, "until": until.isoformat()}
    _save(mailbox, "mail.pause_mailbox", actor, now, "paused_until", "paused_because", **detail)


@transaction.atomic
def resume_mailbox(*, mailbox: Mailbox, actor: User | None, now: datetime) -> None:
    """It works again before its time; what it held back is due at once."""
    mailbox.paused_until, mailbox.paused_because = None, ""
    _save(mailbox, "mail.resume_mailbox", actor, now, "paused_until", "paused_because")
    _let_go(mailbox, RESTS, now)


@transaction.atomic
def note_found(*, mailbox: Mailbox, found: Mapping[str, Any], actor: User | None, now: datetime) -> None:
    """What a check found, beside what an earlier one did; JSON-able, no passwords."""
    _add_found(mailbox, found)
    _save(mailbox, "mail.note_found", actor, now, "found", checks=sorted(found))


@transaction.atomic
def note_checked(*, mailbox: Mailbox, found: Mapping[str, Any], actor: User | None, now: datetime) -> None:
    """Its self-check mail came back, signed as it must be (L02): notes may leave from it."""
    mailbox.checked_at = now
    _add_found(mailbox, found)
    _save(mailbox, "mail.note_checked", actor, now, "checked_at", "found")
    _let_go(mailbox, UNCHECKED, now)


@transaction.atomic
def note_unchecked(*, mailbox: Mailbox, found: Mapping[str, Any], actor: User | None, now: datetime) -> None:
    """Its self-check mail came back, and not signed as it must be: notes wait, unless somebody signed off."""
    mailbox.checked_at = None
    _add_found(mailbox, found)
    _save(mailbox, "mail.note_unchecked", actor, now, "checked_at", "found")


@transaction.atomic
def sign_off(*, mailbox: Mailbox, words: str, actor: User | None, now: datetime) -> None:
    """An administrator lets notes leave without a signed self-check, and says why; kept with the mailbox.

    Raises:
        RebondError: ``sign_off_needs_words`` when nothing is said that somebody could stand by.
    """
    words = clean(words, 300)
    if len(words) < SHORTEST_SIGN_OFF:
        raise RebondError(
            _("Please say in a sentence why notes may leave without a signature. Nothing was changed."),
            code="sign_off_needs_words",
        )
    signed = {"at": now.isoformat(), "by": actor.name if actor else "", "words": words}
    _add_found(mailbox, {"signed_off": signed})
    _save(mailbox, "mail.sign_off", actor, now, "found", words=words)
    _let_go(mailbox, UNCHECKED, now)


def _let_go(mailbox: Mailbox, reason: str, now: datetime) -> None:
    """What waited for this mailbox is due at once, as far as nothing else holds it."""
    whose = Q(mailbox=mailbox) | Q(mailbox=None) if mailbox.is_house else Q(mailbox=mailbox)
    waiting = Message.objects.filter(whose, status__in=DUE, reason=reason, send_at__gt=now)
    if waiting.update(send_at=now):
        send_soon(now=now)
