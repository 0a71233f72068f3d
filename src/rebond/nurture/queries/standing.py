"""What the next touch of many people follows from, gathered in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, QuerySet, When

from rebond.deals.models import DealPerson, Outcome, Person
from rebond.mail.queries.basis import rhythm_of
from rebond.mail.rights.basis import is_role
from rebond.nurture.cadence import policies
from rebond.nurture.cadence.dates import PER_DAY, Given, Taken
from rebond.nurture.cadence.intervals import State
from rebond.nurture.cadence.policies import Policy
from rebond.nurture.cadence.zones import Place, day_in, place_of
from rebond.nurture.models import Away, DueBecause, Enrolment, NamedDate, Standing


@dataclass(frozen=True)
class Facts:
    """What many enrolments share, by their people and owners.

    Attributes:
        dates: person's key to the dates they gave that still hold.
        least: person's key to the days they wish between two of ours.
        aways: owner's key to the days they are away, from first to last.
        editions: every edition of every policy.
    """

    dates: Mapping[int, tuple[Given, ...]] = field(default_factory=dict)
    least: Mapping[int, int] = field(default_factory=dict)
    aways: Mapping[int, Sequence[tuple[date, date]]] = field(default_factory=dict)
    editions: Mapping[tuple[str, int], Policy] = field(default_factory=dict)

    def policy(self, enrolment: Enrolment) -> Policy:
        """The edition an enrolment follows; the one in force where theirs is gone."""
        return self.editions.get((enrolment.cadence, enrolment.version)) or self.newest(enrolment.cadence)

    def newest(self, key: str) -> Policy:
        """The edition in force."""
        known = key if (key, 1) in self.editions else policies.REST
        return max(
            (one for (name, _number), one in self.editions.items() if name == known), key=lambda one: one.version
        )


def facts_of(people: Sequence[Person], owners: Iterable[int | None], *, aways: bool = True) -> Facts:
    """The facts of these people and whoever stays in touch with them; four queries at most."""
    least = rhythm_of({person.email for person in people if person.email})
    return Facts(
        dates=dates_of([person.pk for person in people]),
        least={person.pk: least[person.email].days for person in people if person.email in least},
        aways=aways_of(owners) if aways else {},
        editions=policies.editions(),
    )


def dates_of(people: Iterable[int]) -> dict[int, tuple[Given, ...]]:
    """Person's key to the dates they gave that still hold; one query."""
    found: dict[int, list[Given]] = defaultdict(list)
    open_ones = NamedDate.objects.filter(person__in=people, settled_at=None).order_by("on", "pk")
    for person, kind, on in open_ones.values_list("person_id", "kind", "on"):
        found[person].append(Given(kind, on))
    return {person: tuple(dates) for person, dates in found.items()}


def aways_of(owners: Iterable[int | None]) -> dict[int, list[tuple[date, date]]]:
    """Owner's key to the days they are or will be away; one query."""
    found: dict[int, list[tuple[date, date]]] = defaultdict(list)
    standing = Away.objects.filter(user__in={owner for owner in owners if owner}, cancelled_at=None)
    for owner, first, last in standing.order_by("first_on").values_list("user_id", "first_on", "last_on"):
        found[owner].append((first, last))
    return found


def place(enrolment: Enrolment) -> Place:
    """Whose clock and holidays count; needs ``person__company`` and ``owner``."""
    company, owner = enrolment.person.company, enrolment.owner
    return place_of(company.country if company else "", owner.time_zone if owner else "")


def state_of(enrolment: Enrolment, facts: Facts) -> State:
    """Plain values for the rules of ``cadence.intervals``."""
    where = place(enrolment)
    last = max((at for at in (enrolment.interaction_at, enrolment.touched_at) if at), default=None)
    event = enrolment.close_event
    said_no = event.closed_at or event.recorded_at if event else None
    return State(
        began=day_in(where.zone, enrolment.started_at),
        since=day_in(where.zone, said_no) if said_no else None,
        step=enrolment.step,
        last=day_in(where.zone, last) if last else None,
        touched=day_in(where.zone, enrolment.touched_at) if enrolment.touched_at else None,
        ideal=enrolment.ideal_days,
        longest=enrolment.longest_days,
        unanswered=enrolment.unanswered,
        least=facts.least.get(enrolment.person_id, 0),
        dates=facts.dates.get(enrolment.person_id, ()),
        country=where.country,
    )


def first_touches(owner: int | None, since: date, per_day: int = PER_DAY) -> Taken:
    """How many first touches an owner has on each day from ``since`` on; one query."""
    if owner is None:
        return Taken(per_day=per_day)
    ahead = Enrolment.objects.filter(
        owner=owner, status=Standing.ACTIVE, due_on__gte=since, due_on__lt=since + timedelta(days=4000),
        due_because=DueBecause.FIRST,
    ).order_by()  # fmt: skip
    return Taken(dict(ahead.values_list("due_on").annotate(Count("pk"))), per_day)


def with_open_deal(people: Iterable[int]) -> set[int]:
    """Of these people those in a deal that is open; one query."""
    parts = DealPerson.objects.filter(person__in=set(people), deal__outcome=Outcome.OPEN)
    return set(parts.values_list("person_id", flat=True))


def colleagues_of(person: Person) -> list[Enrolment]:
    """Others at the same company with whom we stay in touch and who are not paused; one query."""
    if person.company_id is None:
        return []
    found = Enrolment.objects.filter(person__company=person.company_id, status=Standing.ACTIVE)
    return list(found.exclude(person=person).select_related("person__company", "owner", "close_event"))


def today_of(enrolment: Enrolment, now: datetime) -> date:
    """The day it is where they are."""
    return day_in(place(enrolment).zone, now)


def going_with(person: Person) -> QuerySet[Enrolment]:
    """What has not ended with a person: their own, first, and with any other record of their address, since two records
    with one address are one person. An office's address is shared by several."""
    records = [person.pk]
    if person.email and not is_role(person.email):  # asked first: an OR over both tables would read every row
        same = Person.objects.filter(email__in={person.email, person.email.lower()}).exclude(pk=person.pk)
        records += same.values_list("pk", flat=True)
    mine_first = Case(When(person=person, then=0), default=1)
    return Enrolment.objects.filter(person__in=records).exclude(status=Standing.ENDED).order_by(mine_first, "pk")
