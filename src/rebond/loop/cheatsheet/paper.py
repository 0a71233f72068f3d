"""The cheat sheet as one printable page of A4 (PDF), by ReportLab: pure Python, no system library, no network.

Inter (OFL) is embedded as far as its letters are used. What does not fit is set smaller, down to seven points, and no
text is longer than fits so: a sheet is always one page.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rebond.base.dates import show_weekday
from rebond.loop.cheatsheet.sheet import Line, Sheet

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

FONTS = Path(__file__).resolve().parent.parent / "fonts"
#: Our own blue and grey on white paper (``tokens.css``, light), and the sizes of the text, largest first, in points.
INK, QUIET, ACCENT, RULE = "#14212b", "#44545f", "#0b5c7c", "#dbe2e6"
SIZES = (12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
MARGIN, TOP = 56, 56
#: Letters of one text: eighteen of these fit the page at the smallest size.
LONGEST = 280


def as_pdf(sheet: Sheet) -> bytes:
    """The page; its language is the one in force."""
    _fonts()
    for size in SIZES:
        page, pages = _made(sheet, size)
        if pages == 1:
            break
    return page


@cache
def _fonts() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name in ("Inter-Regular", "Inter-SemiBold"):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))


def _made(sheet: Sheet, size: float) -> tuple[bytes, int]:
    """The document set in this size, and how many pages it takes."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    file = BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=TOP, bottomMargin=MARGIN,
        title=f"{_title(sheet)} · {show_weekday(sheet.day)}", author="Rebond", lang=get_language() or "en",
    )  # fmt: skip
    document.build(_content(sheet, size))
    return file.getvalue(), document.page


def _title(sheet: Sheet) -> str:
    return _("Cheat sheet of %(name)s") % {"name": sheet.user.name}


def _content(sheet: Sheet, size: float) -> list[Flowable]:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import HRFlowable, KeepTogether, Paragraph, Spacer

    found: list[Flowable] = [
        Paragraph(escape(_title(sheet)), _style("Inter-SemiBold", size * 1.7, INK)),
        Spacer(1, size / 3),
        Paragraph(escape(show_weekday(sheet.day)), _style("Inter-Regular", size, QUIET)),
        Spacer(1, size),
    ]
    for number, line in enumerate(sheet.lines, start=1):
        found.append(HRFlowable(width="100%", thickness=0.6, color=HexColor(RULE), spaceBefore=0, spaceAfter=size))
        found.append(KeepTogether(_line(number, line, size)))
        found.append(Spacer(1, size))
    return found


def _line(number: int, line: Line, size: float) -> list[Flowable]:
    from reportlab.platypus import Paragraph, Spacer

    parts: list[Flowable] = [
        Paragraph(escape(f"{number}. {line.title}"), _style("Inter-SemiBold", size * 1.15, INK)),
        Spacer(1, size / 3),
        Paragraph(_cut(line.says), _style("Inter-Regular", size, INK)),
    ]
    if line.more:
        parts.append(Paragraph(_cut(line.more), _style("Inter-Regular", size * 0.9, QUIET)))
    parts += [Spacer(1, size / 3), Paragraph(f"→ {_cut(line.step.text)}", _style("Inter-SemiBold", size, ACCENT))]
    return parts


def _cut(text: str) -> str:
    return escape(shorten(text, LONGEST, placeholder="…") if len(text) > LONGEST else text)


def _style(font: str, size: float, colour: str) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle

    # A name without a space may be longer than the page is wide: it breaks where it must.
    return ParagraphStyle(
        f"{font} {size}", fontName=font, fontSize=size, leading=size * 1.4, textColor=HexColor(colour), splitLongWords=1
    )
