"""Reads of the loop: the Today list as a whole, and what is planned about a deal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from rebond.accounts.models import User
from rebond.base.play import Done, Play
from rebond.learn import plays as learn_plays
from rebond.learn.queries import due_debriefs, open_actions, waiting_reveals
from rebond.learn.queries.feedback import leaving_in_name_of
from rebond.loop import plays as own_plays
from rebond.loop.models import Decision, TodayDecision
from rebond.loop.plays import quiet_deals
from rebond.loop.today import Day, Ranked, cut, rank
from rebond.nurture import plays as nurture_plays
from rebond.nurture.queries.counts import waiting_signals
from rebond.nurture.queries.due import coming
from rebond.nurture.queries.due import due as due_to_hear

#: Everything that puts items on the list; a new practice is one more line.
SOURCES = (learn_plays.plays, nurture_plays.plays, own_plays.plays)
#: Kinds of items that hold more when they are open (a draft, what somebody wrote), and who fills it in.
OPENERS: dict[str, Callable[..., Play]] = {
    nurture_plays.DUE: nurture_plays.with_draft,
    nurture_plays.SIGNAL: nurture_plays.with_words,
}
#: How long "not useful" is taken at its word.
NOT_USEFUL_FOR = timedelta(days=90)


@dataclass(frozen=True)
class Today:
    """One person's list for one day."""

    day: Day
    ranked: Ranked
    decisions: tuple[TodayDecision, ...]
    elsewhere: tuple[Done, ...] = ()

    @property
    def items(self) -> tuple[Play, ...]:
        """All items, best first; those that fit the day come before those that can wait."""
        return self.ranked.fitting + self.ranked.waiting

    @property
    def done(self) -> tuple[TodayDecision | Done, ...]:
        """What was done today, here and in the practices' own rooms."""
        return (*(d for d in self.decisions if d.decision == Decision.DONE), *self.elsewhere)


def local_date(user: User, now: datetime) -> date:
    """The day it is where ``user`` works."""
    return now.astimezone(ZoneInfo(user.time_zone)).date()


def all_plays(user: User, *, now: datetime) -> list[Play]:
    """Every practice's items, unranked."""
    return [play for source in SOURCES for play in source(user=user, now=now)]


def today_for(user: User, *, now: datetime) -> Today:
    """The list, ranked and cut by the minutes of the day."""
    today = local_date(user, now)
    decisions = list(decisions_in_force(user, today, now))
    since = datetime.combine(today, datetime.min.time(), ZoneInfo(user.time_zone))
    of_today = tuple(decision for decision in decisions if decision.at >= since)
    elsewhere = tuple(nurture_plays.done(user=user, since=since))
    here = sum(decision.minutes for decision in of_today if decision.decision == Decision.DONE)
    day = Day(
        today=today,
        minutes=user.day_minutes,
        spent=here + sum(done.minutes for done in elsewhere),
        decided=frozenset(decision.item for decision in decisions),
    )
    return Today(day, cut(rank(all_plays(user, now=now), day), day), of_today, elsewhere)


def opened(item: Play, user: User, *, variant: int = 0, now: datetime) -> Play:
    """The item with all that it holds: its note, what they wrote; made for the one that is open, not for the list."""
    fill = OPENERS.get(item.key.partition(":")[0])
    return fill(user=user, item=item, variant=variant, now=now) if fill else item


def decisions_in_force(user: User, today: date, now: datetime) -> QuerySet[TodayDecision]:
    """Decisions that still keep an item off the list: done today, put off beyond today, not useful lately."""
    since = datetime.combine(today, datetime.min.time(), ZoneInfo(user.time_zone))
    holds = (
        Q(decision=Decision.DONE, at__gte=since)
        | Q(decision=Decision.LATER, until__gt=today)
        | Q(decision=Decision.NOT_USEFUL, at__gt=now - NOT_USEFUL_FOR)
    )
    return TodayDecision.objects.filter(holds, user=user, undone_at=None).order_by("-at")


def next_item(user: User, *, now: datetime) -> tuple[date, str] | None:
    """What comes up next when nothing is due: the day and what it is about."""
    today = local_date(user, now)
    later = (
        TodayDecision.objects.filter(user=user, undone_at=None, decision=Decision.LATER, until__gt=today)
        .order_by("until")
        .first()
    )
    action = open_actions(user).filter(due_on__gt=today).first()
    found = [(later.until, later.label)] if later and later.until else []
    found += [(action.due_on, action.text)] if action else []
    found += [(one.enrolment.due_on, one.enrolment.person.name) for one in coming(user, now, 1) if one.enrolment.due_on]
    return min(found) if found else None


def nav_counts(user: User, *, now: datetime) -> dict[str, int]:
    """The numbers beside Today, Debriefs, Stay in touch and Side by side in the frame: eight counts in one query."""
    today = local_date(user, now)
    off_the_list = decisions_in_force(user, today, now).exclude(decision=Decision.DONE)
    counts = User.objects.filter(pk=user.pk).values_list(
        _count(due_debriefs(user, today=today)),
        _count(open_actions(user).filter(due_on__lte=today)),
        _count(waiting_reveals(user)),
        _count(leaving_in_name_of(user, now=now)),
        _count(quiet_deals(user, now=now)),
        _count(waiting_signals(user)),
        _count(due_to_hear(user, now)),
        _count(off_the_list),
    )
    debriefs, actions, reveals, leaving, quiet, ready, due, decided = counts.get()
    keep = min(ready, nurture_plays.AT_MOST) + min(due, nurture_plays.AT_MOST)
    on_the_list = debriefs + actions + reveals + min(leaving, 1) + min(quiet, own_plays.AT_MOST) + keep
    return {
        "today": max(on_the_list - decided, 0),
        "debriefs": debriefs,
        "reveals": reveals,
        "keep": ready + due,
    }


def _count(rows: QuerySet[Any]) -> Coalesce:
    """The number of ``rows`` as part of another query."""
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
