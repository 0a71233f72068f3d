"""How many people call our mail unwanted, and when notes stop by themselves; Gmail's counter."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from rebond.accounts.models import User
from rebond.mail import actions
from rebond.mail.addresses import fingerprint
from rebond.mail.boxes import mailbox
from rebond.mail.guarding import guards, health, health_words
from rebond.mail.guarding.health import BULK, Complaints, Level
from rebond.mail.models import Halt, Mailbox, Message, Suppression
from rebond.mail.outgoing.compose import message_id
from rebond.mail.purposes import Later
from tests.mail.test_guards_of_notes import basis, left, note

pytestmark = pytest.mark.django_db


def many(count: int, at: datetime, start: int = 0, domain: str = "valmy.example", **more: object) -> list[Message]:
    values = {"purpose": "test.note", "planned_at": at, "send_at": at, "finished_at": at, "status": "accepted"}
    return Message.objects.bulk_create(
        Message(
            key=f"m{domain}{number}", recipient=f"p{number}@{domain}", fingerprint=fingerprint(f"p{number}@{domain}"),
            message_id=message_id(f"m{domain}{number}"), **(values | more),
        )
        for number in range(start, start + count)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("k", "n", "level"),
    [
        (0, 0, "too_few"), (5, 199, "too_few"), (0, 200, "fine"), (1, 1001, "fine"), (1, 1000, "warn"),
        (2, 1000, "warn"), (3, 1000, "stop"), (1, 200, "stop"), (29, 9999, "warn"),
    ],
)  # fmt: skip
def test_one_in_a_thousand_is_said_and_three_stop(k: int, n: int, level: str) -> None:
    assert Complaints(k, n).level is Level(level)


def test_the_complaint_that_is_one_too_many_stops_all_notes_and_nothing_else(now: datetime) -> None:
    sent = many(700, now - timedelta(days=2))
    actions.note_complaint(message=sent[0], address="", source="bounce", now=now)
    actions.note_complaint(message=sent[1], address="", source="bounce", now=now)
    assert not Halt.objects.exists()
    actions.note_complaint(message=sent[1], address="", source="bounce", now=now)  # the same again is no other
    assert not Halt.objects.exists()
    actions.note_complaint(message=sent[2], address="", source="bounce", now=now)
    stands = Halt.objects.get()
    assert (stands.covers, stands.because, stands.note) == ("cadence", "complaints", "3 / 700")
    assert Suppression.objects.filter(scope="all", why="complained").count() == 3
    basis(now)
    actions.sign_off(mailbox=mailbox.house(now=now), words="a test without DNS", actor=None, now=now)
    verdict = guards.look_at([note("test:1", now)], now)
    assert [one.reason for one in verdict.values() if isinstance(one, Later)] == ["halted"]


def test_only_the_last_seven_days_and_only_mail_to_people_outside_count(now: datetime) -> None:
    many(300, now - timedelta(days=7, seconds=1))
    many(250, now - timedelta(days=6), start=300)
    left("inside", now, "camille@rebond.example", purpose="test.inside")
    note("waits", now)
    assert health.complaints(now) == Complaints(0, 250)


def test_a_complaint_about_last_weeks_mail_counts_this_week(now: datetime) -> None:
    old = left("old", now - timedelta(days=20))
    many(250, now - timedelta(days=1))
    actions.note_complaint(message=old, address="", source="bounce", now=now)
    assert health.complaints(now) == Complaints(1, 250)


def test_the_screen_says_k_of_n_with_a_range_and_what_it_means(now: datetime) -> None:
    sent = many(1000, now - timedelta(days=1))
    (calm,) = health_words.said(now)
    assert (calm.level, calm.text) == (
        "ok",
        "0 of 1,000 mails of the last seven days were called unwanted. Nine times in ten the true share lies between "
        "0.00 and 0.26 %.",
    )
    actions.note_complaint(message=sent[0], address="", source="bounce", now=now)
    (careful,) = health_words.said(now)
    assert (careful.level, "1 of 1,000" in careful.text, "grow careful" in careful.text) == ("look", True, True)
    for one in sent[1:3]:
        actions.note_complaint(message=one, address="", source="bounce", now=now)
    (stopped,) = health_words.said(now)
    assert (stopped.level, "notes stop by themselves" in stopped.text) == ("wrong", True)


def test_few_mails_say_nothing_yet(now: datetime) -> None:
    many(3, now - timedelta(days=1))
    (line,) = health_words.said(now)
    assert (
        line.text == "0 of 3 mails of the last seven days were called unwanted. Below 200 mails that says nothing yet."
    )
    with translation.override("fr"):
        assert health_words.said(now)[0].level == "ok"


# ---- Gmail


def test_mail_to_gmail_is_counted_over_all_mailboxes_of_a_domain(now: datetime, camille: User) -> None:
    house = mailbox.house(now=now)
    Mailbox.objects.filter(pk=house.pk).update(address="rebond@ours.example")
    same = Mailbox.objects.create(owner=camille, address="camille@ours.example", created_at=now, updated_at=now)
    other = Mailbox.objects.create(address="x@elsewhere.example", created_at=now, updated_at=now)
    many(4, now, domain="gmail.com")
    many(3, now, domain="googlemail.com", mailbox=same)
    many(2, now, start=10, domain="gmail.com", mailbox=other)
    many(5, now - timedelta(days=1), start=20, domain="gmail.com")
    many(5, now, start=30, domain="notgmail.com")
    assert [(one.domain, one.most) for one in health.to_gmail(now)] == [("ours.example", 7), ("elsewhere.example", 2)]


@pytest.mark.parametrize(("count", "level", "words"), [(0.5, "ok", "of at most 5,000"), (0.8, "look", "spread them"),
                                                       (1, "wrong", "for good")])  # fmt: skip
def test_a_bulk_sender_is_warned_before_it_is_one(count: float, level: str, words: str) -> None:
    line = health_words._gmail(health.ToGmail("ours.example", int(BULK * count)))
    assert (line.level, words in line.text) == (level, True)


def test_both_screens_show_how_it_stands(as_admin: Client, now: datetime) -> None:
    many(250, timezone.now())
    for path in ("/mailboxes", "/outbox"):
        assert "0 of 250 mails of the last seven days" in as_admin.get(path).content.decode()
