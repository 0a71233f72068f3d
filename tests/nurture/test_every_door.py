"""Every address of staying in touch: right method, wrong method, teammate, outsider, signed out; none is forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import User
from rebond.nurture.models import Away, NamedDate, Step
from rebond.nurture.urls import urlpatterns
from tests.factories import make_user
from tests.nurture.people import keep, replied
from tests.walks import assert_signed_out_is_sent_to_sign_in, status

pytestmark = pytest.mark.django_db
FINE, NOT_YOURS, NOTHING, WRONG = (200, 302), 403, 404, 405


@dataclass(frozen=True)
class Door:
    """How an address answers: its methods, whose key it takes, a teammate, somebody of another team."""

    methods: tuple[str, ...]
    of: str = ""
    teammate: int = 200
    outsider: int = 200


def _write(of: str = "person") -> Door:
    return Door(("post",), of, NOT_YOURS, NOTHING)


DOORS = {
    "keep": Door(("get",)),
    "noes": Door(("get", "post")),
    "shipped": Door(("post",), teammate=NOT_YOURS, outsider=NOT_YOURS),
    "rules": Door(("get",)),
    "rule": Door(("get", "post"), "price", NOT_YOURS, NOT_YOURS),
    "switch": Door(("post",), teammate=400, outsider=400),  # without saying which
    "away": Door(("get", "post")),
    "cancel_away": Door(("post",), "away", NOTHING, NOTHING),
    "person": Door(("get",), "person", 200, NOTHING),
    "note": Door(("get",), "person", NOT_YOURS, NOTHING),
    "take_back": _write("step"),
    "settle": _write("sign"),
    "drop_date": _write("date"),
} | {
    name: _write()
    for name in ("begin", "pause", "resume", "end", "interval", "add_date", "day", "skip", "logged", "send")
}


@pytest.fixture
def keys(camille: User) -> dict[str, int | str]:
    """One of each thing of Camille's that an address may name."""
    one, now, today = keep(camille), timezone.now(), timezone.localdate()
    step = Step.objects.create(enrolment=one, number=1, channel="email", status="sending", at=now, message_key="n:1")
    date = NamedDate.objects.create(person=one.person, kind="budget", on=today + timedelta(days=90), said_at=now)
    away = Away.objects.create(user=camille, first_on=today + timedelta(days=300), last_on=today, made_at=now)
    keys = {"person": one.person_id, "step": step.pk, "date": date.pk, "away": away.pk}
    return keys | {"sign": replied(one).pk, "price": "price"}


def path_of(name: str, keys: dict[str, int | str]) -> str:
    of = DOORS[name].of
    return reverse(f"nurture:{name}", args=[keys[of]] if of else [])


def test_no_address_is_forgotten() -> None:
    here = {route.name for route in urlpatterns if str(route.pattern).startswith("keep")}
    assert here == set(DOORS)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_it_takes_the_right_method_alone_and_asks_who_comes(
    as_camille: Client, keys: dict[str, int | str], name: str
) -> None:
    path = path_of(name, keys)
    for method in ("get", "post", "put", "delete"):
        if method not in DOORS[name].methods:
            assert status(as_camille, method, path) == WRONG
    for method in DOORS[name].methods:
        assert_signed_out_is_sent_to_sign_in(path, method)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_teammate_and_an_outsider(camille: User, as_yanis: Client, keys: dict[str, int | str], name: str) -> None:
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=camille.team))
    door, path = DOORS[name], path_of(name, keys)
    assert status(thomas, door.methods[0], path) == door.teammate
    assert status(as_yanis, door.methods[0], path) == door.outsider


@pytest.mark.parametrize("name", sorted(name for name in DOORS if "get" in DOORS[name].methods))
def test_every_page_opens_for_who_may(as_nadia: Client, keys: dict[str, int | str], name: str) -> None:
    assert status(as_nadia, "get", path_of(name, keys)) in FINE
