"""Everything the page of one referral shows, gathered in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from rebond.accounts.models import User
from rebond.base.play import Draft
from rebond.deals.models import Deal, Outcome
from rebond.deals.queries import deals_for
from rebond.deals.search import narrowed
from rebond.refer.access import may_write
from rebond.refer.drafts import Text
from rebond.refer.duplicates import WORDS as KNOWN
from rebond.refer.letters import common
from rebond.refer.models import Mode, Move, Referral, Reward, RiskFlag, State
from rebond.refer.queries.chain import Link, chain_of
from rebond.refer.queries.letters import Fate, fate_of
from rebond.refer.queries.thanks import ENDED, THANKED, WITHIN
from rebond.refer.queries.waiting import Wait, waits_for
from rebond.refer.risks import words as doubt
from rebond.refer.told import standing, writing
from rebond.refer.told.history import Line, history

#: Deals offered to link.
DEALS = 8


@dataclass(frozen=True)
class Asked:
    """How the page was asked for: which way of introducing, which wording, which language, which deal is looked for."""

    mode: str = ""
    variant: int = 0
    language: str = ""
    search: str = ""


@dataclass
class Shown:
    """What the page says. ``may``: the reader may write; ``leads``: settles doubts, and says what does not count."""

    headline: str
    by_itself: str
    may: bool
    leads: bool
    history: list[Line]
    taps: list[standing.Tap] = field(default_factory=list)
    chain: list[Link] = field(default_factory=list)
    flags: list[tuple[RiskFlag, str]] = field(default_factory=list)
    rewards: list[Reward] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    known: str = ""
    mode: str = ""
    language: str = ""
    pass_on: Text | None = None
    first: Draft | None = None
    thanks: Draft | None = None
    thank_for: Move | None = None
    deals: list[Deal] = field(default_factory=list)
    fate: Fate | None = None


def shown(referral: Referral, user: User, asked: Asked, *, now: datetime) -> Shown:
    """The page as ``user`` sees it."""
    page = Shown(
        headline=standing.headline(referral),
        by_itself=standing.by_itself(referral),
        may=may_write(user, referral.owner_id),
        leads=user.is_lead,
        history=history(referral),
        flags=[(one, doubt(one.code, one.detail)) for one in referral.flags.select_related("settled_by")],
        rewards=list(referral.rewards.select_related("payout", "rule").order_by("-at", "-pk")),
        chain=chain_of(referral.deal, user) if referral.deal else [],
        known=str(KNOWN.get(referral.duplicate_because, "")),
        language=_language(referral, user, asked),
        fate=fate_of(referral) if referral.message_key else None,
    )
    if referral.state == State.WON:
        page.waits = waits_for(referral, now=now)
    if page.may:
        page.taps = standing.taps(referral)
        _forms(page, referral, user, asked, now)
    return page


def _forms(page: Shown, referral: Referral, user: User, asked: Asked, now: datetime) -> None:
    if referral.state == State.AGREED and standing.who_of(referral):
        _introduction(page, referral, user, asked, now)
    if referral.state == State.INTRODUCED:
        page.deals = deals_to_link(referral, user, asked.search)
    page.thank_for = to_thank(page.history, now) if referral.state != State.VOID else None
    if page.thank_for is not None and referral.advocate.person is not None:
        theirs = common.advocate_language(referral.advocate, user)
        page.thanks = writing.thank_you(referral, page.thank_for, user, language=theirs, variant=asked.variant)


def _language(referral: Referral, user: User, asked: Asked) -> str:
    """The language an introduction is written in: as asked for; else the advocate's, or for ours the referred's."""
    if asked.language in writing.LANGUAGES:
        return asked.language
    if asked.mode == Mode.FIRST_CONTACT:
        return common.referred_language(referral, user)
    return common.advocate_language(referral.advocate, user)


def _introduction(page: Shown, referral: Referral, user: User, asked: Asked, now: datetime) -> None:
    """The way that is chosen, the best first, with its text."""
    page.mode = asked.mode if asked.mode in Mode.values else Mode.THREE_WAY.value
    language, variant = page.language, asked.variant
    if page.mode == Mode.FIRST_CONTACT:
        page.first = writing.first_message(referral, user, language=language, variant=variant, now=now)
    else:
        page.pass_on = writing.to_pass_on(referral, user, language=language, variant=variant)


def to_thank(lines: list[Line], now: datetime) -> Move | None:
    """The newest move worth thanks, if nobody thanked for it or decided not to, and it is not long ago."""
    newest = next((line.move for line in lines if line.move.to_state in THANKED), None)
    if newest is None or hasattr(newest, "thanks") or newest.at <= now - WITHIN:
        return None
    opened_again = newest.to_state == State.QUALIFIED and newest.from_state in ENDED
    return None if opened_again else newest


def deals_to_link(referral: Referral, user: User, search: str) -> list[Deal]:
    """Deals it may have led to: those searched for; else open ones with them or their company; the newest first."""
    found = deals_for(user).filter(outcome=Outcome.OPEN)
    if search:
        found = narrowed(found, "deal", search)
    elif referral.person_id:
        found = found.filter(deal_people__person=referral.person_id)
    elif referral.company_id:
        found = found.filter(company=referral.company_id)
    else:
        found = found.filter(company__name__iexact=referral.company_name) if referral.company_name else found.none()
    return list(found.select_related("company").distinct().order_by("-opened_at", "-pk")[:DEALS])
