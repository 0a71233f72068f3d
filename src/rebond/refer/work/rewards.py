"""The background side of rewards: the hourly sweep, and the run that hands out what was approved."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from rebond.base.errors import Conflict
from rebond.jobs.actions import enqueue
from rebond.refer.actions import rewards as actions
from rebond.refer.actions.paying import ATTEMPTS, run_key
from rebond.refer.models import PayoutRun, PayoutStatus


@task()
def sweep_rewards() -> dict[str, int]:
    """Once an hour: what the clock brings about, and runs whose worker gave up go on. Nothing is ever paid by time."""
    now = timezone.now()
    done = actions.sweep(now=now)
    for run in PayoutRun.objects.filter(finished_at=None).order_by("pk"):
        enqueue(task=pay_out, kwargs={"run_id": run.pk}, now=now, unique_key=run_key(run.pk), max_attempts=ATTEMPTS)
    return {name: count for name, count in done.items() if count}


@task()
def pay_out(run_id: int) -> dict[str, int]:
    """Hands out what the run holds, each in its own transaction; started again, it goes on with what is left."""
    run = PayoutRun.objects.select_related("by").get(pk=run_id)
    done = {"paid": 0, "waiting": 0}
    for payout in run.payouts.filter(status=PayoutStatus.APPROVED).select_related("advocate").order_by("pk"):
        now = timezone.now()
        try:
            actions.pay(payout=payout, run=run, now=now)
            done["paid"] += 1
        except Conflict as refused:
            actions.release(payout=payout, actor=run.by, now=now, codes=refused.detail.get("codes", [refused.code]))
            done["waiting"] += 1
    actions.finish_run(run=run, now=timezone.now())
    return done
