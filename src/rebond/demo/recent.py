"""The last days of the demo company: debriefs to do, actions come up, finished debriefs to read."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from rebond.accounts.models import User
from rebond.deals.actions import create_deal, create_person, find_or_add_company, log_touch, set_part
from rebond.deals.models import CloseEvent, Deal, Outcome, Person
from rebond.demo import people
from rebond.learn import actions
from rebond.learn.actions import ReasonGiven
from rebond.loop.close import close

DONE_BEFORE = 14
NEW_NOES = (
    ("Kéops Logistique", "Emergency call-out", "price_vs_alternative"),
    ("Lumen Habitat", "Lift monitoring", "not_known_yet"),
)


def make_today_alive(*, rng: random.Random, camille: User, now: datetime) -> None:
    """Two fresh noes to debrief, two actions that have come up, and debriefs of the past months already done."""
    noes = CloseEvent.objects.filter(deal__owner=camille, outcome__in=(Outcome.LOST, Outcome.NO_DECISION))
    for number, event in enumerate(noes.order_by("-closed_at")[:DONE_BEFORE]):
        _debriefed(rng, event, camille, now, number)
    for company, name, reason in NEW_NOES:
        _new_no(company, name, reason, camille, now)
    _helene(camille, now)


def _debriefed(rng: random.Random, event: CloseEvent, seller: User, now: datetime, number: int) -> None:
    at = min((event.closed_at or now) + timedelta(days=1), now)
    debrief = actions.plan_debrief(close_event=event, actor=seller, now=at)
    for question in range(1, actions.QUESTIONS + 1):
        answer = rng.choices(("yes", "partly", "no", "do_not_know"), (4, 3, 2, 1))[0]
        actions.answer_question(debrief=debrief, question=question, answer=answer, actor=seller, now=at)
    keep, change = people.LESSONS[number % len(people.LESSONS)]
    actions.keep_lessons(debrief=debrief, keep=keep, change=change, actor=seller, now=at)
    if number in (1, 3, 6):
        due = (now - timedelta(days=number - 2)).date()
        action = actions.add_action(
            owner=seller, text=change, due_on=due, debrief=debrief, deal=event.deal, actor=seller, now=at
        )
        if number == 6:
            actions.settle_action(action=action, done=True, actor=seller, now=now)
    actions.finish_debrief(debrief=debrief, actor=seller, now=at)


def _new_no(company: str, name: str, reason: str, seller: User, now: datetime) -> None:
    opened = now - timedelta(days=58)
    deal = _open(company, name, seller, opened)
    for days, channel in ((56, "call"), (49, "meeting"), (30, "email"), (9, "call")):
        log_touch(deal=deal, channel=channel, at=now - timedelta(days=days), actor=seller, now=now)
    close(
        deal=deal, outcome=Outcome.LOST, reasons=[ReasonGiven(reason)], competitor="Maintéa", actor=seller,
        closed_at=now - timedelta(hours=20), source="screen", now=now - timedelta(hours=20),
    )  # fmt: skip


def _open(company: str, name: str, seller: User, opened: datetime) -> Deal:
    firm = find_or_add_company(name=company, actor=seller, now=opened)
    return create_deal(
        name=name, owner=seller, actor=seller, now=opened, company=firm, amount_minor=860_000, currency="EUR",
        segment="2 to 5 sites", lead_source="Referral", competitor="Maintéa", notes=people.NOTES[0], opened_at=opened,
    )  # fmt: skip


def _helene(seller: User, now: datetime) -> None:
    """Hélène of Groupe Valmy, whom every document knows: her deal has gone quiet."""
    opened = now - timedelta(days=64)
    deal = _open("Groupe Valmy", "Maintenance, 3 sites", seller, opened)
    helene = Person.objects.filter(name="Hélène Marchetti").first() or create_person(
        name="Hélène Marchetti", email="helene.marchetti@groupe-valmy.example", title="Directrice technique",
        language="fr", company=deal.company, actor=seller, now=opened,
    )  # fmt: skip
    set_part(deal=deal, person=helene, role="decision_maker", actor=seller, now=opened)
    log_touch(deal=deal, person=helene, channel="meeting", at=now - timedelta(days=27), actor=seller, now=now)
