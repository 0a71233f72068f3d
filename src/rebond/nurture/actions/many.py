"""Everyone who said no at once: an import's history, begun in batches and spread over the weeks to come.

The rules are those of one person (``rows``, ``cadence.intervals``); what is read and written is as little as a hundred
thousand people need: rows of values in, one insert per five hundred out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.dates import show_day
from rebond.base.rows import insert_rows
from rebond.deals.models import NOES, CloseEvent, Deal, DealPerson
from rebond.deals.queries import NEAREST_FIRST
from rebond.mail.actions.many_bases import Claimable, note_many
from rebond.mail.addresses import usable
from rebond.mail.models import Scope, Use
from rebond.mail.queries import suppressed
from rebond.mail.queries.basis import rhythm_of
from rebond.mail.rights.basis import is_role
from rebond.nurture.actions.rows import placed
from rebond.nurture.cadence import policies, zones
from rebond.nurture.cadence.codes import codes_of
from rebond.nurture.cadence.dates import PER_DAY, Taken
from rebond.nurture.cadence.dates import Given as GivenDate
from rebond.nurture.cadence.intervals import State, next_due
from rebond.nurture.cadence.policies import Policy, policy_of
from rebond.nurture.models import Ended, Enrolment, Paused, Standing
from rebond.nurture.queries.standing import aways_of, dates_of, first_touches, with_open_deal

#: Deals looked at in one transaction.
BATCH = 500
MOST_PEOPLE = 3


@dataclass
class Begun:
    """What ``begin_many`` did, in people: begun, without a way to reach them, silent by their wish, in it already,
    and whose time is over (a policy that ends, long ago)."""

    begun: int = 0
    without_way: int = 0
    silent: int = 0
    already: int = 0
    over: int = 0


@dataclass(frozen=True, slots=True)
class _No:
    """One deal that ended in a no that stands, with its event."""

    deal: int
    name: str
    owner: int | None
    team: int | None
    event: int
    outcome: str
    competitor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Who:
    """One person who took part; ``writable``: mail can be sent there at all."""

    person: int
    email: str
    phone: str
    country: str
    writable: bool

    @property
    def reachable(self) -> bool:
        return bool(self.phone) or self.writable


@dataclass
class _Run:
    """What lasts over the batches; ``addresses``: of everybody who is in it."""

    actor: User | None
    now: datetime
    per_day: int
    seen: set[int]
    addresses: set[str]
    taken: dict[int | None, Taken]
    zones: Mapping[int, str]
    aways: Mapping[int, Sequence[tuple[date, date]]]
    editions: Mapping[str, Policy]
    done: Begun
    #: What many people share: the day it is in a zone, and days in words.
    today: dict[str, date] = field(default_factory=dict)
    days: dict[date, str] = field(default_factory=dict)

    def today_in(self, zone: str) -> date:
        """The day it is there."""
        if zone not in self.today:
            self.today[zone] = zones.day_in(zone, self.now)
        return self.today[zone]

    def day_of(self, at: datetime) -> str:
        """The day of a moment, in words."""
        day = timezone.localtime(at).date()
        if day not in self.days:
            self.days[day] = show_day(day)
        return self.days[day]


def begin_many(*, deals: QuerySet[Deal], per_day: int = PER_DAY, actor: User | None, now: datetime) -> Begun:
    """Everyone who said no in these deals and is not in it yet, newest first, at most ``per_day`` first touches per
    seller and day; a date they gave is kept. Each batch is a transaction: broken off and run again, it goes on.
    """
    zone_of = dict(User.objects.values_list("pk", "time_zone"))
    run = _Run(
        actor, now, per_day, set(), _addresses(), {}, zone_of, aways_of(zone_of), policies.all_current(), Begun()
    )
    for noes in _batches(deals.filter(outcome__in=NOES).order_by("-closed_at", "-pk")):
        _begin_batch(noes, run)
    return run.done


def _addresses() -> set[str]:
    """Of everybody who is in it already; one query."""
    going = Enrolment.objects.exclude(status=Standing.ENDED).exclude(person__email="")
    return set(going.values_list("person__email", flat=True).iterator())


def _batches(deals: QuerySet[Deal]) -> Iterator[list[_No]]:
    """Batches that stay as they were asked for, however many rows are written meanwhile."""
    keys = list(deals.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        yield _noes(keys[start : start + BATCH])


def _noes(keys: Sequence[int]) -> list[_No]:
    """These deals with the last no that stands, in this order; those without one are left out. One query."""
    events = CloseEvent.objects.filter(deal__in=keys, outcome__in=NOES, reopening=None).order_by("recorded_at", "pk")
    found = {}
    for deal, name, owner, team, event, outcome, competitor, closed_at, recorded_at in events.values_list(
        "deal_id", "deal__name", "deal__owner_id", "deal__team_id", "pk", "outcome", "competitor", "closed_at",
        "recorded_at",
    ):  # fmt: skip
        found[deal] = _No(deal, name, owner, team, event, outcome, competitor, closed_at or recorded_at)
    return [found[key] for key in keys if key in found]


@transaction.atomic
def _begin_batch(noes: Sequence[_No], run: _Run) -> None:
    """One batch, in a constant number of queries."""
    codes = codes_of([no.event for no in noes])
    wanted = _wanted(noes, run)
    people = [who.person for who, _no in wanted]
    busy, dates = with_open_deal(people), dates_of(people)
    least = rhythm_of([who.email for who, _no in wanted if who.email])
    going: list[tuple[dict[str, Any], _Who, _No]] = []
    for who, no in wanted:
        one = _enrolment(who, no, codes.get(no.event, ()), run)
        if who.person in busy:
            one["status"], one["paused_because"] = Standing.PAUSED.value, Paused.DEAL_OPEN.value
        else:
            days = least[who.email].days if who.email in least else 0
            if not _set_first_day(one, who, no, dates.get(who.person, ()), days, run):
                run.done.over += 1
                continue
        going.append((one, who, no))
    insert_rows(Enrolment, [one for one, _who, _no in going])
    run.done.begun += len(going)
    _note_bases([(who, no) for _one, who, no in going], run)
    if going:
        first = Enrolment.objects.exclude(status=Standing.ENDED).get(person=going[0][1].person)
        record(verb="nurture.begin_many", subject=first, actor=run.actor, at=run.now, people=len(going))


def _set_first_day(
    one: dict[str, Any], who: _Who, no: _No, dates: tuple[GivenDate, ...], least: int, run: _Run
) -> bool:  # fmt: skip
    """The first touch, by the rules of one person; ``False`` when its time is over already."""
    where = zones.place_of(who.country, run.zones.get(no.owner or 0, ""))
    today = run.today_in(where.zone)
    since = zones.day_in(where.zone, no.at)
    state = State(today, since=since, least=least, dates=dates, country=where.country)
    found = next_due(state, run.editions[one["cadence"]], today)
    if found.on is None:
        return False
    if no.owner not in run.taken:
        run.taken[no.owner] = first_touches(no.owner, today, run.per_day)
    day = placed(found.on, found.because, run.aways.get(no.owner or 0, ()), run.taken[no.owner], where.country)
    one["due_on"], one["due_at"], one["due_because"] = day, zones.opens(day, where.zone), found.because
    one["zone"], one["zone_from"] = where.zone, where.origin
    return True


def _wanted(noes: Sequence[_No], run: _Run) -> list[tuple[_Who, _No]]:
    """Who is begun, in the order of the noes; the others are counted."""
    parts = _parts([no.deal for no in noes])
    people = {who.person: who for of_deal in parts.values() for who in of_deal}
    standing = Enrolment.objects.filter(person__in=people).exclude(status=Standing.ENDED)
    inside = set(standing.values_list("person_id", flat=True))
    silent = suppressed({who.email for who in people.values() if who.email}, Scope.KEEP_IN_TOUCH)
    asked = Enrolment.objects.filter(person__in=people, ended_because=Ended.ASKED, person__email="")
    quiet = set(asked.values_list("person_id", flat=True))
    wanted = []
    for no in noes:
        left = MOST_PEOPLE
        for who in parts[no.deal]:
            if who.person in run.seen:
                continue
            is_silent = who.email in silent or who.person in quiet
            if _counted(who, who.person in inside, is_silent, run):
                run.seen.add(who.person)
            elif left:  # whoever is the fourth here may be begun by an older deal
                run.seen.add(who.person)
                if who.email in run.addresses and not is_role(who.email):
                    run.done.already += 1  # by another record: one address is one person
                    continue
                run.addresses.update([who.email] if who.email else ())
                left -= 1
                wanted.append((who, no))
    return wanted


def _counted(who: _Who, inside: bool, silent: bool, run: _Run) -> bool:
    """Whether somebody is not begun, and counted with the cause."""
    run.done.already += inside
    run.done.silent += silent and not inside
    run.done.without_way += not (inside or silent or who.reachable)
    return inside or silent or not who.reachable


def _parts(deals: Sequence[int]) -> dict[int, list[_Who]]:
    """Deal's key to who took part, nearest to the decision first; one query."""
    found: dict[int, list[tuple[int, _Who]]] = defaultdict(list)
    parts = DealPerson.objects.filter(deal__in=deals).order_by("pk")
    for deal, role, person, email, phone, country in parts.values_list(
        "deal_id", "role", "person_id", "person__email", "person__phone", "person__company__country"
    ):
        found[deal].append((NEAREST_FIRST.index(role), _Who(person, email, phone, country or "", usable(email))))
    nearest = {deal: sorted(of_deal, key=lambda pair: pair[0]) for deal, of_deal in found.items()}
    return defaultdict(list, {deal: [who for _place, who in of_deal] for deal, of_deal in nearest.items()})


