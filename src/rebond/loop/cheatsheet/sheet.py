"""The six lines of one person: what they say, the figures behind them, and one next step each.

Every line is true for somebody who began today, too: without cases it says what will stand there and how to begin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import show_day
from rebond.base.money import show
from rebond.deals.erasing import ERASED
from rebond.deals.models import CloseEvent, Deal, DealPerson, Outcome, Person
from rebond.deals.queries import contacts_of
from rebond.findings.worth import span
from rebond.learn import taxonomy
from rebond.learn.debrief.questions import QUESTIONS
from rebond.learn.models import Mode, Response
from rebond.learn.queries import due_debriefs, open_actions, visible_reasons
from rebond.learn.taxonomy import Control
from rebond.loop.cheatsheet.noes import Noes, main_reason, noes_of
from rebond.loop.prices import prices_for
from rebond.loop.queries import local_date
from rebond.mail.models import Scope
from rebond.mail.queries import suppressed
from rebond.numbers.estimate import COUNTS_FROM
from rebond.numbers.pricing import Prices, Rate
from rebond.nurture.queries.counts import standing_counts
from rebond.nurture.queries.due import coming, due_for
from rebond.refer.queries.asks import due_asks

#: Reasons named, people named.
REASONS, PEOPLE = 3, 3
#: A buyer who rates all they answered at least so (of 5) may know somebody.
LIKED = 4
#: Below this a contact's worth is shown with cents.
WITH_CENTS = 2_000
#: So many whose turn it is are looked at for one who may be written to.
DUE_LOOKED_AT = 10
LATELY = timedelta(days=180)


@dataclass(frozen=True)
class Step:
    """What to do next, and where."""

    text: str
    url: str


@dataclass(frozen=True)
class Line:
    """One of the six.

    Attributes:
        key: stable, for ``--json`` and tests.
        title: the method's line; ``says``: it with this person's own numbers; ``more``: quieter, may be empty.
        figures: the numbers behind it, for programs.
    """

    key: str
    title: str
    says: str
    step: Step
    more: str = ""
    figures: dict[str, Any] | None = None


@dataclass(frozen=True)
class Sheet:
    """The six lines, of one person on one day, in the language in force."""

    user: User
    day: date
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Own:
    """What the lines are made of; each part is looked up once, when a line needs it."""

    user: User
    now: datetime

    @cached_property
    def noes(self) -> Noes:
        return noes_of(self.user, now=self.now)

    @cached_property
    def prices(self) -> Prices:
        return prices_for(self.user, now=self.now)


def compose(user: User, *, now: datetime) -> Sheet:
    """The sheet of ``user``; some twenty queries, whatever there is."""
    own = Own(user, now)
    return Sheet(user, local_date(user, now), tuple(write(own) for write in LINES))


# ---- 1: do not take it personally


def not_personal(own: Own) -> Line:
    """How much of the noes was in nobody's hands here; what is in ours."""
    noes = own.noes
    if noes.known < COUNTS_FROM:
        says = _("Most deals end in a no. It is about the moment, the budget or the offer, rarely about you.")
    else:
        says = ngettext(
            "Of %(n)d no whose reason is known, %(k)d was not in your hands.",
            "Of %(n)d noes whose reason is known, %(k)d were not in your hands.",
            noes.known,
        ) % {"n": noes.known, "k": noes.outside}
    figures = {"known": noes.known, "outside": noes.outside, "weakest_question": noes.weakest and noes.weakest[0]}
    return Line("not_personal", _("Do not take it personally"), says, _own_part(noes), figures=figures)


def _own_part(noes: Noes) -> Step:
    """The one question to prepare before the next call."""
    if noes.weakest is None:
        return Step(_("Before your next call, ask: who decides, and what would surprise them?"), reverse("loop:today"))
    number, k, n = noes.weakest
    question = next(question for question in QUESTIONS if question.number == number)
    words = {"question": question.after_no, "k": k, "n": n}
    return Step(
        _("Your part: “%(question)s” Not a full yes in %(k)d of %(n)d debriefs. Prepare this one.") % words,
        reverse("learn:list"),
    )


