"""Our queue behind the django-tasks API: ``@task()`` functions are enqueued in the caller's own transaction."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist

from rebond.jobs.actions import enqueue
from rebond.jobs.models import Job, JobStatus

_STATUS: dict[str, TaskResultStatus] = {
    JobStatus.READY: TaskResultStatus.READY,
    JobStatus.RUNNING: TaskResultStatus.RUNNING,
    JobStatus.DONE: TaskResultStatus.SUCCESSFUL,
    JobStatus.DEAD: TaskResultStatus.FAILED,
    JobStatus.CANCELLED: TaskResultStatus.FAILED,
}


class LeaseBackend(BaseTaskBackend):
    """Stores tasks as ``jobs.Job`` rows; ``rebond work`` runs them."""

    supports_defer = True
    supports_get_result = True
    supports_async_task = False
    supports_priority = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Queues a task; arguments must be JSON-able."""
        self.validate_task(task)
        return self._result(enqueue(task=task, args=list(args), kwargs=kwargs, now=timezone.now()))

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """What became of a task; ``TaskResultDoesNotExist`` for an id nobody gave out."""
        try:
            return self._result(Job.objects.get(pk=result_id))
        except (Job.DoesNotExist, ValidationError) as error:
            raise TaskResultDoesNotExist(result_id) from error

    def _result(self, job: Job) -> TaskResult[Any]:
        errors = [TaskError(exception_class_path="builtins.Exception", traceback=job.error)] if job.error else []
        result: TaskResult[Any] = TaskResult(
            task=import_string(job.name), id=str(job.pk), status=_STATUS[job.status], enqueued_at=job.created_at,
            started_at=job.started_at, last_attempted_at=job.started_at, finished_at=job.finished_at, args=job.args,
            kwargs=job.kwargs, backend=self.alias, errors=errors, worker_ids=[job.worker] if job.worker else [],
        )  # fmt: skip
        object.__setattr__(result, "_return_value", job.result)
        return result
