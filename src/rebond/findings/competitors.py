"""Against whom we sell, and how it ends."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding
from rebond.findings.terms import Terms
from rebond.numbers.competitors import Competitors
from rebond.numbers.estimate import Estimate


def findings(result: Competitors, _terms: Terms) -> tuple[Finding, ...]:
    """One finding; nothing when the file names no competitor at all."""
    named = [group for group in result.rows.rows if group.name is not None]
    if not named:
        few = _("No competitor is named in the file")
        return (Finding("competitors.won_against", few, parts.cases(result.known), known=False,
                        sure=_("The column is missing or empty, so nothing can be compared."),
                        act=_("Note at each close who else was in the race, or “none”.")),)  # fmt: skip
    whole = _whole(result)
    rows = parts.group_rows(result.rows, whole)
    table = parts.group_table(result.rows, _("Won of decided, by competitor"), _("competitor"))
    measure = _("Won of won and lost, by the competitor named; %(cases)s decided deals name one") % {
        "cases": words.of(result.known.k or 0, result.known.n)}  # fmt: skip
    if not rows:
        return (Finding("competitors.won_against", _("Too few deals to compare competitors"), measure, table=table,
                        sure=_("No competitor is named in enough decided deals yet."), known=False),)  # fmt: skip
    differ = parts.apart(result.rows, whole)
    return (
        Finding(
            "competitors.won_against", _headline([parts.name(group.name) for group in differ]), measure,
            parts.groups_picture(rows, whole), table,
            _("Apart means: 19 chances in 20 that it is not the level against the others.")
            if differ else parts.could_be_luck(),
            _caveat(result), verdict=None if differ else parts.cannot_tell(),
        ),
    )  # fmt: skip


def _whole(result: Competitors) -> Estimate:
    won = sum(group.won for group in result.rows.rows if group.name is not None)
    decided = sum(group.won + group.lost for group in result.rows.rows if group.name is not None)
    return Estimate(won / decided, k=won, n=decided) if decided else Estimate(None)


def _headline(names: list[str]) -> str:
    if not names:
        return _("We do equally well against every competitor, as far as can be told")
    return ngettext(
        "Against %(names)s it goes another way than against the others",
        "Against %(names)s it goes another way than against the others", len(names)) % {
        "names": parts.listed(names)}  # fmt: skip


def _caveat(result: Competitors) -> str:
    blank = result.not_known
    if blank.k is None or not blank.n:
        return _("A competitor is noted more often when a deal is lost: that makes every one of them look strong.")
    return _("In %(cases)s decided deals nobody noted whether there was one; it is noted more often after a loss.") % {
        "cases": words.of(blank.k, blank.n)}  # fmt: skip
