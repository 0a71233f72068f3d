"""The six questions (M5), in the words of a loss and of a win, with the facts beside each.

A "no" or "partly" suggests reasons; the facts are what the records say, not an opinion. Source: the project's
specification of practice 1, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from rebond.base.dates import show_day
from rebond.deals.models import Channel, Deal, DealRole, Direction, Outcome
from rebond.learn.models import Answer, Debrief

Fact = tuple[str, str]


@dataclass(frozen=True)
class Question:
    """One of the six: how it is asked after a no and after a win, and which reasons a "no" points at."""

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
#: What each answer to question 6 says about the reasons that follow.
CONFIDENCE = {Answer.YES: "know", Answer.PARTLY: "think", Answer.NO: "guess", Answer.DO_NOT_KNOW: "guess"}
RECENT = timedelta(days=14)


def wording(question: Question, debrief: Debrief) -> str | Promise:
    """The question as it is asked after this end."""
    return question.after_win if debrief.close_event.outcome == Outcome.WON else question.after_no


def suggested(answers: dict[int, str]) -> list[str]:
    """Codes that the answers point at, strongest first: "no" before "partly"."""
    weight = {Answer.NO: 0, Answer.PARTLY: 1}
    pointing = [q for q in QUESTIONS if answers.get(q.number) in weight]
    pointing.sort(key=lambda q: (weight[Answer(answers[q.number])], q.number))
    return list(dict.fromkeys(code for question in pointing for code in question.suggests))


def facts(number: int, debrief: Debrief) -> list[Fact]:
    """What the records say beside question ``number``: pairs of what and how much; empty when they say nothing."""
    beside = {1: _people, 2: _discovery, 3: _proposal, 4: _competitor, 5: _value, 6: _last_word}
    return beside[number](debrief.deal, debrief.close_event.closed_at or debrief.planned_at)


def _day(moment: datetime | None) -> str:
    return show_day(moment) if moment else _("not recorded")


def _people(deal: Deal, closed: datetime) -> list[Fact]:  # noqa: ARG001
    parts = list(deal.deal_people.select_related("person").order_by("pk")[:8])
    if not parts:
        return [(_("People named on the deal"), _("nobody"))]
    known = [(part.person.name, str(part.get_role_display())) for part in parts]
    deciding = [part.person_id for part in parts if part.role in (DealRole.DECISION_MAKER, DealRole.BUDGET_HOLDER)]
    first = deal.touches.filter(person__in=deciding).order_by("at").first() if deciding else None
    return [*known, (_("First contact with who decides"), _day(first.at if first else None))]


def _discovery(deal: Deal, closed: datetime) -> list[Fact]:  # noqa: ARG001
    said = [(_("Notes"), deal.notes[:400])] if deal.notes else [(_("Notes"), _("none written"))]
    meetings = deal.touches.filter(channel=Channel.MEETING).count()
    first = deal.touches.order_by("at").first()
    return [*said, (_("Meetings"), str(meetings)), (_("First contact"), _day(first.at if first else None))]


def _proposal(deal: Deal, closed: datetime) -> list[Fact]:
    changes = deal.stage_changes.filter(entered_at__gte=closed - RECENT, entered_at__lt=closed).select_related("stage")
    moved = ", ".join(change.stage.name for change in changes) or _("none")
    said = [(_("Stage changes in the last 14 days"), moved)]
    if deal.next_step:
        said.append((_("Next step that was agreed"), deal.next_step))
    if deal.expected_close:
        said.append((_("Close that was expected"), show_day(deal.expected_close)))
    return said


def _competitor(deal: Deal, closed: datetime) -> list[Fact]:  # noqa: ARG001
    names = {"none": _("nobody else"), "": _("not filled in")}
    return [(_("Competitor on the deal"), names.get(deal.competitor, deal.competitor))]


def _value(deal: Deal, closed: datetime) -> list[Fact]:  # noqa: ARG001
    sent = deal.touches.values("channel").annotate(count=Count("pk")).order_by("-count")
    labels = dict(Channel.choices)
    said = [(str(labels[row["channel"]]), str(row["count"])) for row in sent]
    replies = deal.touches.filter(direction=Direction.IN).count()
    words = ngettext("%(count)d from them", "%(count)d from them", replies) % {"count": replies}
    return [*said, (_("Contacts they began"), words)] if said else [(_("Contacts"), _("none logged"))]


def _last_word(deal: Deal, closed: datetime) -> list[Fact]:  # noqa: ARG001
    last = deal.touches.filter(direction=Direction.IN).order_by("-at").first()
    if last is None:
        return [(_("Their last message"), _("none logged"))]
    return [(_("Their last message"), _day(last.at)), (_("What was said"), last.note[:400] or _("not written down"))]
