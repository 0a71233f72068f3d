"""Every address of asking and learning, for everybody who might try it: one table, and none left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import Team, User
from rebond.deals.models import CloseEvent, Person
from rebond.learn import urls as learn_urls
from rebond.learn.models import Action, Invitation, Mode, ReasonPhrase, Response, TeamTest, Verbatim
from tests.factories import make_closed_deal, make_user
from tests.learn.lessons_made import make_answer, make_debrief
from tests.learn.surveys import CLOSED, invite, programme
from tests.walks import OTHER

#: Columns of the table. The survey's own pages know no roles: the link is the key.
ROLES = ("seller", "teammate", "outsider", "manager", "admin")


@dataclass(frozen=True)
class Door:
    """One address and method: what each role is answered, in the order of ``ROLES``; signed out always means sign in.

    Attributes:
        to: which object of ``made`` stands in the address.
        only: the other method is refused with 405.
    """

    name: str
    method: str
    expected: tuple[int, int, int, int, int]
    to: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    only: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.name}{self.query}"


#: A page for everybody; for a team and who administers; for whose debrief it is and who coaches; and so on.
ALL, TEAM, READERS = (200, 200, 200, 200, 200), (200, 200, 404, 200, 200), (200, 404, 404, 200, 200)
LEADS, ADMINS, NOBODY = (403, 403, 403, 200, 200), (403, 403, 403, 403, 200), (404, 404, 404, 404, 404)
#: Only who is asked may answer; a coach may read the debrief and is told so. An action is its owner's alone.
ANSWER_ASKED, STEP_SENT, MINE = (200, 404, 404, 403, 403), (302, 404, 404, 403, 403), (302, 404, 404, 404, 404)
DOORS = [
    Door("learn:list", "get", ALL, only=True),
    Door("learn:debrief", "get", (302, 404, 404, 200, 200), ("debrief",)),
    Door("learn:debrief", "post", (403, 404, 404, 302, 302), ("debrief",), {"reason_1": "timing"}),
    Door("learn:question", "get", ANSWER_ASKED, ("debrief", "one")),
    Door("learn:question", "post", STEP_SENT, ("debrief", "one"), {"answer": "yes"}),
    Door("learn:reasons", "get", ANSWER_ASKED, ("debrief",)),
    Door("learn:reasons", "post", STEP_SENT, ("debrief",), {"reason_1": "timing"}),
    Door("learn:lessons", "get", ANSWER_ASKED, ("debrief",)),
    Door("learn:lessons", "post", STEP_SENT, ("debrief",), {}),
    Door("learn:snooze", "post", STEP_SENT, ("debrief",), only=True),
    Door("learn:actions", "get", ALL, only=True),
    Door("learn:new_action", "get", ALL),
    Door("learn:new_action", "get", READERS, query="?invitation={shared}"),
    Door("learn:new_action", "get", TEAM, query="?deal={deal}"),
    Door("learn:action_done", "post", MINE, ("action",), {"result": "ok"}, only=True),
    Door("learn:action_drop", "post", MINE, ("action",), only=True),
    Door("learn:action_reopen", "post", MINE, ("settled",), only=True),
    Door("learn:action_move", "post", MINE, ("action",), {"due_on": "2026-07-01"}, only=True),
    Door("learn:tests", "get", ALL, only=True),
    Door("learn:new_test", "get", LEADS),
    Door("learn:new_test", "post", LEADS, data={"look": "1"}),
    Door("learn:test", "get", TEAM, ("test",), only=True),
    Door("learn:stop_test", "post", (403, 403, 404, 302, 302), ("test",), {"decision": "keep"}, only=True),
    Door("learn:taxonomy", "get", ALL, only=True),
    Door(
        "learn:change_taxonomy",
        "post",
        (403, 403, 403, 403, 400),
        data={"kind": "retire", "code": "terms", "seen": "1"},
        only=True,
    ),
    Door("learn:phrases", "get", LEADS, only=True),
    Door("learn:confirm", "post", (403, 403, 403, 302, 302), ("phrase",), {"code": "timing"}, only=True),
    Door("learn:feedback", "get", ALL, only=True),
    Door("learn:programme", "get", ALL),
    Door("learn:programme", "post", (403, 403, 403, 403, 400), data={"mode": "shared"}),
    Door("learn:answers", "get", ALL, only=True),
    Door("learn:answer", "get", (404, 404, 404, 404, 200), ("confidential",)),
    Door("learn:answer", "get", NOBODY, ("shared",)),
    Door("learn:answer", "post", (404, 404, 404, 404, 302), ("confidential",), {"asked": "one_thing"}),
    Door("learn:answer", "post", (403, 403, 403, 403, 302), ("shared",), {"asked": "all"}),
    Door("learn:invitation", "get", TEAM, ("planned",), only=True),
    Door("learn:exclude", "post", (403, 403, 404, 409, 409), ("planned",), {"because": "legal"}, only=True),
    Door("learn:reveals", "get", ALL, only=True),
    Door("learn:reveal", "get", READERS, ("shared",)),
    Door("learn:reveal", "get", NOBODY, ("confidential",)),
    Door("learn:reveal", "post", STEP_SENT, ("shared",), {}),
    Door("learn:reveal", "post", NOBODY, ("confidential",), {}),
    Door("learn:patterns", "get", ALL, only=True),
    Door("learn:patterns", "get", TEAM, query="?team={team}"),
    Door("learn:opened", "get", ALL, query="?what=losses", only=True),
    Door("learn:opened", "get", LEADS, query="?what=answer&question=1&answer=no"),
    Door("learn:opened", "get", TEAM, query="?what=losses&team={team}"),
    Door("learn:digest", "get", ALL, only=True),
    Door("learn:block", "get", ALL, ("voices",), only=True),
    Door("learn:block", "get", TEAM, ("voices",), query="?team={team}"),
]
#: The buyer's own pages: no sign-in, and what a signed-in colleague gets there is what anybody with the link gets.
BUYERS = {"survey", "survey_step", "survey_done", "survey_stop"}


@pytest.fixture
def people(camille: User, nadia: User, yanis: User, admin_user: User, north: Team) -> dict[str, User]:
    teammate = make_user("Tom Teammate", team=north)
    return {"seller": camille, "teammate": teammate, "outsider": yanis, "manager": nadia, "admin": admin_user}


@pytest.fixture
def made(people: dict[str, User], helene: Person, north: Team) -> dict[str, Any]:
    """Camille's lost deal with all that hangs on it: a debrief, a shared and a confidential answer, actions."""
    seller, now = people["seller"], timezone.now()
    _deal, waiting = make_closed_deal(owner=seller, company=helene.company, closed_at=CLOSED)
    debrief = make_debrief(waiting, seller, finished=False)
    _deal, event = make_closed_deal(owner=seller, company=helene.company, closed_at=CLOSED)
    make_debrief(event, seller)
    confidential = answered(waiting, helene, Mode.CONFIDENTIAL, reader=people["admin"])
    planned = invite(event, None, status="planned", sender=people["manager"], programme=programme())
    action = {"owner": seller, "text": "Ask who signs", "due_on": date(2026, 6, 9), "created_at": now}
    return {
        "debrief": debrief.pk, "one": 1, "shared": make_answer(event, helene).pk, "confidential": confidential.pk,
        "planned": planned.pk, "deal": event.deal_id, "action": Action.objects.create(**action).pk,
        "settled": Action.objects.create(**action, done_at=now).pk, "test": team_test(north, people["manager"]).pk,
        "phrase": ReasonPhrase.objects.create(folded="hm", verbatim="Hm").pk, "team": north.pk,
        "voices": "voices",
    }  # fmt: skip


