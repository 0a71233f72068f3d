"""Whom we ask, when, from whom, and who may read the answer: the programme's rules, as pure functions.

Nothing here reads the database or the clock, so that each rule can be tried over any team and any draw. The buyer is
asked by rule and not by choice: sellers who choose "will weed out those deals where there were issues in their
performance" (fletchercsi.com, "Ten steps to maximize win-loss results"). The delay is drawn at random and recorded, so
that the team learns from its own answers when buyers answer best.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import Role, User
from rebond.base.workdays import add_workdays
from rebond.deals.models import NOES, DealPerson, Outcome, Person
from rebond.deals.queries import NEAREST_FIRST
from rebond.learn.feedback.languages import spoken
from rebond.learn.models import FeedbackProgramme
from rebond.mail.addresses import normalised, usable

#: So many people of one deal are asked, each by a link of their own.
MOST_PEOPLE = 3
#: Every mail can be looked at for so long before it goes.
NOTICE = timedelta(hours=48)
#: Nobody is asked more often than this, whatever the deal.
AGAIN_AFTER = timedelta(days=180)
#: Mails leave at one of these hours, in the sender's time zone.
HOURS = range(9, 17)
#: What an administrator may set: field to its smallest and largest value.
LIMITS = {"delay_min": (2, 60), "delay_max": (2, 60), "reminder_after": (3, 30), "expires_after": (14, 180)}


def eligible(outcome: str, *, include_wins: bool) -> bool:
    """Whether this end is one a buyer decided: the noes, and wins where the programme says so.

    >>> eligible("lost_in_house", include_wins=False), eligible("won", include_wins=False)
    (True, False)
    >>> [eligible(end, include_wins=True) for end in ("disqualified", "duplicate", "unknown", "won")]
    [False, False, False, True]
    """
    return outcome in NOES or (include_wins and outcome == Outcome.WON)


def whom(parts: Iterable[DealPerson]) -> list[Person]:
    """People of the deal with an address mail can go to: who decides first, who was against us too; one per address."""
    nearest = sorted(parts, key=lambda part: (NEAREST_FIRST.index(part.role), part.pk or 0))
    by_address: dict[str, Person] = {}
    for part in nearest:
        if usable(part.person.email):
            by_address.setdefault(normalised(part.person.email), part.person)
    return list(by_address.values())


def draw_delay(programme: FeedbackProgramme, rng: random.Random) -> int:
    """Days to wait, each from ``delay_min`` to ``delay_max`` as likely as the other."""
    return rng.randint(programme.delay_min, programme.delay_max)


def send_moment(*, delay_days: int, zone: str, rng: random.Random, now: datetime) -> datetime:
    """When the mail goes: ``delay_days`` after ``now``, on a working day, at an hour of ``HOURS`` where the sender is.

    Never less than ``NOTICE`` after ``now``, so that everybody concerned can look at it first.

    Args:
        zone: the sender's time zone, an IANA name.
        now: when the close was recorded, aware.

    >>> from datetime import UTC
    >>> friday = datetime(2026, 6, 5, 8, tzinfo=UTC)
    >>> send_moment(delay_days=2, zone="Europe/Paris", rng=random.Random(1), now=friday).strftime("%A %H:%M")
    'Monday 11:00'
    """
    place = ZoneInfo(zone)
    hour = time(rng.choice(HOURS))
    day = _workday_from(now.astimezone(place).date() + timedelta(days=delay_days))
    while datetime.combine(day, hour, place).timestamp() < (now + NOTICE).timestamp():
        day = add_workdays(day, 1)
    return datetime.combine(day, hour, place)


def reminder_moment(*, sent_at: datetime, after_days: int, zone: str) -> datetime:
    """When the one reminder goes: so many days after the question, moved to a working day where the sender is.

    >>> from datetime import UTC
    >>> tuesday = datetime(2026, 6, 9, 8, tzinfo=UTC)
    >>> [reminder_moment(sent_at=tuesday, after_days=days, zone="Europe/Paris").day for days in (3, 4, 7)]
    [12, 15, 16]
    """
    at = sent_at + timedelta(days=after_days)
    while at.astimezone(ZoneInfo(zone)).weekday() >= 5:
        at += timedelta(days=1)
    return at


def _workday_from(day: date) -> date:
    """The day itself, or the Monday after it."""
    return add_workdays(day - timedelta(days=1), 1)


def from_whom(
    *, owner_id: int | None, team_id: int | None, preferred: User | None, colleagues: Sequence[User]
) -> User | None:
    """Who asks: never the deal's owner.

    The programme's sender; else the team's manager; else an administrator; else another manager; else a colleague of
    the team; of equals the first to have joined. ``None`` when nobody but the owner could ask.

    Args:
        preferred: the programme's sender.
        colleagues: everybody who might, in the order they joined; those who cannot sign in are passed over.
    """
    ranks: tuple[Callable[[User], bool], ...] = (
        lambda user: preferred is not None and user.pk == preferred.pk,
        lambda user: user.role == Role.MANAGER and team_id is not None and user.team_id == team_id,
        lambda user: user.role == Role.ADMIN,
        lambda user: user.role == Role.MANAGER,
        lambda user: team_id is not None and user.team_id == team_id,
    )
    able = [user for user in colleagues if _can_sign_in(user) and user.pk != owner_id]
    return next((user for fits in ranks for user in able if fits(user)), None)


def who_reads(
    *, owner_id: int | None, team_id: int | None, touched: Collection[int], preferred: User | None,
    colleagues: Sequence[User],
) -> User | None:  # fmt: skip
    """Who alone may read confidential answers: the programme's reader, else an administrator; both outside the deal.

    ``None``: nobody does, and the answer is only counted, with at least four others.

    Args:
        touched: the ids of all who had a contact with the buyer about this deal.
    """
    able = [
        user for user in colleagues
        if _can_sign_in(user) and not inside(user, owner_id=owner_id, team_id=team_id, touched=touched)
    ]  # fmt: skip
    chosen = (user for user in able if preferred is not None and user.pk == preferred.pk)
    return next(chosen, None) or next((user for user in able if user.role == Role.ADMIN), None)


def inside(user: User, *, owner_id: int | None, team_id: int | None, touched: Collection[int]) -> bool:
    """Whether ``user`` had a part in the deal: owns it, had a contact about it, or sells in its team."""
    sells_there = user.role == Role.SELLER and team_id is not None and user.team_id == team_id
    return user.pk == owner_id or user.pk in touched or sells_there


def language_of(person: Person, default: str) -> str:
    """The language the buyer is written to in: theirs where we have it, else ``default``, else English.

    >>> language_of(Person(language="fr-BE"), "en"), language_of(Person(language="de"), "fr")
    ('fr', 'fr')
    """
    wanted = (person.language.lower()[:2], default.lower()[:2])
    return next((language for language in wanted if language in spoken()), "en")


def _can_sign_in(user: User) -> bool:
    return bool(user.is_active and user.email)


def wrong_field(programme: FeedbackProgramme) -> tuple[str, str | Promise] | None:
    """The first field of a programme that is outside its limits, with what to do; ``None`` when all is well.

    >>> wrong_field(FeedbackProgramme())
    >>> wrong_field(FeedbackProgramme(delay_min=1))[0], wrong_field(FeedbackProgramme(delay_min=9, delay_max=5))[0]
    ('delay_min', 'delay_max')
    """
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(programme, name) <= most:
            said = _("Choose %(least)d to %(most)d days.") % {"least": least, "most": most}
            return name, said
    if programme.delay_max < programme.delay_min:
        return "delay_max", _("The latest day cannot come before the earliest.")
    return None
