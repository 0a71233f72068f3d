"""A channel is added, switched on and off, ended, tried. Its address is a secret: no audit entry names it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import Team, User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import one_line
from rebond.channels.actions.planning import UNSAID, WAITING, plan_delivery
from rebond.channels.addresses import hide, looked_at
from rebond.channels.models import ChatChannel, ChatKind, Delivery, DeliveryStatus

TRY = "channels.try"


def add_channel(
    *, name: str, kind: str, address: str, team: Team | None, language: str = "en", is_digest: bool = False,
    actor: User | None, now: datetime,
) -> ChatChannel:  # fmt: skip
    """A place where wins are told, on from now.

    Args:
        address: as the service gave it; kept encrypted.
        team: whose; ``None`` for everybody's that are visible to all.

    Raises:
        RebondError: no name; or see ``channels.addresses.looked_at``.
    """
    if not one_line(name) or kind not in ChatKind.values:
        raise RebondError(_("A channel needs a name and a service. Nothing was kept. Say both."), code="chat_name")
    # Asks the network whose name that is, which may take its time: nobody's writes wait for it.
    secret = hide(looked_at(kind, address))
    return _kept(
        name=one_line(name, 80), kind=kind, secret=secret, team=team, language=language, is_digest=is_digest,
        made_at=now, made_by=actor,
    )  # fmt: skip


@transaction.atomic
def _kept(**given: Any) -> ChatChannel:
    channel = ChatChannel.objects.create(**given)
    about = {"kind": channel.kind, "team": channel.team_id}
    record(verb="channels.add", subject=channel, actor=channel.made_by, at=channel.made_at, **about)
    return channel


@transaction.atomic
def switch(*, channel: ChatChannel, on: bool, actor: User | None, now: datetime) -> ChatChannel:
    """Off: nothing is told there, and what waits is not told later. On again: from now on."""
    _still_there(channel)
    if channel.is_on != on:
        channel.is_on = on
        channel.save(update_fields=["is_on"])
        record(verb="channels.switch", subject=channel, actor=actor, at=now, on=on)
        if not on:
            _let_go(channel, "channel_off", now)
    return channel


@transaction.atomic
def end_channel(*, channel: ChatChannel, actor: User | None, now: datetime) -> ChatChannel:
    """For good: its address is forgotten; what was told there stays on record."""
    _still_there(channel)
    channel.ended_at, channel.is_on, channel.secret = now, False, ""
    channel.save(update_fields=["ended_at", "is_on", "secret"])
    record(verb="channels.end", subject=channel, actor=actor, at=now)
    _let_go(channel, "channel_ended", now)
    return channel


def _let_go(channel: ChatChannel, reason: str, now: datetime) -> None:
    """What waits for a channel is not told, which stands beside each."""
    changes = {"status": DeliveryStatus.SKIPPED, "reason": reason, "finished_at": now, "lease_until": None}
    channel.deliveries.filter(status__in=WAITING).update(**changes, **UNSAID)


def _still_there(channel: ChatChannel) -> None:
    if channel.ended_at is not None:
        raise Conflict(_("This channel has ended. Nothing was changed. Add it again to use it."), code="channel_ended")


@transaction.atomic
def try_channel(*, channel: ChatChannel, actor: User | None, now: datetime) -> Delivery:
    """A message that says it is a try; while one is on its way there is no second."""
    _still_there(channel)
    waiting = channel.deliveries.filter(purpose=TRY, status__in=(*WAITING, DeliveryStatus.STARTED)).first()
    if waiting is not None:
        return waiting
    with translation.override(channel.language):
        title, body = _("Rebond can write here"), _("This is a try. Wins of the team will be told in this channel.")
    return plan_delivery(
        key=f"{TRY}:{channel.pk}.{int(now.timestamp() * 1000)}", channel=channel, purpose=TRY, title=title, body=body,
        actor=actor, now=now,
    )  # fmt: skip
