"""A curve with its ribbon, and the line of what it costs: points above the cost are solid, below it hollow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from rebond.findings.pictures.axis import Axis, area, dot, line, picture, polyline, stretched, text

HEIGHT, TOP, BOTTOM = 216, 18, 40
RIGHT = 98.0


@dataclass(frozen=True)
class Line:
    """A level across the picture, such as a cost or a goal, with its words."""

    value: float
    text: str


@dataclass(frozen=True)
class Curve:
    """One curve: x, y, and the likely range of each point.

    Attributes:
        xs, ys: the points; a ``None`` in ``ys`` is a gap.
        low, high: the ribbon; empty for none.
        text: what stands at its end.
        tone: ``ours``, ``noise`` or ``worse``.
        marked: draws each point (a few); otherwise a plain line (many).
        steps: holds each value until the next one.
        said: what appears when one points at a point.
    """

    xs: Sequence[float]
    ys: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    text: str = ""
    tone: str = "ours"
    marked: bool = True
    steps: bool = False
    said: Sequence[str] = ()


def curve(
    curves: Sequence[Curve], across: Axis, upward: Axis, label: str, *, cost: Line | None = None, below: str = ""
) -> SafeString:
    """The curves over a common axis; ``below`` says what the axis across counts."""
    flat = [shape for one in curves for shape in (*_ribbon(one, across, upward), _run(one, across, upward))]
    height = _tall(upward)
    return picture(
        height, label, *_grid(across, upward), stretched(height, *flat), *_cost(cost, upward),
        *[mark for one in curves for mark in _marks(one, across, upward, cost)],
        *[_ending(one, across, upward) for one in curves if one.text], *_below(below, height),
    )  # fmt: skip


def _tall(upward: Axis) -> float:
    return upward.tall or HEIGHT


def _x(across: Axis, upward: Axis, value: float) -> float:
    return upward.room + across.part(value) * (RIGHT - upward.room)


def _y(upward: Axis, value: float) -> float:
    return TOP + (1 - upward.part(value)) * (_tall(upward) - TOP - BOTTOM)


def _grid(across: Axis, upward: Axis) -> list[SafeString]:
    parts = []
    for value, label in upward.ticks:
        parts += [line(upward.room, _y(upward, value), 100, _y(upward, value), "p-grid")]
        parts += [text(0, _y(upward, value) + 4, label)]
    base = _tall(upward) - BOTTOM
    parts.append(line(upward.room, base, 100, base, "p-base"))
    for value, label in across.ticks:
        parts.append(text(_x(across, upward, value), base + 16, label, anchor="middle"))
    return parts


def _below(words: str, height: float) -> list[SafeString]:
    return [text(54, height - 5, words, anchor="middle")] if words else []


def _corners(one: Curve, ys: Sequence[float | None], across: Axis, upward: Axis) -> list[tuple[float, float]]:
    """The points as drawn, in percent and pixels; steps get their corner."""
    found: list[tuple[float, float]] = []
    for x, y in zip(one.xs, ys, strict=True):
        if y is None:
            continue
        at = (_x(across, upward, x), _y(upward, y))
        if one.steps and found:
            found.append((at[0], found[-1][1]))
        found.append(at)
    return found


def _ribbon(one: Curve, across: Axis, upward: Axis) -> list[SafeString]:
    if not one.low or not one.high:
        return []
    lower, upper = _corners(one, one.low, across, upward), _corners(one, one.high, across, upward)
    return [area([*upper, *reversed(lower)], f"p-ribbon {one.tone}")] if len(lower) > 1 else []


def _run(one: Curve, across: Axis, upward: Axis) -> SafeString:
    return polyline(_corners(one, one.ys, across, upward), f"p-curve {one.tone}")


def _marks(one: Curve, across: Axis, upward: Axis, cost: Line | None) -> list[SafeString]:
    if not one.marked:
        return []
    found = []
    for place, (x, y) in enumerate(zip(one.xs, one.ys, strict=True)):
        if y is not None:
            pays = cost is None or y > cost.value
            css = f"p-dot {one.tone}" if pays else "p-hollow noise"
            said = one.said[place] if place < len(one.said) else ""
            found.append(dot(_x(across, upward, x), _y(upward, y), 4.3, css, said))
    return found


def _cost(cost: Line | None, upward: Axis) -> list[SafeString]:
    if cost is None:
        return []
    y = _y(upward, cost.value)
    return [line(upward.room, y, 100, y, "p-cost"), text(100, y - 6, cost.text, "p-cost-text", anchor="end")]


def _ending(one: Curve, across: Axis, upward: Axis) -> SafeString:
    """The curve's name at its last point, above the line."""
    last = [(x, y) for x, y in zip(one.xs, one.ys, strict=True) if y is not None]
    if not last:
        return SafeString("")
    x, y = last[-1]
    return text(_x(across, upward, x), _y(upward, y) - 8, one.text, f"p-name {one.tone}", anchor="end")
