"""What moved and what is noise: one measure in full, the others in small, reason by reason, and the record itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from rebond.findings import parts, spans, words
from rebond.findings.finding import Finding, Table, Verdict
from rebond.findings.pictures import Axis, Change, Point, Stamp, money_axis, number_axis, process, share_axis, spark
from rebond.findings.terms import Terms
from rebond.findings.verdicts import chip
from rebond.numbers.estimate import Estimate
from rebond.numbers.trends.result import Measure, MonthPoint, Record, Trends

#: Small pictures show so many months, the large one so many.
SMALL, LARGE = 24, 36
SHOWN_REASONS = 12
#: The measures drawn in full, in this order of preference; the first with a verdict leads.
LEADING = ("win_rate_closed", "win_rate_opened", "won", "closed")


def findings(result: Trends, terms: Terms) -> tuple[Finding, ...]:
    """The leading measure, all measures in small, the reasons, the record where it changes."""
    leading = _leading(result)
    found = [full(leading, terms)] if leading else []
    others = [m for m in result.measures if any(point.value is not None for point in m.months)]
    if others:
        found.append(_all(others, result, terms))
    reasons = [measure for measure in result.reasons if measure.months and measure.segment is None]
    if reasons:
        found.append(_reasons(reasons, result, terms))
    labels = measure_labels() | {"win_rate_closed": _("Win rate")}
    return (*found, *spans.findings(result, terms, labels), *_record(result.record))


def _leading(result: Trends) -> Measure | None:
    """What really moved, if anything did; else the win rate, even when it can only say why it is silent."""
    known = [m for name in LEADING for m in result.measures if m.name == name]
    moved = [m for m in known if m.verdict in ("rise", "drop")]
    judged = [m for m in known if m.verdict == "noise"]
    return next(iter([*moved, *judged, *known]), None)


def full(
    measure: Measure, terms: Terms, stamped: Sequence[tuple[date, str]] = (), *, numbered: bool = False
) -> Finding:
    """One measure drawn month by month; ``stamped`` are days on which people changed something, and what.

    ``numbered`` draws each of them across the picture with its number, from 1.
    """
    title = measure_label(measure, terms)
    table = _months_table(measure, terms)
    if measure.verdict == "too_few" and all(point.value is None for point in measure.months):
        return Finding(
            f"trends.{measure.name}",
            _silent(title),
            "",
            table=table,
            sure=_why(measure),
            verdict=chip(measure),
            known=False,
        )
    points = measure.months[-LARGE:]
    change = _change(measure, points, terms)
    level = next((p.centre for p in points if p.centre is not None), None)
    chart = process(
        [_point(p, measure, place, points, terms) for place, p in enumerate(points)], _axis(measure, points, terms),
        _aloud(measure, title, terms), centre=level, change=change,
        stamps=_stamps(points, stamped, numbered=numbered),
    )  # fmt: skip
    known = measure.verdict != "too_few"
    return Finding(
        f"trends.{measure.name}", _headline(measure, title, terms) if known else _silent(title),
        _measured(title, level, measure, terms),
        chart, table, _why(measure), _caveat(measure), verdict=chip(measure), known=known,
    )  # fmt: skip


def _stamps(points: Sequence[MonthPoint], stamped: Sequence[tuple[date, str]], *, numbered: bool) -> list[Stamp]:
    months = {point.month: place for place, point in enumerate(points)}
    return [
        Stamp(months[day.replace(day=1)], said, str(number) if numbered else "")
        for number, (day, said) in enumerate(stamped, start=1) if day.replace(day=1) in months
    ]  # fmt: skip


def _silent(title: str) -> str:
    return _("%(title)s: whether it moved cannot be said yet") % {"title": title}


def _headline(measure: Measure, title: str, terms: Terms) -> str:
    said = {"title": title, "before": _show(measure.before.value, measure, terms),
            "after": _show(measure.after.value, measure, terms),
            "since": words.month(measure.since) if measure.since else ""}  # fmt: skip
    if measure.verdict == "rise":
        return _("%(title)s: a real rise since %(since)s, from %(before)s to %(after)s") % said
    if measure.verdict == "drop":
        return _("%(title)s: a real drop since %(since)s, from %(before)s to %(after)s") % said
    return _("%(title)s: within ordinary variation, nothing to explain") % said


def _show(value: float | None, measure: Measure, terms: Terms) -> str:
    if value is None:
        return words.short(measure.after)
    if measure.kind == "money":
        return words.money(value, terms.currency)
    return words.percent(value) if measure.kind == "rate" else words.decimal(value)


def _why(measure: Measure) -> str:
    """How sure, or why nothing is said: by code, in whole sentences."""
    if measure.verdict == "too_few" and measure.need is not None:
        missing = Estimate(None, need=measure.need, unit=measure.unit, code="too_few")
        return words.missing(missing)
    said = _codes().get(measure.code)
    if said:
        return said
    cases = {"before": _cases(measure.before), "after": _cases(measure.after)}
    if measure.verdict == "noise":
        return _("No month is outside the band, and no run of months leans one way long enough to count.")
    return _("The months before: %(before)s; since then: %(after)s. Such a change comes by luck in less than "
             "1 year of 20.") % cases  # fmt: skip


def _cases(estimate: Estimate) -> str:
    return words.count(estimate.n) if estimate.k is None else words.of(estimate.k, estimate.n)


def _codes() -> dict[str, str]:
    return {
        "no_dates": words.reason("no_dates"),
        "no_amounts": words.reason("no_amounts"),
        "too_few": _("Too few cases to tell a change from luck."),
        "too_few_per_month": _("Too few cases in each month to tell a change from luck."),
        "could_be_season": _("It could be the season: the same months of more years would tell."),
        "not_resolved_yet": _("Too many of the newest deals are still open: what they become decides the rate."),
        "losses_no_longer_recorded": _("Losses are no longer entered as they were, so a rate of them says nothing."),
        "losses_entered_late": _(
            "Losses are entered in batches, later than they happen; the newest months look too good."
        ),
        "went_back": _("It moved for a while and has gone back to its usual level."),
        "one_month": _("One month alone stands out; the level has not changed."),
    }


def _caveat(measure: Measure) -> str:
    if measure.could_be_season:
        return _("The record is too short to rule out that this comes back every year.")
    if measure.verdict in ("rise", "drop"):
        return _("What began in the same month is not thereby the cause.")
    return _("A change smaller than the band would not be seen; more deals a month narrow it.")


def _axis(measure: Measure, points: Sequence[MonthPoint], terms: Terms) -> Axis:
    values = [v for p in points for v in (p.value, p.low, p.high) if v is not None]
    if measure.kind == "money":
        return money_axis(values, terms.currency)
    return share_axis(values, steps=4) if measure.kind == "rate" else number_axis(values, words.decimal)


def _point(p: MonthPoint, measure: Measure, place: int, points: Sequence[MonthPoint], terms: Terms) -> Point:
    return Point(p.value, _said(p, measure, terms), p.low, p.high, bool(p.signal), p.partial or p.unresolved > 0,
                 _tick(place, points))  # fmt: skip


def _tick(place: int, points: Sequence[MonthPoint]) -> str:
    """About six labels, the year on each January; the first month has one where no January follows closely."""
    every = 3 if len(points) <= 18 else 6
    month = points[place].month
    if place == 0 and all(point.month.month != 1 for point in points[1:8]):
        return words.short_month(month, with_year=True)
    if (month.month - 1) % every == 0 and place > 1:
        return words.short_month(month, with_year=month.month == 1)
    return ""


def _said(p: MonthPoint, measure: Measure, terms: Terms) -> str:
    cases = words.count(p.n) if p.k is None else words.of(p.k, p.n)
    return _("%(month)s: %(value)s (%(cases)s)") % {
        "month": words.month(p.month), "value": _value(p, measure, terms), "cases": cases}  # fmt: skip


def _value(p: MonthPoint, measure: Measure, terms: Terms) -> str:
    return _("too few") if p.value is None else _show(p.value, measure, terms)


def _aloud(measure: Measure, title: str, terms: Terms) -> str:
    newest = [p for p in measure.months if p.value is not None][-1:]
    last = _said(newest[0], measure, terms) if newest else ""
    return _("%(title)s by month: %(verdict)s. %(last)s") % {
        "title": title, "verdict": chip(measure).text, "last": last}  # fmt: skip


def _measured(title: str, level: float | None, measure: Measure, terms: Terms) -> str:
    if level is None:
        return _("%(title)s, month by month; dashed: not over, or not all decided") % {"title": title}
    return _("%(title)s, month by month; line: usual level, %(level)s; grey band: ordinary variation; "
             "dashed: not over, or not all decided") % {
        "title": title, "level": _show(level, measure, terms)}  # fmt: skip


def _change(measure: Measure, points: Sequence[MonthPoint], terms: Terms) -> Change | None:
    if measure.since is None:
        return None
    at = next((place for place, p in enumerate(points) if p.month >= measure.since), None)
    if at is None:
        return None
    said = _("since %(month)s: %(level)s") % {
        "month": words.month(measure.since), "level": _show(measure.after.value, measure, terms)}  # fmt: skip
    return Change(at, said, measure.before.value, measure.after.value, worse=chip(measure).worse)


def measure_label(measure: Measure, terms: Terms) -> str:
    """What a measure is called."""
    if measure.reason is not None:
        return parts.name(terms.reason(measure.reason))
    return measure_labels().get(measure.name, measure.name)


def measure_labels() -> dict[str, str]:
    """The measures of the record as a whole."""
    return {
        "win_rate_closed": _("Win rate by month of closing"),
        "win_rate_opened": _("Win rate by month of opening"),
        "closed": _("Deals decided"),
        "won": _("Deals won"),
        "money_won": _("Money won"),
        "opened": _("Deals opened"),
        "reason_logged": _("Losses with a reason"),
    }


def _months_table(measure: Measure, terms: Terms) -> Table:
    head = (_("month"), _("figure"), _("cases"), _("ordinary variation"), _("signal"))
    signals = {"month": _("outside the band"), "lasting": _("lasting change")}
    rows = [
        (words.month(p.month), _value(p, measure, terms), words.count(p.n) if p.k is None else words.of(p.k, p.n),
         parts.range_of(p.low, p.high, lambda v: _show(v, measure, terms)), signals.get(p.signal, ""))
        for p in measure.months[-parts.TABLED :]
    ]  # fmt: skip
    return Table(measure_label(measure, terms), head, tuple(rows))


def _all(measures: Sequence[Measure], result: Trends, terms: Terms) -> Finding:
    moved = [m for m in measures if m.verdict in ("rise", "drop")]
    judged = [m for m in measures if m.verdict != "too_few"]
    if moved:
        headline = ngettext("One measure of %(all)s really moved, the others did not",
                            "%(n)s measures of %(all)s really moved, the others did not", len(moved))  # fmt: skip
    elif not judged:
        headline = _("Whether any of %(all)s measures moved cannot be said yet")
    else:
        headline = _("No measure really moved, of %(all)s watched")
    said = {"n": words.count(len(moved)), "all": words.count(len(measures))}
    return Finding(
        "trends.measures",
        headline % said,
        _("The last two years in small; the grey band is ordinary variation"),
        _sparks(measures, terms),
        measures_table(measures, terms),
        by_chance(result),
        verdict=None if moved else Verdict("noise", _("Noise")) if judged else parts.cannot_tell(),
        known=bool(judged),
    )


def by_chance(result: Trends) -> str:
    """How often so many looks find something where nothing is."""
    if not result.looked_at:
        return ""
    return ngettext(
        "%(n)s series looked at; all limits together cry wolf in at most %(false)s files of 100 where nothing changes.",
        "%(n)s series looked at; all limits together cry wolf in at most %(false)s files of 100 where nothing changes.",
        result.looked_at) % {
        "n": words.count(result.looked_at), "false": words.count(100 * result.false_alarm)}  # fmt: skip


def _sparks(measures: Sequence[Measure], terms: Terms) -> SafeString:
    rows = format_html_join("", "<li><span>{}</span>{}<span class=\"v\">{}</span>{}</li>",
                            (spark_row(measure, terms) for measure in measures))  # fmt: skip
    return format_html('<ul class="sparks">{}</ul>', rows)


def spark_row(measure: Measure, terms: Terms) -> tuple[str, SafeString, SafeString, SafeString]:
    """A measure in small: its name, its line, before and now, the verdict."""
    points = [Point(p.value, "", p.low, p.high, bool(p.signal)) for p in measure.months[-SMALL:]]
    title = measure_label(measure, terms)
    verdict = chip(measure)
    drawn = spark(points, _aloud(measure, title, terms), worse=verdict.worse)
    return title, drawn, _before_after(measure, terms), verdict_html(verdict)


def _before_after(measure: Measure, terms: Terms) -> SafeString:
    before, after = measure.before, measure.after
    if before.value is None or after.value is None:
        return SafeString("")
    return format_html("{} → <b>{}</b>", _show(before.value, measure, terms), _show(after.value, measure, terms))


def verdict_html(verdict: Verdict) -> SafeString:
    """A verdict's chip, as the template draws it."""
    from django.template.loader import render_to_string

    return render_to_string("findings/verdict.html", {"verdict": verdict})


