"""How the Today list is made: small pure steps over a list of items, in the order of ``STEPS``.

Each step takes the list and the day and returns a list; none looks anything up. Worth in money will be one more step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.base.play import Play


@dataclass(frozen=True)
class Day:
    """What the steps go by.

    Attributes:
        decided: keys of items that were done, put off beyond today, or called not useful.
        minutes: the person's budget for the day.
        spent: minutes of what is done today already.
    """

    today: date
    minutes: int
    spent: int = 0
    decided: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ranked:
    """The finished list: what fits the day, then what can wait."""

    fitting: tuple[Play, ...]
    waiting: tuple[Play, ...]
    minutes: int


Step = Callable[[list[Play], Day], list[Play]]


def without_decided(items: list[Play], day: Day) -> list[Play]:
    """What was done, put off or called not useful is not shown again."""
    return [item for item in items if item.key not in day.decided]


def each_once(items: list[Play], day: Day) -> list[Play]:  # noqa: ARG001
    """Two rooms that name the same thing show it once."""
    return list({item.key: item for item in reversed(items)}.values())[::-1]


def longest_waiting_first(items: list[Play], day: Day) -> list[Play]:  # noqa: ARG001
    """Within a kind, what became worth doing first comes first; the key breaks ties, so the order never flickers."""
    return sorted(items, key=lambda item: (item.since, item.key))


def kinds_in_order(items: list[Play], day: Day) -> list[Play]:  # noqa: ARG001
    """Fresh debriefs and who may be ready, then what buyers said, then what was decided and who to stay in touch with,
    then deals that went quiet.
    """
    return sorted(items, key=lambda item: item.weight)


STEPS: tuple[tuple[Step, str | Promise], ...] = (
    (without_decided, _("What you did, put off or called not useful is left out.")),
    (each_once, _("Each thing is shown once.")),
    (longest_waiting_first, _("What has waited longest comes first.")),
    (
        kinds_in_order,
        _(
            "Debriefs while they are fresh and people who may be ready come first; then buyers’ answers, your actions "
            "and who to stay in touch with; then deals that went quiet."
        ),
    ),
)


def rank(items: list[Play], day: Day) -> list[Play]:
    """All steps, one after the other."""
    for step, _why in STEPS:
        items = step(items, day)
    return items


def cut(items: list[Play], day: Day) -> Ranked:
    """The day's minutes cut the list: from the top until the budget is spent, at least one item.

    >>> cut([], Day(date(2026, 6, 9), 45))
    Ranked(fitting=(), waiting=(), minutes=0)
    """
    left = day.minutes - day.spent
    if left <= 0:
        return Ranked((), tuple(items), 0)
    within = minutes = 0
    for item in items:
        if within and minutes + item.minutes > left:
            break
        within, minutes = within + 1, minutes + item.minutes
    return Ranked(tuple(items[:within]), tuple(items[within:]), minutes)
