"""Finds dates in folded text, in four languages, and fills in what people leave out.

Written here because the kept library for it, dateparser 1.5, reads one date at a time: on our corpus it gave nothing
for "nächsten Montag", "Montag, den 8. Juni" and "mi-septembre", and knows no ranges ("du 3 au 14 août").
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rebond.mail.reading.calendar_words import MONTHS, PARTS, WEEKDAYS, WHOLE_MONTHS

#: A date this far behind is taken as it stands (an answer nobody switched off), not as next year's.
STALE = 120


def _either(words: object) -> str:
    return "|".join(sorted(map(re.escape, map(str, words)), key=len, reverse=True))  # type: ignore[call-overload]


_MONTH = f"(?:{_either(MONTHS)})"
_LONG = f"(?:{_either(WHOLE_MONTHS)})"
_WEEKDAY = f"(?:{_either(name for name in WEEKDAYS if len(name) > 4)}|mardi|jeudi|lunes)"
_YEAR = r"(?:,? ?(?:de |del |of )?(?P<{0}>20\d\d))?"
_TO = (
    r"\.? ?(?:to|and|until|till|through|thru|au|et|bis(?: zum)?|und|al|y|hasta(?: el)?|a|-|/) ?(?:the |le |el "
    r"|zum )?(?:\w{4,10},? )?"
)

_NO_MONTH = rf"(?!\.? ?(?:of |de )?{_MONTH}\b)"

_DATE = re.compile(
    # 2026-06-08
    r"(?<![\d-])(?P<iso>20\d\d-[01]\d-[0-3]\d)(?![\d-])"
    # 8 June 2026, 8. Juni, 1er juillet, 5 de enero, 8th of June
    rf"|\b(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|º|ª)?\.?(?: of| de"
    rf"| du mois de)? ?(?P<month>{_MONTH})\b\.?{_YEAR.format('year')}"
    # June 8-12, June 8th, 2026
    rf"|\b(?P<en_month>{_MONTH})\.? (?:the )?(?P<en_day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d|[:.]\d|h\d|%)"
    rf"(?: ?(?:-|to|through|until|till|and) ?(?P<en_end>[0-3]?\d)(?:st|nd|rd"
    rf"|th)?\b(?! [a-z]*{_MONTH}))?{_YEAR.format('en_year')}"
    # 12/06/2026, 12.06., 12-06-26
    r"|(?<![\d./,+-])(?P<one>[0-3]?\d)(?P<sep>[./-])(?P<two>[0-3]?\d)(?:(?P=sep)(?P<num_year>20\d\d"
    r"|\d\d))?(?![\d]|[./,-]\d|:|%)(?:\.(?= |,))?"
    # end of June, Anfang September, mi-juillet, finales de agosto
    rf"|\b(?P<part>{_either(PARTS)}) ?(?P<part_month>{_LONG})\b{_YEAR.format('part_year')}"
    # lundi 15, Monday the 15th, am 15., on the 15th, el dia 15
    rf"|\b{_WEEKDAY},? (?:the |le |den |dem |dia )?(?P<wd_day>[0-3]?\d)(?:st|nd|rd|th|er|\.)?(?![\d:h]|[./]\d"
    rf"| ?(?:h|uhr|am|pm|days?|tage)\b)"
    + _NO_MONTH
    + r"|\b(?:on the|until the|on|am|el dia|le) (?P<only_day>[0-3]?\d)(?:st|nd|rd|th|er|\.)(?![\d])(?= |$|[,.;!)])"
    + _NO_MONTH
    +
    # Monday, next Monday
    rf"|\b(?P<weekday>{_WEEKDAY})\b(?!,? (?:the |den |dem |le |el |dia )?(?:\d|{_MONTH}\b))"
    # tomorrow, today, next week
    r"|\b(?P<tomorrow>tomorrow|demain|manana|morgen(?! fruh))\b"
    r"|\b(?P<today>today|aujourd'hui|heute|hoy)\b"
    r"|\b(?P<next_week>next week|la semaine prochaine|semaine prochaine|nachste(?:r|n)? woche"
    r"|la (?:proxima semana|semana que viene))\b"
    r"|\b(?P<week_end>(?:the )?end of (?:the|this) week|la fin de (?:la|cette) semaine|fin de semaine"
    r"|ende (?:der|dieser) woche|el final de (?:la|esta) semana)\b"
    rf"|\b(?P<alone>{_LONG})\b{_YEAR.format('alone_year')}"
)
#: "3 au", "8.-", "vom 3. bis": a day without its month before the full date.
_FIRST_DAY = re.compile(rf"(?:\b|(?<=\())(?P<first>[0-3]?\d)(?:st|nd|rd|th|er)?{_TO}$")
_DASH = re.compile(rf"(?<=[\d.])\s*-\s*(?=[0-3]?\d[./][01]?\d\b|[0-3]?\d\.? {_MONTH}\b)")


#: "We may march on": months that are words too, unless something before them says which is meant.
_ALSO_WORDS = frozenset({"may", "march", "mars", "august"})
_BEFORE_MONTH = re.compile(
    r"\b(?:in|by|until|till|of|since|after|before|from|for|this|next|early|late|mid|to|en|de|debut|fin|mi|des"
    r"|jusqu'en|im|bis|ab|seit|anfang|ende|mitte)[ -]$"
)


@dataclass(frozen=True)
class Found:
    """One date in a text.

    Attributes:
        on: the day; of a month alone its first, of "end of June" the last.
        start, end: where in the text it stands.
        exact: a day was named, not only a month or a weekday.
        month_only: only a month, or a part of it.
        closes_range: a day (or date) to its left belongs to it: it is the last day of a stretch.
        today: the word was "today".
        week: all of the week that begins there ("next week").
    """

    on: date
    start: int
    end: int
    exact: bool = True
    month_only: bool = False
    closes_range: bool = False
    today: bool = False
    week: bool = False


@dataclass(frozen=True)
class _Context:
    """How what is missing is filled in: see ``find``; ``stale`` days may lie behind."""

    language: str
    base: date
    stale: int


def prepared(text: str) -> str:
    """Folded text on one line with the dashes of ranges spelled out: what ``find`` reads.

    >>> prepared("8.-12.6. und 3 - 14 august")
    '8. - 12.6. und 3 - 14 august'
    """
    return _DASH.sub(" - ", " ".join(text.split()))


def find(text: str, language: str, base: date, after: date | None = None, *, ahead: bool = False) -> list[Found]:
    """Every date in prepared text, in order.

    Args:
        language: decides 06/12: day first, except in English, where the day that comes sooner is taken.
        base: the day the text was written; a missing year is filled in from there.
        after: the last date named before this text: a day without its month ("am 24.") comes after it.
        ahead: a missing year never makes a day that lies behind ``base``.
    """
    reading = _Context(language, base, 0 if ahead else STALE)
    return list(_found(text[:8_000], reading, max(base, after or base)))


def _found(text: str, reading: _Context, latest: date) -> Iterator[Found]:
    for match in _DATE.finditer(text):
        named = {name: value for name, value in match.groupdict().items() if value}
        before = text[max(0, match.start() - 40) : match.start()]
        if named.get("alone") in _ALSO_WORDS and not _BEFORE_MONTH.search(before):
            continue
        bare = bool(named.keys() & {"wd_day", "only_day"})
        on = _resolve(named, replace(reading, base=latest) if bare else reading)
        if on is None:
            continue
        latest = max(latest, on)
        yield Found(
            on,
            match.start(),
            match.end(),
            exact=not named.keys() & {"weekday", "part", "alone", "next_week"},
            month_only=bool(named.keys() & {"part", "alone"}),
            closes_range="en_end" in named or bool(_FIRST_DAY.search(before)),
            today="today" in named,
            week="next_week" in named,
        )


def _resolve(named: dict[str, str], reading: _Context) -> date | None:
    """The day a match means, or ``None`` for one that the calendar lacks."""
    try:
        return _exact(named, reading) or _loose(named, reading.base)
    except (ValueError, OverflowError):
        return None


def _exact(named: dict[str, str], reading: _Context) -> date | None:
    """A day with its month; ``None`` when the match is of another kind."""
    if "iso" in named:
        return date.fromisoformat(named["iso"])
    if "day" in named:
        return _in_year(int(named["day"]), MONTHS[named["month"]], named.get("year"), reading)
    if "en_month" in named:
        day = int(named.get("en_end") or named["en_day"])
        return _in_year(day, MONTHS[named["en_month"]], named.get("en_year"), reading)
    return _numeric(named, reading) if "one" in named else None


def _loose(named: dict[str, str], base: date) -> date | None:
    """A month, a weekday, a day of the month, or a word such as "tomorrow"."""
    if "one" in named:
        return None
    return _of_month(named, base) if "part" in named or "alone" in named else _relative(named, base)


def _in_year(day: int, month: int, year: str | None, reading: _Context) -> date:
    """Without a year: the one in which the day is next, or lies behind by less than ``STALE`` days."""
    if year:
        number = int(year)
        return date(number + 2000 if number < 100 else number, month, day)
    base = reading.base
    if (month, day) == (2, 29):
        return next(date(base.year + more, 2, 29) for more in range(9) if calendar.isleap(base.year + more))
    near = [date(base.year + more, month, day) for more in (-1, 0, 1)]
    return next(on for on in near if on >= base - timedelta(days=reading.stale))


def _numeric(named: dict[str, str], reading: _Context) -> date | None:
    """12/06: see ``find``. Bare "1.5" or "24/7" is no date."""
    language, base = reading.language, reading.base
    one, two, year, separator = int(named["one"]), int(named["two"]), named.get("num_year"), named["sep"]
    if not year and (
        separator == "-" or (separator == "." and language == "en") or named["one"] + named["two"] == "247"
    ):
        return None
    orders = [(one, two)] if language != "en" else [(one, two), (two, one)]
    if language != "en" and two > 12 >= one:
        orders = [(two, one)]
    possible = [_in_year(day, month, year, reading) for day, month in orders if 1 <= month <= 12 and 1 <= day <= 31]
    return min(possible, key=lambda on: (on < base, abs((on - base).days)), default=None)


def _of_month(named: dict[str, str], base: date) -> date:
    name = named.get("part_month") or named["alone"]
    month, year = WHOLE_MONTHS[name], named.get("part_year") or named.get("alone_year")
    day = PARTS[named["part"]] if "part" in named else 1
    first = date(int(year), month, 1) if year else _next_month(month, base)
    return first.replace(day=day or calendar.monthrange(first.year, month)[1])


def _next_month(month: int, base: date) -> date:
    """The first of the month that is running or comes next."""
    return date(base.year + (month < base.month), month, 1)


def _relative(named: dict[str, str], base: date) -> date | None:
    if "weekday" in named:
        return base + timedelta(days=(WEEKDAYS[named["weekday"]] - base.weekday() - 1) % 7 + 1)
    if "tomorrow" in named:
        return base + timedelta(days=1)
    if "today" in named:
        return base
    if "next_week" in named:
        return base + timedelta(days=7 - base.weekday())
    if "week_end" in named:
        return base + timedelta(days=(4 - base.weekday()) % 7)
    return _day_ahead(int(named.get("wd_day") or named["only_day"]), base)


def _day_ahead(day: int, base: date) -> date | None:
    """The next such day of a month, today included."""
    for more in range(13):
        month = (base.month - 1 + more) % 12 + 1
        year = base.year + (base.month - 1 + more) // 12
        if day <= calendar.monthrange(year, month)[1] and date(year, month, max(day, 1)) >= base:
            return date(year, month, day)
    return None


def working_day_after(day: date) -> date:
    """The next Monday to Friday after it; public holidays are not known here.

    >>> working_day_after(date(2026, 6, 12))
    datetime.date(2026, 6, 15)
    """
    return day + timedelta(days={4: 3, 5: 2}.get(day.weekday(), 1))
