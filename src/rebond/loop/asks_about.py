"""What the practice of asking may know of a no, from the others: practices never import each other, so it is told here.

``complaint``. The list of reasons has none called so. Nearest are two of "How we worked" that are a grievance about us
and no matter of offer or situation: ``trust_rapport`` ("they did not feel well advised") and ``slow_response`` ("we
answered too slowly"), as the main reason the seller gave; words that complain (``loop.tone``) in what the seller wrote
at the close and in the debrief, in mail of that person around the close, and in an answer they shared; and a shared
answer that rates us below 2.5 of 5. A mailbox provider's complaint is a suppression, which is looked at apart.
``heated``. The same texts, by their tone.

Confidential and anonymous answers are never looked at, not even to leave somebody out: that alone would tell. A shared
answer is looked at once the seller's own debrief is finished; its rating and words are shown once they have read it.

The debrief's thank-you, in this product: a buyer who answers is thanked on the page that takes the answer, in that
moment; so a letter may follow from that day on. Whoever was asked and is silent is left a week; whoever is still to be
asked, a week from the day it goes out; where the question was given up, or nobody was ever asked, no thanks are owed.
The letter is a message of its own in any case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from rebond.base.dates import local_day
from rebond.deals.models import CloseEvent, Person
from rebond.learn import taxonomy
from rebond.learn.models import (
    STATEMENTS,
    Acted,
    Consent,
    Debrief,
    Invitation,
    InvitationStatus,
    Mode,
    ReasonAssertion,
    Response,
)
from rebond.learn.taxonomy import Control, Taxonomy
from rebond.loop import tone
from rebond.loop.reasons import VOICES, codes_of
from rebond.mail.models import Kind, Received
from rebond.nurture.cadence.policies import policy_of
from rebond.nurture.models import Step, StepStatus
from rebond.refer.known import About

#: Main reasons that are a grievance about us.
GRIEVANCES = frozenset({"trust_rapport", "slow_response"})
#: A shared answer below this, of 5, is no ground to ask a favour on.
UNHAPPY = 2.5
#: Mail of the person so long before and after the close belongs to it.
BEFORE, AFTER = timedelta(days=30), timedelta(days=60)
#: A question without an answer is left alone for so long.
SILENCE = timedelta(days=7)
POOR_FIT = "poor_fit"


@dataclass
class _Texts:
    """What was written around one close: said by the seller, by the buyer in a shared answer, in mail."""

    seller: list[str] = field(default_factory=list)
    buyer: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        return self.seller + self.buyer + self.mails


def about(asked: Mapping[int, int | None]) -> dict[int, About]:
    """By close event, for the person who would be asked; a constant number of queries."""
    codes = codes_of(asked)
    events = CloseEvent.objects.filter(pk__in=asked).select_related("deal__company", "deal__owner").in_bulk()
    debriefs = {
        one.close_event_id: one
        for one in Debrief.objects.filter(close_event__in=asked).prefetch_related("answers")
    }  # fmt: skip
    questions = _questions(asked)
    said, acted = _said(asked)
    mails, names = _mails(asked, events), taxonomy.current()
    people = {person.pk: person for person in Person.objects.filter(pk__in={pk for pk in asked.values() if pk})}
    found = {}
    for pk, event in events.items():
        debrief, person = debriefs.get(pk), people.get(asked[pk] or 0)
        own = [one for one in questions.get(pk, []) if asked[pk] is None or one.person_id == asked[pk]]
        shared = _shared(own, debrief)
        texts = _Texts([event.note, *said.get(pk, []), *_debriefed(debrief)], _words(shared), mails.get(pk, []))
        found[pk] = _about(event, codes.get(pk, ()), acted.get(pk, ""), debrief, own, shared, texts, person, names)
    return found


def _about(
    event: CloseEvent, codes: Sequence[str], acted: str, debrief: Debrief | None, own: Sequence[Invitation],
    shared: Response | None, texts: _Texts, person: Person | None, names: Taxonomy,
) -> About:  # fmt: skip
    main, rating = next(iter(codes), ""), _rating(shared)
    unhappy = rating is not None and rating < UNHAPPY
    read = shared is not None and hasattr(shared, "reveal")
    return About(
        codes=tuple(codes),
        complaint=main in GRIEVANCES or unhappy or tone.is_complaint(texts.all),
        hostile=tone.is_heated(texts.all),
        thanked_on=_thanked_on(own),
        debriefed_on=local_day(debrief.finished_at) if debrief is not None and debrief.finished_at else None,
        poor_fit=policy_of(reasons=codes, outcome=event.outcome, competitor=event.competitor) == POOR_FIT,
        outside=_outside(main, acted, names),
        rating=rating if read else None,
        rated_on=shared.submitted_at.date() if read and shared and shared.submitted_at else None,
        quote=_quote(shared) if read else "",
        named=tone.mentioned(texts.seller + (texts.buyer if read else []), besides=_known_names(event, person)),
        private_to=debrief.assignee_id if debrief is not None else None,
    )  # fmt: skip


def _known_names(event: CloseEvent, person: Person | None) -> list[str]:
    deal = event.deal
    return [
        deal.name, deal.company.name if deal.company else "", person.name if person else "", event.competitor,
        deal.competitor, deal.owner.name if deal.owner else "",
    ]  # fmt: skip


def _outside(main: str, acted: str, names: Taxonomy) -> bool:
    """As the seller said it of this deal; else as the list says it of the reason."""
    if acted:
        return acted == Acted.NO
    reason = names.reasons.get(main)
    return reason is not None and reason.control == Control.UNCONTROLLABLE


# ---- what the seller wrote


def _said(events: Iterable[int]) -> tuple[dict[int, list[str]], dict[int, str]]:
    """By close event: words beside the reasons; and whether the main one could be acted on, as said last; one query."""
    words: dict[int, list[str]] = defaultdict(list)
    acted: dict[int, str] = {}
    rows = ReasonAssertion.objects.filter(close_event__in=list(events), source__in=VOICES).order_by("edition", "pk")
    for event, verbatim, could_act, role in rows.values_list("close_event", "verbatim", "could_act", "role"):
        if verbatim:
            words[event].append(verbatim)
        if role == "primary":
            acted[event] = could_act
    return words, acted


def _debriefed(debrief: Debrief | None) -> list[str]:
    """Their lines of evidence, and what they wrote to themselves."""
    if debrief is None:
        return []
    return [answer.evidence for answer in debrief.answers.all()] + [debrief.keep, debrief.change]


# ---- what the buyer said


def _questions(events: Iterable[int]) -> dict[int, list[Invitation]]:
    """By close event who was asked about it, with what they answered; two queries."""
    found: dict[int, list[Invitation]] = defaultdict(list)
    rows = Invitation.objects.filter(close_event__in=list(events)).select_related("response__reveal")
    for one in rows.prefetch_related("response__verbatims").order_by("pk"):
        found[one.close_event_id].append(one)
    return found


def _shared(own: Sequence[Invitation], debrief: Debrief | None) -> Response | None:
    """The answer they shared with the seller; not before the seller's own debrief is finished."""
    if debrief is None or debrief.finished_at is None:
        return None
    answers = (getattr(one, "response", None) for one in own)
    return next((one for one in answers if one is not None and one.is_final and one.mode == Mode.SHARED), None)


