"""An agreed referral becomes an introduction: by the advocate themselves, or by one first mail of ours naming them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.dates import local_day, show_day
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.actions import create_person, edit_person, find_or_add_company, log_touch
from rebond.deals.models import Channel, Direction, Person
from rebond.mail.actions import cancel_message, note_basis, plan_message
from rebond.mail.addresses import fingerprint, usable
from rebond.mail.boxes import mailbox
from rebond.mail.models import Ground, Message, Received, Scope, Use
from rebond.mail.purposes import Letter
from rebond.mail.queries import suppressed
from rebond.mail.rights.countries import CANADA
from rebond.refer.actions.moving import move
from rebond.refer.duplicates import known_already
from rebond.refer.letters import common
from rebond.refer.letters.introduction import NEVER_LEFT, PURPOSE, country_of, programme_closed, written_before
from rebond.refer.models import Mode, Referral, State

#: How long a letter can still be taken back before it leaves.
UNDO = timedelta(seconds=10)
#: The same button pressed twice within so long is once.
TWICE = timedelta(minutes=2)
LONGEST_SUBJECT, LONGEST_BODY = 200, 20_000
#: Evidence that is a record of ours: ``mail.received:7``.
_RECORD = re.compile(r"(mail\.received|mail\.message|deals\.touch):([0-9]{1,18})")


# ---- may we?


def why_not_write(referral: Referral, now: datetime) -> str:
    """Why no first mail of ours may go to them, in words; empty where one may. Writes nothing."""
    address, name = common.address_of(referral), common.referred_name(referral)
    if not usable(address):
        return _("We have no address of %(name)s that can be used.") % {"name": name}
    if suppressed([address], Scope.REFERRAL):
        return _("%(name)s asked not to be written to. We leave them in peace.") % {"name": name}
    if len(common.advocate_name(referral).split()) < 2:
        return _("The first mail names who introduced us, with first and last name, and we do not have both.")
    if written_before(fingerprint(address)):
        return _("%(name)s has had a first mail of ours already. There is only ever one.") % {"name": name}
    return _why_not_now(referral, now)


def _why_not_now(referral: Referral, now: datetime) -> str:
    if known_already(referral, now) is not None:
        return _("%(name)s is known to us already, so there is nothing to introduce.") % {
            "name": common.referred_name(referral)
        }
    if programme_closed(referral, now):
        return _("The referral programme is closed, so nothing new goes out in its name.")
    if country_of(referral) == CANADA and not referral.why.strip():
        return _(
            "In Canada a first mail needs somebody who knows both sides. Note down first how they know each other."
        )
    return ""


# ---- the three ways


@transaction.atomic
def introduce(
    *, referral: Referral, mode: str, subject: str = "", body: str = "", language: str = "", evidence: str = "",
    actor: User, now: datetime,
) -> Referral:  # fmt: skip
    """Introduces somebody in one of three ways; pressed twice it is once.

    Args:
        mode: of ``Mode``. ``three_way``, ``forward``: the advocate did it; it is logged, and the referral introduced.
            ``first_contact``: our one mail is planned, and the referral introduced when it has left.
        subject, body: our mail as its seller read and sent it.
        language: it was drafted in; ``letters.common.referred_language`` when empty.
        evidence: what shows it: ``mail.received:7``, ``deals.touch:12``, or words, which are logged as a contact. An
            introduction to both needs one: the last mail from either of them counts when nothing is named.

    Raises:
        RebondError: ``mode_missing``, ``evidence_missing``, ``note_empty``.
        Conflict: ``not_agreed``, ``cannot_write``, ``on_its_way``.
    """
    locked = _locked(referral)
    if mode not in Mode.values:
        raise RebondError(
            _("Say how they were introduced. Nothing was changed. Choose one of the three ways."), code="mode_missing"
        )
    if not _is_repeat(locked, mode, now):
        _must_be_agreed(locked)
        if mode == Mode.FIRST_CONTACT:
            _write_to(locked, subject, body, language, actor, now)
        else:
            _they_did(locked, mode, evidence, actor, now)
    return _refreshed(referral)


def _locked(referral: Referral) -> Referral:
    beside = ("advocate__person__company", "person__company", "company", "programme")
    rows = Referral.objects.select_for_update(of=("self",)).select_related(*beside)
    return rows.get(pk=referral.pk)


def _refreshed(referral: Referral) -> Referral:
    referral.refresh_from_db()
    return referral


def _is_repeat(referral: Referral, mode: str, now: datetime) -> bool:
    """The button was pressed twice: what it does is done, or under way."""
    if mode == Mode.FIRST_CONTACT:
        waiting = Message.objects.filter(key=referral.message_key, planned_at__gt=now - TWICE)
        return bool(referral.message_key) and waiting.exclude(status__in=NEVER_LEFT).exists()
    return referral.state == State.INTRODUCED and referral.mode == mode and referral.state_at > now - TWICE


def _must_be_agreed(referral: Referral) -> None:
    if referral.state != State.AGREED:
        raise Conflict(
            _("This introduction stands at “%(state)s” by now, so there is nothing to introduce. Nothing was sent and "
              "nothing was changed.") % {"state": referral.get_state_display()},
            code="not_agreed",
        )  # fmt: skip


def _they_did(referral: Referral, mode: str, evidence: str, actor: User, now: datetime) -> None:
    """The advocate introduced both, or forwarded our text: what shows it is kept, a mail of ours that waits is not
    needed any more."""
    proof = _proof(referral, mode, evidence, actor, now)
    if referral.message_key:
        cancel_message(key=referral.message_key, reason="introduced", actor=actor, now=now)
    move(referral=referral, to=State.INTRODUCED, reason=mode, evidence=proof, mode=mode, actor=actor, now=now)


def _proof(referral: Referral, mode: str, evidence: str, actor: User, now: datetime) -> str:
    words = clean(evidence, 1000)
    if found := _RECORD.fullmatch(words):
        if not _of_either(referral, found[1]).filter(pk=int(found[2])).exists():
            raise RebondError(
                _("We do not find what should show this introduction. Nothing was changed. Choose it again, or say it "
                  "in a few words."),
                code="evidence_missing",
            )  # fmt: skip
        return words
    if not words and (seen := _mail_of_either(referral)):
        return f"mail.received:{seen.pk}"
    if not words and mode == Mode.THREE_WAY:
        raise RebondError(
            _("An introduction to both needs something that shows it. Nothing was changed. Say in a few words how it "
              "came about, a call or a mail with both of you."),
            code="evidence_missing",
        )  # fmt: skip
    return _as_touch(referral, mode, words, actor, now)


def _marks(referral: Referral) -> list[str]:
    """Both addresses, as mail knows them."""
    person = referral.advocate.person
    both = (person.email if person else "", common.address_of(referral))
    return [fingerprint(address) for address in both if address]


def _of_either(referral: Referral, kind: str) -> QuerySet[Any]:
    """Contacts and mails with one of the two; somebody else's show nothing."""
    people = [pk for pk in (referral.advocate.person_id, referral.person_id) if pk is not None]
    records: QuerySet[Any] = apps.get_model(kind)._default_manager.all()
    if kind == "deals.touch":
        return records.filter(person__in=people)
    return records.filter(fingerprint__in=_marks(referral))


