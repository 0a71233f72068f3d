"""What comes round by itself is installed once and left alone while it stands as it should."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from croniter import croniter
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task

from rebond.commands.ready import make_ready
from rebond.jobs.models import Job, Schedule
from rebond.jobs.work import tidy
from rebond.loop.schedules import STANDARD, install

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("name", "task", "cron"), STANDARD)
def test_each_schedule_names_a_task_and_a_time(name: str, task: str, cron: str) -> None:
    assert isinstance(import_string(task), Task)
    assert croniter.is_valid(cron)


def test_names_are_unique() -> None:
    assert len({name for name, _task, _cron in STANDARD}) == len(STANDARD)


def test_installing_again_changes_nothing_not_even_what_somebody_turned_off(now: datetime) -> None:
    assert install(now=now) == len(STANDARD)
    Schedule.objects.filter(name="mail.send_due").update(enabled=False)
    before = list(Schedule.objects.order_by("name").values())
    assert install(now=now + timedelta(days=3)) == 0
    assert list(Schedule.objects.order_by("name").values()) == before


def test_every_command_that_needs_the_database_installs_them() -> None:
    make_ready()
    assert set(Schedule.objects.values_list("name", flat=True)) == {name for name, _task, _cron in STANDARD}


def test_jobs_that_ended_well_are_forgotten_after_two_weeks_and_dead_ones_never(now: datetime) -> None:
    old, fresh = timezone.now() - timedelta(days=15), timezone.now() - timedelta(days=13)
    ended = [("done", old), ("cancelled", old), ("dead", old), ("done", fresh), ("ready", None), ("running", None)]
    for status, at in ended:
        Job.objects.create(id=uuid.uuid4(), name="x", status=status, run_at=now, created_at=now, finished_at=at)
    assert tidy.call() == 2
    assert sorted(Job.objects.values_list("status", flat=True)) == ["dead", "done", "ready", "running"]


def test_a_line_that_changed_is_set_anew(now: datetime) -> None:
    install(now=now)
    Schedule.objects.filter(name="mail.send_due").update(cron="0 0 1 1 *")
    assert install(now=now) == 1
    due = Schedule.objects.get(name="mail.send_due")
    assert (due.cron, due.next_run_at) == ("* * * * *", now + timedelta(minutes=1))
