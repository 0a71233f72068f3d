"""What is worth saying when somebody was named: no reward and why, the year's most, known to us already."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from rebond.base.dates import local_day
from rebond.refer.duplicates import known_already, words
from rebond.refer.models import Programme, Referral
from rebond.refer.queries.programme import why_not_offered
from rebond.refer.queries.waiting import room_of
from rebond.refer.terms import exactly


def worth_saying(referral: Referral, now: datetime, *, for_them: bool = False) -> list[str]:
    """Sentences to show once a name is kept; empty where all is as usual. Nothing here refuses anything.

    Args:
        for_them: read by the advocate; what only a team may know is left out.
    """
    said = [_no_reward(referral, now, for_them), year_is_full(referral.programme, referral.advocate_id, now)]
    if not for_them and (known := known_already(referral, now)) is not None:
        said.append(words(known.code))
    return [sentence for sentence in said if sentence]


def _no_reward(referral: Referral, now: datetime, for_them: bool) -> str:
    if referral.programme_id is not None:
        return ""
    return _("The introduction is kept; no reward goes with it.") if for_them else why_not_offered(local_day(now))


def year_is_full(programme: Programme | None, advocate_id: int, now: datetime, *, for_them: bool = False) -> str:
    """Over the most for one person in a year: welcome all the same, and told before it disappoints; empty otherwise.

    Args:
        for_them: read by the advocate, before they name anybody.
    """
    if programme is None or programme.per_year_minor is None:
        return ""
    room = room_of(programme, advocate_id=advocate_id, today=local_day(now)).get("per_year")
    if room is None or room > 0:
        return ""
    said = _(
        "The introduction is kept. The most for one person in a year, %(cap)s, is reached: no more reward this year."
    )
    if for_them:
        said = _("The most we may give one person in a year, %(cap)s, is reached: no further reward comes due this "
                 "year. An introduction is as welcome as ever.")  # fmt: skip
    return said % {"cap": exactly(programme.per_year_minor, programme.currency)}
