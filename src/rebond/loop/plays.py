"""The loop's own items: open deals that went quiet. They belong to no practice; a touch ends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from textwrap import shorten
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import show_day
from rebond.base.money import show
from rebond.base.play import Evidence, Play, Verb
from rebond.deals.models import Deal, DealPerson, Outcome, Touch
from rebond.deals.queries import contacts_of, last_touches, outgoing_and_silent
from rebond.findings.worth import Candidate, in_order, pks_of, price_of
from rebond.loop.prices.codes import ever_code, follows_code
from rebond.numbers.pricing import Price, Prices

#: No contact for three weeks is quiet; after a year it is no longer news but history.
QUIET_AFTER = timedelta(days=21)
FORGOTTEN_AFTER = timedelta(days=365)
MINUTES = 5
QUIET = "loop.quiet"
#: What the chance of a deal is of, in the words of the sum.
LABELS: dict[str, Promise] = {"deal.ever": gettext_lazy("are won in the end, at this point")}


def quiet_deals(user: User, *, now: datetime) -> QuerySet[Deal]:
    """``user``'s open deals without contact for three weeks to a year, most money first."""
    last = Coalesce("last_touch_at", "opened_at")
    mine = Deal.objects.filter(owner=user, outcome=Outcome.OPEN).annotate(heard_at=last)
    quiet = mine.filter(heard_at__lte=now - QUIET_AFTER, heard_at__gt=now - FORGOTTEN_AFTER)
    return quiet.select_related("company", "stage").order_by(F("amount_minor").desc(nulls_last=True), "-heard_at", "pk")


def candidates(
    *, user: User, now: datetime, prices: Prices, states: Callable[[], Mapping[int, tuple[int, int]]] | None = None
) -> list[Candidate]:  # fmt: skip
    """Every quiet deal of ``user``; two queries.

    Args:
        states: gives contacts of ours and how many of the last went unanswered, where the caller shares it.
    """
    columns = ("pk", "last_touch_at", "opened_at", "amount_minor", "currency")
    rows = list(quiet_deals(user, now=now).values_list(*columns))
    known: Mapping[int, tuple[int, int]] = {}
    if rows and prices.rates:
        known = states() if states else outgoing_and_silent([row[0] for row in rows])
    zone = ZoneInfo(user.time_zone)
    return [
        Candidate(
            f"{QUIET}:{pk}", MINUTES, ((touched or opened or now) + QUIET_AFTER).astimezone(zone).date(), 4,
            deal_price(prices, known.get(pk, (0, 0)), amount, currency),
        )
        for pk, touched, opened, amount, currency in rows
    ]  # fmt: skip


def deal_price(prices: Prices, state: tuple[int, int], amount: int | None, currency: str) -> Price | None:
    """What one more contact of an open deal is worth.

    Args:
        state: contacts of ours so far, and how many of the last went unanswered.
    """
    follows = prices.rates.get(follows_code(*state))
    takes = max(follows.value, MINUTES) if follows else None
    return price_of(prices, (ever_code(*state),), MINUTES, gain=prices.gain_of(amount, currency), takes=takes)


def filled(*, user: User, now: datetime, candidates: Sequence[Candidate]) -> list[Play]:
    """Those of ``candidates`` written out; three queries."""
    deals = list(quiet_deals(user, now=now).filter(pk__in=pks_of(candidates, QUIET)))
    contacts, touches = contacts_of(deals), last_touches(deals)
    plays = [_quiet(deal, contacts.get(deal.pk), touches.get(deal.pk), user, now) for deal in deals]
    return in_order(candidates, plays)


def _quiet(deal: Deal, contact: DealPerson | None, touch: Touch | None, user: User, now: datetime) -> Play:
    heard = deal.last_touch_at or deal.opened_at or deal.created_at
    weeks = (now - heard).days // 7
    firm = deal.company.name if deal.company else ""
    return Play(
        key=f"{QUIET}:{deal.pk}",
        icon="phone",
        who=contact.person.name if contact else firm or deal.name,
        company=firm if contact else deal.name if firm else "",
        verb=_("Follow up"),
        why=ngettext("quiet for %(weeks)d week", "quiet for %(weeks)d weeks", weeks) % {"weeks": weeks},
        minutes=MINUTES,
        since=(heard + QUIET_AFTER).astimezone(ZoneInfo(user.time_zone)).date(),
        weight=4,
        evidence=(*_last_contact(touch), *_of_the_deal(deal), *_how_to_reach(contact)),
        main=_touch(deal, "call", _("Called"), "phone"),
        others=(
            _touch(deal, "email", _("Emailed"), "mail"),
            _touch(deal, "meeting", _("Met"), "users-plus"),
            Verb(_("Close it"), reverse("loop:deal", args=[deal.pk]) + "#close", icon="door-exit", key="l", link=True),
        ),
        deal_id=deal.pk,
    )


def _last_contact(touch: Touch | None) -> list[Evidence]:
    """What was last said, or at least how and with whom."""
    if touch is None:
        return [Evidence(_("No contact logged yet"), "")]
    what = str(touch.get_channel_display())
    with_whom = f"{what}, {touch.person.name}" if touch.person else what
    text = f"{with_whom}: “{shorten(touch.note, 140, placeholder='…')}”" if touch.note else with_whom
    return [Evidence(text, show_day(touch.at))]


def _of_the_deal(deal: Deal) -> list[Evidence]:
    said = [Evidence(deal.name, _("deal"))]
    if deal.amount_minor is not None:
        said.append(Evidence(show(deal.amount_minor, deal.currency, get_language() or "en"), _("amount")))
    if deal.stage:
        said.append(Evidence(deal.stage.name, _("stage")))
    if deal.competitor not in ("", "none"):
        said.append(Evidence(deal.competitor, _("competitor")))
    if deal.next_step:
        said.append(Evidence(deal.next_step, _("next step")))
    return said


def _how_to_reach(contact: DealPerson | None) -> list[Evidence]:
    if contact is None:
        return []
    ways = ((contact.person.phone, _("phone")), (contact.person.email, _("email")))
    return [Evidence(value, label) for value, label in ways if value]


def _touch(deal: Deal, channel: str, label: str, icon: str) -> Verb:
    return Verb(label, reverse("loop:touched", args=[deal.pk]), icon=icon, fields={"channel": channel})
