"""Every question of ``rebond.numbers``, asked of one pair of tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rebond.facts.model import Facts
from rebond.learn import taxonomy
from rebond.learn.phrases.matching import match
from rebond.numbers.agreement import Agreement, agreement
from rebond.numbers.competitors import Competitors, competitors
from rebond.numbers.cycle import Cycle, cycle
from rebond.numbers.drivers import Drivers, drivers
from rebond.numbers.forecast import Forecast, forecast
from rebond.numbers.next_touch import NextTouch, next_touch
from rebond.numbers.outcomes import Outcomes, outcomes
from rebond.numbers.reasons import Reasons, reasons
from rebond.numbers.touches import Touches, touches
from rebond.numbers.trends import Trends, trends
from rebond.report.options import Options

#: Told which question is being asked, as (number, of how many, its name).
Step = Callable[[int, int, str], None]
NAMES = (
    "outcomes", "reasons", "agreement", "competitors", "trends", "drivers", "cycle", "touches", "next_touch",
    "forecast",
)  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """One result per question."""

    outcomes: Outcomes
    reasons: Reasons
    agreement: Agreement
    competitors: Competitors
    trends: Trends
    drivers: Drivers
    cycle: Cycle
    touches: Touches
    next_touch: NextTouch
    forecast: Forecast


def control() -> dict[str, str]:
    """Whose hands each reason of our list was in."""
    return taxonomy.BUILT_IN_LIST.control()


def reason_code(text: str) -> str | None:
    """Free text to a code of our list, when it is plain; a guess would be worse than the text itself."""
    found = match(text)
    return found.code if found.sure else None


def ask(facts: Facts, options: Options, step: Step) -> Answers:
    """Asks all of them, in the order of ``NAMES``; each says by itself what it lacks."""
    found: dict[str, Any] = {}
    for place, name in enumerate(NAMES):
        step(place + 1, len(NAMES), name)
        found[name] = _ASK[name](facts, options)
    return Answers(**found)


def _next_touch(facts: Facts, options: Options) -> NextTouch:
    hour = options.cost_of_hour_minor
    return next_touch(
        facts.deals, facts.touches, as_of=facts.as_of, money_per_minute_minor=None if hour is None else hour / 60
    )


_ASK: dict[str, Callable[[Facts, Options], object]] = {
    "outcomes": lambda facts, _options: outcomes(facts.deals, as_of=facts.as_of),
    "reasons": lambda facts, _options: reasons(facts.deals, control=control(), as_of=facts.as_of),
    "agreement": lambda facts, _options: agreement(facts.deals, as_of=facts.as_of),
    "competitors": lambda facts, _options: competitors(facts.deals, as_of=facts.as_of),
    "trends": lambda facts, _options: trends(facts.deals, as_of=facts.as_of),
    "drivers": lambda facts, options: drivers(facts.deals, as_of=facts.as_of, factors=options.factors),
    "cycle": lambda facts, _options: cycle(facts.deals, as_of=facts.as_of),
    "touches": lambda facts, _options: touches(facts.deals, facts.touches, as_of=facts.as_of),
    "next_touch": _next_touch,
    "forecast": lambda facts, options: forecast(facts.deals, as_of=facts.as_of, goal=options.goal),
}
