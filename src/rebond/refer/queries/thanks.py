"""Whom to thank: the newest move of each introduction that nobody has thanked for."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from rebond.accounts.models import User
from rebond.mail.models import Scope
from rebond.mail.queries import suppressed
from rebond.refer.models import Move, State

#: Moves worth a thank-you; a no of whoever was introduced, too.
THANKED = (State.INTRODUCED, State.QUALIFIED, State.WON, State.LOST)
#: A deal that was opened again is no news to be thanked for.
ENDED = (State.WON, State.LOST, State.REWARD_DUE)
#: Later than this it comes out of the blue.
WITHIN = timedelta(days=60)


def waiting(user: User, now: datetime) -> QuerySet[Move]:
    """The same as rows that can be counted within another query; without the last look at who wants no mail."""
    newer = Move.objects.filter(referral=OuterRef("referral"), number__gt=OuterRef("number"), to_state__in=THANKED)
    return Move.objects.filter(
        ~Exists(newer), to_state__in=THANKED, thanks=None, at__gt=now - WITHIN, at__lte=now, referral__owner=user,
        referral__advocate__person__isnull=False,
    ).exclude(referral__state=State.VOID).exclude(to_state=State.QUALIFIED, from_state__in=ENDED)  # fmt: skip


def to_thank(user: User, now: datetime) -> list[Move]:
    """Moves to introduced, qualified, won or lost within 60 days that nobody was thanked for.

    Of the seller's own referrals, the newest of each, oldest first, with ``referral.advocate.person`` and the deal; not
    of people who are erased or want no mail about introductions. Two queries, however many there are.
    """
    beside = ("referral__advocate__person__company", "referral__deal", "referral__company")
    moves = list(waiting(user, now).select_related(*beside).order_by("at", "pk"))
    addresses = {move.pk: person.email for move in moves if (person := move.referral.advocate.person) and person.email}
    silent = suppressed(set(addresses.values()), Scope.REFERRAL) if addresses else set()
    return [move for move in moves if addresses.get(move.pk, "") not in silent]