# ---- 2: learn from it


def learn_from_it(own: Own) -> Line:
    """How many noes were looked back at, and the next one to look back at."""
    noes = own.noes
    n, k = len(noes.events), noes.debriefed
    says = ngettext(
        "%(k)d of your %(n)d no of the last twelve months is debriefed.",
        "%(k)d of your %(n)d noes of the last twelve months are debriefed.",
        n,
    ) % {"k": k, "n": n} if n else _("No no so far. After the first one, six questions wait for you.")  # fmt: skip
    return Line("learn", _("Learn from it"), says, _next_lesson(own), figures={"noes": n, "debriefed": k})


def _next_lesson(own: Own) -> Step:
    waiting = due_debriefs(own.user, today=local_date(own.user, own.now)).first()
    if waiting is not None:
        name = waiting.deal.company.name if waiting.deal.company else waiting.deal.name
        return Step(_("Debrief %(name)s: three minutes.") % {"name": name}, reverse("learn:debrief", args=[waiting.pk]))
    action = open_actions(own.user).first()
    if action is not None:
        words = {"action": action.text, "day": show_day(action.due_on)}
        return Step(_("Do what you decided: %(action)s (%(day)s).") % words, reverse("learn:actions"))
    return Step(_("Nothing waits. Look at what the team has learnt."), reverse("learn:patterns"))


# ---- 3: the reason for each no


def the_reason(own: Own) -> Line:
    """The most frequent main reasons, and the no whose reason nobody knows yet."""
    noes, names = own.noes, taxonomy.current()
    top = [(names.label(code), n) for code, n in sorted(noes.reasons.items(), key=lambda one: (-one[1], one[0]))]
    listed = "; ".join(
        _("%(reason)s: %(k)d of %(n)d") % {"reason": label, "k": k, "n": noes.known} for label, k in top[:REASONS]
    )
    says = listed or _("No reason is known yet. Each close asks for one; the buyer is asked, too.")
    n = len(noes.events)
    more = ngettext(
        "Of %(n)d no, the buyer told us why in %(k)d.", "Of %(n)d noes, the buyer told us why in %(k)d.", n
    ) % {"n": n, "k": noes.heard} if n else ""  # fmt: skip
    figures = {"reasons": dict(noes.reasons), "unknown": len(noes.unknown), "heard": noes.heard}
    return Line("reasons", _("Know the reason for each no"), says, _next_reason(noes), more, figures)


def _next_reason(noes: Noes) -> Step:
    if not noes.unknown:
        return Step(_("At your next no, ask “what decided it?” and write it down."), reverse("deals:list"))
    event = noes.unknown[0]
    name = event.deal.company.name if event.deal.company else event.deal.name
    return Step(_("Find out why %(name)s said no.") % {"name": name}, reverse("loop:deal", args=[event.deal_id]))


# ---- 4: who to ask for an introduction


def who_to_ask(own: Own) -> Line:
    """Whose ask is due; then people who said no and thought well of us, or whose no nobody here could have turned."""
    asks = _asks(own)
    found = (*asks, *([] if len(asks) >= PEOPLE else (*_liked(own), *_outside(own))))
    people = list({person.pk: person for person in found}.values())[:PEOPLE]
    if not people:
        says = _("Nobody comes to mind yet. Whoever liked you but did not buy will stand here.")
        step = Step(_("At your next no, ask: “Who do you know that would gain from talking with us?”"),
                    reverse("loop:today"))  # fmt: skip
        return Line("ask", _("Ask for an introduction"), says, step, figures={"people": []})
    names = ", ".join(_called(person) for person in people)
    says = _("Did not buy, and may know somebody: %(names)s.") % {"names": names}
    step = Step(
        _("Ask %(name)s: “Who do you know that would gain from talking with us?”") % {"name": people[0].name},
        reverse("refer:ask", args=[asks[people[0]]]) if people[0] in asks
        else reverse("nurture:person", args=[people[0].pk]),
    )  # fmt: skip
    return Line("ask", _("Ask for an introduction"), says, step, figures={"people": [person.pk for person in people]})


