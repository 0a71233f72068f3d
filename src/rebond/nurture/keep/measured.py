"""What the rules brought so far: notes answered, k of n, per cadence. No verdict: nobody compared anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count

from rebond.nurture.keep.followed import in_time, is_over
from rebond.nurture.models import Step, StepStatus

#: An answer counts within 60 days; notes younger than that are left out, answered or not.
WITHIN = timedelta(days=60)


def answered(*, now: datetime) -> dict[str, tuple[int, int]]:
    """Per cadence's key: of so many notes sent at least 60 days ago, so many answered within 60 days (k, n)."""
    done = Step.objects.filter(is_over("done_at", WITHIN, now), status=StepStatus.DONE, channel="email")
    answers = Count("pk", filter=in_time("answered_at", "done_at", WITHIN))
    found = done.order_by().values_list("enrolment__cadence").annotate(all=Count("pk"), answered=answers)
    return {key: (k, n) for key, n, k in found}
