"""What a sale takes in touches, and what a touch is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding, Table
from rebond.findings.pictures import Mark, Row, intervals, money_axis, number_axis
from rebond.findings.terms import Terms
from rebond.numbers.estimate import Estimate
from rebond.numbers.touches import Touches, Worth

DRAWN = 12


def findings(result: Touches, terms: Terms) -> tuple[Finding, ...]:
    """Touches per sale, then money per touch where commission is known."""
    if result.source == "none":
        return (
            Finding("touches.per_sale", _("Without touches, what a sale takes cannot be said"), "", known=False,
                    sure=words.reason("no_touches"),
                    act=_("Give the calls and emails too: --touches FILE, or a column touch_count.")),
        )  # fmt: skip
    return (_per_sale(result), _money(result, terms))


def best(worth: Worth, name: str) -> Estimate:
    """The corrected ratio where it is known, else the plain one."""
    corrected: Estimate = getattr(worth, f"{name}_corrected")
    plain: Estimate = getattr(worth, name)
    return corrected if corrected.known else plain


def _per_sale(result: Touches) -> Finding:
    found = best(result.overall, "per_sale")
    headline = _("Too few sales to say how many touches one takes")
    measure = _touched(result)
    table = _table(result, "per_sale", words.decimal, _("touches per sale"), _("Touches per sale"))
    if found.value is None:
        few = parts.too_few("touches.per_sale", headline, found, measure=measure)
        return Finding(few.key, few.headline, few.measure, table=table, sure=few.sure, known=False)
    rows = _rows(result, "per_sale", words.decimal)
    axis = number_axis(_tops(rows), words.decimal)
    return Finding(
        "touches.per_sale", _headline(found), measure, intervals(rows, axis, reference=found.value), table,
        _sure(result, "per_sale", words.decimal),
        _("Who gets more touches is not random: this says what a sale took, not what more touches would bring."),
    )  # fmt: skip


def _touched(result: Touches) -> str:
    whole = result.overall
    return _("Touches of lost and open deals count too: %(touches)s touches, %(sales)s sales, %(deals)s deals") % {
        "touches": words.count(whole.touches), "sales": words.count(whole.sales), "deals": words.count(whole.deals),
    }  # fmt: skip


def _headline(found: Estimate) -> str:
    if found.lo80 is None or found.hi80 is None:
        return _("A sale has taken %(n)s touches on average") % {"n": words.decimal(found.value or 0)}
    return _("A sale takes about %(n)s touches, likely %(low)s to %(high)s") % {
        "n": words.decimal(found.value or 0), "low": words.decimal(found.lo80), "high": words.decimal(found.hi80),
    }  # fmt: skip


def _sure(result: Touches, name: str, show: Callable[[float], str]) -> str:
    """Why the corrected figure leads, and the plain one beside it."""
    plain: Estimate = getattr(result.overall, name)
    if getattr(result.overall, f"{name}_corrected").known and plain.value is not None:
        return _("Corrected for deals still open, which have had their touches and not yet brought their sale; "
                 "the plain ratio is %(plain)s.") % {"plain": show(plain.value)}  # fmt: skip
    return _(
        "The plain ratio: deals still open have had their touches and not yet brought their sale, so it may mislead."
    )


def _rows(result: Touches, name: str, show: Callable[[float], str]) -> list[Row]:
    """The whole, the channels, then owners by name: no ranking of people."""
    rows = [_row(_("all deals"), best(result.overall, name), show)]
    for by in ("channel", "owner", "segment"):
        groups = [one for one in result.by.get(by, ()) if one.name is not None and best(one, name).known][:DRAWN]
        if by == "channel" and name == "per_sale":
            continue  # a sale takes all its channels together
        if by == "owner":
            groups.sort(key=lambda one: (one.name or "").casefold())
        if len(groups) > 1:
            rows += [_row(_title(one, by), best(one, name), show, hollow=_leans(one, by)) for one in groups]
            if by != "channel":
                break
    return rows


def _title(worth: Worth, by: str) -> str:
    """A group's name; channels have words of their own."""
    title = parts.name(worth.name)
    return channel_labels().get(worth.name or "", title) if by == "channel" else title


