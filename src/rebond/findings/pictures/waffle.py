"""One square is one case: solid ours, hatched outside our control, dashed not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rebond.findings import words
from rebond.findings.pictures.axis import joined

ACROSS, CELL, GAP = 20, 14, 4
#: Above this many cases a square stands for one in a hundred.
MOST = 200


@dataclass(frozen=True)
class Squares:
    """A kind of case: how many, and how it looks: ``solid``, ``dotted`` (partly ours), ``hatched`` or ``dashed``.

    ``opens`` is the address of the cases behind the figure; empty where there is none.
    """

    count: int
    fill: str
    text: str
    opens: str = ""


def waffle(kinds: Sequence[Squares], label: str, *, across: int = ACROSS) -> SafeString:
    """The squares beside their key; the key's figures are the true counts, whatever a square stands for."""
    cells = [fill for kind, shown in zip(kinds, shown_counts([k.count for k in kinds]), strict=True)
             for fill in [kind.fill] * shown]  # fmt: skip
    step = CELL + GAP
    rows = -(-len(cells) // across)
    squares = joined([square(fill, step * (i % across), step * (i // across)) for i, fill in enumerate(cells)])
    drawn = format_html(
        '<svg class="picture p-waffle" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        across * step - GAP, max(rows * step - GAP, 1), label, squares,
    )  # fmt: skip
    return format_html('<div class="waffle-row">{}<ul class="waffle-key">{}</ul></div>', drawn, _key(kinds))


def shown_counts(counts: Sequence[int]) -> list[int]:
    """How many squares each kind gets: one a case, or shares of a hundred that add up to it.

    >>> shown_counts([30, 21, 21]), shown_counts([500, 250, 251])
    ([30, 21, 21], [50, 25, 25])
    """
    total = sum(counts)
    if total <= MOST:
        return list(counts)
    exact = [100 * count / total for count in counts]
    shown = [int(part) for part in exact]
    by_rest = sorted(range(len(exact)), key=lambda place: shown[place] - exact[place])
    for place in by_rest[: 100 - sum(shown)]:
        shown[place] += 1
    return shown


def square(fill: str, x: float, y: float) -> SafeString:
    """One square; the hatching is drawn, so that no name has to be unique in the page."""
    box = format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="3" class="p-{}"/>', x + 0.5, y + 0.5, CELL - 1, CELL - 1, fill
    )
    return box + _inside(fill, x, y)


def _inside(fill: str, x: float, y: float) -> SafeString:
    if fill == "hatched":
        lines = ((2, 9, 9, 2), (2, 5, 5, 2), (5, 12, 12, 5), (9, 12, 12, 9))
        path = " ".join(f"M{x + a} {y + b}L{x + c} {y + d}" for a, b, c, d in lines)
        return format_html('<path d="{}" class="p-hatch"/>', path)
    if fill == "dotted":
        return format_html('<circle cx="{}" cy="{}" r="3" class="p-dot ours"/>', x + CELL / 2, y + CELL / 2)
    return SafeString("")


def _key(kinds: Sequence[Squares]) -> SafeString:
    return format_html_join(
        "", '<li><svg width="14" height="14" aria-hidden="true">{}</svg><span>{} {}</span></li>',
        ((square(kind.fill, 0, 0), _figure(kind), kind.text) for kind in kinds),
    )  # fmt: skip


def _figure(kind: Squares) -> SafeString:
    if kind.opens:
        return format_html('<a href="{}"><b>{}</b></a>', kind.opens, words.count(kind.count))
    return format_html("<b>{}</b>", words.count(kind.count))
