"""Open conversations whose next hour is worth less than it costs (M22), and those that were kept against the advice.

The next hour is the next contact and the work that usually follows: its worth is the chance that the deal is won in the
end, from where it stands (contacts made, how many of the last unanswered), times what the sale would bring. "End it" is
said only where even the upper end of the likely range lies below the cost (``numbers.next_touch``, whose rule it is),
never for a state seen fewer than ten times, and never within a week of the last contact.

Quick at 100,000 deals: states are counted by one aggregated query over an index, prices made once per state and amount,
and only one page is written out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from rebond.accounts.models import User
from rebond.deals.models import Deal, Outcome
from rebond.deals.queries import outgoing_and_silent
from rebond.findings.worth import price_of
from rebond.numbers.deal_codes import ever_code, follows_code
from rebond.numbers.pricing import Price, Prices, Rate
from rebond.worth.models import Objection, Right
from rebond.worth.queries.spent import Talk, minutes_of, talks_of

#: Contacts made, and how many of the last stayed unanswered.
State = tuple[int, int]
#: What one contact takes where nobody knows better; as an item of Today.
MINUTES = 5
#: No advice for a state seen less often; none while fewer stayed unanswered; none so soon after a contact.
SEEN, SILENT, WAIT = 10, 3, timedelta(days=7)
#: A conversation that moved after all is left alone for so long.
LEFT_ALONE = timedelta(days=42)
PER_PAGE = 20
NOTHING = (0.0, 0.0)
END, YOURS = "end", "yours"


@dataclass(frozen=True, slots=True)
class Going:
    """What going on with one deal is worth.

    Attributes:
        made, silent: contacts of ours, and how many of the last stayed unanswered.
        takes: minutes of the next contact and of the work that follows.
        verdict: ``end``, or ``yours`` where the range reaches over the cost.
    """

    deal_id: int
    made: int
    silent: int
    price: Price
    takes: float
    verdict: str

    @property
    def chance(self) -> Rate:
        """That it is won in the end."""
        return self.price.chances[0][1]

    @property
    def per_hour(self) -> tuple[float, float]:
        """What an hour of going on brings: the likely range, in minor units, before its cost."""
        low, high = self.price.lo80 + self.price.work, self.price.hi80 + self.price.work
        return low * 60 / self.takes, high * 60 / self.takes


@dataclass(frozen=True)
class Conversation:
    """One row: the deal, what going on is worth, what was put into it."""

    deal: Deal
    going: Going
    talk: Talk
    currency: str


@dataclass(frozen=True)
class Conversations:
    """What one reader sees.

    Attributes:
        rows: of this page: those to end first, most hours first; then, on the last page, a few that are "your call".
        ends: how many there are to end; ``minutes``, ``lately``: what they took in all, and this quarter.
        hour_cost: minor units; 0 where nobody said, then nothing is advised.
        kept, moved, nothing: kept against the advice, and how those that are settled ended.
        why_none: why there is no advice at all: ``cost``, ``sale``, ``cases``, or empty.
    """

    rows: tuple[Conversation, ...]
    ends: int
    minutes: float
    lately: float
    hour_cost: float
    currency: str
    page: int
    pages: int
    kept: int = 0
    moved: int = 0
    nothing: int = 0
    why_none: str = ""


def open_of(user: User) -> QuerySet[Deal]:
    """A seller's own open deals."""
    return Deal.objects.filter(owner=user, outcome=Outcome.OPEN)


def states_of(user: User, now: datetime) -> dict[int, State]:
    """Where each of a seller's open deals stands that had a contact, the last a week ago or more; one query."""
    return outgoing_and_silent(open_of(user).filter(last_touch_at__lte=now - WAIT).order_by())


def contact_price(prices: Prices, state: State, amount_minor: int | None, currency: str) -> Price | None:
    """What one more contact of an open deal is worth, the work that follows taken off; ``None`` where not learnt."""
    gain, (takes, _known) = prices.gain_of(amount_minor, currency), takes_of(prices, state)
    return price_of(prices, (ever_code(*state),), MINUTES, gain=gain, takes=takes)


def takes_of(prices: Prices, state: State) -> tuple[float, bool]:
    """Minutes of the next contact and the work that follows; whether that was learnt."""
    follows = prices.rates.get(follows_code(*state))
    return (max(follows.value, float(MINUTES)), True) if follows else (float(MINUTES), False)


def verdict_of(price: Price, silent: int) -> str:
    """``end``, ``yours``, or empty where nothing is to be said."""
    _code, chance = price.chances[0]
    if silent < SILENT or max(chance.own[1], chance.team[1]) < SEEN or price.work <= 0:
        return ""
    if price.hi80 < 0:
        return END
    return YOURS if price.value < 0 else ""


