"""A chat service on loopback, and channels that lead to it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import SplitResult

import pytest
from django.conf import settings

from rebond.accounts.models import Team
from rebond.channels import handing
from rebond.channels.models import ChatChannel
from tests.channels.making import make_channel
from tests.channels.server import ChatServer, serving


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """The service; loopback is allowed, as an administrator would."""
    monkeypatch.setattr(settings.CONFIG, "chat_private", True)
    with serving() as server:
        yield server


@pytest.fixture
def wins_channel(north: Team, chat: ChatServer, now: datetime) -> ChatChannel:
    """The team's channel, at once."""
    return make_channel(chat, team=north, now=now)


@pytest.fixture
def led_here(chat: ChatServer, monkeypatch: pytest.MonkeyPatch) -> ChatServer:
    """Every line leads to the local service, without encryption: for services whose host is fixed."""

    def line(_parts: SplitResult, _ends: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", chat.port), 2)

    monkeypatch.setattr(handing, "_connected", line)
    return chat
