"""Channels and messages for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rebond.accounts.models import Team
from rebond.channels.actions import add_channel, plan_delivery
from rebond.channels.models import ChatChannel, Delivery
from rebond.channels.outgoing import send
from tests.channels.server import ChatServer

#: An address of each service, as the service shows it.
ADDRESSES = {
    "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "discord": "https://discord.com/api/webhooks/417429632418316298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "teams": "https://prod-10.westus.logic.azure.com:443/workflows/abc123def/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=Sig-_x",
    "mattermost": "https://chat.example.com:8443/team/hooks/abcdefghijklmnopqrstuvwxyz",
    "webhook": "https://hooks.example.com/wins%20here?token=x%26y",
}


def make_channel(chat: ChatServer, *, team: Team | None, now: datetime, **more: Any) -> ChatChannel:
    """A webhook that leads to the local service."""
    values = {"name": "#wins", "kind": "webhook", "address": f"{chat.url}/hook", "actor": None} | more
    return add_channel(team=team, now=now, **values)


def plan(channel: ChatChannel, now: datetime, key: str = "tests:1", **more: Any) -> Delivery:
    said = {"purpose": "tests.any", "title": "Signed", "body": "after 3 noes", "actor": None} | more
    return plan_delivery(key=key, channel=channel, now=now, **said)


def tell(now: datetime) -> dict[str, int]:
    """What a worker does at that moment, until nothing is due."""
    return dict(send(clock=lambda: now))
