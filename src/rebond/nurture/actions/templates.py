"""Writes of the words notes begin with: another edition, or back to the built-in one. Nothing is deleted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import NotAllowed, RebondError
from rebond.base.text import clean
from rebond.nurture.drafts import placeholders
from rebond.nurture.drafts.templates import KEYS, LANGUAGES
from rebond.nurture.models import NoteTemplate


@transaction.atomic
def save_template(
    *, key: str, language: str, owner: User | None, subject: str, body: str, actor: User, now: datetime
) -> NoteTemplate:
    """One edition more.

    Args:
        owner: whose notes begin so; ``None``: everybody's who has none of their own, for managers and administrators.

    Raises:
        NotAllowed: another seller's own, or everybody's without leading.
        RebondError: ``unknown_template``, ``template_empty``, ``template_too_long``, and as ``placeholders.check``.
    """
    _check_whose(owner, actor)
    _check_which(key, language)
    line, text = " ".join(clean(subject, 400).split()), clean(body, 2 * placeholders.BODY).replace("\r\n", "\n")
    if not line or not text:
        raise RebondError(_("A note needs a subject and a text. Nothing was saved."), code="template_empty")
    if len(line) > placeholders.SUBJECT or len(text) > placeholders.BODY:
        raise RebondError(
            _("This is too long for a note: at most %(subject)d characters of subject and %(body)d of text. Nothing "
              "was saved.") % {"subject": placeholders.SUBJECT, "body": placeholders.BODY},
            code="template_too_long",
        )  # fmt: skip
    placeholders.check(line)
    placeholders.check(text)
    return _store(key, language, owner, line, text, actor, now)


@transaction.atomic
def back_to_built_in(*, key: str, language: str, owner: User | None, actor: User, now: datetime) -> NoteTemplate:
    """An edition without words: the one below it is in force again. ``NotAllowed``, ``unknown_template``."""
    _check_whose(owner, actor)
    _check_which(key, language)
    return _store(key, language, owner, "", "", actor, now)


def _check_whose(owner: User | None, actor: User) -> None:
    if (owner is None and not actor.is_lead) or (owner is not None and owner.pk != actor.pk):
        raise NotAllowed


def _check_which(key: str, language: str) -> None:
    if key not in KEYS or language not in LANGUAGES:
        raise RebondError(_("There is no such note. Nothing was saved."), code="unknown_template", status=404)


def _store(
    key: str, language: str, owner: User | None, subject: str, body: str, actor: User, now: datetime
) -> NoteTemplate:
    newest = NoteTemplate.objects.filter(key=key, language=language, owner=owner).aggregate(n=Max("version"))["n"]
    made = NoteTemplate.objects.create(
        key=key, language=language, owner=owner, version=(newest or 0) + 1, subject=subject, body=body, at=now, by=actor
    )
    record(
        verb="nurture.save_template", subject=made, actor=actor, at=now, key=key, language=language,
        version=made.version, everybody=owner is None, built_in=not body,
    )  # fmt: skip
    return made
