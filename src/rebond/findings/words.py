"""Numbers in words a person can bet on: "9 chances in 10", "likely 35 to 290", "too few: 7 more".

Every text is a whole message of the message files, with its plural forms; nothing is glued. Figures follow the
reader's language: decimal comma and narrow no-break spaces in French.
"""

from __future__ import annotations

from datetime import date

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from rebond.base.money import show
from rebond.numbers.estimate import Estimate

NARROW = "\u202f"


def locale() -> str:
    """The reader's locale; English as in Europe, "9 June"."""
    language = get_language() or "en"
    return "en_GB" if language.startswith("en") else language.split("-")[0]


def count(number: float) -> str:
    """A whole number with its thousands.

    >>> count(12345)
    '12,345'
    """
    return str(format_decimal(round(number), format="#,##0", locale=locale()))


def decimal(number: float, digits: int = 1) -> str:
    """A number with at most ``digits`` decimals; whole numbers have none.

    >>> decimal(7.38), decimal(7.0), decimal(120.4)
    ('7.4', '7', '120')
    """
    if abs(number) >= 100:
        return count(number)
    places = "#,##0." + "#" * digits
    return str(format_decimal(round(number + 0.0, digits), format=places, locale=locale()))


def percent(share: float) -> str:
    """A share in whole percent; the ends say "less than" rather than 0 or 100.

    >>> percent(0.284), percent(0.002), percent(1.0)
    ('28%', 'under 1%', '100%')
    """
    if 0 < share <= 0.005:
        return _("under 1%%") % ()
    if 0.995 <= share < 1:
        return _("over 99%%") % ()
    return _("%(n)s%%") % {"n": count(100 * share)}


def points(share: float) -> str:
    """The bare figure of a percentage, for ranges: "20" of "20 to 40%"."""
    return count(100 * share)


def of(k: int, n: int) -> str:
    """k of n.

    >>> of(28, 100)
    '28 of 100'
    """
    return _("%(k)s of %(n)s") % {"k": count(k), "n": count(n)}


def in_hundred(share: float) -> str:
    """A share as cases in a hundred.

    >>> in_hundred(0.284)
    '28 in 100'
    """
    if 0 < share <= 0.005:
        return _("under 1 in 100")
    return _("%(n)s in 100") % {"n": count(100 * share)}


def chances(share: float) -> str:
    """A probability as chances, in tenths, twentieths or hundredths, whatever is closest to it.

    >>> chances(0.88), chances(0.952), chances(0.02), chances(0.001)
    ('9 chances in 10', '19 chances in 20', '2 chances in 100', 'less than 1 chance in 100')
    """
    if share < 0.01:
        return _("less than 1 chance in 100")
    if share > 0.99:
        return _("more than 99 chances in 100")
    below = _denominator(share)
    above = max(round(share * below), 1)
    return ngettext("%(above)s chance in %(below)s", "%(above)s chances in %(below)s", above) % {
        "above": count(above), "below": count(below),
    }  # fmt: skip


def _denominator(share: float) -> int:
    if 0.075 < share < 0.925:
        return 10
    twentieths = round(share * 20)
    return 20 if 0 < twentieths < 20 and abs(share * 20 - twentieths) < 0.2 else 100


def likely(low: str, high: str) -> str:
    """The likely range, right 8 times in 10; the ends already in words.

    >>> likely("35", "290")
    'likely 35 to 290'
    """
    if low == high:
        return _("likely close to %(high)s") % {"high": high}
    return _("likely %(low)s to %(high)s") % {"low": low, "high": high}


def likely_share(estimate: Estimate) -> str:
    """The likely range of a share: "likely 20 to 40 in 100"; empty where there is none."""
    if estimate.lo80 is None or estimate.hi80 is None:
        return ""
    low, high = points(estimate.lo80), points(estimate.hi80)
    if low == high:
        return _("likely close to %(high)s in 100") % {"high": high}
    return _("likely %(low)s to %(high)s in 100") % {"low": low, "high": high}


def rate(estimate: Estimate) -> str:
    """A share as far as its number of cases allows: too few, counts, or a percentage.

    >>> rate(Estimate(0.3, lo80=0.2, hi80=0.4, k=9, n=30)), rate(Estimate(0.3, lo80=0.2, hi80=0.4, k=6, n=20))
    ('30%', '6 of 20')
    """
    if estimate.value is None:
        return short(estimate)
    if estimate.grade in ("counts", "range") and estimate.k is not None:
        return of(estimate.k, estimate.n)
    return percent(estimate.value)


def short(estimate: Estimate) -> str:
    """Why there is no figure, for a table's cell.

    >>> short(Estimate(None, code="too_few", need=7, unit="wins"))
    'too few: 7 more'
    """
    if estimate.need is not None:
        return _("too few: %(need)s more") % {"need": count(estimate.need)}
    return pgettext("no figure", "not known")


