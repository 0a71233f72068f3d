"""A person leaves introductions: as somebody who was asked, as an advocate, and as somebody who was introduced.

What was owed and given stays in the ledger, whose accounts name nobody (``refer.advocate:12``).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Model, Q

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.deals.erasing import Erasing
from rebond.mail.actions.erasing import take_name_out
from rebond.refer.actions.moving import move
from rebond.refer.kept import named_in
from rebond.refer.models import Advocate, Referral, ReferralAsk, RiskFlag, State, Thanks
from rebond.refer.states import is_legal

#: What an advocate has earned is not taken from them because the person they introduced is erased.
WITH_MONEY = (State.REWARD_DUE, State.PAID, State.FORFEITED, State.CLAWED_BACK)
#: What we write to others about somebody who is introduced.
MAILS = ("refer.ask", "refer.introduction", "refer.notice", "refer.thanks")
#: Whatever people write in this room, where somebody else may be named in passing.
_WORDS: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (Referral, ("why", "letter_subject", "letter_body")),
    (ReferralAsk, ("subject", "body", "because_note")),
    (Thanks, ("subject", "body")),
    (RiskFlag, ("note",)),
)


@transaction.atomic
def erase_person(*, of: Erasing, actor: User | None, now: datetime) -> None:
    """Empties what names them; an introduction of them is void, unless a reward was earned by it."""
    _as_introduced(of, actor, now)
    _as_advocate(of)
    ReferralAsk.objects.filter(person=of.person).update(subject="", body="", because_note="", person=None)
    _without_name(of)
    take_name_out(of=of, purposes=MAILS)
    record(verb="refer.erase_person", subject=of.person, actor=actor, at=now)


def _as_introduced(of: Erasing, actor: User | None, now: datetime) -> None:
    for referral in named_in(of.person):
        if referral.state not in WITH_MONEY and is_legal(referral.state, State.VOID):
            move(referral=referral, to=State.VOID, reason="erased", actor=actor, now=now)
        Referral.objects.filter(pk=referral.pk).update(
            name="", email="", phone="", company_name="", why="", fingerprint="", folded="", person=None,
            letter_subject="", letter_body="",
        )  # fmt: skip


def _as_advocate(of: Erasing) -> None:
    """Their details and their link go; what they told us of others stays with those others, without their words."""
    theirs = Advocate.objects.filter(person=of.person)
    Referral.objects.filter(advocate__in=theirs).update(why="", letter_subject="", letter_body="")
    Thanks.objects.filter(move__referral__advocate__in=theirs).update(subject="", body="")
    theirs.update(payee="", payee_marks=[], nonce="", token_digest=None, link_until=None, language="", person=None)


def _without_name(of: Erasing) -> None:
    """Letters and reasons of others that name them."""
    if not of.person.name.strip():
        return
    name = of.person.name.strip()
    for model, columns in _WORDS:
        naming = Q(pk__in=())
        for column in columns:
            naming |= Q(**{f"{column}__icontains": name})
        for row in model._default_manager.filter(naming).order_by("pk"):
            for column in columns:
                longest = getattr(model._meta.get_field(column), "max_length", None)
                setattr(row, column, of.without_name(getattr(row, column))[:longest])
            row.save(update_fields=list(columns))
