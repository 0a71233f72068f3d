"""The deals behind a figure: what a link of Patterns opens, and the list it leads to.

A list never names a deal by a confidential answer: those are in no assertion and in no list; where a figure counts
some, the page says how many. What a buyer shared about a deal whose debrief is not finished stays sealed for the
people of ``learn.queries.visible_reasons``: such deals are counted beside the list, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower, Trim
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.dates import moments_of
from rebond.base.errors import NotAllowed, NotFound
from rebond.base.text import clean
from rebond.deals.lists import with_needed
from rebond.deals.models import NOES, CloseEvent, Deal, Outcome, StageChange, StageKind
from rebond.deals.queries import deals_for
from rebond.learn import taxonomy
from rebond.learn.debrief.questions import QUESTIONS
from rebond.learn.models import Acted, Answer, Debrief, Mode, ReasonAssertion, Response, Voice, Weight
from rebond.learn.patterns import answers
from rebond.learn.patterns.view import View

#: Fewer answers to a question than this are not opened: a list of two would name who said it.
QUESTION_FROM = 5
BOTH_VOICES = (Voice.SELLER, Voice.BUYER)


@dataclass(frozen=True)
class Opened:
    """The deals behind one figure.

    Attributes:
        title: what they have in common.
        deals: newest end first; ``load`` brings what a line shows.
        sealed: deals that belong here and are not listed, since a debrief comes first; never told of one reason.
        code, voice: where a reason is opened, so that what is counted in confidence can be said.
    """

    title: str
    deals: QuerySet[Deal]
    sealed: int = 0
    code: str = ""
    voice: str = ""

    @property
    def load(self) -> QuerySet[Deal]:
        """With what a line of the list shows."""
        return with_needed(Deal.objects.all())


def address(view: View, what: str, **more: str) -> str:
    """Where the deals behind a figure are.

    >>> from datetime import date
    >>> address(View.of(None, {"period": "3m"}, date(2026, 6, 9)), "reason", code="timing", voice="seller")
    '/patterns/deals?period=3m&what=reason&code=timing&voice=seller'
    """
    return f"{reverse('learn:opened')}?{view.as_query(what=what, **more)}"


def beside(view: View, found: Opened, *, named: bool = False) -> str:
    """What belongs to the figure and is in no list: answers in confidence, and those a debrief comes before.

    Beside a reason nothing sealed is counted, neither here nor in the figure: that would say what the buyer said.
    """
    if found.voice != Voice.BUYER:
        return ""
    if not found.code:
        said = (_confidential_words(answers.headcount(view).pooled), _sealed_words(found.sealed))
        return "; ".join(words for words in said if words)
    return _confidential_words(_not_listed(view, found, named=named))


def _confidential_words(n: int) -> str:
    if not n:
        return ""
    return ngettext("and %(n)s in confidence: counted, not listed", "and %(n)s in confidence: counted, not listed",
                    n) % {"n": n}  # fmt: skip


def _sealed_words(n: int) -> str:
    if not n:
        return ""
    return ngettext("%(n)s is sealed until the debrief is finished",
                    "%(n)s are sealed until their debriefs are finished", n) % {"n": n}  # fmt: skip


def _not_listed(view: View, found: Opened, *, named: bool) -> int:
    """What the figure counts, less the deals of the list."""
    row = next((row for row in answers.voices(view).rows if row.code == view.names.counted_as(found.code)), None)
    if row is None:
        return 0
    counted = (row.named_by_buyer if named else row.buyer).k or 0
    return max(counted - found.deals.order_by().count(), 0)


def opened(view: View, params: Mapping[str, str]) -> Opened:
    """The deals a query asks for. ``NotFound`` for a kind that is none, ``NotAllowed`` for a coach's one."""
    kind = KINDS.get(params.get("what", ""))
    if kind is None:
        raise NotFound
    found = kind(view, params)
    ordered = found.deals.order_by("-closed_at", "-id")
    return Opened(found.title, ordered, found.sealed, found.code, found.voice)


# ---- whose deals, of which time


