"""What ``trends`` answers with: measures, their months, spans side by side, and the state of the record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from rebond.numbers.estimate import Estimate
from rebond.numbers.money import major

#: Where nothing was compared.
NOTHING = Estimate(None, note="nothing to compare", code="nothing_to_compare")
#: Everything a measure may be called.
VERDICTS = ("rise", "drop", "noise", "too_few")
#: Why a measure is ``too_few`` although there are cases enough, or what should be known beside a verdict.
CODES = (
    "too_few", "no_dates", "no_amounts", "too_few_per_month", "could_be_season", "not_resolved_yet",
    "losses_no_longer_recorded", "losses_entered_late", "went_back", "one_month", "not_covered",
    "every_loss_names_it",
)  # fmt: skip


@dataclass(frozen=True)
class MonthPoint:
    """One month of a measure, as the chart draws it. Money is in minor units.

    Attributes:
        month: its first day.
        k, n: the cases that count, of those looked at; for a count ``k`` is ``None`` and ``n`` the count itself; for
            money ``n`` is the number of sales.
        value: k / n, the count or the sum; ``None`` for a rate of fewer than 5.
        centre, low, high: what the months before lead to expect, and the limits beyond which this month alone would be
            news; ``None`` where nothing is judged.
        signal: ``""``, ``"month"`` (beyond the limits), or ``"lasting"`` (the sum of deviations is beyond its limit).
        judged: whether this month is one of those the verdict is about (the others are what they are compared with).
        partial: not over yet (or begun before the record did): shown, never judged.
        unresolved: deals of this opening month that are still open or whose result is not known.
    """

    month: date
    k: int | None
    n: int
    value: float | None
    centre: float | None = None
    low: float | None = None
    high: float | None = None
    signal: str = ""
    judged: bool = False
    partial: bool = False
    unresolved: int = 0

    def as_json(self, *, divide: int = 1) -> dict[str, Any]:
        """The point of the series; money divided into major units."""
        money = {name: _divided(getattr(self, name), divide) for name in ("value", "centre", "low", "high")}
        return {
            "month": self.month.isoformat()[:7], "k": self.k, "n": self.n, **money, "signal": self.signal,
            "judged": self.judged, "partial": self.partial, "unresolved": self.unresolved,
        }  # fmt: skip


@dataclass(frozen=True)
class Span:
    """The month, quarter or year that runs, up to ``as_of``, beside the same days of the one before (M11)."""

    name: str
    first: date
    last: date
    before_first: date
    before_last: date
    now: Estimate
    before: Estimate
    unresolved_now: int = 0
    unresolved_before: int = 0

    def as_json(self, *, divide: int = 1) -> dict[str, Any]:
        """Both sides with their days."""
        return {
            "span": self.name, "from": self.first.isoformat(), "to": self.last.isoformat(),
            "before_from": self.before_first.isoformat(), "before_to": self.before_last.isoformat(),
            "now": major(self.now, divide).as_json(), "before": major(self.before, divide).as_json(),
            "unresolved_now": self.unresolved_now, "unresolved_before": self.unresolved_before,
        }  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """One measure over the months, and what may be said of it.

    Attributes:
        name: ``win_rate_closed``, ``win_rate_opened``, ``closed``, ``won``, ``money_won``, ``opened``,
            ``reason_logged``, or ``reason``.
        kind: ``rate``, ``count`` or ``money``.
        verdict: ``rise``, ``drop``, ``noise`` or ``too_few``.
        code: why, for machines (one of ``CODES``); empty when the verdict needs no more words.
        basis: what the verdict is based on, an English sentence with k of n.
        since: the first day of the month in which the change most likely began; only with ``rise`` and ``drop``.
        since_chances: (month, chance) that it began then, most likely first.
        before, after: the months compared with, and the months judged (from ``since`` on where there is one). A rate,
            or a mean per month.
        could_be_season: the pattern would also be seen if it came back every year; the record is too short to tell.
        need, unit: how many more of what would be enough; ``None`` where more would not help.
        bounds: for opening cohorts with open deals: the rate of the months judged if all of those were lost, and if
            all were won.
        reason, segment: for ``reason`` measures; ``segment`` is ``None`` for all deals.
        q: for ``reason`` measures, the Benjamini-Hochberg value over all of them; ``None`` where not tested.
        months: the series; ``spans``: month, quarter, year side by side.
    """

    name: str
    kind: str
    verdict: str
    basis: str
    code: str = ""
    since: date | None = None
    since_chances: tuple[tuple[date, float], ...] = ()
    before: Estimate = NOTHING
    after: Estimate = NOTHING
    could_be_season: bool = False
    need: int | None = None
    unit: str = ""
    bounds: tuple[float, float] | None = None
    reason: str | None = None
    segment: str | None = None
    q: float | None = None
    months: tuple[MonthPoint, ...] = ()
    spans: tuple[Span, ...] = ()

    def __str__(self) -> str:
        what = self.name if self.reason is None else f"{self.name} {self.reason}"
        where = "" if self.segment is None else f" in {self.segment}"
        since = "" if self.since is None else f" since {self.since:%Y-%m}"
        return f"{what}{where}: {self.verdict}{since}. {self.basis}"

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """The measure as the report prints it; money in major units."""
        divide = minor_per_major if self.kind == "money" else 1
        return {
            "measure": self.name, "kind": self.kind, "reason": self.reason, "segment": self.segment,
            "verdict": self.verdict, "code": self.code, "based_on": self.basis,
            "since": None if self.since is None else self.since.isoformat()[:7],
            "since_chances": [[month.isoformat()[:7], chance] for month, chance in self.since_chances],
            "before": major(self.before, divide).as_json(), "after": major(self.after, divide).as_json(),
            "could_be_season": self.could_be_season, "need": self.need, "unit": self.unit,
            "bounds": None if self.bounds is None else list(self.bounds), "q": self.q,
            "months": [month.as_json(divide=divide) for month in self.months],
            "spans": [span.as_json(divide=divide) for span in self.spans],
        }  # fmt: skip


@dataclass(frozen=True)
class Cohort:
    """The deals opened in one month: how many of them are resolved, how many losses carry a reason.

    ``unresolved`` are open deals and those whose result is not known. Disqualified and duplicate deals are not in it.
    """

    month: date
    opened: int
    won: int
    lost: int
    unresolved: int
    logged: int

    def as_json(self) -> dict[str, Any]:
        """Counts and the two shares, each with its k and n beside it."""
        return {
            "month": self.month.isoformat()[:7], "opened": self.opened, "won": self.won, "lost": self.lost,
            "unresolved": self.unresolved, "losses_with_reason": self.logged,
            "share_resolved": _share(self.opened - self.unresolved, self.opened),
            "share_logged": _share(self.logged, self.lost),
        }  # fmt: skip


@dataclass(frozen=True)
class Record:
    """Is the record itself changing?

    Attributes:
        verdict: ``steady``, ``losses_no_longer_recorded``, ``losses_entered_late``, or ``too_few``.
        basis: an English sentence with the counts.
        since: first day of the month from which on, where something changed.
        cohorts: per opening month, oldest first.
    """

    verdict: str
    basis: str
    since: date | None = None
    cohorts: tuple[Cohort, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Verdict and cohorts."""
        return {
            "verdict": self.verdict, "based_on": self.basis,
            "since": None if self.since is None else self.since.isoformat()[:7],
            "cohorts": [cohort.as_json() for cohort in self.cohorts],
        }  # fmt: skip


