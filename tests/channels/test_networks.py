"""Our server is not made to talk to machines that only it can reach."""

from __future__ import annotations

import socket
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from rebond.base.errors import RebondError
from rebond.channels import networks
from rebond.channels.addresses import looked_at
from rebond.channels.models import Delivery
from rebond.channels.networks import may_be_reached
from tests.channels.making import make_channel, plan, tell
from tests.channels.server import ChatServer, serving

#: This machine, private networks, a link, a cloud's secrets, groups, nobody; in every dress.
FORBIDDEN = (
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "192.0.0.1", "198.18.0.1", "203.0.113.5", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::",
    "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::", "2001:db8::1",
    "nonsense", "",
)  # fmt: skip


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_address_of_our_own_network_is_reached(address: str) -> None:
    assert not may_be_reached(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "172.32.0.1"])
def test_the_open_internet_is(address: str) -> None:
    assert may_be_reached(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_an_ipv6_dress_is_judged_as_what_it_is(address: Any) -> None:
    plain = may_be_reached(str(address))
    number = int(address)
    assert may_be_reached(f"::ffff:{address}") == plain
    assert may_be_reached(f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}") == plain


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x", "https://2130706433/x", "https://0x7f.1/x",
     "https://127.1/x", "https://user@10.0.0.1/x", "https://169.254.169.254/latest/meta-data"],
)  # fmt: skip
def test_an_address_that_leads_inside_is_not_kept(address: str) -> None:
    with pytest.raises(RebondError) as raised:
        looked_at("webhook", address)
    assert raised.value.code in ("chat_private_network", "chat_address")
    assert "Nothing was kept" in str(raised.value)


def test_of_several_addresses_one_that_is_forbidden_forbids_all(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(2, 1, 6, "", (one, 443)) for one in ("93.184.216.34", "10.0.0.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers)
    with pytest.raises(networks.Forbidden):
        networks.addresses_of("mixed.example", 443)


@pytest.mark.django_db
def test_it_is_looked_at_again_when_it_is_told(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Allowed when it was added; since then the administrator took the permission back."""
    with serving() as chat:
        monkeypatch.setattr(settings.CONFIG, "chat_private", True)
        channel = make_channel(chat, team=None, now=now)
        monkeypatch.setattr(settings.CONFIG, "chat_private", False)
        plan(channel, now)
        assert tell(now) == {"refused": 1}
        assert chat.sent == []
    assert Delivery.objects.get().status == "rejected"


@pytest.mark.django_db
def test_the_connection_is_made_to_what_was_looked_at(
    chat: ChatServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers otherwise the second time it is asked (DNS rebinding) is asked once."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *more: Any, **named: Any) -> Any:
        if host == "rebinding.example":
            asked.append(host)
            return real("127.0.0.1" if len(asked) == 2 else "192.0.2.1", port, *more, **named)
        return real(host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(networks, "may_be_reached", lambda _address, own=False: own)
    channel = make_channel(chat, team=None, now=now, address=f"http://rebinding.example:{chat.port}/hook")
    plan(channel, now)
    assert tell(now) == {"accepted": 1}
    assert len(asked) == 2  # once when it was added, once when it was told
    assert chat.sent[0].host == f"rebinding.example:{chat.port}"
