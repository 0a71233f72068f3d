"""Axes: round ticks, labelled in the reader's language; and the few SVG elements every picture is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rebond.findings import words


@dataclass(frozen=True)
class Axis:
    """From ``low`` to ``high`` with labelled ticks; ``room`` is the share of the width its labels take at the left.

    ``tall`` is how many pixels the picture has upwards, where that is to be otherwise than usual.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    room: float = 9.0
    tall: float = 0.0

    def part(self, value: float) -> float:
        """Where a value lies, from 0 to 1; what lies outside is drawn at the edge."""
        span = self.high - self.low
        return min(max((value - self.low) / span, 0.0), 1.0) if span > 0 else 0.5


def round_step(span: float, steps: int) -> float:
    """A step of 1, 2 or 5 times a power of ten that cuts ``span`` into about ``steps``.

    >>> round_step(0.47, 5), round_step(830, 4)
    (0.1, 200.0)
    """
    raw = span / steps
    power = 10.0 ** floor(log10(raw)) if raw > 0 else 1.0
    return float(next(power * nice for nice in (1, 2, 5, 10) if power * nice >= raw * 0.7))


def number_axis(
    values: Iterable[float | None],
    label: Callable[[float], str],
    *,
    steps: int = 4,
    room: float = 9.0,
    from_zero: bool = True,
) -> Axis:
    """An axis that holds all values, with about ``steps`` round ticks."""
    known = [value for value in values if value is not None] or [0.0, 1.0]
    low = min(known) if not from_zero or min(known) < 0 else 0.0
    high = max(known) if max(known) > low else low + 1.0
    step = round_step(high - low, steps)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    ticks = tuple((number * step, label(number * step)) for number in range(first, last + 1))
    return Axis(first * step, last * step, ticks, room)


def share_axis(values: Iterable[float | None], *, steps: int = 5, near: bool = False) -> Axis:
    """An axis of shares, from 0, at least to 10 and at most to 100 percent.

    ``near`` moves in when all of them lie far from 0: right for dots, whose place is read, wrong for lengths.
    """
    known = [min(max(value, 0.0), 1.0) for value in values if value is not None] or [0.0]
    if near and min(known) > 0.4 * max(known):
        room = max(0.05 - (max(known) - min(known)), 0.0) / 2  # no tick between two whole percents
        known += [min(known) - room, max(known) + room]
        return number_axis(known, words.percent, steps=min(steps, 4), from_zero=False)
    return number_axis([*known, 0.1], words.percent, steps=steps)


def money_axis(values: Iterable[float | None], currency: str, *, steps: int = 4) -> Axis:
    """An axis of minor units of money."""
    return number_axis(values, lambda minor: words.money(minor, currency).replace("-", "−"), steps=steps, room=15.0)


def percent(number: float) -> str:
    """A coordinate as SVG wants it.

    >>> percent(12.3456)
    '12.35%'
    """
    return f"{number:.2f}%"


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> SafeString:
    """A line; x in percent of the width, y in pixels."""
    return format_html(
        '<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>', percent(x1), f"{y1:.1f}", percent(x2), f"{y2:.1f}", css
    )


def dot(x: float, y: float, radius: float, css: str, said: str = "") -> SafeString:
    """A circle; ``said`` appears when one points at it."""
    title = format_html("<title>{}</title>", said) if said else ""
    return format_html(
        '<circle cx="{}" cy="{}" r="{}" class="{}">{}</circle>', percent(x), f"{y:.1f}", f"{radius:g}", css, title
    )


def text(x: float, y: float, words_: str, css: str = "p-tick", *, anchor: str = "start", dx: float = 0) -> SafeString:
    """A piece of text; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return format_html(
        '<text x="{}" y="{}" dx="{}" text-anchor="{}" class="{}">{}</text>',
        percent(x), f"{y:.1f}", f"{dx:g}", anchor, css, words_,
    )  # fmt: skip


def stretched(height: float, *shapes: SafeString) -> SafeString:
    """Shapes in a box 100 wide that stretches with the picture; lines keep their width (areas have no percentages)."""
    return format_html(
        '<svg x="0" y="0" width="100%" height="{0}" viewBox="0 0 100 {0}" preserveAspectRatio="none">{1}</svg>',
        f"{height:g}", joined(shapes),
    )  # fmt: skip


def polyline(points: Iterable[tuple[float, float]], css: str) -> SafeString:
    """A line through points, for ``stretched``."""
    return format_html('<polyline points="{}" class="{}"/>', _path(points), css)


def area(points: Iterable[tuple[float, float]], css: str) -> SafeString:
    """A filled shape, for ``stretched``."""
    return format_html('<polygon points="{}" class="{}"/>', _path(points), css)


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def joined(parts: Iterable[SafeString]) -> SafeString:
    """Safe pieces, one after the other."""
    return format_html_join("", "{}", ((part,) for part in parts))


def picture(height: float, label: str, *parts: SafeString, css: str = "picture") -> SafeString:
    """The SVG itself: as wide as its column, with a label for those who hear it."""
    return format_html(
        '<svg class="{}" width="100%" height="{}" role="img" aria-label="{}">{}</svg>',
        css, f"{height:g}", label, joined(parts),
    )  # fmt: skip
