"""Lessons as screens list them: found by their situation, with a name and a sound only as long as these are let."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import get_language

from rebond.accounts.models import User
from rebond.base.text import fold
from rebond.celebrate import situations
from rebond.celebrate.models import Cheer, ConsentPurpose, Lesson, Preference, Recording
from rebond.celebrate.queries.consents import agreed, taken_back, with_sound
from rebond.celebrate.telling import as_wish
from rebond.celebrate.visibility import circle_of, reaches
from rebond.deals.search import narrowed, words

#: Situations offered beside the search; lessons beside an open deal; months of the hall of fame.
OFFERED, BESIDE, MONTHS = 8, 2, 36


@dataclass(frozen=True)
class Shown:
    """One lesson as one reader may have it.

    Attributes:
        name: whose it is; empty where they keep their name to themselves, or agree no longer.
        sound: the recording may be heard; ``gone``: there was one, and it may not.
        mine: the reader's own; ``cheered``: the reader said thanks.
    """

    lesson: Lesson
    name: str
    sound: bool
    gone: bool
    mine: bool
    cheers: list[Cheer]
    cheered: bool


def visible(user: User) -> QuerySet[Lesson]:
    """Those of one's team and of everybody; an administrator all, retired ones too."""
    found = Lesson.objects.select_related("author", "recording", "clip", "nomination__contest", "team")
    if user.is_admin:
        return found
    near = Q(team=None) | Q(author=user)
    return found.filter(near | Q(team=user.team_id) if user.team_id else near)


def lessons_for(user: User, *, asked: str = "", from_loss: bool = False) -> QuerySet[Lesson]:
    """Those offered, newest first; of them those that hold every word of ``asked`` (or its beginning)."""
    found = visible(user).filter(retired_at=None)
    if from_loss:
        found = found.filter(from_loss=True)
    if words(asked):
        kept = narrowed(found, situations.SEARCHED_AS, asked)
        found = kept.select_related("author", "recording", "clip", "nomination__contest", "team")
    return found.order_by("-made_at", "-pk")


def situations_of(user: User) -> list[str]:
    """The situations most lessons are about; two of the same words, however written, are one."""
    rows = visible(user).filter(retired_at=None).exclude(situation="").order_by().values_list("situation")
    counted = rows.annotate(n=Count("pk")).order_by("-n", "situation")[: 4 * OFFERED]
    once: dict[str, str] = {}
    for situation, _n in counted:
        once.setdefault(fold(situation), situation)
    return list(once.values())[:OFFERED]


def fitting(user: User, codes: Collection[str]) -> list[Lesson]:
    """Up to two for a deal that was a no for these reasons; by the situations we know, not by guessing."""
    wanted = situations.fitting(codes)
    if not wanted:
        return []
    return list(visible(user).filter(retired_at=None, folded__in=wanted).order_by("-made_at", "-pk")[:BESIDE])


def shown_to(user: User, lessons: Sequence[Lesson]) -> list[Shown]:
    """Each as ``user`` may have it; four queries, whatever their number."""
    heard, withdrawn = _heard(lessons), taken_back(one.recording_id for one in lessons if one.recording_id)
    said = {one.user_id: one for one in Preference.objects.filter(user__in={one.author_id for one in lessons})}
    cheers: dict[int, list[Cheer]] = defaultdict(list)
    for cheer in Cheer.objects.filter(lesson__in=lessons).select_related("by").order_by("at", "pk"):
        cheers[cheer.lesson_id or 0].append(cheer)
    return [_shown(user, one, said, heard, withdrawn, cheers[one.pk]) for one in lessons]


def _shown(
    user: User, lesson: Lesson, said: dict[int, Preference], heard: set[int], withdrawn: set[tuple[int, int]],
    cheers: list[Cheer],
) -> Shown:  # fmt: skip
    mine = lesson.author_id == user.pk
    named = mine or _may_be_named(user, lesson, said.get(lesson.author_id or 0), withdrawn)
    sound = lesson.recording_id in heard
    gone = not sound and (lesson.recording_id is not None or lesson.nomination_id is not None)
    return Shown(
        lesson, lesson.author.name if named and lesson.author else "", sound, gone, mine, cheers,
        any(one.by_id == user.pk for one in cheers),
    )  # fmt: skip


def _may_be_named(user: User, lesson: Lesson, said: Preference | None, withdrawn: set[tuple[int, int]]) -> bool:
    """Their wish about wins holds for lessons, and whoever took a consent back is not named with that call either."""
    if lesson.author is None or (lesson.recording_id or 0, lesson.author.pk) in withdrawn:
        return False
    wish = as_wish(said)
    return wish.show_name and reaches(wish, circle_of(user, lesson.author.team_id))


def _heard(lessons: Iterable[Lesson]) -> set[int]:
    """Recordings that may be heard in the library now: the sound is there, and everybody in it agreed; one query."""
    calls = {one.recording_id for one in lessons if one.recording_id}
    found = Recording.objects.filter(with_sound() & agreed(ConsentPurpose.LIBRARY), pk__in=calls)
    return {*found.values_list("pk", flat=True)}


@dataclass(frozen=True)
class Month:
    """One month of the hall of fame: who won it (several with a tie), and what else stood on its short list."""

    month: date
    winners: list[Shown]
    others: list[Shown]

    @property
    def words(self) -> str:
        """ "June 2026"."""
        said = month_words(self.month)
        return f"{said[0].upper()}{said[1:]}"


def month_words(month: date) -> str:
    """ "June 2026", in the reader's language."""
    return str(format_date(month, "LLLL y", locale=get_language() or "en"))


def hall_for(user: User) -> list[Month]:
    """The months, newest first; their lessons stay, whatever became of names and sound."""
    stood = visible(user).filter(month__isnull=False)
    months = list(stood.order_by("-month").values_list("month", flat=True).distinct()[:MONTHS])
    found = stood.filter(month__in=months).order_by("-month", "-won", F("nomination__place").asc(nulls_last=True), "pk")
    grouped: dict[date, list[Shown]] = defaultdict(list)
    for one in shown_to(user, list(found)):
        grouped[one.lesson.month or date.min].append(one)
    return [_month(month, grouped[month]) for month in months if month is not None]


def _month(month: date, stood: list[Shown]) -> Month:
    return Month(month, [one for one in stood if one.lesson.won], [one for one in stood if not one.lesson.won])
