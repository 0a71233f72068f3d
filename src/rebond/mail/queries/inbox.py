"""Reads of what came in, and who may see how much of it.

A mailbox is private. The rule:

* That a mail came, from whom, when, and how it was understood is seen by whoever may open the person it is about, by
  the owner of the mailbox it came to, by whoever sent the mail it answers, and by administrators.
* Its words are seen by the same people when it answers a mail of ours, or came to the installation's own mailbox.
  What somebody wrote to a colleague of their own accord is that colleague's: nobody else reads it here, administrators
  and managers included.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, Q, QuerySet, When

from rebond.accounts.models import User
from rebond.deals.queries import people_for
from rebond.mail.models import Folder, Kind, Mailbox, Received

RECENTLY = timedelta(days=30)
#: The kind in force, as a column: a person's correction before the program's reading.
MEANT = Case(When(corrected_kind="", then=F("kind")), default=F("corrected_kind"))
WITH = ("person__company", "mailbox__owner", "answers__sender", "corrected_by")


def received_for(user: User | None, kind: str = "") -> QuerySet[Received]:
    """What came in, newest first; of one kind in force, if that is one."""
    found = Received.objects.order_by("-received_at", "-pk")
    if user is not None and not user.is_admin:
        mine = Q(mailbox__owner=user) | Q(answers__sender=user) | Q(person__in=people_for(user))
        found = found.filter(mine)
    return found.annotate(in_force=MEANT).filter(in_force=kind) if kind in Kind.values else found


def may_read(user: User | None, received: Received) -> bool:
    """Whether its words are theirs to read, given that they may see the mail at all."""
    return user is None or not is_private(received) or received.mailbox.owner_id == user.pk


def is_private(received: Received) -> bool:
    """Whether its words are one colleague's alone: they came by themselves to that colleague's own mailbox."""
    return received.answers_id is None and received.mailbox.owner_id is not None


def counts(user: User | None, now: datetime) -> Counter[str]:
    """How many of each kind in force came within the last thirty days; one query."""
    recent = received_for(user).filter(received_at__gt=now - RECENTLY).order_by().annotate(in_force=MEANT)
    return Counter(dict(recent.values_list("in_force").annotate(Count("pk"))))


def all_counts(user: User | None) -> Counter[str]:
    """How many of each kind in force there are; one query."""
    every = received_for(user).order_by().annotate(in_force=MEANT)
    return Counter(dict(every.values_list("in_force").annotate(Count("pk"))))


def inboxes_for(user: User) -> list[Folder]:
    """The inbox of every mailbox whose state concerns them, and other folders with a problem: the installation's and
    their own; all for administrators."""
    found = (
        Folder.objects.filter(Q(name="INBOX") | ~Q(problem=""))
        .select_related("mailbox")
        .order_by("-mailbox__is_house", "pk")
    )
    return list(found if user.is_admin else found.filter(Q(mailbox__is_house=True) | Q(mailbox__owner=user)))


def concerning(user: User, boxes: list[Mailbox]) -> list[Mailbox]:
    """Of these, those that they may have read now."""
    return [box for box in boxes if user.is_admin or box.is_house or box.owner_id == user.pk]
