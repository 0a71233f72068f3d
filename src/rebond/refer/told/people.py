"""What we know of one advocate: where from, whom they introduced, what was asked and answered, and thanked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import show_day
from rebond.deals.models import Deal, Outcome
from rebond.deals.queries import deals_for
from rebond.refer.access import asks_for, referrals_for
from rebond.refer.models import Advocate, AskStatus, Referral, ReferralAsk, State, Thanks
from rebond.refer.own_page.links import is_open, link_of
from rebond.refer.told.standing import who_in_words

#: So many of each are listed; older ones are counted.
AT_MOST = 50


@dataclass(frozen=True)
class Introduced:
    """One referral in the list: who, and its state; ``thanked``: for its newest move worth it."""

    referral: Referral
    who: str
    state: str


@dataclass(frozen=True)
class Asked:
    """One ask: when and by whom, and what they said."""

    ask: ReferralAsk
    words: str
    answer: str


@dataclass(frozen=True)
class Link:
    """Their page's address: ``url`` empty where it was taken back; ``open``: it still opens."""

    url: str
    until: datetime | None
    open: bool


def deals_of(advocate: Advocate, user: User) -> list[Deal]:
    """The deals they took part in that ``user`` may open, the newest first; one query."""
    found = deals_for(user).filter(deal_people__person=advocate.person_id).distinct()
    return list(found.order_by("-opened_at", "-pk")[:AT_MOST]) if advocate.person_id else []


def known_from(deals: Sequence[Deal]) -> str:
    """Where we know them from, in one sentence; the newest end decides."""
    ended = next((deal for deal in deals if deal.outcome != Outcome.OPEN), None)
    if not deals:
        return _("We never had a deal with them.")
    if ended is None:
        return _("A deal with them is open.")
    said = {"deal": ended.name, "day": show_day(ended.closed_at) if ended.closed_at else ""}
    if ended.outcome == Outcome.WON:
        return _("We know them from “%(deal)s”, won on %(day)s.") % said
    return _("We know them from “%(deal)s”, which ended in a no on %(day)s.") % said


def introduced(advocate: Advocate, user: User) -> tuple[list[Introduced], int]:
    """Whom they introduced, the newest first, and how many there are beyond those listed; two queries."""
    found = referrals_for(user).filter(advocate=advocate).exclude(name="", company_name="")
    rows = list(found.order_by("-created_at", "-pk")[: AT_MOST + 1])
    more = found.count() - AT_MOST if len(rows) > AT_MOST else 0
    return [Introduced(row, who_in_words(row), str(row.get_state_display())) for row in rows[:AT_MOST]], more


def asked(advocate: Advocate, user: User) -> list[Asked]:
    """The asks made and planned, the newest first; two queries."""
    if advocate.person_id is None:
        return []
    shown = (AskStatus.ASKED, AskStatus.PLANNED)
    found = asks_for(user).filter(person=advocate.person_id, status__in=shown).select_related("asked_by")
    asks = list(found.order_by("-planned_at", "-pk")[:AT_MOST])
    given: dict[int, list[Referral]] = {}
    for one in Referral.objects.filter(ask__in=asks).order_by("pk"):
        given.setdefault(one.ask_id or 0, []).append(one)
    return [Asked(ask, _ask_words(ask), _answer(given.get(ask.pk, []))) for ask in asks]


def _answer(given: Sequence[Referral]) -> str:
    """What they said to one ask; all the names they gave are one answer."""
    names = [one.name or one.company_name for one in given if one.name or one.company_name]
    state = given[0].state if given else ""
    if names or not state:
        return _("named %(who)s") % {"who": ", ".join(names)} if names else ""
    if state == State.ASKED:
        return _("no answer yet")
    if state == State.DECLINED:
        return _("they declined")
    if state == State.NO_ANSWER:
        return _("no answer came")
    return _("they agreed")


def _ask_words(ask: ReferralAsk) -> str:
    moment = ask.get_moment_display()
    if ask.status == AskStatus.PLANNED or ask.asked_at is None:
        return _("To be asked %(moment)s") % {"moment": moment}
    by = ask.asked_by.name if ask.asked_by else ""
    said = {"moment": moment, "name": by}
    return _("%(name)s asked %(moment)s") % said if by else _("Asked %(moment)s") % said


def evidence(state: str, at: datetime) -> str:
    """Why we may stay in touch with an advocate, as it is kept with the basis: what they did themselves, and when.
    Nobody else is named in it."""
    said = {"day": show_day(at)}
    if state in (State.ASKED, State.DECLINED, State.NO_ANSWER):
        return ""
    if state in (State.AGREED, State.LAPSED):
        return _("agreed to introduce us, %(day)s") % said
    return _("introduced somebody to us, %(day)s") % said


def thanked(advocate: Advocate, user: User) -> list[Thanks]:
    """The thank-yous given, the newest first; one query."""
    mine = Thanks.objects.filter(move__referral__in=referrals_for(user).filter(advocate=advocate).values("pk"))
    return list(
        mine.exclude(channel="").select_related("by", "move__referral").order_by("-at", "-pk")[:AT_MOST]
    )  # fmt: skip


def link(advocate: Advocate, now: datetime) -> Link:
    """Their page's address, as it stands."""
    return Link(link_of(advocate), advocate.link_until, is_open(advocate, now))
