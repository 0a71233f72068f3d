"""A goodbye as screens show it: why, what the next contact is worth, and the note, or why none may be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rebond.accounts.models import User
from rebond.base.play import Draft, Evidence, Play, Worth
from rebond.deals.models import Deal, Outcome, Person
from rebond.findings.worth import worth_in_words
from rebond.learn import taxonomy
from rebond.loop.goodbye.actions import ENDS, person_of, usual_reason, why_not_by_mail
from rebond.loop.goodbye.draft import draft_goodbye
from rebond.loop.prices import prices_for
from rebond.numbers.pricing import Prices
from rebond.worth.access import get_conversation
from rebond.worth.goodbyes import words
from rebond.worth.plays import GOODBYE
from rebond.worth.queries.conversations import Going, one_going
from rebond.worth.queries.spent import talks_of

#: What the chance of the sum is of.
LABELS = {"deal.ever": gettext_lazy("are won in the end, at this point")}


@dataclass(frozen=True)
class Shown:
    """Everything the page needs.

    Attributes:
        worth: the sum behind the next contact; ``None`` where its state is not learnt.
        advice: one sentence; empty likewise.
        ends, reasons, reason: how it is closed, unless the seller chooses otherwise.
        back: where to go afterwards.
    """

    who: str
    person: Person | None
    evidence: Sequence[Evidence]
    worth: Worth | None
    advice: str
    draft: Draft
    ends: Sequence[tuple[str, str]]
    reasons: Sequence[tuple[str, list[tuple[str, str]]]]
    reason: str
    back: str


def shown(deal: Deal, user: User, *, variant: int = 0, back: str = "", now: datetime) -> Shown:
    """The page of one deal's goodbye; a constant number of queries."""
    prices = prices_for(user, now=now)
    going, person = one_going(deal, prices=prices), person_of(deal)
    talk = talks_of([deal.pk], prices=prices, now=now)[deal.pk]
    return Shown(
        who=words.with_whom(deal),
        person=person,
        evidence=words.evidence(going, talk, now) if going else words.bare_evidence(talk, now),
        worth=_worth(going, prices),
        advice=words.advice(going, prices) if going else "",
        draft=draft_of(deal, person, user, variant=variant, back=back),
        ends=[(end.value, str(Outcome(end).label)) for end in ENDS],
        reasons=taxonomy.current().choices(),
        reason=usual_reason(),
        back=back,
    )


def _worth(going: Going | None, prices: Prices) -> Worth | None:
    return worth_in_words(going.price, LABELS, prices, kind=GOODBYE) if going else None


def draft_of(
    deal: Deal, person: Person | None, user: User, *, variant: int = 0, back: str = "", other: str = ""
) -> Draft:
    """The note, or why none may be written."""
    send = reverse("loop:say_goodbye", args=[deal.pk])
    fields = {"next": back} if back else {}
    problem = why_not_by_mail(person)
    if problem or person is None:
        name = person.name if person else words.with_whom(deal)
        return Draft(name, "", "", "", send, problem=problem, fields=fields)
    written = draft_goodbye(deal, person, user, variant=variant)
    asked = {"draft": str(variant + 1)} | ({"next": back} if back else {})
    return Draft(
        to=person.name, address=person.email, subject=written.subject, body=written.body, send_url=send,
        why_may=_("a conversation that is open"), language=written.language,
        fields=fields | {"person": str(person.pk)},
        other_url=other or f"{reverse('loop:goodbye', args=[deal.pk])}?{urlencode(asked)}",
    )  # fmt: skip


def with_goodbye(*, user: User, item: Play, variant: int, now: datetime, **_rest: Any) -> Play:  # noqa: ARG001
    """An item of Today with its note: written when it is opened, in wording number ``variant``."""
    deal = get_conversation(user, int(item.key.partition(":")[2]))
    other = f"{reverse('loop:today')}?{urlencode({'item': item.key, 'draft': str(variant + 1)})}"
    draft = draft_of(deal, person_of(deal), user, variant=variant, back=reverse("loop:today"), other=other)
    return replace(item, draft=draft)
