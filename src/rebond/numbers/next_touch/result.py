"""What is known about the next touch: after n touches without a sale, what one more may bring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from rebond.numbers.estimate import Estimate
from rebond.numbers.money import major

#: What may be advised. ``close_kindly``: end it, for both sides' sake.
VERDICTS = ("go_on", "close_kindly", "cannot_tell")


@dataclass(frozen=True)
class AfterTouches:
    """Deals that had ``n`` outgoing touches and no sale yet.

    Attributes:
        n: touches made so far, from 0.
        arrived: deals that got here; some of them got no further touch.
        chance: that touch n + 1 brings the sale; ``k`` sales of ``n`` deals whose touch n + 1 was made.
        ever: that it is won in the end if one goes on, up to the last touch number seen often enough.
        worth: of touch n + 1, minor units: its chance times what a sale brings.
        value: of going on, minor units (shares of a sale where no money is known): worth less cost, of this touch and
            of those after it, stopping when it no longer pays.
        verdict: one of ``VERDICTS``.
    """

    n: int
    arrived: int
    chance: Estimate
    ever: Estimate
    worth: Estimate
    value: Estimate
    verdict: str

    def as_json(self, *, minor_per_major: int = 100, money: bool = True) -> dict[str, Any]:
        """One row of ``next_touch`` of the report; money in major units."""
        value = major(self.value, minor_per_major) if money else self.value
        return {
            "n": self.n, "deals": self.arrived,
            "chance_next": self.chance.as_json(), "chance_ever": self.ever.as_json(),
            "worth": major(self.worth, minor_per_major).as_json(), "value_of_going_on": value.as_json(),
            "verdict": self.verdict,
        }  # fmt: skip


@dataclass(frozen=True)
class State:
    """Deals with ``n`` outgoing touches, the last ``silent`` of them unanswered (``silent`` 8 means 8 or more).

    Attributes:
        seen: how often a touch was made from here; below 10 there is no advice.
        chance, ever, value, verdict: as in ``AfterTouches``, for deals in this state.
    """

    n: int
    silent: int
    seen: int
    chance: Estimate
    ever: Estimate
    value: Estimate
    verdict: str

    def as_json(self, *, minor_per_major: int = 100, money: bool = True) -> dict[str, Any]:
        """One state of ``next_touch`` of the report; money in major units."""
        value = major(self.value, minor_per_major) if money else self.value
        return {
            "n": self.n, "silent": self.silent, "seen": self.seen, "chance_next": self.chance.as_json(),
            "chance_ever": self.ever.as_json(), "value_of_going_on": value.as_json(), "verdict": self.verdict,
        }  # fmt: skip


@dataclass(frozen=True)
class ReliabilityBin:
    """Touches of about the same forecast chance: what was forecast, what came (k of n), Jeffreys' 95 % bar."""

    forecast: float
    k: int
    n: int
    low: float
    high: float

    def as_json(self) -> dict[str, Any]:
        """A point of the reliability picture."""
        return {"forecast": self.forecast, "k": self.k, "n": self.n, "lo95": self.low, "hi95": self.high}


@dataclass(frozen=True)
class Calibration:
    """The curve of the older deals, held against the newer ones.

    Attributes:
        since: newer deals are those opened in this month or later; ``None`` when nothing could be held against it.
        slope: 1 is right; below 1 the curve claims too much difference between touch numbers.
        level: log-odds by which the newer deals do better (above 0) or worse than forecast.
        z: Spiegelhalter's z of the forecasts; beyond 2 either way they are off.
        bins: at most 10, of about equal count.
        drifted: the newer deals differ beyond chance; then the curve shown is that of the newer ones alone.
    """

    since: date | None
    slope: Estimate
    level: Estimate
    z: float | None = None
    bins: tuple[ReliabilityBin, ...] = ()
    drifted: bool = False

    def as_json(self) -> dict[str, Any]:
        """The check, for the report."""
        return {
            "since": self.since and self.since.isoformat(),
            "slope": self.slope.as_json(), "level": self.level.as_json(),
            "z": self.z, "bins": [one.as_json() for one in self.bins], "drifted": self.drifted,
        }  # fmt: skip


@dataclass(frozen=True)
class NextTouch:
    """After n touches without a sale: is one more worth it?

    Attributes:
        as_of: the day the deals were looked at.
        source: ``touches`` (dated), ``touch_count`` (a number per deal) or ``none``.
        closed, wins, touches: what there is to learn from: closed deals with touches, sales among them, touches.
        gain: what a sale brings, minor units; ``method`` says whether commission, amount or given.
        cost: of one touch, minor units (as ``average_touch`` where no money is known: shares of a sale).
        cost_basis: ``given``, ``minutes`` (minutes times money per minute) or ``average_touch``: what the same touch
            brings on average when it goes to any deal, which is the price of spending it here.
        money: whether ``gain``, ``worth`` and ``value`` are money; else ``value`` is in sales.
        curve: by touches made so far.
        states: by touches made and how many of the last went unanswered; empty without dated touches that tell.
        stop_after: the smallest n from which on the advice is to close kindly; ``None`` if there is none.
        calibration: how the same curve did on the newest third.
        notes: code and sentence of each caveat.
    """

    as_of: date
    source: str
    closed: int
    wins: int
    touches: int
    gain: Estimate
    cost: Estimate
    cost_basis: str
    money: bool
    curve: tuple[AfterTouches, ...]
    states: tuple[State, ...]
    stop_after: int | None
    calibration: Calibration
    notes: tuple[tuple[str, str], ...] = ()

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """``next_touch`` of the report; money in major units."""
        in_sales = self.cost_basis == "average_touch" and not self.money
        cost = self.cost if in_sales else major(self.cost, minor_per_major)
        return {
            "source": self.source, "closed": self.closed, "wins": self.wins, "touches": self.touches,
            "gain": major(self.gain, minor_per_major).as_json(), "cost": cost.as_json(), "cost_basis": self.cost_basis,
            "money": self.money, "stop_after": self.stop_after,
            "curve": [one.as_json(minor_per_major=minor_per_major, money=self.money) for one in self.curve],
            "states": [one.as_json(minor_per_major=minor_per_major, money=self.money) for one in self.states],
            "calibration": self.calibration.as_json(),
            "notes": [{"code": code, "note": note} for code, note in self.notes],
        }  # fmt: skip

    def __str__(self) -> str:
        lines = [f"next touch: closed deals {self.closed}, sales {self.wins}, touches {self.touches}"]
        lines += [
            f"  after {one.n}: deals {one.arrived}; next {one.chance}; ever {one.ever}; {one.verdict}"
            for one in self.curve
        ]
        lines += [f"  note: {note}" for _code, note in self.notes]
        return "\n".join(lines)
