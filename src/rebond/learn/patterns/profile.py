"""The six debrief questions, wins beside noes, with the buyers' mirror: as a finding. No person is in it."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding, Table
from rebond.findings.pictures import Mark, Row, intervals, share_axis
from rebond.learn.models import Answer
from rebond.learn.patterns.findings import figure, linked, needs_debriefs, withheld_words
from rebond.learn.patterns.opening import QUESTION_FROM, address
from rebond.learn.patterns.results import Profile, ProfileRow
from rebond.learn.patterns.view import View
from rebond.numbers.estimate import COUNTS_FROM, Estimate


def profile(block: Profile, view: View) -> Finding:
    """Yes after a no: sellers hollow, buyers who agree solid."""
    if block.debriefs_noes < COUNTS_FROM:
        return needs_debriefs("patterns.profile", block.debriefs_noes, sure=withheld_words(block.withheld, wins=True))
    rows = [_row(row) for row in block.rows]
    ends = parts.ends(mark.estimate for row in rows for mark in row.marks)
    return Finding(
        "patterns.profile", headline(block), _measure(block), intervals(rows, share_axis(ends, steps=3), keyed=False)
        if any(mark.estimate.known for row in rows for mark in row.marks) else SafeString(""),
        _table(block, view), _sure(block), withheld_words(block.withheld, wins=True),
    )  # fmt: skip


def _row(row: ProfileRow) -> Row:
    marks = []
    if row.buyers_noes is not None and row.buyers_noes.n:
        label = parts.said(_("%(question)s Buyers who agree") % {"question": row.question}, row.buyers_noes)
        marks.append(Mark(row.buyers_noes, label, figure(row.buyers_noes)))
    yes = row.noes[Answer.YES]
    label = parts.said(_("%(question)s Sellers who say yes") % {"question": row.question}, yes)
    marks.append(Mark(yes, label, figure(yes), hollow=True, tone="noise"))
    return Row(row.question, tuple(marks))


def _measure(block: Profile) -> str:
    heard = max((row.buyers_noes.n for row in block.rows if row.buyers_noes), default=0)
    sellers = ngettext("hollow: sellers who say yes, %(n)s debrief after a no",
                       "hollow: sellers who say yes, %(n)s debriefs after a no", block.debriefs_noes) % {
        "n": words.count(block.debriefs_noes)}  # fmt: skip
    if not heard:
        return sellers.capitalize()
    buyers = ngettext("solid: buyers who agree, %(n)s answer", "solid: buyers who agree, %(n)s answers", heard) % {
        "n": words.count(heard)}  # fmt: skip
    return _("%(buyers)s; %(sellers)s") % {"buyers": buyers.capitalize(), "sellers": sellers}


def headline(block: Profile) -> str:
    """Where the two sides are apart, else where sellers say yes least."""
    apart = [row for row in block.rows if _apart(row.noes[Answer.YES], row.buyers_noes)]
    if apart:
        widest = max(apart, key=lambda row: abs((row.noes[Answer.YES].value or 0) - _share(row.buyers_noes)))
        said = {"question": widest.question, "seller": figure(widest.noes[Answer.YES]),
                "buyer": figure(widest.buyers_noes) if widest.buyers_noes else ""}  # fmt: skip
        return _("“%(question)s” %(seller)s sellers say yes, %(buyer)s buyers agree") % said
    least = min(block.rows, key=lambda row: (row.noes[Answer.YES].k or 0) / max(row.noes[Answer.YES].n, 1))
    return _("Fewest sellers say yes to “%(question)s”: %(cases)s") % {
        "question": least.question, "cases": figure(least.noes[Answer.YES])}  # fmt: skip


def _apart(sellers: Estimate, buyers: Estimate | None) -> bool:
    """Whether the likely ranges of both leave each other out."""
    if buyers is None or None in (sellers.lo80, sellers.hi80, buyers.lo80, buyers.hi80):
        return False
    return (sellers.lo80 or 0) > (buyers.hi80 or 0) or (buyers.lo80 or 0) > (sellers.hi80 or 0)


def _share(estimate: Estimate | None) -> float:
    return (estimate.value or 0.0) if estimate else 0.0


def _sure(block: Profile) -> str:
    if any(_apart(row.noes[Answer.YES], row.buyers_noes) for row in block.rows):
        return _(
            "Their likely ranges do not touch: probably not luck. The buyers who answer may not be like the others."
        )
    return _("“I don't know” is an answer like the others, and nobody is compared by it.")


def _table(block: Profile, view: View) -> Table:
    head = (_("question"), _("after a no: yes"), _("partly"), _("no"), _("not known"), _("buyers agree"),
            _("after a yes: yes"), _("buyers agree, wins"))  # fmt: skip
    return Table(_("The six questions"), head, tuple(_cells(row, view) for row in block.rows))


def _cells(row: ProfileRow, view: View) -> tuple[str, ...]:
    coaches = view.user is None or view.user.is_lead

    def cell(answer: str) -> str:
        one = row.noes[answer]
        may_open = coaches and (one.k or 0) >= QUESTION_FROM
        return linked(figure(one), address(view, "answer", question=str(row.number), answer=answer) if may_open else "")

    mirror = [figure(one) if one else "" for one in (row.buyers_noes, row.buyers_wins)]
    answers = (Answer.YES, Answer.PARTLY, Answer.NO, Answer.DO_NOT_KNOW)
    return (row.question, *(cell(answer) for answer in answers), mirror[0], figure(row.wins[Answer.YES]), mirror[1])