def _asks(own: Own) -> dict[Person, int]:
    """Whom to ask today, with the id of the ask; nobody twice, none who may not be asked any more."""
    due = due_asks(own.user, local_date(own.user, own.now)).select_related("person__company")[: 4 * PEOPLE]
    by_person: dict[Person, int] = {}
    for ask in due:
        if ask.person is not None:
            by_person.setdefault(ask.person, ask.pk)
    return {person: by_person[person] for person in _not_silent(list(by_person), Scope.REFERRAL)}


def _liked(own: Own) -> list[Person]:
    """Buyers who shared an answer that the seller has seen, and rated well all they rated."""
    found = Response.objects.filter(
        is_final=True, mode=Mode.SHARED, won=False, reveal__isnull=False, invitation__deal__owner=own.user,
        submitted_at__gt=own.now - LATELY, invitation__person__isnull=False,
    ).select_related("invitation__person__company")  # fmt: skip
    good = [one for one in found.order_by("-submitted_at", "pk")[:40] if _thought_well(one)]
    return _not_silent([one.invitation.person for one in good if one.invitation and one.invitation.person])


def _thought_well(response: Response) -> bool:
    rated = [value for value in (response.involved, response.understood, response.proposal, response.helped) if value]
    return bool(rated) and min(rated) >= LIKED


def _outside(own: Own) -> list[Person]:
    """The main contact of each recent no that was in nobody's hands here."""
    recent = [event for event in own.noes.events if event.closed_at and event.closed_at > own.now - LATELY]
    names, said = taxonomy.current(), visible_reasons(own.user, [event.pk for event in recent])
    defaults = names.control()

    def is_outside(event: CloseEvent) -> bool:
        main = main_reason(said[event.pk])
        return main is not None and defaults.get(names.counted_as(main.code)) == Control.UNCONTROLLABLE

    chosen = [event.deal for event in recent if is_outside(event)][: 4 * PEOPLE]
    contacts: dict[int, DealPerson] = contacts_of(chosen)
    return _not_silent([contacts[deal.pk].person for deal in chosen if deal.pk in contacts])


def _not_silent(people: list[Person], scope: Scope = Scope.KEEP_IN_TOUCH) -> list[Person]:
    """Without those who asked not to hear from us, and those whose record was emptied at their request."""
    people = [person for person in people if person.source != ERASED]
    silent = suppressed({person.email for person in people if person.email}, scope)
    return [person for person in people if person.email not in silent]


def _called(person: Person) -> str:
    if person.company is None:
        return person.name
    return _("%(name)s (%(company)s)") % {"name": person.name, "company": person.company.name}


# ---- 5: who to stay in touch with


def stay_in_touch(own: Own) -> Line:
    """How many hear from us, and whose turn it is."""
    counts = standing_counts(own.user, own.now)
    n = counts["active"]
    says = _("Whoever says no to you hears from you again every few months. The first will stand here.")
    if n:
        says = ngettext(
            "%(n)d person who said no hears from you again.", "%(n)d people who said no hear from you again.", n
        ) % {"n": n}
    figures = {"in_touch": n, "due": counts["due"], "ready": counts["signals"]}
    return Line("keep", _("Stay in touch"), says, _next_contact(own), figures=figures)


