"""Things that may come on a Today list, light enough to rank thousands of them; and their price in words.

A practice gives candidates (``plays.candidates``): a key, its price, and what it needs to write the item later. Only
those that are shown are written out (``plays.filled``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.money import show, to_major
from rebond.base.play import Play, Term, Worth
from rebond.findings import parts, words
from rebond.numbers.pricing import Price, Prices, Rate, price

#: A text, translated now or when it is shown.
Label = str | Promise
#: Below so many minor units cents are shown.
CENTS_BELOW = 1_000
#: What happens less often than this rarely pays.
RARELY = 0.2


@dataclass(slots=True)
class Candidate:
    """One thing that may come on the list. Nobody changes one; frozen, thousands of them would take twice the time.

    Attributes:
        key: ``kind:id``, as in ``base.play.Play``.
        minutes: what it takes.
        since: the day it became worth doing.
        weight: order among those without a price, as in ``base.play.Play``.
        price: what it is worth; ``None`` is "to learn".
        explored: set by the ranking.
    """

    key: str
    minutes: int
    since: date
    weight: int = 5
    price: Price | None = None
    explored: bool = False

    @property
    def kind(self) -> str:
        """Which practice's, and what."""
        return self.key.partition(":")[0]

    @property
    def pk(self) -> int:
        """Of the record it is about.

        >>> Candidate("nurture.keep:12.3", 2, date(2026, 6, 9)).pk
        12
        """
        return int(self.key.partition(":")[2].partition(".")[0])


def pks_of(candidates: Iterable[Candidate], kind: str) -> list[int]:
    """The records behind those of one kind."""
    return [one.pk for one in candidates if one.kind == kind]


def price_of(
    prices: Prices, codes: Sequence[str], minutes: int, *, gain: Rate | None = None, takes: float | None = None
) -> Price | None:  # fmt: skip
    """The price of one thing by the rates a price list has for ``codes``; ``None`` where it lacks one of them.

    Args:
        gain: what the sale would bring; the usual one when missing.
        takes: minutes of all the work it brings with it, its own among them; its own ``minutes`` when missing.
    """
    gain = gain or prices.gain
    chances = [(code, prices.rates.get(code)) for code in codes]
    known = tuple((code, rate) for code, rate in chances if rate is not None)
    if gain is None or len(known) < len(chances):
        return None
    return price(known, gain, work_minor=(minutes if takes is None else takes) * prices.minute, minutes=minutes)


def in_order(candidates: Iterable[Candidate], plays: Iterable[Play]) -> list[Play]:
    """The items of these candidates, in their order; what has gone in the meantime is left out."""
    made = {play.key: play for play in plays}
    return [made[one.key] for one in candidates if one.key in made]


def worth_of(found: Price, currency: str) -> Worth:
    """A price as an item carries it on the list: rounded to minor units, without its sum."""
    return Worth(
        round(found.value), round(found.lo80), round(found.hi80), round(found.gross), currency, leans=found.leans
    )


def worth_in_words(found: Price, labels: Mapping[str, Label], prices: Prices, *, kind: str) -> Worth:
    """The same with the sum behind it and the cases it was learnt from; for the item that is open.

    Args:
        labels: what the chances are of, by code or its beginning ("deal.ever").
        kind: the candidate's, for the word of its cases (notes, signs, deals).
    """
    terms = terms_of(found, labels, prices)
    return replace(worth_of(found, prices.currency), terms=terms, cases=cases_of(found, kind))


def terms_of(found: Price, labels: Mapping[str, Label], prices: Prices) -> tuple[Term, ...]:
    """The sum as it is shown: chances, what a sale brings, less the work, and the result."""
    chances = [Term(in_so_many(rate.value), _labelled(labels, code), "chance") for code, rate in found.chances]
    cost = amount(found.work, prices.currency)
    return (
        *chances,
        Term(amount(found.gain.value, prices.currency), _gain(found, prices), "money"),
        *([Term(cost, _work(found, prices), "cost")] if found.work else []),
        Term(amount(found.value, prices.currency), _("on average"), "result"),
    )


