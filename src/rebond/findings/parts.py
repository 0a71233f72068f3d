"""What several findings are made of: a "too few" that says how many more, rows of groups, cells of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import words
from rebond.findings.finding import Finding, Table, Verdict
from rebond.findings.pictures import Mark, Row, intervals, share_axis
from rebond.numbers.estimate import Estimate

if TYPE_CHECKING:
    from rebond.numbers.outcomes import Group, Groups

#: So many rows are drawn; the table behind holds more.
DRAWN, TABLED = 14, 60
NAME_LIMIT = 48


def too_few(key: str, headline: str, estimate: Estimate, *, measure: str = "", act: str = "") -> Finding:
    """Nothing to bet on yet: what is missing, in place of a figure."""
    return Finding(key, headline, measure or cases(estimate), sure=words.missing(estimate), act=act, known=False)


def cases(estimate: Estimate) -> str:
    """What there is, where nothing can be said: "2 of 3 so far"."""
    if estimate.k is None:
        return ngettext("%(n)s case so far", "%(n)s cases so far", estimate.n) % {"n": words.count(estimate.n)}
    return _("%(k)s of %(n)s so far") % {"k": words.count(estimate.k), "n": words.count(estimate.n)}


def name(text: str | None) -> str:
    """A group's name, cut where it is endless; untrusted text, escaped where it is drawn."""
    if text is None:
        return _("not filled in")
    return text if len(text) <= NAME_LIMIT else text[: NAME_LIMIT - 1].rstrip() + "…"


def said(title: str, estimate: Estimate) -> str:
    """What a picture of a share says aloud."""
    if estimate.value is None:
        return _("%(name)s: %(missing)s") % {"name": title, "missing": words.short(estimate)}
    return _("%(name)s: %(share)s, %(range)s") % {
        "name": title, "share": words.in_hundred(estimate.value), "range": words.likely_share(estimate),
    }  # fmt: skip


def k_of_n(estimate: Estimate) -> str:
    """ "8 of 27", or why there is nothing."""
    if estimate.value is None or estimate.k is None:
        return words.short(estimate)
    return words.of(estimate.k, estimate.n)


def share_cells(estimate: Estimate) -> tuple[str, str, str]:
    """Figure, likely range, wide range, for a table."""
    if estimate.value is None:
        return words.short(estimate), "", ""
    return words.rate(estimate), _range(estimate.lo80, estimate.hi80), _range(estimate.lo95, estimate.hi95)


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return _("%(low)s to %(high)s%%") % {"low": words.points(low), "high": words.points(high)}


def range_of(low: float | None, high: float | None, show: Callable[[float], str]) -> str:
    """A range in any unit; empty where there is none."""
    if low is None or high is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": show(low), "high": show(high)}


def group_rows(groups: Groups, whole: Estimate, *, people: bool = False) -> list[Row]:
    """Named groups with their pooled share; hollow where it leans on the others, grey where it could be luck.

    ``people`` stand by name and not by rank, and none of them is drawn as worse.
    """
    drawn = [group for group in groups.rows if group.name is not None and group.pooled.known][:DRAWN]
    if people:
        drawn.sort(key=lambda group: (group.name or "").casefold())
    standing = apart(groups, whole)
    return [_group_row(group, _tone(group, whole, people=people) if group in standing else "noise") for group in drawn]


def _tone(group: Group, whole: Estimate, *, people: bool) -> str:
    above = (group.pooled.value or 0) > (whole.value or 0)
    return "ours" if people or above else "worse"


def _group_row(group: Group, tone: str) -> Row:
    text = words.of(group.won, group.won + group.lost)
    mark = Mark(group.pooled, said(name(group.name), group.pooled), text, group.won + group.lost < 30, tone)
    return Row(name(group.name), (mark,))


def group_table(groups: Groups, caption: str, first: str) -> Table:
    """Every listed group in figures: how its deals ended, its own rate, and the rate pulled towards the whole."""
    head = (first, _("won"), _("lost"), _("no decision"), _("won of decided"), _("pooled"), _("8 in 10 sure"))
    return Table(caption, head, tuple(_group_cells(group) for group in groups.rows[:TABLED]))


def _group_cells(group: Group) -> tuple[str, ...]:
    pooled, likely, _wide = share_cells(group.pooled)
    counts = (words.count(group.won), words.count(group.lost), words.count(group.no_decision))
    return (name(group.name), *counts, words.rate(group.rate), pooled, likely)


def apart(groups: Groups, whole: Estimate) -> list[Group]:
    """The groups whose pooled wide range leaves the whole's value out."""
    if whole.value is None:
        return []
    return [
        group for group in groups.rows
        if group.name is not None and group.pooled.lo95 is not None and group.pooled.hi95 is not None
        and not group.pooled.lo95 <= whole.value <= group.pooled.hi95
    ]  # fmt: skip


def groups_picture(rows: list[Row], whole: Estimate) -> SafeString:
    """The rows over a common axis, with the whole as a dotted line."""
    axis = share_axis([*ends(row.marks[0].estimate for row in rows), whole.value], near=True)
    return intervals(rows, axis, reference=whole.value)


def ends(estimates: Iterable[Estimate]) -> list[float | None]:
    """Values and wide ranges, for an axis."""
    return [value for e in estimates for value in (e.value, e.lo95, e.hi95)]


def could_be_luck() -> str:
    """How sure, where no group stands apart."""
    return _("All ranges hold the level of the whole: what differs could be luck.")


def cannot_tell() -> Verdict:
    """The word for "these could all be luck"."""
    return Verdict("open", _("Cannot tell"))


def listed(names: list[str], most: int = 3) -> str:
    """Names for a sentence: "A, B and 4 more"."""
    if len(names) <= most:
        return _(", ").join(names)
    rest = len(names) - most
    return ngettext("%(names)s and %(rest)s more", "%(names)s and %(rest)s more", rest) % {
        "names": _(", ").join(names[:most]), "rest": words.count(rest),
    }  # fmt: skip
