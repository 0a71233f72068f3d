"""Whether people call our mail unwanted: at one in a thousand we are told, at three in a thousand notes stop (L08).

The large mail providers ask for less than 0.10 % and refuse a sender above 0.30 % (Gmail and Yahoo, sender
guidelines, 2024). Counted over the last seven days, from 200 mails on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db.models import Count, Q

from rebond.mail import purposes
from rebond.mail.models import Aftermath, HaltReason, Halts, Mailbox, Message, MessageStatus
from rebond.numbers.rates import wilson

LOOK_BACK = timedelta(days=7)
COMPLAINED_ABOUT = timedelta(days=60)
LEAST = 200
#: In thousandths, compared in whole numbers.
WARN_AT, STOP_AT = 1, 3
SURE = 0.9
#: From so many mails a day to Gmail on, Google calls a domain a bulk sender, and never takes it back (L07).
BULK = 5_000
GMAIL = ("@gmail.com", "@googlemail.com")
#: Words of caution begin at this share of ``BULK``.
NEAR = 0.8
LEFT = (MessageStatus.ACCEPTED, MessageStatus.ASSUMED_SENT)


class Level(Enum):
    """How the complaints stand."""

    TOO_FEW = "too_few"
    FINE = "fine"
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True)
class Complaints:
    """``k`` of ``n`` mails of the last seven days were called unwanted."""

    k: int
    n: int

    @property
    def level(self) -> Level:
        if self.n < LEAST:
            return Level.TOO_FEW
        if self.k * 1000 >= STOP_AT * self.n:
            return Level.STOP
        return Level.WARN if self.k * 1000 >= WARN_AT * self.n else Level.FINE

    @property
    def range(self) -> tuple[float, float]:
        """Between which shares, in per cent, the true one lies nine times in ten (Wilson)."""
        low, high = wilson(self.k, self.n, SURE) if self.n else (0.0, 1.0)
        return low * 100, high * 100


def complaints(now: datetime) -> Complaints:
    """Of the mails to people outside that left in the last seven days; two queries.

    A complaint counts in the week it comes, about whatever mail of the last sixty days.
    """
    since = now - LOOK_BACK
    product = Message.objects.filter(purpose__in=purposes.to_people())
    told = product.filter(finished_at__gt=now - COMPLAINED_ABOUT, aftermath=Aftermath.COMPLAINED)
    sent = product.filter(finished_at__gt=since, status__in=LEFT)
    return Complaints(told.filter(aftermath_at__gt=since).count(), sent.count())


def halt_if_needed(*, now: datetime) -> bool:
    """Stops all notes when too many people complain; called whenever a complaint is noted. Whether it had to."""
    from rebond.mail.actions.halts import halt

    found = complaints(now)
    if found.level is not Level.STOP:
        return False
    note = f"{found.k} / {found.n}"
    halt(covers=Halts.CADENCE, because=HaltReason.COMPLAINTS, note=note, actor=None, now=now)
    return True


@dataclass(frozen=True)
class ToGmail:
    """The fullest of the last days: ``most`` mails of one sending domain to Gmail within one day."""

    domain: str
    most: int

    @property
    def near(self) -> bool:
        return self.most >= BULK * NEAR

    @property
    def bulk(self) -> bool:
        return self.most >= BULK


def to_gmail(now: datetime) -> list[ToGmail]:
    """What left in the last 24 hours to Gmail's own addresses, by our sending domain, largest first; two queries.

    Addresses of companies whose mail Google runs are not known from here, and count there too.
    """
    sent = Message.objects.filter(status__in=LEFT, finished_at__gt=now - timedelta(days=1))
    gmail = sent.filter(Q(recipient__endswith=GMAIL[0]) | Q(recipient__endswith=GMAIL[1]))
    counted = list(gmail.order_by().values_list("mailbox").annotate(Count("pk")))
    boxes = list(Mailbox.objects.filter(Q(is_house=True) | Q(pk__in=[pk for pk, _count in counted]))) if counted else []
    domains: dict[int | None, str] = {box.pk: _domain(box.address) for box in boxes}
    domains[None] = next((_domain(box.address) for box in boxes if box.is_house), "")
    totals: dict[str, int] = {}
    for mailbox, count in counted:
        totals[domains[mailbox]] = totals.get(domains[mailbox], 0) + count
    return [ToGmail(name, most) for name, most in sorted(totals.items(), key=lambda one: -one[1])]


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
