"""The outbox on a screen: administrators see every mail and decide; nobody else comes in."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.mail import actions
from rebond.mail.models import Message, MessageStatus
from tests.mail import purposes
from tests.mail.purposes import SECRET, plan
from tests.mail.server import SmtpServer
from tests.mail.test_sending import row, sent
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db


def unknown(key: str, now: datetime) -> Message:
    """A mail whose sender died while it handed it over."""
    message = plan(key, now)
    for mail in actions.claim(worker="a", now=now).mails:
        actions.begin_data(message=mail.message, now=now)
        actions.lose(message=mail.message, answer="gone", now=now)
    message.refresh_from_db()
    return message


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def walks(pk: int) -> list[tuple[str, str]]:
    one = f"/outbox/{pk}"
    return [("get", "/outbox"), ("get", one), ("post", f"{one}/resolve"), ("post", f"{one}/cancel")]


def test_only_administrators_come_in(as_camille: Client, as_nadia: Client, as_yanis: Client, now: datetime) -> None:
    message = plan("test:1", now)
    for method, path in walks(message.pk):
        assert [status(client, method, path) for client in (as_camille, as_nadia, as_yanis)] == [403, 403, 403]
        assert_signed_out_is_sent_to_sign_in(path, method)
    assert row("test:1").status == MessageStatus.PLANNED


def test_wrong_methods_change_nothing_and_absent_mails_are_not_found(as_admin: Client, now: datetime) -> None:
    message = unknown("test:1", now)
    for method, path in walks(message.pk):
        assert_wrong_method(as_admin, path, method)
    for method, path in walks(999_999)[1:]:
        assert status(as_admin, method, path) == 404
    assert row("test:1").status == MessageStatus.UNKNOWN


def test_the_list_counts_by_status_and_says_why_a_mail_did_not_go(
    as_admin: Client, smtp_server: SmtpServer, now: datetime
) -> None:
    purposes.guards["skipped"] = "changed"
    plan("skipped", now)
    plan("sent", now, recipient_name="<b>Hélène</b>")
    sent(now)
    plan("waits", now, send_at=now + timedelta(days=1))
    shown = as_admin.get("/outbox")
    assert [(value, count) for value, _label, count in shown.context["counts"]] == [
        ("planned", 1), ("accepted", 1), ("skipped", 1),
    ]  # fmt: skip
    text = shown.content.decode()
    assert "It changed." in text
    assert "No mail server is set" not in text
    assert "&lt;b&gt;Hélène&lt;/b&gt;" in text
    assert [one.key for one in as_admin.get("/outbox?status=planned").context["page"]] == ["waits"]
    assert len(as_admin.get("/outbox?status=eaten").context["page"]) == 3


def test_without_a_mail_server_the_outbox_says_so(as_admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.CONFIG, "mail_url", "")
    assert "No mail server is set" in page(as_admin, "/outbox")
    assert "No mail yet" in page(as_admin, "/outbox")
    monkeypatch.setattr(settings.CONFIG, "mail_url", "mail.valmy.example")
    assert "is not the address of a mail server" in page(as_admin, "/outbox")


def test_a_mail_shows_what_it_said_without_the_personal_link_and_what_became_of_it(
    as_admin: Client, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    message = plan("test:1", now, sender=camille)
    text = page(as_admin, f"/outbox/{message.pk}")
    assert "This one has not been written" in text
    sent(now)
    text = page(as_admin, f"/outbox/{message.pk}")
    for words in ("Email test:1", "[link]", "helene@valmy.example", "Camille Aubry", "250 2.0.0 taken", "A test"):
        assert words in text
    assert row("test:1").message_id.strip("<>") in text
    assert SECRET not in text
    assert "Take it back" not in text


@pytest.mark.parametrize(
    ("decision", "becomes", "told"),
    [("delivered", MessageStatus.ASSUMED_SENT, [("accepted", "test:1")]), ("again", MessageStatus.PLANNED, [])],
)
def test_an_administrator_decides_about_an_unknown_mail_once(
    as_admin: Client, admin_user: User, now: datetime, decision: str, becomes: str, told: list[tuple[str, str]]
) -> None:
    message = unknown("test:1", now)
    assert "nobody knows whether it arrived" in page(as_admin, "/outbox")
    assert "may arrive twice" in page(as_admin, f"/outbox/{message.pk}")
    assert as_admin.post(f"/outbox/{message.pk}/resolve", {"decision": "eaten"}).status_code == 400
    answer = as_admin.post(f"/outbox/{message.pk}/resolve", {"decision": decision}, follow=True)
    assert answer.status_code == 200
    assert row("test:1").status == becomes
    assert purposes.told == told
    entry = AuditEntry.objects.get(verb="mail.resolve")
    assert (entry.actor, entry.detail) == (admin_user, {"key": "test:1", "delivered": decision == "delivered"})
    assert as_admin.post(f"/outbox/{message.pk}/resolve", {"decision": "again"}).status_code == 409
    assert row("test:1").status == becomes


def test_an_administrator_takes_a_planned_mail_back_and_its_purpose_is_told(
    as_admin: Client, smtp_server: SmtpServer, now: datetime
) -> None:
    message = plan("test:1", now)
    assert "Take it back" in page(as_admin, f"/outbox/{message.pk}")
    assert as_admin.post(f"/outbox/{message.pk}/cancel").status_code == 302
    assert (row("test:1").status, row("test:1").reason) == (MessageStatus.CANCELLED, "by_hand")
    assert purposes.told == [("stopped", "test:1")]
    assert sent(now) == {}
    assert as_admin.post(f"/outbox/{message.pk}/cancel").status_code == 409


def test_a_thousand_mails_take_few_queries_and_come_in_pages(
    as_admin: Client, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Message.objects.bulk_create(
        Message(
            key=f"many:{n}", purpose="test.feedback", recipient=f"buyer{n}@valmy.example", fingerprint="f" * 64,
            planned_at=now + timedelta(seconds=n), send_at=now, message_id=f"<{n}@ours.example>",
        )
        for n in range(1000)
    )  # fmt: skip
    with django_assert_max_num_queries(12):
        shown = as_admin.get("/outbox?status=planned")
    assert [one.key for one in shown.context["page"]][:2] == ["many:999", "many:998"]
    assert len(shown.context["page"]) == 50
    assert len(shown.content) < 100_000
    assert "status=planned&amp;page=2" in shown.content.decode()
    for odd in ("0", "-1", "x", "999999"):
        assert as_admin.get("/outbox", {"page": odd}).status_code == 200
