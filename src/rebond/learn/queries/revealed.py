"""One reveal as it is read: the seller's side, and each buyer's who shared their answer about the same close."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import User
from rebond.base.text import fold
from rebond.deals.models import CloseEvent, Outcome
from rebond.learn import taxonomy
from rebond.learn.debrief.questions import QUESTIONS, wording
from rebond.learn.lessons import mirror
from rebond.learn.lessons.mirror import Point, Reasons, Row, Said
from rebond.learn.models import (
    Answer,
    Consent,
    Debrief,
    DebriefAnswer,
    Happened,
    Invitation,
    Response,
    Reveal,
    Verbatim,
    Voice,
    Weight,
)
from rebond.learn.queries.debriefs import current_reasons
from rebond.learn.taxonomy import Taxonomy

COMPETITOR, WHY = 4, 6


@dataclass(frozen=True)
class Quote:
    """A buyer's own words, in their language, and what they allowed."""

    asked: str
    text: str
    language: str
    consent: str


@dataclass(frozen=True)
class Buyer:
    """One person of the buying group and what they said; ``reveal`` is ``None`` while the seller has not looked."""

    invitation: Invitation
    response: Response
    name: str
    first_name: str
    initials: str
    happened: str
    competitor: str
    reasons: tuple[Said, ...]
    quotes: tuple[Quote, ...]
    reveal: Reveal | None


@dataclass(frozen=True)
class Known:
    """Questions 4 and 6, which no statement mirrors: the answer, and what the buyer's side says to it."""

    question: str | Promise
    answer: str | Promise
    evidence: str
    beside: str
    verdict: str


@dataclass(frozen=True)
class Revealed:
    """Everything the page shows.

    Attributes:
        main: the person whose address this is.
        others: further people of the deal whose answers have been looked at.
        sealed: their invitations that have not.
        own: the reader is the seller.
    """

    debrief: Debrief
    main: Buyer
    others: tuple[Buyer, ...]
    sealed: tuple[Invitation, ...]
    reasons: Reasons
    rows: tuple[Row, ...]
    known: tuple[Known, ...]
    own: bool
    headline: str
    summary: str
    divided: str

    @property
    def event(self) -> CloseEvent:
        return self.debrief.close_event

    @property
    def won(self) -> bool:
        return bool(self.event.outcome == Outcome.WON)

    @property
    def seller_name(self) -> str:
        """How the page calls the seller: by name, or "you"."""
        return _("You") if self.own else _seller(self.debrief)

    @property
    def covered(self) -> bool:
        """The seller has not looked yet: their own side is shown, the buyer's is not."""
        return self.own and self.main.reveal is None


def read_reveal(found: Invitation, invitations: list[Invitation], reader: User) -> Revealed:
    """The page of ``found``; ``invitations`` are all shared answers about the close (``shared_on``). Four queries."""
    debrief, names = found.close_event.debrief, taxonomy.current()
    own = debrief.assignee_id == reader.pk
    everybody = [_buyer(one, names) for one in invitations]
    main = next(one for one in everybody if one.invitation.pk == found.pk)
    looked_at = [one for one in everybody if one is not main and (one.reveal or not own)]
    said = current_reasons([found.close_event_id])[found.close_event_id]
    mine = [_own_reason(reason, names) for reason in said if reason.source == Voice.SELLER]
    reasons = mirror.compare_reasons(mine, main.reasons)
    answers = {answer.question: answer for answer in debrief.answers.all()}
    rows = tuple(_row(debrief, answers, number, [main, *looked_at], own) for number in (1, 2, 3, 5))
    return Revealed(
        debrief=debrief, main=main, others=tuple(looked_at), reasons=reasons, rows=rows,
        sealed=tuple(one.invitation for one in everybody if one is not main and one not in looked_at),
        known=(_competitor(debrief, answers, main), _why(debrief, answers, main, reasons)), own=own,
        headline=_headline(reasons, main, debrief, own), summary=_summary(rows), divided=_divided([main, *looked_at]),
    )  # fmt: skip


def _buyer(invitation: Invitation, names: Taxonomy) -> Buyer:
    response, person = invitation.response, invitation.person
    name = person.name if person else _("The buyer")
    words = name.split()
    won = invitation.close_event.outcome == Outcome.WON
    reasons = sorted(response.reasons.all(), key=lambda reason: reason.place)
    return Buyer(
        invitation=invitation, response=response, name=name, first_name=words[0] if person and words else name,
        initials="".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper(),
        happened=_happened(response, won=won), competitor=_their_choice(response),
        reasons=tuple(mirror.said(names, r.code, main=r.place == 1, won=won, buyer=True) for r in reasons),
        quotes=tuple(_quote(text) for text in response.verbatims.all() if text.text or text.removed_at),
        reveal=getattr(response, "reveal", None),
    )  # fmt: skip


def _seller(debrief: Debrief) -> str:
    return debrief.assignee.first_name if debrief.assignee else _("The seller")


def _happened(response: Response, *, won: bool) -> str:
    if response.happened not in Happened.values:
        return ""
    return str(mirror.CHOSEN_OVER[response.happened] if won else Happened(response.happened).label)


def _their_choice(response: Response) -> str:
    return _("they prefer not to say whom") if response.competitor_withheld else response.competitor


