"""What the coming weeks may bring, and how well the same forecast did before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from rebond.numbers.estimate import Estimate
from rebond.numbers.money import major


@dataclass(frozen=True)
class Goal:
    """So many sales, or so much money in minor units, from ``start`` to ``end``, both days included.

    Attributes:
        kind: ``count`` or ``money``.
        target: sales, or minor units.
        start, end: the period; it may have begun, or begin later.
        name: what people call it ("Q1-2026").
    """

    kind: str
    target: int
    start: date
    end: date
    name: str = ""

    def __post_init__(self) -> None:
        if self.kind not in {"count", "money"}:
            raise ValueError(f"a goal is a count or money, not {self.kind!r}")
        if self.end < self.start:
            raise ValueError(f"the goal's period ends on {self.end}, before it starts on {self.start}")


@dataclass(frozen=True)
class GoalOutlook:
    """Where a goal stands. ``so_far`` and ``to_come`` in the goal's own unit (sales, or minor units).

    Attributes:
        so_far: reached from the start of the period to ``as_of``.
        to_come: from ``as_of`` to the end of the period.
        chance: that the two together reach the target. It has no range: all doubt is already in it.
    """

    goal: Goal
    so_far: int
    to_come: Estimate
    chance: Estimate

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """``forecast.goal`` of the report; money in major units."""
        unit = minor_per_major if self.goal.kind == "money" else 1
        return {
            "kind": self.goal.kind, "name": self.goal.name, "start": self.goal.start.isoformat(),
            "end": self.goal.end.isoformat(), "target": self.goal.target / unit, "so_far": self.so_far / unit,
            "to_come": major(self.to_come, unit).as_json(), "chance": self.chance.as_json(),
        }  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Today's open deals of one age or one stage, and what they may bring within the horizon.

    Attributes:
        label: the stage (empty: not known, or too many stages), or the age in weeks ("4-7", "40+").
        deals: open deals in it.
        wins: sales to come from them.
        money: minor units to come from them.
        low, high: of an age, its first and last week; ``high`` is ``None`` without end.
        stale: these deals are older than every deal that was ever won.
    """

    label: str
    deals: int
    wins: Estimate
    money: Estimate
    low: int | None = None
    high: int | None = None
    stale: bool = False

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """One part; money in major units."""
        return {
            "label": self.label, "deals": self.deals, "wins": self.wins.as_json(),
            "money": major(self.money, minor_per_major).as_json(), "low": self.low, "high": self.high,
            "stale": self.stale,
        }  # fmt: skip


@dataclass(frozen=True)
class FanPoint:
    """Sales from ``as_of`` to ``day``: the middle and the limits of the two ranges. One point of the picture."""

    day: date
    lo95: float
    lo80: float
    middle: float
    hi80: float
    hi95: float

    def as_json(self) -> dict[str, Any]:
        """One point."""
        return {
            "day": self.day.isoformat(), "lo95": self.lo95, "lo80": self.lo80, "middle": self.middle,
            "hi80": self.hi80, "hi95": self.hi95,
        }  # fmt: skip


@dataclass(frozen=True)
class Past:
    """One forecast as it would have been made on ``origin``, and the sales that came in its horizon."""

    origin: date
    lo95: float
    lo80: float
    lo50: float
    middle: float
    hi50: float
    hi80: float
    hi95: float
    came: int
    crps: float
    pit: float

    def as_json(self) -> dict[str, Any]:
        """One past forecast."""
        return {
            "origin": self.origin.isoformat(), "lo95": self.lo95, "lo80": self.lo80, "lo50": self.lo50,
            "middle": self.middle, "hi50": self.hi50, "hi80": self.hi80, "hi95": self.hi95, "came": self.came,
            "crps": self.crps, "pit": self.pit,
        }  # fmt: skip


