"""A process-behaviour chart: what varies as it always does, and what does not.

The grey band is ordinary variation (its width follows the number of cases), hollow points are ordinary, solid ones are
signals, the dashed upright line is what changed, the dotted one the old average carried on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.safestring import SafeString

from rebond.findings.pictures.axis import Axis, area, dot, line, picture, polyline, stretched, text

HEIGHT, TOP, BOTTOM = 216, 26, 24
RIGHT = 98.0


@dataclass(frozen=True)
class Point:
    """One period.

    Attributes:
        value: ``None`` draws a gap.
        low, high: the limits of ordinary variation then; ``None`` for no band.
        signal: outside ordinary variation.
        open: not all deals of the period are decided yet; drawn dashed.
        tick: its label on the axis, or nothing.
        said: what appears when one points at it: "June 2026: 12 of 40".
    """

    value: float | None
    said: str
    low: float | None = None
    high: float | None = None
    signal: bool = False
    open: bool = False
    tick: str = ""


@dataclass(frozen=True)
class Change:
    """Since which point something is different, in words, and the level before and after."""

    at: int
    text: str
    before: float | None = None
    after: float | None = None
    worse: bool = False


@dataclass(frozen=True)
class Stamp:
    """Something that people changed at a point, in words when one points at it.

    ``short`` is a number or letter that stands at the top of a dashed line across the picture; without it there is
    only a mark on the axis.
    """

    at: int
    text: str
    short: str = ""


def process(
    points: Sequence[Point], axis: Axis, label: str, *, centre: float | None, change: Change | None = None,
    stamps: Sequence[Stamp] = (),
) -> SafeString:  # fmt: skip
    """The chart; ``centre`` is the average of the baseline, ``stamps`` are what people changed meanwhile."""
    xs = _places(len(points), axis.room)
    base = HEIGHT - BOTTOM
    flat = [*_bands(points, xs, axis), *_segments(points, xs, axis)]
    return picture(
        HEIGHT, label,
        *_scale(axis, base), stretched(HEIGHT, *flat), *_levels(xs, axis, centre, change),
        *_changed(xs, base, change), *_stamped(xs, base, stamps), *_points(points, xs, axis, change),
        *_ticks(points, xs),
    )  # fmt: skip


def _places(n: int, room: float) -> list[float]:
    """Where the points stand, in percent, with half a step free on both sides."""
    step = (RIGHT - room) / max(n, 1)
    return [room + step * (place + 0.5) for place in range(n)]


def _y(axis: Axis, value: float) -> float:
    return TOP + (1 - axis.part(value)) * (HEIGHT - TOP - BOTTOM)


def _scale(axis: Axis, base: float) -> list[SafeString]:
    parts = [text(0, _y(axis, value) + 4, label) for value, label in axis.ticks]
    return [*parts, line(axis.room, base, 100, base, "p-base")]


def _bands(points: Sequence[Point], xs: list[float], axis: Axis) -> list[SafeString]:
    """The band as a staircase, since each period has its own width; one outline per stretch without a gap."""
    half = (xs[1] - xs[0]) / 2 if len(xs) > 1 else 20
    found = []
    for known, stretch in groupby(zip(points, xs, strict=True), lambda pair: _banded(pair[0])):
        if known:
            upper, lower = [], []
            for point, x in stretch:
                upper += [(edge, _y(axis, point.high or 0.0)) for edge in (x - half, x + half)]
                lower += [(edge, _y(axis, point.low or 0.0)) for edge in (x - half, x + half)]
            found.append(area([*upper, *reversed(lower)], "p-band"))
    return found


def _banded(point: Point) -> bool:
    return point.low is not None and point.high is not None


def _segments(points: Sequence[Point], xs: list[float], axis: Axis) -> list[SafeString]:
    """The line through the points; a gap stays a gap."""
    found = []
    for place in range(1, len(points)):
        before, now = points[place - 1], points[place]
        if before.value is not None and now.value is not None:
            ends = [(xs[place - 1], _y(axis, before.value)), (xs[place], _y(axis, now.value))]
            found.append(polyline(ends, "p-run p-open" if now.open else "p-run"))
    return found


def _levels(xs: list[float], axis: Axis, centre: float | None, change: Change | None) -> list[SafeString]:
    """The old average, carried on dotted after a change; the new level."""
    if centre is None or not xs:
        return []
    cut = _cut(xs, change) if change else RIGHT
    parts = [line(axis.room, _y(axis, centre), cut, _y(axis, centre), "p-centre")]
    if change:
        parts.append(line(cut, _y(axis, centre), RIGHT, _y(axis, centre), "p-carried"))
        if change.after is not None:
            level = _y(axis, change.after)
            parts.append(line(cut, level, RIGHT, level, f"p-level {'worse' if change.worse else 'ours'}"))
    return parts


def _cut(xs: list[float], change: Change) -> float:
    half = (xs[1] - xs[0]) / 2 if len(xs) > 1 else 0
    return xs[min(max(change.at, 0), len(xs) - 1)] - half


def _changed(xs: list[float], base: float, change: Change | None) -> list[SafeString]:
    if change is None or not xs:
        return []
    at = _cut(xs, change)
    anchor = "start" if at < 33 else "end" if at > 67 else "middle"
    return [line(at, 16, at, base, "p-changed"), text(at, 11, change.text, "p-said", anchor=anchor)]


def _stamped(xs: list[float], base: float, stamps: Sequence[Stamp]) -> list[SafeString]:
    """A short upright line from the axis with a circle on it; one with its number across the picture."""
    found: list[SafeString] = []
    for stamp in stamps:
        if 0 <= stamp.at < len(xs):
            x = xs[stamp.at]
            if stamp.short:
                found += [line(x, 30, x, base, "p-changed"), text(x, 26, stamp.short, "p-said", anchor="middle")]
            else:
                found.append(line(x, base - 14, x, base, "p-changed"))
            found.append(dot(x, base if stamp.short else base - 16, 3, "p-stamp", stamp.text))
    return found


def _points(points: Sequence[Point], xs: list[float], axis: Axis, change: Change | None) -> list[SafeString]:
    tone = "worse" if change and change.worse else "ours"
    found = []
    for point, x in zip(points, xs, strict=True):
        if point.value is not None:
            css = f"p-dot {tone}" if point.signal else "p-hollow noise"
            radius = 4.6 if point.signal else 3 if len(points) <= 40 else 2
            found.append(dot(x, _y(axis, point.value), radius, css, point.said))
    return found


def _ticks(points: Sequence[Point], xs: list[float]) -> list[SafeString]:
    return [text(x, HEIGHT - 6, point.tick, anchor="middle") for point, x in zip(points, xs, strict=True) if point.tick]


def spark(points: Sequence[Point], label: str, *, worse: bool = False, height: float = 31) -> SafeString:
    """A year in small: the line, its own ordinary variation, the signals."""
    known = [v for p in points for v in (p.value, p.low, p.high) if v is not None] or [0.0, 1.0]
    axis = Axis(min(known), max(known), ())
    xs = [3 + 94 * place / max(len(points) - 1, 1) for place in range(len(points))]

    def at(value: float) -> float:
        return 5 + (1 - axis.part(value)) * (height - 10)

    banded = [(x, p) for x, p in zip(xs, points, strict=True) if p.low is not None and p.high is not None]
    outline = [(x, at(p.high or 0)) for x, p in banded] + [(x, at(p.low or 0)) for x, p in reversed(banded)]
    run = [(x, at(p.value)) for x, p in zip(xs, points, strict=True) if p.value is not None]
    tone = "worse" if worse else "ours"
    dots = [
        dot(x, at(p.value), 3.2, f"p-dot {tone}")
        for x, p in zip(xs, points, strict=True)
        if p.signal and p.value is not None
    ]
    flat = ([area(outline, "p-band")] if len(banded) > 1 else []) + [polyline(run, "p-run")]
    return picture(height, label, stretched(height, *flat), *dots, css="picture p-spark")
