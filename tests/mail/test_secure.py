"""Encrypted and signed in: nothing leaves in the clear that should not, and a wrong password loses no mail."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from rebond.mail import actions
from rebond.mail.models import MessageStatus
from rebond.mail.outgoing.smtp import read
from rebond.web.settings import _mail
from tests.mail.purposes import plan
from tests.mail.server import serving
from tests.mail.test_sending import row, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1, and its key, in one file; nobody trusts it yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink.test")])
    builder = x509.CertificateBuilder(
        issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=x509.random_serial_number(),
        not_valid_before=datetime(2020, 1, 1, tzinfo=UTC), not_valid_after=datetime(2100, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    for_us = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = builder.add_extension(for_us, critical=False).sign(key, hashes.SHA256())
    path = tmp_path / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def secure(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("starttls", [False, True], ids=["smtps", "starttls"])
def test_mail_goes_encrypted_to_a_server_we_trust(
    certificate: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, starttls: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(secure=secure(certificate), starttls=starttls) as server:
        monkeypatch.setattr(settings.CONFIG, "mail_url", server.url)
        plan("test:1", now)
        plan("test:2", now)
        assert sent(now) == {"accepted": 2}
        assert len(server.received) == 2


@pytest.mark.parametrize("starttls", [False, True], ids=["smtps", "starttls"])
def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(
    certificate: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, starttls: bool
) -> None:
    with serving(secure=secure(certificate), starttls=starttls) as server:
        monkeypatch.setattr(settings.CONFIG, "mail_url", server.url)
        plan("test:1", now)
        assert sent(now) == {"again": 1}
        assert "CERTIFICATE_VERIFY_FAILED" in row("test:1").answer
        assert server.received == []


def test_a_server_that_offers_no_encryption_gets_nothing_when_it_is_asked_for(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as server:
        monkeypatch.setattr(settings.CONFIG, "mail_url", server.url.replace("smtp:", "smtp+starttls:"))
        plan("test:1", now)
        assert sent(now) == {"again": 1}
        assert server.received == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_puts_everything_off_and_loses_nothing(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(login=("rebond", "right")) as server:
        monkeypatch.setattr(settings.CONFIG, "mail_url", server.url.replace("right", "wrong"))
        for number in range(actions.BATCH + 2):
            plan(f"test:{number}", now)
        assert sent(now) == {"again": actions.BATCH}  # the first batch; the others are not even claimed
        assert row("test:0").answer.startswith("535")
        assert "wrong" not in row("test:0").answer
        assert row(f"test:{actions.BATCH}").status == MessageStatus.PLANNED
        monkeypatch.setattr(settings.CONFIG, "mail_url", server.url)
        assert sent(now + timedelta(minutes=15)) == {"accepted": actions.BATCH + 2}
        assert len(server.received) == actions.BATCH + 2


@pytest.mark.parametrize(
    ("url", "port", "ssl_", "tls"),
    [
        ("smtp://mail.valmy.example", 25, False, False),
        ("smtps://mail.valmy.example", 465, True, False),
        ("smtp+starttls://us%40er:p%2Fw@mail.valmy.example", 587, False, True),
        ("smtp://mail.valmy.example:2525", 2525, False, False),
    ],
)
def test_sign_in_mails_and_the_outbox_read_the_same_setting_alike(url: str, port: int, ssl_: bool, tls: bool) -> None:
    ours, djangos = read(url), _mail(url)
    assert (ours.host, ours.port) == (djangos["EMAIL_HOST"], djangos["EMAIL_PORT"]) == ("mail.valmy.example", port)
    assert (ours.user, ours.password) == (djangos["EMAIL_HOST_USER"], djangos["EMAIL_HOST_PASSWORD"])
    assert (djangos["EMAIL_USE_SSL"], djangos["EMAIL_USE_TLS"]) == (ssl_, tls)
    assert "p/w" not in repr(ours)
