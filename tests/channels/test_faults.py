"""What services and names do to us: secrets repeated, answers without end, hands never shaken, texts of a stranger."""

from __future__ import annotations

import base64
import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.db import connection
from django.test import Client

from rebond.accounts.models import Team, User
from rebond.base.errors import RebondError
from rebond.channels import actions, forming, handing, networks, purposes
from rebond.channels.actions.claiming import LEASE
from rebond.channels.addresses import looked_at
from rebond.channels.fates import Fate
from rebond.channels.forming import Post
from rebond.channels.handing import hand_over
from rebond.channels.models import ChatChannel, Delivery
from rebond.channels.purposes import Said
from rebond.channels.work import send_due
from tests.channels.making import ADDRESSES, make_channel, plan, tell
from tests.channels.server import ChatServer

pytestmark = pytest.mark.django_db
#: Pieces of one address that no log, table or page may hold: in its path, its query, its name and password.
SECRETS = ("T0PS3CRETPATH", "k=t0psecret/query", "t0psecret/query", "t0psecretpass", "t0psecretname")


# ---- the address is a secret


def _repeats(chat: ChatServer) -> None:
    """As many servers do: the whole request stands in the error."""

    def repeat(handler: BaseHTTPRequestHandler) -> None:
        said = f"Cannot POST {handler.path} {handler.headers['Authorization']} {SECRETS[1]} {SECRETS[3]}"
        chat.text = f"{said} {base64.b64decode(handler.headers['Authorization'][6:]).decode()}"

    chat.before = repeat


