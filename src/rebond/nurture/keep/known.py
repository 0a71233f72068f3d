"""One person: what happened between us, in the order it did; what we may send, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import show_day
from rebond.deals.models import NOES, CloseEvent, Direction, Person, Touch
from rebond.deals.queries import deals_for
from rebond.mail.models import Basis, Kind, Message, Received, Use
from rebond.mail.queries import suppressed
from rebond.mail.queries.basis import basis_for
from rebond.mail.queries.inbox import may_read
from rebond.nurture.access import enrolments_for, signals_visible
from rebond.nurture.cadence.policies import Policy, edition
from rebond.nurture.models import Ended, Enrolment, Given, NamedDate, Paused, Signal, Standing, Step, StepStatus

AT_MOST = 50


@dataclass(frozen=True)
class Moment:
    """One line of what happened: ``words`` are theirs or ours, as a quote; ``after`` is what came of it."""

    at: datetime
    icon: str
    title: str
    words: str = ""
    after: str = ""
    theirs: bool = False


@dataclass(frozen=True)
class Known:
    """What the page of a person shows.

    Attributes:
        enrolment: the one that goes on, else the last one; ``None`` for somebody never in touch.
        policy: the one it follows.
        moments: newest first.
        silent: they asked for silence, or their address does not exist.
    """

    person: Person
    enrolment: Enrolment | None
    policy: Policy | None
    moments: tuple[Moment, ...]
    signals: tuple[Signal, ...]
    dates: tuple[NamedDate, ...]
    given: tuple[Given, ...]
    basis: Basis | None
    silent: bool

    @property
    def state(self) -> str:
        """How staying in touch with them stands, in one sentence."""
        one = self.enrolment
        if one is None:
            return _("Not in touch by plan.")
        if one.status == Standing.ENDED:
            return _("Over: %(why)s.") % {"why": Ended(one.ended_because).label} if one.ended_because else _("Over.")
        if one.status == Standing.PAUSED:
            return _paused(one)
        return _("In touch since %(day)s.") % {"day": show_day(one.started_at)}

    @property
    def ideal_days(self) -> int:
        """The usual interval in force; 0 for somebody never in touch."""
        own, rule = (self.enrolment.ideal_days if self.enrolment else None), self.policy
        return own or (rule.every_days if rule else 0)

    @property
    def longest_days(self) -> int:
        """What silence may stretch to; 0 for somebody never in touch."""
        own, rule = (self.enrolment.longest_days if self.enrolment else None), self.policy
        return own or (rule.longest_days if rule else 0)


def _paused(one: Enrolment) -> str:
    why = Paused(one.paused_because).label if one.paused_because else ""
    if one.paused_until:
        return _("Paused until %(day)s: %(why)s.") % {"day": show_day(one.paused_until), "why": why}
    return _("Paused: %(why)s.") % {"why": why}


def known(user: User, person: Person, *, now: datetime) -> Known:
    """Everything about ``person`` that ``user`` may see; a constant number of queries."""
    enrolment = enrolment_with(user, person)
    bases = basis_for([person.email], Use.KEEP_IN_TOUCH, now) if person.email else {}
    return Known(
        person=person,
        enrolment=enrolment,
        policy=edition(enrolment.cadence, enrolment.version) if enrolment else None,
        moments=tuple(_moments(user, person)),
        signals=tuple(signals_visible(user).filter(person=person, settled_at=None).order_by("at", "pk")),
        dates=tuple(NamedDate.objects.filter(person=person, settled_at=None).order_by("on", "pk")),
        given=tuple(Given.objects.filter(person=person).select_related("piece").order_by("-at", "-pk")[:AT_MOST]),
        basis=bases.get(person.email),
        silent=bool(person.email and suppressed([person.email], Use.KEEP_IN_TOUCH)),
    )


def enrolment_with(user: User, person: Person) -> Enrolment | None:
    """The one that goes on, else the last one that ended."""
    found = list(enrolments_for(user).filter(person=person).order_by("-pk"))
    going = [one for one in found if one.status != Standing.ENDED]
    return next(iter(going or found), None)


def _moments(user: User, person: Person) -> list[Moment]:
    moments = [*_touches(user, person), *_steps(user, person), *_received(user, person), *_closes(user, person)]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)[:AT_MOST]


_ICONS = {"email": "mail", "meeting": "users", "message": "message", "call": "phone"}


def _touches(user: User, person: Person) -> list[Moment]:
    """Contacts of any kind, but mails of ours that a step tells better, and replies that came in whole."""
    ours = Step.objects.filter(enrolment__person=person, touch__isnull=False, channel="email").values("touch")
    found = Touch.objects.filter(person=person).exclude(pk__in=ours).exclude(source="mail")
    seen = found.select_related("deal").order_by("-at", "-pk")[:AT_MOST]
    visible = set(deals_for(user).filter(pk__in=[touch.deal_id for touch in seen]).values_list("pk", flat=True))
    return [_touch(touch) for touch in seen if touch.deal_id is None or touch.deal_id in visible]


def _touch(touch: Touch) -> Moment:
    theirs = touch.direction == Direction.IN
    words = {"what": touch.get_channel_display(), "result": touch.result_label}
    title = _("%(what)s from them") % words if theirs else touch.get_channel_display()
    if touch.result:
        title = _("%(title)s, %(result)s") % (words | {"title": title})
    return Moment(touch.at, _ICONS.get(touch.channel, "message"), title, words=touch.note, theirs=theirs)


def _steps(user: User, person: Person) -> list[Moment]:
    """Notes of ours, and what came of each."""
    mine = enrolments_for(user).filter(person=person)
    found = Step.objects.filter(enrolment__in=mine, channel="email").select_related("piece").order_by("-at")[:AT_MOST]
    sent = {one.key: one for one in Message.objects.filter(key__in=[step.message_key for step in found])}
    return [_step(step, sent.get(step.message_key)) for step in found]


def _step(step: Step, message: Message | None) -> Moment:
    title = message.subject if message and message.subject else _("A note of ours")
    after = _after(step)
    if step.piece:
        after = _("With “%(piece)s”. %(after)s") % {"piece": step.piece.title, "after": after}
    return Moment(step.done_at or step.at, "send", title, after=after)


def _after(step: Step) -> str:
    """What came of a note."""
    if step.answered_at:
        return _("Answered on %(day)s.") % {"day": show_day(step.answered_at)}
    if step.status == StepStatus.SENDING:
        return _("Waits to leave.")
    if step.status == StepStatus.SKIPPED:
        return _("Not sent.")
    return _("No answer yet.")


def _received(user: User, person: Person) -> list[Moment]:
    """What they wrote, in their words, where those are ``user``'s to read."""
    found = Received.objects.filter(person=person).select_related("mailbox").order_by("-sent_at", "-pk")[:AT_MOST]
    return [
        Moment(one.sent_at, "inbox", str(Kind(one.meant).label) if one.meant != Kind.HUMAN else _("They wrote"),
               words=one.text[:600] if may_read(user, one) else "", theirs=True)
        for one in found
    ]  # fmt: skip


def _closes(user: User, person: Person) -> list[Moment]:
    """Every no of theirs."""
    deals = deals_for(user).filter(deal_people__person=person)
    events = CloseEvent.objects.filter(deal__in=deals, outcome__in=NOES, closed_at__isnull=False)
    found = events.select_related("deal").order_by("-closed_at")[:AT_MOST]
    return [
        Moment(event.closed_at, "door-exit", _("Said no: %(deal)s") % {"deal": event.deal.name}, words=event.note)
        for event in found
        if event.closed_at
    ]
