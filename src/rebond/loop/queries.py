"""Reads of the loop: the Today list as a whole, and what is planned about a deal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import EmptyResultSet
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from rebond.accounts.models import User
from rebond.base.play import Done, Play
from rebond.celebrate import plays as celebrate_plays
from rebond.celebrate.queries.praise import due_praise
from rebond.celebrate.queries.preferences import to_be_asked
from rebond.findings.worth import Candidate, worth_in_words, worth_of
from rebond.learn import plays as learn_plays
from rebond.learn.queries import due_debriefs, open_actions, waiting_reveals
from rebond.learn.queries.feedback import leaving_in_name_of
from rebond.loop import plays as own_plays
from rebond.loop.goodbye.shown import with_goodbye
from rebond.loop.models import Decision, Promise, TodayDecision
from rebond.loop.plays import quiet_deals
from rebond.loop.prices import prices_for
from rebond.loop.today import Day, Ranked, costs, cut, rank
from rebond.numbers.pricing import Prices
from rebond.nurture import plays as nurture_plays
from rebond.nurture.queries.counts import waiting_signals
from rebond.nurture.queries.due import coming
from rebond.nurture.queries.due import due as due_to_hear
from rebond.refer import plays as refer_plays
from rebond.worth import plays as worth_plays
from rebond.worth.queries.conversations import states_of

#: Everything that puts items on the list; a new practice is one more line.
SOURCES: tuple[ModuleType, ...] = (learn_plays, nurture_plays, refer_plays, own_plays, worth_plays, celebrate_plays)
#: Those whose price hangs on the contacts a deal has had.
PRICED_BY_STATE = (own_plays, worth_plays)
#: What begins like this has no price by its nature.
LEARNT = "learn."
#: Kinds of items that hold more when they are open (a draft, what somebody wrote), and who fills it in.
OPENERS: dict[str, Callable[..., Play]] = {
    nurture_plays.DUE: nurture_plays.with_draft,
    nurture_plays.SIGNAL: nurture_plays.with_words,
    refer_plays.ASK: refer_plays.with_ask,
    refer_plays.THANK: refer_plays.with_thanks,
    worth_plays.GOODBYE: with_goodbye,
}
#: What the chances of a price list are of, in the words of the sum.
LABELS = nurture_plays.LABELS | own_plays.LABELS | refer_plays.LABELS
#: How long "not useful" is taken at its word.
NOT_USEFUL_FOR = timedelta(days=90)
#: Of those that can wait, so many are written out, and so many of those that cost more than they return; the others
#: are counted.
WAITING_SHOWN, COSTING_SHOWN = 30, 5


@dataclass(frozen=True)
class Listed:
    """One person's day, ranked and cut; nothing of it is written out."""

    day: Day
    ranked: Ranked
    prices: Prices
    decisions: tuple[TodayDecision, ...]
    elsewhere: tuple[Done, ...] = ()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All of them, best first; those that fit the day come before those that can wait."""
        return self.ranked.fitting + self.ranked.waiting

    @property
    def done(self) -> tuple[TodayDecision | Done, ...]:
        """What was done today, here and in the practices' own rooms."""
        return (*settled_here(self.decisions), *self.elsewhere)

    def find(self, key: str) -> Candidate | None:
        """The one of that key."""
        return next((one for one in self.candidates if one.key == key), None)


@dataclass(frozen=True)
class Today:
    """The list as it is shown: what fits the day and the next few of the rest, written out.

    Attributes:
        fitting, waiting: the items, best first.
        more: how many more can wait.
        beside: an item that was asked for and is further down.
    """

    listed: Listed
    fitting: tuple[Play, ...]
    waiting: tuple[Play, ...]
    more: int = 0
    beside: Play | None = None

    @property
    def day(self) -> Day:
        return self.listed.day

    @property
    def ranked(self) -> Ranked:
        return self.listed.ranked

    @property
    def decisions(self) -> tuple[TodayDecision, ...]:
        return self.listed.decisions

    @property
    def done(self) -> tuple[TodayDecision | Done, ...]:
        return self.listed.done

    @property
    def items(self) -> tuple[Play, ...]:
        """All that is shown, best first."""
        return self.fitting + self.waiting


