"""What a seller earns of a sale where no column says: a share of the amount, or a flat sum."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.facts.cells import objects


@dataclass(frozen=True)
class Commission:
    """``share`` of the amount (0.1 for 10 %) or ``flat``, a sum in major units; one of them is 0."""

    share: Decimal = Decimal(0)
    flat: Decimal = Decimal(0)

    @classmethod
    def of(cls, text: str) -> Commission | None:
        """Reads ``10%`` or ``250``; ``None`` for nothing.

        >>> Commission.of("12,5 %").share, Commission.of("250").flat
        (Decimal('0.125'), Decimal('250'))

        Raises:
            RebondError: ``bad_commission``.
        """
        if not text.strip():
            return None
        bare = text.strip().replace(",", ".")
        try:
            number = Decimal(bare.removesuffix("%").strip())
        except InvalidOperation as error:
            raise _bad(text) from error
        if not number.is_finite() or number < 0 or (bare.endswith("%") and number > 100):
            raise _bad(text)
        return cls(share=number / 100) if bare.endswith("%") else cls(flat=number)

    def on(self, money: np.ndarray[Any, Any], precision: int) -> np.ndarray[Any, Any]:
        """The commission of each amount in minor units, half to even; ``None`` where a share has no amount."""
        if self.flat:
            return np.full(
                len(money), int(self.flat.scaleb(precision).to_integral_value(ROUND_HALF_EVEN)), dtype=object
            )
        return objects(
            [
                None if minor is None else int((self.share * minor).to_integral_value(ROUND_HALF_EVEN))
                for minor in money.tolist()
            ]
        )


def _bad(text: str) -> RebondError:
    return RebondError(
        _("“%(text)s” is no commission. Nothing was read. Write a share such as 10%% or a sum such as 250.")
        % {"text": text[:40]},
        code="bad_commission",
    )
