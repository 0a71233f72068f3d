"""Every write about people and teams."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import Role, Team, Theme, User
from rebond.accounts.queries import can_sign_in, nobody_yet
from rebond.accounts.signals import moved_team
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean, fold

DEFAULT_TEAM = "Sales"
PREFERENCES = {"name", "language", "time_zone", "theme", "letter_keys", "day_minutes", "weekly_sheet"}


@transaction.atomic
def create_first_admin(*, name: str, email: str, password: str, language: str = "en", now: datetime) -> User:
    """The first administrator, in the first team. ``Conflict`` ``already_started`` when there is one."""
    if not nobody_yet():
        raise Conflict(
            _("This Rebond has an administrator already. Nothing was changed. Sign in, or ask them to invite you."),
            code="already_started",
        )
    team = default_team()
    return add_person(
        name=name, email=email, role=Role.ADMIN, team=team, password=password, language=language, actor=None, now=now
    )


@transaction.atomic
def add_person(
    *,
    name: str,
    email: str,
    role: str,
    team: Team | None,
    password: str | None = None,
    language: str = "en",
    actor: User | None,
    now: datetime,
) -> User:
    """Somebody who can sign in (once they have a password).

    Raises:
        RebondError: ``bad_email``, ``email_taken``, ``weak_password``, ``name_missing``.
    """
    user = User(name=_name(name), email=_email(email), role=Role(role), team=team, language=language, joined_at=now)
    user.time_zone = settings.TIME_ZONE
    if password is not None:
        check_password_rules(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise _email_taken() from error
    record(verb="accounts.add_person", subject=user, actor=actor, at=now, role=user.role)
    return user


def check_password_rules(password: str, user: User) -> None:
    """``RebondError`` ``weak_password`` with Django's own words when a password is too easy."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise RebondError(" ".join(error.messages), code="weak_password") from error


@transaction.atomic
def edit_person(*, user: User, changes: Mapping[str, Any], actor: User, now: datetime) -> None:
    """Changes ``name``, ``email``, ``role``, ``team``, ``is_active``; the last administrator stays one.

    An imported seller becomes able to sign in by getting an address.
    """
    before_team = user.team_id
    for field in {"role", "team", "is_active"} & set(changes):
        setattr(user, field, changes[field])
    if "name" in changes:
        user.name = _name(changes["name"])
    if changes.get("email"):
        user.email = _email(changes["email"])
    _keep_one_admin(user)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise _email_taken() from error
    moved = user.team_id != before_team
    teams = {"team_before": before_team, "team_after": user.team_id} if moved else {}
    record(verb="accounts.edit_person", subject=user, actor=actor, at=now, fields=sorted(changes), **teams)
    if moved:
        moved_team.send(sender=User, user=user, now=now)


@transaction.atomic
def set_preferences(*, user: User, changes: Mapping[str, Any], now: datetime) -> None:
    """A person's own settings: ``PREFERENCES``. ``RebondError`` ``bad_preference`` for a value that is none."""
    for field in PREFERENCES & set(changes):
        setattr(user, field, changes[field])
    if (
        user.theme not in Theme.values
        or user.language not in dict(settings.LANGUAGES)
        or user.time_zone not in zoneinfo.available_timezones()
        or not 5 <= int(user.day_minutes) <= 600
    ):
        raise RebondError(
            _("We do not know this choice. Nothing was changed. Choose one of the list."), code="bad_preference"
        )
    user.name = _name(user.name)
    user.save(update_fields=sorted(PREFERENCES))
    record(verb="accounts.set_preferences", subject=user, actor=user, at=now, fields=sorted(PREFERENCES & set(changes)))


@transaction.atomic
def add_team(*, name: str, actor: User | None, now: datetime) -> Team:
    """A new team. ``Conflict`` ``team_exists`` when the name is taken."""
    team = Team(name=_name(name)[:80])
    _save_team(team)
    record(verb="accounts.add_team", subject=team, actor=actor, at=now, name=team.name)
    return team


@transaction.atomic
def rename_team(*, team: Team, name: str, actor: User, now: datetime) -> None:
    """Another name for the same team."""
    team.name = _name(name)[:80]
    _save_team(team)
    record(verb="accounts.rename_team", subject=team, actor=actor, at=now, name=team.name)


def default_team() -> Team:
    """The team of whoever names none: the first there is, else a new one."""
    return Team.objects.order_by("pk").first() or Team.objects.create(name=DEFAULT_TEAM)


@transaction.atomic
def find_or_add_sellers(*, names: set[str], team: Team | None, actor: User | None, now: datetime) -> dict[str, User]:
    """The people an import names as owners, by the text that named them.

    Matched by address, then by name; who is not there becomes a person without sign-in, in ``team``.
    """
    wanted = {name: clean(name, 120) for name in names if clean(name, 120)}
    everybody = list(User.objects.select_related("team").order_by("-pk"))
    by_email = {user.email.lower(): user for user in everybody if user.email}
    by_name = {fold(user.name): user for user in everybody}
    found: dict[str, User] = {}
    for text, name in wanted.items():
        user = by_email.get(name.lower()) or by_name.get(fold(name))
        if user is None:
            user = by_name[fold(name)] = _add_seller(name, team, actor, now)
        found[text] = user
    return found


def _add_seller(name: str, team: Team | None, actor: User | None, now: datetime) -> User:
    user = User.objects.create_user(None, None, name=name, team=team, is_active=False, joined_at=now)
    record(verb="accounts.add_seller", subject=user, actor=actor, at=now)
    return user


def _name(name: str) -> str:
    cleaned = clean(name, 120)
    if not cleaned:
        raise RebondError(_("A name is needed. Nothing was saved. Type one."), code="name_missing")
    return cleaned


def _email(email: str) -> str:
    cleaned = clean(email, 254).lower()
    try:
        validate_email(cleaned)
    except ValidationError as error:
        raise RebondError(
            _("“%(email)s” is not an email address. Nothing was saved. Correct it.") % {"email": cleaned},
            code="bad_email",
        ) from error
    return cleaned


def _email_taken() -> Conflict:
    return Conflict(_("Somebody here has this address already. Nothing was saved. Use another."), code="email_taken")


def _keep_one_admin(user: User) -> None:
    if user.is_admin and user.is_active:
        return
    if not can_sign_in().filter(role=Role.ADMIN).exclude(pk=user.pk).exists():
        raise Conflict(
            _("This is the last administrator. Nothing was changed. Make somebody else administrator first."),
            code="last_admin",
        )


def _save_team(team: Team) -> None:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise Conflict(
            _("There is a team of that name already. Nothing was changed. Choose another name."), code="team_exists"
        ) from error
