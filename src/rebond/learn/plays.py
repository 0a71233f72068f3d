"""What practice 1 puts on the Today list: debriefs that are due, answers to look at, actions that have come up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import User
from rebond.base.play import Evidence, Play, Verb
from rebond.deals.models import Outcome
from rebond.findings.worth import Candidate, in_order, pks_of
from rebond.learn.models import Action, Debrief, Invitation
from rebond.learn.queries import due_debriefs, open_actions, waiting_reveals
from rebond.learn.queries.feedback import leaving_in_name_of
from rebond.numbers.pricing import Prices

DEBRIEF_MINUTES = 3
ACTION_MINUTES = 5
REVEAL_MINUTES = 3
LEAVING_MINUTES = 2
#: So many of the buyers are named beside the item.
LEAVING_NAMED = 5
#: Kinds of this room's items.
DEBRIEF, ACTION, REVEAL, LEAVING = "learn.debrief", "learn.action", "learn.reveal", "learn.invitations"


def candidates(*, user: User, now: datetime, prices: Prices) -> list[Candidate]:  # noqa: ARG001
    """All of this practice that is worth doing today; nothing here has a price, it is to learn. Four queries."""
    zone = ZoneInfo(user.time_zone)
    today = now.astimezone(zone).date()
    debriefs = due_debriefs(user, today=today).values_list("pk", "planned_at")
    actions = open_actions(user).filter(due_on__lte=today).values_list("pk", "due_on")
    reveals = waiting_reveals(user).values_list("pk", "answered_on", "response__submitted_at", "planned_at")
    leaving = leaving_in_name_of(user, now=now).values_list("pk", "planned_at")[:1]
    return [
        *(Candidate(f"{DEBRIEF}:{pk}", DEBRIEF_MINUTES, planned.date(), 1) for pk, planned in debriefs),
        *(Candidate(f"{LEAVING}:{pk}", LEAVING_MINUTES, planned.date(), 2) for pk, planned in leaving),
        *(
            Candidate(f"{REVEAL}:{pk}", REVEAL_MINUTES, answered or (sent or planned).astimezone(zone).date(), 2)
            for pk, answered, sent, planned in reveals
        ),
        *(Candidate(f"{ACTION}:{pk}", ACTION_MINUTES, due_on, 3) for pk, due_on in actions),
    ]


def filled(*, user: User, now: datetime, candidates: Sequence[Candidate]) -> list[Play]:
    """These of ``candidates`` written out; one query per kind that is among them."""
    today = now.astimezone(ZoneInfo(user.time_zone)).date()
    kinds = {one.kind for one in candidates}
    plays: list[Play] = []
    if DEBRIEF in kinds:
        debriefs = due_debriefs(user, today=today).filter(pk__in=pks_of(candidates, DEBRIEF))
        plays += [_debrief(debrief, today, user) for debrief in debriefs]
    if LEAVING in kinds:
        plays += _leaving(user, now)
    if REVEAL in kinds:
        plays += [_reveal(found, user) for found in waiting_reveals(user).filter(pk__in=pks_of(candidates, REVEAL))]
    if ACTION in kinds:
        plays += [_action(action, today) for action in open_actions(user).filter(pk__in=pks_of(candidates, ACTION))]
    return in_order(candidates, plays)


def done(*, user: User, since: datetime) -> QuerySet[Debrief]:
    """The debriefs ``user`` has done since then, each ``DEBRIEF_MINUTES`` long; for counting."""
    return Debrief.objects.filter(assignee=user, finished_at__gte=since)


def _leaving(user: User, now: datetime) -> list[Play]:
    """One item for all questions to buyers that leave within 48 hours in this person's name."""
    soon = list(leaving_in_name_of(user, now=now).select_related("person", "deal"))
    if not soon:
        return []
    first, count = soon[0], len(soon)
    return [
        Play(
            key=f"{LEAVING}:{first.pk}",
            icon="mail-forward",
            who=_first_of(first.person.name if first.person else first.deal.name, count),
            company=first.deal.name if count == 1 else "",
            verb=ngettext("%(count)d question to a buyer leaves", "%(count)d questions to buyers leave", count)
            % {"count": count},
            why=_("within 48 hours, in your name"),
            minutes=LEAVING_MINUTES,
            since=first.planned_at.date(),
            weight=2,
            evidence=tuple(Evidence(row.person.name, row.deal.name) for row in soon[:LEAVING_NAMED] if row.person),
            main=Verb(_("Look at them"), reverse("learn:feedback"), icon="eye", link=True),
        )
    ]


