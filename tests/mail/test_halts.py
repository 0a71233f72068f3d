"""The button that stops mail, and what leaves when it is let go."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict
from rebond.jobs.models import Job
from rebond.mail import actions
from rebond.mail.models import Halt
from tests.mail.purposes import plan
from tests.mail.server import SmtpServer
from tests.mail.test_guards_of_notes import note
from tests.mail.test_sending import row, sent
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db


def test_everything_stops_and_leaves_again(
    smtp_server: SmtpServer, as_admin: Client, admin_user: User, now: datetime
) -> None:
    told = as_admin.post("/outbox/halt", {"covers": "everything", "note": "the list was wrong"}, follow=True)
    page = " ".join(told.content.decode().split())
    assert "All mail is stopped: one of us stopped it." in page
    assert "Alix Admin: the list was wrong" in page
    plan("test:1", now)
    assert "accepted" not in sent(now)
    assert smtp_server.received == []
    stands = Halt.objects.get()
    assert (stands.covers, stands.because, stands.by) == ("everything", "operator", admin_user)
    Job.objects.all().delete()
    assert as_admin.post(f"/outbox/halt/{stands.pk}/lift").status_code == 302
    stands.refresh_from_db()
    assert (stands.lifted_by, stands.lifted_at is not None) == (admin_user, True)
    assert Job.objects.filter(name="rebond.mail.work.sending.send_due").exists()
    assert sent(now + timedelta(hours=2)) == {"accepted": 1}
    assert row("test:1").status == "accepted"
    assert list(AuditEntry.objects.filter(verb__contains="halt").order_by("pk").values_list("verb", flat=True)) == [
        "mail.halt", "mail.lift_halt",
    ]  # fmt: skip


def test_the_same_twice_is_once_and_another_reason_is_another(now: datetime, camille: User) -> None:
    first = actions.halt(covers="cadence", because="operator", actor=camille, now=now)
    assert actions.halt(covers="cadence", because="operator", actor=None, now=now).pk == first.pk
    assert actions.halt(covers="cadence", because="complaints", actor=None, now=now).pk != first.pk
    actions.lift_halt(halt=first, actor=camille, now=now)
    with pytest.raises(Conflict) as caught:
        actions.lift_halt(halt=first, actor=camille, now=now)
    assert caught.value.code == "already_lifted"
    assert actions.halt(covers="cadence", because="operator", actor=camille, now=now).pk != first.pk


@pytest.mark.parametrize(("covers", "because"), [("some", "operator"), ("cadence", "boredom")])
def test_what_does_not_exist_is_a_slip(now: datetime, covers: str, because: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        actions.halt(covers=covers, because=because, actor=None, now=now)
    assert not Halt.objects.exists()


def test_what_a_halt_held_back_is_due_and_what_something_else_holds_is_not(now: datetime) -> None:
    stands = actions.halt(covers="cadence", because="operator", actor=None, now=now)
    later = now + timedelta(hours=1)
    held = note("held", now, reason="halted", send_at=later)
    other = note("other", now, "b@valmy.example", reason="too_soon", send_at=later)
    actions.lift_halt(halt=stands, actor=None, now=now)
    held.refresh_from_db()
    other.refresh_from_db()
    assert (held.send_at, other.send_at) == (now, later)


def test_only_administrators_stop_mail_and_let_it_go(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client
) -> None:
    stands = actions.halt(covers="everything", because="restored", since=timezone.now(), actor=None, now=timezone.now())
    for path in ("/outbox/halt", f"/outbox/halt/{stands.pk}/lift"):
        assert [status(client, "post", path) for client in (as_camille, as_nadia, as_yanis)] == [403] * 3
        assert_signed_out_is_sent_to_sign_in(path, "post")
        assert_wrong_method(as_admin, path, "post")
    assert as_admin.post("/outbox/halt", {"covers": "the world"}).status_code == 400
    assert status(as_admin, "post", "/outbox/halt/999999/lift") == 404
    assert Halt.objects.get().lifted_at is None
