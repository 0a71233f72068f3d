"""How deals ended: the win rate as it may be bet on, and where it differs."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from rebond.findings import parts, words
from rebond.findings.finding import Finding, Table
from rebond.findings.pictures import Mark, Row, intervals, share_axis
from rebond.findings.terms import Terms
from rebond.numbers.estimate import Estimate
from rebond.numbers.outcomes import Group, Groups, Outcomes


def findings(result: Outcomes, terms: Terms) -> tuple[Finding, ...]:
    """The whole first, then each way to split it that has at least two groups."""
    found = [_whole(result, terms)]
    for by, groups in result.by.items():
        named = [group for group in groups.rows if group.name is not None]
        if len(named) > 1:
            found.append(_split(by, groups, result.win_rate))
    return tuple(found)


def _whole(result: Outcomes, terms: Terms) -> Finding:
    rate = result.win_rate
    table = _table(result, terms)
    if rate.value is None:
        few = parts.too_few("outcomes.win_rate", _("Too few decided deals to speak of a win rate"), rate)
        return Finding(few.key, few.headline, few.measure, table=table, sure=few.sure, known=False)
    rows = [row for row in _rows(result) if row.marks[0].estimate.known]
    axis = share_axis(parts.ends(row.marks[0].estimate for row in rows), near=True)
    return Finding(
        "outcomes.win_rate", _headline(rate),
        _("Won of won and lost, %(cases)s; open deals are not counted, they are neither") % {
            "cases": words.of(rate.k or 0, rate.n)},
        intervals(rows, axis), table, _sure(rate),
        _("A deal that nobody closes is in no win rate: the fewer noes are entered, the better this looks."),
    )  # fmt: skip


def _headline(rate: Estimate) -> str:
    if rate.grade == "counts" or rate.lo80 is None or rate.hi80 is None:
        return _("%(cases)s decided deals were won: too few for a rate") % {"cases": words.of(rate.k or 0, rate.n)}
    if words.points(rate.lo80) == words.points(rate.hi80):
        return _("About %(n)s decided deals in 100 are won") % {"n": words.points(rate.value or 0)}
    if rate.grade == "range":
        return _("%(cases)s decided deals were won: the usual level is likely %(low)s to %(high)s in 100") % {
            "cases": words.of(rate.k or 0, rate.n), "low": words.points(rate.lo80), "high": words.points(rate.hi80),
        }  # fmt: skip
    return _("About %(n)s decided deals in 100 are won, likely %(low)s to %(high)s") % {
        "n": words.points(rate.value or 0), "low": words.points(rate.lo80), "high": words.points(rate.hi80),
    }  # fmt: skip


def _sure(rate: Estimate) -> str:
    if rate.lo95 is None or rate.hi95 is None:
        return _("Counts only: a range appears from 10 decided deals on.")
    return _("8 chances in 10 that the usual level is in the thick line, 19 in 20 that it is in the thin one: "
             "%(low)s to %(high)s in 100.") % {
        "low": words.points(rate.lo95), "high": words.points(rate.hi95)}  # fmt: skip


def _rows(result: Outcomes) -> list[Row]:
    named = (
        (_("of won and lost"), "", result.win_rate),
        (_("of all decided"), _("no decision counts as not won"), result.win_rate_with_no_decision),
        (_("by value"), _("money won of money decided"), result.win_rate_by_value),
    )
    found = []
    for title, note, rate in named:
        text = words.percent(rate.value) if title == named[2][0] and rate.value is not None else parts.k_of_n(rate)
        found.append(Row(title, (Mark(rate, parts.said(title, rate), text),), note))
    return found


def _table(result: Outcomes, terms: Terms) -> Table:
    rows = [(label, words.count(result.counts.get(code, 0))) for code, label in outcome_labels().items()]
    for label, minor in ((_("money won"), result.won_minor), (_("money lost"), result.lost_minor)):
        if minor is not None:
            rows.append((label, words.money(minor, terms.currency)))
    return Table(_("How the deals ended"), (_("outcome"), _("deals")), tuple(rows))


def outcome_labels() -> dict[str, str]:
    """Every outcome in words, in the order of a table."""
    return {
        "won": pgettext("outcome", "won"),
        "lost": pgettext("outcome", "lost"),
        "no_decision": pgettext("outcome", "no decision"),
        "open": pgettext("outcome", "still open"),
        "unknown": pgettext("outcome", "closed, result not known"),
        "disqualified": pgettext("outcome", "turned down by us"),
        "duplicate": pgettext("outcome", "duplicate"),
    }


def _split(by: str, groups: Groups, whole: Estimate) -> Finding:
    rows = parts.group_rows(groups, whole, people=by == "owner")
    table = parts.group_table(groups, _captions()[by], _firsts()[by])
    if len(rows) < 2:
        return Finding(f"outcomes.by_{by}", _too_few()[by], _captions()[by], table=table, known=False,
                       sure=_("No group has enough decided deals yet to be compared."))  # fmt: skip
    differ = parts.apart(groups, whole)
    headline = _differ(by, len(differ)) % {"n": words.count(len(differ)), "groups": words.count(groups.groups)}
    return Finding(
        f"outcomes.by_{by}", headline if differ else _alike()[by],
        _("Won of won and lost, pulled towards the whole where cases are few"),
        parts.groups_picture(rows, whole), table, _split_sure(differ), _caveats()[by],
        verdict=None if differ else parts.cannot_tell(),
    )  # fmt: skip


def _split_sure(differ: list[Group]) -> str:
    if differ:
        return _("Apart means: 19 chances in 20 that it is not the level of the whole. The others could be luck.")
    return parts.could_be_luck()


def _captions() -> dict[str, str]:
    return {
        "owner": _("Won of decided, by owner"), "team": _("Won of decided, by team"),
        "segment": _("Won of decided, by segment"), "source": _("Won of decided, by source"),
    }  # fmt: skip


def _firsts() -> dict[str, str]:
    return {"owner": _("owner"), "team": _("team"), "segment": _("segment"), "source": _("source")}


def _too_few() -> dict[str, str]:
    return {
        "owner": _("Too few deals to compare owners"), "team": _("Too few deals to compare teams"),
        "segment": _("Too few deals to compare segments"), "source": _("Too few deals to compare sources"),
    }  # fmt: skip


def _alike() -> dict[str, str]:
    return {
        "owner": _("No owner can be told apart from the others"),
        "team": _("No team can be told apart from the others"),
        "segment": _("No segment can be told apart from the others"),
        "source": _("No source of deals can be told apart from the others"),
    }


def _differ(by: str, n: int) -> str:
    forms = {
        "owner": ngettext("%(n)s owner of %(groups)s wins at another level than the whole",
                          "%(n)s owners of %(groups)s win at another level than the whole", n),
        "team": ngettext("%(n)s team of %(groups)s wins at another level than the whole",
                         "%(n)s teams of %(groups)s win at another level than the whole", n),
        "segment": ngettext("%(n)s segment of %(groups)s is won at another level than the whole",
                            "%(n)s segments of %(groups)s are won at another level than the whole", n),
        "source": ngettext("%(n)s source of %(groups)s is won at another level than the whole",
                           "%(n)s sources of %(groups)s are won at another level than the whole", n),
    }  # fmt: skip
    return forms[by]


def _caveats() -> dict[str, str]:
    return {
        "owner": _("Who gets which deals is not random: this is no ranking of people. Owners stand by name."),
        "team": _("Teams sell different things to different buyers: read this as where to look, not as merit."),
        "segment": _("Segments differ in many ways at once: read this as where to look, not as a cause."),
        "source": _("The source is often filled in late, and better for deals that went well."),
    }
