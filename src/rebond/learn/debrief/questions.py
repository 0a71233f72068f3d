"""The six questions (M5), and which reasons an answer points at; after a no and after a win.

Source: the project's specification of practice 1, section 3. The facts beside each are in ``learn.beside``.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l

from rebond.deals.models import Outcome
from rebond.learn.models import Answer, Debrief
from rebond.learn.taxonomy import Taxonomy


@dataclass(frozen=True)
class Question:
    """One of the six: how it is asked after a no and after a win, and the reasons it is about.

    After a no they are suggested by "no" and "partly"; after a win, turned round, by "yes" and "partly".
    """

    number: int
    after_no: str | Promise
    after_win: str | Promise
    suggests: tuple[str, ...]


QUESTIONS: tuple[Question, ...] = (
    Question(1, _l("Did you talk to the right decision-makers?"), _l("Did you talk to the right decision-makers?"), ("wrong_people", "no_consensus")),
    Question(2, _l("Did you really and fully understand their problems?"), _l("Did you really and fully understand their problems?"), ("need_misread", "need_not_felt")),
    Question(3, _l("Did your proposal meet their needs and leave no surprises?"), _l("Did your proposal meet their needs and leave no surprises?"), ("proposal_mismatch", "late_surprise", "terms")),
    Question(4, _l("Did you know whether they were looking at a competitor?"), _l("Did you know whether they were looking at a competitor?"), ("price_vs_alternative", "incumbent_kept")),
    Question(5, _l("Did you bring value and material that helped them decide?"), _l("Did you bring value and material that helped them decide?"), ("value_unclear", "little_help_deciding")),
    Question(6, _l("Do you understand why they said no?"), _l("Do you understand why they said yes?"), ()),
)  # fmt: skip
#: The question about the competitor.
COMPETITOR = 4
#: What each answer to question 6 says about the reasons that follow.
CONFIDENCE = {Answer.YES: "know", Answer.PARTLY: "think", Answer.NO: "guess", Answer.DO_NOT_KNOW: "guess"}
_AFTER_NO = {Answer.NO: 0, Answer.PARTLY: 1}
_AFTER_WIN = {Answer.YES: 0, Answer.PARTLY: 1}


def wording(question: Question, debrief: Debrief) -> str | Promise:
    """The question as it is asked after this end."""
    return question.after_win if is_win(debrief) else question.after_no


def is_win(debrief: Debrief) -> bool:
    """The six questions are then about what went right."""
    return debrief.close_event.outcome == Outcome.WON


def suggested(answers: dict[int, str], *, won: bool = False) -> list[str]:
    """Codes that the answers point at, strongest first: "no" before "partly"; after a win "yes" before "partly"."""
    weight = _AFTER_WIN if won else _AFTER_NO
    pointing = [q for q in QUESTIONS if answers.get(q.number) in weight]
    pointing.sort(key=lambda q: (weight[Answer(answers[q.number])], q.number))
    return list(dict.fromkeys(code for question in pointing for code in question.suggests))


def reason_label(names: Taxonomy, code: str, outcome: str) -> str:
    """A reason as its reader reads it: the seller's wording of a no, what the buyer would say of a win."""
    return names.buyer_label(code, won=True) if outcome == Outcome.WON else names.label(code)
