"""How well asking works: who was asked, who answered, who stays unheard, and why some were not asked.

Counts of people asked, never of what they said; so nothing here can give a confidential answer away. Pure: made of rows
that ``learn.queries.feedback.health`` reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import quantiles
from typing import Any

from rebond.deals.models import NOES, Outcome
from rebond.learn.models import InvitationStatus
from rebond.numbers.estimate import COUNTS_FROM, RANGE_FROM, Estimate
from rebond.numbers.rates import proportion

#: Days after the close, first and last of each band. Late answers remember less, so that the bands are looked at apart.
BANDS = ((2, 7), (8, 14), (15, 60))


@dataclass(frozen=True)
class CloseRow:
    """One end of a deal that buyers are asked about."""

    pk: int
    outcome: str


@dataclass(frozen=True)
class AskedRow:
    """One person asked or left out.

    Attributes:
        sent_on, answered_on: days, in the installation's time zone.
        link_open: whether the personal link still takes an answer.
    """

    close: int
    status: str
    outcome: str
    because: str = ""
    by: str = ""
    delay_days: int | None = None
    sent_on: date | None = None
    answered_on: date | None = None
    link_open: bool = False
    segment: str = ""
    seller: str = ""


@dataclass(frozen=True)
class Closes:
    """Ends of one kind and how far asking got with them; the last four add up to ``closed``.

    Attributes:
        asked: at least one person was asked.
        answered: at least one answered.
        unheard: nobody answered (yet).
        planned: nobody is asked yet, somebody will be.
        left_out: nobody was asked, for a reason that is written down; or mail could not be delivered.
        before: closed before buyers were asked at all.
    """

    closed: int
    asked: int
    answered: int
    planned: int
    left_out: int
    before: int

    @property
    def unheard(self) -> int:
        return self.closed - self.answered

    @property
    def silent(self) -> int:
        """Asked, and no answer so far."""
        return self.asked - self.answered

    def as_json(self) -> dict[str, int]:
        """All counts by name."""
        return {
            "closed": self.closed, "asked": self.asked, "answered": self.answered, "unheard": self.unheard,
            "planned": self.planned, "left_out": self.left_out, "before": self.before,
        }  # fmt: skip


@dataclass(frozen=True)
class Participation:
    """Of the people a question reached, how many answered."""

    name: str
    invited: int
    delivered: int
    answered: int

    @property
    def rate(self) -> Estimate:
        """k of n with its ranges; nothing below five people asked."""
        return proportion(self.answered, self.delivered, minimum=COUNTS_FROM, unit="asked")

    def as_json(self) -> dict[str, Any]:
        """Counts and the rate."""
        return {
            "name": self.name, "invited": self.invited, "delivered": self.delivered, "answered": self.answered,
            "rate": self.rate.as_json(),
        }  # fmt: skip


@dataclass(frozen=True)
class Days:
    """How long answers take, in days: the middle, and between which the middle half lies; of ``n`` answers."""

    n: int
    middle: float | None = None
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The three quartiles and their number of cases."""
        return {"n": self.n, "median": self.middle, "middle_half": [self.low, self.high]}


@dataclass(frozen=True)
class Health:
    """The programme in one period: everything the screen and ``rebond survey status`` show.

    Attributes:
        since, until: first and last day, by the day the deal closed.
        noes, wins: see ``Closes``; a win counts where the programme looked at it.
        excluded: people not asked, by reason, most frequent first.
        by_hand: (who, reason, how many) of those a person left out; by name.
        invited: people a question was planned for and not taken back; ``delivered``: the mail server took it.
        waiting: asked, not answered, the link still open.
        imported: closes that came with an import; history is never asked about.
        not_known, other: the sellers' main reasons that say nothing yet.
    """

    since: date
    until: date
    noes: Closes
    wins: Closes
    excluded: tuple[tuple[str, int], ...]
    by_hand: tuple[tuple[str, str, int], ...]
    overall: Participation
    planned: int
    failed: int
    waiting: int
    imported: int
    days: Days
    not_known: Estimate
    other: Estimate
    by_outcome: tuple[Participation, ...] = ()
    by_segment: tuple[Participation, ...] = ()
    by_seller: tuple[Participation, ...] = ()
    by_delay: tuple[Participation, ...] = ()

    @property
    def eligible(self) -> int:
        """Closes the rule looks at."""
        return self.noes.closed + self.wins.closed

    def as_json(self) -> dict[str, Any]:
        """The document of ``rebond survey status --json``; ranges are shares from 0 to 1."""
        return {
            "from": self.since, "to": self.until, "eligible": self.eligible,
            "noes": self.noes.as_json(), "wins": self.wins.as_json(),
            "excluded": dict(self.excluded),
            "excluded_by_hand": [{"by": by, "because": why, "count": count} for by, why, count in self.by_hand],
            "invited": self.overall.invited, "planned": self.planned, "delivered": self.overall.delivered,
            "not_delivered": self.failed, "answered": self.overall.answered, "waiting": self.waiting,
            "participation": self.overall.rate.as_json(),
            "by_outcome": [part.as_json() for part in self.by_outcome],
            "by_segment": [part.as_json() for part in self.by_segment],
            "by_seller": [part.as_json() for part in self.by_seller],
            "by_delay": [part.as_json() for part in self.by_delay],
            "days_to_answer": self.days.as_json(),
            "not_known_yet": self.not_known.as_json(), "other": self.other.as_json(),
            "imported": self.imported,
        }  # fmt: skip


