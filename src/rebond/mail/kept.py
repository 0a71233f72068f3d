"""What the mail room keeps of one person, for their own copy of it (GDPR art. 15 and 20)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Q

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis, Message, Received, Suppression, Wish
from rebond.mail.queries.inbox import may_read

Rows = Sequence[Mapping[str, Any]]


def kept_of(person: Person, user: User | None, keys: Collection[str] = ()) -> dict[str, Rows]:
    """Mails sent and received, bases, silences and wishes, as plain values; five queries.

    What they wrote to a colleague of their own accord has its words only for that colleague, and for the program
    (``None``).

    Args:
        keys: of mails that are theirs whatever address they went to.
    """
    mark = fingerprint(person.email) if person.email else ""
    theirs = Q(person=person) | Q(fingerprint=mark) if mark else Q(person=person)
    of_address = Q(fingerprint=mark) if mark else Q(pk=None)
    return {
        "mails_sent": list(
            Message.objects.filter(of_address | Q(key__in=keys)).order_by("planned_at")
            .values("purpose", "status", "recipient", "subject", "text", "language", "planned_at", "finished_at",
                    "aftermath", "aftermath_at")
        ),
        "mails_received": [
            _received(one, may_read(user, one))
            for one in Received.objects.filter(theirs).select_related("mailbox").order_by("sent_at")
        ],
        "bases": list(
            Basis.objects.filter(theirs).order_by("obtained_at")
            .values("use", "ground", "evidence", "source", "obtained_at", "expires_at", "told_at", "withdrawn_at")
        ),
        "silences": list(
            Suppression.objects.filter(of_address).order_by("at").values("scope", "why", "source", "at", "lifted_at")
        ),
        "wishes": list(
            Wish.objects.filter(of_address).values("rhythm", "language", "copy_asked_at", "erasure_asked_at", "at")
        ),
    }  # fmt: skip


def _received(one: Received, readable: bool) -> dict[str, Any]:
    words = {"subject": one.subject, "text": one.text} if readable else {"left_out": "words"}
    told = {"from_address": one.from_address, "from_name": one.from_name, "kind": one.meant}
    return told | words | {"sent_at": one.sent_at, "received_at": one.received_at}
