"""The gift-policy gate: before a reward reaches somebody who is employed elsewhere, these must hold.

Paying an employee of a company that refused us is a question of gift policies before it is one of tax: the employer
says yes, or the reward goes elsewhere (a charity, the company itself, nowhere); gifts to prospects are ill-placed while
their own deal is open or freshly lost (https://hdjvda.com/cadeaux-professionnel-fin-annee); public officials and
regulated professions get none at all (the French anti-corruption agency's guide on gifts of 2020, by
https://www.shubertcollin.com/fr/actualite/doc/les-cadeaux-d-affaire_476/doc_actu.dhtml). Pure: no database, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.base.dates import show_day
from rebond.refer.models import Allows, RewardKind

#: Rewards that do not enrich the person, so that no employer has to allow them.
NOT_FOR_THEMSELVES = frozenset({RewardKind.DONATION.value, RewardKind.CREDIT.value})
NONE = "none"
#: Answers of an advocate with which a reward may reach the person.
ALLOWED = frozenset({Allows.YES.value, Allows.SELF.value})
#: Codes that time or an answer can still lift; the others hold until somebody changes what they are about.
PASSING = frozenset({"not_chosen", "permission", "own_deal_open", "own_deal_lost", "year_full"})


@dataclass(frozen=True)
class Case:
    """What the gate looks at.

    Attributes:
        allows, wants: as the advocate said (``Allows``; a ``RewardKind``, ``none`` or empty).
        offered: the kinds their version of the programme offers.
        today: the local day; ``own_deal_open``: a deal they take part in is open; ``own_deal_lost_on``: the day their
            last deal was lost; ``own_deal_days``: how long after it nothing is given.
        room_minor: what is left of the most for one person in a year; ``None``: no such limit, or not looked at.
    """

    allows: str
    wants: str
    today: date
    offered: frozenset[str] = field(default_factory=frozenset)
    own_deal_open: bool = False
    own_deal_lost_on: date | None = None
    own_deal_days: int = 90
    room_minor: int | None = None

    @property
    def clear_on(self) -> date | None:
        """The first day on which their own deal no longer stands in the way; ``None``: it never did."""
        return self.own_deal_lost_on + timedelta(days=self.own_deal_days) if self.own_deal_lost_on else None


def why_no_reward(case: Case) -> list[str]:
    """Codes of what stands in the way, the weightiest first; empty: the reward may be given.

    >>> why_no_reward(Case("unknown", "voucher", date(2026, 6, 9), frozenset({"voucher", "donation"})))
    ['permission']
    >>> why_no_reward(Case("unknown", "donation", date(2026, 6, 9), frozenset({"voucher", "donation"})))
    []
    """
    if case.wants == NONE:
        return ["wants_none"]
    return [code for code, holds in _checks(case) if holds]


def _checks(case: Case) -> list[tuple[str, bool]]:
    to_themselves = case.wants not in NOT_FOR_THEMSELVES
    return [
        ("public_official", case.allows == Allows.PUBLIC),
        ("regulated", case.allows == Allows.REGULATED),
        ("employer_refuses", case.allows == Allows.NO and bool(case.wants) and to_themselves),
        ("not_chosen", not case.wants),
        ("not_offered", bool(case.wants) and case.wants not in case.offered),
        ("permission", case.allows == Allows.UNKNOWN and bool(case.wants) and to_themselves),
        ("own_deal_open", case.own_deal_open),
        ("own_deal_lost", bool(case.clear_on and case.today < case.clear_on)),
        ("year_full", case.room_minor is not None and case.room_minor <= 0),
    ]


def may_choose(allows: str, offered: frozenset[str]) -> list[str]:
    """The kinds an advocate who said ``allows`` may choose among, in the order of ``RewardKind``; ``none`` always is.

    >>> may_choose("no", frozenset({"voucher", "donation"}))
    ['donation', 'none']
    """
    if allows in (Allows.PUBLIC, Allows.REGULATED):
        return [NONE]
    kinds = [kind for kind in RewardKind.values if kind in offered]
    return [*(kind for kind in kinds if allows in ALLOWED or kind in NOT_FOR_THEMSELVES), NONE]


#: Every code as a team reads it. ``%(day)s``: the first day it no longer holds.
WORDS: Mapping[str, Promise] = {
    "wants_none": _("they want no reward"),
    "public_official": _("a public official: no reward is given"),
    "regulated": _("a regulated profession: no reward is given"),
    "employer_refuses": _("their employer does not allow it; a donation or credit for the company stays possible"),
    "not_chosen": _("they have not chosen a reward yet"),
    "not_offered": _("their programme does not offer what they chose"),
    "permission": _("their employer’s permission; a donation or credit for the company needs none"),
    "own_deal_open": _("the end of the deal they decide on themselves"),
    "own_deal_lost": _("%(day)s: until then their own lost deal is too fresh"),
    "year_full": _("next year: this year’s most for one person is reached"),
}
#: The same as the advocate reads it, on their own page.
FOR_THEM: Mapping[str, Promise] = {
    "wants_none": _("You asked for no reward. Thank you all the same."),
    "public_official": _("You told us that you hold a public office, so we give no reward. Our thanks stay."),
    "regulated": _("You told us that your profession has rules about gifts, so we give no reward. Our thanks stay."),
    "employer_refuses": _("Your employer does not allow it. A donation or credit for your company stays possible."),
    "not_chosen": _("Choose what you would like, or nothing at all."),
    "not_offered": _("What you chose is not part of these terms. Choose something else, or nothing at all."),
    "permission": _(
        "Tell us whether your employer allows it. A donation or credit for your company needs no permission."
    ),
    "own_deal_open": _(
        "While your company is talking with us about a deal, we give nothing. We come back to it after."
    ),
    "own_deal_lost": _("Your own decision is too fresh for a present. We come back to it on %(day)s."),
    "year_full": _("You have received the most we may give one person in a year. Thank you."),
}


def words(code: str, case: Case | None = None, *, for_them: bool = False) -> str:
    """A code as a sentence, for the team, or for the advocate (``for_them``)."""
    text = str((FOR_THEM if for_them else WORDS)[code])
    return text % {"day": show_day(case.clear_on)} if case is not None and "%(day)s" in text else text