def going_of(
    deals: QuerySet[Deal], *, prices: Prices, now: datetime, states: Callable[[], Mapping[int, State]] | None = None
) -> list[Going]:
    """Those of ``deals`` that are to end or "your call", the least worth first; two queries.

    Args:
        states: gives ``outgoing_and_silent`` of them, where the caller shares it.
    """
    if not prices.minute or not prices.rates:
        return []
    waiting = _without_kept(deals, now).filter(last_touch_at__lte=now - WAIT)
    rows = list(waiting.order_by().values_list("pk", "amount_minor", "currency"))
    if not rows:
        return []
    known = outgoing_and_silent(waiting.order_by()) if states is None else states()
    found: list[Going] = []
    made: dict[tuple[State, int | None, str], tuple[Price, float, str] | None] = {}
    for pk, amount, currency in rows:
        state = known.get(pk, (0, 0))
        if state[1] < SILENT:
            continue
        asked = (state, amount if prices.share is not None else None, currency)
        if asked not in made:
            made[asked] = _weighed(prices, *asked)
        if (weighed := made[asked]) is not None:
            price, takes, verdict = weighed
            found.append(Going(pk, *state, price, takes, verdict))
    return sorted(found, key=lambda one: (one.verdict != END, one.price.value, one.deal_id))


def _weighed(prices: Prices, state: State, amount: int | None, currency: str) -> tuple[Price, float, str] | None:
    price = contact_price(prices, state, amount, currency)
    verdict = verdict_of(price, state[1]) if price else ""
    return (price, takes_of(prices, state)[0], verdict) if price and verdict else None


def _without_kept(deals: QuerySet[Deal], now: datetime) -> QuerySet[Deal]:
    """Without those a seller keeps, knowing better, and those that moved lately."""
    kept = Q(settled_at=None) | Q(right=Right.SELLER, settled_at__gt=now - LEFT_ALONE)
    return deals.filter(~Exists(Objection.objects.filter(kept, deal=OuterRef("pk"))))


def one_going(deal: Deal, *, prices: Prices) -> Going | None:
    """What going on with one deal is worth, whatever the advice; ``None`` where its state is not learnt; one query."""
    state = outgoing_and_silent([deal.pk]).get(deal.pk, (0, 0))
    price = contact_price(prices, state, deal.amount_minor, deal.currency)
    if price is None:
        return None
    return Going(deal.pk, *state, price, takes_of(prices, state)[0], verdict_of(price, state[1]))


def conversations(deals: QuerySet[Deal], *, prices: Prices, now: datetime, page: int = 1) -> Conversations:
    """One page of what to end; at most eight queries, however many deals there are.

    Args:
        deals: open ones, of a seller or of all that the reader may see.
        prices: the reader's price list (``loop.prices.prices_for``).
    """
    going = going_of(deals, prices=prices, now=now)
    ends = [one for one in going if one.verdict == END]
    took = minutes_of([one.deal_id for one in ends], prices=prices, now=now) if ends else {}
    ends.sort(key=lambda one: (-took.get(one.deal_id, NOTHING)[0], one.deal_id))
    pages = max(-(-len(ends) // PER_PAGE), 1)
    page = min(max(page, 1), pages)
    shown = ends[(page - 1) * PER_PAGE : page * PER_PAGE]
    yours = [one for one in going if one.verdict == YOURS][:YOURS_SHOWN] if page == pages else []
    talks = talks_of([one.deal_id for one in (*shown, *yours)], prices=prices, now=now)
    kept, moved, nothing = objections_of(deals)
    return Conversations(
        _rows([*shown, *yours], talks, prices), len(ends), sum(minutes for minutes, _lately in took.values()),
        sum(lately for _minutes, lately in took.values()), prices.minute * 60, prices.currency, page, pages,
        kept, moved, nothing, why_none=_why_none(prices),
    )  # fmt: skip


#: So many that are "your call" stand below those to end.
YOURS_SHOWN = 2


def _rows(going: list[Going], talks: Mapping[int, Talk], prices: Prices) -> tuple[Conversation, ...]:
    found = Deal.objects.select_related("company", "owner").in_bulk([one.deal_id for one in going])
    return tuple(
        Conversation(found[one.deal_id], one, talks[one.deal_id], prices.currency)
        for one in going
        if one.deal_id in found
    )


def _why_none(prices: Prices) -> str:
    if not prices.minute:
        return "cost"
    if prices.gain is None:
        return "sale"
    seen = (max(rate.own[1], rate.team[1]) for code, rate in prices.rates.items() if code.startswith("deal.ever."))
    return "" if max(seen, default=0) >= SEEN else "cases"


def objections_of(deals: QuerySet[Deal]) -> tuple[int, int, int]:
    """Kept against the advice, of those: it moved, nothing came; of whoever owns these deals. One query."""
    from django.db.models import Count

    who = deals.order_by().values("owner")
    counted = Objection.objects.filter(by__in=who).aggregate(
        kept=Count("pk"), moved=Count("pk", filter=Q(right=Right.SELLER)),
        nothing=Count("pk", filter=Q(right=Right.LIST)),
    )  # fmt: skip
    return counted["kept"], counted["moved"], counted["nothing"]
