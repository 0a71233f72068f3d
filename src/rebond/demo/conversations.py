"""Silence as it is: who buys answers on the way, who does not often stops answering first. And a few of Camille's
conversations that lead nowhere, so that "Close it kindly" has something to say.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from rebond.accounts.models import User
from rebond.base.text import fold
from rebond.deals.actions import create_deal, create_person, find_or_add_company, log_touch, set_part
from rebond.deals.models import NOES, Deal, Outcome
from rebond.deals.records import TouchRecord
from rebond.demo.history import Invented
from rebond.worth.actions import keep_on

#: Of buyers who say no, so many fall silent first, for so much of all contacts.
FADING, FROM, TO = 0.75, 0.3, 0.7
#: Whoever is there answers so often, and after each silence so much less.
AT_ONCE, LESS = 0.66, 0.55
#: Whoever buys in the end does not leave more follow-ups in a row unanswered.
PATIENT = 3
VAIN = {"call": ("no_answer", "no_answer", "voicemail"), "email": ("",), "meeting": ("no_show",)}
ANSWER = {"call": "reached", "email": "replied", "meeting": "held"}
#: Company, who decides, what it was about, follow-ups in vain, the amount in minor units.
NOWHERE = (
    ("Optima Conseil", "Léa Moreau", "Maintenance, head office", 8, 480_000),
    ("Delta Pneus", "Marc Vidal", "Maintenance, 2 sites", 7, 620_000),
    ("Cabinet Roux", "Inès Roux", "Heating, yearly contract", 9, 390_000),
    ("Brightwater", "Paul Okafor", "Lift monitoring", 3, 540_000),
)  # fmt: skip


def as_silence_goes(deals: Iterable[Invented]) -> list[Invented]:
    """The same deals, day for day, with answers where a buyer was still there."""
    found = list(deals)
    for deal in found:
        rng = random.Random(f"silence {deal.record.external_id}")  # noqa: S311 (invented data)
        touches = sorted(deal.touches, key=lambda touch: touch.at)
        fades = deal.record.outcome in NOES and rng.random() < FADING
        there = round(len(touches) * rng.uniform(FROM, TO)) if fades else len(touches)
        deal.touches = _answered(rng, touches, there, won=deal.record.outcome == Outcome.WON)
    return found


def _answered(rng: random.Random, touches: list[TouchRecord], there: int, *, won: bool) -> list[TouchRecord]:
    """Each contact with what came of it: the buyer is there for the first ``there``; who buys answers at the end."""
    found: list[TouchRecord] = []
    silent = 0
    for place, touch in enumerate(touches):
        last = won and (place >= len(touches) - 2 or silent == PATIENT)
        if place < there and (last or rng.random() < AT_ONCE * LESS**silent):
            answer = touch if touch.direction == "in" else replace(touch, result=ANSWER[touch.channel])
            found, silent = [*found, answer], 0
        else:
            found.append(replace(touch, direction="out", result=rng.choice(VAIN[touch.channel])))
            silent += 1
    return found


def let_talks_go_nowhere(*, camille: User, now: datetime) -> None:
    """Four of Camille's conversations without an answer, and one she kept against the advice six weeks ago."""
    for company, person, about, vain, amount in NOWHERE:
        _talk(company, person, about, vain, amount, camille, now)
    kept = _talk("Polmech", "Tomasz Zieliński", "Yearly inspection", 6, 450_000, camille, now)
    then = now - timedelta(days=44)
    keep_on(
        deal=kept, because="They merge in spring; Tomasz asked me to stay near.", going=None, today=then.date(),
        actor=camille, now=then,
    )  # fmt: skip


def _talk(company: str, person: str, about: str, vain: int, amount: int, seller: User, now: datetime) -> Deal:
    """Opened with a good call, and then a follow-up every nine days in vain."""
    opened = now - timedelta(days=10 + 9 * vain)
    firm = find_or_add_company(name=company, actor=seller, now=opened)
    deal = create_deal(
        name=about, owner=seller, actor=seller, now=opened, company=firm, amount_minor=amount, currency="EUR",
        segment="1 site", lead_source="Trade fair", opened_at=opened,
    )  # fmt: skip
    email = f"{fold(person).replace(' ', '.')}@{fold(company).replace(' ', '-')}.example"
    buyer = create_person(
        name=person, email=email, company=firm, language="fr" if company != "Brightwater" else "en", actor=seller,
        now=opened,
    )  # fmt: skip
    set_part(deal=deal, person=buyer, role="decision_maker", actor=seller, now=opened)
    log_touch(
        deal=deal, person=buyer, channel="meeting", at=opened, minutes=75, result="reached", actor=seller, now=now,
        note="Interested, wants to talk to a colleague first.",
    )  # fmt: skip
    for number in range(vain):
        log_touch(
            deal=deal, person=buyer, channel=("email", "call")[number % 2], minutes=(25, 20)[number % 2],
            at=opened + timedelta(days=9 * (number + 1)), result=("", "no_answer")[number % 2], actor=seller, now=now,
        )  # fmt: skip
    return deal
