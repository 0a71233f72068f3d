"""Reads of chat channels: where something is told, what a person may keep, how each stands."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, OuterRef, QuerySet, Subquery

from rebond.accounts.models import Team, User
from rebond.channels.models import ChatChannel, Delivery, DeliveryStatus

#: Its fate is not known yet, and will be within moments.
UNDER_WAY = (DeliveryStatus.PLANNED, DeliveryStatus.CLAIMED, DeliveryStatus.STARTED)


def channels_for(team_id: int | None, everyone: bool) -> list[ChatChannel]:
    """The channels, on and not ended, of that team; with ``everyone``, of everybody too. One query."""
    there = ChatChannel.objects.filter(is_on=True, ended_at=None)
    found = there.filter(team=None) if everyone else there.none()
    if team_id is not None:
        found = found | there.filter(team=team_id)
    return list(found.order_by("pk"))


def kept_by(user: User) -> QuerySet[ChatChannel]:
    """The channels ``user`` keeps: an administrator all, a manager their team's; others none. Those that ended last."""
    those_there_first = (F("ended_at").asc(nulls_first=True), "name", "pk")
    channels = ChatChannel.objects.select_related("team").order_by(*those_there_first)
    if user.is_admin:
        return channels
    return channels.filter(team=user.team_id) if user.is_lead and user.team_id else channels.none()


def teams_of(user: User) -> list[Team]:
    """Whose channels ``user`` may add."""
    if user.is_admin:
        return list(Team.objects.order_by("name"))
    return [user.team] if user.is_lead and user.team else []


def last_deliveries(channels: Sequence[ChatChannel]) -> dict[int, Delivery]:
    """What was told to each last; one query."""
    newest = Delivery.objects.filter(channel=OuterRef("pk")).order_by("-planned_at", "-pk").values("pk")[:1]
    of_each = ChatChannel.objects.filter(pk__in=[one.pk for one in channels]).values(last=Subquery(newest))
    return {one.channel_id: one for one in Delivery.objects.filter(pk__in=of_each)}


def unknown_in(channels: QuerySet[ChatChannel]) -> int:
    """Of how many messages to these nobody knows whether they arrived."""
    return Delivery.objects.filter(channel__in=channels.order_by(), status=DeliveryStatus.UNKNOWN).count()


def is_trying(channel: ChatChannel) -> bool:
    """Whether a try is under way whose fate will be known within moments."""
    return channel.deliveries.filter(purpose="channels.try", status__in=UNDER_WAY).exists()
