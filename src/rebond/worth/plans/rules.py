"""What a sale earns by a plan, in whole minor units: exact integer arithmetic, half to even, no float anywhere.

A share of an amount is rounded once. Tiers are marginal: each part of an amount earns the share of its own tier, as an
income tax does. Where they add up the sales of a month, quarter or year, a sale earns what the sum earns with it less
what the sum earns without it, each rounded: so two sales in one period earn to the cent what one of both would.

>>> eight = Rule("percent", basis_points=800)
>>> earned(eight, 625_000)
50000
>>> steps = Rule("tiers", tiers=((0, 500), (1_000_000, 800)), per="quarter", currency="EUR")
>>> earned(steps, 1_500_000), earned(steps, 1_000_000) + earned(steps, 500_000, 1_000_000)
(90000, 90000)
"""

from __future__ import annotations

from dataclasses import dataclass

#: Basis points of the whole: 100 %.
WHOLE = 10_000

Tiers = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Rule:
    """One edition of a plan as plain numbers; fields as in ``models.Plan``.

    Attributes:
        kind: ``percent``, ``flat`` or ``tiers``.
        tiers: ``(from_minor, basis_points)``, rising, the first from 0.
        per: what the tiers add up: ``deal``, ``month``, ``quarter`` or ``year``.
        currency: of ``flat_minor`` and of the tiers; empty for a share, which counts in any currency.
    """

    kind: str
    basis_points: int = 0
    flat_minor: int = 0
    tiers: Tiers = ()
    per: str = "deal"
    currency: str = ""


def earned(rule: Rule, amount_minor: int | None, so_far_minor: int = 0) -> int | None:
    """What a sale of ``amount_minor`` earns; ``None`` where the plan needs an amount and there is none.

    Args:
        so_far_minor: the seller's sales before it in the same period; only tiers of a period look at it.
    """
    if rule.kind == "flat":
        return rule.flat_minor
    if amount_minor is None:
        return None
    if rule.kind == "percent":
        return half_even(amount_minor * rule.basis_points, WHOLE)
    before = 0 if rule.per == "deal" else so_far_minor
    return by_tiers(rule.tiers, before + amount_minor) - by_tiers(rule.tiers, before)


def by_tiers(tiers: Tiers, total_minor: int) -> int:
    """What a sum earns through all tiers, rounded once. A sum below 0 earns (negatively) by the first.

    >>> by_tiers(((0, 500), (10_000, 1_000)), 15_000)
    1000
    """
    if total_minor <= 0:
        return half_even(total_minor * tiers[0][1], WHOLE) if tiers else 0
    ends = [*(start for start, _share in tiers[1:]), None]
    parts = 0
    for (start, share), end in zip(tiers, ends, strict=True):
        top = total_minor if end is None else min(total_minor, end)
        parts += max(top - start, 0) * share
    return half_even(parts, WHOLE)


def marginal_share(rule: Rule, so_far_minor: int = 0) -> float | None:
    """The share the next unit of money earns (0.08 is 8 %); ``None`` for a sum per sale, which has none."""
    if rule.kind == "flat":
        return None
    if rule.kind == "percent":
        return rule.basis_points / WHOLE
    before = 0 if rule.per == "deal" else so_far_minor
    reached = [share for start, share in rule.tiers if start <= max(before, 0)]
    return reached[-1] / WHOLE if reached else None


def half_even(above: int, below: int) -> int:
    """``above / below`` as the nearest whole number, halves to the even one; ``below`` is positive.

    >>> [half_even(n, 10) for n in (5, 15, 25, -5, -15)]
    [0, 2, 2, 0, -2]
    """
    whole, rest = divmod(above, below)
    return whole + (2 * rest > below or (2 * rest == below and whole % 2 == 1))
