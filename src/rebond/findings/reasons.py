"""Why deals are lost, as each voice says: what is named, and what could have been acted on."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding, Table
from rebond.findings.pictures import Mark, Row, Squares, intervals, share_axis, waffle
from rebond.findings.terms import Terms
from rebond.findings.unheard import source_labels, squares_measure
from rebond.numbers.estimate import COUNTS_FROM, too_few
from rebond.numbers.reasons import ControlSplit, Reason, Reasons

#: Rows drawn; the table behind holds more.
DRAWN = 10


def findings(result: Reasons, terms: Terms) -> tuple[Finding, ...]:
    """What is named, then what we could have acted on, as the most heard voice says."""
    if not result.rows:
        return _nothing(result)
    split = _most_heard(result.control)
    return (_named(result, terms), *([_control(split, result)] if split else []))


def _nothing(result: Reasons) -> tuple[Finding, ...]:
    """No voice was heard often enough to list what it says; where none was heard at all, ``unheard`` says so."""
    heard = result.lost - (result.unheard.losses.k or 0)
    if not heard:
        return ()
    missing = too_few(need=max(COUNTS_FROM - heard, 1), unit="lost_deals", k=heard, n=result.lost)
    act = _("Ask why at each no: one reason from the list is enough to begin with.")
    return (parts.too_few("reasons.named", _("Too few reasons to say which is named most"), missing, act=act),)


def _most_heard(splits: Sequence[ControlSplit]) -> ControlSplit | None:
    return max(splits, key=lambda split: max((share.n for share in split.shares.values()), default=0), default=None)


def _named(result: Reasons, terms: Terms) -> Finding:
    table = _table(result, terms)
    measure = _("Lost deals that name it, of those with a reason; a deal may name several")
    known = [row for row in result.rows if row.named.known]
    if not known:
        most = max(result.rows, key=lambda row: row.named.n)
        few = parts.too_few("reasons.named", _("Too few reasons to say which is named most"), most.named)
        return Finding(few.key, few.headline, measure, table=table, sure=few.sure, known=False)
    rows = _rows(known, terms)
    axis = share_axis(parts.ends(mark.estimate for row in rows for mark in row.marks))
    return Finding(
        "reasons.named",
        _headline(known, terms),
        measure,
        _key(known) + intervals(rows, axis, keyed=False),
        table,
        _("Reasons whose ranges overlap cannot be ranked; a longer list of losses would part them."),
        _caveat(result),
    )


def _headline(known: list[Reason], terms: Terms) -> str:
    source = _loudest(known)
    leading = [row for row in known if row.source == source and row.with_first]
    said = {"source": source_labels().get(source, source)}
    if len(leading) == 1:
        return _("“%(reason)s” is named most: %(cases)s (%(source)s)") % {
            "reason": terms.reason(leading[0].code), "cases": parts.k_of_n(leading[0].named), **said}  # fmt: skip
    return ngettext(
        "%(n)s reason leads (%(source)s)",
        "%(n)s reasons lead and cannot be told apart (%(source)s)", len(leading)) % {
        "n": words.count(len(leading)), **said}  # fmt: skip


def _loudest(known: list[Reason]) -> str:
    return max(known, key=lambda row: row.named.n).source


def _rows(known: list[Reason], terms: Terms) -> list[Row]:
    """One row per reason, one mark per voice: buyers solid, everybody else hollow and grey."""
    codes = list(dict.fromkeys(row.code for row in sorted(known, key=lambda row: -(row.named.value or 0))))[:DRAWN]
    found = []
    for code in codes:
        marks = tuple(_mark(row, terms) for row in sorted(known, key=_voice) if row.code == code)
        found.append(Row(parts.name(terms.reason(code)), marks))
    return found


def _voice(row: Reason) -> int:
    order = ("buyer", "seller", "manager", "coder")
    return order.index(row.source) if row.source in order else len(order)


def _mark(row: Reason, terms: Terms) -> Mark:
    source = source_labels().get(row.source, row.source)
    label = parts.said(_("%(reason)s (%(source)s)") % {
        "reason": terms.reason(row.code), "source": source}, row.named)  # fmt: skip
    buyer = row.source == "buyer"
    return Mark(row.named, label, parts.k_of_n(row.named), hollow=not buyer, tone="ours" if buyer else "noise")


def _key(known: list[Reason]) -> SafeString:
    from django.utils.html import format_html, format_html_join

    totals: dict[str, int] = {}
    for row in sorted(known, key=_voice):
        totals[row.source] = max(totals.get(row.source, 0), row.named.n)
    shapes = {True: "p-dot ours", False: "p-hollow noise"}
    items = format_html_join(
        "", '<li><svg width="14" height="12" aria-hidden="true"><circle cx="6" cy="6" r="4" class="{}"/></svg>{}</li>',
        ((shapes[source == "buyer"], _voice_text(source, n)) for source, n in totals.items()),
    )  # fmt: skip
    return format_html('<ul class="f-key">{}<li>{}</li></ul>', items, _("thick: 8 in 10 sure; thin: 19 in 20"))


def _voice_text(source: str, n: int) -> str:
    forms = {
        "buyer": ngettext("buyer, %(n)s answer", "buyers, %(n)s answers", n),
        "seller": ngettext("seller, %(n)s deal", "sellers, %(n)s deals", n),
        "manager": ngettext("manager, %(n)s deal", "managers, %(n)s deals", n),
        "coder": ngettext("coder, %(n)s deal", "coders, %(n)s deals", n),
    }
    return forms.get(source, forms["seller"]) % {"n": words.count(n)}


def _caveat(result: Reasons) -> str:
    silent = result.unheard.losses
    if silent.k:
        return _("%(cases)s losses have no reason; the picture could be quite another with them.") % {
            "cases": words.of(silent.k, silent.n)}  # fmt: skip
    return _("Sellers and buyers often name different reasons for the same deal; neither is the truth alone.")


def _table(result: Reasons, terms: Terms) -> Table:
    voices = source_labels()
    head = (_("reason"), _("who says so"), _("named"), _("8 in 10 sure"), _("named first"), _("among wins"))
    rows = [
        (parts.name(terms.reason(row.code)), voices.get(row.source, row.source), parts.k_of_n(row.named),
         parts.share_cells(row.named)[1], parts.k_of_n(row.primary), parts.k_of_n(row.among_wins))
        for row in result.rows[: parts.TABLED]
    ]  # fmt: skip
    return Table(_("Reasons of lost deals, by voice"), head, tuple(rows))


def _control(split: ControlSplit, result: Reasons) -> Finding:
    counts = {name: share.k or 0 for name, share in split.shares.items()}
    heard = max((share.n for share in split.shares.values()), default=0)
    ours = split.shares.get("controllable")
    silent = max(result.lost - heard, 0)
    fills = {"controllable": "solid", "influenceable": "dotted", "uncontrollable": "hatched", "unclear": "dashed"}
    labels = control_labels()
    kinds = [Squares(counts.get(name, 0), fill, labels[name]) for name, fill in fills.items() if counts.get(name)]
    kinds.append(Squares(silent, "dashed", _("without a reason of this voice")))
    source = source_labels().get(split.source, split.source)
    measure = _("Main reason of each loss, as these say: %(source)s. %(squares)s") % {
        "source": source, "squares": squares_measure(heard + silent)}  # fmt: skip
    label = "; ".join(f"{kind.count} {kind.text}" for kind in kinds)
    table = Table(_("What we could have acted on"), (_("control"), _("losses"), _("of")), tuple(
        (labels.get(name, name), words.count(share.k or 0), words.count(share.n))
        for name, share in split.shares.items()))  # fmt: skip
    return Finding(
        "reasons.control",
        _control_headline(split, heard),
        measure,
        waffle(kinds, label),
        table,
        _control_sure(split),
        _("Whether a cause was ours is a default of the list, from the seller’s seat; each debrief may say otherwise."),
        known=ours is not None and ours.known,
    )


def _control_headline(split: ControlSplit, heard: int) -> str:
    ours = split.shares.get("controllable")
    if ours is None or ours.value is None:
        return _("Too few reasons to say how much was in our hands")
    counted = words.of(ours.k or 0, heard)
    if ours.grade in ("counts", "range"):
        return _("%(cases)s losses with a reason had a cause we could act on") % {"cases": counted}
    return ngettext(
        "About %(tenths)s loss in 10 with a reason had a cause we could act on",
        "About %(tenths)s losses in 10 with a reason had a cause we could act on", round(10 * ours.value)) % {
        "tenths": words.count(10 * ours.value)}  # fmt: skip


def _control_sure(split: ControlSplit) -> str:
    ours = split.shares.get("controllable")
    if ours is None or ours.value is None:
        return words.missing(ours) if ours else ""
    likely = words.likely_share(ours)
    if split.controllable_if_unclear is None:
        return _("%(cases)s; %(likely)s.") % {"cases": parts.k_of_n(ours), "likely": likely}
    low, high = split.controllable_if_unclear
    return _("%(cases)s; %(likely)s. Between %(low)s and %(high)s in 100, whatever the unclear ones were.") % {
        "cases": parts.k_of_n(ours), "likely": likely, "low": words.points(low), "high": words.points(high),
    }  # fmt: skip


def control_labels() -> dict[str, str]:
    """Whose hands it was in."""
    return {
        "controllable": _("within our control"), "influenceable": _("partly within our control"),
        "uncontrollable": _("outside our control"), "unclear": _("not on the list, so not known"),
    }  # fmt: skip
