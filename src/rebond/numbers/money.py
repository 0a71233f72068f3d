"""Amounts of money in the units people read."""

from __future__ import annotations

from dataclasses import replace

from rebond.numbers.estimate import Estimate


def major(estimate: Estimate, minor_per_major: int) -> Estimate:
    """The same amount in major units.

    >>> major(Estimate(1250.0, n=40), 100).value
    12.5
    """

    def scaled(amount: float | None) -> float | None:
        return None if amount is None else amount / minor_per_major

    return replace(
        estimate,
        value=scaled(estimate.value),
        lo80=scaled(estimate.lo80),
        hi80=scaled(estimate.hi80),
        lo95=scaled(estimate.lo95),
        hi95=scaled(estimate.hi95),
    )
