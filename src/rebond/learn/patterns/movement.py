"""What really moved, as findings: one chart in full, the reasons in small, and what is worth testing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, trends, words
from rebond.findings.finding import Finding, Link, Verdict
from rebond.findings.terms import Terms
from rebond.learn.models import ChangeKind
from rebond.learn.patterns.levers import lever
from rebond.learn.patterns.results import Change, Changes
from rebond.learn.patterns.view import View
from rebond.learn.taxonomy import Stamp, Taxonomy
from rebond.numbers.trends import Measure

#: Reasons drawn; the table behind holds all.
DRAWN = 6
KEY = "patterns.reasons"


def moved(block: Changes, view: View) -> Finding:
    """The measure that really moved, else the win rate; with the days on which the list of reasons changed."""
    names = view.names
    stamped = [(stamp.at.date(), stamp_words(stamp, names)) for stamp in block.stamps]
    found = trends.full(leading(block), Terms(reason=names.label), stamped)
    if not found.picture:
        return Finding("patterns.moved", found.headline, _("A year of months with closed deals is needed."),
                       verdict=found.verdict, known=False)  # fmt: skip
    noted = _stamped_words(block.stamps)
    caveat = f"{found.caveat} {noted}".strip() if noted else found.caveat
    return Finding("patterns.moved", found.headline, found.measure, found.picture, found.table, found.sure, caveat,
                   verdict=found.verdict, known=found.known)  # fmt: skip


def leading(block: Changes) -> Measure:
    """The win rate when it moved, else the first reason that did, else the win rate."""
    series = [block.win_rate, *(change.measure for change in block.reasons)]
    return next((one for one in series if one.verdict in ("rise", "drop")), block.win_rate)


def stamp_words(stamp: Stamp, names: Taxonomy) -> str:
    """What changed in the list of reasons: "March 2026: “X” merged into “Y”"."""
    said = {"month": words.month(stamp.at.date()), "reason": names.label(stamp.code),
            "into": names.label(stamp.into) if stamp.into else ""}  # fmt: skip
    forms = {
        ChangeKind.ADD: _("%(month)s: “%(reason)s” was added"),
        ChangeKind.MERGE: _("%(month)s: “%(reason)s” is counted as “%(into)s”"),
        ChangeKind.RETIRE: _("%(month)s: “%(reason)s” left the list"),
        ChangeKind.RESTORE: _("%(month)s: “%(reason)s” is on the list again"),
        ChangeKind.REWORD: _("%(month)s: “%(reason)s” was reworded"),
    }
    return forms.get(ChangeKind(stamp.kind), forms[ChangeKind.REWORD]) % said


def _stamped_words(stamps: Sequence[Stamp]) -> str:
    if not stamps:
        return ""
    months: list[date] = sorted({stamp.at.date().replace(day=1) for stamp in stamps})
    return _("Small circles on the axis: the list of reasons changed (%(months)s).") % {
        "months": parts.listed([words.month(month) for month in months])}  # fmt: skip


def by_reason(block: Changes, view: View) -> Finding:
    """Reason by reason: the line in small, before and now, the verdict; one worth testing."""
    known = [change for change in block.reasons if change.measure.segment is None and change.measure.months]
    if not known:
        return Finding(KEY, _("Whether a reason became rarer cannot be said yet"),
                       _("Nine months with losses and reasons are needed."), known=False)  # fmt: skip
    real = [change for change in known if change.measure.verdict in ("rise", "drop")]
    act, button = _worth_testing(known)
    terms = Terms(reason=view.names.label)
    return Finding(
        KEY, _reasons_headline(len(real), len(known)),
        _("Share of explained losses, the newest months against those before"),
        _small_rows(known[:DRAWN], terms), trends.measures_table([one.measure for one in known], terms),
        _looks(block), act=act, verdict=None if real else Verdict("noise", _("Noise")), opens=button,
    )  # fmt: skip


def _reasons_headline(real: int, known: int) -> str:
    if not real:
        return _("Reason by reason: no real change")
    if real == known:
        return ngettext("Reason by reason: one real change", "Reason by reason: %(real)s real changes", real) % {
            "real": words.count(real)}  # fmt: skip
    luck = known - real
    text = ngettext("Reason by reason: one real change, %(luck)s within luck",
                    "Reason by reason: %(real)s real changes, %(luck)s within luck", real)  # fmt: skip
    return text % {"real": words.count(real), "luck": words.count(luck)}


def _small_rows(shown: Sequence[Change], terms: Terms) -> SafeString:
    months = shown[0].measure.months[-trends.SMALL :]
    span = _("%(first)s to %(last)s") % {"first": words.short_month(months[0].month, with_year=True),
                                        "last": words.short_month(months[-1].month, with_year=True)}  # fmt: skip
    head = format_html('<li class="hd"><span></span><span>{}</span><span class="v">{}</span><span></span></li>',
                       span, _("Before, now"))  # fmt: skip
    rows = format_html_join("", '<li><span>{}</span>{}<span class="v">{}</span>{}</li>',
                            (trends.spark_row(one.measure, terms) for one in shown))  # fmt: skip
    return format_html('<ul class="sparks">{}{}</ul>', head, rows)


def _looks(block: Changes) -> str:
    if not block.looked_at:
        return ""
    return ngettext("%(n)s series looked at; by chance alone %(by_chance)s would alarm.",
                    "%(n)s series looked at; by chance alone %(by_chance)s would alarm.", block.looked_at) % {
        "n": words.count(block.looked_at), "by_chance": words.decimal(block.by_chance, 2)}  # fmt: skip


def _worth_testing(known: Sequence[Change]) -> tuple[SafeString | str, tuple[Link, ...]]:
    """A lever of the reason that rose, else of the one named most now; none where no reason has a lever."""
    with_lever = [change for change in known if change.measure.reason and lever(change.measure.reason)]
    risen = [change for change in with_lever if change.measure.verdict == "rise"]
    settled = [change for change in with_lever if change.measure.verdict != "drop"]
    settled.sort(key=lambda change: -(change.measure.after.value or 0))
    chosen = next(iter([*risen, *settled]), None)
    if chosen is None or chosen.measure.reason is None:
        return "", ()
    query = urlencode({"reason": chosen.measure.reason, "pattern": KEY})
    text = format_html(
        "<b>{}</b> {}", _("Worth testing:"),
        _("%(lever)s, against “%(reason)s”") % {"lever": lever(chosen.measure.reason), "reason": chosen.label},
    )  # fmt: skip
    return text, (Link(_("Start the test"), f"{reverse('learn:new_test')}?{query}", button=True),)
