"""Was the list right, in words and pictures: promised grey and hollow, what came blue, orange where it was less."""

from __future__ import annotations

from babel.numbers import get_currency_precision
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import words
from rebond.findings.finding import NOTHING, Finding, Table, Verdict
from rebond.findings.pictures import Axis, Curve, Mark, Row, curve, intervals, money_axis
from rebond.loop.right.answer import Right
from rebond.loop.right.looked import DAYS
from rebond.numbers.estimate import Estimate
from rebond.numbers.promises import ENOUGH, Compared

#: Months drawn, and labelled under the curve at most.
MONTHS, LABELS = 24, 5
#: The upper end of a range is drawn to so many times the largest figure.
ROOM = 2.5


def _money(minor: float, currency: str) -> str:
    """An amount; without cents from ten units on, since these are means with wide ranges."""
    whole = 10 ** get_currency_precision(currency)
    rounded = round(minor / whole) * whole if abs(minor) >= 10 * whole else minor
    return words.money(rounded, currency).replace("-", "−")


def findings(right: Right) -> list[Finding]:
    """The whole with its bands; month by month; explorations. One sentence while there are too few."""
    if right.whole.n < ENOUGH:
        return [_too_few(right)]
    found = [_whole(right)]
    if len(right.months) > 1:
        found.append(_months(right))
    if right.explored.n:
        found.append(_explored(right))
    return found


def _too_few(right: Right) -> Finding:
    missing = ENOUGH - right.whole.n
    headline = ngettext(
        "After %(enough)s touches it shows: %(n)s more to come",
        "After %(enough)s touches it shows: %(n)s more to come", missing,
    ) % {"enough": words.count(ENOUGH), "n": words.count(missing)}  # fmt: skip
    return Finding(
        "right.whole", headline,
        _("Here will stand what the list promised for each touch, beside what came of it within %(days)s days.")
        % {"days": DAYS},
        sure=_running(right), known=False,
    )  # fmt: skip


def _running(right: Right) -> str:
    if not right.running:
        return _("No promise is running.")
    return ngettext(
        "%(n)s promise is younger than %(days)s days and still running.",
        "%(n)s promises are younger than %(days)s days and still running.", right.running,
    ) % {"n": words.count(right.running), "days": DAYS}  # fmt: skip


# ---- the whole, and band by band


def _whole(right: Right) -> Finding:
    bands = [band for band in right.bands if band.n]
    rows = [
        Row(_("All together"), _marks(right.whole, right.currency)),
        *(_row(band, right.currency) for band in bands),
    ]
    axis = money_axis(_drawn([right.whole, *bands]), right.currency)
    return Finding(
        "right.whole", headline(right.whole, right.currency), _measure(right),
        _bands_key() + intervals(rows, axis, keyed=False), _table(right), _sure(right), _caveat(right),
        verdict=verdict(right.whole), act=_act(right.whole),
    )  # fmt: skip


def headline(found: Compared, currency: str) -> str:
    """ "The list promised €41 a touch, €36 came: about right"."""
    said = {
        "promised": _money(found.promised, currency),
        "obtained": _money(found.obtained.value or 0.0, currency),
    }
    texts = {
        "right": _("The list promised %(promised)s a touch, %(obtained)s came: about right"),
        "less": _("The list promised %(promised)s a touch, %(obtained)s came: less than promised"),
        "more": _("The list promised %(promised)s a touch, %(obtained)s came: more than promised"),
        "maybe_less": _("The list promised %(promised)s a touch, %(obtained)s came: perhaps it promises too much"),
        "maybe_more": _("The list promised %(promised)s a touch, %(obtained)s came: perhaps it promises too little"),
        "open": _("The list promised %(promised)s a touch, %(obtained)s came: too early to judge"),
    }
    return texts[found.verdict] % said


def verdict(found: Compared) -> Verdict:
    """The same in a word and a shape."""
    return {
        "right": Verdict("noise", _("About right")),
        "less": Verdict("drop", _("Less came"), worse=True),
        "more": Verdict("rise", _("More came")),
    }.get(found.verdict, Verdict("open", _("Cannot tell yet")))


