"""For who leads: is praise given in time, and who has heard nothing lately. Sellers never see it; nobody is ranked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from rebond.accounts.models import User
from rebond.base.errors import NotAllowed
from rebond.celebrate.models import Cheer, Given, Praise, PraiseForm, PraiseStatus, Preference, Visibility
from rebond.findings import words
from rebond.numbers.estimate import Estimate
from rebond.numbers.rates import proportion

#: The wins looked at; how long somebody may hear nothing; from so many wins a share is said.
LOOKED, SILENT, FROM = timedelta(days=90), timedelta(days=60), 5


@dataclass(frozen=True)
class Equity:
    """One team's.

    Attributes:
        in_time: of the wins whose day to write has come, or that were praised, those praised by then.
        figure, likely: the same in words: "7 of 9", "likely 55 to 92 in 100"; or what is missing.
        unheard: colleagues who have heard no word, cheer or reward for 60 days, by name, without figures; only those
            who let who leads know.
    """

    in_time: Estimate
    figure: str
    likely: str
    unheard: list[User]


def equity_of(leader: User, *, now: datetime) -> Equity:
    """Of the team that ``leader`` leads; three queries.

    Raises:
        NotAllowed: they lead no team.
    """
    if not leader.is_lead:
        raise NotAllowed
    share = in_time(leader, now)
    figure = words.of(share.k, share.n) if share.known and share.k is not None else words.missing(share)
    return Equity(share, figure, words.likely_share(share) if share.known else "", unheard(leader, now))


def in_time(leader: User, now: datetime) -> Estimate:
    """The share of wins praised by the day they were due; a win left unsaid was not. Nothing below five."""
    zone = ZoneInfo(leader.time_zone)
    today = now.astimezone(zone).date()
    rows = Praise.objects.filter(win__team=leader.team_id, win__withdrawn_at=None, made_at__gt=now - LOOKED)
    decided = rows.filter(Q(due_on__lt=today) | Q(status__in=[PraiseStatus.SENT, PraiseStatus.LEFT]))
    said = [(at, due) for at, due in decided.exclude(status=PraiseStatus.CANCELLED).values_list("sent_at", "due_on")]
    k = sum(at is not None and at.astimezone(zone).date() <= due for at, due in said)
    return proportion(k, len(said), minimum=FROM, unit="wins")


def unheard(leader: User, now: datetime) -> list[User]:
    """Who of the team has heard nothing for 60 days, by name; who wants no praise, or keeps what they get to
    themselves, is not among them, nor who has only just come."""
    if leader.team_id is None:
        return []
    since, me = now - SILENT, OuterRef("pk")
    heard = (
        Exists(Praise.objects.filter(win__owner=me, status=PraiseStatus.SENT, sent_at__gt=since))
        | Exists(Cheer.objects.filter(win__owner=me, at__gt=since).order_by())
        | Exists(Given.objects.filter(user=me, taken_back_at=None, at__gt=since).order_by())
    )
    closed = Q(visibility=Visibility.NOBODY) | Q(form=PraiseForm.NONE) | Q(leader_may_see=False)
    team = User.objects.filter(team=leader.team_id, is_active=True, joined_at__lte=since).exclude(pk=leader.pk)
    return list(team.exclude(heard).exclude(Exists(Preference.objects.filter(closed, user=me))).order_by("name", "pk"))