def _words(shared: Response | None) -> list[str]:
    return [text.text for text in shared.verbatims.all() if text.text and not text.removed_at] if shared else []


def _rating(shared: Response | None) -> float | None:
    """The mean of what they answered of the four statements, 1 to 5; ``None`` for none."""
    if shared is None:
        return None
    given = [value for name in STATEMENTS if (value := getattr(shared, name))]
    return sum(given) / len(given) if given else None


def _quote(shared: Response | None) -> str:
    """Their first words that may be quoted inside the company."""
    if shared is None:
        return ""
    allowed = (Consent.ANONYMOUS, Consent.NAMED)
    texts = [one.text for one in shared.verbatims.all() if one.text and not one.removed_at and one.consent in allowed]
    return next(iter(texts), "")


def _thanked_on(own: Sequence[Invitation]) -> date | None:
    """The first day on which a letter may follow: see above."""
    days = [day for one in own if (day := _thanked(one)) is not None]
    return max(days, default=None)


def _thanked(one: Invitation) -> date | None:
    if one.status == InvitationStatus.ANSWERED:
        return one.answered_on
    at = one.sent_at or one.send_at
    waits = one.status in (InvitationStatus.SENT, InvitationStatus.PLANNED)
    return local_day(at) + SILENCE if waits and at is not None else None


def _mails(asked: Mapping[int, int | None], events: Mapping[int, CloseEvent]) -> dict[int, list[str]]:
    """By close event what that person wrote to us around it; one query."""
    people = {person for person in asked.values() if person}
    if not people or not events:
        return {}
    closed = {pk: event.closed_at or event.recorded_at for pk, event in events.items()}
    since, until = min(closed.values()) - BEFORE, max(closed.values()) + AFTER
    rows = Received.objects.filter(person__in=people, kind=Kind.HUMAN, sent_at__gte=since, sent_at__lte=until)
    theirs: dict[int, list[tuple[object, str]]] = defaultdict(list)
    for person, at, text in rows.order_by("sent_at", "pk").values_list("person", "sent_at", "text"):
        theirs[person or 0].append((at, text))
    return {
        pk: [text for at, text in theirs.get(asked[pk] or 0, []) if when - BEFORE <= at <= when + AFTER]  # type: ignore[operator]
        for pk, when in closed.items()
    }


def pleading(people: Iterable[int]) -> frozenset[int]:
    """Of these people those whom a note that leads back to the offer is on its way to: what staying in touch sends."""
    sending = Step.objects.filter(enrolment__person__in=list(people), status=StepStatus.SENDING)
    return frozenset(sending.order_by().values_list("enrolment__person", flat=True))
