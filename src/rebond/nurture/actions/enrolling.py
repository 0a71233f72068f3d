"""Who we stay in touch with, and when it pauses or ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.models import NOES, CloseEvent, Deal, DealPerson, Person
from rebond.deals.queries import NEAREST_FIRST
from rebond.mail.actions import suppress
from rebond.mail.actions.basis import note_basis
from rebond.mail.addresses import usable
from rebond.mail.models import Ground, Scope, Use, Why
from rebond.mail.queries import suppressed
from rebond.mail.rights.basis import counts_in, ground_for
from rebond.mail.rights.countries import code_of
from rebond.nurture.actions.many import Begun, basis_words, begin_many
from rebond.nurture.actions.rows import finish, follow, locked, rest, schedule, set_day, still_on, withdraw
from rebond.nurture.cadence import policies
from rebond.nurture.cadence.codes import codes_of
from rebond.nurture.cadence.holidays import working_day
from rebond.nurture.cadence.policies import current, policy_of
from rebond.nurture.models import DueBecause, Ended, Enrolment, Paused, Standing
from rebond.nurture.queries.standing import going_with, place, today_of, with_open_deal

__all__ = [
    "Begun", "begin", "begin_after_no", "begin_many", "choose_day", "end", "pause", "reopened", "resume",
    "set_interval", "won",
]  # fmt: skip

#: How many people of one deal are begun by themselves; others by hand.
MOST_PEOPLE = 3
LONGEST_INTERVAL = 1825


@transaction.atomic
def begin_after_no(
    *, close_event: CloseEvent, reasons: Sequence[str] = (), actor: User | None, now: datetime
) -> list[Enrolment]:
    """At most three people of a deal that ended in a no, nearest to the decision first; none after another end.

    Whoever asked for silence, or cannot be reached, is left out. Somebody we stay in touch with already begins anew:
    the later no counts.

    Args:
        reasons: codes, the main one first; unknown ones count as none.
    """
    if close_event.outcome not in NOES:
        return []
    deal = close_event.deal
    key = policy_of(reasons=reasons, outcome=close_event.outcome, competitor=close_event.competitor)
    people = _people_of(deal)
    if key == policies.NEVER:
        for person in people:
            _silence(person, actor, now)
        return []
    begun: list[Enrolment] = []
    for person in people:
        if len(begun) < MOST_PEOPLE and reachable(person) and not is_silent(person):
            one = begin(
                person=person, owner=deal.owner, cadence=key, reason=next(iter(reasons), ""), close_event=close_event,
                deal=deal, actor=actor, now=now,
            )  # fmt: skip
            begun.append(one)
    return begun


@transaction.atomic
def begin(
    *, person: Person, owner: User | None, actor: User | None, now: datetime, cadence: str = "", reason: str = "",
    close_event: CloseEvent | None = None, deal: Deal | None = None, first_on: date | None = None,
    waits_for: str = "", evidence: str = "", agreed: bool = False,
) -> Enrolment:  # fmt: skip
    """Begins staying in touch with one person; replaces what was not ended, its unanswered notes forgotten.

    Without a close event the person's last no is taken, if there is one. What it rests on in law is noted with it:
    that no, or, for an advocate or a partner (``policies.OWN_BASIS``), what ``evidence`` says, and then no deal counts.

    Args:
        cadence: a key of ``cadence.policies.BUILT_IN``; empty: from the reason, the end of the deal, the competitor.
        first_on: the day of the first touch, chosen by hand.
        waits_for: what they missed; its arrival is a reason to call (``shipped``).
        evidence: of an advocate or a partner: why we may write to them, in words a person can check; ``agreed``: they
            said themselves that we may.

    Raises:
        Conflict: ``silent`` (they asked for silence), ``no_way`` (neither address nor phone).
        RebondError: ``unknown_cadence``, ``day_past``, ``evidence_missing``.
    """
    _may_begin(person, cadence)
    evidence = _evidence(cadence, evidence)
    close_event, deal = (None, None) if evidence else _of_a_no(person, close_event, deal)
    _replace(person, actor, now)
    key = cadence or _policy_after(close_event, reason)
    made = Enrolment(
        person=person, owner=owner, team=owner.team if owner else (deal.team if deal else None), reason=reason[:40],
        close_event=close_event, deal=deal, cadence=key, version=current(key).version,
        waits_for=clean(waits_for, 160), started_at=now,
    )  # fmt: skip
    _first_day(made, first_on, now)
    made, is_new = _save_once(made)
    if is_new:
        if evidence:
            _rests_on_own(person, key, evidence, agreed, actor, now)
        _rests_on(person, close_event, actor, now)
        record(verb="nurture.begin", subject=made, actor=actor, at=now, cadence=key, deal=deal.pk if deal else None)
    return made


def _may_begin(person: Person, cadence: str) -> None:
    if cadence and (cadence not in policies.BUILT_IN or cadence == policies.NEVER):
        raise RebondError(
            _("We do not know this way to stay in touch. Nothing was changed. Choose one from the list."),
            code="unknown_cadence",
        )
    if not reachable(person):
        raise Conflict(
            _("This person has neither an address nor a phone number. Nothing was changed. Enter one first."),
            code="no_way",
        )
    if is_silent(person):
        raise Conflict(_("This person asked for silence. Nothing was changed; we leave them in peace."), code="silent")


def _evidence(cadence: str, typed: str) -> str:
    """Why we may write to an advocate or a partner; empty after a no, which is evidence itself."""
    words = clean(typed, 300) if cadence in policies.OWN_BASIS else ""
    if cadence in policies.OWN_BASIS and not words:
        raise RebondError(
            _(
                "Why we may write to them is missing. Nothing was changed. "
                "Say in a few words what they did or agreed to."
            ),
            code="evidence_missing",
        )
    return words


def _of_a_no(
    person: Person, close_event: CloseEvent | None, deal: Deal | None
) -> tuple[CloseEvent | None, Deal | None]:  # fmt: skip
    event = close_event or last_no(person)
    return event, deal or (event.deal if event else None)


def _first_day(made: Enrolment, first_on: date | None, now: datetime) -> None:
    if with_open_deal([made.person_id]):
        rest(made, Paused.DEAL_OPEN, None)
    elif first_on is not None:
        _chosen(made, first_on, now)
    else:
        schedule(made, now)


def _save_once(made: Enrolment) -> tuple[Enrolment, bool]:
    """Stores it; where another process was faster, theirs stands."""
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return Enrolment.objects.exclude(status=Standing.ENDED).get(person=made.person), False
    return made, True


def _replace(person: Person, actor: User | None, now: datetime) -> None:
    for one in going_with(person):
        end(enrolment=one, because=Ended.REPLACED, actor=actor, now=now)


def _policy_after(event: CloseEvent | None, reason: str) -> str:
    reasons = [reason] if reason else list(codes_of([event.pk]).get(event.pk, ())) if event else []
    outcome, competitor = (event.outcome, event.competitor) if event else ("", "")
    key = policy_of(reasons=reasons, outcome=outcome, competitor=competitor)
    return policies.REST if key == policies.NEVER else key


def _rests_on(person: Person, event: CloseEvent | None, actor: User | None, now: datetime) -> None:
    """Why we may write: they took part in a decision about our offer. Without address or deal there is none to note."""
    if event is None or not usable(person.email):
        return
    country = code_of(person.company.country) if person.company else ""
    at = event.closed_at or event.recorded_at
    note_basis(
        person=person, use=Use.KEEP_IN_TOUCH, ground=ground_for(country), evidence=basis_words(event.deal.name, at),
        source="close", obtained_at=at, actor=actor, now=now,
    )  # fmt: skip


def _rests_on_own(
    person: Person, key: str, evidence: str, agreed: bool, actor: User | None, now: datetime
) -> None:  # fmt: skip
    """Why we may write to an advocate or a partner. Where the law asks for more than an interest (Canada) and they did
    not agree, there is none: they are called."""
    ground = Ground.CONSENT if agreed else Ground.LEGITIMATE_INTEREST
    country = code_of(person.company.country) if person.company else ""
    if usable(person.email) and counts_in(ground, country):
        note_basis(
            person=person, use=Use.KEEP_IN_TOUCH, ground=ground, evidence=evidence, source=key, obtained_at=now,
            actor=actor, now=now,
        )  # fmt: skip


def last_no(person: Person) -> CloseEvent | None:
    """The last no of a person that stands."""
    events = CloseEvent.objects.filter(
        deal__deal_people__person=person, outcome__in=NOES, deal__outcome__in=NOES, reopening=None
    )
    return events.select_related("deal__owner", "deal__team").order_by("-recorded_at", "-pk").first()


def reachable(person: Person) -> bool:
    """Whether there is a way to reach them at all."""
    return bool(person.phone) or usable(person.email)


def is_silent(person: Person) -> bool:
    """Whether they asked us not to stay in touch: by their address, else by how it ended last."""
    if person.email:
        return bool(suppressed([person.email], Scope.KEEP_IN_TOUCH))
    last = Enrolment.objects.filter(person=person).order_by("-pk").first()
    return last is not None and last.ended_because == Ended.ASKED


def _people_of(deal: Deal) -> list[Person]:
    parts = DealPerson.objects.filter(deal=deal).select_related("person__company").order_by("pk")
    return [part.person for part in sorted(parts, key=lambda part: NEAREST_FIRST.index(part.role))]


def _silence(person: Person, actor: User | None, now: datetime) -> None:
    for one in Enrolment.objects.filter(person=person).exclude(status=Standing.ENDED):
        end(enrolment=one, because=Ended.ASKED, actor=actor, now=now)
    _suppress(person, actor, now)


def _suppress(person: Person, actor: User | None, now: datetime) -> None:
    if person.email:
        suppress(address=person.email, scope=Scope.KEEP_IN_TOUCH, why=Why.ASKED, source="nurture", actor=actor, now=now)


@transaction.atomic
def reopened(*, deal: Deal, actor: User | None, now: datetime) -> int:
    """A deal is open again: staying in touch with its people ends, notes that wait are taken back; how many.
    Advocates and partners only rest (``planning.mind_open_deals``)."""
    return _end_of_deal(deal, Ended.REOPENED, actor, now)


@transaction.atomic(savepoint=False)
def won(*, deal: Deal, actor: User | None, now: datetime) -> int:
    """A deal was won: staying in touch after a no ends for its people; how many."""
    return _end_of_deal(deal, Ended.WON, actor, now)


def _end_of_deal(deal: Deal, because: str, actor: User | None, now: datetime) -> int:
    theirs = Enrolment.objects.filter(person__deal_people__deal=deal).exclude(status=Standing.ENDED)
    theirs = theirs.exclude(cadence__in=policies.OWN_BASIS)
    found = list(theirs.order_by("pk").distinct())
    for one in found:
        end(enrolment=one, because=because, actor=actor, now=now)
    return len(found)


@transaction.atomic
def pause(
    *, enrolment: Enrolment, until: date | None = None, because: str = Paused.BY_HAND, actor: User | None,
    now: datetime,
) -> Enrolment:  # fmt: skip
    """Rests, until a day or until somebody resumes it; what waits to leave is taken back.

    Raises:
        Conflict: ``ended``.
        RebondError: ``day_past`` for a day before tomorrow.
        ValueError: no such cause.
    """
    because, mine = Paused(because), locked(enrolment)
    still_on(mine)
    if until is not None and until <= today_of(mine, now):
        raise RebondError(_("Choose a day after today. Nothing was changed."), code="day_past")
    withdraw(mine, because, actor=actor, now=now)
    rest(mine, because, until)
    mine.save()
    record(verb="nurture.pause", subject=mine, actor=actor, at=now, because=because.value)
    follow(enrolment, mine)
    return enrolment


@transaction.atomic
def resume(*, enrolment: Enrolment, actor: User | None, now: datetime, because: str = "") -> Enrolment:
    """Goes on; the next day is worked out anew. While a deal with them is open it waits for that one.

    Args:
        because: of ``DueBecause``, where their return is the reason: then they are due today.

    Raises:
        Conflict: ``not_paused``.
    """
    mine = locked(enrolment)
    if mine.status != Standing.PAUSED:
        raise Conflict(_("This is not paused. Nothing was changed."), code="not_paused")
    if with_open_deal([mine.person_id]):
        rest(mine, Paused.DEAL_OPEN, None)
    else:
        schedule(mine, now)
    if because and mine.status == Standing.ACTIVE and mine.due_on and mine.due_on <= today_of(mine, now):
        mine.due_because = mine.due_because and because
    mine.save()
    record(verb="nurture.resume", subject=mine, actor=actor, at=now)
    follow(enrolment, mine)
    return enrolment


@transaction.atomic
def end(*, enrolment: Enrolment, because: str = Ended.BY_HAND, actor: User | None, now: datetime) -> Enrolment:
    """Over; what waits to leave is taken back. Twice is once. Who asked for silence (``asked``) gets it.

    ``ValueError``: no such cause.
    """
    because, mine = Ended(because), locked(enrolment)
    if mine.status != Standing.ENDED:
        finish(mine, because, actor=actor, now=now)
        mine.save()
        record(verb="nurture.end", subject=mine, actor=actor, at=now, because=because.value)
        if because == Ended.ASKED:
            _suppress(mine.person, actor, now)
    follow(enrolment, mine)
    return enrolment


@transaction.atomic
def set_interval(
    *, enrolment: Enrolment, ideal_days: int | None, longest_days: int | None, actor: User | None, now: datetime
) -> Enrolment:
    """This person's own interval; ``None`` for the policy's. ``bad_interval``; ``Conflict`` ``ended``."""
    mine = locked(enrolment)
    still_on(mine)
    _check_interval(ideal_days, longest_days)
    mine.ideal_days, mine.longest_days = ideal_days, longest_days
    if mine.status == Standing.ACTIVE:
        schedule(mine, now)
    mine.save()
    record(verb="nurture.set_interval", subject=mine, actor=actor, at=now, ideal=ideal_days, longest=longest_days)
    follow(enrolment, mine)
    return enrolment


def _check_interval(ideal: int | None, longest: int | None) -> None:
    given = [days for days in (ideal, longest) if days is not None]
    if any(not 1 <= days <= LONGEST_INTERVAL for days in given) or (len(given) == 2 and given[0] > given[1]):
        raise RebondError(
            _("An interval is between 1 day and 5 years, and the longest is not shorter than the usual one. "
              "Nothing was changed."),
            code="bad_interval",
        )  # fmt: skip


@transaction.atomic
def choose_day(*, enrolment: Enrolment, on: date, actor: User | None, now: datetime) -> Enrolment:
    """The seller chooses the day of the next touch (also "later"); a day off becomes the next working day.

    Raises:
        RebondError: ``day_past``.
        Conflict: ``ended``.
    """
    mine = locked(enrolment)
    still_on(mine)
    withdraw(mine, "day_chosen", actor=actor, now=now)
    _chosen(mine, on, now)
    mine.save()
    record(verb="nurture.choose_day", subject=mine, actor=actor, at=now)
    follow(enrolment, mine)
    return enrolment


def _chosen(enrolment: Enrolment, on: date, now: datetime) -> None:
    if on < today_of(enrolment, now):
        raise RebondError(_("This day has passed. Nothing was changed. Choose today or a later one."), code="day_past")
    set_day(enrolment, working_day(on, place(enrolment).country), DueBecause.CHOSEN)