def _ended(view: View, outcomes: tuple[Outcome, ...]) -> QuerySet[Deal]:
    """Deals of the view that ended so, each by the end that stands (a close taken back is none)."""
    first, after = moments_of(view.since, view.until)
    found = deals_for(view.user).filter(outcome__in=outcomes, closed_at__gte=first, closed_at__lt=after)
    if view.team_id is not None:
        found = found.filter(team=view.team_id)
    if view.segment:
        found = found.filter(segment=view.segment)
    return found if view.bulk else found.exclude(Exists(standing().filter(deal=OuterRef("pk"), in_bulk=True)))


def _losses(view: View) -> QuerySet[Deal]:
    return _ended(view, NOES)


def standing() -> QuerySet[CloseEvent]:
    """Closes that were not taken back."""
    return CloseEvent.objects.filter(reopening=None)


def _with_debrief() -> Exists:
    done = Debrief.objects.filter(deal=OuterRef("pk"), close_event__reopening=None, finished_at__isnull=False)
    return Exists(done)


def _openly() -> Exists:
    """The buyer said so openly: an assertion, which only a shared answer or a person's own entry becomes."""
    return Exists(_said(Voice.BUYER))


def _said(voice: str) -> QuerySet[ReasonAssertion]:
    """What a voice says now about the close that stands, for a subquery over deals."""
    later = ReasonAssertion.objects.filter(
        close_event=OuterRef("close_event"), source=OuterRef("source"), edition__gt=OuterRef("edition")
    )
    now = ReasonAssertion.objects.filter(
        close_event__deal=OuterRef("pk"), close_event__reopening=None, source=voice
    ).exclude(code=taxonomy.NOT_KNOWN_YET)
    return now.filter(~Exists(later))


def _sealed(view: View) -> Q:
    """Deals whose shared answer waits for a debrief; the rule of ``learn.queries.visible_reasons``."""
    if view.user is None:
        return Q(pk__in=())
    shared = Response.objects.filter(is_final=True, mode=Mode.SHARED, invitation__close_event=OuterRef("close_event"))
    waiting = Debrief.objects.filter(Exists(shared), deal=OuterRef("pk"), finished_at=None)
    return Q(Exists(waiting.filter(assignee=view.user) if view.user.is_lead else waiting))


# ---- the kinds


def _all_losses(view: View, _params: Mapping[str, str]) -> Opened:
    return Opened(_("Losses"), _losses(view))


def _debriefed(view: View, _params: Mapping[str, str]) -> Opened:
    return Opened(_("Losses that were debriefed"), _losses(view).filter(_with_debrief()))


def _not_debriefed(view: View, _params: Mapping[str, str]) -> Opened:
    return Opened(_("Losses without a finished debrief"), _losses(view).exclude(_with_debrief()))


def _silent(view: View, _params: Mapping[str, str]) -> Opened:
    quiet = _losses(view).exclude(_with_debrief()).exclude(_openly())
    return Opened(_("Losses nobody has explained"), quiet)


def _explained(view: View, _params: Mapping[str, str]) -> Opened:
    said = _losses(view).filter(_openly())
    return Opened(_("Losses explained openly by the buyer"), said.exclude(_sealed(view)),
                  said.filter(_sealed(view)).count(), voice=Voice.BUYER)  # fmt: skip


def _unheard(view: View, _params: Mapping[str, str]) -> Opened:
    return Opened(_("Losses whose buyer is not heard openly"), _losses(view).exclude(_openly()))


def _by_reason(view: View, params: Mapping[str, str]) -> Opened:
    code, voice = clean(params.get("code", ""), 40), params.get("voice", "")
    names = view.names
    if voice not in BOTH_VOICES or (code not in names.reasons and code != taxonomy.OTHER):
        raise NotFound
    assertions = _said(voice).filter(code__in=_same(view, code))
    if params.get("role") != "named":
        assertions = assertions.filter(role=Weight.PRIMARY)
    said = _losses(view).filter(Exists(assertions))
    text = _("Main reason as sellers say it: %(reason)s") if voice == Voice.SELLER else _(
        "Main reason as buyers say it: %(reason)s")  # fmt: skip
    if voice == Voice.SELLER:
        return Opened(text % {"reason": names.label(code)}, said, code=code, voice=voice)
    return Opened(text % {"reason": names.label(code)}, said.exclude(_sealed(view)), code=code, voice=voice)


def _same(view: View, code: str) -> list[str]:
    """The codes that are counted as this one."""
    names = view.names
    return [one for one in (*names.reasons, taxonomy.OTHER) if names.counted_as(one) == names.counted_as(code)]


