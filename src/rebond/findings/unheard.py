"""The losses nobody gave a reason for."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding, Table
from rebond.findings.pictures import Squares, waffle
from rebond.findings.pictures.waffle import MOST
from rebond.findings.terms import Terms
from rebond.numbers.estimate import COUNTS_FROM, Estimate
from rebond.numbers.reasons import Unheard


def findings(result: Unheard, _terms: Terms) -> tuple[Finding, ...]:
    """How many losses are silent, and whose voice is missing."""
    silent, lost = result.losses.k or 0, result.losses.n
    if not lost:
        return (Finding("unheard.losses", _("No deal was lost, so none is unheard"), parts.cases(result.losses),
                        known=False),)  # fmt: skip
    heard = lost - silent
    kinds = [
        Squares(heard, "solid", ngettext("loss with a reason", "losses with a reason", heard)),
        Squares(silent, "dashed", ngettext("loss without any", "losses without any", silent)),
    ]
    label = _("%(lost)s losses, %(silent)s of them without any reason") % {
        "lost": words.count(lost), "silent": words.count(silent)}  # fmt: skip
    return (
        Finding(
            "unheard.losses", _headline(silent, lost), squares_measure(lost),
            waffle(kinds, label), _table(result), "", _caveat(result),
            _("Ask why at each no: one reason from the list is enough to begin with.") if silent == lost
            else _("Ask for the missing reasons while they are fresh; the newest ones first.") if silent else "",
            known=lost >= COUNTS_FROM,
        ),
    )  # fmt: skip


def _headline(silent: int, lost: int) -> str:
    if not silent:
        return ngettext("The %(lost)s loss has a reason", "All %(lost)s losses have a reason", lost) % {
            "lost": words.count(lost)}  # fmt: skip
    if silent == lost:
        return ngettext("The %(lost)s loss has taught us nothing: no reason is noted",
                        "%(lost)s losses have taught us nothing: no reason is noted for any", lost) % {
            "lost": words.count(lost)}  # fmt: skip
    return _("%(cases)s losses are unheard: nobody noted a reason") % {"cases": words.of(silent, lost)}


def _caveat(result: Unheard) -> str:
    if result.losses.k == result.losses.n:
        return ""
    buyers = result.by_source.get("buyer")
    if buyers is not None and buyers.n and buyers.k == buyers.n:
        return _("No buyer was heard at all: what is known is what sellers think.")
    return _("The silent ones are rarely like the others: who says why is not random.")


def _table(result: Unheard) -> Table:
    rows = [_cells(_("all losses"), result.losses)]
    labels = {"lost": _("lost"), "no_decision": _("no decision")}
    rows += [_cells(labels.get(name, name), estimate) for name, estimate in result.by_outcome.items()]
    voices = source_labels()
    rows += [
        _cells(_("without a word from: %(source)s") % {"source": voices.get(name, name)}, estimate)
        for name, estimate in result.by_source.items()
    ]
    return Table(_("Losses without a reason"), (_("losses"), _("without"), _("of")), tuple(rows))


def _cells(label: str, estimate: Estimate) -> tuple[str, str, str]:
    return label, words.count(estimate.k or 0), words.count(estimate.n)


def squares_measure(cases: int) -> str:
    """What one square of a waffle stands for."""
    return _("One square is one loss") if cases <= MOST else _("One square is about one loss in a hundred")


def source_labels() -> dict[str, str]:
    """Who speaks."""
    return {"seller": _("sellers"), "buyer": _("buyers"), "manager": _("managers"), "coder": _("coders")}
