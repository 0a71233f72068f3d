"""Who is due: one seller's list, with the reason and the evidence. A constant number of queries, however long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import Team, User
from rebond.base.dates import show_day
from rebond.base.play import Evidence
from rebond.deals.models import Touch
from rebond.mail.models import Basis, Scope, Use
from rebond.mail.queries import suppressed
from rebond.mail.queries.basis import basis_for
from rebond.nurture.cadence.dates import Given, nearest
from rebond.nurture.cadence.intervals import band
from rebond.nurture.cadence.zones import day_in
from rebond.nurture.library import reasons
from rebond.nurture.models import DateKind, DueBecause, Enrolment, NamedDate, Standing, Step
from rebond.nurture.queries.standing import Facts, facts_of, state_of

BESIDE = ("person__company", "deal__company", "owner", "close_event")


@dataclass(frozen=True)
class Due:
    """One person whose turn has come.

    Attributes:
        enrolment: with ``person``, ``person.company``, ``deal``, ``owner`` and ``close_event`` loaded.
        why: in words ("their budget opens: 1 June").
        evidence: what we know: the date they gave, the no, the last contact.
        band: ``not_yet``, ``good`` or ``silent`` (see ``cadence.intervals.BANDS`` for words).
        held: why nothing may be sent ("asked for silence"), in words; empty when all is well.
        basis: what lets us write; ``None`` when held, or without an address.
    """

    enrolment: Enrolment
    why: str
    evidence: tuple[Evidence, ...] = ()
    band: str = "good"
    held: str = ""
    basis: Basis | None = None


def due(user: User, now: datetime, *, team: Team | None = None) -> QuerySet[Enrolment]:
    """Whoever is due for ``user``, or for a team, longest waiting first; without those a note is on its way to."""
    found = _whose(user, team).filter(status=Standing.ACTIVE, due_on__lte=day_in(user.time_zone, now))
    under_way = Step.objects.filter(enrolment=OuterRef("pk"), number=OuterRef("step"))
    return found.exclude(due_because="").filter(~Exists(under_way)).order_by("due_on", "pk")


def due_for(user: User, now: datetime, limit: int = 30, *, team: Team | None = None) -> list[Due]:
    """``user``'s due list, longest waiting first; a team's, for who leads it.

    Those who may not be written to are on it too, with the reason (``held``).
    """
    return described(list(due(user, now, team=team).select_related(*BESIDE)[:limit]), now)


def coming(user: User, now: datetime, limit: int = 30, *, team: Team | None = None) -> list[Due]:
    """Who comes next, after today."""
    later = _whose(user, team).filter(status=Standing.ACTIVE, due_on__gt=day_in(user.time_zone, now))
    found = later.exclude(due_because="").order_by("due_on", "pk").select_related(*BESIDE)[:limit]
    return described(list(found), now)


def _whose(user: User, team: Team | None) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(team=team) if team is not None else Enrolment.objects.filter(owner=user)


def described(found: Sequence[Enrolment], now: datetime) -> list[Due]:
    """These enrolments (with ``BESIDE`` loaded) with their reasons and evidence; ten queries at most."""
    if not found:
        return []
    people = [one.person for one in found]
    addresses = {person.email for person in people if person.email}
    facts = facts_of(people, (), aways=False)
    silent = suppressed(addresses, Scope.KEEP_IN_TOUCH)
    bases = basis_for(addresses, Use.KEEP_IN_TOUCH, now)
    words, touches = _words_of_dates(found), last_touches([person.pk for person in people])
    names = reasons.current()  # once for all of them: each is a query
    return [
        Due(
            enrolment=one, why=_why(one, facts, now), evidence=_evidence(one, words, touches, names),
            band=band(state_of(one, facts), facts.policy(one), day_in(one.zone, now)),
            held=_held(one, silent, bases), basis=bases.get(one.person.email),
        )
        for one in found
    ]  # fmt: skip


def _held(one: Enrolment, silent: set[str], bases: dict[str, Basis]) -> str:
    email = one.person.email
    if email in silent:
        return _("they asked for silence")
    if email and email not in bases:
        return _("nothing lets us write to them any more")
    return "" if email or one.person.phone else _("there is no way to reach them")


def _why(one: Enrolment, facts: Facts, now: datetime) -> str:
    """Why now, in one half-sentence."""
    days = _days_since(one, day_in(one.zone, now))
    if one.due_because == DueBecause.FIRST and one.close_event_id is not None:
        return ngettext("%(days)d day after their no", "%(days)d days after their no", days) % {"days": days}
    if one.due_because == DueBecause.INTERVAL:
        return ngettext(
            "last contact %(days)d day ago", "last contact %(days)d days ago", days
        ) % {"days": days}  # fmt: skip
    if one.due_because == DueBecause.DATE:
        found = nearest(facts.dates.get(one.person_id, ()), facts.policy(one))
        return _date_in_words(found[1]) if found else str(DueBecause.DATE.label)
    if one.due_because == DueBecause.SHIPPED and one.waits_for:
        return _("what they missed is there: %(what)s") % {"what": one.waits_for}
    return one.due_words


def _date_in_words(given: Given) -> str:
    return _("%(what)s: %(day)s") % {"what": DateKind(given.kind).label, "day": show_day(given.on)}


def _days_since(one: Enrolment, today: date) -> int:
    event = one.close_event
    moments = [one.interaction_at, one.touched_at, event.closed_at or event.recorded_at if event else one.started_at]
    last = max(at for at in moments if at is not None)
    return max((today - day_in(one.zone, last)).days, 0)


def _evidence(
    one: Enrolment, words: dict[int, NamedDate], touches: dict[int, Touch], names: reasons.Names
) -> tuple[Evidence, ...]:  # fmt: skip
    """The date they gave, the no, the last contact: what there is of it."""
    said = []
    if named := words.get(one.person_id):
        text = f"“{named.words}”" if named.words else str(named.get_kind_display())
        said.append(Evidence(text, show_day(named.on)))
    if one.deal is not None and (event := one.close_event) is not None:
        said.append(Evidence(_said_no(one, names), show_day(event.closed_at or event.recorded_at)))
    if touch := touches.get(one.person_id):
        how = str(touch.get_channel_display())
        note = touch.note[:140] if _is_theirs(one, touch) else ""
        text = _("%(how)s: “%(words)s”") % {"how": how, "words": note} if note else how
        said.append(Evidence(text, show_day(touch.at)))
    return tuple(said)


def _is_theirs(one: Enrolment, touch: Touch) -> bool:
    """Whether what was noted is for the eyes of this team: on no deal, or on one of theirs."""
    deal = touch.deal
    return deal is None or (deal.team_id == one.team_id if deal.team_id else deal.owner_id == one.owner_id)


def _said_no(one: Enrolment, names: reasons.Names) -> str:
    """To what they said no, and why as far as we know."""
    words = {"deal": one.deal.name if one.deal else "", "reason": names.label(one.reason) if one.reason else ""}
    return (_("Said no to %(deal)s: %(reason)s") if one.reason else _("Said no to %(deal)s")) % words


def _words_of_dates(found: Sequence[Enrolment]) -> dict[int, NamedDate]:
    """Person's key to the nearest date they gave that still holds; one query."""
    named = NamedDate.objects.filter(person__in=[one.person_id for one in found], settled_at=None)
    return {one.person_id: one for one in named.order_by("-on", "-pk")}


def last_touches(people: Sequence[int]) -> dict[int, Touch]:
    """Person's key to their latest contact; one query."""
    place = Window(RowNumber(), partition_by="person_id", order_by=["-at", "-pk"])
    latest = Touch.objects.filter(person__in=people).select_related("deal").annotate(place=place).filter(place=1)
    return {touch.person_id: touch for touch in latest if touch.person_id}
