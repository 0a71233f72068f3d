"""Do sellers and buyers name the same reasons?"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding, Table
from rebond.findings.pictures import Mark, Row, intervals, share_axis
from rebond.findings.terms import Terms
from rebond.numbers.agreement import Agreement


def findings(result: Agreement, terms: Terms) -> tuple[Finding, ...]:
    """One finding; nothing at all where only one voice is in the file."""
    if not result.pairs:
        return ()
    if not result.primary_match.known:
        few = parts.too_few("reasons.agreement", _few(result.pairs), result.primary_match)
        return (Finding(few.key, few.headline, few.measure, table=_listed(result, terms), sure=few.sure, known=False),)
    rows = _rows(result)
    axis = share_axis(parts.ends(row.marks[0].estimate for row in rows))
    return (
        Finding(
            "reasons.agreement", _headline(result),
            _("Lost deals where both spoke: %(n)s") % {"n": words.count(result.pairs)},
            intervals(rows, axis), _table(result, terms), _sure(result),
            _("This speaks for deals whose buyer answered; the others may be quite different."),
        ),
    )  # fmt: skip


def _few(pairs: int) -> str:
    return ngettext("%(n)s deal with both voices: here it is, too few for a rate",
                    "%(n)s deals with both voices: here they are, too few for a rate", pairs) % {
        "n": words.count(pairs)}  # fmt: skip


def _headline(result: Agreement) -> str:
    match = result.primary_match
    return _("Seller and buyer name the same main reason in %(cases)s lost deals") % {"cases": parts.k_of_n(match)}


def _rows(result: Agreement) -> list[Row]:
    named = (
        (_("same main reason"), result.primary_match), (_("some reason in common"), result.some_overlap),
        (_("nothing in common"), result.no_overlap),
    )  # fmt: skip
    return [Row(title, (Mark(share, parts.said(title, share), parts.k_of_n(share)),)) for title, share in named]


def _sure(result: Agreement) -> str:
    kappa = result.kappa
    if kappa.value is None or kappa.lo80 is None or kappa.hi80 is None:
        return words.likely_share(result.primary_match).capitalize() + "."
    return _("Beyond what chance would give (kappa): %(value)s, likely %(low)s to %(high)s; 1 is full agreement.") % {
        "value": words.decimal(kappa.value, 2), "low": words.decimal(kappa.lo80, 2),
        "high": words.decimal(kappa.hi80, 2),
    }  # fmt: skip


def _table(result: Agreement, terms: Terms) -> Table:
    head = (_("the seller says"), _("the buyer says"), _("deals"))
    rows = [
        (parts.name(terms.reason(flow.seller)), parts.name(terms.reason(flow.buyer)), parts.k_of_n(flow.of_seller))
        for flow in result.flows[: parts.TABLED]
    ]
    return Table(_("Main reasons, seller beside buyer"), head, tuple(rows))


def _listed(result: Agreement, terms: Terms) -> Table:
    head = (_("deal"), _("the seller says"), _("the buyer says"))
    rows = [
        (pair.deal_id, *(parts.listed([terms.reason(code) for code in said]) for said in (pair.seller, pair.buyer)))
        for pair in result.listed
    ]  # fmt: skip
    return Table(_("Lost deals where both spoke"), head, tuple(rows))
