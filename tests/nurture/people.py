"""People in touch, in the state a screen is to show, without the months that led there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from rebond.accounts.models import User
from rebond.base.text import fold
from rebond.deals.models import Outcome, Person
from rebond.mail.actions.basis import note_basis
from rebond.mail.models import Ground, Use
from rebond.nurture.actions import note_signal
from rebond.nurture.models import Enrolment, Signal
from tests.factories import make_closed_deal, make_company, make_person


def keep(user: User, name: str = "Hélène Marchetti", *, due_in: int = 0, may: bool = True, **fields: Any) -> Enrolment:
    """``name`` said no to ``user`` 100 days ago, and their next touch is so many days away (0: today)."""
    now = timezone.now()
    at, firm = now - timedelta(days=100), make_company(f"{name.rsplit(' ', maxsplit=1)[-1]} & Co", country="France")
    email = fields.pop("email", f"{fold(name).replace(' ', '.')}@valmy.example")
    person = make_person(
        name, company=firm, email=email, title="Head of operations", phone="+33 1 99 00 12 34", language="en"
    )
    deal, event = make_closed_deal(Outcome.LOST, owner=user, closed_at=at, company=firm, people={person: "unknown"})
    if may and email:
        evidence = {"ground": Ground.LEGITIMATE_INTEREST, "evidence": "talked about Maintenance", "source": "close"}
        note_basis(person=person, use=Use.KEEP_IN_TOUCH, obtained_at=at, actor=user, now=at, **evidence)
    values = {
        "cadence": "price", "reason": "price_vs_alternative",
        "due_on": timezone.localdate(now) + timedelta(days=due_in),
        "due_because": "first", "started_at": at, "zone": "Europe/Paris",
    }  # fmt: skip
    return Enrolment.objects.create(
        person=person, owner=user, team=user.team, deal=deal, close_event=event, **(values | fields)
    )


def many(user: User, count: int) -> None:
    """So many people of ``user`` who are due, half of them later; written in bulk. All were at one deal."""
    now = timezone.now()
    firm = make_company("Thousand & Co")
    deal, event = make_closed_deal(Outcome.LOST, owner=user, closed_at=now - timedelta(days=200), company=firm)
    people = Person.objects.bulk_create(
        [
            Person(name=f"Person {n}", email=f"p{n}@thousand.example", company=firm, created_at=now, updated_at=now)
            for n in range(count)
        ]
    )
    today = timezone.localdate(now)
    Enrolment.objects.bulk_create(
        [
            Enrolment(person=person, owner=user, team=user.team, cadence="price", due_because="interval", step=2,
                      deal=deal, close_event=event, reason="price_vs_alternative",
                      due_on=today + timedelta(days=n % 2 * 30), started_at=now, touched_at=now - timedelta(days=120))
            for n, person in enumerate(people)
        ]
    )  # fmt: skip


def replied(one: Enrolment, words: str = "Our budget is decided, call me next week.") -> Signal:
    """They answered yesterday."""
    at = timezone.now() - timedelta(days=1)
    found = note_signal(person=one.person, kind="reply", ref=f"received:{one.pk}", words=words, at=at, now=at)
    assert found is not None
    return found
