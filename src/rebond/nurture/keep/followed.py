"""What follows something within its time; said once, for whoever counts it.

Only cases whose time is over are counted, answered or not: those that answered early would else stand alone among the
young ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q


def is_over(since: str, span: timedelta, now: datetime) -> Q:
    """The time after the moment in the column ``since`` is over."""
    return Q(**{f"{since}__lte": now - span})


def in_time(what: str, since: str, span: timedelta) -> Q:
    """The column ``what`` came after ``since``, and within its time."""
    return Q(**{f"{what}__gte": F(since), f"{what}__lte": F(since) + span})
