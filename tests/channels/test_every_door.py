"""Every address of chat channels: right method, wrong method, teammate, outsider, signed out; none is forgotten."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from rebond.accounts.models import Role, Team, User
from rebond.channels.models import ChatChannel, Delivery
from rebond.channels.urls import urlpatterns
from tests.channels.making import plan
from tests.factories import make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db
#: Its methods; what the manager, a teammate, another team's manager and an administrator are answered.
DOORS = {
    "channels": (("get",), (200, 403, 200, 200)),
    "new": (("get", "post"), (200, 403, 200, 200)),
    "channel": (("get",), (200, 404, 404, 200)),
    "try": (("post",), (302, 404, 404, 302)),
    "switch": (("post",), (400, 404, 404, 400)),  # without saying which
    "end": (("post",), (302, 404, 404, 409)),  # ended by the manager before
    "settle": (("post",), (400, 404, 404, 400)),
}


@pytest.fixture
def others_manager(south: Team) -> Client:
    client = Client()
    client.force_login(make_user("Olga Orlova", team=south, role=Role.MANAGER))
    return client


@pytest.fixture
def one(wins_channel: ChatChannel, now: datetime) -> Delivery:
    return plan(wins_channel, now)


def path_of(name: str, one: Delivery) -> str:
    own = {"channels": [], "new": [], "settle": [one.pk]}
    return reverse(f"channels:{name}", args=own.get(name, [one.channel_id]))


def test_no_address_is_forgotten() -> None:
    assert {route.name for route in urlpatterns} == set(DOORS)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_it_takes_the_right_method_alone_and_asks_who_comes(
    name: str, as_nadia: Client, as_camille: Client, others_manager: Client, as_admin: Client, one: Delivery
) -> None:
    methods, answers = DOORS[name]
    path = path_of(name, one)
    people = (as_nadia, as_camille, others_manager, as_admin)
    assert tuple(status(client, methods[0], path) for client in people) == answers
    for method in ("get", "post", "put", "delete"):
        if method not in methods:
            assert status(as_nadia, method, path) == 405
    if len(methods) == 1:
        assert_wrong_method(as_nadia, path, methods[0])
    for method in methods:
        assert_signed_out_is_sent_to_sign_in(path, method)


def test_a_refused_hand_changes_nothing(
    as_camille: Client, others_manager: Client, wins_channel: ChatChannel, one: Delivery, camille: User
) -> None:
    for client in (as_camille, others_manager):
        for name in ("try", "switch", "end", "settle"):
            client.post(path_of(name, one), {"do": "off", "decision": "told"})
    wins_channel.refresh_from_db()
    assert (wins_channel.is_on, wins_channel.ended_at) == (True, None)
    assert Delivery.objects.get().status == "planned"
