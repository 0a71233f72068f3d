"""A colleague's own mailbox, the installation's, and what the screens say of them; real servers on loopback."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import RebondError
from rebond.mail import actions, doctor
from rebond.mail.boxes import mailbox, secrets
from rebond.mail.boxes.form import MailboxForm, initial_for
from rebond.mail.doctor.names import Names
from rebond.mail.models import Mailbox, Message, MessageStatus
from rebond.mail.outgoing import smtp
from tests.factories import make_user
from tests.mail.dns_server import naming
from tests.mail.server import SmtpServer
from tests.mail.test_guards_of_notes import left, note
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db
PASSWORD = "p:a/ss@w0rd"


@pytest.fixture(autouse=True)
def _a_quiet_dns(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A name server that knows nothing, so that no test asks the world."""
    monkeypatch.setattr(settings.CONFIG, "mail_from", "Rebond <rebond@ours.example>")
    with naming() as server:
        monkeypatch.setattr(doctor, "names", lambda: Names(server.resolver()))
        yield


def typed(port: int, **more: Any) -> dict[str, Any]:
    values = {
        "address": "Camille@ours.example", "name": "Camille Aubry", "out_host": "127.0.0.1", "out_port": port,
        "out_kind": "smtp", "user": "", "password": PASSWORD, "in_host": "", "in_port": "", "in_kind": "imaps",
        "per_minute": 10, "per_day": 200, "is_on": "on",
    }  # fmt: skip
    return values | more


def own(owner: User, now: datetime, **more: Any) -> Mailbox:
    values = {"address": f"{owner.first_name.lower()}@ours.example", "created_at": now, "updated_at": now}
    return Mailbox.objects.create(owner=owner, **(values | more))


# ---- connecting one's own


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_seller_connects_their_own_address_and_its_password_is_never_seen_again(
    as_camille: Client, camille: User
) -> None:
    from tests.mail.server import serving

    with serving(login=("camille@ours.example", PASSWORD)) as server:
        answer = as_camille.post("/mailboxes/mine", typed(server.port, user="camille@ours.example"), follow=True)
        told = answer.content.decode()
        assert "the servers let us in" in told
        box = Mailbox.objects.get(owner=camille)
        assert (box.address, box.per_day, box.is_on, box.checked_at) == ("camille@ours.example", 200, True, None)
        assert mailbox.way_out_of(box) == smtp.Server(
            "smtp", "127.0.0.1", server.port, "camille@ours.example", PASSWORD
        )
        # Another limit, and no password typed: the stored one stays.
        as_camille.post("/mailboxes/mine", typed(server.port, password="", per_day=50))
    box.refresh_from_db()
    out = mailbox.way_out_of(box)
    assert (box.per_day, isinstance(out, smtp.Server) and out.password) == (50, PASSWORD)
    pages = told + as_camille.get("/mailboxes/mine").content.decode()
    stored = str(list(Mailbox.objects.values())) + str(list(AuditEntry.objects.values()))
    assert PASSWORD not in pages + stored
    assert "camille@ours.example" not in str(list(AuditEntry.objects.values_list("detail")))


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_what_goes_wrong_is_said_in_words_and_what_was_typed_is_kept(as_camille: Client, camille: User) -> None:
    from tests.mail.server import serving

    with serving(login=("camille@ours.example", "right")) as server:
        told = as_camille.post("/mailboxes/mine", typed(server.port), follow=True).content.decode()
    assert "Saved, but it does not work yet. 127.0.0.1 does not accept user and password." in told
    gone = as_camille.post("/mailboxes/mine", typed(1), follow=True).content.decode()
    assert "127.0.0.1 does not answer at port 1." in gone
    away = as_camille.post("/mailboxes/mine", typed(1, in_host="127.0.0.1", in_port=1), follow=True).content.decode()
    assert "127.0.0.1 does not answer" in away
    assert mailbox.way_in_of(Mailbox.objects.get(owner=camille)).startswith("imaps://Camille%40ours.example:")


