"""Reads of the list of reasons: how it is used, how it changed, and what the matcher learns from and did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.utils import timezone

from rebond.accounts.models import User
from rebond.learn import taxonomy
from rebond.learn.models import (
    FeedbackReason,
    MatcherRun,
    ReasonAssertion,
    ReasonPhrase,
    ReleasedPool,
    TaxonomyChange,
    Voice,
    Weight,
)
from rebond.learn.queries.debriefs import sealed_debriefs
from rebond.learn.taxonomy import NOT_KNOWN_YET, OTHER, Taxonomy
from rebond.numbers.estimate import Estimate
from rebond.numbers.rates import share

YEAR = timedelta(days=365)
#: Quarters the use of "something else" is looked at in, and the share above which the list wants a look.
QUARTERS, TOO_MANY_OTHERS = 4, 0.10
#: Suggestions of one run; who has more free texts than that explains the frequent ones first.
MOST_SUGGESTED = 5_000


@dataclass(frozen=True)
class Use:
    """How often one voice named each code: of ``said`` closes (or answers) that say anything, ``named[code]``."""

    said: int
    named: dict[str, int]

    def share(self, code: str) -> Estimate:
        """k of n, as far as n allows; merged codes count as what they are merged into."""
        return share(self.named.get(code, 0), self.said, unit="closed_deals")


@dataclass(frozen=True)
class Quarter:
    """How often sellers found nothing on the list that fits, among the closes of a quarter."""

    starts: date
    other: Estimate
    not_known: Estimate

    @property
    def too_many(self) -> bool:
        """Above one in ten, among at least ten closes."""
        return self.other.value is not None and self.other.value > TOO_MANY_OTHERS


def _current(source: str, since: datetime) -> QuerySet[ReasonAssertion]:
    """What ``source`` says now about closes since then that were not taken back."""
    later = ReasonAssertion.objects.filter(
        close_event=OuterRef("close_event"), source=OuterRef("source"), edition__gt=OuterRef("edition")
    )
    said = ReasonAssertion.objects.filter(source=source, close_event__closed_at__gte=since, close_event__reopening=None)
    return said.filter(~Exists(later))


def _counted(names: Taxonomy) -> Any:
    """The code as it is counted now, in SQL."""
    renamed = [When(code=old, then=Value(names.counted_as(old))) for old in names.merged]
    return Case(*renamed, default=F("code"), output_field=CharField()) if renamed else F("code")


def sellers_use(names: Taxonomy, now: datetime) -> tuple[Use, list[Quarter]]:
    """Sellers, over the closes of the last twelve months and in each of the last four quarters; one pass over them.

    Every edition has one main reason and names a code once, so rows are closes.
    """
    said, starts = _current(Voice.SELLER, now - YEAR), _quarter_starts(timezone.localdate(now))
    inside = [
        When(
            close_event__closed_at__gte=_midnight(first), close_event__closed_at__lt=_midnight(after), then=Value(place)
        )
        for place, (first, after) in enumerate(starts)
    ]
    rows = list(
        said.annotate(quarter=Case(*inside, default=Value(-1), output_field=IntegerField()))
        .values_list("quarter", "code")
        .annotate(n=Count("pk"), main=Count("pk", filter=Q(role=Weight.PRIMARY)))
        .order_by()
    )
    named: Counter[str] = Counter()
    for _place, code, n, _main in rows:
        named[code] += n
    use = Use(sum(main for *_rest, main in rows), dict(named) | _merged(said, names))
    return use, [_quarter(first, [row for row in rows if row[0] == place]) for place, (first, _) in enumerate(starts)]


def _quarter(first: date, rows: list[tuple[int, str, int, int]]) -> Quarter:
    closes, named = sum(row[3] for row in rows), {code: n for _place, code, n, _main in rows}
    other, not_known = (share(named.get(code, 0), closes, unit="closed_deals") for code in (OTHER, NOT_KNOWN_YET))
    return Quarter(first, other, not_known)


def _merged(said: QuerySet[ReasonAssertion], names: Taxonomy) -> dict[str, int]:
    """Closes that name any code of a merged family, once each."""
    families = {code for code in names.reasons if code in names.merged or code in names.merged.values()}
    if not families:
        return {}
    counted = said.filter(code__in=families).annotate(counted=_counted(names)).values_list("counted")
    return dict(counted.annotate(n=Count("close_event", distinct=True)).order_by())


def buyers_use(names: Taxonomy, now: datetime, user: User | None = None) -> Use:
    """Buyers, over the last twelve months: what they said openly, and confidential answers in whole released pools.

    The two are added and never compared: a pool counts whole whatever was said openly about the same deals. What a
    debrief comes before ``user`` may know (``sealed_debriefs``) is not counted for them.
    """
    since = now - YEAR
    pooled = FeedbackReason.objects.filter(response__pool__closed_until__gte=timezone.localdate(since))
    pooled_rows = pooled.annotate(counted=_counted(names)).values_list("counted")
    named = Counter(dict(pooled_rows.annotate(n=Count("response", distinct=True)).order_by()))
    pools = ReleasedPool.objects.filter(closed_until__gte=timezone.localdate(since))
    total = pools.aggregate(n=Sum("answers"))["n"] or 0
    sealed = sealed_debriefs(user).values("close_event")
    shared = _current(Voice.BUYER, since).exclude(close_event__in=sealed)
    total += shared.filter(role=Weight.PRIMARY).count()
    named.update(dict(shared.values_list("code").annotate(n=Count("pk")).order_by()) | _merged(shared, names))
    return Use(total, dict(named))


def _quarter_starts(today: date) -> list[tuple[date, date]]:
    """First day of each quarter and of the next, newest first.

    >>> _quarter_starts(date(2026, 2, 3))[:2]
    [(datetime.date(2026, 1, 1), datetime.date(2026, 4, 1)), (datetime.date(2025, 10, 1), datetime.date(2026, 1, 1))]
    """
    month = today.year * 12 + (today.month - 1) // 3 * 3
    firsts = [date(m // 12, m % 12 + 1, 1) for m in range(month + 3, month - 3 * QUARTERS, -3)]
    return [(first, after) for after, first in pairwise(firsts)]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 (made aware here)


def change_log() -> QuerySet[TaxonomyChange]:
    """Every change of the list, the newest first."""
    return TaxonomyChange.objects.select_related("by").order_by("-version")


def explained() -> QuerySet[ReasonPhrase]:
    """Phrases a person confirmed, apart from those the list has nothing for."""
    return ReasonPhrase.objects.exclude(code__in=("", OTHER))


def confirmed_examples(names: Taxonomy) -> list[tuple[str, str]]:
    """What the matcher learns from: each phrase with the code it means today; those of retired codes teach nothing."""
    rows = explained().order_by("pk").values_list("verbatim", "code")
    counted = [(text, names.offered([code])) for text, code in rows]
    return [(text, code[0]) for text, code in counted if code]


def unexplained_phrases() -> Sequence[ReasonPhrase]:
    """Phrases that wait for a person, the frequent ones first; not more than one run looks at."""
    return list(ReasonPhrase.objects.filter(code="").order_by("-seen", "pk")[:MOST_SUGGESTED])


def phrases_state() -> tuple[Any, ...]:
    """Something that changes when a phrase is met or explained, or the list changes."""
    found = ReasonPhrase.objects.aggregate(
        last=Max("pk"), explained=Count("pk", filter=~Q(code="")), confirmed=Max("confirmed_at")
    )
    return (*found.values(), taxonomy.current().version)


def last_training() -> MatcherRun | None:
    """How the matcher did when it last learnt something."""
    return MatcherRun.objects.order_by("-pk").first()
