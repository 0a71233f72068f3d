"""A television on the wall: it shows a code, somebody who leads enters it, it is taken down again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import AuditEntry, Team, User
from rebond.base.errors import RebondError
from rebond.base.text import clean
from rebond.celebrate.models import Wall
from rebond.celebrate.screens import CODE_FOR, as_typed, digest_of, new_code, new_key

#: Wrong codes somebody may enter within so long.
GUESSES, WITHIN = 10, timedelta(minutes=10)
#: Screens that may wait for their code at a time: more are not televisions.
WAITING = 200
#: A screen that was never paired is forgotten so long after its code ran out.
FORGOTTEN = timedelta(hours=1)


@transaction.atomic
def begin_wall(*, now: datetime) -> tuple[Wall, str]:
    """A screen that nobody paired yet, with its first code, and the key for its cookie: only the digest is kept.

    No audit entry: nobody did anything yet, and the address is open to anybody on the network.

    Raises:
        RebondError: ``too_many_screens`` (429).
    """
    waiting = Wall.objects.filter(paired_at=None)
    waiting.filter(code_until__lt=now - FORGOTTEN).delete()
    if waiting.count() >= WAITING:
        raise too_many_screens()
    key = new_key()
    wall = Wall.objects.create(code=_free_code(now), code_until=now + CODE_FOR, key_digest=digest_of(key), made_at=now)
    return wall, key


def too_many_screens() -> RebondError:
    """Too many wait, or (``views.walls``) too many began at one address of the network."""
    return RebondError(
        _("Too many screens wait for their code. Nothing was changed. Try again in an hour."),
        code="too_many_screens", status=429,
    )  # fmt: skip


@transaction.atomic
def renew_code(*, wall: Wall, now: datetime) -> Wall:
    """Another code, once the one it shows ran out. No audit entry, as above."""
    wall = Wall.objects.select_for_update(of=("self",)).get(pk=wall.pk)
    if wall.paired_at is None and (wall.code_until is None or wall.code_until <= now):
        wall.code, wall.code_until = _free_code(now), now + CODE_FOR
        wall.save(update_fields=["code", "code_until"])
    return wall


def _free_code(now: datetime) -> str:
    taken = set(Wall.objects.filter(paired_at=None, code_until__gt=now).values_list("code", flat=True))
    while (code := new_code()) in taken:
        pass
    return code


@transaction.atomic
def pair_wall(*, code: str, name: str, team: Team | None, language: str, actor: User, now: datetime) -> Wall | None:
    """The screen that shows ``code`` becomes a wall of ``team``, or (``None``) of everybody; a code works once.

    Returns:
        ``None`` when no screen shows it (any more): the guess is counted.

    Raises:
        RebondError: ``too_many_codes`` (429) after ten wrong ones within ten minutes.
    """
    _not_guessing(actor, now)
    typed = as_typed(code)
    shown = Wall.objects.select_for_update(of=("self",)).filter(code=typed, paired_at=None, code_until__gt=now)
    wall = shown.first() if typed else None
    if wall is None:
        record(verb="celebrate.wrong_code", subject=actor, actor=actor, at=now)
        return None
    wall.name, wall.team, wall.everybody = clean(name, 80) or _("Wallboard"), team, team is None
    wall.language = language if language in dict(settings.LANGUAGES) else actor.language
    wall.code, wall.code_until, wall.paired_at, wall.paired_by = "", None, now, actor
    wall.save()
    record(verb="celebrate.pair_wall", subject=wall, actor=actor, at=now, team=team.pk if team else None)
    return wall


def _not_guessing(actor: User, now: datetime) -> None:
    wrong = AuditEntry.objects.filter(
        subject_type="accounts.user", subject_id=str(actor.pk), verb="celebrate.wrong_code", at__gt=now - WITHIN
    )
    if wrong.count() >= GUESSES:
        raise RebondError(
            _("That were many codes that no screen shows. Nothing was changed. Try again in ten minutes."),
            code="too_many_codes", status=429,
        )  # fmt: skip


@transaction.atomic
def end_wall(*, wall: Wall, actor: User, now: datetime) -> Wall:
    """Its key opens nothing any more, and the screen shows a code again; ended twice is once."""
    wall = Wall.objects.select_for_update(of=("self",)).get(pk=wall.pk)
    if wall.ended_at is None:
        wall.ended_at = now
        wall.save(update_fields=["ended_at"])
        record(verb="celebrate.end_wall", subject=wall, actor=actor, at=now)
    return wall


@transaction.atomic
def seen_wall(*, wall: Wall, now: datetime) -> None:
    """It asked for a ticket, as it does every quarter of an hour. No audit entry: a screen did nothing."""
    Wall.objects.filter(pk=wall.pk).update(seen_at=now)
