"""Twenty imagined futures, one dot each: solid ones reach the line, hollow ones fall short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.utils.safestring import SafeString

from rebond.findings.pictures.axis import Axis, dot, line, picture, text

DOTS, RADIUS, STEP, FOOT = 20, 8, 19, 34


def twenty_dots(
    values: Sequence[float], axis: Axis, label: str, *, goal: float | None = None, short: str = "", reached: str = ""
) -> SafeString:
    """``values`` are twenty equally likely outcomes; ``goal`` the line between falling short and reaching it.

    ``short`` and ``reached`` are the words at both sides of the line.
    """
    bins = [_bin(value, axis) for value in values]
    tallest = max(Counter(bins).values(), default=1)
    height = FOOT + max(tallest * STEP, 40) + 26
    base = height - FOOT
    seen: Counter[int] = Counter()
    parts = [line(0, base, 100, base, "p-base")]
    for value, place in sorted(zip(values, bins, strict=True)):
        css = "p-short" if goal is not None and value < goal else "p-dot ours"
        parts.append(dot(_middle(place), base - RADIUS - 2 - STEP * seen[place], RADIUS, css))
        seen[place] += 1
    parts += [text(_x(axis, value), height - 14, tick, anchor="middle") for value, tick in axis.ticks]
    return picture(height, label, *parts, *_goal(axis, goal, base, short, reached))


BINS = 16
#: Where the words of one side no longer fit on a phone, in percent of the width.
FAR_LEFT, FAR_RIGHT = 24, 74


def _x(axis: Axis, value: float) -> float:
    return 6 + 88 * axis.part(value)


def _bin(value: float, axis: Axis) -> int:
    return min(int(axis.part(value) * BINS), BINS - 1)


def _middle(place: int) -> float:
    return 6 + 88 * (place + 0.5) / BINS


def _goal(axis: Axis, goal: float | None, base: float, short: str, reached: str) -> list[SafeString]:
    if goal is None:
        return []
    at = _x(axis, goal)
    left, right = text(at, 14, short, "p-short-text", anchor="end", dx=-8), text(at, 14, reached, "p-name ours", dx=8)
    if at > FAR_RIGHT:  # no room beside the line: one under the other
        right = text(at, 30, reached, "p-name ours", anchor="end", dx=-8)
    elif at < FAR_LEFT:
        left = text(at, 30, short, "p-short-text", dx=8)
    return [line(at, 4, at, base + 4, "p-goal"), left, right]
