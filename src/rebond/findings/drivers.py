"""What goes with winning, each factor adjusted for the others. Never why: what goes with it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding, Table
from rebond.findings.pictures import Mark, Row, intervals, number_axis
from rebond.findings.terms import Terms
from rebond.numbers.drivers.result import Drivers, Effect, Factor
from rebond.numbers.estimate import Estimate

DRAWN = 12


def findings(result: Drivers, terms: Terms) -> tuple[Finding, ...]:
    """What matters, then what gives the result away."""
    leaks = (_leaks(result),) if result.leaks else ()
    if not result.known:
        headline = _("Too few decided deals to say what goes with winning")
        if result.won.need is None:
            return (Finding("drivers.effects", _("Nothing to compare deals by"), parts.cases(result.won), known=False,
                            sure=words.reason(result.won.code)), *leaks)  # fmt: skip
        return (parts.too_few("drivers.effects", headline, result.won), *leaks)
    return (_effects(result, terms), *leaks)


def _effects(result: Drivers, terms: Terms) -> Finding:
    pairs = [(factor, effect) for factor in result.factors if factor.leak is None for effect in factor.effects]
    known = [pair for pair in pairs if pair[1].points.known]
    table = _table(pairs, terms)
    measure = _("Difference in the chance of winning, in points, all else alike; %(cases)s decided deals won") % {
        "cases": words.of(result.won.k or 0, result.won.n)}  # fmt: skip
    if not known:
        return Finding("drivers.effects", _("The file has no further columns to compare deals by"), measure,
                       table=table if pairs else None, sure=words.reason("no_factors"), known=False)  # fmt: skip
    strongest = sorted(known, key=lambda pair: (pair[1].verdict != "matters", -abs(pair[1].points.value or 0)))[:DRAWN]
    axis = number_axis(_ends(strongest), _points, steps=5, from_zero=False)
    picture = intervals([_row(factor, effect, terms) for factor, effect in strongest], axis, reference=0.0)
    matters = [factor.name for factor in result.matters]
    return Finding(
        "drivers.effects", _headline(result, matters), measure, picture, table, _sure(result, matters),
        _("Nobody chose at random which deals got what: read this as where to test, not as a cause."),
        _("Test one of them on purpose, on half of the new deals.") if matters else "",
        None if matters else parts.cannot_tell(),
    )  # fmt: skip


def _ends(pairs: list[tuple[Factor, Effect]]) -> list[float | None]:
    estimates = [effect.points for _factor, effect in pairs]
    return [value for e in estimates for value in (e.value, e.lo95, e.hi95)] + [0.0]


def _points(value: float) -> str:
    if round(100 * value) == 0:
        return "0"
    sign = "+" if value > 0 else "−"
    return sign + words.count(abs(100 * value))


def _row(factor: Factor, effect: Effect, terms: Terms) -> Row:
    name = _effect_name(factor, effect, terms)
    tone = "noise" if effect.verdict != "matters" else "ours" if (effect.points.value or 0) > 0 else "worse"
    mark = Mark(effect.points, _said(name, effect.points), _points(effect.points.value or 0), tone == "noise", tone)
    return Row(name, (mark,), _against(factor, terms))


def _effect_name(factor: Factor, effect: Effect, terms: Terms) -> str:
    level = _level(factor, effect.level, terms)
    return parts.name(_("%(factor)s: %(level)s") % {"factor": column_label(factor.name), "level": level})


def _level(factor: Factor, level: str, terms: Terms) -> str:
    """A level as people say it; what is no word of ours stays as it stands in the file."""
    ours = {"missing": _("not filled in"), "other": _("rare ones together"), "yes": _("yes"), "no": _("no")}
    if factor.name == "amount" and level[:1] in "+-":
        try:
            return "+" + words.money(float(level), terms.currency)
        except ValueError:
            return level
    return ours.get(level, level)


def column_label(name: str) -> str:
    """A column of ours in words; any other as the file calls it."""
    return {
        "amount": _("amount"), "owner": _("owner"), "team": _("team"), "segment": _("segment"), "source": _("source"),
        "stage": _("stage"), "competitor": _("competitor"), "touch_count": _("number of touches"),
    }.get(name, parts.name(name))  # fmt: skip


def _against(factor: Factor, terms: Terms) -> str:
    if not factor.reference:
        return ""
    return _("against %(reference)s") % {"reference": parts.name(_level(factor, factor.reference, terms))}


def _said(name: str, points: Estimate) -> str:
    return _("%(name)s: %(points)s points, likely %(low)s to %(high)s") % {
        "name": name, "points": _points(points.value or 0), "low": _points(points.lo80 or 0),
        "high": _points(points.hi80 or 0),
    }  # fmt: skip


def _headline(result: Drivers, matters: list[str]) -> str:
    if not matters:
        return ngettext("Nothing tells won from lost beyond luck, among %(n)s look",
                        "Nothing tells won from lost beyond luck, among %(n)s looks", result.looks) % {
            "n": words.count(result.looks)}  # fmt: skip
    return ngettext("One thing goes with winning, beyond luck: %(names)s",
                    "%(n)s things go with winning, beyond luck: %(names)s", len(matters)) % {
        "n": words.count(len(matters)), "names": parts.listed([column_label(name) for name in matters])}  # fmt: skip


def _sure(result: Drivers, matters: list[str]) -> str:
    if not matters:
        return _("All ranges are corrected for the number of looks; more deals would show smaller differences.")
    expected = ngettext("We looked %(n)s time, and corrected for it: of ten things named this way, about one is luck.",
                        "We looked %(n)s times, and corrected for it: of ten things named this way, about one is luck.",
                        result.looks)  # fmt: skip
    return expected % {"n": words.count(result.looks)}


def _table(pairs: list[tuple[Factor, Effect]], terms: Terms) -> Table:
    head = (_("factor"), _("compared with"), _("won of decided"), _("points"), _("8 in 10 sure"), _("odds of winning"))
    rows = [_cells(factor, effect, terms) for factor, effect in pairs[: parts.TABLED]]
    return Table(_("What goes with winning"), head, tuple(rows))


def _cells(factor: Factor, effect: Effect, terms: Terms) -> tuple[str, ...]:
    points = effect.points
    known = points.value is not None
    return (
        _effect_name(factor, effect, terms), parts.name(factor.reference) if factor.reference else "",
        words.of(effect.odds.k, effect.odds.n) if effect.odds.k is not None else "",
        _points(points.value or 0) if known else words.short(points),
        parts.range_of(points.lo80, points.hi80, _points) if known else "",
        _("times %(odds)s") % {"odds": words.decimal(effect.odds.value, 2)} if effect.odds.value is not None else "",
    )  # fmt: skip


def _leaks(result: Drivers) -> Finding:
    names = [column_label(factor.name) for factor in result.leaks]
    rows = tuple((column_label(f.name), _why().get(f.leak.code if f.leak else "", "")) for f in result.leaks)
    return Finding(
        "drivers.leaks",
        ngettext("“%(names)s” gives the result away, so it is no reason",
                 "These give the result away, so they are no reasons: %(names)s", len(names)) % {
            "names": parts.listed(names)},
        _("Kept out of the comparison"), table=Table(_("Columns that tell the outcome"), (_("column"), _("why")), rows),
        sure=_("A column known only at or after the close says how a deal ended, not what it depended on."),
    )  # fmt: skip


def _why() -> dict[str, str]:
    return {
        "nearly_decides": _("alone it tells nearly every win from every loss"),
        "one_outcome_only": _("filled for one outcome only"),
        "filled_at_close": _("empty on every open deal"),
        "dated_after_close": _("its dates lie at or after the close"),
        "named_after_close": _("its name says it is known at the end only"),
    }
