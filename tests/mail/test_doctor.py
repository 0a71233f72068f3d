"""Whether our mail will arrive: records from a real name server, servers that answer, signatures that hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import RebondError
from rebond.cli import main
from rebond.jobs.models import Job, JobStatus
from rebond.mail import actions, doctor
from rebond.mail.boxes import checking, mailbox, secrets
from rebond.mail.doctor import house, servers, words
from rebond.mail.doctor.finding import Finding, Level, from_json
from rebond.mail.doctor.names import Names
from rebond.mail.guarding.guards import may_send_notes
from rebond.mail.models import Mailbox, Message, MessageStatus
from rebond.mail.outgoing import smtp
from rebond.mail.work.checks import PAUSES, look_for_check
from tests.mail.dns_server import OURS, DnsServer
from tests.mail.imap_server import PASSWORD, ImapServer
from tests.mail.server import SmtpServer
from tests.mail.test_sending import sent


def codes(findings: list[Finding]) -> dict[str, str]:
    return {one.about: one.code for one in findings}


# ---- the servers


def test_a_server_that_answers_is_in_order_and_one_that_is_gone_is_said_in_words(smtp_server: SmtpServer) -> None:
    assert servers.try_way_out(smtp.read(smtp_server.url)).code == "tls_here"
    assert smtp_server.received == []
    gone = servers.try_way_out(smtp.read("smtp://127.0.0.1:1"))
    assert (gone.code, gone.level) == ("out_unreachable", Level.WRONG)
    assert words.found_of(gone) == "127.0.0.1 does not answer at port 1."


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_server_that_speaks_no_encryption_is_not_taken_for_a_secure_one(smtp_server: SmtpServer, scheme: str) -> None:
    found = servers.try_way_out(smtp.read(smtp_server.url.replace("smtp:", f"{scheme}:")))
    assert found.code == "out_tls"


def test_a_user_nobody_knows_is_said_without_the_servers_own_words(smtp_server: SmtpServer) -> None:
    found = servers.try_way_out(smtp.read(smtp_server.url.replace("//", "//me:secret@")))
    assert (found.code, "secret" in str(found)) == ("out_login", False)


def test_an_inbox_that_is_gone_is_said_in_words() -> None:
    assert servers.try_way_in("imap://me:secret@127.0.0.1:1").code == "in_unreachable"
    assert servers.try_way_in("pop3://me@x.example").code == "in_bad_url"


# ---- the installation


@pytest.mark.django_db
def test_the_installation_is_looked_at(now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert codes(house.examine(now)) == {"data": "data_ok", "database": "database_ok", "worker": "worker_quiet"}
    monkeypatch.setattr(settings.CONFIG, "data", tmp_path / "gone")
    monkeypatch.setattr(house, "LEAST_FREE", 10**18)
    assert house.check_folder().code == "data_closed"
    monkeypatch.setattr(settings.CONFIG, "data", tmp_path)
    assert house.check_folder().code == "data_full"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "minutes", "code"),
    [("ready", -6, "worker_gone"), ("ready", -4, "worker_quiet"), ("done", -4, "worker_ok"),
     ("done", -6, "worker_quiet"), ("running", 1, "worker_ok"), ("running", -1, "worker_quiet")],
)  # fmt: skip
def test_a_worker_that_is_gone_is_noticed(now: datetime, status: str, minutes: int, code: str) -> None:
    import uuid

    at = now + timedelta(minutes=minutes)
    Job.objects.create(
        id=uuid.uuid4(), name="x", status=JobStatus(status), run_at=at, created_at=at, lease_until=at,
        finished_at=at if status == "done" else None,
    )  # fmt: skip
    assert house.check_worker(now).code == code


# ---- every finding has its words


def test_every_finding_is_said_in_whole_sentences_with_all_its_values() -> None:
    import re

    source = "".join(
        path.read_text()
        for path in Path(doctor.__file__).parent.glob("*.py")
        if path.name not in ("words.py", "relays.py")
    )
    made = set(re.findall(r"\b(?:ok|look|wrong|found)\(\s*\"\w+\", \"(\w+)\"", source)) | set(servers._TROUBLE.values())
    assert len(made) > 40
    assert made - set(words.WORDS) == set()
    for code, (found, _todo) in words.WORDS.items():
        assert str(found).endswith((".", "%(part)s", "%(missing)s", ").")) or "%(" in str(found), code


# ---- the signature (L02)


@pytest.fixture(scope="module")
def key() -> tuple[bytes, str]:
    """A private key in PEM, and the DNS record of its public half."""
    import base64

    made = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


ALL = (b"from", b"to", b"subject", b"list-unsubscribe", b"list-unsubscribe-post")


def signed(raw: bytes, private: bytes, *, by: str = OURS, covers: tuple[bytes, ...] = ALL) -> bytes:
    return dkim.sign(raw, b"sel", by.encode(), private, include_headers=list(covers)) + raw


@pytest.fixture
def box(now: datetime, smtp_server: SmtpServer, db: None) -> Mailbox:
    return mailbox.house(now=now)


@pytest.fixture
def came(box: Mailbox, smtp_server: SmtpServer, now: datetime, camille: User) -> bytes:
    """The check mail, as a mail server took it from us."""
    actions.check_mailbox(mailbox=box, actor=camille, now=now)
    assert sent(now) == {"accepted": 1}
    return smtp_server.received[0].raw


@pytest.mark.django_db
def test_the_check_mail_goes_to_the_mailbox_itself_with_the_headers_a_note_has(
    came: bytes, smtp_server: SmtpServer, box: Mailbox
) -> None:
    (got,) = smtp_server.received
    assert (got.recipients, got.mail["From"].addresses[0].addr_spec) == (["rebond@ours.example"], "rebond@ours.example")
    assert got.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https" in got.mail["List-Unsubscribe"] or "http" in got.mail["List-Unsubscribe"]
    assert Job.objects.filter(name="rebond.mail.work.checks.look_for_check").count() == 1


@pytest.mark.django_db
def test_a_check_mail_that_came_back_signed_lets_notes_leave(
    came: bytes, good: DnsServer, box: Mailbox, key: tuple[bytes, str], now: datetime, admin_user: User
) -> None:
    good.txt(f"sel._domainkey.{OURS}", key[1])
    assert not may_send_notes(box)
    found = checking.conclude(box, signed(came, key[0]), actor=admin_user, now=now)
    assert (found.code, found.values) == ("dkim_ok", {"domain": OURS, "selector": "sel"})
    kept = Mailbox.objects.get()
    assert (kept.checked_at, from_json(kept.found["signature"])) == (now, found)
    assert may_send_notes(kept)
    assert AuditEntry.objects.filter(verb="mail.note_checked", actor=admin_user).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("unsigned", "dkim_missing"),
        ("uncovered", "dkim_headers"),
        ("half covered", "dkim_headers"),
        ("changed", "dkim_bad"),
        ("no key", "dkim_bad"),
        ("another's", "dkim_not_aligned"),
        ("silent", "dns_silent"),
        ("garbage", "dkim_bad"),
    ],
)
def test_a_signature_that_proves_nothing_leaves_notes_where_they_are(
    came: bytes, good: DnsServer, box: Mailbox, key: tuple[bytes, str], now: datetime, spoil: str, code: str
) -> None:
    for name in (OURS, "mailer.example"):
        if spoil != "no key":
            good.txt(f"sel._domainkey.{name}", key[1])
    made = {
        "unsigned": lambda: came,
        "uncovered": lambda: signed(came, key[0], covers=ALL[:3]),
        "half covered": lambda: signed(came, key[0], covers=ALL[:4]),
        "changed": lambda: signed(came, key[0]).replace(b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        "another's": lambda: signed(came, key[0], by="mailer.example"),
        "garbage": lambda: b"DKIM-Signature: v=1; a=; b=\xff\r\n" + came,
    }
    raw = made.get(spoil, lambda: signed(came, key[0]))()
    if spoil == "silent":
        good.silent.add(f"sel._domainkey.{OURS}")
    found = checking.conclude(box, raw, actor=None, now=now)
    assert found.code == code
    assert Mailbox.objects.get().checked_at is None


@pytest.mark.django_db
def test_one_good_signature_among_others_is_enough(
    came: bytes, good: DnsServer, box: Mailbox, key: tuple[bytes, str], now: datetime
) -> None:
    good.txt(f"sel._domainkey.{OURS}", key[1])
    good.txt("sel._domainkey.mailer.example", key[1])
    raw = signed(signed(came, key[0]), key[0], by="mailer.example")
    assert checking.conclude(box, raw, actor=None, now=now).code == "dkim_ok"


@pytest.mark.django_db
def test_a_signature_that_stops_holding_stops_notes_and_a_silent_name_server_does_not(
    came: bytes, good: DnsServer, box: Mailbox, key: tuple[bytes, str], now: datetime
) -> None:
    good.txt(f"sel._domainkey.{OURS}", key[1])
    checking.conclude(box, signed(came, key[0]), actor=None, now=now)
    good.silent.add(f"sel._domainkey.{OURS}")
    checking.conclude(Mailbox.objects.get(), signed(came, key[0]), actor=None, now=now)
    assert Mailbox.objects.get().checked_at == now
    checking.conclude(Mailbox.objects.get(), came, actor=None, now=now)
    assert Mailbox.objects.get().checked_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("raw", [b"", b"From: somebody@else.example\r\n\r\nHello\r\n", b"\x00\xff" * 50])
def test_a_mail_of_somebody_else_proves_nothing(box: Mailbox, now: datetime, raw: bytes) -> None:
    with pytest.raises(RebondError) as caught:
        checking.conclude(box, raw, actor=None, now=now)
    assert caught.value.code == "not_this_mailbox"
    with pytest.raises(RebondError) as caught:
        checking.conclude(box, b"x" * (checking.LARGEST + 1), actor=None, now=now)
    assert caught.value.code == "too_large"


@pytest.mark.django_db
def test_a_mail_that_cannot_be_looked_for_is_looked_for_a_few_times_and_then_no_more(
    came: bytes, box: Mailbox, now: datetime
) -> None:
    message = box and actions.check_mailbox(mailbox=box, actor=None, now=now)
    Job.objects.all().delete()
    assert look_for_check.call(box.pk, message.pk, 1) == "later"
    assert Job.objects.get().kwargs == {"mailbox_id": box.pk, "message_id": message.pk, "look": 2}
    assert look_for_check.call(box.pk, message.pk, len(PAUSES) + 1) == "given_up"
    assert look_for_check.call(box.pk + 1, message.pk, 1) == "gone"
    assert Job.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("folder", ["INBOX", "Junk"])
def test_the_check_mail_is_found_again_in_a_real_mailbox(
    came: bytes, good: DnsServer, box: Mailbox, key: tuple[bytes, str], now: datetime, imap_server: ImapServer,
    folder: str,
) -> None:  # fmt: skip
    good.txt(f"sel._domainkey.{OURS}", key[1])
    (message,) = Message.objects.all()
    assert look_for_check.call(box.pk, message.pk, 1) == "later"
    imap_server.deliver(b"From: rebond@ours.example\r\nMessage-ID: <another@ours.example>\r\n\r\nHi\r\n", at=now)
    path = imap_server.deliver(signed(came, key[0]), at=now, folder=folder)
    assert look_for_check.call(box.pk, message.pk, 2) == "found"
    assert Mailbox.objects.get().checked_at is not None
    assert path.exists()  # looked at, and left as it was
    assert servers.try_way_in(imap_server.url).code == "in_ok"
    assert servers.try_way_in(imap_server.url.replace(PASSWORD, "wrong")).code == "in_login"


@pytest.mark.django_db
def test_each_check_is_a_mail_of_its_own(came: bytes, box: Mailbox, smtp_server: SmtpServer, now: datetime) -> None:
    again = actions.check_mailbox(mailbox=box, actor=None, now=now)
    assert again.key == f"mail.self_check:{box.pk}:2"
    assert sent(now) == {"accepted": 1}
    again.refresh_from_db()
    assert (again.status, len(smtp_server.received)) == (MessageStatus.ACCEPTED, 2)


# ---- the command


@pytest.mark.django_db(transaction=True)
def test_the_doctor_says_it_all_and_ends_with_one_when_something_is_wrong(
    good: DnsServer, smtp_server: SmtpServer, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    by_about = {one["about"]: one for one in told["findings"]}
    assert {about: one["code"] for about, one in by_about.items()} == {
        "data": "data_ok", "database": "database_ok", "worker": by_about["worker"]["code"], "tls": "tls_here",
        "inbox": "in_none", "spf": "spf_unseen", "dmarc": "dmarc_ok", "mx": "mx_ok", "ptr": "ptr_unseen",
        "dkim": "dkim_unchecked", "ledger": "ledger_ok",
    }  # fmt: skip
    assert [one.code for one in doctor.kept(Mailbox.objects.get())][-1] == "dkim_unchecked"
    del good.records[f"_dmarc.{OURS}", "TXT"]
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "Wrong: Policy of the domain (DMARC)\n" in said
    assert '  Publish: _dmarc.ours.example. TXT "v=DMARC1; p=none; rua=mailto:postmaster@ours.example"\n' in said


@pytest.mark.django_db(transaction=True)
def test_the_doctor_takes_a_check_mail_from_a_file(
    came: bytes, good: DnsServer, key: tuple[bytes, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good.txt(f"sel._domainkey.{OURS}", key[1])
    path = tmp_path / "check.eml"
    path.write_bytes(signed(came, key[0]))
    Job.objects.all().delete()  # the fixture's, which nobody does here
    assert main(["doctor", "--raw", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"][-1]["code"] == "dkim_ok"
    assert Mailbox.objects.get().checked_at is not None
    assert main(["doctor", "--raw", str(tmp_path / "nothing.eml")]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_the_doctor_sends_a_check_mail(good: DnsServer, smtp_server: SmtpServer, admin_user: User) -> None:
    assert main(["doctor", "--check", "--as", admin_user.email]) == 0
    assert sent(datetime.now(tz=UTC)) == {"accepted": 1}
    assert smtp_server.received[0].recipients == ["rebond@ours.example"]


@pytest.mark.django_db
def test_a_password_under_another_key_is_said_in_words(
    now: datetime, camille: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Mailbox.objects.create(
        owner=camille, address="camille@ours.example", created_at=now, updated_at=now,
        way_out=secrets.hide("smtp://127.0.0.1:1"),
    )  # fmt: skip
    monkeypatch.setattr(settings, "SECRET_KEY", "another one")
    (found,) = doctor.examine(box, Names())
    assert found.code == "secret_key_changed"
    assert "Enter the password again" in words.todo_of(found)
