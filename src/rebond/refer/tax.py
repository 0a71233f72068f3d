"""What tax offices may want to know of rewards, per payee and year: information, not advice.

Thresholds stand in a dated table (``TaxThreshold``), not in code, so that whoever keeps the house adds next year's.
What counts is what was really handed out in the year, on a cash basis: a payout less what was set off in it.
Donations and credit for a company reach no payee and are listed beside.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import local_day, moments_of
from rebond.base.money import to_major
from rebond.base.text import defuse
from rebond.refer.access import payouts_for
from rebond.refer.gift import NOT_FOR_THEMSELVES
from rebond.refer.models import Advocate, Payout, PayoutStatus, RewardKind, TaxThreshold
from rebond.refer.payee import Payee, opened

#: The share of a threshold, in percent, from which a payee is asked for what a declaration needs.
ASKED_FROM = 80


@dataclass(frozen=True)
class Standing:
    """How far one payee is from one threshold in one year.

    Attributes:
        paid_minor: handed out to themselves in the year, in the threshold's currency.
    """

    threshold: TaxThreshold
    paid_minor: int

    @property
    def is_reached(self) -> bool:
        """Whether it has to be declared, by the table: from the sum on, or above it."""
        limit = self.threshold.amount_minor
        return self.paid_minor >= limit if self.threshold.at_least else self.paid_minor > limit

    @property
    def is_near(self) -> bool:
        """From 80 percent of it on."""
        return self.paid_minor * 100 >= self.threshold.amount_minor * ASKED_FROM


@dataclass
class Line:
    """One payee, one year, one currency.

    Attributes:
        by_kind: handed out per ``RewardKind``, less what was set off; ``netted_minor``: what was set off.
    """

    advocate: Advocate
    payee: Payee | None
    year: int
    currency: str
    by_kind: dict[str, int] = field(default_factory=dict)
    netted_minor: int = 0
    standing: Standing | None = None

    @property
    def name(self) -> str:
        """The legal name where they gave it, else the name we know."""
        if self.payee and self.payee.legal_name:
            return self.payee.legal_name
        return self.advocate.person.name if self.advocate.person else _("erased")

    @property
    def country(self) -> str:
        """ISO code; empty where they did not say."""
        return self.payee.country if self.payee else ""

    @property
    def to_themselves_minor(self) -> int:
        """What a declaration would be about: donations and credit for their company left out."""
        return sum(minor for kind, minor in self.by_kind.items() if kind not in NOT_FOR_THEMSELVES)

    @property
    def wants_tax_data(self) -> bool:
        """Near a threshold, and no tax number is known."""
        return bool(self.standing and self.standing.is_near and not (self.payee and self.payee.tax_id))


def in_force(year: int) -> dict[str, TaxThreshold]:
    """By country, the threshold for payments of a year: the latest row that begins before the year is over."""
    rows = TaxThreshold.objects.filter(from_on__lte=date(year, 12, 31)).order_by("country", "from_on", "pk")
    return {row.country: row for row in rows}


def standing_of(line: Line, thresholds: Mapping[str, TaxThreshold]) -> Standing | None:
    """``None`` where no threshold is known for their country and this currency; nothing is converted."""
    threshold = thresholds.get(line.country)
    if threshold is None or threshold.currency != line.currency:
        return None
    return Standing(threshold, line.to_themselves_minor)


def near_threshold(advocate: Advocate, *, now: datetime) -> Standing | None:
    """How the advocate stands this year, from 80 percent of their country's threshold on, as long as their tax number
    is not known; else ``None``."""
    year = local_day(now).year
    found = _lines(_paid(Payout.objects.filter(advocate=advocate), year), year)
    return next((line.standing for line in found if line.wants_tax_data), None)


def lines(user: User, year: int) -> list[Line]:
    """Every payee of a year that ``user`` is in charge of, by name; two queries, four for who leads one team.

    The sums are those of what ``user`` is in charge of. Whether a threshold is near or reached is said of everything
    the payee got from the house: a tax office knows no teams.
    """
    found = _lines(_paid(payouts_for(user), year), year)
    if user.is_admin or not found:
        return found
    everything = Payout.objects.filter(advocate__in={line.advocate.pk for line in found})
    whole = {(line.advocate.pk, line.currency): line.standing for line in _lines(_paid(everything, year), year)}
    for line in found:
        line.standing = whole.get((line.advocate.pk, line.currency), line.standing)
    return found


def _paid(payouts: QuerySet[Payout], year: int) -> QuerySet[Payout]:
    begins, ends = moments_of(date(year, 1, 1), date(year, 12, 31))
    paid = payouts.filter(status=PayoutStatus.PAID, write_off=False, paid_at__gte=begins, paid_at__lt=ends)
    return paid.select_related("advocate__person").order_by("paid_at", "pk")


def _lines(payouts: Iterable[Payout], year: int) -> list[Line]:
    found: dict[tuple[int, str], Line] = {}
    for one in payouts:
        key = (one.advocate_id, one.currency)
        if key not in found:
            found[key] = Line(one.advocate, opened(one.advocate.payee), year, one.currency)
        line = found[key]
        line.by_kind[one.kind] = line.by_kind.get(one.kind, 0) + one.amount_minor - one.netted_minor
        line.netted_minor += one.netted_minor
    thresholds = in_force(year) if found else {}
    for line in found.values():
        line.standing = standing_of(line, thresholds)
    return sorted(found.values(), key=lambda line: (line.name.casefold(), line.advocate.pk, line.currency))


def years(user: User, today: date) -> list[int]:
    """Years in which something was handed out, newest first; this one at least."""
    paid = payouts_for(user).filter(status=PayoutStatus.PAID, write_off=False, paid_at__isnull=False)
    first = paid.order_by("paid_at").values_list("paid_at", flat=True).first()
    begins = local_day(first).year if first else today.year
    return list(range(today.year, begins - 1, -1))


# The export


class _Line:
    """What ``csv.writer`` writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(found: Iterable[Line]) -> Iterator[str]:
    """The lines as CSV (UTF-8 with its mark, for spreadsheets); no cell is ever run as a formula. No bank account."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(_head())
    for line in found:
        yield writer.writerow([defuse(cell) if isinstance(cell, str) else cell for cell in _cells(line)])


def _head() -> list[str]:
    kinds = [str(RewardKind(kind).label) for kind in RewardKind.values]
    return [
        _("year"), _("payee"), _("address"), _("country"), _("tax number"), _("currency"), *kinds,
        _("set off"), _("to themselves"), _("declared on"), _("threshold"), _("threshold reached"),
        _("information, not advice"),
    ]  # fmt: skip


def _cells(line: Line) -> list[object]:
    payee, currency = line.payee or Payee(""), line.currency
    sums = [to_major(line.by_kind.get(kind, 0), currency) for kind in RewardKind.values]
    return [
        line.year, line.name, payee.address.replace("\r", "").replace("\n", ", "), payee.country, payee.tax_id,
        currency, *sums, to_major(line.netted_minor, currency), to_major(line.to_themselves_minor, currency),
        *_threshold_cells(line.standing),
    ]  # fmt: skip


def _threshold_cells(standing: Standing | None) -> list[object]:
    if standing is None:
        return ["", "", _("no threshold known for this country and currency"), ""]
    one = standing.threshold
    said = _("yes") if standing.is_reached else _("no")
    return [one.form, to_major(one.amount_minor, one.currency), said, one.source]
