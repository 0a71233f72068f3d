"""Advocates hear from us, bought or not: ``refer`` says who introduced somebody, ``nurture`` keeps in touch.

It begins by itself at an introduction that happened, with a basis of its own: what the advocate did, never the deal
they said no to. Whoever we stay in touch with already goes on as they are; whoever ended it, or asked for silence, is
left in peace: on the advocate's page a person may begin it again. The notes of this cadence hold no ask; an ask is
always a message of its own (``refer.ask``).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from rebond.accounts.models import User
from rebond.nurture.actions import begin
from rebond.nurture.actions.enrolling import is_silent, reachable
from rebond.nurture.cadence.policies import ADVOCATE
from rebond.nurture.models import Ended, Enrolment
from rebond.nurture.queries.standing import going_with
from rebond.refer.models import Advocate, Move, State
from rebond.refer.told.people import evidence

#: Ends after which nothing begins again by itself; after the others (a deal that was won, opened again) it may.
WANTED_PEACE = (Ended.BY_HAND, Ended.ASKED, Ended.UNANSWERED)


def after(move: Move, now: datetime) -> Enrolment | None:
    """An introduction happened: we stay in touch with who made it; ``None`` where nothing began."""
    if move.to_state != State.INTRODUCED:
        return None
    return stay_in_touch(advocate=move.referral.advocate, state=move.to_state, actor=move.by, now=now)


@transaction.atomic
def stay_in_touch(*, advocate: Advocate, state: str, actor: User | None, now: datetime) -> Enrolment | None:
    """Begins staying in touch with an advocate, unless it goes on already or would be unwelcome.

    Args:
        state: what they did, a state of ``refer``; it becomes the evidence.
    """
    person, owner = advocate.person, advocate.owner or actor
    if person is None or owner is None or not reachable(person) or is_silent(person):
        return None
    if going_with(person).exists() or _wanted_peace(person.pk):
        return None
    return begin(
        person=person, owner=owner, cadence=ADVOCATE, evidence=evidence(state, now), actor=actor, now=now
    )  # fmt: skip


def _wanted_peace(person: int) -> bool:
    """Whether the last time it ended because somebody wanted it to."""
    last = Enrolment.objects.filter(person=person).order_by("-pk").values_list("ended_because", flat=True).first()
    return last in WANTED_PEACE
