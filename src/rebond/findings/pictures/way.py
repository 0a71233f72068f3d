"""The way to a goal: what is reached as a stepped line, what is usual as a dashed one in its pale spread, the goal as a
level line that carries on from edition to edition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from rebond.findings.pictures.axis import Axis, area, dot, line, picture, polyline, stretched, text

HEIGHT, TOP, BOTTOM = 226, 22, 26
RIGHT = 98.0
_To = Callable[[float], float]


@dataclass(frozen=True)
class Aimed:
    """A goal's level from one part of the period (0 to 1) to another; ``text`` stands at its left end above it."""

    since: float
    until: float
    value: float
    text: str = ""
    over: bool = False


@dataclass(frozen=True)
class Stepped:
    """What is reached: parts of the period (0 to 1) and the total at each.

    ``text`` stands at the last one; ``small`` draws that one as the small hollow dot it is.
    """

    xs: Sequence[float]
    ys: Sequence[float]
    text: str = ""
    small: bool = False


def way(
    reached: Stepped, usual: Sequence[tuple[float, float, float, float]], aimed: Sequence[Aimed], upward: Axis,
    across: Sequence[tuple[float, str]], label: str, *, stamps: Sequence[tuple[float, str]] = (), usual_text: str = "",
) -> SafeString:  # fmt: skip
    """The picture.

    Args:
        reached: the stepped line up to today.
        usual: part of the period, lowest, middle, highest of what is usual by then.
        aimed: the goal, edition by edition.
        upward: the axis upwards; ``across``: ticks by part of the period.
        stamps: what people changed, by part of the period: dashed upright lines.
        usual_text: what the dashed line is, at its right end.
    """
    base = HEIGHT - BOTTOM

    def x(part: float) -> float:
        return upward.room + min(max(part, 0.0), 1.0) * (RIGHT - upward.room)

    def y(value: float) -> float:
        return TOP + (1 - upward.part(value)) * (HEIGHT - TOP - BOTTOM)

    flat = _usual(usual, x, y) + _reached(reached, x, y)
    parts = [text(0, y(value) + 4, said) for value, said in upward.ticks]
    parts += [line(upward.room, y(value), 100, y(value), "p-grid") for value, _said in upward.ticks]
    parts.append(line(upward.room, base, 100, base, "p-base"))
    parts += [text(x(part), HEIGHT - 6, said, anchor="middle") for part, said in across]
    for part, said in stamps:
        parts += [line(x(part), TOP - 6, x(part), base, "p-changed"), dot(x(part), base, 3, "p-stamp", said)]
    return picture(
        HEIGHT, label, *parts, stretched(HEIGHT, *flat), *_goal(aimed, x, y), *_ends(reached, usual, usual_text, x, y)
    )


def _usual(usual: Sequence[tuple[float, float, float, float]], x: _To, y: _To) -> list[SafeString]:
    upper = [(x(part), y(high)) for part, _low, _middle, high in usual]
    lower = [(x(part), y(low)) for part, low, _middle, _high in usual]
    ribbon = [area([*upper, *reversed(lower)], "p-ribbon noise")] if len(usual) > 1 else []
    return [*ribbon, polyline([(x(part), y(middle)) for part, _low, middle, _high in usual], "p-curve noise")]


def _reached(reached: Stepped, x: _To, y: _To) -> list[SafeString]:
    corners: list[tuple[float, float]] = []
    for part, value in zip(reached.xs, reached.ys, strict=True):
        if corners:
            corners.append((x(part), corners[-1][1]))
        corners.append((x(part), y(value)))
    return [polyline(corners, "p-curve ours")] if corners else []


def _goal(aimed: Sequence[Aimed], x: _To, y: _To) -> list[SafeString]:
    found = []
    for one in aimed:
        height = y(one.value)
        found.append(line(x(one.since), height, x(one.until), height, "p-goal p-was" if one.over else "p-goal"))
        if one.text:
            found.append(text(x(one.since), height - 6, one.text, "p-said p-halo"))
    return found


def _ends(
    reached: Stepped, usual: Sequence[tuple[float, float, float, float]], usual_text: str, x: _To, y: _To
) -> list[SafeString]:
    found = []
    if reached.xs:
        at, value = reached.xs[-1], reached.ys[-1]
        found.append(
            dot(x(at), y(value), 4, "p-hollow noise") if reached.small else dot(x(at), y(value), 5, "p-dot ours")
        )
        if reached.text:
            side = ("start", 9.0) if at < 0.6 else ("end", -9.0)
            found.append(text(x(at), y(value) - 8, reached.text, "p-name ours p-halo", anchor=side[0], dx=side[1]))
    if usual and usual_text:
        part, _low, middle, _high = usual[int(0.42 * (len(usual) - 1))]
        ahead = max((value for at, value in zip(reached.xs, reached.ys, strict=True) if at <= part), default=0.0)
        below = ahead >= middle and y(middle) + 20 < HEIGHT - BOTTOM - 6
        found.append(text(x(part), y(middle) + (20 if below else -12), usual_text, "p-tick p-halo",
                          anchor="start" if below else "end"))  # fmt: skip
    return found
