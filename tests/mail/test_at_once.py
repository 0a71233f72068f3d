"""Two connections at the same moment, on a real database file or server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from django.db import connection

from rebond.mail import actions
from rebond.mail.models import Message, MessageStatus, Suppression
from rebond.mail.purposes import _PURPOSES, Letter
from tests.mail import purposes
from tests.mail.purposes import plan
from tests.mail.test_sending import row

pytestmark = pytest.mark.django_db(transaction=True)


def beside(what: Callable[[], object]) -> threading.Thread:
    """Runs it in a thread with a connection of its own."""

    def body() -> None:
        try:
            what()
        finally:
            connection.close()

    thread = threading.Thread(target=body)
    thread.start()
    return thread


def test_silence_said_while_a_sender_is_writing_the_mail_wins(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    plan("test:1", now)
    writing, go_on = threading.Event(), threading.Event()

    def slowly(message: Message, now: datetime) -> str:
        writing.set()
        go_on.wait(20)
        return ""

    def hush() -> None:
        actions.suppress(address="helene@valmy.example", scope="all", why="asked", source="x", actor=None, now=now)

    monkeypatch.setitem(_PURPOSES, "test.feedback", replace(purposes.FEEDBACK, guard=slowly))
    taken: list[actions.Claim] = []
    sender = beside(lambda: taken.append(actions.claim(worker="a", now=now)))
    assert writing.wait(20)  # past its look at the suppressions
    silence = beside(hush)
    silence.join(0.3)  # it has to wait for the claim
    assert not Suppression.objects.exists()
    go_on.set()
    sender.join(20)
    silence.join(20)
    (mail,) = taken[0].mails
    assert not actions.begin_data(message=mail.message, now=now)
    assert (row("test:1").status, row("test:1").reason) == (MessageStatus.CANCELLED, "suppressed")


@pytest.mark.parametrize("what", ["plan", "suppress"])
def test_the_same_thing_said_four_times_at_once_is_said_once(now: datetime, what: str) -> None:
    start = threading.Barrier(4)

    def say() -> None:
        start.wait(20)
        if what == "plan":
            found.append(plan("test:1", now).pk)
        else:
            address = "helene@valmy.example"
            found.append(
                actions.suppress(address=address, scope="all", why="asked", source="x", actor=None, now=now).pk
            )

    found: list[int] = []
    for thread in [beside(say) for _one in range(4)]:
        thread.join(30)
    assert len(found) == 4
    assert len(set(found)) == 1
    assert Message.objects.count() + Suppression.objects.count() == 1


def test_four_senders_at_once_never_claim_the_same_mail(now: datetime) -> None:
    for number in range(20):
        plan(f"test:{number}", now)
    start, taken = threading.Barrier(4), []

    def take() -> None:
        start.wait(20)
        for _round in range(5):
            taken.extend(mail.message.key for mail in actions.claim(worker="a", now=now, limit=3).mails)

    for thread in [beside(take) for _one in range(4)]:
        thread.join(30)
    assert sorted(taken) == sorted(f"test:{number}" for number in range(20))


def test_a_letter_says_nothing_of_its_text_when_it_is_printed(now: datetime) -> None:
    purposes.letters["test:1"] = Letter("Subject", "http://personal.example")
    plan("test:1", now)
    assert "personal.example" not in repr(actions.claim(worker="a", now=now))
