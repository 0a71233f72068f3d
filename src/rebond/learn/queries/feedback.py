"""Reads about asking buyers: the rules in force, who is asked, what waits, how well it works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Prefetch, Q, QuerySet

from rebond.accounts.models import Role, User
from rebond.accounts.queries import can_sign_in
from rebond.base.dates import moments_of
from rebond.deals.models import NOES, CloseEvent, CloseSource, Deal, Outcome, Touch
from rebond.deals.queries import deals_for
from rebond.learn.feedback import rules
from rebond.learn.feedback.health import AskedRow, CloseRow, Health, Read, day_of, health_of, stands
from rebond.learn.models import (
    FeedbackProgramme,
    Invitation,
    InvitationStatus,
    Mode,
    ReasonAssertion,
    Response,
    Voice,
    Weight,
)
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Message, MessageStatus

#: A mail that stands like this reached the buyer, may have, or is about to; the rest never will.
ON_THE_WAY = (
    MessageStatus.PLANNED, MessageStatus.CLAIMED, MessageStatus.DATA_STARTED, MessageStatus.DEFERRED,
    MessageStatus.ACCEPTED, MessageStatus.UNKNOWN, MessageStatus.ASSUMED_SENT,
)  # fmt: skip
#: How far back the programme's health looks unless told otherwise.
LOOK_BACK = timedelta(days=365)
#: Days outside these are slips of the keyboard, and some lie outside what a time zone can hold.
EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)
#: Where a close stands that nobody was asked about.
UNASKED = ("planned", "left_out", "before")
ASKED_ABOUT = (*NOES, Outcome.WON)


def programme() -> FeedbackProgramme:
    """The rules in force: the latest version, or the defaults (unsaved, version 0) while nobody has set any."""
    latest = FeedbackProgramme.objects.select_related("sender", "reader").order_by("-version").first()
    return latest or FeedbackProgramme(version=0)


def colleagues_for(deal: Deal, *named: User | None) -> list[User]:
    """Everybody who might ask or read for ``deal``, in the order they joined: leads, its team, and those named."""
    ids = [user.pk for user in named if user is not None]
    might = Q(role__in=(Role.MANAGER, Role.ADMIN)) | Q(pk__in=ids)
    if deal.team_id:
        might |= Q(team=deal.team_id)
    return list(can_sign_in().filter(might).order_by("pk"))


def touched_by(deal: Deal) -> set[int]:
    """Who had a contact with the buyer about ``deal``."""
    found = Touch.objects.filter(deal=deal, owner__isnull=False).values_list("owner_id", flat=True).distinct()
    return {owner for owner in found if owner is not None}


def asked_lately(addresses: Collection[str], *, now: datetime) -> set[str]:
    """Of these addresses (as given) those a question went to within ``rules.AGAIN_AFTER``, or is planned for.

    By the address and not by the record, so that one person noted twice is asked once; one query.
    """
    prints = {fingerprint(address): address for address in addresses}
    found = Message.objects.filter(
        fingerprint__in=prints, purpose="learn.invitation", status__in=ON_THE_WAY,
        send_at__gt=now - rules.AGAIN_AFTER,
    )  # fmt: skip
    return {prints[one] for one in found.values_list("fingerprint", flat=True)}


def invitations_for(user: User | None) -> QuerySet[Invitation]:
    """Invitations about deals ``user`` may open, and those that go out in their name; ``None`` is the program."""
    everything = Invitation.objects.select_related("deal", "deal__company", "person", "sender", "close_event")
    if user is None or user.is_admin:
        return everything
    return everything.filter(Q(deal__in=deals_for(user)) | Q(sender=user))


def about_to_go(invitations: QuerySet[Invitation], *, now: datetime) -> QuerySet[Invitation]:
    """Planned questions that leave within 48 hours, soonest first; with those that are held up."""
    planned = invitations.filter(status=InvitationStatus.PLANNED, send_at__lte=now + rules.NOTICE)
    return planned.order_by("send_at", "pk")


def later(invitations: QuerySet[Invitation], *, now: datetime) -> QuerySet[Invitation]:
    """Planned questions that leave after that, soonest first."""
    return invitations.filter(status=InvitationStatus.PLANNED, send_at__gt=now + rules.NOTICE).order_by("send_at", "pk")


def waiting(invitations: QuerySet[Invitation], *, now: datetime) -> QuerySet[Invitation]:
    """Asked, not answered, the link still open; the latest first."""
    return invitations.filter(status=InvitationStatus.SENT, expires_at__gt=now).order_by("-sent_at", "-pk")


def answered(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """Who answered, the latest first; what they said is not here."""
    return invitations.filter(status=InvitationStatus.ANSWERED).order_by("-answered_on", "-pk")


def leaving_in_name_of(user: User, *, now: datetime) -> QuerySet[Invitation]:
    """What leaves within 48 hours in this person's name."""
    return about_to_go(Invitation.objects.filter(sender=user), now=now)


