"""An estimate with its ranges: a dot, a thick line right 8 times in 10, a thin one right 19 in 20, no end caps.

A hollow dot leans on others (pooled): few cases of its own. A row of them under one axis compares groups.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from rebond.findings.pictures.axis import Axis, dot, joined, line, percent, picture
from rebond.numbers.estimate import Estimate

HEIGHT = 15


@dataclass(frozen=True)
class Mark:
    """One estimate to draw.

    Attributes:
        label: what the picture says aloud ("Seller: likely 20 to 40 in 100").
        hollow: it leans on the others.
        tone: ``ours``, ``noise`` (the other voice, the whole) or ``worse``.
        text: what stands beside it, "8 of 27".
        opens: the address of the cases behind it; empty where there is none.
    """

    estimate: Estimate
    label: str
    text: str = ""
    hollow: bool = False
    tone: str = "ours"
    opens: str = ""


@dataclass(frozen=True)
class Row:
    """A name with its marks, usually one; ``note`` is a second, quieter line."""

    name: str
    marks: tuple[Mark, ...]
    note: str = ""


def interval(
    mark: Mark, axis: Axis, *, reference: float | None = None, height: float = HEIGHT, cost: float | None = None
) -> SafeString:
    """The picture of one estimate; nothing but its gridlines where there is no value.

    ``reference`` is the level of the whole (dotted), ``cost`` what it costs (orange).
    """
    middle = height / 2
    grid = [line(100 * axis.part(value), 0, 100 * axis.part(value), height, "p-grid") for value, _text in axis.ticks]
    if reference is not None:
        at = 100 * axis.part(reference)
        grid.append(line(at, 0, at, height, "p-reference"))
    if cost is not None:
        at = 100 * axis.part(cost)
        grid.append(line(at, 0, at, height, "p-cost"))
    return picture(height, mark.label, *grid, *_drawn(mark, axis, middle), css="picture p-interval")


def _drawn(mark: Mark, axis: Axis, y: float) -> list[SafeString]:
    estimate, parts = mark.estimate, []
    if estimate.value is None:
        return []
    for low, high, css in ((estimate.lo95, estimate.hi95, "p-thin"), (estimate.lo80, estimate.hi80, "p-thick")):
        if low is not None and high is not None:
            parts.append(line(100 * axis.part(low), y, 100 * axis.part(high), y, f"{css} {mark.tone}"))
    shape = "p-hollow" if mark.hollow else "p-dot"
    parts.append(dot(100 * axis.part(estimate.value), y, 3.8 if mark.hollow else 4.3, f"{shape} {mark.tone}"))
    return parts


def intervals(rows: list[Row], axis: Axis, *, reference: float | None = None, keyed: bool = True) -> SafeString:
    """Rows of estimates over one axis: name, picture, figure; ``keyed`` says above them what the marks mean."""
    body = joined([_row(row, axis, reference) for row in rows])
    ticks = format_html_join(
        "", '<text x="{}" y="12" text-anchor="middle" class="p-tick">{}</text>',
        ((percent(100 * axis.part(value)), text) for value, text in axis.ticks),
    )  # fmt: skip
    scale = format_html('<svg class="picture" width="100%" height="16" aria-hidden="true">{}</svg>', ticks)
    key = _key(rows, dotted=reference not in (None, 0.0)) if keyed else SafeString("")
    return key + format_html(
        '<div class="ivs"><ul>{}</ul><div class="iv-axis" aria-hidden="true"><span></span>{}<span></span></div></div>',
        body, scale,
    )  # fmt: skip


def _key(rows: list[Row], *, dotted: bool) -> SafeString:
    said = [_("thick: 8 in 10 sure; thin: 19 in 20")]
    marks = [mark for row in rows for mark in row.marks]
    if any(mark.hollow for mark in marks):
        said.append(_("hollow: few cases, leans on the others"))
    if dotted:
        said.append(_("dotted: all together"))
        if {"noise"} < {mark.tone for mark in marks}:
            said.append(_("in colour: apart from the whole"))
    return format_html('<ul class="f-key">{}</ul>', format_html_join("", "<li>{}</li>", ((one,) for one in said)))


def _row(row: Row, axis: Axis, reference: float | None) -> SafeString:
    note = format_html("<small>{}</small>", row.note) if row.note else ""
    height = HEIGHT if len(row.marks) > 1 else HEIGHT + 7
    marks = joined([interval(mark, axis, reference=reference, height=height) for mark in row.marks])
    texts = joined([_text(mark) for mark in row.marks])
    return format_html(
        '<li><span class="iv-name">{}{}</span><span class="iv-marks">{}</span><span class="iv-text">{}</span></li>',
        row.name, note, marks, texts,
    )  # fmt: skip


def _text(mark: Mark) -> SafeString:
    """The figure beside a mark; a link to its cases where there is one."""
    if mark.opens:
        return format_html('<a class="{}" href="{}">{}</a>', mark.tone, mark.opens, mark.text)
    return format_html('<span class="{}">{}</span>', mark.tone, mark.text)