def _measure(right: Right) -> str:
    whole = right.whole
    return _("Net worth per touch: %(n)s touches about %(deals)s deals, at least %(days)s days ago; "
             "a sale followed %(k)s of them") % {
        "n": words.count(whole.n), "deals": words.count(whole.deals), "days": DAYS, "k": words.count(whole.sales),
    }  # fmt: skip


def _row(band: Compared, currency: str) -> Row:
    note = ngettext("%(n)s touch", "%(n)s touches", band.n) % {"n": words.count(band.n)}
    return Row(band_name(band, currency), _marks(band, currency), note)


def band_name(band: Compared, currency: str) -> str:
    """What was promised, in words."""
    low, high = (None if end is None else _money(end, currency) for end in (band.low, band.high))
    if low is None:
        return _("promised less than %(high)s") % {"high": high}
    if high is None:
        return _("promised %(low)s and more") % {"low": low}
    return _("promised %(low)s to %(high)s") % {"low": low, "high": high}


def _marks(found: Compared, currency: str) -> tuple[Mark, ...]:
    """Promised above, what came below it."""
    promised = Estimate(found.promised, n=found.n)
    said = _money(found.promised, currency)
    came = came_words(found, currency)
    return (
        Mark(promised, _("Promised %(sum)s") % {"sum": said}, said, hollow=True, tone="noise"),
        Mark(found.obtained, _("Came: %(sum)s") % {"sum": came}, _figure(found.obtained, currency), tone=_tone(found)),
    )


def _tone(found: Compared) -> str:
    return "worse" if found.verdict == "less" else "ours"


def _figure(estimate: Estimate, currency: str) -> str:
    return words.short(estimate) if estimate.value is None else _money(estimate.value, currency)


def came_words(found: Compared, currency: str) -> str:
    """What came with its range: "€36, likely €25 to €49"; why not, where it cannot be said."""
    estimate = found.obtained
    if estimate.value is None:
        return words.short(estimate)
    return _("%(sum)s, %(range)s") % {
        "sum": _money(estimate.value, currency), "range": likely(estimate, currency),
    }  # fmt: skip


def likely(estimate: Estimate, currency: str) -> str:
    """The likely range in money; says so where there is none."""
    if estimate.lo80 is None or estimate.hi80 is None:
        return _("no range yet: too few sales")
    return words.likely(_money(estimate.lo80, currency), _money(estimate.hi80, currency))


def _drawn(parts: list[Compared]) -> list[float | None]:
    """What the axis must hold; ends far beyond every figure are drawn at its edge."""
    figures = [part.promised for part in parts] + [part.obtained.value or 0.0 for part in parts]
    most = ROOM * max(*figures, 1.0)
    ends = [end for part in parts for end in (part.obtained.lo95, part.obtained.hi80) if end is not None]
    return [*figures, *(min(end, most) for end in ends)]


def _key(*said: str) -> SafeString:
    return format_html('<ul class="f-key">{}</ul>', format_html_join("", "<li>{}</li>", ((one,) for one in said)))


def _bands_key() -> SafeString:
    return _key(
        _("grey, hollow: promised"), _("blue: what came; orange: less than promised"),
        _("thick: 8 in 10 sure; thin: 19 in 20"),
    )  # fmt: skip


def _table(right: Right) -> Table:
    head = (_("Promised"), _("Touches"), _("Deals"), _("Followed by a sale"), _("Promised, mean"), _("Came, mean"),
            _("Verdict"))  # fmt: skip
    named = [(band_name(band, right.currency), band) for band in right.bands]
    rows = tuple(_cells(name, part, right.currency) for name, part in [(_("All together"), right.whole), *named])
    return Table(_("Promised and obtained, by what was promised"), head, rows)


def _cells(name: str, part: Compared, currency: str) -> tuple[str, ...]:
    return (
        name, words.count(part.n), words.count(part.deals), words.of(part.sales, part.n),
        _money(part.promised, currency), came_words(part, currency), verdict(part).text,
    )  # fmt: skip


def _sure(right: Right) -> str:
    return _("What came: %(came)s. %(running)s") % {
        "came": likely(right.whole.obtained, right.currency), "running": _running(right),
    }  # fmt: skip