@dataclass(frozen=True)
class Trends:
    """What moved and what is noise.

    Attributes:
        measures: the seven measures of the record as a whole, in a fixed order.
        reasons: one measure per reason, then per reason and segment, those with a verdict first.
        record: whether the record itself changes.
        looked_at: how many series a verdict was sought for; ``by_chance``: how many of them would be expected to alarm
            in a file in which nothing changes, with all limits as they are.
        false_alarm: the chance that any at all alarms in such a file, at most.
        smallest_p: the smallest p that the permutations of the reasons could have given; ``None`` if none were tested.
    """

    as_of: date
    measures: tuple[Measure, ...]
    reasons: tuple[Measure, ...]
    record: Record
    looked_at: int
    by_chance: float
    false_alarm: float
    smallest_p: float | None = None

    def __str__(self) -> str:
        looks = f"{self.looked_at} series looked at; {self.by_chance:.2g} would alarm by chance alone."
        lines = [str(measure) for measure in (*self.measures, *self.reasons)]
        return "\n".join([*lines, f"record: {self.record.verdict}. {self.record.basis}", looks])

    def measure(self, name: str) -> Measure:
        """The measure of this name; ``KeyError`` if there is none."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(name)

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """``trends`` of the report."""

        def each(measures: Iterable[Measure]) -> list[dict[str, Any]]:
            return [measure.as_json(minor_per_major=minor_per_major) for measure in measures]

        return {
            "measures": each(self.measures), "reasons": each(self.reasons), "record": self.record.as_json(),
            "looked_at": self.looked_at, "by_chance": self.by_chance, "false_alarm": self.false_alarm,
            "smallest_p": self.smallest_p,
        }  # fmt: skip


def _divided(value: float | None, divide: int) -> float | None:
    return value if value is None or divide == 1 else value / divide


def _share(k: int, n: int) -> float | None:
    return k / n if n >= 5 else None
