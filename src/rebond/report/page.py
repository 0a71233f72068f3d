"""The report as one HTML page that needs nothing else: styles and typeface inside, nothing fetched, no script.

Light and dark follow the reader's system. Text of the file is escaped by the templates; a content policy in the page
forbids everything that is not in it, should a byte slip through.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from rebond.facts.model import Facts, LeftOut
from rebond.findings import words
from rebond.report.build import Report

STYLES = ("web/tokens.css", "report/report.css", "findings/findings.css")
TYPEFACE = "web/vendor/inter/inter.woff2"
FACE = '@font-face{font-family:"Inter R";src:url("data:font/woff2;base64,%s") format("woff2");font-weight:100 900;}'
SHOWN_NOTES = 12


@dataclass(frozen=True)
class Line:
    """A fact about the file: a figure and what it counts."""

    figure: str
    text: str
    note: str = ""


def page(report: Report, language: str) -> str:
    """The whole page in ``en`` or ``fr``."""
    with override(language):
        chapters = report.chapters()
        known = [finding for chapter in chapters for finding in chapter.findings if finding.known]
        context = {
            "language": get_language(), "style": style(), "chapters": chapters, "facts": report.facts,
            "day": words.day(report.facts.as_of), "rests_on": rests_on(report.facts), "columns": report.facts.columns,
            "notes": [note.says for note in report.facts.notes][:SHOWN_NOTES],
            "bets": [finding for finding in known if not finding.luck], "luck": [one for one in known if one.luck],
            "lede": _lede(report.facts), "left_out": [_left_out(one) for one in report.facts.left_out],
        }  # fmt: skip
        return render_to_string("report/page.html", context)


def _lede(facts: Facts) -> str:
    """What was read, in one sentence; the details stand at the end of the page."""
    said = {"used": words.count(facts.rows_used), "read": words.count(facts.rows_read), "day": words.day(facts.as_of),
            "currency": facts.currency}  # fmt: skip
    if facts.currency in ("", "XXX"):
        return _("%(used)s of %(read)s deals used, as of %(day)s.") % said
    return _("%(used)s of %(read)s deals used, as of %(day)s; money in %(currency)s.") % said


def style() -> SafeString:
    """Everything the page looks like, the typeface included."""
    sheets = [_static(name).read_text() for name in STYLES]
    face = FACE % base64.b64encode(_static(TYPEFACE).read_bytes()).decode()
    return mark_safe("<style>" + face + "\n".join(sheets) + "</style>")  # noqa: S308 (our own files)


def _static(name: str) -> Path:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    return Path(found)


def rests_on(facts: Facts) -> list[Line]:
    """Rows read, used, left out, and why: the head of the page."""
    lines = [
        Line(words.count(facts.rows_read), ngettext("deal read", "deals read", facts.rows_read)),
        Line(words.count(facts.rows_used), ngettext("deal used", "deals used", facts.rows_used)),
    ]
    if facts.touches_read:
        lines.append(Line(words.count(facts.touches_used), ngettext("touch used", "touches used", facts.touches_used)))
    return lines + [_left_out(one) for one in (*facts.left_out, *facts.blanked)]


def _left_out(one: LeftOut) -> Line:
    where = ""
    if one.example is not None and one.example.row:
        where = _("first in row %(row)s, column %(column)s") % {"row": one.example.row, "column": one.example.column}
    return Line(words.count(one.count), _("left out: %(reason)s") % {"reason": one.says}, where)
