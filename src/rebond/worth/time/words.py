"""Figures of time and money in words; cents where they matter, ranges without repeating the currency."""

from __future__ import annotations

from babel.numbers import format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.money import show, to_major
from rebond.findings import words
from rebond.numbers.estimate import RANGE_FROM, Estimate

#: Below so many whole units of money cents are shown.
CENTS_BELOW = 20


def money(minor: float, currency: str) -> str:
    """An amount, with cents below 20 units: a contact may be worth €3.10.

    >>> money(1000, "EUR"), money(310, "EUR"), money(2140, "EUR"), money(-310, "EUR"), money(0, "EUR")
    ('€10.00', '€3.10', '€21', '−€3.10', '€0')
    """
    if currency in ("", "XXX"):
        return words.money(minor, currency)
    whole = round(minor)
    return show(whole, currency, words.locale(), cents=0 < abs(to_major(whole, currency)) < CENTS_BELOW).replace(
        "-", "−"
    )


def hourly(minor: float, currency: str) -> str:
    """What an hour brings: cents only below 10 units.

    >>> hourly(1700, "EUR"), hourly(640, "EUR")
    ('€17', '€6.40')
    """
    if abs(major_units(minor, currency)) < CENTS_BELOW / 2:
        return money(minor, currency)
    return words.money(round(major_units(minor, currency)) * 100, currency) if _hundredths(currency) else words.money(
        minor, currency)  # fmt: skip


def _hundredths(currency: str) -> bool:
    return currency not in ("", "XXX") and to_major(100, currency) == 1


def bare(minor: float, currency: str, *, cents: bool) -> str:
    """The same without its currency, for the ends of a range.

    >>> bare(239.6, "EUR", cents=True), bare(14_212, "EUR", cents=False)
    ('2.40', '142')
    """
    major = to_major(round(minor), currency) if currency not in ("", "XXX") else minor / 100
    return str(format_decimal(major, format="#,##0.00" if cents else "#,##0", locale=words.locale()))


def likely(estimate: Estimate, currency: str) -> str:
    """The likely range of an amount: "likely 96–142"; empty where there is none."""
    if estimate.lo80 is None or estimate.hi80 is None or estimate.value is None:
        return ""
    precise = abs(major_units(estimate.value, currency)) < CENTS_BELOW
    low, high = (bare(end, currency, cents=precise) for end in (estimate.lo80, estimate.hi80))
    if low == high:
        return _("likely close to %(high)s") % {"high": high}
    return _("likely %(low)s–%(high)s") % {"low": low, "high": high}


def no_range(estimate: Estimate) -> str:
    """Why a figure stands without a range, or why there is none."""
    if estimate.value is None:
        return words.short(estimate)
    if estimate.code == "one_sale_dominates":
        return _("no range: one sale is most of it")
    if (estimate.k or 0) < RANGE_FROM:
        need = RANGE_FROM - (estimate.k or 0)
        return ngettext("no range yet: %(n)s more sale", "no range yet: %(n)s more sales", need) % {
            "n": words.count(need)}  # fmt: skip
    return _("no range: too uncertain")


def major_units(minor: float, currency: str) -> float:
    """Minor units as units people count in."""
    return float(to_major(round(minor), currency)) if currency not in ("", "XXX") else minor / 100


def minutes(number: float) -> str:
    """How long a contact takes: "6 min"."""
    return _("%(n)s min") % {"n": words.decimal(number)}


def hours(number: float) -> str:
    """ "620 hours", "5.5 hours"."""
    return ngettext("%(n)s hour", "%(n)s hours", 1 if number <= 1 else 2) % {"n": words.decimal(number)}


def cases(estimate: Estimate) -> str:
    """ "42 sales of 310 deals"."""
    return ngettext("%(k)s sale of %(n)s deals", "%(k)s sales of %(n)s deals", estimate.k or 0) % {
        "k": words.count(estimate.k or 0), "n": words.count(estimate.n),
    }  # fmt: skip


def why_not(estimate: Estimate) -> str:
    """Why there is no figure, in a sentence, with what is missing."""
    known = {
        "no_commission": _("What a sale earns is not known yet."),
        "no_touches": _("No contact is on record in this time."),
        "one_sale_dominates": _("One sale brings more than half of the money, so no range can be told."),
        "nothing_recorded": _("Nothing is on record yet that could be divided."),
        "no_dates": _("Contacts carry no dates here."),
        "no_range": _("Too uncertain for a range."),
    }
    return known.get(estimate.code) or words.missing(estimate)


def kind_names() -> dict[str, tuple[str, str]]:
    """Kinds of contact, and what belongs to each."""
    return {
        "first": (_("First contact"), ""),
        "second": (_("Follow-ups 2 and 3"), _("no answer yet")),
        "fourth": (_("Follow-ups 4 and 5"), _("no answer yet")),
        "sixth": (_("Sixth follow-up or later"), _("without an answer")),
        "talking": (_("In conversation"), _("theirs, and ours after an answer")),
        "meeting": (_("Meetings"), ""),
        "after_no": (_("After a no"), _("staying in touch, coming back")),
    }


def channel_names() -> dict[str, str]:
    """One contact of each kind that has a tile."""
    return {"call": _("One call"), "email": _("One email"), "meeting": _("One meeting")}
