"""What became of a deal's watched fields: one ``FieldChange`` per field and change, never for what stayed the same.

Values are kept in a form that needs no language: an amount as ``18000.00 EUR``, a day as ``2026-06-09``, a text as it
was typed. ``deals.queries.changes_of`` gives them back to a reader in theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rebond.accounts.models import User
from rebond.base.money import to_major
from rebond.deals.models import WATCHED, Deal, FieldChange

#: The watched fields' values in the order of ``WATCHED``; the amount with its currency.
Watched = tuple[Any, ...]
#: As much of a text as a change keeps.
SHOWN = 300


def watched(deal: Deal) -> Watched:
    """How the watched fields stand; quick, since an import asks it of every row.

    >>> watched(Deal(amount_minor=1_800_000, currency="EUR", competitor="none"))
    ('none', (1800000, 'EUR'), None, '', '')
    """
    amount = (deal.amount_minor, deal.currency)
    return deal.competitor, amount, deal.expected_close, deal.next_step, deal.problem


def differences(*, deal: Deal, before: Watched, at: datetime, actor: User | None) -> list[FieldChange]:
    """What is different now, not yet stored; ``stage`` is the one the deal stands in."""
    after = watched(deal)
    if after == before:
        return []
    changed = [(name, _kept(old), _kept(new)) for name, old, new in zip(WATCHED, before, after, strict=True)]
    return [
        FieldChange(
            deal=deal, field=name, before=_shown(old), after=_shown(new), stage_id=deal.stage_id, at=at, by=actor
        )
        for name, old, new in changed
        if old != new
    ]  # fmt: skip


def keep_changes(changes: Iterable[FieldChange]) -> None:
    """Stores them: one statement, none when nothing changed."""
    found = list(changes)
    if found:
        FieldChange.objects.bulk_create(found, batch_size=500)


def _kept(value: Any) -> str:
    """A value as text that needs no language."""
    if isinstance(value, tuple):
        minor, currency = value
        return "" if minor is None else f"{to_major(minor, currency)} {currency}"
    return str(value or "")


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