def _next_contact(own: Own) -> Step:
    turn = next((one for one in due_for(own.user, own.now, DUE_LOOKED_AT) if not one.held), None)
    if turn is not None:
        enrolment = turn.enrolment
        item = urlencode({"item": f"nurture.keep:{enrolment.pk}.{enrolment.step}"})
        says = _("It is %(name)s’s turn; the note is written.") if turn.basis else _("It is %(name)s’s turn: a call.")
        return Step(says % {"name": enrolment.person.name}, f"{reverse('loop:today')}?{item}")
    later = coming(own.user, own.now, 1)
    if later:
        words = {"name": later[0].enrolment.person.name, "day": show_day(later[0].enrolment.due_on)}
        return Step(_("Next: %(name)s, %(day)s.") % words, reverse("nurture:keep"))
    return Step(_("Nobody is due. Log a no, and the rest follows."), reverse("nurture:keep"))


# ---- 6: your numbers


def your_numbers(own: Own) -> Line:
    """What each contact is worth, and how many a sale takes."""
    prices = own.prices
    each = prices.per_touch.get("all")
    figures = {"currency": prices.currency, "per_sale": prices.per_sale and prices.per_sale.value} | {
        name: rate.value for name, rate in prices.per_touch.items()
    }
    title = _("Know your numbers")
    if each is None:
        says = _("Five sales and their contacts, and a first figure appears: what each call and email is worth.")
        return Line("numbers", title, says, _set_plan(own), figures=figures)
    says = _("Every contact is worth about %(money)s, also the one that meets a no.") % {
        "money": _money(each.value, prices.currency)
    }
    return Line("numbers", title, says, _on_the_way(prices), _by_kind(prices, each), figures)


def _by_kind(prices: Prices, each: Rate) -> str:
    """Each kind of contact, and whose cases these are."""
    words: dict[str, Callable[[str], str]] = {
        "call": lambda money: _("a call %(money)s") % {"money": money},
        "email": lambda money: _("an email %(money)s") % {"money": money},
        "meeting": lambda money: _("a meeting %(money)s") % {"money": money},
    }
    said = [say(_money(prices.per_touch[name].value, prices.currency)) for name, say in words.items()
            if name in prices.per_touch]  # fmt: skip
    likely = _("likely %(range)s") % {"range": span(each.lo80, each.hi80, prices.currency)}
    return " · ".join([*([likely] if each.lo80 < each.hi80 else []), *said, _sales_behind(each)])


def _sales_behind(each: Rate) -> str:
    """Whose sales the figures are of, and how many."""
    if each.leans == "own":
        n = each.own[0]
        return ngettext("from %(n)d sale of yours", "from %(n)d sales of yours", n) % {"n": n}
    n = each.team[0]
    return ngettext("from %(n)d sale here", "from %(n)d sales here, others’ among them", n) % {"n": n}


def _money(minor: float, currency: str) -> str:
    return show(round(minor), currency, get_language() or "en", cents=abs(minor) < WITH_CENTS)


def _set_plan(own: Own) -> Step:
    sold = Deal.objects.filter(owner=own.user, outcome=Outcome.WON).count()
    if sold and own.prices.gain is None:
        return Step(_("What a sale earns is not set yet. Set it, and your time has a value."),
                    reverse("worth:assumptions"))  # fmt: skip
    return Step(_("Log every call and email: each one counts."), reverse("worth:time"))


def _on_the_way(prices: Prices) -> Step:
    """How many contacts a yes takes."""
    taken = prices.per_sale
    if taken is None:
        return Step(_("See what your hours bring."), reverse("worth:time"))
    words = {"n": round(taken.value), "low": round(taken.lo80), "high": round(taken.hi80)}
    text = (
        _("A yes takes about %(n)d contacts, likely %(low)d to %(high)d. The next contact counts.") % words
        if taken.hi80 > taken.lo80
        else _("A yes has taken about %(n)d contacts. The next contact counts.") % words
    )
    return Step(text, reverse("worth:time"))


LINES: tuple[Callable[[Own], Line], ...] = (
    not_personal, learn_from_it, the_reason, who_to_ask, stay_in_touch, your_numbers,
)  # fmt: skip
