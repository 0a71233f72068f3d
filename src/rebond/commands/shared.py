"""What several words need: who acts, which deal, how a deal reads as JSON."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from rebond.accounts.models import Team, User
from rebond.accounts.queries import acting_user
from rebond.base.errors import NotFound, RebondError
from rebond.base.money import to_major
from rebond.base.text import fold
from rebond.deals.access import get_deal
from rebond.deals.models import CloseEvent, Deal
from rebond.deals.queries import find_deal
from rebond.learn import taxonomy
from rebond.learn.debrief.questions import reason_label
from rebond.learn.models import ReasonAssertion
from rebond.learn.queries import planned_for_deal, visible_reasons


def person(options: argparse.Namespace) -> User | None:
    """Whoever ``--as`` names; nobody means the program, which may see everything."""
    try:
        return acting_user(options.who)
    except NotFound as error:
        raise NotFound(
            _("Nobody here has the address or name “%(who)s”. Nothing was changed. See the Team page for who there is.")
            % {"who": options.who},
            code="unknown_person",
        ) from error


def team_named(name: str, user: User | None) -> Team:
    """The team of that name; to who sees one team only, another one and none at all are the same."""
    for team in Team.objects.all():
        if fold(team.name) == fold(name) and (user is None or user.is_admin or user.team_id == team.pk):
            return team
    if user is not None and not user.is_admin:
        raise NotFound
    raise NotFound(
        _("There is no team “%(name)s”. Nothing was changed. See the Team page for which there are.")
        % {"name": name[:80]},
        code="unknown_team",
    )


def the_deal(options: argparse.Namespace, user: User | None) -> Deal:
    """The deal ``ID`` names, if ``user`` may open it."""
    found = find_deal(options.id)
    if found is None:
        raise NotFound(
            _("There is no deal “%(id)s”. Nothing was changed. “rebond deals” lists them.") % {"id": options.id},
            code="unknown_deal",
        )
    return get_deal(user, found.pk)


def moment(text: str, now: datetime) -> datetime | None:
    """A day or a moment as typed; a day means its end, but never later than ``now``.

    Raises:
        RebondError: ``bad_date``.
    """
    if not text:
        return None
    zone = ZoneInfo(settings.TIME_ZONE)
    try:
        at, day = parse_datetime(text), parse_date(text)
    except ValueError:
        at = day = None
    if at is not None and "T" in text.upper().replace(" ", "T"):
        return timezone.make_aware(at, zone) if timezone.is_naive(at) else at
    if day is None:
        raise RebondError(
            _("“%(text)s” is not a date. Nothing was changed. Write 2026-06-09.") % {"text": text}, code="bad_date"
        )
    return min(datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone), now)


def deal_line(deal: Deal) -> dict[str, Any]:
    """A deal as lists print it; the amount in major units of its currency."""
    amount = None if deal.amount_minor is None else float(to_major(deal.amount_minor, deal.currency))
    return {
        "id": deal.pk,
        "external_id": deal.external_id,
        "name": deal.name,
        "company": deal.company.name if deal.company else None,
        "owner": {"id": deal.owner.pk, "name": deal.owner.name, "email": deal.owner.email} if deal.owner else None,
        "team": deal.team.name if deal.team else None,
        "stage": deal.stage.name if deal.stage else None,
        "outcome": deal.outcome,
        "amount": amount,
        "currency": deal.currency or None,
        "segment": deal.segment or None,
        "opened_at": deal.opened_at,
        "closed_at": deal.closed_at,
    }


def close_events(deal: Deal, user: User | None) -> list[dict[str, Any]]:
    """Every end of a deal, oldest first, each with its own reasons as ``user`` may see them.

    What belongs to a debrief (its answers, could one have acted, how sure one is) leaves no machine by this door.
    """
    events = list(deal.close_events.select_related("reopening", "recorded_by").order_by("recorded_at", "pk"))
    reasons = visible_reasons(user, [event.pk for event in events])
    return [_close_event(event, reasons[event.pk]) for event in events]


def _close_event(event: CloseEvent, reasons: list[ReasonAssertion]) -> dict[str, Any]:
    names = taxonomy.current()
    return {
        "id": event.pk,
        "outcome": event.outcome,
        "closed_at": event.closed_at,
        "recorded_at": event.recorded_at,
        "recorded_by": event.recorded_by.name if event.recorded_by else None,
        "reopened_at": event.reopening.at if hasattr(event, "reopening") else None,
        "competitor": event.competitor or None,
        "source": event.source,
        "in_bulk": event.in_bulk,
        "declared_date": event.declared,
        "reasons": [
            {
                "code": reason.code,
                "source": reason.source,
                "role": reason.role,
                "label": reason_label(names, reason.code, event.outcome),
                "verbatim": reason.verbatim or None,
            }
            for reason in reasons
        ],
    }


def planned(deal: Deal) -> list[dict[str, Any]]:
    """What is on somebody's list about this deal."""
    debriefs, actions = planned_for_deal(deal.pk)
    return [
        {"kind": "debrief", "id": d.pk, "due_on": d.due_on, "who": d.assignee.name if d.assignee else None}
        for d in debriefs
    ] + [{"kind": "action", "id": a.pk, "due_on": a.due_on, "who": a.owner.name, "text": a.text} for a in actions]
