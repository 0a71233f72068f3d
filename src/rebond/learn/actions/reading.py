"""Confidential answers: each opening is written down, and a text goes when the buyer asks for it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.learn.lessons.monthly import PURPOSE as DIGEST
from rebond.learn.lessons.monthly import quoted
from rebond.learn.models import Invitation, Response, Verbatim
from rebond.mail.actions import remove_words


@transaction.atomic
def read_confidential(*, response: Response, actor: User, now: datetime) -> None:
    """One line in the audit log: who read which answer, when; nothing of what it says."""
    record(verb="learn.read_confidential", subject=response.invitation or response, actor=actor, at=now)


@transaction.atomic
def remove_verbatim(*, verbatim: Verbatim, actor: User | None, now: datetime) -> None:
    """Takes a buyer's words away at their request, also out of the digests we keep; what is counted stays.

    Twice is once.
    """
    if verbatim.removed_at is not None:
        return
    if verbatim.text:
        _remove_from_digests(verbatim.text, actor, now)
    verbatim.text, verbatim.removed_at = "", now
    verbatim.save(update_fields=["text", "removed_at"])
    record(verb="learn.remove_verbatim", subject=verbatim, actor=actor, at=now, asked=verbatim.asked)


def _remove_from_digests(words: str, actor: User | None, now: datetime) -> None:
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            remove_words(purpose=DIGEST, words=quoted(words), instead=quoted("[…]"), actor=actor, now=now)


@transaction.atomic
def remove_words_of(*, invitation: Invitation, actor: User | None, now: datetime) -> None:
    """Everything a buyer wrote in their own words, at their request, unread: whoever does it learns nothing of it."""
    for verbatim in Verbatim.objects.filter(response__invitation=invitation, response__is_final=True):
        remove_verbatim(verbatim=verbatim, actor=actor, now=now)
