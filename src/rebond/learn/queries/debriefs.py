"""Reads of practice 1 for pages, commands and the loop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Count, F, Q, QuerySet

from rebond.accounts.models import User
from rebond.deals.models import CloseEvent
from rebond.learn.models import Action, Debrief, Mode, ReasonAssertion, ReasonPhrase, Voice


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


def visible_reasons(user: User | None, close_event_ids: Iterable[int]) -> dict[int, list[ReasonAssertion]]:
    """``current_reasons`` as ``user`` may see them; at most two queries whatever the number.

    What a buyer shared in the survey stays sealed while the debrief of that close is not finished: from the seller
    who is asked, and from everybody who leads nobody and could tell them. ``None`` is the program itself and sees all.
    """
    said = current_reasons(close_event_ids)
    heard = [pk for pk, reasons in said.items() if any(reason.source == Voice.BUYER for reason in reasons)]
    sealed = _sealed(user, heard) if user and heard else set()
    return {
        pk: [reason for reason in reasons if pk not in sealed or reason.source != Voice.BUYER]
        for pk, reasons in said.items()
    }


def _sealed(user: User, close_event_ids: Sequence[int]) -> set[int]:
    """Closes whose shared answer ``user`` may not see yet."""
    waiting = sealed_debriefs(user).filter(close_event__in=close_event_ids)
    return set(waiting.values_list("close_event_id", flat=True))


def sealed_debriefs(user: User | None) -> QuerySet[Debrief]:
    """Debriefs that come before ``user`` may know what the buyer of that close shared; none for the program itself."""
    if user is None:
        return Debrief.objects.none()
    waiting = Debrief.objects.filter(
        finished_at=None,
        close_event__invitations__response__is_final=True,
        close_event__invitations__response__mode=Mode.SHARED,
    )
    return waiting.filter(assignee=user) if user.is_lead else waiting


def closed_together(debriefs: Iterable[Debrief]) -> dict[int, int]:
    """Per close event that was one of several closed at once: how many others; one query, none without such."""
    bulk = [debrief.close_event for debrief in debriefs if debrief.close_event.in_bulk]
    if not bulk:
        return {}
    moments = {event.recorded_at for event in bulk}
    counted = CloseEvent.objects.filter(in_bulk=True, recorded_at__in=moments).order_by()
    together: dict[tuple[datetime, int | None], int] = {
        (at, by): count
        for at, by, count in counted.values_list("recorded_at", "recorded_by").annotate(count=Count("pk"))
    }
    return {event.pk: together[event.recorded_at, event.recorded_by_id] - 1 for event in bulk}


def competitor_unknown(debrief: Debrief) -> bool:
    """When it closed, neither the close nor the deal said who else was in it; what was learnt since does not count."""
    deal, event = debrief.deal, debrief.close_event
    if event.competitor:
        return False
    return not deal.competitor or deal.field_changes.filter(field="competitor", at__gt=event.recorded_at).exists()


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


def team_actions(user: User) -> QuerySet[Action]:
    """For whoever leads: what others of the team have promised and not settled; an administrator sees all."""
    others = Action.objects.filter(done_at=None, dropped_at=None).exclude(owner=user)
    if not user.is_admin:
        others = others.filter(owner__team=user.team_id) if user.is_lead and user.team_id else others.none()
    return others.select_related("deal", "owner").order_by("due_on", "pk")


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
