"""The programme's health in words and pictures: headlines that could be wrong, k of n, ranges; the unheard in grey."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.deals.models import Outcome
from rebond.findings import parts, words
from rebond.findings.finding import NOTHING, Finding, Table
from rebond.findings.pictures import Mark, Row, Squares, intervals, share_axis, waffle
from rebond.findings.pictures.waffle import MOST
from rebond.learn.feedback.health import Closes, Health, Participation
from rebond.numbers.estimate import COUNTS_FROM, Estimate
from rebond.numbers.rates import wilson

#: More groups than this are left to the table.
DRAWN = 14
#: Above this share of a period the list of reasons itself is looked at.
MUCH_OTHER = 0.10


def findings(health: Health) -> tuple[Finding, ...]:
    """Everything there is to read, the unheard first."""
    return (unheard(health), overall(health), *_comparisons(health), answer_days(health), said_nothing(health))


def summary(noes: Closes) -> str:
    """ "112 of 120 noes asked, 14 answered, 106 unheard"."""
    if not noes.closed:
        return _("No deal ended in a no in this period, so there was nobody to ask")
    return ngettext(
        "%(asked)s of %(noes)s no asked, %(answered)s answered, %(unheard)s unheard",
        "%(asked)s of %(noes)s noes asked, %(answered)s answered, %(unheard)s unheard", noes.closed,
    ) % {
        "asked": words.count(noes.asked), "noes": words.count(noes.closed),
        "answered": words.count(noes.answered), "unheard": words.count(noes.unheard),
    }  # fmt: skip


def unheard(health: Health) -> Finding:
    """Every no as a square: heard, or not and why; each figure opens its deals."""
    noes = health.noes
    if not noes.closed:
        return Finding("asking.unheard", summary(noes), "", known=False)
    unasked = noes.closed - noes.asked
    kinds = [
        Squares(noes.answered, "solid", _("heard: a buyer answered"), opens(health, "answered")),
        Squares(noes.silent, "hatched", _("asked, silent so far"), opens(health, "asked")),
        Squares(unasked, "dashed", _("not asked"), opens(health, "unasked")),
    ]  # fmt: skip
    measure = _("One square is one no") if noes.closed <= MOST else _("One square is about one no in a hundred")
    return Finding(
        "asking.unheard", summary(noes), measure, waffle(kinds, summary(noes)), _unheard_table(noes),
        caveat=_("Who answers is not random: what the silent would say, nobody knows.") if noes.unheard else "",
    )  # fmt: skip


def opens(health: Health, show: str) -> str:
    """The address of the deals behind a figure, from the page it stands on."""
    return f"?show={show}&from={health.since.isoformat()}&to={health.until.isoformat()}"


def _unheard_table(noes: Closes) -> Table:
    rows = (
        (_("answered"), noes.answered), (_("asked, silent so far"), noes.silent), (_("to be asked"), noes.planned),
        (_("nobody could or should be asked"), noes.left_out), (_("closed before buyers were asked"), noes.before),
        (_("all noes"), noes.closed),
    )  # fmt: skip
    return Table(_("Noes, and whether a buyer was heard"), (_("noes"), _("how many")), tuple(
        (label, words.count(count)) for label, count in rows))  # fmt: skip


def overall(health: Health) -> Finding:
    """Of the people reached, how many answered; wins beside noes."""
    rate, asked = health.overall.rate, health.overall
    if rate.value is None:
        return parts.too_few("asking.participation", _("Too few were asked to say how many answer"), rate)
    still = ngettext(
        "%(n)s link is still open; the share may grow.", "%(n)s links are still open; the share may grow.",
        health.waiting,
    ) % {"n": words.count(health.waiting)}  # fmt: skip
    return Finding(
        "asking.participation",
        _("%(cases)s people who were asked answered") % {"cases": words.of(asked.answered, asked.delivered)},
        _("Share of those the question reached, by how the deal ended"),
        _picture(health.by_outcome, rate, _outcome), _table(health.by_outcome, _("how it ended"), _outcome),
        sure=words.likely_share(rate), caveat=still if health.waiting else "",
    )  # fmt: skip


def _comparisons(health: Health) -> tuple[Finding, ...]:
    rate = health.overall.rate
    by_delay = _compared(
        "asking.delay", health.by_delay, rate, _band, _("days after the close"),
        _("Whenever we ask, buyers answer about as often"), _("When we ask makes a difference"),
    )  # fmt: skip
    by_segment = _compared(
        "asking.segment", health.by_segment, rate, _segment, _("segment"),
        _("Buyers of every segment answer about as often"), _("Segments answer differently"),
    )  # fmt: skip
    by_seller = _compared(
        "asking.seller", health.by_seller, rate, _seller, _("seller, by name"),
        _("Each seller's buyers answer about as often"), _("Sellers' buyers answer differently"), people=True,
    )  # fmt: skip
    return tuple(found for found in (by_delay, by_segment, by_seller) if found)


def _compared(
    key: str, groups: Sequence[Participation], whole: Estimate, name: Callable[[str], str], first: str,
    alike: str, differs: str, *, people: bool = False,
) -> Finding | None:  # fmt: skip
    """Groups beside the whole; with many looks at once, each range is made wider for it (Bonferroni, 1936)."""
    known = [group for group in groups if group.rate.known]
    if len(groups) < 2 or whole.value is None:
        return None
    table = _table(groups, first, name)
    measure = _("Share of those the question reached who answered; the dotted line is all of them")
    if len(known) < 2:
        return Finding(key, _("Too few were asked to compare: %(what)s") % {"what": first}, measure, NOTHING, table,
                       known=False)  # fmt: skip
    apart = [group for group in known if _stands_apart(group, whole.value, len(known))]
    named = parts.listed([name(group.name) for group in apart])
    return Finding(
        key, differs if apart else alike, measure,
        _picture(groups, whole, name, tones={} if people else _tones(apart, whole.value)), table,
        sure=_("Beyond luck, with all groups looked at: %(names)s.") % {"names": named} if apart
        else parts.could_be_luck(),
        caveat=_("This says who answers, not who sells better.") if people else "",
        verdict=None if apart else parts.cannot_tell(),
    )  # fmt: skip


def _stands_apart(group: Participation, whole: float, looks: int) -> bool:
    low, high = wilson(group.answered, group.delivered, 1 - 0.05 / looks)
    return not low <= whole <= high


def _tones(apart: Sequence[Participation], whole: float) -> dict[str, str]:
    return {group.name: "worse" for group in apart if (group.rate.value or 0) < whole}


def _picture(
    groups: Sequence[Participation], whole: Estimate, name: Callable[[str], str], tones: dict[str, str] | None = None
) -> SafeString:
    shown = groups[:DRAWN]
    rows = [_row(group, name(group.name), (tones or {}).get(group.name, "ours")) for group in shown]
    axis = share_axis([*parts.ends(group.rate for group in shown), whole.value], steps=4, near=True)
    return intervals(rows, axis, reference=whole.value)


def _row(group: Participation, name: str, tone: str) -> Row:
    rate = group.rate
    text = words.of(group.answered, group.delivered)
    return Row(name, (Mark(rate, parts.said(name, rate), text, tone=tone),))


def _table(groups: Sequence[Participation], first: str, name: Callable[[str], str]) -> Table:
    head = (first, _("invited"), _("reached"), _("answered"), _("share"), _("8 in 10 sure"), _("19 in 20 sure"))
    return Table(_("Who was asked and who answered"), head, tuple(
        (name(group.name), words.count(group.invited), words.count(group.delivered), words.count(group.answered),
         *parts.share_cells(group.rate)) for group in groups
    ))  # fmt: skip


def _outcome(name: str) -> str:
    return str(Outcome(name).label)


def _segment(name: str) -> str:
    return parts.name(name or None)


def _seller(name: str) -> str:
    return parts.name(name) if name else _("nobody owns the deal")


def _band(name: str) -> str:
    first, _dash, last = name.partition("-")
    return _("%(first)s to %(last)s days") % {"first": first, "last": last}


def answer_days(health: Health) -> Finding:
    """How long an answer takes, among those that came."""
    days = health.days
    if days.middle is None or days.low is None or days.high is None:
        return Finding(
            "asking.days", _("Too few answers to say how long one takes"),
            ngettext("%(n)s answer so far", "%(n)s answers so far", days.n) % {"n": words.count(days.n)},
            sure=_("From %(least)s answers on, a first figure appears.") % {"least": words.count(COUNTS_FROM)},
            known=False,
        )  # fmt: skip
    within = words.days(max(ceil(days.middle), 1))
    return Finding(
        "asking.days", _("Half of those who answer do so within %(days)s") % {"days": within},
        ngettext("%(n)s answer", "%(n)s answers", days.n) % {"n": words.count(days.n)},
        sure=_("The middle half took %(low)s to %(high)s days.") % {
            "low": words.decimal(days.low), "high": words.decimal(days.high)},
        caveat=_("Counted among the answers that came; some are still on their way."),
    )  # fmt: skip


def said_nothing(health: Health) -> Finding:
    """Main reasons of sellers that say nothing yet."""
    not_known, other = health.not_known, health.other
    if not_known.value is None:
        return parts.too_few("asking.not_known", _("Too few reasons to say how many are “not known yet”"), not_known)
    labels = (_("not known yet"), _("other"))
    rows = [_share_row(label, share) for label, share in zip(labels, (not_known, other), strict=True)]
    table = Table(_("Main reasons that say nothing yet"), (
        _("sellers' main reason"), _("closes"), _("share"), _("8 in 10 sure"), _("19 in 20 sure")), tuple(
        (label, parts.k_of_n(share), *parts.share_cells(share)) for label, share in
        zip(labels, (not_known, other), strict=True)))  # fmt: skip
    return Finding(
        "asking.not_known",
        _("Sellers do not know why yet for %(cases)s closes") % {"cases": parts.k_of_n(not_known)},
        _("Main reason the seller gave, of all closes with one"),
        intervals(rows, share_axis(parts.ends([not_known, other]), steps=4, near=True)), table,
        sure=words.likely_share(not_known),
        act=_("“Other” is above one in ten: look at the list of reasons, something may be missing.")
        if (other.value or 0) > MUCH_OTHER else "",
    )  # fmt: skip


def _share_row(label: str, share: Estimate) -> Row:
    return Row(label, (Mark(share, parts.said(label, share), parts.k_of_n(share), tone="noise"),))
