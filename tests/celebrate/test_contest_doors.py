"""Every address of the call of the month: right method, wrong method, teammate, outsider, signed out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import Team, User
from rebond.celebrate.actions import contests as actions
from rebond.celebrate.urls import urlpatterns
from tests.celebrate import months
from tests.factories import make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, status

pytestmark = pytest.mark.django_db
NOT_YOURS, NOTHING, WRONG, TOO_EARLY = 403, 404, 405, 409


@dataclass(frozen=True)
class Door:
    """How an address answers Camille's call while calls are looked at: methods, its key, teammate, outsider, lead."""

    methods: tuple[str, ...]
    of: str = "contest"
    teammate: int = 200
    outsider: int = NOTHING
    lead: int = 200


DOORS = {
    "contest": Door(("get",), "", outsider=200),
    "new_contest": Door(("get", "post"), "", NOT_YOURS, NOT_YOURS),
    "one_contest": Door(("get",)),
    "move_contest": Door(("post",), teammate=NOT_YOURS, lead=400),
    "nominate": Door(("get", "post")),
    "vote": Door(("get", "post"), teammate=302, lead=302),
    "audit": Door(("get",), teammate=TOO_EARLY, lead=TOO_EARLY),
    "answer": Door(("post",), "call", NOTHING, lead=400),
    "score": Door(("get", "post"), "call", NOTHING, lead=NOT_YOURS),
    "review": Door(("get", "post"), "call", NOTHING),
    "heard": Door(("post",), "call", NOTHING, lead=TOO_EARLY),
}


@pytest.fixture
def keys(nadia: User, camille: User, north: Team, south: Team) -> dict[str, int]:
    reviewers = months.reviewers_of(north, south)
    contest = months.opened(months.make_contest(nadia, reviewers))
    call = months.named(contest, camille)
    actions.close_nominations(contest=contest, actor=nadia, now=timezone.now())
    return {"contest": contest.pk, "call": call.pk}


def path_of(name: str, keys: dict[str, int]) -> str:
    of = DOORS[name].of
    return reverse(f"celebrate:{name}", args=[keys[of]] if of else [])


def test_no_address_is_forgotten() -> None:
    assert {route.name for route in urlpatterns if str(route.pattern).startswith("contest")} == set(DOORS)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_each_door(as_camille: Client, as_nadia: Client, as_yanis: Client, keys: dict[str, int], name: str) -> None:
    door, path = DOORS[name], path_of(name, keys)
    for method in {"get", "post", "put", "delete"} - {*door.methods}:
        assert status(as_camille, method, path) == WRONG
    for method in door.methods:
        assert_signed_out_is_sent_to_sign_in(path, method)
    thomas = months.signed_in(make_user("Thomas Girard", team=Team.objects.get(name="North")))
    found = [status(client, door.methods[0], path) for client in (thomas, as_yanis, as_nadia)]
    assert found == [door.teammate, door.outsider, door.lead]


def test_a_draft_is_seen_by_who_leads(as_camille: Client, as_nadia: Client, nadia: User, south: Team) -> None:
    assert nadia.team is not None
    contest = months.make_contest(nadia, months.reviewers_of(nadia.team, south))
    path = reverse("celebrate:one_contest", args=[contest.pk])
    assert status(as_camille, "get", path) == NOTHING
    assert "Ready to open?" in as_nadia.get(path).content.decode()
    assert "No call of the month yet" in as_camille.get("/contest").content.decode()


def test_a_reviewer_of_another_team_sees_what_they_score(keys: dict[str, int]) -> None:
    ines = months.signed_in(User.objects.get(name="Ines Costa"))
    assert "Score it" in ines.get(path_of("one_contest", keys)).content.decode()
    assert status(ines, "get", path_of("score", keys)) == 200
    assert status(ines, "get", path_of("review", keys)) == NOT_YOURS


def test_no_step_and_no_answer_that_there_is_not(as_nadia: Client, as_camille: Client, keys: dict[str, int]) -> None:
    assert as_nadia.post(path_of("move_contest", keys), {"to": "won"}).status_code == 400
    assert as_camille.post(path_of("answer", keys), {"answer": "perhaps"}).status_code == 400
    assert as_camille.post(path_of("nominate", keys), {"call": "²"}).status_code == NOTHING
    assert as_camille.post(path_of("nominate", keys), {}).context["error"].code == "no_call"