def _work(found: Price, prices: Prices) -> str:
    """What the cost is of: this contact alone, or the work it brings with it as well."""
    return _("work that follows") if found.work > found.minutes * prices.minute else _("your time")


def amount(minor: float, currency: str) -> str:
    """Money as a list shows it: whole units from ten on, a true minus sign.

    >>> amount(12_268, "EUR"), amount(-412, "EUR"), amount(-0.3, "EUR")
    ('€123', '−€4.12', '€0')
    """
    whole = round(minor)
    if currency in ("", "XXX"):
        return words.money(whole, currency)
    cents = abs(whole) < CENTS_BELOW and whole % 100 != 0
    return show(whole, currency, words.locale(), cents=cents).replace("-", "−")


def likely(worth: Worth) -> str:
    """The likely range beside a worth: "likely €35–290"; both ends whole where one lies below 0.

    >>> likely(Worth(12_300, 3_500, 29_000, 16_400, "EUR")), likely(Worth(100, -300, 29_000, 400, "EUR"))
    ('likely €35–290', 'likely −€3 to €290')
    """
    low, high = worth.lo80_minor, worth.hi80_minor
    if low < 0 or high - low < CENTS_BELOW:
        return words.likely(amount(low, worth.currency), amount(high, worth.currency))
    return _("likely %(range)s") % {"range": span(low, high, worth.currency)}


def span(low: float, high: float, currency: str) -> str:
    """A range of money with its sign once, where the reader's language puts it; both ends whole where cents matter, one
    lies below 0, or no currency is known.

    >>> span(0, 30_000, "EUR"), span(-500, 300, "EUR"), span(310, 390, "EUR")
    ('€0–300', '−€5 to €3', '€3.10 to €3.90')
    """
    if low < 0 or currency in ("", "XXX") or _cents_matter(low, high):
        return parts.range_of(low, high, lambda minor: amount(minor, currency))
    whole = show(round(high), currency, words.locale())
    number = words.count(float(to_major(round(high), currency)))
    first = words.count(float(to_major(round(low), currency)))
    return whole.replace(number, f"{first}–{number}", 1)


def _cents_matter(low: float, high: float) -> bool:
    """Whether a range would lose an end, or look like one figure, in whole units."""
    below_ten = high < CENTS_BELOW and bool(round(low) % 100 or round(high) % 100)
    return below_ten or (low != high and high - low < CENTS_BELOW and round(low / 100) == round(high / 100))


def _gain(found: Price, prices: Prices) -> str:
    """What a sale brings, of this deal or as usual."""
    own = prices.gain is None or found.gain is not prices.gain
    if prices.counts_as == "margin":
        return _("margin on this deal") if own else _("margin on a sale")
    return _("commission on this deal") if own else _("commission on a sale")


def _labelled(labels: Mapping[str, Label], code: str) -> Label:
    """The label of a code, else of its longest beginning that has one.

    >>> _labelled({"deal.ever": "are won"}, "deal.ever.3.2")
    'are won'
    """
    while code and code not in labels:
        code = code.rpartition(".")[0]
    return labels.get(code, "")


def in_so_many(chance: float) -> str:
    """A chance as a fraction one can multiply by: with two digits that count, of 100, 1,000 or 10,000.

    >>> in_so_many(0.22), in_so_many(0.034), in_so_many(0.0017), in_so_many(0.0)
    ('22 in 100', '3.4 in 100', '1.7 in 1,000', '0 in 100')
    """
    below = next((base for base in (100, 1000) if chance * base >= 1), 10_000) if chance > 0 else 100
    above = chance * below
    shown = words.decimal(above, 0 if above >= 10 else 1)
    return _("%(above)s in %(below)s") % {"above": shown, "below": words.count(below)}