def _quote(text: Verbatim) -> Quote:
    allowed = {
        Consent.NO: _("for you; not to be quoted"),
        Consent.ANONYMOUS: _("may be quoted inside the company, without the name"),
        Consent.NAMED: _("may be quoted inside the company, with the name"),
        Consent.ASK: _("ask before quoting"),
    }
    if text.removed_at:
        return Quote(str(text.get_asked_display()), "", "", _("taken back by the buyer"))
    return Quote(str(text.get_asked_display()), text.text, text.language, str(allowed[Consent(text.consent)]))


def _own_reason(reason: object, names: Taxonomy) -> Said:
    acted = reason.get_could_act_display() if reason.could_act else ""  # type: ignore[attr-defined]
    return mirror.said(
        names, reason.code, main=reason.role == Weight.PRIMARY, words=reason.verbatim, acted=acted,  # type: ignore[attr-defined]
    )  # fmt: skip


def _row(debrief: Debrief, answers: dict[int, DebriefAnswer], number: int, buyers: list[Buyer], own: bool) -> Row:
    answer, seller = answers.get(number), debrief.assignee
    name = _("You") if own else _seller(debrief)
    point = mirror.seller_point(name, seller.initials if seller else "?", answer.answer if answer else "")
    statement = mirror.statement_of(number)
    said = [_point(buyer, statement) for buyer in buyers]
    question = wording(QUESTIONS[number - 1], debrief)
    return mirror.compare_answers(number, question, point, said, answer.evidence if answer else "")


def _point(buyer: Buyer, statement: str) -> Point:
    return mirror.buyer_point(buyer.first_name, buyer.initials, getattr(buyer.response, statement))


def _answer(answers: dict[int, DebriefAnswer], number: int) -> tuple[str | Promise, str]:
    found = answers.get(number)
    return (Answer(found.answer).label, found.evidence) if found else (_("no answer"), "")


def _competitor(debrief: Debrief, answers: dict[int, DebriefAnswer], buyer: Buyer) -> Known:
    """Question 4 beside whom they say they chose."""
    answer, evidence = _answer(answers, COMPETITOR)
    on_file = debrief.close_event.competitor
    named = {"": _("no competitor on the deal"), "none": _("nobody else on the deal")}.get(on_file, on_file)
    theirs = buyer.response.competitor
    verdict = "open"
    if theirs:
        verdict = "alike" if fold(theirs) == fold(on_file) else "apart"
    beside = _("On the deal: %(named)s.") % {"named": named}
    return Known(wording(QUESTIONS[COMPETITOR - 1], debrief), answer, evidence, beside, verdict)


def _why(debrief: Debrief, answers: dict[int, DebriefAnswer], buyer: Buyer, reasons: Reasons) -> Known:
    """Question 6 beside whether the main reason was the buyer's."""
    answer, evidence = _answer(answers, WHY)
    verdict = {"same": "alike", "shared": "close", "near": "close", "apart": "apart"}.get(reasons.agreement, "open")
    theirs = buyer.reasons[0].label if buyer.reasons else _("no reason given")
    beside = _("%(name)s, first: %(reason)s.") % {"name": buyer.first_name, "reason": theirs}
    return Known(wording(QUESTIONS[WHY - 1], debrief), answer, evidence, beside, verdict)


def _headline(reasons: Reasons, buyer: Buyer, debrief: Debrief, own: bool) -> str:
    """The one sentence of the page."""
    yours = {
        "same": _("You and %(buyer)s name the same main reason"),
        "shared": _("You and %(buyer)s share a reason, weighed differently"),
        "near": _("You and %(buyer)s point the same way, in different words"),
        "apart": _("%(buyer)s names what you did not"),
        "silent": _("%(buyer)s answered"),
    }
    theirs = {
        "same": _("%(seller)s and %(buyer)s name the same main reason"),
        "shared": _("%(seller)s and %(buyer)s share a reason, weighed differently"),
        "near": _("%(seller)s and %(buyer)s point the same way, in different words"),
        "apart": _("%(buyer)s names what %(seller)s did not"),
        "silent": _("%(buyer)s answered"),
    }
    return (yours if own else theirs)[reasons.agreement] % {"buyer": buyer.first_name, "seller": _seller(debrief)}


def _summary(rows: tuple[Row, ...]) -> str:
    """k of n questions alike, of those that both answered."""
    both = [row for row in rows if row.verdict != "open"]
    alike = sum(row.verdict == "alike" for row in both)
    if not both:
        return ""
    return ngettext(
        "Seen alike: %(k)d of the %(n)d question both answered.",
        "Seen alike: %(k)d of the %(n)d questions both answered.", len(both),
    ) % {"n": len(both), "k": alike}  # fmt: skip


def _divided(buyers: list[Buyer]) -> str:
    """Whether the people of one deal agree among themselves; empty for one person."""
    first = [buyer.reasons[0].code for buyer in buyers if buyer.reasons]
    if len(first) < 2:
        return ""
    different = len(set(first))
    if different == 1:
        return _("%(people)d people answered; all name the same main reason.") % {"people": len(first)}
    return _("%(people)d people answered; they name %(reasons)d different main reasons.") % {
        "people": len(first), "reasons": different,
    }  # fmt: skip
