"""What the bell says, to whom: each circle hears what the people who won let it hear, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import Role, User
from rebond.base.money import show
from rebond.celebrate.milestones import earlier_noes
from rebond.celebrate.models import Milestone, Preference, Visibility, Win
from rebond.celebrate.visibility import DEFAULT, Wish, most_private
from rebond.live import topics

LANGUAGES = ("en", "fr")
#: What a milestone gives away: of an amount, of a person, of a customer. It is told where that may be told.
GIVES_AWAY = {
    Milestone.AFTER_A_NO: "show_customer", Milestone.BY_REFERRAL: "show_customer", Milestone.DRY_SPELL: "show_name",
    Milestone.FIRST_EVER: "show_name", Milestone.LARGEST: "show_amount", Milestone.QUICKEST: "show_customer",
    Milestone.PATIENT: "show_customer",
}  # fmt: skip


@dataclass(frozen=True)
class Telling:
    """One live event: ``bell``, or ``count`` for a circle that may only know that there was one."""

    kind: str
    audience: list[str]
    data: dict[str, Any]


@dataclass(frozen=True)
class Circle:
    """Whose a win is, and what all of them together let others hear."""

    people: list[User]
    wish: Wish


def circle_around(win: Win) -> Circle:
    """As it is now; two queries."""
    people = people_of(win)
    return Circle(people, wish_of(win, people))


def people_of(win: Win) -> list[User]:
    """Whose win it is: the deal's owner and everybody who had a part."""
    with_part = [part.user for part in win.parts.select_related("user")]
    return [*([win.owner] if win.owner else []), *with_part]


def wish_of(win: Win, people: Sequence[User] | None = None) -> Wish:
    """What all of them together let others hear, as they wish it now; two queries at most."""
    people = people_of(win) if people is None else people
    said = {one.user_id: one for one in Preference.objects.filter(user__in=people)}
    return most_private([as_wish(said.get(one.pk)) for one in people])


def as_wish(said: Preference | None) -> Wish:
    """A person's own, or the default."""
    if said is None:
        return DEFAULT
    return Wish(said.visibility, said.show_name, said.show_amount, said.show_customer)


def tellings(win: Win, around: Circle) -> list[Telling]:
    """Everything that is told about one win; nobody is told twice."""
    people, wish = around.people, around.wish
    own = [topics.person(one.pk) for one in people if not _hears_anyway(one, win, wish)]
    found = [Telling("bell", sorted({*_audience(win, wish), *own}), data_of(win, wish))]
    if not _wide(wish) and win.team_id:
        found.append(Telling("count", [topics.team(win.team_id)], {"team": win.team_id}))
    return [one for one in found if one.audience]


def _hears_anyway(person: User, win: Win, wish: Wish) -> bool:
    """Whether one of its people hears of it with everybody, or with the team it was won in."""
    if wish.visibility == Visibility.EVERYONE:
        return True
    return wish.visibility == Visibility.TEAM and win.team_id is not None and person.team_id == win.team_id


def _wide(wish: Wish) -> bool:
    """Whether the whole team hears of it."""
    return wish.visibility in (Visibility.EVERYONE, Visibility.TEAM)


def _audience(win: Win, wish: Wish) -> list[str]:
    if wish.visibility == Visibility.EVERYONE:
        return [topics.EVERYONE]
    if wish.visibility == Visibility.NOBODY or win.team_id is None:
        return []
    if wish.visibility == Visibility.TEAM:
        return [topics.team(win.team_id)]
    leads = User.objects.filter(team=win.team_id, role=Role.MANAGER, is_active=True)
    return [topics.person(pk) for pk in leads.order_by("pk").values_list("pk", flat=True)]


def data_of(win: Win, wish: Wish) -> dict[str, Any]:
    """What a screen shows, and nothing beyond: there is no id of a deal in it, nor anything that was not let."""
    noes = earlier_noes(win.deal)
    told = (win.rung_at or win.at).isoformat()
    return {"win": win.pk, "at": win.at.isoformat(), "told": told, "team": win.team_id} | {
        language: _in(language, win, wish, noes) for language in LANGUAGES
    }


def _in(language: str, win: Win, wish: Wish, noes: int) -> dict[str, Any]:
    with translation.override(language):
        return {"title": title(win, wish), "line": line(win, wish, noes, language), "milestones": special(win, wish)}


def customer_of(win: Win) -> str:
    """Its company, or else the deal's name."""
    return win.deal.company.name if win.deal.company else win.deal.name


def named(win: Win, wish: Wish) -> tuple[str, str]:
    """Whose win it is and which customer's, as far as each may be named; either may be empty."""
    name = win.owner.first_name if win.owner and wish.show_name else ""
    return name, customer_of(win) if wish.show_customer else ""


def title(win: Win, wish: Wish) -> str:
    """ "Signed! Camille, Brasserie du Lac", as far as each may be named."""
    return titled(*named(win, wish))


def titled(name: str, company: str) -> str:
    """The same of what may be named; either may be empty.

    >>> titled("Camille", "Brasserie du Lac"), titled("", "")
    ('Signed! Camille, Brasserie du Lac', 'Signed! One more for the team')
    """
    names = {"name": name, "company": company}
    if name and company:
        return _("Signed! %(name)s, %(company)s") % names
    if name:
        return _("Signed! By %(name)s") % names
    if company:
        return _("Signed! %(company)s") % names
    return _("Signed! One more for the team")


def line(win: Win, wish: Wish, noes: int, language: str) -> str:
    """What stands below: the amount where it may be shown, the noes before it."""
    parts = []
    if wish.show_amount and win.deal.amount_minor is not None:
        parts.append(show(win.deal.amount_minor, win.deal.currency, language, cents=False))
    if noes and wish.show_customer:
        parts.append(ngettext("after %(count)d no", "after %(count)d noes", noes) % {"count": noes})
    return " · ".join(parts)


def special(win: Win, wish: Wish) -> list[str]:
    """Its milestones in words as far as they give nothing away that is kept; without the noes, which the line says."""
    known = [Milestone(code) for code in win.milestones if code in Milestone.values and code != Milestone.AFTER_A_NO]
    return [str(code.label) for code in known if getattr(wish, GIVES_AWAY[code])]


def to_try(now: datetime) -> dict[str, Any]:
    """What a bell says that is only tried; there is no win 0."""
    said: dict[str, Any] = {"win": 0, "at": now.isoformat(), "told": now.isoformat(), "team": None}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = {"title": _("The bell, tried"), "line": _("Nothing was won just now."), "milestones": []}
    return said