def _by_control(view: View, params: Mapping[str, str]) -> Opened:
    """By what the seller judged, else by the default of the main reason."""
    kinds = control_titles()
    kind = params.get("control", "")
    if kind not in kinds:
        raise NotFound
    losses = _losses(view)
    if kind == "not_explained":
        return Opened(kinds[kind], losses.exclude(Exists(_said(Voice.SELLER))))
    main = _said(Voice.SELLER).filter(role=Weight.PRIMARY)
    return Opened(kinds[kind], losses.filter(Exists(main.filter(_filed(view)[kind]))))


def _filed(view: View) -> dict[str, Q]:
    """Which assertions are filed where."""
    names = view.names
    control = {code: names.reasons[names.counted_as(code)].control for code in names.reasons}

    def by(judged: str, default: str) -> Q:
        codes = [code for code, kind in control.items() if kind == default]
        return Q(could_act=judged) | Q(could_act="", code__in=codes)

    return {
        "could_act": by(Acted.YES, "controllable"), "partly": by(Acted.PARTLY, "influenceable"),
        "outside": by(Acted.NO, "uncontrollable"), "unclear": Q(could_act="") & ~Q(code__in=list(control)),
    }  # fmt: skip


def control_titles() -> dict[str, str]:
    """What the waffle's squares open."""
    return {
        "could_act": _("Losses we could have acted on"),
        "partly": _("Losses we could partly have acted on"),
        "outside": _("Losses outside our control"),
        "unclear": _("Losses whose reason is in words of its own"),
        "not_explained": _("Losses without a reason of the seller"),
    }


def _against(view: View, params: Mapping[str, str]) -> Opened:
    name = " ".join(clean(params.get("name", ""), 120).split())
    if not name:
        raise NotFound
    decided = _ended(view, (Outcome.WON, *NOES)).annotate(against=Lower(Trim("competitor")))
    return Opened(
        _("Decided deals against %(name)s") % {"name": name},
        decided.filter(Q(against=name.lower()) | Q(competitor=name)),
    )


def _no_decision(view: View, params: Mapping[str, str]) -> Opened:
    found = _ended(view, (Outcome.NO_DECISION,))
    if code := clean(params.get("code", ""), 40):
        main = _said(Voice.SELLER).filter(role=Weight.PRIMARY, code__in=_same(view, code))
        title = _("Deals that ended without a decision: “%(reason)s”") % {"reason": view.names.label(code)}
        return Opened(title, found.filter(Exists(main)))
    stage = clean(params.get("stage", ""), 80)
    if not stage:
        return Opened(_("Deals that ended without a decision"), found)
    stays = StageChange.objects.filter(deal=OuterRef("pk"), stage__kind=StageKind.OPEN)
    last = stays.order_by("-entered_at", "-pk").values("stage__name")[:1]
    title = _("Deals that ended without a decision in “%(stage)s”") % {"stage": stage}
    return Opened(title, found.annotate(last=last).filter(last=stage))


def _by_answer(view: View, params: Mapping[str, str]) -> Opened:
    """Debriefs that answer a question so: for whoever coaches, and only where there are enough of them."""
    if view.user is not None and not view.user.is_lead:
        raise NotAllowed
    number, answer = params.get("question", ""), params.get("answer", "")
    asked = next((question for question in QUESTIONS if str(question.number) == number), None)
    if asked is None or answer not in Answer.values:
        raise NotFound
    done = Debrief.objects.filter(deal=OuterRef("pk"), close_event__reopening=None, finished_at__isnull=False)
    same = done.filter(answers__question=asked.number, answers__answer=answer)
    found = _losses(view).filter(Exists(same))
    if found[:QUESTION_FROM].count() < QUESTION_FROM:
        found = found.none()
    title = _("%(question)s %(answer)s") % {"question": asked.after_no, "answer": Answer(answer).label}
    return Opened(title, found)


KINDS: dict[str, Callable[[View, Mapping[str, str]], Opened]] = {
    "losses": _all_losses, "debriefed": _debriefed, "not_debriefed": _not_debriefed, "silent": _silent,
    "explained": _explained, "unheard": _unheard, "reason": _by_reason, "control": _by_control,
    "competitor": _against, "no_decision": _no_decision, "answer": _by_answer,
}  # fmt: skip
