"""``rebond channels``: lists what there is, tries one and says what became of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from rebond.accounts.models import Team, User
from rebond.channels import actions, outgoing
from rebond.channels.actions.claiming import LEASE
from rebond.channels.fates import Answer, Fate
from rebond.channels.models import ChatChannel, Delivery
from rebond.channels.work import KEPT, tidy
from rebond.cli import main
from tests.channels.making import make_channel, plan, tell
from tests.channels.server import ChatServer

pytestmark = pytest.mark.django_db


def test_it_lists_the_channels_and_no_address(
    chat: ChatServer, wins_channel: ChatChannel, south: Team, nadia: User, now: datetime,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    make_channel(chat, team=south, now=now, name="#south")
    plan(wins_channel, now)
    tell(now)
    assert main(["channels", "list", "--json"]) == 0
    said = capsys.readouterr().out
    assert [one["name"] for one in json.loads(said)["channels"]] == ["#south", "#wins"]
    assert json.loads(said)["channels"][1]["last"]["status"] == "accepted"
    assert str(chat.port) not in said
    assert main(["channels", "list", "--as", str(nadia.email)]) == 0
    assert "#south" not in capsys.readouterr().out


@pytest.mark.parametrize(("status", "code", "word"), [(200, 0, "accepted"), (404, 1, "rejected"), (500, 1, "deferred")])
def test_it_tries_one_and_says_what_became_of_it(
    status: int, code: int, word: str, chat: ChatServer, wins_channel: ChatChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    chat.status = status
    assert main(["channels", "try", str(wins_channel.pk), "--json"]) == code
    assert json.loads(capsys.readouterr().out)["status"] == word
    assert len(chat.sent) == 1
    assert Delivery.objects.get().status == word


def test_one_that_is_not_theirs_is_not_found(chat: ChatServer, south: Team, nadia: User, now: datetime) -> None:
    others = make_channel(chat, team=south, now=now)
    assert main(["channels", "try", str(others.pk), "--as", str(nadia.email)]) == 2
    assert not Delivery.objects.exists()


def test_what_a_message_said_is_forgotten_after_a_month(chat: ChatServer, wins_channel: ChatChannel) -> None:
    long_ago = timezone.now() - KEPT - timedelta(hours=1)
    for key, at in (("tests:old", long_ago), ("tests:new", timezone.now())):
        plan(wins_channel, at, key=key)
        tell(at)
    assert tidy.call() == 1
    assert list(Delivery.objects.order_by("planned_at").values_list("title", "status")) == [
        ("", "accepted"), ("Signed", "accepted")
    ]  # fmt: skip


def test_a_try_that_a_worker_has_in_hand_is_waited_for(
    chat: ChatServer, wins_channel: ChatChannel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worker beside the server takes it before the command does: its word is the fate, not "being sent"."""
    held: list[Delivery] = []

    def taken_by_a_worker(*, clock: Callable[[], datetime], until: datetime) -> None:
        assert clock() < until
        [one] = actions.claim(worker="another", now=clock()).deliveries
        actions.begin(deliveries=[one], now=clock(), lease=LEASE)
        held.append(one)

    def later(_seconds: float) -> None:
        actions.note(delivery=held[0], answer=Answer(Fate.ACCEPTED, "200 ok"), now=timezone.now())

    monkeypatch.setattr(outgoing, "send", taken_by_a_worker)
    monkeypatch.setattr(time, "sleep", later)
    assert main(["channels", "try", str(wins_channel.pk), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "accepted"
