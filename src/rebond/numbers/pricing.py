"""What one thing to do is worth: chance times chance times what a sale brings, less the work that follows.

Plain arithmetic on a few learnt rates, so that a list of thousands is priced while a page is made, without NumPy. The
rates are learnt elsewhere (``leaning``) and kept in a price list; here they are multiplied.

The range of a product: factors are independent, so their squared coefficients of variation combine as
(1 + v1)(1 + v2) ... - 1 (L. Goodman, 1960, "On the exact variance of products", JASA 55:708-713); the product is taken
as a Gamma with that variation, whose ends are E. Wilson's and M. Hilferty's (1931, PNAS 17:684-688). A lognormal would
keep the lower end of a chance that may be next to nothing far above 0. How well it covers is in docs/validation.md.

>>> answers = Rate(0.22, 0.12, 0.34, own=(2, 9), team=(9, 41), leans="team")
>>> buys = Rate(0.12, 0.05, 0.21, own=(0, 2), team=(1, 9), leans="usual")
>>> sale = Rate(620_000.0, 520_000.0, 730_000.0, own=(12, 12), team=(40, 40), leans="own")
>>> found = price((("answers", answers), ("buys", buys)), sale, work_minor=4_100.0, minutes=4)
>>> round(found.value), found.leans
(12268, 'usual')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

#: Nine tenths of a normal distribution lie below so many standard deviations.
Z80 = 1.2815515655446004
#: How much more a skew quantity varies than its range says; and the most a standard deviation may be, in means.
SKEW, MOST_VARIATION = 0.25, 4.0
#: What a rate may rest on most: one's own cases, the team's, or what is usual (a stated prior). Least first.
LEANS = ("own", "team", "usual")


@dataclass(frozen=True, slots=True)
class Rate:
    """A learnt chance (0 to 1), or a learnt mean (money in minor units, minutes).

    Attributes:
        value: the mean.
        lo80, hi80: the likely range, right 8 times in 10.
        own, team: (k of n) of the person's own cases and of the team's, the person's among them; for a mean k is n.
        leans: what it rests on most, one of ``LEANS``.
    """

    value: float
    lo80: float
    hi80: float
    own: tuple[int, int] = (0, 0)
    team: tuple[int, int] = (0, 0)
    leans: str = "usual"

    @property
    def variation(self) -> float:
        """Squared coefficient of variation, from the likely range.

        A skew quantity varies more than the width of its range says, in a Gamma by about a quarter of the square.

        >>> Rate(0.2, 0.2, 0.2).variation, round(Rate(0.2, 0.1, 0.3).variation ** 0.5, 2)
        (0.0, 0.4)
        """
        if self.value == 0:
            return 0.0
        seen = (self.hi80 - self.lo80) / (2 * Z80 * abs(self.value))
        return float(min(seen * (1 + SKEW * seen**2), MOST_VARIATION) ** 2)

    def times(self, factor: float) -> Rate:
        """The same in another unit; ``factor`` is above 0.

        >>> Rate(2.0, 1.0, 3.0).times(5).hi80
        15.0
        """
        return replace(self, value=self.value * factor, lo80=self.lo80 * factor, hi80=self.hi80 * factor)

    def as_json(self) -> list[Any]:
        """As a price list keeps it."""
        return [self.value, self.lo80, self.hi80, *self.own, *self.team, self.leans]

    @classmethod
    def of_json(cls, kept: Sequence[Any]) -> Rate:
        """Back from a price list."""
        value, low, high, own_k, own_n, team_k, team_n, leans = kept
        return cls(value, low, high, (own_k, own_n), (team_k, team_n), leans)


@dataclass(frozen=True, slots=True)
class Price:
    """What doing one thing is worth on average, in minor units.

    Attributes:
        value: gross less work; may be below 0.
        lo80, hi80: the likely range of the same.
        gross: chances times gain.
        work: what the time costs: this contact's and that of what usually follows.
        minutes: of the thing itself.
        chances: the chances by name, in the order they are multiplied.
        gain: what a sale brings.
    """

    value: float
    lo80: float
    hi80: float
    gross: float
    work: float
    minutes: int
    chances: tuple[tuple[str, Rate], ...]
    gain: Rate

    @property
    def per_minute(self) -> float:
        """What a minute spent on it brings."""
        return self.value / max(self.minutes, 1)

    @property
    def best_per_minute(self) -> float:
        """The same if it is as good as it may well be."""
        return self.hi80 / max(self.minutes, 1)

    @property
    def leans(self) -> str:
        """What it rests on most: the least of what its chances do."""
        return max((rate.leans for _name, rate in self.chances), key=LEANS.index, default="own")


def price(chances: Sequence[tuple[str, Rate]], gain: Rate, *, work_minor: float, minutes: int) -> Price:
    """Chances times ``gain``, less ``work_minor``.

    Args:
        chances: by name; at least one.
        gain: of a sale, minor units; may be below 0 (a negative margin): then so is the gross, and its range turns.
        work_minor: what the time costs, this contact's and that of what usually follows.
        minutes: of the thing itself.
    """
    factors = [rate for _name, rate in chances]
    gross = gain.value
    for rate in factors:
        gross *= rate.value
    low, high = _range(gross, factors, gain)
    return Price(
        gross - work_minor, low - work_minor, high - work_minor, gross, work_minor, minutes, tuple(chances), gain
    )


def _range(gross: float, factors: Sequence[Rate], gain: Rate) -> tuple[float, float]:
    """The likely range of the product, around its mean."""
    together = 1.0
    for rate in (*factors, gain):
        together *= 1 + rate.variation
    shape = 1 / max(together - 1, 1e-12)
    low, high = (gross * max(1 - 1 / (9 * shape) + z / (3 * shape**0.5), 0.0) ** 3 for z in (-Z80, Z80))
    return (min(low, gross), max(high, gross)) if gross >= 0 else (min(high, gross), max(low, gross))


@dataclass(frozen=True)
class Prices:
    """All that somebody's list is priced by.

    Attributes:
        currency: of all money here; empty where no sale has one.
        gain: what a sale brings where the deal does not say; ``None`` where no plan and no sale does.
        share: of a deal's amount that a sale brings now (commission or margin by the plan in force); ``None`` for a
            sum per sale.
        minute: what a minute costs, minor units; 0 where nobody said.
        minutes: of each kind of contact.
        per_touch: what one contact of each kind has brought ("call" ...), and "all"; ``per_sale``: contacts per sale.
        rates: chances and means by code ("keep.answers", "deal.ever.3.2").
        counts_as: ``commission`` or ``margin``.
    """

    currency: str
    gain: Rate | None
    share: float | None = None
    minute: float = 0.0
    minutes: Mapping[str, float] = field(default_factory=dict)
    per_touch: Mapping[str, Rate] = field(default_factory=dict)
    per_sale: Rate | None = None
    rates: Mapping[str, Rate] = field(default_factory=dict)
    counts_as: str = "commission"

    def gain_of(self, amount_minor: int | None, currency: str) -> Rate | None:
        """What this deal would bring: its own amount's share where both are known in this currency, else the usual.

        >>> prices = Prices("EUR", Rate(50_000.0, 40_000.0, 62_000.0), share=0.1)
        >>> prices.gain_of(900_000, "EUR").value, prices.gain_of(900_000, "USD").value
        (90000.0, 50000.0)
        """
        if self.share is None or amount_minor is None or currency != self.currency:
            return self.gain
        exact = amount_minor * self.share
        return Rate(exact, exact, exact, leans="own")

    def as_json(self) -> dict[str, Any]:
        """As ``loop.models.PriceList`` keeps it."""
        return {
            "currency": self.currency, "gain": self.gain and self.gain.as_json(), "share": self.share,
            "minute": self.minute, "minutes": dict(self.minutes), "counts_as": self.counts_as,
            "per_touch": {name: rate.as_json() for name, rate in self.per_touch.items()},
            "per_sale": self.per_sale and self.per_sale.as_json(),
            "rates": {name: rate.as_json() for name, rate in self.rates.items()},
        }  # fmt: skip

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Prices:
        """Back from a price list."""

        def rate(found: Sequence[Any] | None) -> Rate | None:
            return Rate.of_json(found) if found else None

        return cls(
            kept["currency"], rate(kept["gain"]), kept["share"], kept["minute"], kept["minutes"],
            {name: Rate.of_json(found) for name, found in kept["per_touch"].items()}, rate(kept["per_sale"]),
            {name: Rate.of_json(found) for name, found in kept["rates"].items()}, kept["counts_as"],
        )  # fmt: skip
