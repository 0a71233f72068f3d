"""The last days of the demo company: debriefs to do, actions come up, finished debriefs to read."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from rebond.accounts.models import User
from rebond.base.text import fold
from rebond.deals.actions import create_deal, create_person, find_or_add_company, log_touch, move_stage, set_part
from rebond.deals.models import NOES, CloseEvent, Deal, Outcome, Person, Stage, StageKind
from rebond.demo import people
from rebond.learn import actions, taxonomy
from rebond.learn.actions import ReasonGiven
from rebond.learn.models import Debrief, Voice
from rebond.learn.queries import current_reasons
from rebond.loop.close import close

DONE_BEFORE = 14
LOOKED_BACK, DEBRIEFED = timedelta(days=185), 0.6
#: Could have acted: yes, partly, no.
ACTED = {"controllable": (6, 3, 1), "influenceable": (2, 5, 3), "uncontrollable": (1, 2, 7)}
NEW_NOES = (
    ("Kéops Logistique", "Emergency call-out", "price_vs_alternative", "Karim Haddad", "Julie Mercier",
     "Nous partons avec Maintéa : leur astreinte est moins chère. Merci pour votre patience."),
    ("Lumen Habitat", "Lift monitoring", "not_known_yet", "Anna Keller", "Tom Whitfield",
     "We have decided not to go on. I will tell you more when I can."),
)  # fmt: skip


def make_today_alive(*, rng: random.Random, camille: User, now: datetime) -> None:
    """Two fresh noes to debrief, two actions that have come up, and debriefs of the past months already done."""
    noes = CloseEvent.objects.filter(deal__owner=camille, outcome__in=(Outcome.LOST, Outcome.NO_DECISION))
    for number, event in enumerate(noes.order_by("-closed_at")[:DONE_BEFORE]):
        _debriefed(rng, event, camille, now, number)
    for no in NEW_NOES:
        _new_no(*no, seller=camille, now=now)
    _helene(camille, now)


def let_colleagues_look_back(*, rng: random.Random, now: datetime) -> None:
    """Of what ended in the last half-year, about three in five have been debriefed by whoever sold it."""
    asked = CloseEvent.objects.filter(closed_at__gte=now - LOOKED_BACK, outcome__in=(*NOES, Outcome.WON), debrief=None)
    for event in asked.select_related("deal", "deal__owner").order_by("closed_at", "pk"):
        if event.deal.owner and rng.random() < DEBRIEFED:
            _debriefed(rng, event, event.deal.owner, now, number=DONE_BEFORE + 1)


def _answered(rng: random.Random, event: CloseEvent, debrief: Debrief, seller: User, at: datetime) -> None:
    """Six answers, better ones after a win, and what could have been acted on."""
    weights = (6, 3, 1, 1) if event.outcome == Outcome.WON else (4, 3, 2, 1)
    for question in range(1, actions.QUESTIONS + 1):
        answer = rng.choices(("yes", "partly", "no", "do_not_know"), weights)[0]
        actions.answer_question(debrief=debrief, question=question, answer=answer, actor=seller, now=at)
    said = [reason for reason in current_reasons([event.pk])[event.pk] if reason.source == Voice.SELLER][:3]
    if said:
        given = [
            ReasonGiven(r.code, role=r.role, verbatim=r.verbatim, could_act=_could_act(rng, r.code), confidence="think")
            for r in said
        ]
        actions.state_reasons(debrief=debrief, reasons=given, actor=seller, now=at)


def _could_act(rng: random.Random, code: str) -> str:
    """Mostly as the list says; sellers are a little harder on the world than on themselves."""
    control = taxonomy.BUILT_IN_LIST.control().get(code, "")
    return rng.choices(("yes", "partly", "no"), ACTED.get(control, (2, 3, 5)))[0]


def _debriefed(rng: random.Random, event: CloseEvent, seller: User, now: datetime, number: int) -> None:
    at = min((event.closed_at or now) + timedelta(days=1), now)
    debrief = actions.plan_debrief(close_event=event, actor=seller, now=at)
    _answered(rng, event, debrief, seller, at)
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


def _new_no(
    company: str, name: str, reason: str, decides: str, uses: str, last_word: str, *, seller: User, now: datetime
) -> None:
    """A deal as it really went: two people met, three stages, an answer by email, closed yesterday."""
    deal = _open(company, name, seller, now - timedelta(days=58))
    boss, user = (_person(deal, who, role, seller, now) for who, role in ((decides, "budget_holder"), (uses, "user")))
    for days, channel, person in ((56, "call", user), (49, "meeting", user), (30, "email", boss), (9, "call", boss)):
        log_touch(deal=deal, person=person, channel=channel, at=now - timedelta(days=days), actor=seller, now=now)
    for days, stage in zip((40, 12), Stage.objects.filter(kind=StageKind.OPEN).order_by("position")[1:3], strict=False):
        move_stage(deal=deal, stage=stage, actor=seller, now=now - timedelta(days=days))
    log_touch(
        deal=deal, person=boss, channel="email", direction="in", at=now - timedelta(hours=22), note=last_word,
        actor=seller, now=now,
    )  # fmt: skip
    close(
        deal=deal, outcome=Outcome.LOST, reasons=[ReasonGiven(reason)], competitor="Maintéa", actor=seller,
        closed_at=now - timedelta(hours=20), source="screen", now=now - timedelta(hours=20),
    )  # fmt: skip


def _person(deal: Deal, name: str, role: str, seller: User, now: datetime) -> Person:
    email = f"{fold(name).replace(' ', '.')}@{fold(str(deal.company)).replace(' ', '-')}.example"
    person = create_person(name=name, email=email, company=deal.company, actor=seller, now=now)
    set_part(deal=deal, person=person, role=role, actor=seller, now=now)
    return person


def _open(company: str, name: str, seller: User, opened: datetime) -> Deal:
    firm = find_or_add_company(name=company, actor=seller, now=opened)
    return create_deal(
        name=name, owner=seller, actor=seller, now=opened, company=firm, amount_minor=860_000, currency="EUR",
        segment="2 to 5 sites", lead_source="Referral", competitor="Maintéa", notes=people.NOTES[0], opened_at=opened,
        next_step="Send the final quote, decision by the end of the month",
        expected_close=(opened + timedelta(days=70)).date(),
    )  # fmt: skip


def _helene(seller: User, now: datetime) -> None:
    """Hélène of Groupe Valmy, whom every document knows: her deal has gone quiet."""
    opened = now - timedelta(days=64)
    deal = _open(people.KNOWN_COMPANY, "Maintenance, 3 sites", seller, opened)
    helene = create_person(
        name="Hélène Marchetti", email="helene.marchetti@groupe-valmy.example", title="Directrice technique",
        language="fr", phone="+33 1 99 00 12 34", company=deal.company, actor=seller, now=opened,
    )  # fmt: skip
    set_part(deal=deal, person=helene, role="decision_maker", actor=seller, now=opened)
    log_touch(
        deal=deal, person=helene, channel="meeting", at=now - timedelta(days=27), actor=seller, now=now,
        note="She wants one contract for the three sites; her budget is decided this month.",
    )  # fmt: skip