def settled_here(decisions: Sequence[TodayDecision]) -> list[TodayDecision]:
    """Those that say done, without those that staying in touch has written down itself (``Listed.elsewhere``)."""
    done = [decision for decision in decisions if decision.decision == Decision.DONE]
    return [decision for decision in done if not decision.item.startswith(f"{nurture_plays.DUE}:")]


def local_date(user: User, now: datetime) -> date:
    """The day it is where ``user`` works."""
    return now.astimezone(ZoneInfo(user.time_zone)).date()


def listed_for(user: User, *, now: datetime) -> Listed:
    """The list ranked by worth and cut by the minutes of the day, however long it is."""
    prices = prices_for(user, now=now)
    today = local_date(user, now)
    decisions = list(decisions_in_force(user, today, now))
    since = datetime.combine(today, datetime.min.time(), ZoneInfo(user.time_zone))
    of_today = tuple(decision for decision in decisions if decision.at >= since)
    debriefs, tried = _debriefed_and_tried(user, since)
    elsewhere = (Done("", learn_plays.DEBRIEF_MINUTES),) * debriefs
    elsewhere += (*nurture_plays.done(user=user, since=since), *refer_plays.done(user=user, since=since))
    elsewhere += tuple(celebrate_plays.done(user=user, since=since))
    here = settled_here(of_today)
    learnt = [decision.minutes for decision in here if decision.item.startswith(LEARNT)]
    day = Day(
        today=today,
        minutes=user.day_minutes,
        spent=sum(decision.minutes for decision in here) + sum(one.minutes for one in elsewhere),
        decided=frozenset(decision.item for decision in decisions),
        learnt=sum(learnt) + debriefs * learn_plays.DEBRIEF_MINUTES,
        tried=tried,
    )
    found = _candidates(user, now, prices)
    return Listed(day, cut(rank(found, day), day), prices, of_today, elsewhere)


def _candidates(user: User, now: datetime, prices: Prices) -> list[Candidate]:
    """Everything that may come on the list; where deals stand is asked once for all who price by it."""
    states = cache(partial(states_of, user, now))
    found: list[Candidate] = []
    for source in SOURCES:
        more = {"states": states} if source in PRICED_BY_STATE else {}
        found += source.candidates(user=user, now=now, prices=prices, **more)
    return found


def _debriefed_and_tried(user: User, since: datetime) -> tuple[int, int]:
    """How many debriefs were done since then, and the minutes that went to explorations; one query."""
    tried = Promise.objects.filter(user=OuterRef("pk"), at__gte=since, explored=True, taken_back_at=None)
    minutes = tried.order_by().values("user").annotate(sum=Sum("minutes")).values("sum")
    done = _count(learn_plays.done(user=user, since=since))
    both = User.objects.filter(pk=user.pk).values_list(done, Coalesce(Subquery(minutes), 0))
    found: tuple[int, int] = both.get()
    return found


def today_for(user: User, *, now: datetime, also: str = "", listed: Listed | None = None) -> Today:
    """The list as it is shown.

    Args:
        also: key of an item that is wanted even if it is further down.
        listed: ranked already.
    """
    listed = listed or listed_for(user, now=now)
    fits, waits = listed.ranked.fitting, shown_of(listed.ranked.waiting)
    beside = [one for one in (listed.find(also),) if also and one is not None and one not in fits + waits]
    plays = {play.key: play for play in filled(user, [*fits, *waits, *beside], listed.prices, now=now)}
    return Today(
        listed,
        tuple(plays[one.key] for one in fits if one.key in plays),
        tuple(plays[one.key] for one in waits if one.key in plays),
        more=len(listed.ranked.waiting) - len(waits),
        beside=plays.get(also) if beside else None,
    )


