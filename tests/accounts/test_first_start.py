from __future__ import annotations

import pytest
from django.test import Client

from rebond.accounts.models import AuditEntry, Role, User

GOOD = {"name": "Alix", "email": "Alix@Example.com", "password": "a few plain words"}


@pytest.mark.django_db
def test_a_visitor_of_an_empty_house_is_led_to_the_first_start(client: Client) -> None:
    assert client.get("/today")["Location"] == "/start"


@pytest.mark.django_db
def test_the_first_person_becomes_administrator_and_is_signed_in(client: Client) -> None:
    answer = client.post("/start", GOOD)
    user = User.objects.get()
    assert answer["Location"] == "/today"
    assert (user.email, user.role, user.team is not None) == ("alix@example.com", Role.ADMIN, True)
    assert client.get("/today").status_code == 200
    assert AuditEntry.objects.filter(verb="accounts.add_person", subject_id=str(user.pk)).count() == 1


@pytest.mark.django_db
def test_a_weak_password_is_refused_and_nobody_is_made(client: Client) -> None:
    answer = client.post("/start", GOOD | {"password": "password12"})
    assert answer.status_code == 200
    assert b"too common" in answer.content
    assert not User.objects.exists()


def test_there_is_no_second_first_start(admin_user: User, client: Client) -> None:
    answer = client.post("/start", GOOD)
    assert answer["Location"] == "/account/login/"
    assert User.objects.count() == 1
