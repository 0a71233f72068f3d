"""What time alone brings about: absences that end, dates that come, cadences whose time is over.

Each step finds what is ripe, takes it row by row under a lock, and looks again before it changes anything: two
schedulers at once are harmless, and run again at once it finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.base.dates import show_day
from rebond.base.errors import RebondError
from rebond.deals.models import Deal, DealPerson, Outcome, Person, ReopenEvent
from rebond.nurture.actions.rows import finish, locked, rest, schedule, withdraw
from rebond.nurture.actions.settings import freeze
from rebond.nurture.actions.signals import note_signal
from rebond.nurture.actions.touching import send_note
from rebond.nurture.models import (
    Away,
    DueBecause,
    Ended,
    Enrolment,
    Given,
    NamedDate,
    Paused,
    SignalKind,
    Standing,
    Step,
    StepSwitch,
)
from rebond.nurture.queries.standing import today_of, with_open_deal

#: The earth's clocks are at most so far from UTC: what may be ripe somewhere is looked at.
A_DAY = timedelta(days=1)
#: A deal so long after a piece was sent is still put down to it.
REOPENED_WITHIN = timedelta(days=365)
#: At most so many of each kind in one run; the next one goes on.
AT_MOST = 2000


def wake(*, now: datetime) -> int:
    """Those whose pause is over go on; how many. Whoever was away is due at once: they are back."""
    ripe = Enrolment.objects.filter(status=Standing.PAUSED, paused_until__lte=(now + A_DAY).date())
    return _each(ripe.order_by("paused_until", "pk"), _wake, now)


def _wake(enrolment: Enrolment, now: datetime) -> bool:
    until, because = enrolment.paused_until, enrolment.paused_because
    if enrolment.status != Standing.PAUSED or until is None or until > today_of(enrolment, now):
        return False
    if with_open_deal([enrolment.person_id]):
        rest(enrolment, Paused.DEAL_OPEN, None)
        return True
    schedule(enrolment, now)
    is_due = enrolment.due_on is not None and enrolment.due_on <= today_of(enrolment, now)
    if because == Paused.AWAY and is_due and enrolment.due_because:
        enrolment.due_because = DueBecause.RETURN
    return True


def give_up(*, now: datetime) -> int:
    """Those who stayed without an answer, and whose last chance to give one has passed, end; how many."""
    ripe = Enrolment.objects.filter(status=Standing.ACTIVE, due_because="", due_on__lte=(now + A_DAY).date())
    return _each(ripe.order_by("due_on", "pk"), _give_up, now)


def _give_up(enrolment: Enrolment, now: datetime) -> bool:
    ripe = enrolment.status == Standing.ACTIVE and not enrolment.due_because and enrolment.due_on is not None
    if not ripe or (enrolment.due_on and enrolment.due_on > today_of(enrolment, now)):
        return False
    finish(enrolment, Ended.UNANSWERED, actor=None, now=now)
    return True


def mind_open_deals(*, now: datetime) -> int:
    """Whoever has an open deal rests while it is open, and goes on when none is; how many changed."""
    has_open = Exists(DealPerson.objects.filter(person=OuterRef("person_id"), deal__outcome=Outcome.OPEN))
    begun = Enrolment.objects.filter(
        status=Standing.ACTIVE, person__in=DealPerson.objects.filter(deal__outcome=Outcome.OPEN).values("person")
    )
    over = Enrolment.objects.filter(~has_open, status=Standing.PAUSED, paused_because=Paused.DEAL_OPEN)
    return _each(begun.order_by("pk"), _rest_for_deal, now) + _each(over.order_by("pk"), _go_on, now)


def _rest_for_deal(enrolment: Enrolment, now: datetime) -> bool:
    if enrolment.status != Standing.ACTIVE or not with_open_deal([enrolment.person_id]):
        return False
    withdraw(enrolment, Paused.DEAL_OPEN, actor=None, now=now)
    rest(enrolment, Paused.DEAL_OPEN, None)
    return True


def _go_on(enrolment: Enrolment, now: datetime) -> bool:
    rests = enrolment.status == Standing.PAUSED and enrolment.paused_because == Paused.DEAL_OPEN
    if not rests or with_open_deal([enrolment.person_id]):
        return False
    schedule(enrolment, now)
    return True


def mind_absences(*, now: datetime) -> int:
    """What is due while its seller is away comes after their return; how many."""
    today = now.date()
    gone = Away.objects.filter(cancelled_at=None, first_on__lte=today + A_DAY, last_on__gte=today - A_DAY)
    return sum(_absence(away, now) for away in gone.select_related("user"))


@transaction.atomic
def _absence(away: Away, now: datetime) -> int:
    return freeze(away, now)


def reach_dates(*, now: datetime) -> int:
    """A date they gave has come: a sign, once; how many. Nobody is raised while a deal with them is open."""
    ripe = NamedDate.objects.filter(settled_at=None, on__lte=now.date()).order_by("on", "pk")
    return sum(_reach(pk, now) for pk in list(ripe.values_list("pk", flat=True)[:AT_MOST]))


@transaction.atomic
def _reach(pk: int, now: datetime) -> int:
    named = NamedDate.objects.select_for_update(of=("self",)).select_related("person").get(pk=pk)
    if named.settled_at is not None:
        return 0
    named.settled_at = now
    named.save(update_fields=["settled_at"])
    record(verb="nurture.reach_date", subject=named, actor=None, at=now, kind=named.kind)
    if with_open_deal([named.person_id]) or _is_silent(named.person):
        return 0
    text = _("%(what)s: %(day)s") % {"what": named.get_kind_display(), "day": show_day(named.on)}
    words = f"“{named.words}” · {text}" if named.words else text
    signal = note_signal(
        person=named.person, kind=SignalKind.DATE, ref=f"date:{named.pk}", words=words, at=now, now=now
    )
    return int(signal is not None)


def _is_silent(person: Person) -> bool:
    from rebond.nurture.actions.enrolling import is_silent

    return is_silent(person)


@transaction.atomic
def note_reopened(*, now: datetime) -> int:
    """Pieces after which a deal with that person opened, or opened again, within a year: noted once; how many."""
    given = Given.objects.filter(reopened_at=None, sent_at__gt=now - REOPENED_WITHIN, sent_at__lte=now)
    theirs = Q(deal_people__person=OuterRef("person_id"))
    opened = Deal.objects.filter(theirs, opened_at__gt=OuterRef("sent_at"), opened_at__lte=now).order_by()
    again = ReopenEvent.objects.filter(
        close_event__deal__deal_people__person=OuterRef("person_id"), at__gt=OuterRef("sent_at"), at__lte=now
    ).order_by()
    ripe = list(given.filter(Exists(opened) | Exists(again)).order_by("pk")[:AT_MOST])
    for one in ripe:
        one.reopened_at = _first_opening(one, now)
    Given.objects.bulk_update(ripe, ["reopened_at"], batch_size=500)
    return len(ripe)


def _first_opening(given: Given, now: datetime) -> datetime:
    """When a deal with this person first opened after the piece was sent."""
    deals = Deal.objects.filter(deal_people__person=given.person_id, opened_at__gt=given.sent_at, opened_at__lte=now)
    events = ReopenEvent.objects.filter(
        close_event__deal__deal_people__person=given.person_id, at__gt=given.sent_at, at__lte=now
    )
    found: list[datetime | None] = [
        deals.aggregate(at=Min("opened_at"))["at"], events.aggregate(at=Min("at"))["at"]
    ]  # fmt: skip
    return min(at for at in found if at is not None)


def automatic(*, now: datetime) -> QuerySet[Enrolment]:
    """Who is due now and whose owner lets this step leave by itself: never the first touch, never after none."""
    every_later = StepSwitch.EVERY_LATER
    switched = StepSwitch.objects.filter(owner=OuterRef("owner_id"), cadence=OuterRef("cadence")).filter(
        Q(number=OuterRef("step")) | Q(number=every_later, number__lte=OuterRef("step"))
    )
    ripe = Enrolment.objects.filter(
        Exists(switched), status=Standing.ACTIVE, due_at__lte=now, step__gte=2, touched_at__isnull=False
    )
    ripe = ripe.exclude(due_because="").exclude(person__email="").exclude(owner=None)
    planned = Step.objects.filter(enrolment=OuterRef("pk"), number=OuterRef("step"))
    return (
        ripe.filter(~Exists(planned)).select_related("person__company", "owner", "close_event", "deal").order_by("pk")
    )


def send_automatic(*, now: datetime, at_most: int = 200) -> int:
    """Plans the notes that leave by themselves; how many. What cannot be sent waits on its seller's list."""
    from rebond.nurture.drafts import draft_for  # which loads the library

    planned = 0
    for one in automatic(now=now)[:at_most]:
        written = draft_for(one, now=now)
        try:
            send_note(
                enrolment=one, subject=written.subject, body=written.body, piece=written.piece, actor=None, now=now,
                automatic=True,
            )  # fmt: skip
        except RebondError:
            continue
        planned += 1
    return planned


def _each(found: QuerySet[Enrolment], change: Callable[[Enrolment, datetime], bool], now: datetime) -> int:
    """Each row in a transaction of its own, so that one that waits holds up no other."""
    return sum(_one(pk, change, now) for pk in list(found.values_list("pk", flat=True)[:AT_MOST]))


@transaction.atomic
def _one(pk: int, change: Callable[[Enrolment, datetime], bool], now: datetime) -> int:
    mine = locked(Enrolment(pk=pk))
    if not change(mine, now):
        return 0
    mine.save()
    record(verb="nurture.move", subject=mine, actor=None, at=now, status=mine.status)
    return 1
