"""What the drivers question answers: per factor and level an effect with its ranges, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from rebond.numbers.estimate import Estimate

Verdict = Literal["matters", "cannot_tell", "leaks"]


#: In how many files of pure noise a driver may be named.
BY_LUCK = 0.02


@dataclass(frozen=True)
class Effect:
    """One level against the reference of its factor, or one unit more of a number.

    Attributes:
        level: the level as it stands in the file; "other" (rare ones together), "missing"; for a number the step
            ("+10", "x2"); "yes" for an answer scored yes 1, partly 1/2, no 0.
        odds: effect on the odds of winning as a factor (1 = none); k wins of n decided deals with this level; of a
            number, of all deals it is known for.
        points: the same as an average difference in the chance of winning, from -1 to 1 (0.12 = 12 points).
        p: the model's probability of an effect as strong where there is none; for machines, never shown.
        q: p corrected for all looks of this question (Benjamini-Hochberg).
        verdict: ``matters`` or ``cannot_tell``.
    """

    level: str
    odds: Estimate
    points: Estimate
    p: float | None = None
    q: float | None = None
    verdict: Verdict = "cannot_tell"

    def as_json(self) -> dict[str, Any]:
        """The object of one level."""
        return {
            "level": self.level, "odds": self.odds.as_json(), "points": self.points.as_json(),
            "k": self.odds.k, "n": self.odds.n, "q": self.q, "verdict": self.verdict,
        }  # fmt: skip


@dataclass(frozen=True)
class Leak:
    """Why a factor is no driver but tells the outcome.

    Attributes:
        code: ``nearly_decides`` (alone it tells won from lost with a cross-validated area under the curve above .95),
            ``one_outcome_only`` (filled for won deals only, or for lost ones only), ``filled_at_close`` (empty on every
            open deal), ``dated_after_close`` (most of its dates lie at or after the close), ``named_after_close`` (its
            name says it is known at the end only).
        note: the sentence with its figures.
        auc: the cross-validated area under the curve of this factor alone, where it was computed.
    """

    code: str
    note: str
    auc: float | None = None


@dataclass(frozen=True)
class Factor:
    """One column of the file.

    Attributes:
        name: the column.
        kind: ``answer`` (yes, partly, no), ``levels`` or ``number``.
        reference: the level that the others are compared with; empty for a number.
        effects: one per level but the reference, or the one of the step.
        reference_k, reference_n: wins and decided deals at the reference level.
        adjusted: whether the factor is in the common model; if not, it was looked at without the other factors.
        unplaced: deals whose value is missing or too rare for a level of its own, counted as the average deal.
        auc: cross-validated area under the curve of this factor alone.
        verdict: ``leaks``, ``matters`` when one of its effects does, else ``cannot_tell``.
        leak: why, when it leaks.
        note: an English sentence, may be empty.
    """

    name: str
    kind: str
    reference: str = ""
    effects: tuple[Effect, ...] = ()
    reference_k: int | None = None
    reference_n: int = 0
    adjusted: bool = True
    unplaced: int = 0
    auc: float | None = None
    verdict: Verdict = "cannot_tell"
    leak: Leak | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object of one factor."""
        return {
            "factor": self.name, "kind": self.kind, "reference": self.reference,
            "reference_k": self.reference_k, "reference_n": self.reference_n, "verdict": self.verdict,
            "adjusted": self.adjusted, "unplaced": self.unplaced, "auc": self.auc,
            "code": self.leak.code if self.leak else "", "note": self.leak.note if self.leak else self.note,
            "levels": [effect.as_json() for effect in self.effects],
        }  # fmt: skip


@dataclass(frozen=True)
class LeftOut:
    """A column that was not looked at, and why.

    ``code``: ``one_value``, ``too_many_values``, ``date``, ``too_few_per_level``, ``same_as`` (says the same as others
    together), ``no_such_column``, ``mostly_missing``, ``not_readable`` (a list or a structure).
    """

    name: str
    code: str
    note: str


@dataclass(frozen=True)
class Anything:
    """Does anything at all matter? The strongest of all looks against that of shuffled outcomes.

    Attributes:
        p: share of shuffles whose strongest look is at least as strong; ``None`` when there was nothing to shuffle.
        strongest: the largest of the looks, in standard errors.
        shuffles: how many.
        within: what the outcomes were shuffled within ("owner and month").
    """

    p: float | None = None
    strongest: float | None = None
    shuffles: int = 0
    within: str = ""

    @property
    def matters(self) -> bool:
        """Whether shuffled outcomes look this strong at most 2 times in 100: "at most 5" is then kept with room."""
        return self.p is not None and self.p <= BY_LUCK

    def as_json(self) -> dict[str, Any]:
        """The object of the test."""
        return {"p": self.p, "strongest": self.strongest, "shuffles": self.shuffles, "within": self.within}


@dataclass(frozen=True)
class Drivers:
    """What goes with winning.

    Attributes:
        as_of: the day of the question.
        won: the wins among decided deals; with too few, what is missing.
        factors: those that matter first, then the others in the order of the file, then the leaking ones.
        left_out: columns not looked at.
        anything: whether anything at all matters.
        looks: how many effects ``q`` corrects for.
        method: the model, in a few words.
        owner: how the seller enters: ``random`` (a random intercept and the seller's means), ``levels``, or ``none``.
        apart: factors of the file that the common model has no room for, in the order they were put aside.
        notes: English sentences: what was dropped, and what no pattern can detect.
    """

    as_of: date
    won: Estimate
    factors: tuple[Factor, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    anything: Anything = field(default_factory=Anything)
    looks: int = 0
    method: str = ""
    owner: str = "none"
    apart: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the deals were enough to look."""
        return self.won.known

    @property
    def matters(self) -> tuple[Factor, ...]:
        """The factors with a verdict ``matters``."""
        return tuple(factor for factor in self.factors if factor.verdict == "matters")

    @property
    def leaks(self) -> tuple[Factor, ...]:
        """The factors that tell the outcome."""
        return tuple(factor for factor in self.factors if factor.verdict == "leaks")

    def as_json(self) -> dict[str, Any]:
        """``drivers`` of the report."""
        return {
            "won": self.won.as_json(), "anything": self.anything.as_json(), "looks": self.looks,
            "method": self.method, "owner": self.owner, "apart": list(self.apart), "notes": list(self.notes),
            "factors": [factor.as_json() for factor in self.factors],
            "left_out": [{"factor": out.name, "code": out.code, "note": out.note} for out in self.left_out],
        }  # fmt: skip

    def __str__(self) -> str:
        if not self.known:
            return f"Drivers: {self.won.note}"
        head = f"Drivers of winning, {self.won.k} of {self.won.n} decided deals won, {self.looks} looks."
        lines = [head, *(_line(factor) for factor in self.factors)]
        return "\n".join([*lines, *(f"  {out.name}: left out, {out.note}" for out in self.left_out)])


def _line(factor: Factor) -> str:
    if factor.leak:
        return f"  {factor.name}: leaks, {factor.leak.note}"
    against = f" against {factor.reference}" if factor.reference else ""
    effects = "; ".join(f"{e.level} odds x{e.odds} {e.verdict}" for e in factor.effects)
    return f"  {factor.name}{against}: {effects}"
