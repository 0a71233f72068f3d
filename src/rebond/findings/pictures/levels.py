"""Month, quarter and year in one picture: the same measure at three lengths over the same days, on one scale.

Small hollow dots are months, over the grey band most of them lie in; short level lines are quarters, the broad pale
line behind them is the year. The quarter and the month that one looks at are blue, the rest is grey. So a bad month
inside a good quarter is what it is: one low dot under a high line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.html import format_html
from django.utils.safestring import SafeString

from rebond.findings.pictures.axis import Axis, area, dot, line, percent, picture, polyline, stretched, text
from rebond.findings.pictures.process import Point

HEIGHT, TOP, BOTTOM = 256, 44, 26
#: Where the names of years and of the quarter stand.
YEARS_AT, QUARTER_AT = 12, 30
RIGHT = 99.0
#: A year that begins right of here, in percent, has its name at its right end.
LATE = 45
#: Two level lines that touch are still two.
GAP = 0.35


@dataclass(frozen=True)
class Level:
    """A quarter or a year: the average of its months.

    Attributes:
        first, last: the places of its first and last month among the points; what lies outside is cut.
        value: on the scale of the months; ``None`` draws nothing.
        said: what appears when one points at it.
        text: what stands at it, or nothing.
        year: the broad pale line.
        looked_at: the one it is about.
    """

    first: int
    last: int
    value: float | None
    said: str
    text: str = ""
    year: bool = False
    looked_at: bool = False


def levels(
    points: Sequence[Point], spans: Sequence[Level], axis: Axis, label: str, *, looked_at: int | None = None,
    note: str = "",
) -> SafeString:  # fmt: skip
    """The picture; ``looked_at`` is the month it is about, ``note`` what stands at it."""
    step = (RIGHT - axis.room) / max(len(points), 1)
    place = _Place(axis, step)
    flat = [*_looked_at(spans, place), *_bands(points, place), *_run(points, place)]
    return picture(
        HEIGHT, label, *_scale(axis, place), stretched(HEIGHT, *flat),
        *[one for span in spans if span.year for one in _level(span, place)],
        *[one for span in spans if not span.year for one in _level(span, place)],
        *_months(points, place, looked_at), *_note(points, place, looked_at, note),
        *_ticks(points, place),
    )  # fmt: skip


@dataclass(frozen=True)
class _Place:
    """Where things stand: x in percent of the width, y in pixels."""

    axis: Axis
    step: float

    def x(self, place: float) -> float:
        return self.axis.room + self.step * (place + 0.5)

    def y(self, value: float) -> float:
        return TOP + (1 - self.axis.part(value)) * (HEIGHT - TOP - BOTTOM)

    def edges(self, span: Level) -> tuple[float, float]:
        return self.x(max(span.first, 0) - 0.5) + GAP, self.x(span.last + 0.5) - GAP


def _scale(axis: Axis, place: _Place) -> list[SafeString]:
    base = HEIGHT - BOTTOM
    labels = [text(0, place.y(value) + 4, said) for value, said in axis.ticks]
    return [*labels, line(axis.room, base, 100, base, "p-base")]


def _ticks(points: Sequence[Point], place: _Place) -> list[SafeString]:
    """What stands under the months; a phone has no room for the neighbours of a tick that says its year."""
    told = [(at, one.tick) for at, one in enumerate(points) if one.tick]
    years = {order for order, (_at, said) in enumerate(told) if any(sign.isdigit() for sign in said)}
    return [
        text(place.x(at), HEIGHT - 6, said, "p-tick p-minor" if {order - 1, order + 1} & years else "p-tick",
             anchor="middle")
        for order, (at, said) in enumerate(told)
    ]  # fmt: skip


def _looked_at(spans: Sequence[Level], place: _Place) -> list[SafeString]:
    """The days of the quarter it is about, from top to bottom."""
    found = []
    for span in spans:
        if span.looked_at and not span.year:
            left, right = place.edges(span)
            corners = [(left, TOP - 8), (right, TOP - 8), (right, HEIGHT - BOTTOM), (left, HEIGHT - BOTTOM)]
            found.append(area(corners, "p-looked"))
    return found


def _bands(points: Sequence[Point], place: _Place) -> list[SafeString]:
    found = []
    for known, stretch in groupby(enumerate(points), lambda pair: pair[1].low is not None and pair[1].high is not None):
        if known:
            upper, lower = [], []
            for at, one in stretch:
                sides = (place.x(at - 0.5), place.x(at + 0.5))
                upper += [(side, place.y(one.high or 0.0)) for side in sides]
                lower += [(side, place.y(one.low or 0.0)) for side in sides]
            found.append(area([*upper, *reversed(lower)], "p-band"))
    return found


def _run(points: Sequence[Point], place: _Place) -> list[SafeString]:
    found = []
    for at in range(1, len(points)):
        before, now = points[at - 1], points[at]
        if before.value is not None and now.value is not None:
            ends = [(place.x(at - 1), place.y(before.value)), (place.x(at), place.y(now.value))]
            found.append(polyline(ends, "p-run p-faint p-open" if now.open else "p-run p-faint"))
    return found


def _level(span: Level, place: _Place) -> list[SafeString]:
    if span.value is None or span.last < 0:
        return []
    (left, right), y = place.edges(span), place.y(span.value)
    css = "p-year" if span.year else "p-quarter ours" if span.looked_at else "p-quarter noise"
    drawn = format_html(
        '<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"><title>{}</title></line>',
        percent(left), f"{y:.1f}", percent(right), f"{y:.1f}", css, span.said,
    )  # fmt: skip
    if not span.text:
        return [drawn]
    if span.year:
        late = left > LATE  # from its own left end it would run over the edge of a phone
        return [drawn, text(right if late else left, YEARS_AT, span.text, "p-said", anchor="end" if late else "start")]
    middle = (left + right) / 2
    anchor = "end" if middle > 80 else "start" if middle < 24 else "middle"
    x = right if anchor == "end" else left if anchor == "start" else middle
    return [drawn, text(x, QUARTER_AT, span.text, "p-name ours", anchor=anchor)]


def _months(points: Sequence[Point], place: _Place, looked_at: int | None) -> list[SafeString]:
    found = []
    for at, one in enumerate(points):
        if one.value is not None:
            chosen = at == looked_at
            css = "p-dot ours" if chosen else "p-hollow noise"
            found.append(dot(place.x(at), place.y(one.value), 5 if chosen else 3, css, one.said))
    return found


def _note(points: Sequence[Point], place: _Place, looked_at: int | None, note: str) -> list[SafeString]:
    if looked_at is None or not note or not 0 <= looked_at < len(points):
        return []
    value, x = points[looked_at].value, place.x(looked_at)
    if value is None:
        return []
    y = place.y(value)
    below = y + 20 if y < HEIGHT - BOTTOM - 22 else y - 12
    anchor = "end" if x > 80 else "start" if x < 20 else "middle"
    return [text(x, below, note, "p-said p-halo", anchor=anchor)]
