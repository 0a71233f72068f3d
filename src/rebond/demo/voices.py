"""The buyers of the demo company, asked after each close of the last half-year; some answered.

Written through the same actions as in real life, at the moments it would have happened; only the mail server is left
out, since nothing of a demo ever leaves the machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from rebond.deals.models import CloseEvent, Outcome
from rebond.learn.actions.invitations import invitation_key, plan_invitations, reminder_key
from rebond.learn.actions.responses import save_step, submit_response
from rebond.learn.actions.reveals import see_reveal
from rebond.learn.feedback.answers import Agreement, Happening, MainOne, Mattering, OneThing, Sending, StepAnswer
from rebond.learn.models import (
    STATEMENTS,
    Debrief,
    Invitation,
    Mode,
    ReasonAssertion,
    Response,
    Verbatim,
    Voice,
)
from rebond.mail.actions.past import note_sent
from rebond.mail.models import Message

ASKED_FOR = timedelta(days=185)
ANSWER, ANSWER_REMINDED = 0.24, 0.08
NEW_TO_THE_SELLER = timedelta(days=12)
MODES = (("confidential", 50), ("shared", 40), ("anonymous", 10))
#: What buyers say mattered, whatever the seller thinks; sellers say "price" more often.
NAMED = (
    ("not_in_touch", 20), ("value_unclear", 14), ("no_consensus", 9), ("price_vs_alternative", 9), ("timing", 9),
    ("little_help_deciding", 8), ("missing_capability", 7), ("incumbent_kept", 7), ("no_budget", 6),
    ("late_surprise", 6), ("fear_of_change", 5),
)  # fmt: skip
PRAISED = (("trust_rapport", 6), ("slow_response", 5), ("need_misread", 5), ("value_unclear", 4), ("not_in_touch", 3))
HAPPENED = {
    Outcome.LOST: (("another", 70), ("kept", 20), ("postponed", 10)),
    Outcome.NO_DECISION: (("postponed", 60), ("deciding", 25), ("kept", 15)),
    Outcome.LOST_IN_HOUSE: (("in_house", 100),),
    Outcome.WON: (("another", 60), ("kept", 40)),
}


class Said(NamedTuple):
    """Something a buyer wrote, in their language."""

    language: str
    code: str
    text: str


OWN_WORDS = (
    Said("fr", "not_in_touch", "Après la visite, nous n'avons plus eu de nouvelles pendant trois semaines."),
    Said("en", "not_in_touch", "We liked you. Then it went quiet, and the others called every week."),
    Said("fr", "not_in_touch", "Votre concurrent a rappelé chaque lundi. Vous, non."),
    Said("en", "not_in_touch", "I thought you had lost interest."),
    Said("fr", "value_unclear", "Je n'ai pas su expliquer à mon directeur ce que nous y gagnerions."),
    Said("en", "value_unclear", "I could not put a figure on it for the board."),
    Said("fr", "price_vs_alternative", "À offre égale, c'était quinze pour cent de plus."),
    Said("en", "timing", "We moved to a new site; everything else had to wait."),
    Said("fr", "timing", "Le budget se décide en janvier, pas en septembre."),
    Said("en", "timing", "Ask us again when the works are finished."),
    Said("en", "value_unclear", "Nice offer, but what would it have saved us?"),
    Said("fr", "incumbent_kept", "Notre fournisseur a fait un geste au dernier moment."),
    Said("en", "incumbent_kept", "They know our boilers by heart; that is hard to beat."),
    Said("fr", "missing_capability", "Il nous fallait l'astreinte le dimanche."),
    Said("en", "no_budget", "It was cut in the summer, with everything else."),
    Said("fr", "no_consensus", "Les trois sites ne voulaient pas la même chose."),
    Said("en", "late_surprise", "The start-up fee appeared in the last version only."),
    Said("en", "little_help_deciding", "A site like ours to call would have settled it."),
    Said("fr", "little_help_deciding", "Un exemple chiffré nous aurait aidés à trancher."),
    Said("fr", "fear_of_change", "Changer en pleine saison nous paraissait trop risqué."),
)
ONE_THING = (
    Said("en", "", "A one-page summary I could have handed on."),
    Said("fr", "", "Une date fixée pour nous rappeler."),
    Said("en", "", "The right price from the start."),
    Said("fr", "", "Rencontrer votre technicien avant de décider."),
)


def let_buyers_speak(*, rng: random.Random, now: datetime) -> None:
    """Asks after every close of the last half-year and has about a quarter of the buyers answer."""
    for event in _closes(now):
        asked_at = (event.closed_at or now) + timedelta(hours=3)
        for invitation in plan_invitations(close_event=event, actor=None, now=asked_at, rng=rng):
            _goes(rng, event, invitation, now)


def _closes(now: datetime) -> Iterator[CloseEvent]:
    recent = CloseEvent.objects.filter(closed_at__gte=now - ASKED_FOR, closed_at__lte=now - timedelta(days=1))
    yield from recent.select_related("deal", "deal__owner", "deal__team").order_by("closed_at", "pk")


def _goes(rng: random.Random, event: CloseEvent, invitation: Invitation, now: datetime) -> None:
    """Sent when it was due; answered, reminded and answered, or met with silence."""
    if invitation.send_at is None or invitation.send_at > now:
        return
    _leaves(invitation_key(invitation), invitation.send_at)
    at = invitation.send_at + timedelta(hours=rng.randrange(1, 160))
    if rng.random() < ANSWER:
        _answers(rng, event, invitation, at, now)
        return
    reminder = Message.objects.filter(key=reminder_key(invitation)).first()
    if reminder is None or reminder.send_at > now:
        return
    _leaves(reminder.key, reminder.send_at)
    if rng.random() < ANSWER_REMINDED:
        _answers(rng, event, invitation, reminder.send_at + timedelta(hours=rng.randrange(1, 90)), now)


def _leaves(key: str, at: datetime) -> None:
    note_sent(message=Message.objects.get(key=key), actor=None, at=at)


def _answers(rng: random.Random, event: CloseEvent, invitation: Invitation, at: datetime, now: datetime) -> None:
    if at > now:
        return
    code, words = _main_reason(rng, event), ""
    fitting = [said for said in OWN_WORDS if said.code == code and not _was_said(said)]
    if fitting and rng.random() < 0.7:
        words = rng.choice(fitting).text
    further = rng.choices([c for c, _w in NAMED], [w for _c, w in NAMED], k=rng.choice((0, 1, 2)))
    codes = tuple(dict.fromkeys((code, *further)))[:3]
    happened = _drawn(rng, HAPPENED[Outcome(event.outcome)])
    known = event.competitor if event.competitor != "none" and happened == "another" else ""
    steps: list[StepAnswer] = [Happening(happened, competitor=known), Mattering(codes, words=words)]
    if len(codes) > 1:
        steps.append(MainOne(code))
    level = (3, 4, 4, 5, 5) if event.outcome == Outcome.WON else (1, 2, 3, 4, 4)
    steps.append(Agreement({name: rng.choice(level) for name in STATEMENTS}))
    unsaid = [said for said in ONE_THING if not _was_said(said)]
    if unsaid and rng.random() < 0.4:
        steps.append(OneThing(rng.choice(unsaid).text))
    for step in steps:
        save_step(invitation=invitation, answer=step, language=invitation.language, now=at)
    sent = submit_response(invitation=invitation, sending=_sending(rng), now=at)
    if sent.mode == Mode.SHARED and at < now - NEW_TO_THE_SELLER:
        _is_looked_at(event, sent, at + timedelta(days=2))


def _was_said(said: Said) -> bool:
    return Verbatim.objects.filter(text=said.text).exists()


def _is_looked_at(event: CloseEvent, sent: Response, at: datetime) -> None:
    """The seller whose six answers were there already laid both side by side; the newest ones still wait."""
    debrief = Debrief.objects.filter(close_event=event, finished_at__isnull=False).select_related("assignee").first()
    if debrief is not None and debrief.assignee is not None:
        see_reveal(response=sent, actor=debrief.assignee, now=at)


def _main_reason(rng: random.Random, event: CloseEvent) -> str:
    """Buyers and sellers name the same main reason about one time in three."""
    if event.outcome == Outcome.WON:
        return _drawn(rng, PRAISED)
    thought = ReasonAssertion.objects.filter(close_event=event, source=Voice.SELLER).values_list("code", flat=True)
    mine = thought.first()
    same = mine and mine in dict(NAMED) and rng.random() < 0.33
    return str(mine) if same else _drawn(rng, NAMED)


def _sending(rng: random.Random) -> Sending:
    consents = {asked: rng.choice(("no", "anonymous", "anonymous", "named")) for asked in ("own_words", "one_thing")}
    return Sending(_drawn(rng, MODES), consents, may_contact=rng.random() < 0.3)


def _drawn(rng: random.Random, weighted: tuple[tuple[str, int], ...]) -> str:
    names, weights = zip(*weighted, strict=True)
    return str(rng.choices(names, weights)[0])