def confidential_for(user: User) -> QuerySet[Response]:
    """Confidential answers that ``user``, and nobody else, may read; while they stay outside the deal."""
    named = Response.objects.filter(is_final=True, mode=Mode.CONFIDENTIAL, invitation__reader=user)
    outside = named.exclude(invitation__deal__owner=user).exclude(invitation__deal__touches__owner=user)
    if user.role == Role.SELLER and user.team_id:
        outside = outside.exclude(invitation__deal__team=user.team_id)  # sells there by now
    people = outside.select_related("invitation", "invitation__person", "invitation__deal", "invitation__deal__company")
    return people.order_by(F("submitted_at").desc(nulls_last=True), "pk")


def health(user: User | None, since: date, until: date, *, now: datetime | None = None) -> Health:
    """How well asking works: deals that ``user`` may open, closed from ``since`` to ``until``, both days included.

    Args:
        now: which links are still open; the end of ``until`` when missing.

    Four queries whatever the number. Days are the installation's (``REBOND_TIME_ZONE``), so that the screen and the
    command line say the same to everybody.
    """
    return health_of(_read(user, since, until, now))


def noes_standing(user: User | None, since: date, until: date, show: str) -> QuerySet[CloseEvent]:
    """The noes behind a figure of ``health``, latest first: ``answered``, ``asked`` (silent so far) or ``unasked``."""
    read = _read(user, since, until, None)
    noes = [row for row in read.closes if row.outcome in NOES]
    wanted = UNASKED if show == "unasked" else (show,)
    ids = [pk for pk, stand in stands(noes, read.asked).items() if stand in wanted]
    found = CloseEvent.objects.filter(pk__in=ids).select_related("deal", "deal__company", "deal__owner")
    people = Prefetch("invitations", Invitation.objects.select_related("person").order_by("pk"))
    return found.prefetch_related(people).order_by("-closed_at", "-pk")


def _read(user: User | None, since: date, until: date, now: datetime | None) -> Read:
    period = moments_of(since, until)
    closed = CloseEvent.objects.filter(_ends("", user, period)).order_by()
    imported = closed.filter(source=CloseSource.IMPORT).count()
    ours = dict(closed.exclude(source=CloseSource.IMPORT).values_list("pk", "outcome"))
    asked = list(_asked(_ends("close_event__", user, period), now or period[1]))
    looked_at = {row.close: row.outcome for row in asked if row.close not in ours}
    closes = [CloseRow(pk, outcome) for pk, outcome in (ours | looked_at).items()]
    reasons = _main_reasons(closed.exclude(source=CloseSource.IMPORT))
    return Read(since, until, closes, asked, reasons, imported - len(looked_at))


def _ends(path: str, user: User | None, period: tuple[datetime, datetime]) -> Q:
    """Ends a buyer decided, of deals ``user`` may open (``deals.queries.deals_for``), within the period.

    Args:
        path: from the rows asked for to their close event, e.g. ``close_event__``; plain joins are ten times quicker
            here than a subquery of deals.
    """
    wanted = {"outcome__in": ASKED_ABOUT, "closed_at__gte": period[0], "closed_at__lt": period[1]}
    if user is not None and not user.is_admin:
        wanted |= {"deal__team": user.team_id} if user.team_id else {"deal__owner": user.pk}
    return Q(**{path + name: value for name, value in wanted.items()})


def _asked(ends: Q, now: datetime) -> Iterable[AskedRow]:
    zone = ZoneInfo(settings.TIME_ZONE)
    found = Invitation.objects.filter(ends).values_list(
        "close_event_id", "status", "close_event__outcome", "excluded_because", "excluded_by__name", "delay_days",
        "sent_at", "answered_on", "expires_at", "deal__segment", "deal__owner__name",
    )  # fmt: skip
    for close, status, outcome, because, by, delay, sent_at, answered_on, expires_at, segment, seller in found:
        yield AskedRow(
            close, status, outcome, because, by or "", delay, day_of(sent_at, zone), answered_on,
            bool(expires_at and expires_at > now), segment, seller or "",
        )  # fmt: skip


def _main_reasons(closed: QuerySet[CloseEvent]) -> Counter[str]:
    """The seller's main reason of each close as it stands now, counted."""
    said = ReasonAssertion.objects.filter(close_event__in=closed, source=Voice.SELLER, role=Weight.PRIMARY)
    latest = dict(said.order_by("edition", "pk").values_list("close_event_id", "code"))
    return Counter(latest.values())


def period_of(since: date | None, until: date | None, *, today: date) -> tuple[date, date]:
    """The days asked for, in order; the year up to ``today`` where one is missing.

    >>> period_of(date(2026, 6, 9), date(2026, 1, 1), today=date(2026, 6, 9))
    (datetime.date(2026, 1, 1), datetime.date(2026, 6, 9))
    """
    first, last = sorted((since or today - LOOK_BACK, until or today))
    return max(first, EARLIEST), min(max(last, EARLIEST), LATEST)
