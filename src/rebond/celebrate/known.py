"""What this practice may not import from others: the loop says it, once, when the program starts (``loop/apps.py``)."""

from __future__ import annotations

from collections.abc import Callable

from rebond.deals.models import Deal

#: Whether a deal came by an introduction.
Referred = Callable[[Deal], bool]
_referred: list[Referred] = []


def set_referred(source: Referred) -> None:
    """Told once."""
    _referred[:] = [source]


def by_referral(deal: Deal) -> bool:
    """Whether somebody introduced us; no, while nobody can say."""
    return bool(_referred) and _referred[0](deal)
