"""What practice 1 puts on the Today list: debriefs that are due, actions that have come up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import User
from rebond.base.play import Evidence, Play, Verb
from rebond.deals.models import Outcome
from rebond.learn.models import Action, Debrief
from rebond.learn.queries import due_debriefs, open_actions

DEBRIEF_MINUTES = 3
ACTION_MINUTES = 5
#: More than a day holds; the list is cut by minutes anyway.
AT_MOST = 40


def plays(*, user: User, now: datetime) -> list[Play]:
    """Today's items of this practice for ``user``; two queries."""
    today = now.astimezone(ZoneInfo(user.time_zone)).date()
    debriefs = [_debrief(debrief, today, user) for debrief in due_debriefs(user, today=today)[:AT_MOST]]
    actions = open_actions(user).filter(due_on__lte=today)[:AT_MOST]
    return debriefs + [_action(action, today) for action in actions]


def _debrief(debrief: Debrief, today: date, user: User) -> Play:
    deal = debrief.deal
    closed = (debrief.close_event.closed_at or debrief.planned_at).astimezone(ZoneInfo(user.time_zone)).date()
    return Play(
        key=f"learn.debrief:{debrief.pk}",
        icon="message-question",
        who=deal.company.name if deal.company else deal.name,
        company=deal.name if deal.company else "",
        verb=_debrief_verb(debrief, closed, today),
        why=_("you began; the rest takes a minute or two")
        if debrief.started_at
        else _("six questions while it is fresh"),
        minutes=DEBRIEF_MINUTES,
        since=debrief.planned_at.date(),
        weight=1,
        evidence=_known(debrief, today, user),
        main=Verb(
            _("Start, 3 minutes"), reverse("learn:debrief", args=[debrief.pk]), icon="message-question", link=True
        ),
        deal_id=deal.pk,
    )


def _known(debrief: Debrief, today: date, user: User) -> tuple[Evidence, ...]:
    """What is known of the end already: how, against whom, after how long."""
    deal, event = debrief.deal, debrief.close_event
    said = [Evidence(event.get_outcome_display(), _("how it ended"))]
    if event.competitor == "none":
        said.append(Evidence(_("Nobody else won it"), _("competitor")))
    elif event.competitor:
        said.append(Evidence(event.competitor, _("competitor")))
    if deal.opened_at:
        days = (today - deal.opened_at.astimezone(ZoneInfo(user.time_zone)).date()).days
        said.append(
            Evidence(ngettext("%(days)d day", "%(days)d days", days) % {"days": days}, _("since it was opened"))
        )
    if deal.last_touch_at:
        since = (today - deal.last_touch_at.astimezone(ZoneInfo(user.time_zone)).date()).days
        ago = ngettext("%(days)d day ago", "%(days)d days ago", since) % {"days": since}
        said.append(Evidence(ago, _("last contact")))
    return tuple(said)


def _debrief_verb(debrief: Debrief, closed: date, today: date) -> str:
    won = debrief.close_event.outcome == Outcome.WON
    days = (today - closed).days
    if days <= 0:
        return _("Debrief today's win") if won else _("Debrief today's no")
    if days == 1:
        return _("Debrief yesterday's win") if won else _("Debrief yesterday's no")
    return _("Debrief this win") if won else _("Debrief this no")


def _action(action: Action, today: date) -> Play:
    return Play(
        key=f"learn.action:{action.pk}",
        icon="list-check",
        who=action.text,
        company=action.deal.name if action.deal else "",
        verb=_("Do what you decided"),
        why=_chosen(today - action.due_on),
        minutes=ACTION_MINUTES,
        since=action.due_on,
        weight=2,
        evidence=(
            Evidence(_("You wrote this in a debrief"), "") if action.debrief_id else Evidence(_("Your action"), ""),
        ),
        main=Verb(_("Done"), reverse("learn:action_done", args=[action.pk]), icon="circle-check", key="d"),
        deal_id=action.deal_id,
    )


def _chosen(ago: timedelta) -> str | Promise:
    if ago.days <= 0:
        return _("you chose today")
    return ngettext("you chose yesterday", "you chose a day %(days)d days ago", ago.days) % {"days": ago.days}
