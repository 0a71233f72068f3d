"""What the rules brought so far: notes answered, k of n, per cadence. No verdict: nobody compared anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from rebond.nurture.models import Step, StepStatus

#: An answer counts within 60 days; notes younger than that are left out, answered or not.
WITHIN = timedelta(days=60)


def answered(*, now: datetime) -> dict[str, tuple[int, int]]:
    """Per cadence's key: of so many notes sent at least 60 days ago, so many answered within 60 days (k, n)."""
    done = Step.objects.filter(status=StepStatus.DONE, channel="email", done_at__lte=now - WITHIN)
    in_time = Count("pk", filter=Q(answered_at__lte=F("done_at") + WITHIN))
    found = done.order_by().values_list("enrolment__cadence").annotate(all=Count("pk"), answered=in_time)
    return {key: (k, n) for key, n, k in found}
