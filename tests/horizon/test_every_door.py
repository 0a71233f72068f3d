"""Every address of the long view: right method, wrong method, teammate, outsider, signed out; none is forgotten."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from rebond.accounts.models import User
from rebond.horizon.urls import urlpatterns
from tests.factories import make_closed_deal, make_user
from tests.horizon.made import goal, mark
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


DOORS = {
    "long": Door(("get",)),
    "block": Door(("get",), "marks"),
    "goals": Door(("get",)),
    "set_goal": Door(("get", "post"), teammate=302, outsider=302),
    "change_goal": Door(("get", "post"), "goal", NOTHING, NOTHING),
    "end_goal": Door(("post",), "goal", NOTHING, NOTHING),
    "add_mark": Door(("post",), teammate=400, outsider=400),  # without a day
    "take_back_mark": Door(("post",), "mark", NOT_YOURS, NOTHING),
    "perspective": Door(("get",), "event", NOTHING, NOTHING),
}


@pytest.fixture
def keys(camille: User) -> dict[str, int | str]:
    """One of each thing of Camille's that an address may name."""
    _deal, event = make_closed_deal("lost", owner=camille)
    said = mark(camille.team, by=camille)
    return {"goal": goal(camille).pk, "mark": said.pk, "event": event.pk, "marks": "marks"}


def path_of(name: str, keys: dict[str, int | str]) -> str:
    of = DOORS[name].of
    return reverse(f"horizon:{name}", args=[keys[of]] if of else [])


def test_no_address_is_forgotten() -> None:
    assert {route.name for route in urlpatterns} == set(DOORS)


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
def test_every_page_opens_for_who_leads(as_nadia: Client, keys: dict[str, int | str], name: str) -> None:
    assert status(as_nadia, "get", path_of(name, keys)) in FINE


def test_whose_one_may_look_at(
    as_camille: Client, as_nadia: Client, as_admin: Client, camille: User, yanis: User, keys: dict[str, int | str]
) -> None:
    make_closed_deal("lost", owner=yanis)
    thomas = make_user("Thomas Girard", team=camille.team)
    make_closed_deal("lost", owner=thomas)
    asked = ["own", "team", f"seller-{camille.pk}", f"seller-{thomas.pk}", f"seller-{yanis.pk}", "all",
             f"team-{camille.team_id}", f"team-{yanis.team_id}", "team-0", "seller-x", "nobody"]  # fmt: skip
    seen = {
        who: [text for text in asked if status(client, "get", f"/long?whose={text}") == 200]
        for who, client in (("seller", as_camille), ("manager", as_nadia), ("admin", as_admin))
    }
    assert seen["seller"] == ["own", "team", f"seller-{camille.pk}", f"team-{camille.team_id}"]
    assert seen["manager"] == ["own", "team", f"seller-{camille.pk}", f"seller-{thomas.pk}", f"team-{camille.team_id}"]
    assert seen["admin"] == ["own", f"seller-{camille.pk}", f"seller-{thomas.pk}", f"seller-{yanis.pk}", "all",
                             f"team-{camille.team_id}", f"team-{yanis.team_id}"]  # fmt: skip
    for text in asked:
        if text not in seen["seller"]:
            assert status(as_camille, "get", f"/long/block/marks?whose={text}") == NOTHING
