"""Each page finds out anew who asks: by the session, then by the person."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User

still_signed_in = import_module("rebond.accounts.migrations.0003_still_signed_in")


def opens(client: Client) -> bool:
    return client.get("/settings").status_code == 200


def test_a_session_lasts_until_its_hour(as_camille: Client) -> None:
    assert opens(as_camille)
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
    assert opens(as_camille)
    Session.objects.update(expire_date=timezone.now())
    assert not opens(as_camille)


def test_a_session_that_was_ended_elsewhere_opens_nothing(as_camille: Client, as_nadia: Client) -> None:
    Session.objects.filter(pk=as_camille.session.session_key).delete()
    assert not opens(as_camille)
    assert opens(as_nadia)


@pytest.mark.parametrize("key", ["", "short", "x" * 32, "x" * 4000, "' OR 1=1 --", "%s %(key)s ?", "é" * 20])
def test_a_made_up_session_opens_nothing(as_camille: Client, client: Client, key: str) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not opens(client)


def test_who_left_is_signed_out_at_the_next_page(as_camille: Client, camille: User) -> None:
    User.objects.filter(pk=camille.pk).update(is_active=False)
    assert not opens(as_camille)
    User.objects.filter(pk=camille.pk).update(is_active=True)
    assert opens(as_camille)


def test_a_new_password_ends_the_sessions_of_before(as_camille: Client, camille: User) -> None:
    camille.set_password("other plain words")
    camille.save()
    assert not opens(as_camille)


def test_an_upgrade_signs_nobody_out(as_camille: Client, as_nadia: Client) -> None:
    assert as_camille.session[BACKEND_SESSION_KEY] == still_signed_in.SINCE == settings.AUTHENTICATION_BACKENDS[0]
    still_signed_in.rename_back(apps, None)
    assert as_camille.session[BACKEND_SESSION_KEY] == still_signed_in.BEFORE
    assert not opens(as_camille)
    still_signed_in.rename(apps, None)
    assert opens(as_camille)
    assert opens(as_nadia)