def _leans(worth: Worth, by: str) -> bool:
    """Whether a group's figure rests on the others more than on its own few sales."""
    return by != "channel" and worth.sales < 30


def _row(title: str, found: Estimate, show: Callable[[float], str], *, hollow: bool = False) -> Row:
    likely = parts.range_of(found.lo80, found.hi80, show)
    label = _("%(name)s: %(value)s, likely %(range)s") % {
        "name": title, "value": show(found.value or 0), "range": likely}  # fmt: skip
    return Row(title, (Mark(found, label, show(found.value or 0), hollow=hollow),))


def _tops(rows: Sequence[Row]) -> list[float | None]:
    return parts.ends(row.marks[0].estimate for row in rows)


def channel_labels() -> dict[str, str]:
    """Kinds of touches."""
    return {
        "call": pgettext("channel", "call"), "email": pgettext("channel", "email"),
        "meeting": pgettext("channel", "meeting"),
        "message": pgettext("channel", "message"), "other": pgettext("channel", "other"),
    }  # fmt: skip


def _money(result: Touches, terms: Terms) -> Finding:
    def show(minor: float) -> str:
        return words.money(minor, terms.currency)

    found = best(result.overall, "money_per_touch")
    table = _table(result, "money_per_touch", show, _("money per touch"), _("Money per touch"))
    if found.value is None:
        known = found.code == "too_few"
        headline = _("Too few sales to say what a touch is worth") if known else _("What a touch is worth is not known")
        return Finding("touches.money_per_touch", headline, _touched(result), table=table, sure=words.missing(found),
                       known=False)  # fmt: skip
    rows = _rows(result, "money_per_touch", show)
    axis = money_axis(_tops(rows), terms.currency)
    return Finding(
        "touches.money_per_touch", _worth(found, show), _earned(result, terms),
        intervals(rows, axis, reference=found.value), table, _sure(result, "money_per_touch", show),
        _("By channel, a sale’s commission is shared out over its touches: accounting, not cause."),
        _("Set the worth of a touch against the time it takes before you make the next one."),
    )  # fmt: skip


def _worth(found: Estimate, show: Callable[[float], str]) -> str:
    if found.lo80 is None or found.hi80 is None:
        return _("A touch has brought %(worth)s on average, also the one that met a no") % {
            "worth": show(found.value or 0)
        }
    return _("Every touch is worth about %(worth)s, likely %(low)s to %(high)s, also the one that meets a no") % {
        "worth": show(found.value or 0), "low": show(found.lo80), "high": show(found.hi80)}  # fmt: skip


def _earned(result: Touches, terms: Terms) -> str:
    whole = result.overall
    earned = words.money(whole.commission_minor, terms.currency) if whole.commission_minor is not None else ""
    return ngettext("Earned %(earned)s from %(sales)s sale, over %(touches)s touches",
                    "Earned %(earned)s from %(sales)s sales, over %(touches)s touches", whole.sales) % {
        "earned": earned, "sales": words.count(whole.sales), "touches": words.count(whole.touches)}  # fmt: skip


def _table(result: Touches, name: str, show: Callable[[float], str], figure: str, caption: str) -> Table:
    head = (_("of"), _("deals"), _("sales"), _("touches"), figure, _("8 in 10 sure"), _("plain ratio"))
    rows = [_cells(_("all deals"), result.overall, name, show)]
    for by, groups in result.by.items():
        for one in groups[: parts.TABLED]:
            rows.append(_cells(_title(one, by), one, name, show))
    return Table(caption, head, tuple(rows))


def _cells(title: str, worth: Worth, name: str, show: Callable[[float], str]) -> tuple[str, ...]:
    found, plain = best(worth, name), getattr(worth, name)
    return (
        title, words.count(worth.deals), words.count(worth.sales), words.count(worth.touches),
        words.short(found) if found.value is None else show(found.value),
        parts.range_of(found.lo80, found.hi80, show),
        words.short(plain) if plain.value is None else show(plain.value),
    )  # fmt: skip