def cases_of(found: Price, kind: str) -> str:
    """What the chances were learnt from, and how often it pays, in one or two sentences."""
    chance = 1.0
    for _code, rate in found.chances:
        chance *= rate.value
    learnt = _learnt(found.chances[0][1], kind)
    if found.value < 0:
        return _("%(learnt)s On average it costs more than it returns.") % {"learnt": learnt}
    if not 0 < chance < RARELY:
        return learnt
    once_in = words.count(1 / chance)
    return _("%(learnt)s One rarely pays; about %(count)s of them bring a sale.") % {"learnt": learnt, "count": once_in}


def _learnt(rate: Rate, kind: str) -> str:
    """Of whose cases, and how many: "Learned from 9 notes of yours and 41 of your team’s."."""
    own, others = rate.own[1], max(rate.team[1] - rate.own[1], 0)
    if not own and not others:
        return _("Nobody here has done this before: these are the usual figures, until you have some of your own.")
    if not others:
        return _own_cases(kind, own) % {"own": words.count(own)}
    if not own:
        return _others_cases(kind, others) % {"others": words.count(others)}
    return _both_cases(kind, own) % {"own": words.count(own), "others": words.count(others)}


def _own_cases(kind: str, n: int) -> str:
    forms = {
        "nurture.keep": ngettext(
            "Learned from %(own)s contact of yours.", "Learned from %(own)s contacts of yours.", n),
        "nurture.signal": ngettext("Learned from %(own)s sign of yours.", "Learned from %(own)s signs of yours.", n),
        "refer.ask": ngettext("Learned from %(own)s ask of yours.", "Learned from %(own)s asks of yours.", n),
        "refer.thank": ngettext(
            "Learned from %(own)s introduction of yours.", "Learned from %(own)s introductions of yours.", n),
    }  # fmt: skip
    return forms.get(kind) or ngettext("Learned from %(own)s deal of yours.", "Learned from %(own)s deals of yours.", n)


def _others_cases(kind: str, n: int) -> str:
    forms = {
        "nurture.keep": ngettext(
            "Learned from %(others)s contact of others in your team.",
            "Learned from %(others)s contacts of others in your team.", n),
        "nurture.signal": ngettext(
            "Learned from %(others)s sign of others in your team.",
            "Learned from %(others)s signs of others in your team.", n),
        "refer.ask": ngettext(
            "Learned from %(others)s ask of others in your team.",
            "Learned from %(others)s asks of others in your team.", n),
        "refer.thank": ngettext(
            "Learned from %(others)s introduction of others in your team.",
            "Learned from %(others)s introductions of others in your team.", n),
    }  # fmt: skip
    return forms.get(kind) or ngettext(
        "Learned from %(others)s deal of others in your team.",
        "Learned from %(others)s deals of others in your team.",
        n,
    )


def _both_cases(kind: str, n: int) -> str:
    forms = {
        "nurture.keep": ngettext(
            "Learned from %(own)s contact of yours and %(others)s of others in your team.",
            "Learned from %(own)s contacts of yours and %(others)s of others in your team.", n),
        "nurture.signal": ngettext(
            "Learned from %(own)s sign of yours and %(others)s of others in your team.",
            "Learned from %(own)s signs of yours and %(others)s of others in your team.", n),
        "refer.ask": ngettext(
            "Learned from %(own)s ask of yours and %(others)s of others in your team.",
            "Learned from %(own)s asks of yours and %(others)s of others in your team.", n),
        "refer.thank": ngettext(
            "Learned from %(own)s introduction of yours and %(others)s of others in your team.",
            "Learned from %(own)s introductions of yours and %(others)s of others in your team.", n),
    }  # fmt: skip
    return forms.get(kind) or ngettext(
        "Learned from %(own)s deal of yours and %(others)s of others in your team.",
        "Learned from %(own)s deals of yours and %(others)s of others in your team.",
        n,
    )
