"""The blocks of Value of time: which there are, in which order, what each is called and made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import User
from rebond.deals.models import Outcome
from rebond.deals.queries import deals_for
from rebond.deals.whose import ALL, sellers_for, teams_for
from rebond.findings import words as said
from rebond.findings.finding import Finding
from rebond.numbers.estimate import Estimate
from rebond.worth import priced
from rebond.worth.models import Measure
from rebond.worth.queries import answers
from rebond.worth.queries.assumed import assumed
from rebond.worth.queries.changes import changes
from rebond.worth.queries.results import CorrectedAnswer, RatioAnswer, Tile, Tiles
from rebond.worth.time import findings, words
from rebond.worth.view import PERIODS, View

#: From so many contacts on a first figure may appear.
CONTACTS_FROM = 10
#: Changes said in the line under the title, the latest.
CHANGES = 2
#: Sellers offered by name; in a larger company one goes by the team first.
SELLERS = 200


@dataclass(frozen=True)
class Block:
    """One part of the page: its template and what that shows."""

    name: str
    findings: tuple[Finding, ...] = ()
    template: str = "worth/time/findings.html"
    more: dict[str, Any] = field(default_factory=dict)


def titles() -> dict[str, str]:
    """The blocks of the grid by name, in the order of the page: what stands there until it has come."""
    return {
        "kinds": _("Where the hours go"),
        "next": _("When to stop"),
        "conversations": _("Conversations to end"),
        "move": _("Two hours a week"),
        "groups": _("Beside each other"),
    }


def heads() -> dict[str, str]:
    """Those above the grid."""
    return {
        "ratio": _("What a contact is worth"), "corrected": _("Corrected for deals still open"),
        "tiles": _("One hour, one call, one email, one meeting"),
    }  # fmt: skip


def every_title() -> dict[str, str]:
    """Every block with a page of its own."""
    return heads() | titles() | {"changes": _("What changed"), "lede": _("Hours of contact")}


def build(name: str, view: View, *, now: datetime) -> Block:
    """The block of that name; ``KeyError`` when there is none."""
    return BUILDERS[name](view, now)


# ---- the method's own


def _ratio(view: View) -> Block:
    answer = answers.ratio(view)
    more = {
        "answer": answer, "headline": _ratio_headline(answer, view), "steps": _ratio_steps(answer),
        "sure": _ratio_sure(answer), "missing": _ratio_missing(answer), "largest": _largest(answer),
        "others": _other_currency(answer), "rows": f"{reverse('worth:opened')}?{view.as_query(what='sales')}",
        "assumptions": reverse("worth:assumptions"), "needs_plan": answer.per_contact.code == "no_commission",
    }  # fmt: skip
    return Block("ratio", template="worth/time/ratio.html", more=more)


def _ratio_headline(answer: RatioAnswer, view: View) -> str:
    worth = answer.per_contact.value
    if worth is None:
        return _("What a contact is worth")
    figure = {"money": words.money(abs(worth), answer.currency)}
    if worth < 0:
        return _("Every contact has cost %(money)s: sales brought less than nothing") % figure
    if view.is_own:
        return _("Every contact of yours has brought %(money)s, also the one that met a no") % figure
    return _("Every contact has brought %(money)s, also the one that met a no") % figure


def _ratio_steps(answer: RatioAnswer) -> dict[str, str] | None:
    """The sum, written out; ``None`` where it cannot be made."""
    worth, each = answer.per_contact.value, answer.per_sale.value
    if worth is None or each is None or answer.average is None:
        return None
    margin = answer.counts_as == Measure.MARGIN
    return {
        "average": said.money(answer.average, answer.currency),
        "earns": _("average margin") if margin else _("average commission"), "each": said.decimal(each),
        "worth": words.money(worth, answer.currency),
    }  # fmt: skip


def _ratio_sure(answer: RatioAnswer) -> str:
    counts = _counts(answer)
    range_ = words.likely(answer.per_contact, answer.currency) or words.no_range(answer.per_contact)
    if range_:
        return _("%(range)s; %(counts)s") % {"range": range_[:1].upper() + range_[1:], "counts": counts}
    return counts


def _counts(answer: RatioAnswer) -> str:
    return ngettext("%(sales)s sale, %(contacts)s contacts of all deals, lost ones too",
                    "%(sales)s sales, %(contacts)s contacts of all deals, lost ones too", answer.sales) % {
        "sales": said.count(answer.sales), "contacts": said.count(answer.contacts)}  # fmt: skip


def _ratio_missing(answer: RatioAnswer) -> str:
    """What there is too little of for a first figure; empty where there is one."""
    if answer.per_contact.known:
        return ""
    if answer.contacts < CONTACTS_FROM:
        need = CONTACTS_FROM - answer.contacts
        return ngettext("%(need)s contact more and a first figure appears.",
                        "%(need)s contacts more and a first figure appears.", need) % {
            "need": said.count(need)}  # fmt: skip
    return words.why_not(answer.per_contact if answer.per_sale.known else answer.per_sale)


def _largest(answer: RatioAnswer) -> str:
    """Where one sale is most of it: said, with the figure without that sale."""
    without = answer.without_largest
    if without is None or answer.largest_share is None:
        return ""
    share = {"share": said.percent(answer.largest_share)}
    if without.value is None:
        return _("One sale brings %(share)s of this.") % share
    return _("One sale brings %(share)s of this; without it a contact brought %(money)s.") % (
        share | {"money": words.money(without.value, answer.currency)}
    )


def _other_currency(answer: RatioAnswer) -> str:
    n = answer.other_currency
    if not n:
        return ""
    return ngettext("%(n)s sale in another currency is counted as a sale, its amount is in no sum.",
                    "%(n)s sales in another currency are counted as sales, their amounts are in no sum.", n) % {
        "n": said.count(n)}  # fmt: skip


def _corrected(view: View) -> Block:
    answer = answers.corrected(view)
    return Block("corrected", template="worth/time/corrected.html", more=_corrected_words(answer))


def _corrected_words(answer: CorrectedAnswer) -> dict[str, Any]:
    found = answer.per_contact
    return {
        "figure": words.money(found.value, answer.currency) if found.value is not None else "",
        "likely": words.likely(found, answer.currency), "missing": "" if found.known else words.why_not(found),
        "cases": words.cases(found) if found.known else "", "days": answer.window_days,
    }  # fmt: skip


# ---- one hour, one call


def _tiles(view: View) -> Block:
    answer = answers.tiles(view)
    more = {
        "hour": _tile_words(_("One hour"), answer.hour, answer.currency), "cost": _cost(answer),
        "tiles": [_contact(tile, answer) for tile in answer.tiles], "assumptions": reverse("worth:assumptions"),
    }  # fmt: skip
    return Block("tiles", template="worth/time/tiles.html", more=more)


def _cost(answer: Tiles) -> str:
    if answer.hour_cost is None:
        return ""
    return _("costs %(money)s") % {"money": words.money(answer.hour_cost, answer.currency)}


def _contact(tile: Tile, answer: Tiles) -> dict[str, str]:
    name = words.channel_names()[tile.name]
    return _tile_words(name, tile.worth, answer.currency) | {"minutes": words.minutes(tile.minutes)}


def _tile_words(name: str, found: Estimate, currency: str) -> dict[str, str]:
    return {
        "name": name, "figure": words.money(found.value, currency) if found.value is not None else "",
        "likely": words.likely(found, currency) or words.no_range(found),
    }  # fmt: skip


def _lede(view: View) -> Block:
    """How many hours it is about, in the line under the title."""
    found = answers.hours_of(view).overall
    return Block("lede", template="worth/time/lede.html", more={
        "hours": words.hours(found.hours), "timed": found.timed or 0, "contacts": found.touches, "view": view,
    })  # fmt: skip


# ---- the rest


def _conversations(view: View, now: datetime) -> Block:
    """What to end, by the price list of whoever it is about."""
    from rebond.worth.queries.conversations import conversations

    of = view.seller or view.user
    if of is None:
        return Block("conversations", template="worth/time/conversations.html", more={"found": None})
    deals = deals_for(view.user).filter(outcome=Outcome.OPEN) & view.whose.records()
    if view.segment:
        deals = deals.filter(segment=view.segment)
    if not view.is_one_person and not view.shows_sellers:  # what a colleague should end is between them and who leads
        deals = deals.filter(owner=view.user)
    prices = priced.prices_for(of, now=now)
    found = conversations(deals, prices=prices, now=now)
    if found.why_none == "cost" and assumed(of.team_id, on=view.today, currency=prices.currency).hour_cost_minor:
        found = replace(found, why_none="soon")  # the cost is known, the list of prices is still to be made
    from rebond.worth.time.ending import shown

    return Block("conversations", template="worth/time/conversations.html", more=shown(found, view, now))


def _changes(view: View) -> Block:
    """What changed under the figures, as one quiet line with dates."""
    found = changes(view.team_id, view.since, view.until, everywhere=view.whose.kind == ALL)
    more = {"changes": found[-CHANGES:], "rest": len(found[:-CHANGES])}
    return Block("changes", template="worth/time/changes.html", more=more)


#: Blocks of whole days, which the hour does not change.
_OF_DAYS: dict[str, Callable[[View], Block]] = {
    "ratio": _ratio, "corrected": _corrected, "tiles": _tiles, "lede": _lede, "changes": _changes,
    "kinds": lambda view: Block("kinds", (findings.kinds(answers.kinds(view), view),)),
    "next": lambda view: Block("next", (findings.next_touch(answers.next_touch(view)),)),
    "groups": lambda view: Block("groups", findings.groups(answers.groups(view))),
    "move": lambda view: Block("move", (findings.move(answers.move(view), view),)),
}  # fmt: skip


def _at_any_hour(make: Callable[[View], Block]) -> Callable[[View, datetime], Block]:
    return lambda view, _now: make(view)


BUILDERS: dict[str, Callable[[View, datetime], Block]] = {
    **{name: _at_any_hour(make) for name, make in _OF_DAYS.items()}, "conversations": _conversations,
}  # fmt: skip


# ---- what may be chosen


def period_choices() -> list[tuple[str, str]]:
    """The periods that may be chosen, the names of ``view.PERIODS``."""
    names = {"3m": _("3 months"), "12m": _("12 months"), "all": _("All the time")}
    return [(name, names[name]) for name in PERIODS]


def whose_choices(user: User) -> list[tuple[str, str]]:
    """Whose time may be looked at: one's own, the team, and for who leads each of its sellers by name."""
    found = [("own", _("My time"))]
    if user.team_id is not None and not user.is_admin:
        found.append(("team", _("My team")))
    if user.is_admin:
        found.append(("all", _("Everybody")))
    found += [(f"team-{team.pk}", team.name) for team in teams_for(user)]
    sellers = sellers_for(user).exclude(pk=user.pk)[:SELLERS]
    return found + [(f"seller-{seller.pk}", seller.name) for seller in sellers]