def stands(rows: Sequence[CloseRow], asked: Iterable[AskedRow]) -> dict[int, str]:
    """Per close how far asking got: ``answered``, ``asked``, ``planned``, ``left_out`` or ``before``."""
    statuses: dict[int, set[str]] = {}
    for row in asked:
        statuses.setdefault(row.close, set()).add(row.status)
    return {row.pk: _stand(statuses.get(row.pk, set())) for row in rows}


def closes(rows: Sequence[CloseRow], asked: Iterable[AskedRow]) -> Closes:
    """How many closes stand where."""
    found = Counter(stands(rows, asked).values())
    return Closes(
        len(rows), found["answered"] + found["asked"], found["answered"], found["planned"], found["left_out"],
        found["before"],
    )  # fmt: skip


def _stand(statuses: set[str]) -> str:
    if InvitationStatus.ANSWERED in statuses:
        return "answered"
    if InvitationStatus.SENT in statuses:
        return "asked"
    if InvitationStatus.PLANNED in statuses:
        return "planned"
    return "left_out" if statuses else "before"


def participation(rows: Iterable[AskedRow], name: str = "") -> Participation:
    """Counts over people: asked and taken by their mail server, or answered."""
    found = Counter(row.status for row in rows)
    delivered = found[InvitationStatus.SENT] + found[InvitationStatus.ANSWERED]
    invited = delivered + found[InvitationStatus.FAILED] + found[InvitationStatus.PLANNED]
    return Participation(name, invited, delivered, found[InvitationStatus.ANSWERED])


def split(rows: Sequence[AskedRow], by: Callable[[AskedRow], str]) -> tuple[Participation, ...]:
    """Participation per group, by name: nobody is ranked."""
    groups: dict[str, list[AskedRow]] = {}
    for row in rows:
        if row.status != InvitationStatus.EXCLUDED:
            groups.setdefault(by(row), []).append(row)
    return tuple(participation(groups[name], name) for name in sorted(groups, key=str.casefold))


def band(days: int | None) -> str:
    """The band a delay falls into: "2-7", "8-14" or "15-60".

    >>> band(3), band(8), band(21)
    ('2-7', '8-14', '15-60')
    """
    found = next((b for b in BANDS if days is not None and b[0] <= days <= b[1]), BANDS[-1])
    return f"{found[0]}-{found[1]}"


def days_to_answer(rows: Iterable[AskedRow]) -> Days:
    """From the day the question went to the day of the answer; the figures from five answers on.

    >>> days_to_answer([])
    Days(n=0, middle=None, low=None, high=None)
    """
    taken = [(row.answered_on - row.sent_on).days for row in rows if row.answered_on and row.sent_on]
    if len(taken) < COUNTS_FROM:
        return Days(len(taken))
    low, middle, high = quantiles(taken, n=4, method="inclusive")
    return Days(len(taken), middle, low, high)


def excluded(rows: Iterable[AskedRow]) -> tuple[tuple[str, int], ...]:
    """Reasons for not asking with their counts, most frequent first, then by name."""
    found = Counter(row.because for row in rows if row.status == InvitationStatus.EXCLUDED)
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def by_hand(rows: Iterable[AskedRow]) -> tuple[tuple[str, str, int], ...]:
    """Who left how many out, and why; by name."""
    found = Counter((row.by, row.because) for row in rows if row.status == InvitationStatus.EXCLUDED and row.by)
    return tuple((who, why, count) for (who, why), count in sorted(found.items()))


def share_of(k: int, n: int) -> Estimate:
    """A share of sellers' main reasons; a value from ten on."""
    return proportion(k, n, minimum=RANGE_FROM, unit="closed_deals")


@dataclass(frozen=True)
class Read:
    """What was read of the records for one period."""

    since: date
    until: date
    closes: Sequence[CloseRow]
    asked: Sequence[AskedRow]
    main_reasons: Counter[str] = field(default_factory=Counter)
    imported: int = 0


def health_of(read: Read) -> Health:
    """The programme's health from its rows."""
    looked_at = {row.close for row in read.asked}
    noes = [row for row in read.closes if row.outcome in NOES]
    wins = [row for row in read.closes if row.outcome == Outcome.WON and row.pk in looked_at]
    reasons = read.main_reasons.total()
    statuses = Counter(row.status for row in read.asked)
    return Health(
        since=read.since, until=read.until, noes=closes(noes, read.asked), wins=closes(wins, read.asked),
        excluded=excluded(read.asked), by_hand=by_hand(read.asked), overall=participation(read.asked),
        planned=statuses[InvitationStatus.PLANNED], failed=statuses[InvitationStatus.FAILED],
        waiting=sum(row.status == InvitationStatus.SENT and row.link_open for row in read.asked),
        imported=read.imported, days=days_to_answer(read.asked),
        not_known=share_of(read.main_reasons["not_known_yet"], reasons),
        other=share_of(read.main_reasons["other"], reasons),
        by_outcome=split(read.asked, lambda row: row.outcome), by_segment=split(read.asked, lambda row: row.segment),
        by_seller=split(read.asked, lambda row: row.seller),
        by_delay=tuple(sorted(split(read.asked, lambda row: band(row.delay_days)), key=_first_day)),
    )  # fmt: skip


def _first_day(part: Participation) -> int:
    return int(part.name.partition("-")[0])


def day_of(moment: datetime | None, zone: Any) -> date | None:
    """The calendar day of a moment, there."""
    return moment.astimezone(zone).date() if moment else None