def missing(estimate: Estimate) -> str:
    """What would be enough, as a sentence.

    >>> missing(Estimate(None, code="too_few", need=1, unit="wins"))
    'Too few to say: 1 more sale and a first figure appears.'
    """
    if estimate.need is None:
        return reason(estimate.code)
    forms = _needs(estimate.need)
    return forms.get(estimate.unit, forms["deals"]) % {"need": count(estimate.need)}


def _needs(n: int) -> dict[str, str]:
    """Whole sentences by what is missing, in the right plural."""
    return {
        "decided_deals": ngettext(
            "Too few to say: %(need)s more decided deal and a first figure appears.",
            "Too few to say: %(need)s more decided deals and a first figure appears.", n),
        "closed_deals": ngettext(
            "Too few to say: %(need)s more closed deal and a first figure appears.",
            "Too few to say: %(need)s more closed deals and a first figure appears.", n),
        "lost_deals": ngettext(
            "Too few to say: %(need)s more lost deal with a reason and a first figure appears.",
            "Too few to say: %(need)s more lost deals with a reason and a first figure appears.", n),
        "wins": ngettext(
            "Too few to say: %(need)s more sale and a first figure appears.",
            "Too few to say: %(need)s more sales and a first figure appears.", n),
        "losses": ngettext(
            "Too few to say: %(need)s more loss and a first figure appears.",
            "Too few to say: %(need)s more losses and a first figure appears.", n),
        "open_deals": ngettext(
            "Too few to say: %(need)s more open deal and a first figure appears.",
            "Too few to say: %(need)s more open deals and a first figure appears.", n),
        "touches": ngettext(
            "Too few to say: %(need)s more touch and a first figure appears.",
            "Too few to say: %(need)s more touches and a first figure appears.", n),
        "deals_at_risk": ngettext(
            "Too few to say: %(need)s more deal that gets this far and a first figure appears.",
            "Too few to say: %(need)s more deals that get this far and a first figure appears.", n),
        "months": ngettext(
            "Too few to say: %(need)s more month and a first figure appears.",
            "Too few to say: %(need)s more months and a first figure appears.", n),
        "weeks": ngettext(
            "Too few to say: %(need)s more week of history and a first figure appears.",
            "Too few to say: %(need)s more weeks of history and a first figure appears.", n),
        "pairs": ngettext(
            "Too few to say: %(need)s more deal with both voices and a first figure appears.",
            "Too few to say: %(need)s more deals with both voices and a first figure appears.", n),
        "groups": ngettext(
            "Too few to say: %(need)s more group and a first figure appears.",
            "Too few to say: %(need)s more groups and a first figure appears.", n),
        "asked": ngettext(
            "Too few to say: %(need)s more person asked and a first figure appears.",
            "Too few to say: %(need)s more people asked and a first figure appears.", n),
        "introductions": ngettext(
            "Too few to say: %(need)s more introduction and a first figure appears.",
            "Too few to say: %(need)s more introductions and a first figure appears.", n),
        "deals": ngettext(
            "Too few to say: %(need)s more deal and a first figure appears.",
            "Too few to say: %(need)s more deals and a first figure appears.", n),
    }  # fmt: skip


def money(minor: float, currency: str) -> str:
    """An amount; cents only below 100 units, where they matter.

    >>> money(123456, "EUR"), money(310, "EUR")
    ('€1,235', '€3.10')
    """
    if currency in ("", "XXX"):  # the currency that is none, ISO 4217
        return decimal(minor / 100, 2)
    return show(round(minor), currency, locale(), cents=abs(minor) < 10_000 and round(minor) % 100 != 0)


def month(day: date) -> str:
    """ "June 2026"."""
    return str(format_skeleton("yMMMM", day, locale=locale()))


def short_month(day: date, *, with_year: bool) -> str:
    """ "Jun" or "Jun 2026", for an axis."""
    return str(format_skeleton("yMMM" if with_year else "MMM", day, locale=locale()))


def day(value: date) -> str:
    """ "9 June 2026"."""
    said = str(format_date(value, "long", locale=locale()))
    return said.replace("1 ", "1er ", 1) if value.day == 1 and locale() == "fr" else said


def days(number: float) -> str:
    """A stretch of time in days."""
    return ngettext("%(n)s day", "%(n)s days", round(number)) % {"n": count(number)}


def reason(code: str) -> str:
    """Why nothing can be said where more of the same would not help."""
    return _codes().get(code, _("The file does not hold what this question needs."))


def _codes() -> dict[str, str]:
    return {
        "no_dates": _("The deals carry no dates, so this question is left out."),
        "no_touches": _("There are no touches in the file, so this question is left out."),
        "no_amounts": _("The deals carry no amounts, so this question is left out."),
        "no_commission": _("What a sale earns is not known. Add a commission column or --commission."),
        "no_reasons": _("No deal carries a reason, so this question is left out."),
        "mixed_currencies": _("The amounts are in several currencies; sums would mean nothing."),
        "one_outcome": _("Every deal ended the same way, so there is nothing to compare."),
        "no_open_deals": _("No deal is open, so there is nothing to foresee."),
        "no_goal": _("No goal was given. Add --goal and --goal-period."),
        "no_factors": _("The file has no further columns to compare deals by."),
    }
