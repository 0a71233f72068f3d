"""Tasks that come round. Several workers may look at once; each due time is taken by one of them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter
from django.db import transaction
from django.utils.module_loading import import_string

from rebond.jobs.actions import enqueue
from rebond.jobs.models import Schedule


def next_time(cron: str, zone: str, after: datetime) -> datetime:
    """The first time after ``after`` that the cron line names, in its own time zone (so 8:00 stays 8:00).

    >>> from datetime import UTC
    >>> next_time("0 8 * * *", "Europe/Paris", datetime(2026, 3, 28, 12, tzinfo=UTC)).isoformat()
    '2026-03-29T08:00:00+02:00'
    """
    found: datetime = croniter(cron, after.astimezone(ZoneInfo(zone))).get_next(datetime)
    return found


@transaction.atomic
def schedule(*, name: str, task: str, cron: str, time_zone: str = "UTC", now: datetime) -> Schedule:
    """Sets a schedule, or changes the one of that name."""
    due = next_time(cron, time_zone, now)
    values = {"task": task, "cron": cron, "time_zone": time_zone, "next_run_at": due, "enabled": True}
    found, _created = Schedule.objects.update_or_create(name=name, defaults=values)
    return found


def enqueue_due(*, now: datetime) -> int:
    """Queues what is due and moves each schedule on; returns how many were queued.

    The conditional update is the lock: of two workers one changes the row, the other finds it changed. Times missed
    while nobody worked are made up for once, not one by one.
    """
    queued = 0
    for one in Schedule.objects.filter(enabled=True, next_run_at__lte=now):
        with transaction.atomic():
            following = next_time(one.cron, one.time_zone, now)
            taken = Schedule.objects.filter(pk=one.pk, next_run_at=one.next_run_at).update(next_run_at=following)
            if taken:
                enqueue(task=import_string(one.task), kwargs={}, now=now, unique_key=f"schedule:{one.name}")
                queued += 1
    return queued
