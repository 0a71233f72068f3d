"""The queue against a naive twin: whatever happens in whatever order, both agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from rebond.jobs import actions
from rebond.jobs.models import Job, JobStatus
from tests.jobs.tasks import add

LEASE = timedelta(seconds=30)


class Queue(RuleBasedStateMachine):
    """The twin is a dictionary per job: status, attempts, time due, lease."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        Job.objects.all().delete()
        self.now = datetime(2026, 6, 9, 8, tzinfo=UTC)
        self.twin: dict[object, dict[str, object]] = {}

    @rule()
    def enqueue(self) -> None:
        self.now += timedelta(milliseconds=1)
        job = actions.enqueue(task=add, kwargs={"a": 1, "b": 1}, now=self.now, max_attempts=2)
        self.twin[job.pk] = {"status": "ready", "attempts": 0, "due": self.now, "lease": None}

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(target=held, worker=st.sampled_from(["a", "b"]))
    def claim(self, worker: str) -> Job | None:
        found = actions.claim(worker=worker, now=self.now, lease=LEASE)
        for job in self.twin.values():
            if self._free(job) and job["attempts"] == 2 and (found is None or job is not self.twin.get(found.pk)):
                stored = next(pk for pk, twin in self.twin.items() if twin is job)
                job["status"] = Job.objects.get(pk=stored).status  # buried when it stood before the one found
                assert job["status"] in ("dead", "running")
        if found is None:
            assert not any(self._free(job) and job["attempts"] < 2 for job in self.twin.values())  # type: ignore[operator]
            return None
        assert self._free(self.twin[found.pk])
        attempts = int(str(self.twin[found.pk]["attempts"])) + 1
        self.twin[found.pk] |= {"status": "running", "attempts": attempts, "lease": self.now + LEASE}
        return found

    def _free(self, job: dict[str, object]) -> bool:
        waiting = job["status"] == "ready" and job["due"] <= self.now  # type: ignore[operator]
        return bool(waiting or (job["status"] == "running" and job["lease"] < self.now))  # type: ignore[operator]

    def _mine(self, job: Job | None) -> bool:
        twin = self.twin.get(job.pk) if job else None
        return bool(twin and twin["status"] == "running" and job and twin["attempts"] == job.attempts)

    @rule(job=held)
    def finish(self, job: Job | None) -> None:
        if job:
            assert actions.finish(job=job, result=2, now=self.now) == self._mine(job)
            if self._mine(job):
                self.twin[job.pk]["status"] = "done"

    @rule(job=held)
    def fail(self, job: Job | None) -> None:
        if job:
            mine = self._mine(job)
            assert actions.fail(job=job, error="x", now=self.now, jitter=0.0) == mine
            if mine and job.attempts >= 2:
                self.twin[job.pk]["status"] = "dead"
            elif mine:
                self.twin[job.pk] |= {"status": "ready", "due": self.now + actions.pause(job.attempts, 0.0)}

    @rule(job=held)
    def renew(self, job: Job | None) -> None:
        if job:
            assert actions.renew(job=job, now=self.now, lease=LEASE) == self._mine(job)
            if self._mine(job):
                self.twin[job.pk]["lease"] = self.now + LEASE

    @rule(job=held)
    def cancel(self, job: Job | None) -> None:
        if job:
            live = self.twin[job.pk]["status"] in ("ready", "running")
            assert actions.cancel(job_id=job.pk, now=self.now) == live
            if live:
                self.twin[job.pk]["status"] = "cancelled"

    @invariant()
    def both_agree(self) -> None:
        stored = dict(Job.objects.values_list("pk", "status"))
        assert stored == {pk: job["status"] for pk, job in self.twin.items()}
        ended = [JobStatus.DONE, JobStatus.DEAD, JobStatus.CANCELLED]
        assert not Job.objects.filter(status__in=ended, finished_at=None).exists()


class AnyOrder(TestCase):
    def test_the_queue_and_its_twin_agree(self) -> None:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Queue,
            settings=settings(
                max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
        assert not Job.objects.filter(attempts__gt=2).exists()
