"""What people type about a contest, read. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from rebond.base.dates import parse_day
from rebond.base.errors import RebondError

#: A moment in a recording: seconds, minutes:seconds, hours:minutes:seconds.
MOMENT = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5})")
SHOWN_MONTHS = 3
_LONGEST = 18


def typed_id(text: str) -> int:
    """A number as typed; 0, which is no record's, for anything else.

    >>> typed_id("12"), typed_id("²"), typed_id("9" * 40), typed_id("-1")
    (12, 0, 0, 0)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else 0


def day(text: str) -> date:
    """A day as a browser sends it. ``RebondError`` ``bad_date``.

    >>> day("2026-06-09")
    datetime.date(2026, 6, 9)
    """
    found = parse_day(text)
    if found is None:
        raise RebondError(
            _("“%(text)s” is not a date. Nothing was changed. Write 2026-06-09.") % {"text": text[:20]}, code="bad_date"
        )
    return found


def moment(text: str) -> int:
    """A moment in milliseconds. ``RebondError`` ``bad_moment``.

    >>> moment("1:30"), moment("90"), moment("1:00:00")
    (90000, 90000, 3600000)
    """
    found = MOMENT.fullmatch(text.strip())
    if found is None:
        raise RebondError(
            _("“%(text)s” is no moment of a call. Nothing was changed. Write minutes and seconds, as 3:20.")
            % {"text": text[:20]}, code="bad_moment",
        )  # fmt: skip
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000


def stretch(data: Mapping[str, str]) -> tuple[int, int] | None:
    """From and until, in milliseconds; ``None`` where neither is typed. ``RebondError`` ``bad_moment``.

    >>> stretch({"from": "0:30", "until": "2:00"}), stretch({"from": "", "until": ""})
    ((30000, 120000), None)
    """
    begins, ends = data.get("from", "").strip(), data.get("until", "").strip()
    if not begins and not ends:
        return None
    if not ends:
        raise RebondError(
            _("The end of the stretch is missing. Nothing was changed. Write it as 3:20."), code="bad_moment"
        )
    return moment(begins or "0"), moment(ends)


def ranked(data: Mapping[str, str]) -> list[int]:
    """Calls by the place each was given (``rank_12`` = ``1``), best first. ``RebondError`` ``place_twice``.

    >>> ranked({"rank_7": "2", "rank_8": "1", "rank_9": "", "other": "1"})
    [8, 7]
    """
    given = {name: typed_id(value) for name, value in data.items() if name.startswith("rank_") and typed_id(value)}
    if len(set(given.values())) < len(given):
        raise RebondError(
            _("Two calls were given the same place. Nothing was counted. Give each place once."), code="place_twice"
        )
    return [typed_id(name.removeprefix("rank_")) for name in sorted(given, key=given.__getitem__)]


def months(today: date) -> list[date]:
    """The months a contest may be made for: the last one, this one, the next.

    >>> [str(one) for one in months(date(2026, 1, 15))]
    ['2025-12-01', '2026-01-01', '2026-02-01']
    """
    count = today.year * 12 + today.month - 2
    return [date(place // 12, place % 12 + 1, 1) for place in range(count, count + SHOWN_MONTHS)]
