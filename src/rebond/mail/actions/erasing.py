"""A person leaves the mail room: what was written to and by them goes, the silence stays (GDPR art. 17; L15)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.deals.erasing import Erasing
from rebond.deals.models import Person
from rebond.mail.actions.suppression import silence
from rebond.mail.actions.wishes import answer
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis, Message, Received, Scope, Suppression, Why

#: What a reading keeps once nobody may be told by it.
_KEPT = ("rule", "status", "return_on")


@transaction.atomic
def erase_person(*, of: Erasing, keys: Collection[str] = (), actor: User | None, now: datetime) -> None:
    """Silences the address for good, then empties mails, answers and evidence; rows stay, to be counted.

    The silence comes first, so that what waits is cancelled and its purpose hears of it. An address
    they had before is silent, too, unless somebody else has it now.

    Args:
        keys: of mails that are theirs whatever address they went to.
    """
    mark = fingerprint(of.address) if of.address else ""
    if mark:
        _silence(mark, actor, now)
        answer(mark=mark, what="erasure", actor=actor, now=now)
        answer(mark=mark, what="copy", actor=actor, now=now)
    for earlier in _earlier_addresses(of, keys):
        _silence(fingerprint(earlier), actor, now)
    _empty_mails(of, mark, keys)
    _empty_answers(of, mark)
    _forget_as_successor(of)
    bases = Basis.objects.filter(_theirs(of, mark))
    bases.filter(withdrawn_at=None).update(withdrawn_at=now)
    bases.update(person=None, evidence="")
    record(verb="mail.erase_person", subject=of.person, actor=actor, at=now)


def _theirs(of: Erasing, mark: str) -> Q:
    return Q(person=of.person) | Q(fingerprint=mark) if mark else Q(person=of.person)


def _silence(mark: str, actor: User | None, now: datetime) -> None:
    """An earlier silence about everything gives way to this one, which an import knows an erased address by."""
    earlier = Suppression.objects.filter(fingerprint=mark, scope=Scope.ALL, lifted_at=None).exclude(why=Why.ERASED)
    earlier.update(lifted_at=now, lifted_by=actor)
    silence(mark=mark, scope=Scope.ALL, why=Why.ERASED, source="erasure", actor=actor, now=now)


def _earlier_addresses(of: Erasing, keys: Collection[str]) -> set[str]:
    """Where mail to them went before their address was changed, as far as nobody else is there."""
    sent = set(Message.objects.filter(key__in=keys).exclude(recipient="").values_list("recipient", flat=True))
    sent -= {of.address.lower()}
    return sent - set(Person.objects.filter(email__in=sent).exclude(pk=of.person.pk).values_list("email", flat=True))


def _empty_mails(of: Erasing, mark: str, keys: Collection[str]) -> None:
    """Status, moments and Message-ID stay: they say that a mail left, and keep it from leaving twice."""
    theirs = Q(key__in=keys) | Q(fingerprint=mark) if mark else Q(key__in=keys)
    for message in Message.objects.select_for_update(of=("self",)).filter(theirs):
        message.recipient, message.recipient_name, message.subject, message.text = "", "", "", ""
        message.answer = of.without_name(message.answer)[:300]
        message.save(update_fields=["recipient", "recipient_name", "subject", "text", "answer"])


@transaction.atomic
def take_name_out(*, of: Erasing, purposes: Collection[str]) -> None:
    """Takes their name out of what we wrote to others about them, in mails of these purposes; who wrote what and when
    stays. No audit entry of its own: the caller's says who was erased."""
    name = of.person.name.strip()
    naming = Q(subject__icontains=name) | Q(text__icontains=name)
    about = Message.objects.select_for_update(of=("self",)).filter(naming, purpose__in=purposes)
    for message in about if name else ():
        message.subject, message.text = of.without_name(message.subject)[:300], of.without_name(message.text)
        message.save(update_fields=["subject", "text"])


def _empty_answers(of: Erasing, mark: str) -> None:
    for received in Received.objects.select_for_update(of=("self",)).filter(_theirs(of, mark)):
        received.text, received.subject, received.from_address, received.from_name = "", "", "", ""
        received.reading = {name: received.reading[name] for name in _KEPT if name in received.reading}
        received.person = None
        received.save()


def _forget_as_successor(of: Erasing) -> None:
    """What a colleague's automatic answer said of them as the one to write to."""
    named = Q(reading__successor_address__iexact=of.address) if of.address else Q(pk=None)
    if of.person.company_id and of.person.name:
        named |= Q(reading__successor_name__iexact=of.person.name, person__company=of.person.company_id)
    for received in Received.objects.filter(named):
        received.reading |= {"successor_name": "", "successor_address": ""}
        received.save(update_fields=["reading"])
