"""The background side of staying in touch: every ten minutes, what time alone brings about."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django_tasks import task

from rebond.nurture.actions import planning

log = logging.getLogger("rebond.nurture")

STEPS: tuple[tuple[str, Callable[..., int]], ...] = (
    ("absences", planning.mind_absences),
    ("deals", planning.mind_open_deals),
    ("woken", planning.wake),
    ("given_up", planning.give_up),
    ("dates", planning.reach_dates),
    ("pieces", planning.note_reopened),
    ("automatic", planning.send_automatic),
)


@task()
def plan_due() -> dict[str, int]:
    """One round; run twice at once, or again at once, it does nothing more."""
    return run(now=timezone.now())


def run(*, now: datetime) -> dict[str, int]:
    """What each step did, by its name; those that did nothing are left out.

    A step that breaks must not hold up the others: it is logged, and tried again in the next round.
    """
    done = {}
    for name, step in STEPS:
        try:
            count = step(now=now)
        except Exception:
            log.exception("planning step %s broke", name)
            continue
        if count:
            done[name] = count
    return done
