"""Who is heard: the programme of asking buyers, and what they let us quote."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import words
from rebond.findings.finding import Finding, Link, Table
from rebond.findings.pictures import Squares, waffle
from rebond.findings.unheard import squares_measure
from rebond.learn.feedback.health import Health
from rebond.learn.models import Asked, Exclusion
from rebond.learn.patterns.findings import ACROSS, MANY, WIDER, figure
from rebond.learn.patterns.opening import address
from rebond.learn.patterns.results import Headcount, Quote, Verbatims
from rebond.learn.patterns.view import View

# ---- (j) programme health


def health(found: Health, view: View) -> Finding:
    """One square one no: solid heard, hatched asked and silent, dashed unheard for other reasons."""
    noes = found.noes
    ask = Link(_("How asking goes"), reverse("learn:feedback"))
    if not noes.closed:
        return Finding("patterns.health", _("No loss in this period, so nobody to ask"), "", known=False, opens=(ask,))
    kinds = [kind for kind in (
        Squares(noes.answered, "solid", _("answered")),
        Squares(noes.silent, "hatched", _("asked, no answer so far")),
        Squares(noes.planned, "dashed", _("to be asked soon")),
        Squares(noes.left_out, "dashed", _("not asked, with a reason")),
        Squares(noes.before, "dashed", _("ended before buyers were asked")),
    ) if kind.count]  # fmt: skip
    label = "; ".join(f"{kind.count} {kind.text}" for kind in kinds)
    return Finding(
        "patterns.health", _health_headline(found), _health_measure(found, view),
        waffle(kinds, label, across=ACROSS if noes.closed <= MANY else WIDER),
        _health_table(found), _health_sure(found),
        _("The silent ones are rarely like the others: who answers is not random."),
        opens=(ask, *_unheard(found, view)),
    )  # fmt: skip


def _unheard(found: Health, view: View) -> tuple[Link, ...]:
    return (Link(_("See the unheard"), address(view, "unheard")),) if found.noes.unheard else ()


def _health_measure(found: Health, view: View) -> str:
    squares = squares_measure(found.noes.closed)
    if view.segment or (view.team_id is not None and not view.is_bound_to_team):
        return _("%(squares)s; of every team and segment you may see") % {"squares": squares}
    return squares


def _health_headline(found: Health) -> str:
    noes = found.noes
    if not noes.unheard:
        return ngettext("The buyer of the %(n)s loss was heard", "The buyers of all %(n)s losses were heard",
                        noes.closed) % {"n": words.count(noes.closed)}  # fmt: skip
    return ngettext("%(cases)s loss is unheard: its buyer has not told us why",
                    "%(cases)s losses are unheard: their buyers have not told us why", noes.closed) % {
        "cases": words.of(noes.unheard, noes.closed)}  # fmt: skip


def _health_sure(found: Health) -> str:
    rate = found.overall.rate
    if rate.value is None:
        return ngettext("%(n)s person was asked so far: too few to say how many answer.",
                        "%(n)s people were asked so far: too few to say how many answer.", rate.n) % {
            "n": words.count(rate.n)}  # fmt: skip
    return _("%(cases)s people asked have answered; %(likely)s.") % {
        "cases": figure(rate), "likely": words.likely_share(rate)}  # fmt: skip


def _health_table(found: Health) -> Table:
    labels = {choice.value: str(choice.label) for choice in Exclusion}
    rows = [
        (_("losses"), words.count(found.noes.closed)), (_("with somebody asked"), words.count(found.noes.asked)),
        (_("answered"), words.count(found.noes.answered)), (_("unheard"), words.count(found.noes.unheard)),
        (_("people asked"), words.count(found.overall.delivered)),
        (_("people who answered"), words.count(found.overall.answered)),
        (_("could not be delivered"), words.count(found.failed)),
    ]  # fmt: skip
    rows += [(_("not asked: %(why)s") % {"why": labels.get(why, why)}, words.count(n)) for why, n in found.excluded]
    return Table(_("Asking buyers"), (_("what"), _("how many")), tuple(rows))


# ---- (i) verbatims


@dataclass(frozen=True)
class ShownQuote:
    """A quote with what stands under it.

    Attributes:
        under: who said it, where they let us say so; else what kind of deal.
        deal: the address of the deal, only of an answer given openly.
    """

    quote: Quote
    asked: str
    under: str
    deal: str


def quotes(block: Verbatims) -> list[ShownQuote]:
    """Each quote, newest first."""
    return [ShownQuote(one, _asked(one), _under(one), reverse("loop:deal", args=[one.deal_id]) if one.deal_id else "")
            for one in block.quotes]  # fmt: skip


def _asked(quote: Quote) -> str:
    return str(dict(Asked.choices).get(quote.asked, ""))


def _under(quote: Quote) -> str:
    """Who, or what kind of end, and when."""
    end = _("after a yes") if quote.won else _("after a no")
    when = quarter(quote) if quote.quarter else ""
    who = ", ".join(part for part in (quote.said_by, quote.company) if part) or _("a buyer")
    return " · ".join(part for part in (who, end, when) if part)


def quarter(quote: Quote) -> str:
    """ "second quarter of 2026", short."""
    if quote.quarter is None:
        return ""
    return _("Q%(number)s %(year)s") % {"number": (quote.quarter.month - 1) // 3 + 1, "year": quote.quarter.year}


def quotes_headline(block: Verbatims) -> str:
    """How many texts may be shown."""
    if not block.quotes:
        return _("No buyer’s words to show yet")
    return ngettext("%(n)s buyer’s text may be quoted inside the company",
                    "%(n)s texts of buyers may be quoted inside the company", block.total) % {
        "n": words.count(block.total)}  # fmt: skip


# ---- the lede


def lede(block: Headcount, view: View) -> SafeString:
    """ "72 losses in six months: 51 debriefed by sellers, 27 explained by buyers, 21 silent."; each opens its deals."""
    losses = format_html("<b>{}</b>", _linked(_losses_words(block.losses, view), "losses", view))
    if not block.losses:
        return format_html("{}.", losses)
    said = {
        "losses": losses,
        "debriefed": _linked(_debriefed(block), "debriefed", view),
        "explained": _linked(_explained(block), "explained", view),
        "silent": _linked(_silent(block), "silent", view),
    }
    # Our own sentence around pieces that are escaped already.
    return SafeString(_("%(losses)s: %(debriefed)s, %(explained)s, %(silent)s.") % said)


def _linked(text: str, what: str, view: View) -> SafeString:
    return format_html('<a href="{}">{}</a>', address(view, what), text)


def _debriefed(block: Headcount) -> str:
    n = block.debriefed.k
    return ngettext("%(n)s debriefed by sellers", "%(n)s debriefed by sellers", n or 0) % {"n": _count(n)}


def _explained(block: Headcount) -> str:
    n = block.buyer_answers
    return ngettext("%(n)s explained by buyers", "%(n)s explained by buyers", n) % {"n": _count(n)}


def _silent(block: Headcount) -> str:
    n = block.silent.k
    return ngettext("%(n)s silent", "%(n)s silent", n or 0) % {"n": _count(n)}


def _count(k: int | None) -> str:
    """A count, or a dash where it may not be told."""
    return "–" if k is None else words.count(k)


def _losses_words(n: int, view: View) -> str:
    """Losses and the stretch of time, as one message per period."""
    forms = {
        "3m": ngettext("%(n)s loss in three months", "%(n)s losses in three months", n),
        "6m": ngettext("%(n)s loss in six months", "%(n)s losses in six months", n),
        "12m": ngettext("%(n)s loss in twelve months", "%(n)s losses in twelve months", n),
        "all": ngettext("%(n)s loss since the beginning", "%(n)s losses since the beginning", n),
    }
    own = ngettext("%(n)s loss in these days", "%(n)s losses in these days", n)
    return forms.get(view.period, own) % {"n": words.count(n)}