def _mail_of_either(referral: Referral) -> Received | None:
    """The last mail from one of the two since they were named."""
    since = referral.registered_at or referral.created_at
    theirs = Received.objects.filter(fingerprint__in=_marks(referral), sent_at__gte=since)
    return theirs.filter(kind="human").order_by("-sent_at", "-pk").first()


def _as_touch(referral: Referral, mode: str, words: str, actor: User, now: datetime) -> str:
    """Words are logged as a contact from the advocate; where nothing is kept of either, they stand by themselves."""
    person = referral.advocate.person or referral.person
    if person is None:
        return words[:80]
    note = words or str(Mode(mode).label)
    channel = Channel.EMAIL if mode == Mode.FORWARD else Channel.OTHER
    touch = log_touch(
        deal=None, person=person, channel=channel, direction=Direction.IN, at=now, note=note, source="refer",
        actor=actor, now=now,
    )  # fmt: skip
    return f"deals.touch:{touch.pk}"


# ---- our one mail


def _write_to(referral: Referral, subject: str, body: str, language: str, actor: User, now: datetime) -> None:
    subject, body = clean(subject, LONGEST_SUBJECT), clean(body, LONGEST_BODY)
    if problem := why_not_write(referral, now):
        words = _("%(problem)s Nothing was sent and nothing was changed. Ask the advocate to introduce you both.")
        raise Conflict(words % {"problem": problem}, code="cannot_write")
    if not subject or not body:
        raise RebondError(_("A mail needs a subject and a text. Nothing was sent. Fill in both."), code="note_empty")
    person = _person_of(referral, actor, now)
    _note_why(referral, person, actor, now)
    referral.letter_subject, referral.letter_body = subject, body
    referral.letter_language = language or common.referred_language(referral, actor)
    referral.message_key = _new_key(referral)
    referral.save(
        update_fields=["letter_subject", "letter_body", "letter_language", "message_key", "person", "company"]
    )
    plan_message(
        key=referral.message_key, purpose=PURPOSE, recipient=common.address_of(referral), recipient_name=referral.name,
        sender=actor, language=referral.letter_language, letter=Letter(subject, body), mailbox=mailbox.of(actor),
        send_at=now + UNDO, actor=actor, now=now,
    )  # fmt: skip
    record(verb="refer.introduce", subject=referral, actor=actor, at=now, mode=Mode.FIRST_CONTACT.value)