def _enrolment(who: _Who, no: _No, reasons: Sequence[str], run: _Run) -> dict[str, Any]:
    """One row's values: who, since which no, by which policy."""
    key = policy_of(reasons=reasons, outcome=no.outcome, competitor=no.competitor)
    key = policies.REST if key == policies.NEVER else key
    return {
        "person_id": who.person, "owner_id": no.owner, "team_id": no.team, "close_event_id": no.event,
        "deal_id": no.deal, "cadence": key, "reason": next(iter(reasons), "")[:40],
        "version": run.editions[key].version, "started_at": run.now,
    }  # fmt: skip


def _note_bases(going: Iterable[tuple[_Who, _No]], run: _Run) -> None:
    words = _talked()
    claims = [
        Claimable(who.person, who.email, who.country, _in_words(words, no.name, run.day_of(no.at)), no.at)
        for who, no in going
        if who.writable
    ]
    note_many(claims=claims, use=Use.KEEP_IN_TOUCH, source="history", actor=run.actor, now=run.now)


def basis_words(deal: str, at: datetime) -> str:
    """The evidence of a basis, in words a person can check."""
    return _in_words(_talked(), deal, show_day(at))


def _talked() -> str:
    return _("talked with us about %(deal)s, closed %(day)s")


def _in_words(words: str, deal: str, day: str) -> str:
    return words % {"deal": deal[:200], "day": day}
