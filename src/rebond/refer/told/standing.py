"""Where a referral stands, in one sentence, and what may come next, as verbs."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from rebond.base.dates import show_day
from rebond.refer import states
from rebond.refer.models import Referral, State

#: With a name, and (``_UNNAMED``) before anybody was named.
_NAMED: dict[str, str | Promise] = {
    State.ASKED: gettext_lazy("%(advocate)s was asked on %(day)s, and has %(who)s in mind."),
    State.AGREED: gettext_lazy("%(advocate)s agreed to introduce %(who)s. The introduction is still to come."),
    State.DECLINED: gettext_lazy("%(advocate)s declined on %(day)s. We do not ask again for twelve months."),
    State.NO_ANSWER: gettext_lazy("%(advocate)s was asked, and no answer came. That is an answer too."),
    State.LAPSED: gettext_lazy("%(advocate)s named %(who)s, and no introduction came about."),
    State.INTRODUCED: gettext_lazy("%(advocate)s introduced %(who)s. Which deal does it lead to?"),
    State.QUALIFIED: gettext_lazy("%(who)s is in conversation with us, thanks to %(advocate)s."),
    State.DISQUALIFIED: gettext_lazy("%(advocate)s introduced %(who)s, and it was not a fit."),
    State.DUPLICATE: gettext_lazy("%(advocate)s named %(who)s, whom we knew already."),
    State.WON: gettext_lazy("%(who)s became a customer, thanks to %(advocate)s."),
    State.LOST: gettext_lazy("%(advocate)s introduced %(who)s, and they said no this time."),
    State.REWARD_DUE: gettext_lazy("%(who)s became a customer, and a reward is due to %(advocate)s."),
    State.PAID: gettext_lazy("%(advocate)s has the reward for introducing %(who)s."),
    State.FORFEITED: gettext_lazy("%(who)s became a customer; the reward for %(advocate)s was forfeited."),
    State.CLAWED_BACK: gettext_lazy("The deal with %(who)s was undone, and the reward of %(advocate)s was taken back."),
    State.VOID: gettext_lazy("This introduction does not count."),
}
_UNNAMED: dict[str, str | Promise] = {
    State.ASKED: gettext_lazy("%(advocate)s was asked on %(day)s. Nobody is named yet."),
    State.AGREED: gettext_lazy("%(advocate)s agreed to introduce somebody. Whom, is not said yet."),
    State.LAPSED: gettext_lazy("%(advocate)s agreed to introduce somebody, and nobody was named."),
}
#: What a person may do by one tap; other moves have a form of their own, or follow from facts.
_TAPS: dict[str, str | Promise] = {
    State.AGREED: pgettext_lazy("referral", "They agreed"),
    State.DECLINED: pgettext_lazy("referral", "They declined"),
    State.NO_ANSWER: pgettext_lazy("referral", "No answer came"),
    State.LAPSED: pgettext_lazy("referral", "It will not come about"),
    State.DISQUALIFIED: pgettext_lazy("referral", "Not a fit"),
    State.DUPLICATE: pgettext_lazy("referral", "We knew them already"),
}
#: What comes by itself from here, in one sentence.
_BY_ITSELF: dict[str, str | Promise] = {
    State.ASKED: gettext_lazy("Thirty days after the ask without a word, it ends by itself as “no answer”."),
    State.AGREED: gettext_lazy("Sixty days after their word without an introduction, it ends by itself."),
    State.QUALIFIED: gettext_lazy("Won or lost follows from the deal; nothing is to be done here."),
    State.LOST: gettext_lazy("If the deal is opened again, so is this introduction."),
    State.WON: gettext_lazy("The reward becomes due by itself, once nothing stands in its way."),
    State.REWARD_DUE: gettext_lazy("Whoever leads approves the reward; then it is handed out."),
}


@dataclass(frozen=True)
class Tap:
    """One legal move that needs nothing but a tap: the state it leads to, and the verb on the button."""

    to: str
    label: str


def who_of(referral: Referral) -> str:
    """Who is introduced, by name, else by company; empty before anybody was named."""
    return referral.name or referral.company_name


def who_in_words(referral: Referral) -> str:
    """The same, with the company beside the name; "somebody" before anybody was named."""
    if referral.name and referral.company_name:
        return _("%(name)s of %(company)s") % {"name": referral.name, "company": referral.company_name}
    return who_of(referral) or _("somebody")


def advocate_of(referral: Referral) -> str:
    """The advocate's name; "somebody who introduced us" where their record was erased."""
    person = referral.advocate.person
    return person.name if person else _("an advocate whose record was erased")


def headline(referral: Referral) -> str:
    """Where it stands. ``advocate__person`` is loaded."""
    sentence = _NAMED[referral.state] if who_of(referral) else _UNNAMED.get(referral.state, _NAMED[referral.state])
    said = {
        "advocate": advocate_of(referral), "who": who_in_words(referral), "day": show_day(referral.state_at),
    }  # fmt: skip
    return str(sentence) % said


def taps(referral: Referral) -> list[Tap]:
    """The legal moves by hand that need nothing but a tap; ``agreed`` only where somebody is named already."""
    may = [to for to in states.next_states(referral.state) if to in states.BY_HAND and to in _TAPS]
    return [Tap(to, str(_TAPS[to])) for to in may]


def by_itself(referral: Referral) -> str:
    """What follows from here without anybody; empty where nothing does."""
    if referral.state == State.WON and referral.programme_id is None:
        return _("No reward goes with it. Thanks are always right.")
    return str(_BY_ITSELF.get(referral.state, ""))


def may_be_void(referral: Referral) -> bool:
    """Whether it may still be said not to count."""
    return states.is_legal(referral.state, State.VOID)
