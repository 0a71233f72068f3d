"""What a run handed out, as the list that somebody works through: one line a payout, with whom it goes to.

The only place where a payee is written out in full, since money needs its whole account; never shown on a screen.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from rebond.base.money import to_major
from rebond.base.text import defuse
from rebond.refer.models import Payout, RewardKind
from rebond.refer.payee import LABELS, Payee, opened

_FIELDS = ("legal_name", "address", "country", "iban", "account", "email", "charity", "company")


class _Line:
    """What ``csv.writer`` writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(payouts: Iterable[Payout]) -> Iterator[str]:
    """Lines of CSV (UTF-8 with its mark, for spreadsheets); no cell is ever run as a formula."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(
        [_("number"), _("advocate"), _("reward"), _("amount"), _("currency"), *(str(LABELS[name]) for name in _FIELDS)]
    )
    for one in payouts:
        yield writer.writerow([defuse(cell) if isinstance(cell, str) else cell for cell in _cells(one)])


def _cells(payout: Payout) -> list[object]:
    payee = opened(payout.advocate.payee) or Payee(payout.kind)
    person = payout.advocate.person
    return [
        payout.pk, person.name if person else _("erased"), str(RewardKind(payout.kind).label),
        to_major(payout.amount_minor - payout.netted_minor, payout.currency), payout.currency,
        *(getattr(payee, name).replace("\r", "").replace("\n", ", ") for name in _FIELDS),
    ]  # fmt: skip
