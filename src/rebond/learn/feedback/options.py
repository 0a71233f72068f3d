"""What the buyer is offered to choose from, and in which order: what fits the answer before it first, then at random.

The order is drawn from the invitation's nonce, so that a page looked at twice is the same page and a GET stores
nothing; it is kept with the answer, since what stands first is chosen more often.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.deals.models import CloseEvent
from rebond.learn.models import Happened, Mode
from rebond.learn.taxonomy import Taxonomy

#: Options shown at once; the rest is one tap away.
SHOWN = 9
#: A competitor is suggested to buyers once met on this many closes; at most so many names.
MET_ON, NAMES_SHOWN = 3, 8

_AFTER_A_WIN: dict[str, str | Promise] = {
    Happened.ANOTHER: pgettext_lazy("chosen over", "Another supplier"),
    Happened.KEPT: pgettext_lazy("chosen over", "What we already had"),
    Happened.IN_HOUSE: pgettext_lazy("chosen over", "Doing it ourselves"),
    Happened.POSTPONED: pgettext_lazy("chosen over", "Waiting, or not doing it at all"),
}
_FITTING: dict[str, tuple[str, ...]] = {
    Happened.ANOTHER: ("offer", "value", "process"),
    Happened.KEPT: ("situation", "risk", "need"),
    Happened.IN_HOUSE: ("offer", "value", "need"),
    Happened.POSTPONED: ("situation", "need", "people"),
    Happened.DECIDING: ("people", "value", "process"),
}
STATEMENTS_SAID: dict[str, str | Promise] = {
    "involved": _("They involved the right people."),
    "understood": _("They understood our problem."),
    "proposal": _("The proposal met our need, without surprises."),
    "helped": _("They helped us decide."),
}
#: The safest first.
MODES = (Mode.CONFIDENTIAL, Mode.SHARED, Mode.ANONYMOUS)


def what_happened(won: bool) -> dict[str, str | Promise]:
    """B1's answers in the order shown; after a win, what we were chosen over."""
    return _AFTER_A_WIN if won else {happened.value: happened.label for happened in Happened}


def ordered_options(names: Taxonomy, *, nonce: str, happened: str, won: bool) -> list[str]:
    """Every code a buyer may choose: groups that fit ``happened`` first, each part in the invitation's own order.

    After a win without those that are no reason to buy.
    """
    fitting = _FITTING.get(happened, ())
    offered = [reason for reason in names.active if reason.buyer_win or not won]
    return [
        reason.code for reason in sorted(offered, key=lambda one: (one.group not in fitting, _drawn(nonce, one.code)))
    ]


def _drawn(nonce: str, code: str) -> bytes:
    """A place as random as the nonce."""
    return hashlib.sha256(f"{nonce}:{code}".encode()).digest()


def suggested_competitors(now: datetime) -> tuple[str, ...]:
    """Names for the "which supplier" field, most met first.

    Counted once an hour in each process: the page is public and the closes are many.
    """
    return _suggested(now.replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=2)
def _suggested(_hour: datetime) -> tuple[str, ...]:
    closes = CloseEvent.objects.exclude(competitor__in=("", "none")).values("competitor")
    met = closes.annotate(times=Count("deal", distinct=True)).filter(times__gte=MET_ON)
    return tuple(met.order_by("-times", "competitor").values_list("competitor", flat=True)[:NAMES_SHOWN])
