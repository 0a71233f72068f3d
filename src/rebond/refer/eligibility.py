"""Who may be asked for an introduction, by the rules of the specification of practice 2. Pure: no database, no clock.

All must hold: not suppressed; at least one real meeting; no complaint and no heated debrief; no ask in 180 days and at
most two a year; nobody who declined within twelve months; no plea to think again under way; and a written ask never
before the thank-you for the debrief. The ask of the closing talk is spoken, so the last rule is not for it.

Three windows: the talk's is the day of the no and three days after it; the letter's is day 7 to 14 after the debrief.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rebond.refer.models import AskExclusion, AskMoment

#: Between two asks of one person; and how many a year at most.
BETWEEN, A_YEAR, AT_MOST = timedelta(days=180), timedelta(days=365), 2
#: Whoever declined is left alone for so long.
AFTER_DECLINED = timedelta(days=365)
#: The talk's ask is worth a prompt for so long after the day of the no.
TALK_FOR = timedelta(days=3)
#: The letter's window after the debrief.
EARLIEST, LATEST = timedelta(days=7), timedelta(days=14)
#: A debrief that nobody has done is taken as done so long after the no, so that no letter is lost with it.
DEBRIEF_BY = timedelta(days=7)
#: What passes with time: the ask waits instead of being given up.
PASSING = frozenset({AskExclusion.IN_A_PLEA.value, AskExclusion.NO_THANKS_YET.value})


@dataclass(frozen=True)
class Known:
    """What the rules look at, about one person at one moment.

    Attributes:
        nobody: there is no person to ask.
        met: a real meeting took place, with them or on the deal; or they are a customer.
        asked_on: the days on which they were asked, by anybody, this ask not among them.
        asked_in_talk: they were asked in the talk about this very no.
        declined_on: when they last declined.
        reopened: the deal is open again.
        pleading: a message that asks to think again is under way to them.
        letter_from: the first day of a letter: a week after the debrief, and not before its thank-you; ``None`` without
            a debrief.
    """

    nobody: bool = False
    suppressed: bool = False
    met: bool = False
    complaint: bool = False
    hostile: bool = False
    asked_on: Sequence[date] = ()
    asked_in_talk: bool = False
    declined_on: date | None = None
    reopened: bool = False
    pleading: bool = False
    letter_from: date | None = None


def why_not(known: Known, *, written: bool, today: date) -> str:
    """The first rule that does not hold, of ``AskExclusion``; empty where the person may be asked today.

    Args:
        written: by letter; else spoken.

    >>> day = date(2026, 6, 9)
    >>> why_not(Known(met=True), written=True, today=day)
    ''
    >>> why_not(Known(), written=False, today=day), why_not(Known(met=True, complaint=True), written=False, today=day)
    ('not_met', 'complaint')
    >>> why_not(Known(met=True, asked_on=(date(2026, 1, 1),)), written=False, today=day)
    'asked_lately'
    """
    rules = (
        (AskExclusion.NOBODY, known.nobody),
        (AskExclusion.REOPENED, known.reopened),
        (AskExclusion.SUPPRESSED, known.suppressed),
        (AskExclusion.COMPLAINT, known.complaint),
        (AskExclusion.HOSTILE, known.hostile),
        (AskExclusion.NOT_MET, not known.met),
        (AskExclusion.DECLINED, _within(known.declined_on, AFTER_DECLINED, today)),
        (AskExclusion.ASKED_BY_TALK, known.asked_in_talk),
        (AskExclusion.ASKED_LATELY, any(_within(day, BETWEEN, today) for day in known.asked_on)),
        (AskExclusion.TWICE_A_YEAR, sum(_within(day, A_YEAR, today) for day in known.asked_on) >= AT_MOST),
        (AskExclusion.IN_A_PLEA, known.pleading),
        (AskExclusion.NO_THANKS_YET, written and known.letter_from is not None and known.letter_from > today),
    )
    return next((code.value for code, holds_back in rules if holds_back), "")


def _within(day: date | None, span: timedelta, today: date) -> bool:
    return day is not None and today - day < span


def talk_window(closed_on: date) -> tuple[date, date]:
    """First and last day of the spoken ask: the same day, while the talk is fresh.

    >>> talk_window(date(2026, 6, 9))
    (datetime.date(2026, 6, 9), datetime.date(2026, 6, 12))
    """
    return closed_on, closed_on + TALK_FOR


def letter_window(closed_on: date, debriefed_on: date | None, thanked_on: date | None) -> tuple[date, date]:
    """First and last day of the letter: day 7 to 14 after the debrief; later where the thank-you is later, and then for
    as long.

    >>> letter_window(date(2026, 6, 9), date(2026, 6, 11), None)
    (datetime.date(2026, 6, 18), datetime.date(2026, 6, 25))
    >>> letter_window(date(2026, 6, 9), None, date(2026, 7, 7))
    (datetime.date(2026, 7, 7), datetime.date(2026, 7, 14))
    """
    debrief = debriefed_on or closed_on + DEBRIEF_BY
    first = max(debrief + EARLIEST, thanked_on or debrief + EARLIEST)
    return first, first + (LATEST - EARLIEST)


def window(moment: str, closed_on: date, debriefed_on: date | None, thanked_on: date | None) -> tuple[date, date]:
    """The window of one of the two moments after a no."""
    if moment == AskMoment.TALK:
        return talk_window(closed_on)
    return letter_window(closed_on, debriefed_on, thanked_on)