def _first_of(name: str, count: int) -> str:
    if count == 1:
        return name
    more = {"name": name, "more": count - 1}
    return ngettext("%(name)s and %(more)d more", "%(name)s and %(more)d more", count - 1) % more


def _debrief(debrief: Debrief, today: date, user: User) -> Play:
    deal = debrief.deal
    closed = (debrief.close_event.closed_at or debrief.planned_at).astimezone(ZoneInfo(user.time_zone)).date()
    return Play(
        key=f"{DEBRIEF}:{debrief.pk}",
        icon="message-question",
        who=deal.company.name if deal.company else deal.name,
        company=deal.name if deal.company else "",
        verb=_debrief_verb(debrief, closed, today),
        why=_debrief_why(debrief),
        minutes=DEBRIEF_MINUTES,
        since=debrief.planned_at.date(),
        weight=1,
        evidence=_known(debrief, today, user),
        main=Verb(
            _("Start, 3 minutes"), reverse("learn:debrief", args=[debrief.pk]), icon="message-question", link=True
        ),
        others=_once_later(debrief),
        deal_id=deal.pk,
    )


def _debrief_why(debrief: Debrief) -> str:
    if debrief.started_at:
        return _("you began; the rest takes a minute or two")
    if debrief.snoozed_until:
        return _("back as you asked: six questions, three minutes")
    return _("six questions while it is fresh")


def _once_later(debrief: Debrief) -> tuple[Verb, ...]:
    """Two working days' grace, once; then the button is gone."""
    if debrief.snoozed_until:
        return ()
    later = reverse("learn:snooze", args=[debrief.pk])
    return (Verb(_("In two working days"), later, icon="clock-pause", key="h"),)


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
        ago = ngettext("%(days)d day ago", "%(days)d days ago", since) % {"days": since} if since > 0 else _("today")
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


def _reveal(found: Invitation, user: User) -> Play:
    """A buyer shared their answer, and the six answers of one's own are given."""
    sent, deal = found.response.submitted_at or found.planned_at, found.deal
    return Play(
        key=f"{REVEAL}:{found.pk}",
        icon="messages",
        who=found.person.name if found.person else deal.company.name if deal.company else deal.name,
        company=deal.company.name if found.person and deal.company else "",
        verb=_("See what they answered"),
        why=_("they shared it with you; lay it beside yours"),
        minutes=REVEAL_MINUTES,
        since=found.answered_on or sent.astimezone(ZoneInfo(user.time_zone)).date(),
        weight=2,
        evidence=(Evidence(_("They ticked “share with the person I dealt with”"), _("buyer feedback")),
                  Evidence(deal.name, _("deal"))),
        main=Verb(_("See it beside yours"), reverse("learn:reveal", args=[found.pk]), icon="messages", link=True),
        deal_id=deal.pk,
    )  # fmt: skip


def _action(action: Action, today: date) -> Play:
    return Play(
        key=f"{ACTION}:{action.pk}",
        icon="list-check",
        who=action.text,
        company=action.deal.name if action.deal else "",
        verb=_("Do what you decided"),
        why=_chosen(today - action.due_on),
        minutes=ACTION_MINUTES,
        since=action.due_on,
        weight=3,
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