def answered(event: CloseEvent, person: Person, mode: str, **fields: Any) -> Invitation:
    found = invite(event, person, status="answered", answered_on=CLOSED.date(), **fields)
    response = Response.objects.create(invitation=found, is_final=True, mode=mode, team=event.deal.team)
    Verbatim.objects.create(response=response, asked="one_thing", text="Call back", consent="no")
    return found


def team_test(team: Team, by: User) -> TeamTest:
    days = {"baseline_from": date(2026, 1, 1), "starts_on": date(2026, 4, 1), "stops_on": date(2026, 9, 1)}
    return TeamTest.objects.create(
        team=team, title="Two people early", measure="win_rate", minimum_n=20, created_at=CLOSED, created_by=by, **days
    )


def address(door: Door, made: dict[str, Any]) -> str:
    return reverse(door.name, args=[made[name] for name in door.to]) + door.query.format(**made)


def ask(client: Client, door: Door, path: str, method: str) -> int:
    """The status, with everything that was written taken back."""
    with transaction.atomic():
        answer = client.get(path) if method == "get" else client.post(path, door.data)
        transaction.set_rollback(True)
    return int(answer.status_code)


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_each_role_is_let_in_or_not(door: Door, people: dict[str, User], made: dict[str, Any]) -> None:
    path, found = address(door, made), []
    for role in ROLES:
        client = Client()
        client.force_login(people[role])
        found.append(ask(client, door, path, door.method))
        if door.only:
            assert ask(client, door, path, OTHER[door.method]) == 405
    assert tuple(found) == door.expected
    signed_out = getattr(Client(), door.method)(path)
    assert (signed_out.status_code, signed_out["Location"][:15]) == (302, "/account/login/")


def test_no_address_is_left_out_of_the_table() -> None:
    there = {f"learn:{one.name}" for one in learn_urls.urlpatterns}
    assert there - {f"learn:{name}" for name in BUYERS} == {door.name for door in DOORS}


@pytest.mark.parametrize("below", ["", "/1", "/5", "/done", "/stop"])
def test_the_buyers_pages_tell_a_colleague_with_a_guessed_link_what_they_tell_anybody(
    below: str, people: dict[str, User], made: dict[str, Any]
) -> None:
    for role in ("", *ROLES):
        client = Client()
        if role:
            client.force_login(people[role])
        for method in ("get", "head", "post"):
            answer = getattr(client, method)(f"/s/{'a' * 22}{below}")
            assert answer.status_code == 404
            assert not answer.cookies
            assert "Valmy" not in answer.content.decode().replace("Maintenance Valmy", "")
