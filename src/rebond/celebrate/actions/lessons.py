"""Lessons: kept in words, so that they outlive the call they came from; cheered, retired, taken up again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.base.text import clean, fold
from rebond.celebrate.models import Cheer, Contest, Lesson, Mark, Nomination, Recording
from rebond.celebrate.situations import SEARCHED_AS
from rebond.deals.actions.indexing import index_words
from rebond.deals.models import NOES

#: Characters of the lesson itself.
LONGEST = 4_000


@transaction.atomic
def keep_lesson(
    *, title: str, text: str, situation: str, recording: Recording | None = None, clip: Mark | None = None,
    author: User | None, from_loss: bool, for_everybody: bool = False, actor: User | None, now: datetime,
) -> Lesson:  # fmt: skip
    """A lesson of its author's team, or of everybody; from a loss it is as welcome.

    Args:
        title: at most 160 characters, like ``situation`` (where it helps: "they say it is too dear").
        clip: a stretch of ``recording``; left out where it is of another.

    Raises:
        RebondError: ``lesson_empty`` without a title or without what can be learnt.
    """
    made = Lesson(
        title=clean(title, 160), text=clean(text, LONGEST), situation=clean(situation, 160), recording=recording,
        clip=clip if clip is not None and recording is not None and clip.recording_id == recording.pk else None,
        author=author, team=None if for_everybody or author is None else author.team, from_loss=from_loss, made_at=now,
    )  # fmt: skip
    if not made.title or not made.text:
        raise RebondError(
            _("A lesson needs a title and a sentence on what can be learnt. Nothing was kept yet. Write both."),
            code="lesson_empty",
        )
    return _keep(made, actor, now)


@transaction.atomic
def lesson_of(*, nomination: Nomination, place: int | None, now: datetime) -> Lesson:
    """The lesson of a call that stood in a contest; called again, it is the same lesson. 1 is the winner's place."""
    if found := Lesson.objects.filter(nomination=nomination).first():
        return found
    contest, call = nomination.contest, nomination.recording
    lost = call.deal is not None and call.deal.outcome in NOES
    made = Lesson(
        title=nomination.title, text=nomination.lesson, situation=nomination.situation, recording=call,
        clip=nomination.clip, author=nomination.nominee, team=contest.team, nomination=nomination,
        month=contest.month, won=place == 1, from_loss=lost, made_at=now,
    )  # fmt: skip
    return _keep(made, None, now)


@transaction.atomic
def out_of_the_hall(*, contest: Contest, actor: User | None, now: datetime) -> int:
    """The contest was called off: its lessons stay, as of no month and of nobody's victory. How many."""
    told = Lesson.objects.filter(nomination__contest=contest, month__isnull=False)
    if count := told.update(month=None, won=False):
        record(verb="celebrate.out_of_the_hall", subject=contest, actor=actor, at=now, lessons=count)
    return count


def put(lesson: Lesson) -> None:
    """Saves it, and what it is found by."""
    lesson.folded = fold(lesson.situation)
    lesson.save()
    words = f"{lesson.situation} {lesson.title} {lesson.text}"
    index_words(SEARCHED_AS, lesson.pk, team=lesson.team_id, label=lesson.title, words=words)


def _keep(lesson: Lesson, actor: User | None, now: datetime) -> Lesson:
    put(lesson)
    record(verb="celebrate.keep_lesson", subject=lesson, actor=actor, at=now, from_loss=lesson.from_loss)
    return lesson


@transaction.atomic
def retire(*, lesson: Lesson, actor: User, now: datetime) -> Lesson:
    """It is no longer offered; whoever has its address may still read it. In the hall of fame it stays."""
    if lesson.retired_at is None:
        lesson.retired_at = now
        lesson.save(update_fields=["retired_at"])
        record(verb="celebrate.retire_lesson", subject=lesson, actor=actor, at=now)
    return lesson


@transaction.atomic
def take_up(*, lesson: Lesson, actor: User, now: datetime) -> Lesson:
    """Offered again."""
    if lesson.retired_at is not None:
        lesson.retired_at = None
        lesson.save(update_fields=["retired_at"])
        record(verb="celebrate.take_up_lesson", subject=lesson, actor=actor, at=now)
    return lesson


@transaction.atomic
def cheer_lesson(*, lesson: Lesson, words: str = "", actor: User, now: datetime) -> Cheer:
    """A colleague is glad of it; one each, whose words may be changed."""
    cheer, made = Cheer.objects.get_or_create(lesson=lesson, by=actor, defaults={"words": clean(words, 200), "at": now})
    if not made and words.strip():
        cheer.words = clean(words, 200)
        cheer.save(update_fields=["words"])
    if made:
        record(verb="celebrate.cheer_lesson", subject=lesson, actor=actor, at=now)
    return cheer
