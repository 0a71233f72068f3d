"""What the guards look at, read for a whole batch at once: so many queries per batch, however many mails are in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import Count, Q

from rebond.mail import purposes, queries
from rebond.mail.guarding import windows
from rebond.mail.models import (
    Aftermath,
    Halt,
    Mailbox,
    Message,
    MessageStatus,
    Rhythm,
    Scope,
    Suppression,
    Wish,
)

#: Has left, or may have.
LEFT = (
    MessageStatus.CLAIMED,
    MessageStatus.DATA_STARTED,
    MessageStatus.ACCEPTED,
    MessageStatus.UNKNOWN,
    MessageStatus.ASSUMED_SENT,
)
#: Reasons of what waits for a mailbox's quota.
PER_MINUTE, PER_DAY = "minute_quota", "daily_quota"
A_YEAR = timedelta(days=365)
SOFT_FOR = timedelta(days=30)
MIDNIGHT = time(0, 0)


@dataclass(frozen=True)
class Asked:
    """One mail that would like to leave.

    Attributes:
        number: its key in the answer.
        mark: ``mail.addresses.fingerprint`` of the recipient.
        scope, use, cadence: as its purpose says.
        mailbox: the mailbox's id; ``None`` for the installation's own.
        window: the person's time zone and country; ``None`` for any time.
        since: when it should have left.
    """

    number: int
    address: str
    mark: str
    scope: str
    use: str
    cadence: bool
    mailbox: int | None
    window: tuple[str, str] | None
    since: datetime


@dataclass
class Tally:
    """What one mailbox has sent, and what waits for its next minute or day."""

    minute: int = 0
    day: int = 0
    for_minute: int = 0
    for_day: int = 0


@dataclass
class State:
    """The facts of one batch; the guards count in it what the batch itself sends.

    Attributes:
        halts: ``Halts`` values that stand.
        house: the installation's own mailbox; ``None`` before it was made.
        past: by fingerprint, when mail left to this person in the last year, oldest first.
        soft: by fingerprint, when mail came back for now in the last thirty days, oldest first.
    """

    halts: set[str] = field(default_factory=set)
    mailboxes: dict[int, Mailbox] = field(default_factory=dict)
    house: Mailbox | None = None
    silent: set[tuple[str, str]] = field(default_factory=set)
    founded: set[tuple[str, str]] = field(default_factory=set)
    rhythms: dict[str, str] = field(default_factory=dict)
    past: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    soft: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    tallies: dict[int | None, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def box(self, asked: Asked) -> Mailbox | None:
        """The mailbox it leaves from."""
        return self.house if asked.mailbox is None else self.mailboxes.get(asked.mailbox)

    def tally(self, asked: Asked) -> Tally:
        """Of the mailbox it leaves from; the installation's own has one, whether a mail names it or not."""
        box = self.box(asked)
        return self.tallies[None if box is None or box.is_house else box.pk]


def gather(asked: Sequence[Asked], now: datetime) -> State:
    """The facts that decide about these; at most eleven queries, and those of each use that needs a basis."""
    state = State(halts=halts_standing())
    if not asked:
        return state
    _silence(state, asked)
    _bases(state, asked, now)
    notes = [one for one in asked if one.cadence]
    if notes:
        _mailboxes(state)
        _rhythms(state, {one.mark for one in notes})
        _past(state, {one.mark for one in notes}, now)
        _soft(state, {one.mark for one in notes}, now)
        _tallies(state, now)
    return state


def halts_standing() -> set[str]:
    """What is stopped now (``Halts`` values); one query."""
    return set(Halt.objects.filter(lifted_at=None).values_list("covers", flat=True))


def _silence(state: State, asked: Iterable[Asked]) -> None:
    standing = Suppression.objects.filter(fingerprint__in={one.mark for one in asked}, lifted_at=None)
    state.silent = set(standing.values_list("fingerprint", "scope"))


def is_silent(state: State, asked: Asked) -> bool:
    """Whether the address gets nothing of this mail's scope, or nothing at all."""
    return any((asked.mark, scope) in state.silent for scope in (Scope.ALL.value, asked.scope))


def _bases(state: State, asked: Iterable[Asked], now: datetime) -> None:
    by_use: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        if one.use:
            by_use[one.use].append(one)
    for use, those in by_use.items():
        found = queries.basis_for([one.address for one in those], use, now)
        state.founded |= {(one.mark, use) for one in those if one.address in found}