def measures_table(measures: Sequence[Measure], terms: Terms) -> Table:
    """What moved, in figures."""
    head = (_("measure"), _("before"), _("now"), _("verdict"), _("since"))
    rows = [
        (measure_label(m, terms), _with_cases(m.before, m, terms), _with_cases(m.after, m, terms), chip(m).text,
         words.month(m.since) if m.since else "")
        for m in measures[: parts.TABLED]
    ]  # fmt: skip
    return Table(_("What moved"), head, tuple(rows))


def _with_cases(estimate: Estimate, measure: Measure, terms: Terms) -> str:
    if estimate.value is None:
        return words.short(estimate)
    return _("%(value)s (%(cases)s)") % {
        "value": _show(estimate.value, measure, terms), "cases": _cases(estimate)}  # fmt: skip


def _reasons(reasons: Sequence[Measure], result: Trends, terms: Terms) -> Finding:
    moved = [m for m in reasons if m.verdict in ("rise", "drop")]
    if moved:
        headline = ngettext("Reason by reason: one real change, the others within luck",
                            "Reason by reason: %(n)s real changes, the others within luck", len(moved))  # fmt: skip
    else:
        headline = _("Reason by reason: no real change")
    return Finding(
        "trends.reasons",
        headline % {"n": words.count(len(moved))},
        _("Share of lost deals that name it, the newest months against those before"),
        _sparks(reasons[:SHOWN_REASONS], terms),
        measures_table(reasons, terms),
        by_chance(result),
        _("Reasons noted in a hurry at the end of a quarter lean to the usual ones."),
        verdict=None if moved else Verdict("noise", _("Noise")),
    )


def _record(record: Record) -> tuple[Finding, ...]:
    texts = {
        "losses_no_longer_recorded": _("Losses are no longer recorded as they were; rates since then say little"),
        "losses_entered_late": _("Losses are entered late; the newest months look better than they were"),
    }
    if record.verdict not in texts:
        return ()
    head = (
        _("month of opening"),
        pgettext("cohort", "opened"),
        _("won"),
        _("lost"),
        _("still open"),
        _("losses with a reason"),
    )
    rows = tuple(
        (words.month(c.month), words.count(c.opened), words.count(c.won), words.count(c.lost),
         words.count(c.unresolved), words.of(c.logged, c.lost))
        for c in record.cohorts[-parts.TABLED :]
    )  # fmt: skip
    since = _("Since %(month)s.") % {"month": words.month(record.since)} if record.since else ""
    return (
        Finding("trends.record", texts[record.verdict], _("Deals by month of opening, and what became of them"),
                table=Table(_("The record by month of opening"), head, rows), sure=since,
                act=_("Close what is long dead, with its reason, before you read a trend."),
                verdict=Verdict("drop", pgettext("verdict", "Record"), worse=True)),
    )  # fmt: skip
