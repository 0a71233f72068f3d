"""The loop's write that every room takes part in: a person is erased at their request (GDPR art. 17; L15)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.base.text import fold
from rebond.celebrate.actions.erasing import erase_person as erase_in_celebrate
from rebond.deals.actions.erasing import erase_person as erase_in_deals
from rebond.deals.erasing import Erasing, erasing
from rebond.deals.models import Person
from rebond.learn.actions.erasing import erase_person as erase_in_learn
from rebond.loop.models import TodayDecision
from rebond.loop.privacy import erase_above, is_erased, message_keys, same_person
from rebond.mail.actions.erasing import erase_person as erase_in_mail
from rebond.mail.actions.wishes import answer
from rebond.mail.addresses import fingerprint
from rebond.nurture.actions.erasing import erase_person as erase_in_nurture
from rebond.refer.actions.erasing import erase_person as erase_in_refer
from rebond.worth.actions.erasing import erase_person as erase_in_worth


@transaction.atomic
def erase_person(*, person: Person, typed: str, actor: User | None, now: datetime) -> int:
    """Erases a person from every room, with every record that has their address; how many records.

    Mail comes first: what waits is cancelled before anything says less. Deals, closes, touches and answers stay, to be
    counted, without saying whose they were; what history keeps is listed in docs/law.md.

    Args:
        typed: their name once more, as a person typed it.

    Raises:
        NotAllowed: by anybody but an administrator or the program.
        Conflict: ``erased_before``.
        RebondError: ``name_differs``.
    """
    if actor is not None and not actor.is_admin:
        raise NotAllowed
    if is_erased(person):
        raise Conflict(_("This person was erased before. Nothing was changed."), code="erased_before")
    if fold(typed) != fold(person.name):
        raise RebondError(
            _("The name you typed is another one. Nothing was erased. Type it as it stands on the page."),
            code="name_differs",
        )
    records = same_person(person)
    for one in records:
        _erase(erasing(one), actor, now)
    record(verb="loop.erase_person", subject=person, actor=actor, at=now, records=len(records))
    return len(records)


def _erase(of: Erasing, actor: User | None, now: datetime) -> None:
    erase_in_mail(of=of, keys=message_keys(of.person), actor=actor, now=now)
    erase_in_nurture(of=of, actor=actor, now=now)
    erase_in_learn(of=of, actor=actor, now=now)
    erase_in_worth(of=of, actor=actor, now=now)
    erase_in_refer(of=of, actor=actor, now=now)
    erase_in_celebrate(of=of, actor=actor, now=now)
    _clean_list(of)
    erase_above(of)
    erase_in_deals(of=of, actor=actor, now=now)


def _clean_list(of: Erasing) -> None:
    """What the Today list said of them."""
    if not of.person.name.strip():
        return
    named = TodayDecision.objects.filter(label__icontains=of.person.name.strip())
    for decision in named:
        TodayDecision.objects.filter(pk=decision.pk).update(label=of.without_name(decision.label)[:300])


@transaction.atomic
def note_copy_made(*, person: Person, actor: User | None, now: datetime) -> None:
    """A person's copy was made: who did it is kept, and whoever waited for it waits no more."""
    record(verb="loop.copy_person", subject=person, actor=actor, at=now)
    if person.email:
        answer(mark=fingerprint(person.email), what="copy", actor=actor, now=now)
