"""A team's test as it is read: running without a look at the result, then "did it change?" with its range.

Why nothing is shown while it runs: looking after every case and stopping at the first "changed" calls luck a change
about once in four tests (``validation/change.py``, change_peeking), where one look at the end does so once in twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.dates import local_day
from rebond.findings import words
from rebond.findings.finding import NOTHING, Finding, Table, Verdict
from rebond.findings.pictures import Mark, Row, intervals, share_axis
from rebond.learn import taxonomy
from rebond.learn.debrief.questions import QUESTIONS
from rebond.learn.lessons.effects import apart, range_of, undecided
from rebond.learn.models import Measure, TeamTest
from rebond.learn.queries.measures import Counted, Watched, counted, pace
from rebond.numbers.change import FAR, Change, change, needed_n, seen_from
from rebond.numbers.estimate import RANGE_FROM, Estimate

#: The changes whose cost the form tells, in hundredths.
SIZES = (-20, -10, 10, 20)
#: Where there is no baseline yet, the example of the specification stands in: 20 in 100.
EXAMPLE = 0.20
WEEKS_A_MONTH = 52 / 12


@dataclass(frozen=True)
class Reading:
    """A test on a day.

    Attributes:
        status: ``planned``, ``running`` or ``ended``.
        before: the baseline, known from the start.
        seen: cases since the start; what they say is not told while it runs.
        last: the last day that counts.
        change: ``None`` while it runs, and where it ended below its minimum.
    """

    test: TeamTest
    status: str
    before: Counted
    seen: int
    last: date
    change: Change | None

    @property
    def missing(self) -> int:
        """Cases still missing to the minimum."""
        return max(self.test.minimum_n - self.seen, 0)

    @property
    def progress(self) -> int:
        """Percent of the cases needed."""
        return min(100, round(100 * self.seen / self.test.minimum_n)) if self.test.minimum_n else 100

    @property
    def words(self) -> str:
        """Where it stands, in a sentence."""
        if self.status == "planned":
            return _("Begins on %(day)s.") % {"day": words.day(self.test.starts_on)}
        if self.status == "running":
            return ngettext(
                "%(seen)s of %(need)s case so far; no verdict before %(day)s.",
                "%(seen)s of %(need)s cases so far; no verdict before %(day)s.", self.test.minimum_n,
            ) % {"seen": words.count(self.seen), "need": words.count(self.test.minimum_n),
                 "day": words.day(self.test.stops_on + timedelta(days=1))}  # fmt: skip
        return verdict_words(self)

    @property
    def verdict(self) -> str:
        """``changed``, ``same``, ``undecided``, or empty while it runs."""
        if self.status != "ended":
            return ""
        found = self.change.verdict if self.change else "undecided"
        return {"rose": "changed", "fell": "changed", "same": "same"}.get(found, "undecided")


def watched(test: TeamTest, since: date, until: date) -> Watched:
    """What the test counts, between two days (the second not included)."""
    return Watched(test.measure, test.subject, since, until, team_id=test.team_id)


def read(test: TeamTest, now: datetime) -> Reading:
    """Two to four counts."""
    today = local_day(now)
    last = min(test.stops_on, local_day(test.stopped_at)) if test.stopped_at else test.stops_on
    ended = today > test.stops_on or test.stopped_at is not None
    status = "ended" if ended else "running" if today >= test.starts_on else "planned"
    before = counted(watched(test, test.baseline_from, test.starts_on))
    after = counted(watched(test, test.starts_on, min(last, today) + timedelta(days=1)))
    told = None
    if ended and after.n >= test.minimum_n:
        told = change(before.k, before.n, after.k, after.n)
    return Reading(test, status, before, after.n, last, told)


def better_when_it_falls(test: TeamTest) -> bool:
    """Less of a reason for losing is good news; more of anything else is."""
    return test.measure == Measure.REASON


def verdict_words(reading: Reading) -> str:
    """The headline of a test that has ended; a sentence that could be wrong, and never "failed"."""
    found, test = reading.change, reading.test
    if found is None:
        return _("Undecided: %(seen)s of %(need)s cases needed.") % {
            "seen": words.count(reading.seen), "need": words.count(test.minimum_n),
        }  # fmt: skip
    if found.verdict in ("rose", "fell"):
        better = (found.verdict == "fell") is better_when_it_falls(test)
        return _("It changed, for the better.") if better else _("It changed, the other way.")
    if found.verdict == "same":
        return _("It did not change, give or take 10 in 100.")
    return undecided(found)


def chance_better(test: TeamTest, found: Change) -> float | None:
    """The chance that the share truly moved the way one hopes for."""
    if found.chance_up is None:
        return None
    return 1 - found.chance_up if better_when_it_falls(test) else found.chance_up


def finding(reading: Reading) -> Finding:
    """The result of a test that has ended, as everything else that is found is shown."""
    found, test = reading.change, reading.test
    if found is None:
        return Finding(
            "test.change", verdict_words(reading), measure_words(test.measure, test.subject),
            sure=_("It ended before there were enough cases. That says nothing against the idea."),
            verdict=Verdict("open", _("Undecided")), known=False,
        )  # fmt: skip
    tone = "ours"
    if found.verdict in ("rose", "fell") and (found.verdict == "fell") is not better_when_it_falls(test):
        tone = "worse"
    rows = [_row(_("Before"), found.before, "noise"), _row(_("Since the start"), found.after, tone)]
    axis = share_axis([v for e in (found.before, found.after) for v in (e.value, e.lo95, e.hi95)])
    return Finding(
        "test.change", verdict_words(reading), measure_words(test.measure, test.subject),
        picture=intervals(rows, axis) if found.difference.known else NOTHING,
        table=_table(found), sure=_sure(test, found), caveat=_caveat(), verdict=_chip(test, found),
        known=found.difference.known,
    )  # fmt: skip


def _row(name: str, estimate: Estimate, tone: str) -> Row:
    text = words.of(estimate.k, estimate.n) if estimate.k is not None else words.short(estimate)
    label = _("%(name)s: %(figure)s") % {"name": name, "figure": text}
    return Row(name, (Mark(estimate, label, text, tone=tone),))


def _table(found: Change) -> Table:
    rows = []
    for name, one in ((_("Before"), found.before), (_("Since the start"), found.after)):
        low, high = (words.percent(v) if v is not None else "" for v in (one.lo95, one.hi95))
        figure = words.of(one.k, one.n) if one.k is not None else words.short(one)
        rows.append((name, figure, _("%(low)s to %(high)s") % {"low": low, "high": high} if low else ""))
    low95, high95 = found.difference.lo95, found.difference.hi95
    wide = apart(low95, high95) if low95 is not None and high95 is not None else words.short(found.difference)
    rows.append((_("Difference"), "", wide))
    return Table(_("Before and since"), ("", _("cases"), _("19 in 20")), tuple(rows))


def _sure(test: TeamTest, found: Change) -> str:
    chance = chance_better(test, found)
    if chance is None:
        return undecided(found)
    return (
        range_of(found) + " " + _("That it truly went the hoped way: %(chances)s.") % {"chances": words.chances(chance)}
    )


def _caveat() -> str:
    return _(
        "Before and after differ in more than your change: season, kind of deal, who sold. It is no proof of a cause."
    )


def _chip(test: TeamTest, found: Change) -> Verdict:
    if found.verdict in ("rose", "fell"):
        kind = "rise" if found.verdict == "rose" else "drop"
        bad = (found.verdict == "fell") is not better_when_it_falls(test)
        return Verdict(kind, _("Changed"), worse=bad)
    return Verdict("noise", _("Not changed")) if found.verdict == "same" else Verdict("open", _("Undecided"))


def measure_words(measure: str, subject: str) -> str:
    """What is measured, as a phrase: k of which n."""
    if measure == Measure.REASON:
        return _("Noes that name “%(reason)s”, of the debriefed noes with a reason") % {
            "reason": taxonomy.current().label(subject)}  # fmt: skip
    if measure == Measure.ANSWER:
        question = next((q for q in QUESTIONS if str(q.number) == subject), None)
        return _("Debriefs that answer “%(question)s” with yes, of all debriefs") % {
            "question": question.after_no if question else subject}  # fmt: skip
    if measure == Measure.BUYER:
        return _("Buyers who agree: “%(statement)s”, of the answers they shared") % {
            "statement": statements().get(subject, subject)}  # fmt: skip
    return _("Deals won, of all that were decided (no decision counts as not won)")


def statements() -> dict[str, str]:
    """The four statements of the buyer survey, from our seat."""
    return {
        "involved": _("They involved the right people"),
        "understood": _("They understood our problem"),
        "proposal": _("The proposal met our need without surprises"),
        "helped": _("They helped us decide"),
    }


@dataclass(frozen=True)
class Need:
    """What it takes to see one size of change.

    Attributes:
        to: the share that would be reached; ``cases``: needed in each of the two periods; ``weeks`` at the team's
            pace, ``None`` where it has none.
    """

    points: int
    to: float
    cases: int
    weeks: float | None

    @property
    def percent(self) -> str:
        """The share that would be reached, in hundredths."""
        return words.points(self.to)

    @property
    def words(self) -> str:
        """ "294 cases in each period"."""
        return ngettext("%(cases)s case in each period", "%(cases)s cases in each period", self.cases) % {
            "cases": words.count(self.cases)}  # fmt: skip

    @property
    def time(self) -> str:
        """How long that takes."""
        if self.weeks is None:
            return _("no pace known yet")
        if self.weeks > 520:
            return _("more than ten years")
        if self.weeks >= 26:
            months = round(self.weeks / WEEKS_A_MONTH)
            return ngettext("about %(n)s month", "about %(n)s months", months) % {"n": words.count(months)}
        weeks = max(round(self.weeks), 1)
        return ngettext("about %(n)s week", "about %(n)s weeks", weeks) % {"n": words.count(weeks)}


@dataclass(frozen=True)
class Preview:
    """What a test would be able to see, before it begins.

    Attributes:
        base: the share the sizes are counted from: the baseline's, or ``EXAMPLE`` where there are too few cases.
        up, down: the nearest shares that the chosen number of cases would tell from it, ``None`` for none.
    """

    before: Counted
    base: float
    known: bool
    needs: tuple[Need, ...]
    per_week: float
    expected: int
    minimum_n: int
    up: float | None
    down: float | None

    @property
    def base_words(self) -> str:
        if self.known:
            return _("So far: %(figure)s.") % {"figure": words.of(self.before.k, self.before.n)}
        return _("Too few cases before the start to say (%(n)s); 20 in 100 stands in as an example.") % {
            "n": words.count(self.before.n)}  # fmt: skip

    @property
    def pace_words(self) -> str:
        """What the team's pace brings until the end."""
        return ngettext(
            "At your team's pace about %(n)s case comes together until the end.",
            "At your team's pace about %(n)s cases come together until the end.", self.expected,
        ) % {"n": words.count(self.expected)}  # fmt: skip

    @property
    def seen_words(self) -> str:
        """What the chosen minimum can tell apart."""
        share = {
            "n": words.count(self.minimum_n), "base": words.points(self.base),
            "up": words.points(self.up or 0), "down": words.points(self.down or 0),
        }  # fmt: skip
        if self.up is None and self.down is None:
            return _("With %(n)s cases a period no change from %(base)s in 100 would be seen for sure.") % share
        if self.down is None:
            return _("With %(n)s cases a period you would see a rise from %(base)s to %(up)s in 100, no fall.") % share
        if self.up is None:
            said = _("With %(n)s cases a period you would see a fall from %(base)s to %(down)s in 100, no rise.")
            return said % share
        said = _("With %(n)s cases a period you would see %(base)s in 100 become %(down)s or less, or %(up)s or more.")
        return said % share


def preview(found: Watched, starts_on: date, stops_on: date, minimum_n: int, today: date) -> Preview:
    """What this measure could show; ``found`` spans the baseline."""
    before = counted(found)
    known = before.n >= RANGE_FROM
    base = before.k / before.n if known else EXAMPLE
    per_week = pace(found, today)
    needs = [_need(base, points, per_week) for points in SIZES if 0 <= round(100 * base) + points <= 100]
    weeks = max((stops_on - starts_on).days + 1, 0) / 7
    cases = min(minimum_n, before.n) if known else minimum_n
    return Preview(
        before, base, known, tuple(need for need in needs if need.cases < FAR), per_week, round(per_week * weeks),
        cases, seen_from(base, cases), seen_from(base, cases, down=True),
    )  # fmt: skip


def _need(base: float, points: int, per_week: float) -> Need:
    to = min(max(base + points / 100, 0.0), 1.0)
    cases = needed_n(base, to)
    return Need(points, to, cases, cases / per_week if per_week else None)
