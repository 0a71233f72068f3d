"""Which shared answers a seller may put beside their own: only after their own debrief is finished."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from rebond.accounts.models import User
from rebond.deals.models import CloseEvent
from rebond.learn.models import Invitation, Mode


def reveals_for(user: User, close_event_ids: Iterable[int]) -> dict[int, Invitation]:
    """Per close event the first invitation whose answer was shared with ``user``; one query whatever the number.

    Sent, shared by the buyer, and ``user`` is the seller who has finished their debrief of that close.
    """
    shared = Invitation.objects.filter(
        close_event__in=list(close_event_ids),
        response__is_final=True,
        response__mode=Mode.SHARED,
        close_event__debrief__assignee=user,
        close_event__debrief__finished_at__isnull=False,
    )
    return {invitation.close_event_id: invitation for invitation in shared.order_by("-pk")}


def reveal_for(user: User, close_event: CloseEvent) -> Invitation | None:
    """The shared answer about one close that ``user`` may lay beside their own, if there is one."""
    return reveals_for(user, [close_event.pk]).get(close_event.pk)


def shared_with(user: User) -> QuerySet[Invitation]:
    """Answers that buyers shared with ``user``, whose debrief it is; newest first."""
    return _shared().filter(close_event__debrief__assignee=user)


def shared_in_team(user: User) -> QuerySet[Invitation]:
    """Answers shared with those ``user`` coaches, and seen by them; newest first."""
    others = _shared().exclude(close_event__debrief__assignee=user).filter(response__reveal__isnull=False)
    if user.is_admin:
        return others
    return others.filter(deal__team=user.team_id) if user.is_lead and user.team_id else others.none()


def waiting_reveals(user: User) -> QuerySet[Invitation]:
    """Of ``shared_with``: the debrief is done and the answer not yet looked at, oldest first; what Today shows."""
    waiting = shared_with(user).filter(response__reveal=None, close_event__debrief__finished_at__isnull=False)
    return waiting.order_by("answered_on", "pk")


def shared_on(close_event_id: int) -> list[Invitation]:
    """Every shared answer about one close, first asked first: up to three people, kept apart."""
    found = _shared().filter(close_event=close_event_id).order_by("pk")
    return list(found.prefetch_related("response__reasons", "response__verbatims"))


def _shared() -> QuerySet[Invitation]:
    sent = Invitation.objects.filter(
        response__is_final=True, response__mode=Mode.SHARED, close_event__debrief__isnull=False
    )
    beside = ("deal__company", "person", "response__reveal", "close_event__debrief__assignee")
    return sent.select_related(*beside).order_by("-answered_on", "-pk")
