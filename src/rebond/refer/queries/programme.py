"""Which version is in force, whether it is open and why not, and what of this month's budget is used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from rebond.base.dates import moments_of, show_day
from rebond.refer.models import Programme, Reward, RewardRule, RewardStatus, TaxThreshold
from rebond.refer.terms import exactly


def in_force(on: date) -> Programme | None:
    """The newest version that has begun by ``on``, open or not; ``None`` where none was published."""
    begun = Programme.objects.filter(Q(starts_on=None) | Q(starts_on__lte=on))
    return begun.order_by("-version").first()


def rules_of(programme: Programme | None) -> list[RewardRule]:
    """Its rewards, in the order they are offered."""
    return list(programme.rules.order_by("position", "pk")) if programme is not None else []


def is_open(on: date) -> bool:
    """Whether new introductions may come in: always, unless the version in force is closed or over.

    Without any programme introductions are welcome and nothing is promised for them.
    """
    return not why_closed(on)


def why_closed(on: date) -> str:
    """The sentence that says why no introductions come in now; empty when they do."""
    programme = in_force(on)
    if programme is None:
        return ""
    if not programme.is_open:
        return _("The referral programme is closed at the moment. Nothing was kept. Your earlier introductions go on.")
    if programme.ends_on is not None and programme.ends_on < on:
        return _("The referral programme ended on %(day)s. Nothing was kept. Your earlier introductions go on.") % {
            "day": show_day(programme.ends_on)
        }
    return ""


@dataclass(frozen=True)
class Budget:
    """What of a month's cap is used.

    Attributes:
        cap_minor: ``None`` for no cap.
        used_minor: accrued this month in the programme's currency, without what was taken back before it was given.
    """

    currency: str
    cap_minor: int | None
    used_minor: int

    @property
    def left_minor(self) -> int | None:
        """What may still be given; never below zero."""
        return None if self.cap_minor is None else max(self.cap_minor - self.used_minor, 0)

    @property
    def over(self) -> bool:
        """Whether nothing is left of it."""
        return self.left_minor == 0

    @property
    def used_share(self) -> float:
        """Between 0 and 1; 1 where the cap is nothing at all."""
        if not self.cap_minor:
            return 1.0 if self.cap_minor == 0 else 0.0
        return min(self.used_minor / self.cap_minor, 1.0)


def budget(programme: Programme, on: date) -> Budget:
    """The month of ``on``, where the installation is; all versions together."""
    first = on.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    begins, over = moments_of(first, last)
    counted = Reward.objects.filter(currency=programme.currency, at__gte=begins, at__lt=over)
    used = counted.exclude(status=RewardStatus.REVERSED).aggregate(total=Sum("amount_minor"))["total"] or 0
    return Budget(programme.currency, programme.per_month_minor, used)


def offered(on: date) -> tuple[Programme | None, list[RewardRule]]:
    """What an ask may offer today: the version in force with its rewards; no rewards where ``why_not_offered``."""
    programme = in_force(on)
    if programme is None or why_not_offered(on):
        return programme, []
    return programme, rules_of(programme)


def why_not_offered(on: date) -> str:
    """Why asks offer no reward now, as a sentence for a seller; empty when they do.

    People are asked all the same: the ask needs no reward.
    """
    programme = in_force(on)
    if programme is None:
        return _("No terms are published yet, so asks offer no reward.")
    if why_closed(on):
        return _("The programme is closed, so asks offer no reward.")
    if not programme.rules.exists():
        return _("The programme gives no rewards, so asks offer none.")
    now = budget(programme, on)
    if now.over:
        return _("This month’s budget of %(cap)s is used up, so asks offer no reward until next month.") % {
            "cap": exactly(now.cap_minor or 0, now.currency)
        }
    return ""


def versions() -> list[Programme]:
    """All of them with who published them, the newest first; with their rewards in one query more."""
    return list(Programme.objects.select_related("by").prefetch_related("rules").order_by("-version"))


def thresholds() -> list[TaxThreshold]:
    """The dated rows, by country, the newest first within one."""
    return list(TaxThreshold.objects.order_by("country", "form", "-from_on"))


def current(rows: Iterable[TaxThreshold], on: date) -> set[int]:
    """The keys of those that hold on ``on``: of each country and form the last that has begun."""
    newest: dict[tuple[str, str], TaxThreshold] = {}
    for row in rows:
        known = newest.get((row.country, row.form))
        if row.from_on <= on and (known is None or known.from_on < row.from_on):
            newest[row.country, row.form] = row
    return {row.pk for row in newest.values()}
