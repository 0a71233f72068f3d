"""A wish that became narrower: what was told to open screens before is held against it, so that nothing of it is told
to a screen that comes back, and a card that still stands somewhere is taken away.

What a chat or a mail was told stays told; what has not left is looked at when it leaves (``channels_told``,
``letters``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from rebond.accounts.models import User
from rebond.celebrate.models import Praise, PraiseStatus, Win, WinPart
from rebond.celebrate.praising import audience_of, data_of, manner_of, named_against_wish
from rebond.celebrate.telling import circle_around, tellings
from rebond.live import topics
from rebond.live.actions import KEPT, tell, tell_otherwise
from rebond.live.models import LiveEvent

#: An event as it would be told now: to whom, and what.
Told = tuple[list[str], dict[str, Any]]


def key_of(win: Win, kind: str) -> str:
    """What a win's own events are called: ``bell``, and ``count`` for those who may only know that there was one."""
    return f"celebrate.win:{win.pk}.{kind}"


def hold_wishes(*, of: Iterable[User]) -> None:
    """Until the transaction ends, what these people wish does not change beside it: a bell that is about to be told
    and a wish that is about to become narrower wait for each other, whichever comes first. (SQLite has one writer.)"""
    held = User.objects.select_for_update(no_key=True).filter(pk__in=[one.pk for one in of])
    list(held.order_by("pk").values_list("pk"))


@transaction.atomic
def retell_wins(*, of: User, now: datetime) -> None:
    """Everything told lately of the wins somebody had a part in, as all of its people wish it now."""
    with_part = Exists(WinPart.objects.filter(win=OuterRef("pk"), user=of).order_by())
    lately = Win.objects.filter(Q(owner=of) | with_part, rung_at__isnull=False)
    told = Q(rung_at__gt=now - KEPT) | Q(praise__sent_at__gt=now - KEPT)
    for win in lately.filter(told).select_related("deal__company", "owner", "team").order_by("pk"):
        retell(win=win, now=now)


@transaction.atomic
def retell(*, win: Win, now: datetime) -> None:
    """The same of one win; of one that was taken back nothing is told any more.

    No audit entry: what somebody wishes is written down where they say it, and not what it is.
    """
    as_now = _as_now(win) if win.withdrawn_at is None else {}
    before: set[str] = set()
    keys = [key_of(win, "bell"), key_of(win, "count"), *_praise_key(win)]
    for event in LiveEvent.objects.filter(key__in=keys).order_by("pk"):
        audience, data = as_now.get(event.key, ([], {}))
        audience = _no_wider(event.audience, audience)
        if (event.audience, event.data) != (sorted(audience), data if audience else {}):
            before |= {*event.audience}
            tell_otherwise(event=event, audience=audience, data=data if audience else {})
    _withdraw(win, before, now)


def _as_now(win: Win) -> dict[str, Told]:
    told = tellings(win, circle_around(win))
    found: dict[str, Told] = {key_of(win, one.kind): (one.audience, one.data) for one in told}
    praise = Praise.objects.select_related("leader").filter(win=win, status=PraiseStatus.SENT).first()
    if praise is not None:
        praise.win = win
        manner = manner_of(win)
        if manner.is_wanted and not named_against_wish(win, manner.wish, praise.text):
            found[f"celebrate.praise:{praise.pk}"] = (audience_of(win, manner), data_of(praise, manner.wish))
    return found


def _praise_key(win: Win) -> list[str]:
    return [f"celebrate.praise:{pk}" for pk in Praise.objects.filter(win=win).values_list("pk", flat=True)]


def _no_wider(before: Iterable[str], now: Iterable[str]) -> list[str]:
    """Whoever may hear of it now and was told then, or was among those who were.

    >>> _no_wider(["everyone"], ["team:3"]), _no_wider(["team:3"], ["everyone"]), _no_wider(["team:3"], ["user:5"])
    (['team:3'], ['team:3'], ['user:5'])
    >>> _no_wider(["user:5", "user:7"], ["team:3"]), _no_wider([], ["everyone"])
    (['user:5', 'user:7'], [])
    """
    was, may = {*before}, {*now}
    widest = min(map(_rank, was), default=len(_WIDEST))
    if not may or min(map(_rank, may)) >= widest:
        return sorted(may if was else ())
    return sorted(was)


_WIDEST = (topics.EVERYONE, "team", "user")


def _rank(topic: str) -> int:
    return _WIDEST.index(topic.partition(":")[0])


def _withdraw(win: Win, audience: Iterable[str], now: datetime) -> None:
    """A card that still stands somewhere goes, without a word."""
    number = LiveEvent.objects.filter(key__startswith=f"celebrate.withdrawn:{win.pk}.").count()
    key = f"celebrate.withdrawn:{win.pk}.{number}"
    tell(key=key, kind="withdrawn", audience=sorted(audience), data={"win": win.pk}, now=now)
