"""Silence ends staying in touch, whichever door it comes through."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.mail.actions import suppress
from rebond.mail.rights.tokens import token_for
from rebond.nurture.models import Enrolment, Standing
from tests.factories import make_person
from tests.nurture.conftest import SayNo
from tests.nurture.people import many


@pytest.mark.parametrize(
    ("scope", "why", "ended"),
    [
        ("all", "asked", "asked"), ("keep_in_touch", "complained", "asked"), ("all", "bounced", "no_address"),
        ("all", "operator", "by_hand"), ("feedback", "asked", ""), ("referral", "asked", ""),
    ],
)  # fmt: skip
def test_it_ends_at_once_and_says_why(
    said_no: SayNo, helene: Person, now: datetime, scope: str, why: str, ended: str
) -> None:
    one = said_no()
    for _twice in range(2):
        suppress(address=helene.email, scope=scope, why=why, source="test", actor=None, now=now)
    one.refresh_from_db()
    assert one.ended_because == ended
    assert (one.status == Standing.ENDED) is bool(ended)


def test_one_click_ends_it_while_nothing_waits(said_no: SayNo, helene: Person) -> None:
    one = said_no()
    answer = Client().post(f"/m/{token_for(helene.email)}/stop", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    one.refresh_from_db()
    assert (one.status, one.ended_because) == (Standing.ENDED, "asked")


def test_two_who_share_an_address_both_end(said_no: SayNo, camille: User, helene: Person, now: datetime) -> None:
    one, office = said_no(), make_person("The office", company=helene.company, email=helene.email)
    other = Enrolment.objects.create(person=office, owner=camille, cadence="rest", started_at=now)
    suppress(address=helene.email, scope="all", why="asked", source="test", actor=None, now=now)
    for kept in (one, other):
        kept.refresh_from_db()
        assert kept.ended_because == "asked"


def test_among_a_thousand_people_silence_looks_at_one(
    said_no: SayNo, camille: User, helene: Person, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    one = said_no()
    many(camille, 1000)
    with django_assert_max_num_queries(24):
        suppress(address=helene.email, scope="all", why="asked", source="test", actor=None, now=now)
    one.refresh_from_db()
    assert one.status == Standing.ENDED
    assert Enrolment.objects.exclude(status=Standing.ENDED).count() == 1000