@pytest.mark.parametrize("status", [200, 404, 503, 504])
def test_a_service_that_repeats_the_address_puts_it_nowhere(
    status: int, chat: ChatServer, north: Team, as_nadia: Client, as_admin: Client, now: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    _repeats(chat)
    chat.status = status
    address = f"http://t0psecretname:t0psecretpass@127.0.0.1:{chat.port}/T0PS3CRETPATH/hook?k=t0psecret%2Fquery"
    channel = make_channel(chat, team=north, now=now, address=address)
    plan(channel, now)
    plan(channel, now, key="tests:2")
    tell(now)
    send_due.call()
    assert chat.sent[0].path == "/T0PS3CRETPATH/hook?k=t0psecret%2Fquery"
    assert Delivery.objects.get(key="tests:1").answer.startswith(f"{status} Cannot POST /…/hook")
    seen = [serializers.serialize("json", model.objects.all()) for model in apps.get_models()] + [caplog.text]
    for client in (as_nadia, as_admin):
        seen += [client.get(path).text for path in ("/channels", f"/channels/{channel.pk}")]
        seen.append(client.get(f"/channels/{channel.pk}", headers={"Accept": "application/json"}).text)
    for secret in SECRETS:
        assert not [text for text in seen if secret in text]


def test_an_address_that_the_library_stumbles_over_is_said_nowhere_and_stops_nobody_else(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    plugin = forming._plugin

    def stumble(kind: str, address: str) -> Any:
        if "stumble" in address:
            raise KeyError(address)
        return plugin(kind, address)

    other = make_channel(chat, team=None, now=now, address=f"{chat.url}/stumble-s3cr3t")
    monkeypatch.setattr(forming, "_plugin", stumble)
    plan(other, now)
    plan(wins_channel, now, key="tests:2")
    assert tell(now) == {"accepted": 1, "refused": 1}
    assert Delivery.objects.get(key="tests:1").status == "rejected"
    assert "s3cr3t" not in caplog.text


def test_what_a_service_answered_is_forgotten_with_what_it_was_told(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    chat.text = '{"you said": "Signed! Camille, Groupe Valmy"}'
    plan(wins_channel, now)
    tell(now)
    assert actions.forget_texts(before=now + timedelta(days=1)) == 1
    one = Delivery.objects.get()
    assert (one.status, one.title, one.body, one.answer) == ("accepted", "", "", "")


# ---- answers


@pytest.mark.parametrize(
    ("text", "kept"),
    [("x" * 5_000_000, "200 " + "x" * 296), ("\x00\x01\ufffd\x7f\x1b[31mred", "200 \ufffd[31mred"), ("", "200")],
)
def test_an_answer_is_kept_as_its_beginning_however_long_or_strange(
    text: str, kept: str, chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    chat.text = text
    plan(wins_channel, now)
    assert tell(now) == {"accepted": 1}
    assert Delivery.objects.get().answer == kept


def test_an_answer_of_bytes_that_are_no_text_is_no_trouble(
    chat: ChatServer, wins_channel: ChatChannel, as_nadia: Client, now: datetime
) -> None:
    chat.status, chat.raw = 400, bytes(range(256)) * 8
    plan(wins_channel, now)
    assert tell(now) == {"refused": 1}
    assert Delivery.objects.get().answer.startswith("400 ")
    assert as_nadia.get(f"/channels/{wins_channel.pk}").status_code == 200


def test_no_markup_of_an_answer_reaches_the_page(
    chat: ChatServer, wins_channel: ChatChannel, as_nadia: Client, now: datetime
) -> None:
    chat.status, chat.text = 400, "<script>alert(1)</script>"
    plan(wins_channel, now)
    tell(now)
    shown = as_nadia.get(f"/channels/{wins_channel.pk}").text
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert" not in shown


@pytest.mark.parametrize("header", ["-5", "1e9", "99999999999", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "999999"])
def test_a_strange_wish_for_patience_puts_it_off_two_hours_at_most(
    header: str, chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    chat.status, chat.more = 429, {"Retry-After": header}
    plan(wins_channel, now)
    assert tell(now) == {"again": 1}
    assert now + timedelta(minutes=1) <= Delivery.objects.get().send_at <= now + timedelta(hours=2)


# ---- lines


@contextmanager
def _server(talk: Any) -> Iterator[int]:
    """Takes one line, and does with it what ``talk`` does, on a thread."""
    with socket.create_server(("127.0.0.1", 0)) as waiting:

        def take() -> None:
            line, _address = waiting.accept()
            with line:
                talk(line)

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield waiting.getsockname()[1]
        thread.join(20)


def test_a_service_that_never_ends_to_shake_hands_is_left_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends a byte of an encrypted greeting at a time, each within any time-out of one read."""
    monkeypatch.setattr(settings.CONFIG, "chat_private", True)
    monkeypatch.setattr(handing, "WHOLE", 0.4)
    left = threading.Event()

    def drip(line: socket.socket) -> None:
        line.recv(1000)
        line.sendall(b"\x16\x03\x03\x3f\xff\x02")
        for _byte in range(2000):
            try:
                line.sendall(b"\x00")
            except OSError:
                left.set()
                return
            left.wait(0.01)

    with _server(drip) as port:
        answer = hand_over(Post(f"https://127.0.0.1:{port}/hook", {}, b"{}"))
    assert answer.fate is Fate.AGAIN
    assert left.is_set()


def test_not_a_byte_leaves_without_encryption_for_another_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The permission to reach one's own network without it is none to be read on the internet."""
    monkeypatch.setattr(settings.CONFIG, "chat_private", True)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_any, **_more: [(2, 1, 6, "", ("93.184.216.34", 80))])
    lines: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda *given, **_more: lines.append(given))
    answer = hand_over(Post("http://chat.example/hook", {}, b"{}"))
    assert (answer.fate, answer.said, lines) == (Fate.REFUSED, "not encrypted", [])
    with pytest.raises(RebondError) as raised:
        looked_at("webhook", "http://chat.example/hook")
    assert raised.value.code == "chat_not_encrypted"


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fe80::1",
     "fec0::1", "::ffff:100.100.100.200", "64:ff9b::6464:64c8"],
)  # fmt: skip
def test_where_clouds_keep_their_secrets_is_not_reached_even_where_our_own_network_may_be(address: str) -> None:
    assert not networks.may_be_reached(address, own=True)


@pytest.mark.django_db(transaction=True)
def test_nobodys_writes_wait_while_the_network_is_asked_for_a_name(
    as_nadia: Client, north: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has one writer at a time: a name server that takes ten seconds must not stop a company for as long."""
    writing: list[bool] = []

    def resolve(*_any: Any, **_more: Any) -> Any:
        writing.append(connection.in_atomic_block)
        return [(2, 1, 6, "", ("93.184.216.34", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    given = {"name": "#wins", "kind": "slack", "address": ADDRESSES["slack"], "language": "en", "when": "now"}
    assert as_nadia.post("/channels/new", given | {"whose": str(north.pk)}).status_code == 302
    assert (writing, ChatChannel.objects.count()) == ([False], 1)


# ---- names that a stranger chose

NAME = "@channel *Bold* _x_ `code` [gift](https://evil.example)\n# Heading\r\n> quote <!here>\u2028" + "é" * 10_000


@pytest.mark.parametrize("kind", sorted(ADDRESSES))
def test_a_strangers_name_is_one_line_of_one_message_that_calls_nobody(
    kind: str, led_here: ChatServer, now: datetime
) -> None:
    channel = make_channel(led_here, team=None, now=now, kind=kind, address=ADDRESSES[kind])
    plan(channel, now, title=f"Signed! {NAME}", body="after 3 noes")
    assert tell(now) == {"accepted": 1}
    one = Delivery.objects.get()
    assert len(one.title) == 200
    assert not {"\n", "\r", "\u2028"} & {*one.title}
    [sent] = led_here.sent
    said = json.dumps(sent.said, ensure_ascii=False)
    assert len(said) < 3000
    if kind != "webhook":  # a program's own, which shows nothing by itself
        for call in ("@channel", "<!here>", "](http"):
            assert call not in said


def test_a_text_that_a_purpose_writes_with_breaks_in_its_title_has_one_line_there(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purposes, "_PURPOSES", dict(purposes._PURPOSES))
    purposes.register("tests.any", write=lambda _one, _at: Said("Signed!\nSigned again", "one\ntwo"))
    plan(wins_channel, now)
    tell(now)
    assert (chat.sent[0].said["title"], chat.sent[0].said["message"]) == ("Signed! Signed again", "one\ntwo")


# ---- what changes meanwhile


@pytest.mark.parametrize("what", ["ended", "off", "taken back"])
def test_what_an_earlier_try_wrote_is_not_kept_once_it_is_not_told(
    what: str, chat: ChatServer, wins_channel: ChatChannel, nadia: User, now: datetime
) -> None:
    chat.status = 503
    plan(wins_channel, now, subject="tests:1", title="Signed! Camille, Groupe Valmy")
    assert tell(now) == {"again": 1}
    if what == "ended":
        actions.end_channel(channel=wins_channel, actor=nadia, now=now)
    elif what == "off":
        actions.switch(channel=wins_channel, on=False, actor=nadia, now=now)
    else:
        actions.cancel_deliveries(subject="tests:1", actor=nadia, now=now)
    chat.status = 200
    assert tell(now + timedelta(hours=1)) == {}
    one = Delivery.objects.get()
    assert one.status in ("skipped", "cancelled")
    assert (one.title, one.body, len(chat.sent)) == ("", "", 1)


def test_what_its_guard_stops_at_a_later_try_is_not_kept_either(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = [""]
    monkeypatch.setattr(purposes, "_PURPOSES", dict(purposes._PURPOSES))
    purposes.register("tests.any", guard=lambda _one, _at: why[0])
    chat.status = 503
    plan(wins_channel, now)
    tell(now)
    why[0] = "wish_changed"
    assert tell(now + timedelta(hours=1)) == {"settled": 1}
    one = Delivery.objects.get()
    assert (one.status, one.reason, one.title, one.body) == ("skipped", "wish_changed", "", "")


def test_a_channel_that_ends_between_claim_and_hand_over_hears_nothing(
    chat: ChatServer, wins_channel: ChatChannel, nadia: User, now: datetime
) -> None:
    plan(wins_channel, now)
    [one] = actions.claim(worker="a", now=now).deliveries
    actions.end_channel(channel=wins_channel, actor=nadia, now=now)
    assert actions.begin(deliveries=[one], now=now, lease=LEASE) == set()
    assert tell(now + LEASE + timedelta(days=1)) == {}
    assert (Delivery.objects.get().reason, chat.sent) == ("channel_ended", [])


def test_one_that_is_due_when_its_channel_was_ended_by_other_hands_is_skipped(
    chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    """It ended in the moment between the look for channels and the plan: the plan comes last."""
    stale = ChatChannel.objects.get()
    actions.end_channel(channel=wins_channel, actor=None, now=now)
    plan(stale, now)
    assert tell(now) == {"settled": 1}
    assert (Delivery.objects.get().reason, chat.sent) == ("channel_ended", [])
