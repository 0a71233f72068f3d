"""The shape of a simulation with known truth, and when its figures count as kept.

A study draws worlds whose truth it knows, asks ``rebond.numbers``, and returns a few ``Line``s: a coverage, a
false-alarm rate, a bias. The tests run each with ``smoke`` worlds, ``./rebond validate`` with ``full`` ones, which
writes docs/validation.md. A share that is estimated from S worlds may miss its gate by 3.1 standard errors before it
counts as broken (1 in 1,000 for a share that is exactly at the gate).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Line:
    """One figure of a study.

    Attributes:
        what: in plain words ("coverage of the 95 % range, n = 60").
        figure: the value found; a share from 0 to 1, or any number.
        at_least, at_most: the gate; ``None`` for none.
        worlds: how many simulated worlds the figure rests on when it is a share of them; 0 when it is no share.
        control: a negative control: the naive method, which must break the gate.
        beside: a remark.
    """

    what: str
    figure: float
    at_least: float | None = None
    at_most: float | None = None
    worlds: int = 0
    control: bool = False
    beside: str = ""

    @property
    def inside(self) -> bool:
        """Whether the figure is within its gate, allowing for the luck of the draw."""
        low = -float("inf") if self.at_least is None else self.at_least - self._luck(self.at_least)
        high = float("inf") if self.at_most is None else self.at_most + self._luck(self.at_most)
        return low <= self.figure <= high

    @property
    def kept(self) -> bool:
        """Whether the line is as it should be; a negative control should be outside."""
        return not self.inside if self.control else self.inside

    def _luck(self, gate: float) -> float:
        return 3.1 * sqrt(gate * (1 - gate) / self.worlds) if self.worlds else 0.0


@dataclass(frozen=True)
class Study:
    """A simulation: ``run(worlds, seed)`` gives its lines.

    Attributes:
        name: unique, snake_case.
        about: one or two sentences for docs/validation.md: the world, the truth, what is asked.
        smoke, full: worlds in the default test run (a few seconds) and in ``./rebond validate``.
    """

    name: str
    about: str
    run: Callable[[int, int], list[Line]]
    smoke: int
    full: int
