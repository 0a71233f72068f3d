"""Staying in touch in the demo company: who said no hears from Camille, some answer, one looks ready.

Written through the same actions as in real life, at the moments it would have happened. Nothing leaves the machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.deals.actions import edit_person
from rebond.deals.models import Deal, Outcome
from rebond.loop.readiness import look_for_signs
from rebond.mail.actions.mailboxes import sign_off
from rebond.mail.actions.past import note_sent
from rebond.mail.actions.receiving import take_in
from rebond.mail.boxes.mailbox import house
from rebond.mail.models import Mailbox, Message
from rebond.mail.reading import Reading
from rebond.nurture.actions import begin_many, log_contact, name_date, send_note, settle_signal
from rebond.nurture.actions.library import PieceFields, add_piece, ensure_starters
from rebond.nurture.drafts import draft_for
from rebond.nurture.models import Enrolment, Signal, Standing

#: Camille began so long ago, her colleagues this week.
BEGAN = timedelta(days=110)
CLOSED_BETWEEN = (timedelta(days=120), timedelta(days=330))
#: So many of hers are due today; the rest of what came up was done on its day.
DUE = 5
ROUNDS = 4
TEN = 10


class Wrote(NamedTuple):
    """What somebody writes back; ``days`` ago, ``kind`` as mail.reading says it."""

    kind: str
    days: int
    text: str
    subject: str
    language: str


#: The newest is the one that looks ready.
ANSWERS = (
    Wrote(
        "human",
        0,
        "Notre budget vient d’être validé : pouvez-vous m’appeler lundi ? Merci pour votre envoi, il a fait le "
        "tour du comité.",
        "Re: Des nouvelles",
        "fr",
    ),
    Wrote("human", 33, "Nothing new before spring, but please keep me posted. Thank you.", "Re: Hello", "en"),
    Wrote("out_of_office", 12, "Je suis absente jusqu’au début du mois prochain.", "Réponse automatique", "fr"),
    Wrote("stop", 51, "Merci de ne plus m’écrire. Bonne continuation.", "Re: Des nouvelles", "fr"),
)


#: What told the reader each kind, as ``mail.reading.rules`` says it.
RULES = {"human": "person", "out_of_office": "body_words", "stop": "stop_words"}


class Own(NamedTuple):
    """A piece the company made itself."""

    title: str
    kind: str
    language: str
    summary: str
    text: str
    reasons: tuple[str, ...]
    topics: tuple[str, ...]


PIECES = (
    Own(
        "Trois sites, un contrat : ce qu’un exploitant a mesuré",
        "case",
        "fr",
        "Avant et après, sur douze mois, avec ce qui n’a pas marché.",
        "Pannes : de 14 à 5 en un an. Heures d’astreinte : divisées par deux. Ce qui n’a pas marché : le premier mois, "
        "personne ne savait qui appeler ; une affiche par site l’a réglé.",
        ("value_unclear", "price_vs_alternative"),
        ("peer_story", "proof"),
    ),
    Own(
        "Price, time, what is not in them: comparing two offers",
        "template",
        "en",
        "A sheet to lay two maintenance offers side by side.",
        "For each offer: the yearly price; call-out hours and what one costs; who comes, and how soon; parts that are "
        "not in it; notice period; what happens to the price in year two.",
        ("price_vs_alternative", "incumbent_kept"),
        ("total_cost", "how_to"),
    ),
    Own(
        "Préparer l’hiver sans changer de chaudière",
        "article",
        "fr",
        "Les vérifications que votre équipe peut faire seule.",
        "Pression à froid, purge des points hauts, état des vannes, sonde extérieure à l’ombre, essai d’une relance un "
        "lundi à cinq heures. Deux heures par site, une fois, avant la mi-octobre.",
        ("timing", "no_budget", "not_in_touch"),
        ("useful", "how_to"),
    ),
)
#: Made last month: nobody has it yet.
NEWEST = (
    Own(
        "How one site became a line in next year’s budget",
        "case",
        "en",
        "What a facility manager asked for, and how it was put to the board.",
        "She asked for one figure: what last winter’s breakdowns had cost. Eleven call-outs and two days without "
        "heating came to more than the contract. The board read one page and asked one question: from when?",
        ("no_budget", "timing"),
        ("business_case", "budget_template"),
    ),
)


def let_noes_hear_from_us(*, rng: random.Random, camille: User, now: datetime) -> None:
    """Everybody's people, Camille's months of notes and calls, her due ones, an answer that looks ready."""
    ensure_starters(actor=None, now=now - BEGAN - timedelta(days=30))
    _pieces(PIECES, camille, now - BEGAN - timedelta(days=30))
    closed = {"closed_at__range": (now - CLOSED_BETWEEN[1], now - CLOSED_BETWEEN[0])}
    begin_many(deals=Deal.objects.filter(owner=camille, **closed), per_day=3, actor=None, now=now - BEGAN)
    for number in range(ROUNDS):
        for one in _came_up(camille, now):
            _touched(rng, one, camille, number, now)
    _pieces(NEWEST, camille, now - timedelta(days=20))
    _numbers(camille, now)
    _answers(camille, now)
    _dates(camille, now)
    others = Deal.objects.exclude(owner=camille).filter(**closed)
    begin_many(deals=others, per_day=1, actor=None, now=now - timedelta(days=2))
    look_for_signs(now=now)
    for sign in Signal.objects.filter(owner=camille, kind="stage", settled_at=None):
        deal = Deal.objects.filter(deal_people__person=sign.person, outcome=Outcome.OPEN).first()
        settle_signal(signal=sign, verdict="ready", deal=deal, actor=camille, now=now)


def _pieces(made: tuple[Own, ...], camille: User, at: datetime) -> None:
    for own in made:
        said = PieceFields(
            title=own.title, kind=own.kind, language=own.language, summary=own.summary, text=own.text,
            reasons=own.reasons, topics=own.topics, owner=camille,
        )  # fmt: skip
        add_piece(said=said, actor=camille, now=at)


def _came_up(camille: User, now: datetime) -> Iterator[Enrolment]:
    """Whose day has come, but the last few, who are today's."""
    due = Enrolment.objects.filter(owner=camille, status=Standing.ACTIVE, due_on__lte=local_day(now))
    loaded = due.select_related("person__company", "owner", "deal", "close_event").order_by("-due_on", "-pk")
    yield from reversed(list(loaded[DUE:]))


