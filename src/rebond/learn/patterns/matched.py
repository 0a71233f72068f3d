"""Seller beside buyer, competitors, deals without a decision: as findings that open their deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.deals.queries import deals_for
from rebond.findings import agreement as both_voices
from rebond.findings import competitors as against
from rebond.findings import parts, words
from rebond.findings.finding import Finding, Link, Table
from rebond.findings.pictures import Mark, Row, intervals, share_axis
from rebond.findings.terms import Terms
from rebond.learn.patterns.findings import figure, linked
from rebond.learn.patterns.opening import address
from rebond.learn.patterns.results import AgreementBlock, CompetitorsBlock, NoDecision
from rebond.learn.patterns.view import View
from rebond.numbers.agreement import Pair
from rebond.numbers.competitors import Competitors
from rebond.numbers.estimate import COUNTS_FROM, Estimate

#: Rows of a matrix; the table behind holds more.
DRAWN = 6


def terms_of(view: View) -> Terms:
    """Reasons in the words of the view's list."""
    return Terms(reason=view.names.label)


# ---- (e) agreement


def agreement(block: AgreementBlock, view: View) -> Finding:
    """Do sellers and buyers name the same reasons; below ten pairs the pairs themselves."""
    found = both_voices.findings(block.agreement, terms_of(view))
    sealed = _sealed_words(block.hidden)
    if not found:
        return Finding(
            "patterns.agreement", _("No loss yet where both sides spoke openly"),
            _("Seller and buyer are compared deal by deal, wherever the buyer shared the answer."),
            sure=sealed, known=False, opens=(Link(_("What buyers are asked"), reverse("learn:feedback")),),
        )  # fmt: skip
    one = replace(found[0], key="patterns.agreement", caveat=f"{found[0].caveat} {sealed}".strip())
    if not block.agreement.listed:
        return one
    return replace(one, picture=_pairs(block.agreement.listed, view), table=None)


def _sealed_words(hidden: int) -> str:
    if not hidden:
        return ""
    return ngettext("%(n)s more stays sealed until its debrief is finished.",
                    "%(n)s more stay sealed until their debriefs are finished.", hidden) % {
        "n": words.count(hidden)}  # fmt: skip


def _pairs(listed: Sequence[Pair], view: View) -> SafeString:
    """The deals themselves, seller beside buyer."""
    label, ids = view.names.label, [int(pair.deal_id) for pair in listed]
    names = dict(deals_for(view.user).filter(pk__in=ids).values_list("pk", "name"))
    rows = format_html_join("", '<tr><th scope="row"><a href="{}">{}</a></th><td>{}</td><td>{}</td></tr>', (
        (reverse("loop:deal", args=[int(pair.deal_id)]), parts.name(names[int(pair.deal_id)]),
         *(parts.listed([label(code) for code in said]) for said in (pair.seller, pair.buyer)))
        for pair in listed if int(pair.deal_id) in names))  # fmt: skip
    return _table((_("Deal"), _("The seller says"), _("The buyer says")), rows)


def _table(head: Sequence[str], rows: SafeString, css: str = "") -> SafeString:
    cells = format_html_join("", '<th scope="col">{}</th>', ((name,) for name in head))
    return format_html('<div class="tblwrap" tabindex="0" role="group" aria-label="{}"><table class="tbl {}"><thead>'
                       "<tr>{}</tr></thead><tbody>{}</tbody></table></div>", head[0], css, cells, rows)  # fmt: skip


# ---- (f) competitors


def competitors(block: CompetitorsBlock, view: View) -> Finding:
    """Win rates by competitor, and under them what hurt and what helped."""
    found = replace(against.findings(block.competitors, terms_of(view))[0], key="patterns.competitors")
    if not found.known and not found.table:
        return replace(found, headline=_("No competitor is named in these deals"),
                       measure=_("They appear here once closes say who else was in the race."), sure="")  # fmt: skip
    matrix = _matrix(block, view)
    return replace(found, picture=found.picture + matrix) if matrix else found


def _matrix(block: CompetitorsBlock, view: View) -> SafeString:
    named = _names(block.competitors)[:DRAWN]
    if not named:
        return SafeString("")
    rows = format_html_join("", '<tr><th scope="row">{}</th><td class="r">{}</td><td>{}</td><td>{}</td></tr>', (
        (linked(parts.name(name), address(view, "competitor", name=name)), words.of(won, decided),
         _first(block.hurt, name), _first(block.helped, name))
        for name, won, decided in named))  # fmt: skip
    return _table((_("Against"), _("Won of decided"), _("What hurt"), _("What helped")), rows, "matrix")


