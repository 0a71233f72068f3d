"""Everything that price lists are made of, counted once for everybody; and one list at a time from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from rebond.base.periods import months_before
from rebond.loop.prices import ledger
from rebond.loop.prices.codes import MOST_MADE, MOST_SILENT, ever_code, follows_code
from rebond.loop.prices.ledger import Brought, Earned
from rebond.loop.prices.usual import MINUTES, usual_contact
from rebond.numbers.leaning import Counts, Sums, Usual, how_alike, lean, lean_mean
from rebond.numbers.pricing import Prices, Rate
from rebond.nurture import prices as of_keeping
from rebond.nurture.prices import Whose
from rebond.refer import prices as of_asking
from rebond.worth.plans.choosing import rule_of
from rebond.worth.plans.expression import with_commission
from rebond.worth.plans.rules import marginal_share
from rebond.worth.queries.assumed import Assumed, assumed

#: What is usual where nobody has cases yet, of every practice that prices by chances of its own.
USUAL: dict[str, Usual] = of_keeping.USUAL | of_asking.USUAL

if TYPE_CHECKING:
    from rebond.facts.model import Facts
    from rebond.numbers.next_touch.by_owner import People

#: Sales of so many months say what a sale brings.
MONTHS = 24
#: From so many sales on a person's own ratios stand; from so many contacts on, how long their contacts take.
SALES_FROM, CONTACTS_FROM = 5, 30
#: So many sales with amount and commission say what part of the amount they earn, where no plan does.
SHARE_FROM = 10


class Book:
    """Counts of everybody, as of one day."""

    def __init__(self, facts: Facts, *, today: date, now: datetime) -> None:
        self._facts, self._today = facts, today
        self._deals = with_commission(facts.deals, currency=facts.currency)
        self._earned = ledger.earned(self._deals, since=months_before(today, MONTHS), today=today)
        self._cases = of_keeping.counts(now=now) | of_asking.counts(now=now)
        self._alike = {code: how_alike(list(_by_owner(cases).values())) for code, cases in self._cases.items()}
        self._assumed: dict[int | None, Assumed] = {}
        self._brought: dict[tuple[tuple[str, float], ...], ledger.Ratios] = {}

    @property
    def owners(self) -> set[int]:
        """Who has cases of staying in touch or of asking, whether or not a deal."""
        return {owner for cases in self._cases.values() for owner, _team in cases if owner is not None}

    def prices(self, user: int | None, team: int | None) -> Prices:
        """The list of a user who is in ``team``; of the team itself; of the company where both are missing."""
        terms = self.assumed(team)
        gain = self._gain(user, team)
        minute = (terms.hour_cost_minor or 0) / 60
        brought = self._own_or_wider(self._ratios(terms), user, team)
        takes = self._minutes_of_a_contact(terms, user, team)
        return Prices(
            currency="" if self._facts.currency == "XXX" else self._facts.currency,
            gain=gain, share=self._share(user, team, terms), minute=minute, minutes=terms.minutes,
            per_touch=brought.per_touch if brought else {}, per_sale=brought.per_sale if brought else None,
            rates=self._keeping(user, team) | self._of_deals(user, team, gain, minute, takes),
            counts_as=terms.counts_as,
        )  # fmt: skip

    def assumed(self, team: int | None) -> Assumed:
        """What counts for a team today."""
        if team not in self._assumed:
            self._assumed[team] = assumed(team, on=self._today, currency=self._facts.currency)
        return self._assumed[team]

    def _gain(self, user: int | None, team: int | None) -> Rate | None:
        """What a sale brings, one's own on the team's; on the company's where the team has sold nothing."""
        own = {whose: one for whose, one in self._earned.items() if user is not None and whose[0] == user}
        ours = {whose: one for whose, one in self._earned.items() if team is not None and whose[1] == team} | own
        if not set(ours) - set(own):
            ours = self._earned
        sellers = len({owner for owner, _team in ours} - {user})
        return lean_mean(_together(own.values()), _together(ours.values()), people=sellers)

    def _share(self, user: int | None, team: int | None, terms: Assumed) -> float | None:
        """What the next unit of an amount earns by the plan in force; without a plan, what amounts earned so far."""
        if terms.plan is not None:
            rule = rule_of(terms.plan)
            mine = [earned for (owner, _team), earned in self._earned.items() if user is not None and owner == user]
            return marginal_share(rule, sum(earned.sold_in(rule.per) for earned in mine))
        known = [earned for whose, earned in self._earned.items() if team is None or team in whose[1:]]
        amount, sales = sum(earned.amount for earned in known), sum(earned.priced for earned in known)
        money = sum(earned.money_of_priced for earned in known)
        return money / amount if sales >= SHARE_FROM and amount > 0 else None

    def _ratios(self, terms: Assumed) -> ledger.Ratios:
        """Contacts a sale and money a contact of everybody, once per way of counting minutes."""
        key = tuple(sorted(terms.minutes.items()))
        if key not in self._brought:
            self._brought[key] = ledger.ratios(
                self._deals, self._facts.roll, minutes=terms.minutes, since=months_before(self._today, 12),
                today=self._today,
            )  # fmt: skip
        return self._brought[key]

    def _own_or_wider(self, ratios: ledger.Ratios, user: int | None, team: int | None) -> Brought | None:
        """A person's own figures from a few sales on, else the team's, else the company's."""
        for name, key, leans in (("owner", user, "own"), ("team", team, "team"), ("all", 0, "team")):
            found = ratios[name].get(key) if key is not None else None
            if found is not None and found.sales >= SALES_FROM:
                own = ratios["owner"].get(user) if user is not None else None
                return found.leaning(leans if name != "team" or user is not None else "own", own)
        return None

    def _minutes_of_a_contact(self, terms: Assumed, user: int | None, team: int | None) -> float:
        ratios = self._ratios(terms)
        for name, key in (("owner", user), ("team", team), ("all", 0)):
            found = ratios[name].get(key) if key is not None else None
            if found is not None and found.contacts >= CONTACTS_FROM:
                return found.minutes
        return MINUTES

    def _keeping(self, user: int | None, team: int | None) -> dict[str, Rate]:
        """The chances of staying in touch, and of asking."""
        return {code: self._chance(code, user, team) for code in self._cases}

    def _chance(self, code: str, user: int | None, team: int | None) -> Rate:
        cases, usual, alike = self._cases[code], USUAL[code], self._alike[code]
        own = _sum(count for (owner, _team), count in cases.items() if user is not None and owner == user)
        ours = _sum(
            count for (owner, of), count in cases.items()
            if (user is not None and owner == user) or (team is not None and of == team)
        )  # fmt: skip
        rest = _sum(cases.values())
        elsewhere = (rest[0] - ours[0], rest[1] - ours[1])
        if elsewhere[1]:
            company = lean((0, 0), elsewhere, usual, alike=alike)
            usual = Usual(company.value, max(usual.cases, alike or 0.0), usual.source)
        found = lean(own, ours, usual, alike=alike, people=_people(cases, user, team) or None)
        wider = "team" if found.leans == "usual" and elsewhere[1] > USUAL[code].cases else found.leans
        return Rate(found.value, found.lo80, found.hi80, found.own, found.team, wider)

    @cached_property
    def _people(self) -> People:
        """Contacts of everybody's deals by state."""
        from rebond.numbers.next_touch.by_owner import people

        return people(
            self._deals, self._facts.touches, as_of=self._today, usual=usual_contact(), seed=self._today.toordinal()
        )

    def _of_deals(
        self, user: int | None, team: int | None, gain: Rate | None, minute: float, takes: float
    ) -> dict[str, Rate]:
        """Chance in the end and minutes that follow, by contacts made and silent ones."""
        cost = takes * minute / gain.value if gain is not None and gain.value > 0 and minute > 0 else None
        found = self._people.outlook(user, team, cost=cost)
        rates = {}
        for made in range(MOST_MADE + 1):
            for silent in range(min(made, MOST_SILENT) + 1):
                rates[ever_code(made, silent)] = found.ever[made][silent]
                rates[follows_code(made, silent)] = found.contacts[made][silent].times(takes)
        return rates


def _together(parts: Iterable[Earned]) -> Sums:
    found = Sums()
    for part in parts:
        found = found.with_(part.sums)
    return found


def _sum(parts: Iterable[Counts]) -> Counts:
    k = n = 0
    for good, all_ in parts:
        k, n = k + good, n + all_
    return k, n


def _by_owner(cases: Mapping[Whose, Counts]) -> dict[int | None, Counts]:
    found: dict[int | None, Counts] = {}
    for (owner, _team), count in cases.items():
        found[owner] = _sum([found.get(owner, (0, 0)), count])
    return found


def _people(cases: Mapping[Whose, Counts], user: int | None, team: int | None) -> int:
    """How many others of the team have cases."""
    return len({owner for owner, of in cases if team is not None and of == team} - {user})
