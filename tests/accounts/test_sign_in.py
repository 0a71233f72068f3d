from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.test import Client

from rebond.accounts.models import User
from tests.factories import PASSWORD


@pytest.fixture(autouse=True)
def _no_attempts_counted_yet(db: None) -> None:
    cache.clear()


def sign_in(client: Client, email: str, password: str = PASSWORD) -> int:
    return client.post("/account/login/", {"login": email, "password": password}).status_code


def test_the_right_password_opens_today(camille: User, client: Client) -> None:
    assert sign_in(client, "Camille@rebond.example") == 302
    assert client.get("/today").status_code == 200


def test_after_five_wrong_passwords_the_right_one_waits_too(camille: User, client: Client) -> None:
    for _attempt in range(5):
        assert sign_in(client, "camille@rebond.example", "wrong") == 200
    answer = client.post("/account/login/", {"login": "camille@rebond.example", "password": PASSWORD})
    assert b"Too many failed login attempts" in answer.content
    assert client.get("/today").status_code == 302


def test_somebody_who_may_not_sign_in_does_not(camille: User, client: Client) -> None:
    User.objects.filter(pk=camille.pk).update(is_active=False)
    sign_in(client, "camille@rebond.example")
    assert client.get("/today").status_code == 302


def test_nobody_can_sign_up(client: Client, admin_user: User) -> None:
    answer = client.post("/account/signup/", {"email": "eve@example.com", "password1": "a few plain words"})
    assert not User.objects.filter(email="eve@example.com").exists()
    assert answer.status_code in (200, 302, 403, 404)


def test_a_forgotten_password_is_reset_by_mail(camille: User, client: Client) -> None:
    client.post("/account/password/reset/", {"email": "camille@rebond.example"})
    link = re.search(r"https?://[^/]+(/account/password/reset/key/\S+)", mail.outbox[0].body)
    assert link
    page = client.get(link.group(1), follow=True)
    where = page.redirect_chain[-1][0]
    client.post(where, {"password1": "other plain words", "password2": "other plain words"})
    camille.refresh_from_db()
    assert camille.check_password("other plain words")


def test_a_second_factor_is_asked_once_it_is_set(camille: User, client: Client) -> None:
    TOTP.activate(camille, secret := "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    sign_in(client, "camille@rebond.example")
    assert client.get("/today").status_code == 302
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    answer = client.post("/account/2fa/authenticate/", {"code": code})
    assert answer.status_code == 302
    assert client.get("/today").status_code == 200


@pytest.mark.parametrize("path", ["/account/login/", "/account/password/reset/"])
@pytest.mark.parametrize(("language", "word"), [("en", 'lang="en"'), ("fr", 'lang="fr"')])
def test_a_visitor_reads_their_browsers_language(path: str, language: str, word: str, admin_user: User) -> None:
    answer = Client(headers={"accept-language": language}).get(path)
    assert word in answer.content.decode()