def _names(result: Competitors) -> list[tuple[str, int, int]]:
    return [(group.name, group.won, group.won + group.lost) for group in result.rows.rows if group.name]


def _first(said: Mapping[str, Sequence[tuple[str, str, Estimate]]], name: str) -> str:
    """The reason named most, with its cases; a dash where too few were named."""
    rows = [row for row in said.get(name, ()) if row[2].k]
    if not rows:
        return "–"
    return _("%(reason)s, %(cases)s") % {"reason": rows[0][1], "cases": figure(rows[0][2])}


# ---- (g) no decision


def no_decision(block: NoDecision, view: View) -> Finding:
    """Deals that nobody decided: where they stopped, how long nobody spoke, why."""
    count = block.deals.k or 0
    if not count:
        return Finding("patterns.no_decision", _("No deal ended without a decision"), "", known=False)
    if count < COUNTS_FROM:
        headline = ngettext("%(n)s deal ended without a decision: too few to say why",
                            "%(n)s deals ended without a decision: too few to say why", count) % {
            "n": words.count(count)}  # fmt: skip
        opens = (Link(_("See them"), address(view, "no_decision")),) if count else ()
        return Finding("patterns.no_decision", headline, _("From 5 on they are laid side by side."), known=False,
                       opens=opens)  # fmt: skip
    rows = [_stage_row(stage, share, view) for stage, share in block.last_stages[:DRAWN] if share.known]
    rows += [_driver_row(code, label, share, view) for code, label, share in block.drivers[:DRAWN] if share.known]
    axis = share_axis(parts.ends(mark.estimate for row in rows for mark in row.marks))
    return Finding(
        "patterns.no_decision", _no_decision_headline(block), _("Where they stood last, and why as sellers say it"),
        intervals(rows, axis) if rows else SafeString(""), _no_decision_table(block, view), _silence(block),
        _sponsor(block), opens=(Link(_("See the deals"), address(view, "no_decision")),),
    )  # fmt: skip


def _stage_row(stage: str, share: Estimate, view: View) -> Row:
    title = _("stopped in: %(stage)s") % {"stage": stage or _("no stage noted")}
    opens = address(view, "no_decision", stage=stage) if stage else ""
    return Row(parts.name(title), (Mark(share, parts.said(title, share), figure(share), tone="noise", opens=opens),))


def _driver_row(code: str, label: str, share: Estimate, view: View) -> Row:
    opens = address(view, "no_decision", code=code)
    mark = Mark(share, parts.said(label, share), figure(share), tone="noise", opens=opens)
    return Row(parts.name(label), (mark,))


def _no_decision_headline(block: NoDecision) -> str:
    return _("%(cases)s losses ended without any decision") % {"cases": figure(block.deals)}


def _silence(block: NoDecision) -> str:
    if block.silent_days is None:
        return _("Too few contacts are logged to say how long nobody spoke.")
    low, middle, high = block.silent_days
    return ngettext(
        "The middle one had been silent for %(days)s day before it ended; half of them %(low)s to %(high)s.",
        "The middle one had been silent for %(days)s days before it ended; half of them %(low)s to %(high)s.", middle,
    ) % {"days": words.count(middle), "low": words.count(low), "high": words.count(high)}  # fmt: skip


def _sponsor(block: NoDecision) -> str:
    if block.sponsor.k is None:
        return ""
    return _("In %(cases)s somebody on their side supported us, as far as we noted it.") % {
        "cases": figure(block.sponsor)}  # fmt: skip


def _no_decision_table(block: NoDecision, view: View) -> Table:
    rows = [
        (_("last stage"), stage or _("no stage noted"),
         linked(figure(share), address(view, "no_decision", stage=stage) if stage else ""), parts.share_cells(share)[1])
        for stage, share in block.last_stages
    ]  # fmt: skip
    rows += [
        (_("main reason"), label, linked(figure(share), address(view, "no_decision", code=code)),
         parts.share_cells(share)[1])
        for code, label, share in block.drivers
    ]  # fmt: skip
    rows += [(_("sponsor"), _("somebody supported us"), figure(block.sponsor), parts.share_cells(block.sponsor)[1]),
             (_("sponsor"), _("left or lost support"), figure(block.sponsor_lost),
              parts.share_cells(block.sponsor_lost)[1])]  # fmt: skip
    return Table(_("Deals without a decision"), (_("what"), _("which"), _("deals"), _("8 in 10 sure")), tuple(rows))