def _numbers(camille: User, now: datetime) -> None:
    """A phone number of every second one who is due: some would rather be called (a range kept for fiction)."""
    due = Enrolment.objects.filter(owner=camille, status=Standing.ACTIVE, due_on__lte=local_day(now))
    for one in list(due.select_related("person").order_by("due_on", "pk"))[::2]:
        number = f"+33 1 99 00 {one.pk % 90 + 10} {one.person_id % 90 + 10}"
        edit_person(person=one.person, changes={"phone": number}, actor=camille, now=now)


def _touched(rng: random.Random, one: Enrolment, camille: User, number: int, now: datetime) -> None:
    """Called or written to on its day; some were not reached, and came again."""
    at = _morning(one.due_on or local_day(now), now)
    if not one.person.email or (number == 0 and rng.random() < 0.4):
        result = rng.choice(("reached", "reached", "no_answer"))
        log_contact(person=one.person, channel="call", result=result, at=at, actor=camille, now=at)
        return
    draft = draft_for(one, now=at)
    step = send_note(
        enrolment=one, subject=draft.subject, body=draft.body, piece=draft.piece, actor=camille, now=at, at_once=True
    )
    note_sent(message=Message.objects.get(key=step.message_key), actor=None, at=at + timedelta(minutes=1))


def _morning(day: date, now: datetime) -> datetime:
    return min(now.replace(year=day.year, month=day.month, day=day.day, hour=TEN, minute=0, second=0), now)


def _answers(camille: User, now: datetime) -> None:
    """Answers to the last notes, read as they would be read from a mailbox."""
    box = house(now=now)
    sign_off(mailbox=box, words="A demo: nothing leaves this machine.", actor=None, now=now)
    sent = Message.objects.filter(key__startswith="nurture.note:", sender=camille).order_by("-finished_at", "-pk")
    asked: set[str] = set()
    left = list(ANSWERS)
    for message in sent.exclude(finished_at=None):
        wrote = next((one for one in left if _would_answer(one, message, now)), None)
        if wrote is None or message.recipient in asked:
            continue
        left.remove(wrote)
        asked.add(message.recipient)
        _writes(box, message, wrote, _wrote_at(wrote, now))
    for old in Signal.objects.filter(owner=camille, kind="reply", at__lt=now - timedelta(days=7)):
        settle_signal(signal=old, verdict="not_yet", actor=camille, now=old.at + timedelta(days=1))


def _wrote_at(wrote: Wrote, now: datetime) -> datetime:
    return now - timedelta(days=wrote.days, hours=2)


def _would_answer(wrote: Wrote, message: Message, now: datetime) -> bool:
    """In the language it was written in, and after it arrived."""
    sent_at = message.finished_at
    return wrote.language == message.language and sent_at is not None and sent_at < _wrote_at(wrote, now)


def _writes(box: Mailbox, message: Message, wrote: Wrote, at: datetime) -> None:
    name = message.recipient_name or ""
    reading = Reading(
        kind=wrote.kind, text=wrote.text, message_id=f"answer-{message.pk}@demo.example",
        references=(message.message_id.strip("<>"),), from_address=message.recipient, from_name=name,
        subject=wrote.subject, sent_at=at, rule=RULES[wrote.kind], language=wrote.language,
        return_on=local_day(at) + timedelta(days=24) if wrote.kind == "out_of_office" else None,
    )  # fmt: skip
    take_in(mailbox=box, reading=reading, folder="INBOX", uidvalidity=1, uid=message.pk, now=at)


def _dates(camille: User, now: datetime) -> None:
    """Two who named a day: one contract comes to its end, one budget opens."""
    going = Enrolment.objects.filter(owner=camille, status=Standing.ACTIVE).select_related("person").order_by("due_on")
    today = local_day(now)
    competitor = going.filter(cadence="competitor", due_on__gt=today).first()
    if competitor is not None:
        on = (today + timedelta(days=116)).replace(day=1)
        name_date(person=competitor.person, kind="contract_end", on=on, whole_month=True, actor=camille, now=now,
                  words="Notre contrat actuel s’arrête ce mois-là")  # fmt: skip
    budget = going.filter(cadence="budget_timing", due_on__gt=today + timedelta(days=20)).first()
    if budget is not None:
        on = (today + timedelta(days=75)).replace(day=1)
        name_date(person=budget.person, kind="budget", on=on, whole_month=True, actor=camille, now=now,
                  words="We hear about the budget that month")  # fmt: skip