def _new_key(referral: Referral) -> str:
    """``refer.introduction:PK``; the next one after it was taken back or could not leave."""
    first = f"{PURPOSE}:{referral.pk}"
    used = set(Message.objects.filter(key__startswith=first).values_list("key", flat=True))
    return first if first not in used else next(
        key for number in range(2, len(used) + 3) if (key := f"{first}.{number}") not in used
    )  # fmt: skip


def _person_of(referral: Referral, actor: User, now: datetime) -> Person:
    """The record the letter is about, found by the address or made: an answer finds its way by it."""
    address, person = common.address_of(referral), referral.person
    if person is None or (person.email and fingerprint(person.email) != fingerprint(address)):
        person = Person.objects.filter(email__iexact=address).order_by("pk").first()
    if person is None:
        company = referral.company or find_or_add_company(name=referral.company_name, actor=actor, now=now)
        person = create_person(
            name=referral.name or address.partition("@")[0], email=address, phone=referral.phone, company=company,
            actor=actor, now=now,
        )  # fmt: skip
    elif not person.email:
        edit_person(person=person, changes={"email": address}, actor=actor, now=now)
    referral.person, referral.company = person, referral.company or person.company
    return person


def _note_why(referral: Referral, person: Person, actor: User, now: datetime) -> None:
    """Why we may write, with its evidence; no ground fits Canada's one message, whose proof is the referral."""
    if country_of(referral) == CANADA:
        return
    named = referral.registered_at or referral.created_at
    words = {"number": referral.pk, "day": show_day(local_day(named))}
    note_basis(
        person=person, use=Use.REFERRAL, ground=Ground.LEGITIMATE_INTEREST, source="referral", obtained_at=named,
        evidence=_("named to us on %(day)s, introduction %(number)s") % words, actor=actor, now=now,
    )  # fmt: skip


@transaction.atomic
def undo_introduction(*, referral: Referral, actor: User, now: datetime) -> bool:
    """Takes our mail back; ``False`` when it has left already. ``Conflict`` ``nothing_planned``."""
    locked = _locked(referral)
    message = Message.objects.filter(key=locked.message_key).first() if locked.message_key else None
    if message is None or message.status in NEVER_LEFT:
        raise Conflict(_("No mail of ours is on its way. Nothing was changed."), code="nothing_planned")
    taken = cancel_message(key=message.key, reason="not_planned", actor=actor, now=now)
    if taken:
        record(verb="refer.undo_introduction", subject=locked, actor=actor, at=now)
    referral.refresh_from_db()
    return taken
