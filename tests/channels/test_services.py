"""What each service is told: its own form of request, to its own address, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from rebond.base.errors import RebondError
from rebond.channels.actions import add_channel
from rebond.channels.addresses import looked_at
from rebond.channels.fates import Fate
from rebond.channels.forming import Misunderstood, Post, formed
from rebond.channels.handing import hand_over
from rebond.channels.models import ChatChannel, Delivery
from tests.channels.making import ADDRESSES, make_channel, plan, tell
from tests.channels.server import ChatServer

pytestmark = pytest.mark.django_db


def _told(kind: str, said: dict[str, Any]) -> str:
    """The text that people of that service read."""
    if kind == "slack":
        [shown] = said["attachments"]
        return f"{shown['title']}\n{shown['text']}"
    if kind == "teams":
        blocks = said["attachments"][0]["content"]["body"]
        return "\n".join(block["text"] for block in blocks)
    return str(said["content" if kind == "discord" else "text"]).replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("kind", "host", "path"),
    [
        ("slack", "hooks.slack.com", "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"),
        ("discord", "discord.com", "/api/webhooks/417429632418316298/JHMHI8qBe7bk2ZwO5U711o3dV_js"),
        ("teams", "prod-10.westus.logic.azure.com:443", "/workflows/abc123def/triggers/manual/paths/invoke"),
        ("mattermost", "chat.example.com:8443", "/team/hooks/abcdefghijklmnopqrstuvwxyz"),
    ],
)
def test_each_service_is_told_in_its_own_form(
    kind: str, host: str, path: str, led_here: ChatServer, now: datetime
) -> None:
    channel = make_channel(led_here, team=None, now=now, kind=kind, address=ADDRESSES[kind])
    plan(channel, now, title="Signed! Camille, Brasserie du Lac", body="after 3 noes")
    assert tell(now) == {"accepted": 1}
    [sent] = led_here.sent
    assert (sent.host, sent.path.partition("?")[0]) == (host, path)
    assert sent.kind.startswith("application/json")
    assert _told(kind, sent.said) == "Signed! Camille, Brasserie du Lac\nafter 3 noes"
    assert "apprise" not in str(sent.said).lower()  # no pictures from elsewhere, no advertisement


def test_teams_is_told_with_the_signature_that_is_in_its_address(led_here: ChatServer, now: datetime) -> None:
    channel = make_channel(led_here, team=None, now=now, kind="teams", address=ADDRESSES["teams"])
    plan(channel, now)
    tell(now)
    assert "sig=Sig-_x" in led_here.sent[0].path


def test_a_webhook_gets_title_and_message_as_json_where_its_address_says(chat: ChatServer, now: datetime) -> None:
    plan(make_channel(chat, team=None, now=now, address=f"{chat.url}/wins%20here?token=x%26y"), now)
    assert tell(now) == {"accepted": 1}
    [sent] = chat.sent
    assert sent.path == "/wins%20here?token=x%26y"
    assert (sent.said["title"], sent.said["message"]) == ("Signed", "after 3 noes")


@pytest.mark.parametrize("kind", ["slack", "discord", "mattermost"])
def test_a_name_from_a_crm_calls_nobody_up_in_a_chat(kind: str, led_here: ChatServer, now: datetime) -> None:
    channel = make_channel(led_here, team=None, now=now, kind=kind, address=ADDRESSES[kind])
    plan(channel, now, title="Signed! @everyone <!channel>", body="@here [a gift](https://evil.example)")
    tell(now)
    told = _told(kind, led_here.sent[0].said)
    for call in ("@everyone", "@here", "<!channel>", "](http"):
        assert call not in told
    assert "everyone" in told


@pytest.mark.parametrize("kind", sorted(ADDRESSES))
def test_a_text_that_is_too_long_is_one_message_all_the_same(kind: str) -> None:
    assert len(formed(kind, ADDRESSES[kind], "T" * 200, "word " * 600).body) < 10_000


@pytest.mark.parametrize("kind", ["slack", "discord", "teams", "mattermost"])
def test_the_address_of_one_service_is_none_of_another(kind: str) -> None:
    for other in ADDRESSES.keys() - {kind, "webhook"}:
        with pytest.raises(Misunderstood):
            formed(other, ADDRESSES[kind], "x", "x")


@pytest.mark.parametrize(
    "address",
    ["", "hooks.slack.com", "https://", "https:///x", "javascript:alert(1)", "ftp://chat.example/x", "file:///etc/passwd",
     "https://[::1", "https://h.example:99999/x", "https://h.example/\x00", "slack://T1/A1/Tx",
     "https://h.example/" + "x" * 2000],
)  # fmt: skip
def test_what_is_no_address_is_not_kept(address: str, db: None, now: datetime) -> None:
    for kind in ADDRESSES:
        with pytest.raises(RebondError) as raised:
            add_channel(name="#wins", kind=kind, address=address, team=None, actor=None, now=now)
        assert raised.value.code == "chat_address"
    assert not ChatChannel.objects.exists()


def test_an_address_without_encryption_is_not_kept() -> None:
    with pytest.raises(RebondError) as raised:
        looked_at("webhook", "http://hooks.example.com/x")
    assert raised.value.code == "chat_not_encrypted"


def test_the_address_is_nowhere_in_the_clear(chat: ChatServer, now: datetime) -> None:
    channel = make_channel(chat, team=None, now=now, address=f"{chat.url}/hook?token=s3cr3t")
    channel.refresh_from_db()
    assert "s3cr3t" not in channel.secret
    assert "127.0.0.1" not in channel.secret
    chat.status = 404
    plan(channel, now)
    tell(now)
    assert "s3cr3t" not in str(Delivery.objects.values().get())


def test_nothing_is_sent_by_the_library_itself() -> None:
    import apprise

    formed("webhook", "https://hooks.example.com/x", "x", "x")
    asked = apprise.Apprise.instantiate("json://127.0.0.1:9/x")
    with pytest.raises(RuntimeError, match="nothing is sent this way"):
        asked.send("x")


def test_no_redirect_is_followed(chat: ChatServer, now: datetime) -> None:
    chat.status, chat.more = 307, {"Location": f"{chat.url}/elsewhere"}
    plan(make_channel(chat, team=None, now=now), now)
    assert tell(now) == {"refused": 1}
    assert [sent.path for sent in chat.sent] == ["/hook"]


def test_an_encrypted_address_wants_a_certificate_of_its_name(chat: ChatServer) -> None:
    """The local service has none at all: nothing is handed over."""
    answer = hand_over(Post(f"https://127.0.0.1:{chat.port}/hook", {}, b"{}"))
    assert answer.fate is Fate.AGAIN
    assert chat.sent == []
