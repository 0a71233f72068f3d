from __future__ import annotations

from datetime import datetime, timedelta
from threading import Event

import pytest
from django.db import transaction

from rebond.jobs import actions, worker
from rebond.jobs.models import Job, JobStatus, Schedule
from rebond.jobs.schedules import enqueue_due, schedule
from tests.jobs.tasks import add, break_down

pytestmark = pytest.mark.django_db
LEASE = timedelta(seconds=30)


def queued(now: datetime, **more: object) -> Job:
    return actions.enqueue(task=add, kwargs={"a": 1, "b": 2}, now=now, **more)  # type: ignore[arg-type]


def test_a_job_is_claimed_by_one_worker_and_its_result_is_kept(now: datetime) -> None:
    job = queued(now)
    mine = actions.claim(worker="a", now=now)
    assert mine is not None
    assert mine.pk == job.pk
    assert actions.claim(worker="b", now=now) is None
    assert actions.finish(job=mine, result=3, now=now)
    job.refresh_from_db()
    assert (job.status, job.result, job.worker, job.attempts) == (JobStatus.DONE, 3, "a", 1)


def test_a_job_waits_for_its_time_and_the_more_urgent_goes_first(now: datetime) -> None:
    later = queued(now, run_at=now + timedelta(hours=1))
    first, second = queued(now), queued(now)
    Job.objects.filter(pk=second.pk).update(priority=5)
    claimed = [job for _ in range(3) if (job := actions.claim(worker="a", now=now))]
    assert [job.pk for job in claimed] == [second.pk, first.pk]
    for job in claimed:
        actions.finish(job=job, result=3, now=now)
    assert actions.claim(worker="a", now=now + timedelta(minutes=59)) is None
    taken = actions.claim(worker="a", now=now + timedelta(hours=1))
    assert taken is not None
    assert taken.pk == later.pk


def test_a_lease_that_ran_out_is_taken_over_and_the_old_worker_may_not_end_it(now: datetime) -> None:
    queued(now)
    old = actions.claim(worker="old", now=now)
    assert old is not None
    late = now + LEASE + timedelta(seconds=1)
    new = actions.claim(worker="new", now=late)
    assert new is not None
    assert not actions.renew(job=old, now=late)
    assert not actions.finish(job=old, result="stale", now=late)
    assert not actions.fail(job=old, error="stale", now=late)
    assert actions.finish(job=new, result=3, now=late)
    assert Job.objects.get().result == 3


def test_a_renewed_lease_is_not_taken_over(now: datetime) -> None:
    queued(now)
    job = actions.claim(worker="a", now=now)
    assert job is not None
    assert actions.renew(job=job, now=now + timedelta(seconds=20))
    assert actions.claim(worker="b", now=now + timedelta(seconds=40)) is None


def test_failures_wait_longer_each_time_and_end_visibly(now: datetime) -> None:
    job = actions.enqueue(task=break_down, kwargs={"why": "no such host"}, now=now, max_attempts=3)
    pauses, at = [], now
    for _attempt in range(3):
        claimed = actions.claim(worker="a", now=at)
        assert claimed is not None
        actions.fail(job=claimed, error="ValueError: no such host", now=at, jitter=0.0)
        job.refresh_from_db()
        pauses.append((job.run_at - at).total_seconds())
        at = max(job.run_at, at)
    assert pauses[:2] == [2.0, 4.0]
    assert (job.status, job.error, job.finished_at) == (JobStatus.DEAD, "ValueError: no such host", at)


def test_a_worker_that_always_dies_leaves_a_dead_job_not_a_loop(now: datetime) -> None:
    queued(now, max_attempts=2)
    at = now
    for _attempt in range(2):
        assert actions.claim(worker="a", now=at) is not None
        at += LEASE + timedelta(seconds=1)
    assert actions.claim(worker="a", now=at) is None
    job = Job.objects.get()
    assert (job.status, job.error) == (JobStatus.DEAD, "the worker died on the last attempt")


def test_one_key_has_one_unfinished_job(now: datetime) -> None:
    first, same = queued(now, unique_key="check:1"), queued(now, unique_key="check:1")
    assert first.pk == same.pk
    claimed = actions.claim(worker="a", now=now)
    assert claimed is not None
    assert queued(now, unique_key="check:1").pk == first.pk
    actions.finish(job=claimed, result=None, now=now)
    assert queued(now, unique_key="check:1").pk != first.pk


def test_what_is_rolled_back_was_never_queued(now: datetime) -> None:
    with transaction.atomic():
        queued(now)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_a_cancelled_job_does_not_run_and_a_running_one_cannot_end_well(now: datetime) -> None:
    waiting, running = queued(now, run_at=now + timedelta(hours=1)), queued(now)
    claimed = actions.claim(worker="a", now=now)
    assert claimed is not None
    assert actions.cancel(job_id=waiting.pk, now=now)
    assert actions.cancel(job_id=running.pk, now=now)
    assert not actions.cancel(job_id=running.pk, now=now)
    assert not actions.finish(job=claimed, result=3, now=now)
    assert set(Job.objects.values_list("status", flat=True)) == {JobStatus.CANCELLED}


def test_a_job_given_back_has_an_attempt_more(now: datetime) -> None:
    queued(now, max_attempts=1)
    claimed = actions.claim(worker="a", now=now)
    assert claimed is not None
    assert actions.give_back(job=claimed, now=now)
    again = actions.claim(worker="a", now=now)
    assert again is not None
    assert not actions.finish(job=claimed, result=1, now=now)
    assert actions.finish(job=again, result=3, now=now)


def test_a_due_schedule_is_queued_once_whoever_looks(now: datetime) -> None:
    schedule(name="morning", task="tests.jobs.tasks.add", cron="0 8 * * *", time_zone="Europe/Paris", now=now)
    due = Schedule.objects.get().next_run_at
    assert enqueue_due(now=due - timedelta(seconds=1)) == 0
    assert [enqueue_due(now=due), enqueue_due(now=due)] == [1, 0]
    assert Schedule.objects.get().next_run_at == due + timedelta(days=1)
    missed = due + timedelta(days=9)
    Job.objects.all().delete()
    assert enqueue_due(now=missed) == 1
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_runs_what_is_due_and_keeps_what_went_wrong(now: datetime) -> None:
    good = queued(now)
    bad = actions.enqueue(task=break_down, kwargs={"why": "broken on purpose"}, now=now, max_attempts=1)
    ran = worker.run(stop=Event(), name="test", once=True, clock=lambda: now)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert ran == 2
    assert (good.status, good.result) == (JobStatus.DONE, 3)
    assert bad.status == JobStatus.DEAD
    assert "ValueError: broken on purpose" in bad.error


@pytest.mark.django_db(transaction=True)
def test_the_task_interface_tells_what_became_of_a_job() -> None:
    queued_one = add.enqueue(2, 3)
    assert queued_one.status.name == "READY"
    worker.run(stop=Event(), name="test", once=True)
    queued_one.refresh()
    assert (queued_one.status.name, queued_one.return_value) == ("SUCCESSFUL", 5)
