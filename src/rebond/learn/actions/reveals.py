"""A seller looks at a shared answer beside their own, and keeps what surprised them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.base.text import clean
from rebond.learn.models import Response, Reveal


@transaction.atomic
def see_reveal(*, response: Response, actor: User, now: datetime) -> Reveal:
    """The seller looked; the first time is kept, another one changes nothing."""
    reveal, created = Reveal.objects.get_or_create(response=response, defaults={"seller": actor, "seen_at": now})
    if created:
        record(verb="learn.see_reveal", subject=reveal, actor=actor, at=now, response=str(response.pk))
    return reveal


@transaction.atomic
def write_surprise(*, response: Response, text: str, actor: User, now: datetime) -> Reveal:
    """What surprised them, in a line or two; may be written anew.

    Raises:
        RebondError: ``text_missing``.
    """
    cleaned = clean(text, 1000)
    if not cleaned:
        raise RebondError(
            _("There are no words yet. Nothing was changed. “Nothing” is an honest answer too."), code="text_missing"
        )
    reveal = see_reveal(response=response, actor=actor, now=now)
    reveal.surprised, reveal.written_at = cleaned, now
    reveal.save(update_fields=["surprised", "written_at"])
    record(verb="learn.write_surprise", subject=reveal, actor=actor, at=now)
    return reveal