@pytest.mark.parametrize(
    "more",
    [
        {"address": "nobody"}, {"out_host": "a b"}, {"out_host": "http://x"}, {"out_host": "x..y"}, {"out_port": 0},
        {"out_port": 70_000}, {"out_kind": "ftp"}, {"in_host": "/etc/passwd"}, {"per_day": -1}, {"out_host": ""},
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_not_saved(as_camille: Client, more: dict[str, Any]) -> None:
    answer = as_camille.post("/mailboxes/mine", typed(25, **more))
    assert answer.status_code == 200
    assert "Not saved yet" in answer.content.decode()
    assert not Mailbox.objects.exists()


def test_two_people_cannot_have_one_address(as_camille: Client, yanis: User, now: datetime) -> None:
    own(yanis, now, address="camille@ours.example")
    answer = as_camille.post("/mailboxes/mine", typed(25))
    assert answer.status_code == 400
    assert "Another mailbox has this address" in answer.content.decode()
    assert Mailbox.objects.get().owner == yanis


@pytest.mark.parametrize("service", ["gmail", "microsoft", "ovh", "infomaniak", "ionos", "gandi", "fastmail"])
def test_a_known_service_fills_its_servers_in_and_no_password(as_camille: Client, service: str) -> None:
    told = as_camille.get(f"/mailboxes/mine?service={service}").content.decode()
    shown = initial_for(None, service, "", "")
    assert f'value="{shown["out_host"]}"' in told
    assert shown["in_host"] in told
    if service in ("gmail", "microsoft"):
        assert "not built yet" in told


def test_an_unknown_service_is_no_service(as_camille: Client) -> None:
    assert as_camille.get("/mailboxes/mine?service=%27%22%3E").status_code == 200


def test_another_way_out_must_pass_its_own_check_and_another_limit_need_not(
    camille: User, now: datetime, as_camille: Client
) -> None:
    way = f"smtp://Camille%40ours.example:{'p'}@127.0.0.1:1"
    box = own(camille, now, way_out=secrets.hide(way), checked_at=now, found={"signature": {}})
    as_camille.post("/mailboxes/mine", typed(1, password="", per_day=7))
    box.refresh_from_db()
    assert (box.per_day, box.checked_at) == (7, now)
    as_camille.post("/mailboxes/mine", typed(2, password=""))
    box.refresh_from_db()
    assert (box.checked_at, "signature" in box.found) == (None, False)


def test_a_password_under_another_secret_key_is_asked_for_again(
    camille: User, now: datetime, as_camille: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(settings, "SECRET_KEY", "the key before")
        hidden = secrets.hide("smtp://me:secret@127.0.0.1:1")
    box = own(camille, now, way_out=hidden)
    with pytest.raises(RebondError) as caught:
        mailbox.way_out_of(box)
    assert caught.value.code == "secret_key_changed"
    assert as_camille.get("/mailboxes/mine").status_code == 200
    assert as_camille.get(f"/mailboxes/{box.pk}").status_code == 200
    told = as_camille.post(f"/mailboxes/{box.pk}/check", {"do": "examine"}, follow=True).content.decode()
    assert "stored under another secret key" in told
    as_camille.post("/mailboxes/mine", typed(1, password="new"))
    box.refresh_from_db()
    assert mailbox.way_out_of(box) == smtp.Server("smtp", "127.0.0.1", 1, "Camille@ours.example", "new")


def test_what_was_typed_survives_the_way_into_an_address_and_back() -> None:
    form = MailboxForm(typed(2525, out_kind="smtp+starttls", user="a@b:c/d", out_host="2001:db8::1"))
    assert form.is_valid(), form.errors
    out, _into = form.ways(None)
    assert smtp.read(out) == smtp.Server("smtp+starttls", "2001:db8::1", 2525, "a@b:c/d", PASSWORD)


# ---- which mailbox


def test_the_installations_own_follows_the_settings(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    box = mailbox.house(now=now)
    assert (box.address, box.name, box.is_house, box.per_day) == ("rebond@ours.example", "Rebond", True, 0)
    assert mailbox.house(now=now).pk == box.pk
    actions.sign_off(mailbox=box, words="a relay of our own", actor=None, now=now)
    monkeypatch.setattr(settings.CONFIG, "mail_per_day", 500)
    assert (mailbox.house(now=now).per_day, mailbox.house(now=now).found != {}) == (500, True)
    monkeypatch.setattr(settings.CONFIG, "mail_from", "rebond@elsewhere.example")
    moved = mailbox.house(now=now)
    assert (moved.pk, moved.address, moved.found) == (box.pk, "rebond@elsewhere.example", {})
    assert Mailbox.objects.count() == 1


def test_a_mailbox_that_is_off_or_missing_is_nobodys(camille: User, yanis: User, now: datetime) -> None:
    box = own(camille, now)
    assert mailbox.of(camille) == box
    assert mailbox.of(yanis) is None
    actions.turn_mailbox(mailbox=box, on=False, actor=camille, now=now)
    assert mailbox.of(camille) is None


def test_without_a_way_of_its_own_a_mailbox_uses_the_installations(
    camille: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.CONFIG, "mail_url", "smtp://relay.ours.example")
    monkeypatch.setattr(settings.CONFIG, "inbox_url", "imaps://me:x@imap.ours.example")
    assert mailbox.way_out_of(None) == mailbox.way_out_of(own(camille, now)) == smtp.read("smtp://relay.ours.example")
    assert mailbox.way_in_of(mailbox.house(now=now)) == "imaps://me:x@imap.ours.example"
    assert mailbox.way_in_of(Mailbox.objects.get(owner=camille)) == ""
    monkeypatch.setattr(settings.CONFIG, "mail_url", "")
    assert mailbox.way_out_of(None) is None


# ---- resting, off, forgotten


def test_what_a_mailbox_held_back_is_due_when_it_works_again(camille: User, as_admin: Client, now: datetime) -> None:
    box = own(camille, now)
    actions.pause_mailbox(mailbox=box, until=now + timedelta(days=400), because="policy", actor=None, now=now)
    actions.pause_mailbox(mailbox=box, until=now + timedelta(days=1), because="policy", actor=None, now=now)
    box.refresh_from_db()
    assert box.paused_until == now + timedelta(days=400)  # the longer one stays
    later = timezone.now() + timedelta(days=300)
    held = note("held", now, mailbox=box, reason="mailbox_rests", send_at=later)
    other = note("other", now, "b@valmy.example", mailbox=box, reason="too_soon", send_at=later)
    assert as_admin.post(f"/mailboxes/{box.pk}/resume", {"do": "resume"}).status_code == 302
    held.refresh_from_db()
    other.refresh_from_db()
    box.refresh_from_db()
    assert (box.paused_until, held.send_at < timezone.now(), other.send_at) == (None, True, later)


def test_a_colleague_turns_their_own_off_and_on_and_forgets_its_passwords(
    as_camille: Client, camille: User, now: datetime
) -> None:
    box = own(camille, now, way_out=secrets.hide("smtp://a:b@127.0.0.1:1"), checked_at=now)
    left("sent", now, mailbox=box)
    for do, on in (("off", False), ("on", True)):
        as_camille.post(f"/mailboxes/{box.pk}/resume", {"do": do})
        box.refresh_from_db()
        assert box.is_on is on
    as_camille.post(f"/mailboxes/{box.pk}/resume", {"do": "forget"})
    box.refresh_from_db()
    assert (box.way_out, box.is_on, box.checked_at) == ("", False, None)
    assert Message.objects.get().mailbox == box
    assert as_camille.post(f"/mailboxes/{box.pk}/resume", {"do": "resume"}).status_code == 403
    assert as_camille.post(f"/mailboxes/{box.pk}/resume", {"do": "explode"}).status_code == 400


def test_the_installations_own_is_not_forgotten(as_admin: Client, now: datetime) -> None:
    box = mailbox.house(now=now)
    assert as_admin.post(f"/mailboxes/{box.pk}/resume", {"do": "forget"}).status_code == 409
    assert mailbox.house(now=now).is_on


# ---- the screens


def test_the_screen_of_all_mailboxes_says_what_left_and_how_each_stands(
    as_admin: Client, camille: User, yanis: User, nadia: User, now: datetime
) -> None:
    today = timezone.now()
    house = mailbox.house(now=now)
    first, second, _third = (
        own(camille, now, per_day=50, checked_at=now),
        own(yanis, now, is_on=False),
        own(nadia, now, paused_until=today + timedelta(days=1), paused_because="policy"),
    )
    for number in range(3):
        left(f"n{number}", today, f"p{number}@valmy.example", mailbox=first)
    left("house", today, mailbox=None)
    left("house too", today, mailbox=house)
    left("long ago", today - timedelta(days=2), mailbox=second)
    told = " ".join(as_admin.get("/mailboxes").content.decode().split())
    for words in ("3 of 50", "Checked", "Off", "Rests", "Not checked yet", "The installation’s own"):
        assert words in told
    assert told.count('data-label="Left today">2<') == 1
    assert "0 of 6 mails of the last seven days were called unwanted." in told


def test_a_thousand_mailboxes_cost_as_many_queries_as_one(
    as_admin: Client, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    people = [make_user(f"Person {n}", team=None, email=f"p{n}@rebond.example") for n in range(30)]
    Mailbox.objects.bulk_create(
        [Mailbox(owner=one, address=f"m{one.pk}@ours.example", created_at=now, updated_at=now) for one in people]
        + [Mailbox(address=f"x{n}@ours.example", created_at=now, updated_at=now) for n in range(970)]
    )
    mailbox.house(now=now)
    as_admin.get("/mailboxes")
    with django_assert_max_num_queries(20):
        told = as_admin.get("/mailboxes").content.decode()
    assert "x0@ours.example" in told
    assert told.count("data-row") == 50


def walks(pk: int) -> list[tuple[str, str]]:
    return [("get", f"/mailboxes/{pk}"), ("post", f"/mailboxes/{pk}/check"), ("post", f"/mailboxes/{pk}/resume")]


def test_a_mailbox_is_its_owners_and_the_administrators(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, camille: User, now: datetime
) -> None:
    box = own(camille, now)
    for method, path in walks(box.pk):
        assert [status(client, method, path) for client in (as_nadia, as_yanis)] == [404, 404]
        assert_signed_out_is_sent_to_sign_in(path, method)
        assert_wrong_method(as_camille, path, method)
        assert status(as_admin, method, path) in (200, 400)
        assert status(as_camille, method, path) in (200, 400)
    for method, path in walks(999_999):
        assert status(as_admin, method, path) == 404
    house = mailbox.house(now=now)
    for method, path in walks(house.pk):
        assert status(as_camille, method, path) == 404


def test_the_list_is_for_administrators_and_ones_own_for_everybody(
    as_camille: Client, as_nadia: Client, as_admin: Client
) -> None:
    assert [status(client, "get", "/mailboxes") for client in (as_camille, as_nadia, as_admin)] == [403, 403, 200]
    assert [status(client, "get", "/mailboxes/mine") for client in (as_camille, as_nadia, as_admin)] == [200] * 3
    for path in ("/mailboxes", "/mailboxes/mine"):
        assert_signed_out_is_sent_to_sign_in(path)
    assert_wrong_method(as_admin, "/mailboxes", "get")


def test_a_check_is_started_looked_for_and_pasted_from_the_screen(
    as_camille: Client, camille: User, smtp_server: SmtpServer, now: datetime
) -> None:
    box = own(camille, now)
    path = f"/mailboxes/{box.pk}/check"
    assert "No check mail has come back yet" in as_camille.get(f"/mailboxes/{box.pk}").content.decode()
    told = as_camille.post(path, {"do": "send"}, follow=True).content.decode()
    assert "A check mail is on its way" in told
    planned = Message.objects.get()
    assert (planned.recipient, planned.mailbox, planned.status, planned.purpose) == (
        "camille@ours.example", box, MessageStatus.PLANNED, "mail.self_check",
    )  # fmt: skip
    told = as_camille.post(path, {"do": "look"}, follow=True).content.decode()
    assert "has not arrived where we can see it" in told
    raw = "From: camille@ours.example\r\nSubject: x\r\n\r\nHello\r\n"
    told = as_camille.post(path, {"do": "raw", "raw": raw}, follow=True).content.decode()
    assert "The check mail came back unsigned." in told
    assert as_camille.post(path, {"do": "raw", "raw": "From: x@y.example\n\nHi"}).status_code == 400
    assert as_camille.post(path, {"do": ""}).status_code == 400
    assert Mailbox.objects.get(pk=box.pk).checked_at is None


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_password_that_mail_servers_cannot_be_told_is_said_to_be_wrong(as_camille: Client) -> None:
    from tests.mail.server import serving

    with serving(login=("camille@ours.example", "right")) as server:
        told = as_camille.post("/mailboxes/mine", typed(server.port, password="wörd"), follow=True).content.decode()
    assert "does not accept user and password" in told


def test_an_administrator_signs_off_in_writing_and_nobody_else_does(
    as_camille: Client, as_admin: Client, admin_user: User, camille: User, now: datetime
) -> None:
    box = own(camille, now)
    waits = note("waits", now, mailbox=box, reason="mailbox_not_checked", send_at=timezone.now() + timedelta(hours=1))
    path, words = f"/mailboxes/{box.pk}/check", "Our relay signs nothing yet; ten notes a week."
    assert as_camille.post(path, {"do": "sign_off", "words": words}).status_code == 403
    assert as_admin.post(path, {"do": "sign_off", "words": "ok"}).status_code == 400
    told = as_admin.post(path, {"do": "sign_off", "words": words}, follow=True).content.decode()
    assert words in told
    box.refresh_from_db()
    waits.refresh_from_db()
    assert (box.found["signed_off"]["words"], box.found["signed_off"]["by"]) == (words, "Alix Admin")
    assert waits.send_at <= timezone.now()
    assert AuditEntry.objects.get(verb="mail.sign_off").actor == admin_user


def test_a_slow_look_overwrites_nothing_that_was_changed_meanwhile(camille: User, now: datetime) -> None:
    box = own(camille, now)
    stale = Mailbox.objects.get(pk=box.pk)
    actions.turn_mailbox(mailbox=box, on=False, actor=camille, now=now)
    actions.sign_off(mailbox=box, words="a relay of our own", actor=None, now=now)
    actions.note_found(mailbox=stale, found={"findings": []}, actor=None, now=now)
    box.refresh_from_db()
    assert (box.is_on, sorted(box.found)) == (False, ["findings", "signed_off"])
