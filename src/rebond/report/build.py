"""``build(facts, options)`` asks every question; the report is read as a page (``page``) or as JSON (``document``)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from django.utils.translation import gettext as _

from rebond.facts.model import Facts
from rebond.findings import (
    agreement,
    competitors,
    cycle,
    drivers,
    forecast,
    next_touch,
    outcomes,
    reasons,
    touches,
    trends,
    unheard,
)
from rebond.findings.finding import Finding
from rebond.findings.terms import Terms
from rebond.learn import taxonomy
from rebond.report.options import Options
from rebond.report.questions import Answers, Step, ask


@dataclass(frozen=True)
class Chapter:
    """A part of the page: what it answers, and its findings in the order they are read."""

    key: str
    title: str
    findings: tuple[Finding, ...]

    @property
    def columns(self) -> tuple[tuple[Finding, ...], ...]:
        """The findings in two columns as level as can be, each in order; one where there is a single finding."""
        places = min(product((0, 1), repeat=len(self.findings)), key=self._unevenness)
        columns = ([one for one, place in zip(self.findings, places, strict=True) if place == side] for side in (0, 1))
        return tuple(tuple(column) for column in columns if column)

    def _unevenness(self, places: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        """The taller column; of equals, the one that keeps the first findings first."""
        tall = [0, 0]
        for one, place in zip(self.findings, places, strict=True):
            tall[place] += one.height
        return max(tall), places


@dataclass(frozen=True)
class Report:
    """Facts, and what ``numbers`` says of them."""

    facts: Facts
    options: Options
    answers: Answers

    def chapters(self) -> tuple[Chapter, ...]:
        """The findings in the language in force."""
        terms = Terms(self.facts.currency, taxonomy.BUILT_IN_LIST.label)
        a = self.answers
        return (
            Chapter("ends", _("How deals end"), (*outcomes.findings(a.outcomes, terms),
                                                 *competitors.findings(a.competitors, terms))),
            Chapter("reasons", _("Why we lose"), (*unheard.findings(a.reasons.unheard, terms),
                                                  *reasons.findings(a.reasons, terms),
                                                  *agreement.findings(a.agreement, terms))),
            Chapter("trends", _("What moved"), trends.findings(a.trends, terms)),
            Chapter("drivers", _("What goes with winning"), drivers.findings(a.drivers, terms)),
            Chapter("effort", _("What it takes"), (*cycle.findings(a.cycle, terms), *touches.findings(a.touches, terms),
                                                   *next_touch.findings(a.next_touch, terms))),
            Chapter("forecast", _("What comes"), forecast.findings(a.forecast, terms)),
        )  # fmt: skip


def _silent(_number: int, _of: int, _name: str) -> None:
    """No progress is wanted."""


def build(facts: Facts, options: Options | None = None, *, step: Step = _silent) -> Report:
    """Asks every question. What a question lacks it says itself; nothing is left out silently.

    ``step`` is told which question is being asked.
    """
    chosen = options or Options()
    return Report(facts, chosen, ask(facts, chosen, step))
