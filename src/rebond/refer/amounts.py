"""How much a reward is: by its rule, and what the caps leave of it. Whole minor units only, never a float.

Example:
    >>> from types import SimpleNamespace
    >>> share = SimpleNamespace(basis="share", amount_minor=None, basis_points=250)
    >>> earned(share, deal_amount_minor=1_000_020, deal_currency="EUR", currency="EUR")
    25000
    >>> clamp(25_000, {"per_referral": None, "per_year": 5_000})
    Clamped(amount_minor=5000, clamps=[{'cap': 'per_year', 'taken_minor': 20000}])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypedDict

#: In the order in which they are applied.
CAPS = ("per_referral", "per_year", "per_month")
WHOLE = 10_000


class Rule(Protocol):
    """What of a ``RewardRule`` says how big it is."""

    basis: str
    amount_minor: int | None
    basis_points: int | None


class Clamp(TypedDict):
    """One cap that took something; stored like this with the reward."""

    cap: str
    taken_minor: int


@dataclass(frozen=True)
class Clamped:
    """What the caps left, and what each took: ``clamps`` can be stored as ``Reward.clamps``."""

    amount_minor: int
    clamps: list[Clamp] = field(default_factory=list)


def earned(rule: Rule, *, deal_amount_minor: int | None, deal_currency: str, currency: str) -> int | None:
    """What the rule gives for this deal, before caps; ``None`` when that cannot be said (``why_unknown`` says why).

    A share is ``amount * basis_points / 10,000``, rounded half to even once, at the end; of a deal that brought
    nothing, or less, it is 0. No amount is ever converted from one currency to another.

    Args:
        deal_amount_minor, deal_currency: of the deal that was won; ``None`` and empty when not known.
        currency: the programme's, in which a fixed reward is given.

    >>> from types import SimpleNamespace
    >>> fixed = SimpleNamespace(basis="fixed", amount_minor=5_000, basis_points=None)
    >>> earned(fixed, deal_amount_minor=None, deal_currency="", currency="EUR")
    5000
    >>> half = SimpleNamespace(basis="share", amount_minor=None, basis_points=5_000)
    >>> [earned(half, deal_amount_minor=n, deal_currency="EUR", currency="EUR") for n in (1, 2, 3, 5)]
    [0, 1, 2, 2]
    >>> earned(half, deal_amount_minor=500, deal_currency="USD", currency="EUR") is None
    True
    """
    if rule.basis == "fixed":
        return rule.amount_minor or 0
    if why_unknown(rule, deal_amount_minor=deal_amount_minor, deal_currency=deal_currency, currency=currency):
        return None
    return _half_to_even(max(deal_amount_minor or 0, 0) * (rule.basis_points or 0), WHOLE)


def why_unknown(rule: Rule, *, deal_amount_minor: int | None, deal_currency: str, currency: str) -> str:
    """Why ``earned`` is ``None``: ``no_amount``, ``other_currency``; empty when it is not.

    >>> from types import SimpleNamespace
    >>> half = SimpleNamespace(basis="share", amount_minor=None, basis_points=5_000)
    >>> why_unknown(half, deal_amount_minor=None, deal_currency="EUR", currency="EUR")
    'no_amount'
    >>> why_unknown(half, deal_amount_minor=500, deal_currency="USD", currency="EUR")
    'other_currency'
    """
    if rule.basis == "fixed":
        return ""
    if deal_amount_minor is None:
        return "no_amount"
    return "" if deal_currency == currency else "other_currency"


def _half_to_even(numerator: int, denominator: int) -> int:
    """The nearest whole number, the even one where two are as near; both above zero.

    >>> [_half_to_even(n, 4) for n in (1, 2, 3, 4, 6, 10)]
    [0, 0, 1, 1, 2, 2]
    """
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))


def clamp(earned: int, room: Mapping[str, int | None]) -> Clamped:
    """What the caps leave of it: the last payment is cut to what remains, and each cap that took something is named.

    Args:
        earned: minor units, 0 or more.
        room: what each of ``CAPS`` still leaves, before this reward; ``None`` or missing is no cap, less than 0 is 0.

    >>> clamp(5_000, {"per_month": 1_000, "per_year": 3_000}).clamps
    [{'cap': 'per_year', 'taken_minor': 2000}, {'cap': 'per_month', 'taken_minor': 2000}]
    >>> clamp(5_000, {"per_year": 0, "per_month": 3_000}).amount_minor
    0
    >>> clamp(5_000, {})
    Clamped(amount_minor=5000, clamps=[])
    """
    left, clamps = earned, list[Clamp]()
    for cap in CAPS:
        most = room.get(cap)
        if most is not None and left > max(most, 0):
            clamps.append({"cap": cap, "taken_minor": left - max(most, 0)})
            left = max(most, 0)
    return Clamped(left, clamps)
