"""A person leaves what was learnt: their words and their link go, the counts of what was answered stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Model, Q, QuerySet

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.deals.erasing import Erasing
from rebond.learn.actions.reading import remove_words_of
from rebond.learn.models import Action, Debrief, DebriefAnswer, Invitation, Response, Reveal


@transaction.atomic
def erase_person(*, of: Erasing, actor: User | None, now: datetime) -> None:
    """Cuts the invitations loose, removes drafts and own words, and takes the name out of what colleagues wrote.

    An answer that was sent keeps its marks: they carry no name, and pools were counted with them. An anonymous one
    belongs to nobody already.
    """
    invitations = list(Invitation.objects.select_for_update(of=("self",)).filter(person=of.person))
    pks = [invitation.pk for invitation in invitations]
    Response.objects.filter(invitation__in=pks, is_final=False).delete()
    Response.objects.filter(invitation__in=pks).update(may_contact=False)
    for invitation in invitations:
        remove_words_of(invitation=invitation, actor=actor, now=now)
        record(verb="learn.erase_person", subject=invitation, actor=actor, at=now)
    Invitation.objects.filter(pk__in=pks).update(person=None, nonce="", token_digest=None)
    _without_name(of)


def _without_name(of: Erasing) -> None:
    """What colleagues wrote about their deals."""
    of_deals = Q(deal__in=of.deals)
    _rewrite(of, Debrief.objects.filter(of_deals), ("keep", "change"))
    _rewrite(of, DebriefAnswer.objects.filter(debrief__deal__in=of.deals), ("evidence",))
    _rewrite(of, Action.objects.filter(of_deals), ("text", "result"))
    _rewrite(of, Reveal.objects.filter(response__invitation__deal__in=of.deals), ("surprised",))


def _rewrite(of: Erasing, rows: QuerySet[Model], names: Iterable[str]) -> None:
    names = list(names)
    changed = []
    for row in rows:
        texts = {name: of.without_name(getattr(row, name)) for name in names}
        if any(getattr(row, name) != text for name, text in texts.items()):
            for name, text in texts.items():
                setattr(row, name, text[: getattr(row._meta.get_field(name), "max_length", None)])
            changed.append(row)
    rows.model._default_manager.bulk_update(changed, names, batch_size=200)