def shown_of(waiting: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Of those that can wait the best; and the first of those that cost more than they return, however far down."""
    best = next((at for at, one in enumerate(waiting) if costs(one)), len(waiting))
    return (*waiting[: min(best, WAITING_SHOWN)], *waiting[best : best + COSTING_SHOWN])


def filled(user: User, candidates: Sequence[Candidate], prices: Prices, *, now: datetime) -> list[Play]:
    """These candidates written out, with what they are worth, in no particular order."""
    by_key = {one.key: one for one in candidates}
    plays = [play for source in SOURCES for play in source.filled(user=user, now=now, candidates=candidates)]
    return [priced(play, by_key[play.key], prices) for play in plays]


def priced(play: Play, one: Candidate, prices: Prices) -> Play:
    """The item with what it was ranked by."""
    worth = worth_of(one.price, prices.currency) if one.price else None
    return replace(play, worth=worth, explored=one.explored, minutes=one.minutes)


def with_sum(item: Play, listed: Listed) -> Play:
    """The item with the sum behind its worth, where it has one."""
    found = listed.find(item.key)
    if found is None or found.price is None:
        return item
    return replace(item, worth=worth_in_words(found.price, LABELS, listed.prices, kind=found.kind))


def opened(item: Play, user: User, listed: Listed, *, variant: int = 0, now: datetime) -> Play:
    """The item with all that it holds: its sum, its note, what they wrote; made for the one that is open."""
    item = with_sum(item, listed)
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


@dataclass(frozen=True)
class Nav:
    """What the frame around every page needs to know of its reader.

    Attributes:
        counts: the numbers beside Today, Debriefs, Stay in touch, Advocates, Side by side and Wins.
        ask: they have not said yet which praise they like, and are asked.
        sound: the bell may sound on their screens; ``song``: which one.
    """

    counts: dict[str, int]
    ask: bool = False
    sound: bool = False
    song: str = ""


def nav_counts(user: User, *, now: datetime) -> dict[str, int]:
    """The numbers beside the navigation."""
    return nav_of(user, now=now).counts


def nav_of(user: User, *, now: datetime) -> Nav:
    """Thirteen counts and what praise somebody wants, in one query; one more on a day of many noes."""
    today = local_date(user, now)
    off_the_list = decisions_in_force(user, today, now).exclude(decision=Decision.DONE)
    found = User.objects.filter(pk=user.pk).values_list(
        "praise__said_at",
        "praise__asked_at",
        "praise__put_off",
        "praise__sound",
        "praise__song",
        _count(due_debriefs(user, today=today)),
        _count(open_actions(user).filter(due_on__lte=today)),
        _count(waiting_reveals(user)),
        _count(leaving_in_name_of(user, now=now)),
        _count(quiet_deals(user, now=now)),
        _count(waiting_signals(user)),
        _count(due_to_hear(user, now)),
        _count(worth_plays.to_ask(user, now)),
        _count(refer_plays.to_ask(user, now)),
        _count(refer_plays.to_be_thanked(user, now)),
        _count(due_praise(user)),
        _count(celebrate_plays.noes_today(user, now)),
        _count(off_the_list),
    )
    said, asked, put_off, sound, song, *counts = found.get()
    ask = to_be_asked(said, asked, put_off or 0, now)
    return Nav(_counts(user, counts), ask, bool(sound), song or "")


def _counts(user: User, found: Sequence[int]) -> dict[str, int]:
    debriefs, actions, reveals, leaving, quiet, ready, due, right, asks, thanks, praise, noes, decided = found
    advocates, many = asks + thanks, int(celebrate_plays.wants_my_wins(user, noes))
    on_the_list = debriefs + actions + reveals + min(leaving, 1) + quiet + ready + due + right + advocates
    return {
        "today": max(on_the_list + praise + many - decided, 0),
        "debriefs": debriefs,
        "reveals": reveals,
        "keep": ready + due,
        "advocates": advocates,
        "wins": praise,
    }


def _count(rows: QuerySet[Any]) -> RawSQL | Value:
    """The number of ``rows`` as part of another query. Its SQL is put together here, once: as an expression of Django's
    own it is copied and looked over several times, which took longer than everything else on a simple page."""
    try:
        sql, values = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return Value(0)
    return RawSQL(f"SELECT COUNT(*) FROM ({sql}) AS counted", values, output_field=IntegerField())  # noqa: S608, S611