@dataclass(frozen=True)
class BackTest:
    """The same forecast made at past days, with what was known then, and held against what came.

    Attributes:
        horizon_weeks: of each past forecast.
        past: one per origin, oldest first.
        within50, within80, within95: share of origins whose sales fell into the range; k of n.
        crps: mean continuous ranked probability score, in sales; smaller is better.
        pinball: mean pinball loss at 5, 25, 50, 75 and 95 %, in sales.
        pit: how many past results fell into each tenth of their forecast; level when the ranges are right.
        error: mean distance of the middle from what came, in sales.
        error_last_year: of "as many as in the same weeks a year before", or in the last weeks where there was no year.
        error_base_rate: of "every open deal wins at the overall rate", stage probabilities without stages.
        widened: factor by which the ranges of the forecast were widened; 1 for none.
        note: why there is none, or what it says about the ranges.
        code: the same for machines.
        need: how many more weeks of history a first origin needs; 0 once there is one.
    """

    horizon_weeks: int
    past: tuple[Past, ...]
    within50: Estimate
    within80: Estimate
    within95: Estimate
    crps: float | None = None
    pinball: tuple[tuple[int, float], ...] = ()
    pit: tuple[int, ...] = ()
    error: float | None = None
    error_last_year: float | None = None
    error_base_rate: float | None = None
    widened: float = 1.0
    note: str = ""
    code: str = ""
    need: int = 0

    def as_json(self) -> dict[str, Any]:
        """``forecast.back_test`` of the report, in sales."""
        return {
            "horizon_weeks": self.horizon_weeks, "origins": len(self.past), "within50": self.within50.as_json(),
            "within80": self.within80.as_json(), "within95": self.within95.as_json(), "crps": self.crps,
            "pinball": {str(level): loss for level, loss in self.pinball}, "pit": list(self.pit), "error": self.error,
            "error_last_year": self.error_last_year, "error_base_rate": self.error_base_rate,
            "widened": self.widened, "note": self.note, "code": self.code, "need": self.need,
            "past": [one.as_json() for one in self.past],
        }  # fmt: skip


@dataclass(frozen=True)
class Forecast:
    """Sales and money to come after ``as_of``, to ``horizon_end`` included.

    Attributes:
        open_deals: today's open deals with a day of opening; ``undated`` more have none and are left out.
        stale: of them, those older than every deal that was ever won.
        oldest_win_weeks: age in weeks of the oldest deal that was won; ``None`` without wins.
        history_weeks, wins_before: weeks from the first opening to ``as_of``; sales in them.
        wins_open, wins_new, wins: sales from today's open deals, from deals yet to be opened, together.
        money_open, money_new, money: the same in minor units.
        by_age, by_stage: today's open deals taken apart. Chances go by age only; see ``notes``.
        fan: cumulated sales week by week, for the picture.
        goal: where the goal stands; ``None`` without one.
        back_test: how this forecast did on this history.
        notes: code and sentence of each caveat.
    """

    as_of: date
    horizon_end: date
    open_deals: int
    undated: int
    stale: int
    oldest_win_weeks: int | None
    history_weeks: int
    wins_before: int
    wins_open: Estimate
    wins_new: Estimate
    wins: Estimate
    money_open: Estimate
    money_new: Estimate
    money: Estimate
    by_age: tuple[Part, ...]
    by_stage: tuple[Part, ...]
    fan: tuple[FanPoint, ...]
    goal: GoalOutlook | None
    back_test: BackTest
    notes: tuple[tuple[str, str], ...] = ()

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """``forecast`` of the report; money in major units."""
        counts = {name: getattr(self, name).as_json() for name in ("wins_open", "wins_new", "wins")}
        money = {
            name: major(getattr(self, name), minor_per_major).as_json() for name in ("money_open", "money_new", "money")
        }
        return {
            "as_of": self.as_of.isoformat(), "horizon_end": self.horizon_end.isoformat(),
            "open_deals": self.open_deals, "undated": self.undated, "stale": self.stale,
            "oldest_win_weeks": self.oldest_win_weeks, "history_weeks": self.history_weeks,
            "wins_before": self.wins_before, **counts, **money,
            "by_age": [one.as_json(minor_per_major=minor_per_major) for one in self.by_age],
            "by_stage": [one.as_json(minor_per_major=minor_per_major) for one in self.by_stage],
            "fan": [one.as_json() for one in self.fan],
            "goal": self.goal and self.goal.as_json(minor_per_major=minor_per_major),
            "back_test": self.back_test.as_json(),
            "notes": [{"code": code, "note": note} for code, note in self.notes],
        }  # fmt: skip

    def __str__(self) -> str:
        lines = [
            f"forecast from {self.as_of} to {self.horizon_end}: open deals {self.open_deals}, stale {self.stale}",
            f"  sales: {self.wins}; from open deals {self.wins_open}; from new ones {self.wins_new}",
            f"  money, minor units: {self.money}",
        ]
        if self.goal is not None:
            lines.append(f"  goal {self.goal.goal.target}: so far {self.goal.so_far}, chance {self.goal.chance}")
        lines.append(f"  back-test: {self.back_test.within80} within the likely range {self.back_test.note}".rstrip())
        return "\n".join(lines + [f"  note: {note}" for _code, note in self.notes])