def _caveat(right: Right) -> str:
    """The one thing that would mislead most."""
    if right.unpriced:
        return ngettext(
            "%(n)s time a sale followed whose commission nobody knows: it counts as nothing. A plan would say.",
            "%(n)s times a sale followed whose commission nobody knows: they count as nothing. A plan would say.",
            right.unpriced,
        ) % {"n": words.count(right.unpriced)}
    if right.foreign:
        return ngettext(
            "%(n)s promise in another currency is left out.", "%(n)s promises in another currency are left out.",
            right.foreign,
        ) % {"n": words.count(right.foreign)}  # fmt: skip
    return _("Each promise is a forecast of its own: several about one deal are each held against its sale. Sales that "
             "came after %(days)s days are not in it.") % {"days": DAYS}  # fmt: skip


def _act(found: Compared) -> str:
    if found.verdict == "less":
        return _(
            "Chances are learnt anew from what happened; until they have caught up, trust the order more than the sums"
        )
    return ""


# ---- month by month


def _months(right: Right) -> Finding:
    months = right.months[-MONTHS:]
    known = [found for _month, found in months if found.obtained.value is not None]
    within = sum(found.verdict in ("right", "maybe_less", "maybe_more") for found in known)
    head = ngettext(
        "In %(k)s of %(n)s month what came was near what was promised",
        "In %(k)s of %(n)s months what came was near what was promised", len(known),
    ) % {"k": words.count(within), "n": words.count(len(known))}  # fmt: skip
    return Finding(
        "right.months", head if known else _("Too few touches in each month to compare"),
        _("Net worth per touch, by the month in which it was promised"),
        _months_picture(right, known) if known else NOTHING, _months_table(right),
        _("A month of few sales swings by luck; the ribbon is right 8 times in 10."), known=bool(known),
    )  # fmt: skip


def _months_picture(right: Right, known: list[Compared]) -> SafeString:
    months = right.months[-MONTHS:]
    places = range(len(months))
    every = -(-len(months) // LABELS)
    ticks = tuple(
        (float(place), words.short_month(months[place][0], with_year=place == 0 or months[place][0].month == 1))
        for place in places[::every]
    )
    across = Axis(-0.3, len(months) - 0.7, ticks)
    upward = money_axis(_drawn(known), right.currency)
    parts = [found if found.obtained.value is not None else None for _month, found in months]
    obtained = [part.obtained.value if part else None for part in parts]
    low, high = ([getattr(part.obtained, end) if part else None for part in parts] for end in ("lo80", "hi80"))
    xs = [float(place) for place in places]
    promised = [found.promised if found.n else None for _month, found in months]
    key = _key(_("grey, dashed: promised"), _("blue: what came, with its likely range"))
    return key + curve(
        [Curve(xs, promised, tone="noise", marked=False), Curve(xs, obtained, low, high)],
        across, upward, _("Promised and obtained by month"),
    )  # fmt: skip


def _months_table(right: Right) -> Table:
    head = (_("Month"), _("Touches"), _("Deals"), _("Followed by a sale"), _("Promised, mean"), _("Came, mean"),
            _("Verdict"))  # fmt: skip
    rows = tuple(_cells(words.month(month), found, right.currency) for month, found in right.months[-MONTHS:])
    return Table(_("Promised and obtained by month"), head, rows)


# ---- explorations


def _explored(right: Right) -> Finding:
    found = right.explored
    if found.obtained.value is None:
        head = ngettext(
            "%(n)s touch was an exploration: too few to say more",
            "%(n)s touches were explorations: too few to say more", found.n,
        ) % {"n": words.count(found.n)}  # fmt: skip
    else:
        head = _("Explorations promised %(promised)s a touch, %(obtained)s came") % {
            "promised": _money(found.promised, right.currency),
            "obtained": _money(found.obtained.value, right.currency),
        }  # fmt: skip
    return Finding(
        "right.explored", head,
        _("A few items stand on the list to learn about their kind, not for their worth: not in the figures above"),
        sure=_("What came: %(came)s.") % {"came": came_words(found, right.currency)}, known=found.obtained.known,
    )  # fmt: skip
