"""The background side of the loop: signs of readiness from other rooms, looked for every five minutes."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from rebond.loop import readiness


@task()
def look_for_signs() -> int:
    """Notes each new sign once, however often it runs; how many."""
    return readiness.look_for_signs(now=timezone.now())


@task()
def send_cheatsheets() -> int:
    """Plans this week's cheat sheets; run again in the same week it plans nothing twice."""
    from rebond.loop.cheatsheet.planning import plan_sheets  # whoever only starts the program needs none of it

    return plan_sheets(now=timezone.now())


@task()
def make_prices() -> int:
    """Makes the price lists anew: at once for a new plan or assumption, else every ten minutes; how many."""
    from rebond.loop.prices import make_all, wanted

    now = timezone.now()
    return make_all(now=now) if wanted(now=now) else 0