def _mailboxes(state: State) -> None:
    state.mailboxes = {box.pk: box for box in Mailbox.objects.all()}
    state.house = next((box for box in state.mailboxes.values() if box.is_house), None)


def _rhythms(state: State, marks: set[str]) -> None:
    wishes = Wish.objects.filter(fingerprint__in=marks).exclude(rhythm=Rhythm.USUAL)
    state.rhythms = dict(wishes.values_list("fingerprint", "rhythm"))


def _past(state: State, marks: set[str], now: datetime) -> None:
    """Product mail is what goes to people outside: what has a scope. Mail to colleagues and to ourselves has none."""
    left = Message.objects.filter(fingerprint__in=marks, status__in=LEFT).exclude(purpose__in=purposes.silenced_by(""))
    left = left.filter(Q(finished_at__gt=now - A_YEAR) | Q(finished_at=None, send_at__gt=now - A_YEAR))
    for mark, finished, due in left.values_list("fingerprint", "finished_at", "send_at"):
        state.past[mark].append(finished or due)
    for moments in state.past.values():
        moments.sort()


def _soft(state: State, marks: set[str], now: datetime) -> None:
    came = Message.objects.filter(
        fingerprint__in=marks, aftermath=Aftermath.BOUNCED_SOFT, aftermath_at__gt=now - SOFT_FOR
    )
    for mark, at in came.order_by("aftermath_at").values_list("fingerprint", "aftermath_at"):
        if at is not None:
            state.soft[mark].append(at)


def day_begins(now: datetime) -> datetime:
    """When the day of the installation's time zone began."""
    return windows.wall_time(now, settings.TIME_ZONE, MIDNIGHT)


def _tallies(state: State, now: datetime) -> None:
    """Of the mailboxes that have a limit; most have, or none."""
    limited = {box.pk for box in state.mailboxes.values() if box.per_minute or box.per_day}
    if not limited:
        return
    for mailbox, minute, day in _left_today(limited, state.house, now):
        tally = state.tallies[_key(state, mailbox)]
        tally.minute, tally.day = tally.minute + minute, tally.day + day
    waiting = Message.objects.filter(
        status__in=(MessageStatus.PLANNED, MessageStatus.DEFERRED), reason__in=(PER_MINUTE, PER_DAY), send_at__gt=now
    )
    for mailbox, reason, count in waiting.order_by().values_list("mailbox", "reason").annotate(Count("pk")):
        tally = state.tallies[_key(state, mailbox)]
        if reason == PER_MINUTE:
            tally.for_minute += count
        else:
            tally.for_day += count


def _left_today(boxes: set[int], house: Mailbox | None, now: datetime) -> list[tuple[int | None, int, int]]:
    """(mailbox, in the last minute, since midnight); what is just leaving has left in both. Three queries at most."""
    begins = day_begins(now)
    sent = Message.objects.filter(
        status__in=(MessageStatus.ACCEPTED, MessageStatus.ASSUMED_SENT), finished_at__gte=begins
    )
    lately = Count("pk", filter=Q(finished_at__gt=now - timedelta(minutes=1)))
    # One by one: each finds its way by the index of (mailbox, finished_at); together none does.
    parts = [sent.filter(mailbox__in=boxes)]
    if house is not None and house.pk in boxes:
        parts.append(sent.filter(mailbox=None))
    found = [
        (row["mailbox"], row["minute"], row["day"])
        for part in parts
        for row in part.order_by().values("mailbox").annotate(minute=lately, day=Count("pk"))
    ]
    leaving = Q(status__in=(MessageStatus.CLAIMED, MessageStatus.DATA_STARTED))
    unknown = Q(status=MessageStatus.UNKNOWN, send_at__gte=begins)
    open_ones = Message.objects.filter(leaving | unknown).order_by().values("mailbox")
    counted = open_ones.annotate(minute=Count("pk", filter=leaving), day=Count("pk"))
    return [*found, *((row["mailbox"], row["minute"], row["day"]) for row in counted)]


def left_today(boxes: Iterable[Mailbox], house: Mailbox, now: datetime) -> Counter[int]:
    """How many mails left each of these mailboxes today, by its id; three queries at most, for screens."""
    wanted = {box.pk for box in boxes}
    counts: Counter[int] = Counter()
    for mailbox, _minute, day in _left_today(wanted, house, now):
        counts[house.pk if mailbox is None else mailbox] += day
    return counts


def _key(state: State, mailbox: int | None) -> int | None:
    return None if state.house is not None and mailbox == state.house.pk else mailbox
