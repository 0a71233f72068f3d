"""Reads of practice 1 for pages, commands and the loop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import F, Q, QuerySet

from rebond.accounts.models import User
from rebond.learn.models import Action, Debrief, ReasonAssertion, ReasonPhrase


def current_reasons(close_event_ids: Iterable[int]) -> dict[int, list[ReasonAssertion]]:
    """What each voice says now about each close event, main reason first; one query whatever the number."""
    said: dict[int, list[ReasonAssertion]] = {pk: [] for pk in close_event_ids}
    latest: dict[tuple[int, str], int] = {}
    newest_first = ReasonAssertion.objects.filter(close_event__in=said).order_by("-edition", "-role", "pk")
    for assertion in newest_first:
        voice = (assertion.close_event_id, assertion.source)
        if latest.setdefault(voice, assertion.edition) == assertion.edition:
            said[assertion.close_event_id].append(assertion)
    return said


def todo(user: User) -> QuerySet[Debrief]:
    """Debriefs that wait for ``user``; an administrator also gets those nobody is asked for."""
    mine = Q(assignee=user) | Q(assignee=None) if user.is_admin else Q(assignee=user)
    waiting = Debrief.objects.filter(mine, finished_at=None, set_aside_at=None, close_event__reopening=None)
    return waiting.select_related("deal", "deal__company", "close_event").order_by("due_on", "pk")


def due_debriefs(user: User, *, today: date) -> QuerySet[Debrief]:
    """Those of ``todo`` that are not put off beyond today."""
    return todo(user).filter(Q(snoozed_until=None) | Q(snoozed_until__lte=today))


def finished(user: User) -> QuerySet[Debrief]:
    """The debriefs ``user`` has done, newest first."""
    done = Debrief.objects.filter(assignee=user, finished_at__isnull=False)
    return done.select_related("deal", "deal__company", "close_event").order_by("-finished_at")


def open_actions(user: User) -> QuerySet[Action]:
    """What ``user`` promised to do and has not settled, nearest date first."""
    waiting = Action.objects.filter(owner=user, done_at=None, dropped_at=None)
    return waiting.select_related("deal", "deal__company").order_by("due_on", "pk")


def settled_actions(user: User) -> QuerySet[Action]:
    """What ``user`` did or dropped, newest first."""
    settled = Action.objects.filter(owner=user).filter(Q(done_at__isnull=False) | Q(dropped_at__isnull=False))
    return settled.select_related("deal").order_by(F("done_at").desc(nulls_last=True), "-pk")


def unconfirmed_phrases() -> QuerySet[ReasonPhrase]:
    """Texts no rule is sure about and nobody has explained yet, most frequent first."""
    return ReasonPhrase.objects.filter(code="").order_by("-seen", "pk")


def planned_for_deal(deal_id: int) -> tuple[list[Debrief], list[Action]]:
    """What practice 1 has planned about a deal: debriefs not finished, actions not settled."""
    debriefs = Debrief.objects.filter(
        deal=deal_id, finished_at=None, set_aside_at=None, close_event__reopening=None
    ).select_related("assignee")
    actions = Action.objects.filter(deal=deal_id, done_at=None, dropped_at=None).select_related("owner")
    return list(debriefs.order_by("due_on")), list(actions.order_by("due_on"))
