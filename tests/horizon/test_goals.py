"""Goals: who may see, set, change and end them; editions; and that a personal goal is its owner's alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.base.errors import Conflict, RebondError
from rebond.horizon.access import goals_for
from rebond.horizon.actions.goals import change_goal, end_goal
from rebond.horizon.models import Counts, Goal, GoalKind, Period
from rebond.horizon.queries.goals import by_period, editions
from tests.factories import make_user
from tests.horizon.made import NOW, TODAY, goal, part, sold, text
from tests.walks import assert_signed_out_is_sent_to_sign_in, status

pytestmark = pytest.mark.django_db
WHY = "Two <b>sites</b> left"
FORM = {"when": "2026", "counts": "sales", "target": "44", "currency": ""}


def post(client: Client, **said: str) -> int:
    return int(client.post("/goals/set", FORM | said).status_code)


# ---- set


def test_a_seller_sets_a_goal_of_their_own_and_no_quota(as_camille: Client, camille: User, north: Team) -> None:
    assert post(as_camille, whom="me") == 302
    made = Goal.objects.get()
    assert (made.user, made.kind, made.target, made.begins_on) == (camille, GoalKind.PERSONAL, 44, date(2026, 1, 1))
    for whom in (f"user-{camille.pk}", f"team-{north.pk}", "company", "user-x", ""):
        assert post(as_camille, whom=whom) == 400
    assert Goal.objects.count() == 1


def test_a_manager_sets_quotas_for_their_team_and_its_sellers_alone(
    as_nadia: Client, camille: User, yanis: User, north: Team, south: Team
) -> None:
    assert post(as_nadia, whom=f"user-{camille.pk}") == 302
    assert post(as_nadia, whom=f"team-{north.pk}", counts="money", target="120 000,50", currency="eur") == 302
    for whom in (f"user-{yanis.pk}", f"team-{south.pk}", "company"):
        assert post(as_nadia, whom=whom) == 400
    made = Goal.objects.order_by("pk")
    assert [(one.user, one.team, one.kind) for one in made] == [(camille, None, "quota"), (None, north, "quota")]
    assert (made[1].target, made[1].currency) == (12_000_050, "EUR")


def test_an_administrator_sets_any_also_the_companys(as_admin: Client, yanis: User) -> None:
    assert post(as_admin, whom=f"user-{yanis.pk}", when="2026-Q2") == 302
    assert post(as_admin, whom="company", when="2026-06") == 302
    assert post(as_admin, whom="company", when="2026-06") == 409


@pytest.mark.parametrize("target", ["-1", "0.5", "many", str(10**15), ""])
def test_what_is_no_goal_is_said_and_what_was_typed_stays(as_camille: Client, camille: User, target: str) -> None:
    answer = as_camille.post("/goals/set", FORM | {"whom": "me", "target": target})
    assert answer.status_code == 400
    assert f'value="{target}"' in answer.content.decode() or not target
    assert not Goal.objects.exists()


def test_a_second_goal_of_the_same_period_is_refused(camille: User) -> None:
    goal(camille)
    with pytest.raises(Conflict):
        goal(camille, 41)
    goal(camille, 41, kind=GoalKind.PERSONAL)
    goal(camille, 900_000, counts=Counts.MONEY)
    assert Goal.objects.count() == 3


def test_periods_that_are_over_or_far_are_refused(camille: User) -> None:
    for first, code in ((date(2025, 1, 1), "period_over"), (date(2029, 1, 1), "period_far")):
        with pytest.raises(RebondError) as said:
            goal(camille, first=first)
        assert said.value.code == code


# ---- change and end


def test_a_changed_goal_shows_both_editions_with_day_and_reason(as_nadia: Client, nadia: User, camille: User) -> None:
    first = goal(camille, 40, at=NOW - timedelta(days=70))
    assert as_nadia.get(f"/goals/{first.pk}/change").status_code == 200
    assert as_nadia.post(f"/goals/{first.pk}/change", {"target": "30", "why": ""}).status_code == 400
    assert as_nadia.post(f"/goals/{first.pk}/change", {"target": "40", "why": "x"}).status_code == 400
    assert as_nadia.post(f"/goals/{first.pk}/change", {"target": "30", "why": WHY}).status_code == 302
    first.refresh_from_db()
    new = Goal.objects.get(ended_at=None)
    assert (first.ended_at, new.replaces, new.target, new.why, new.by) == (
        NOW,
        first,
        30,
        "Two <b>sites</b> left",
        nadia,
    )
    page = as_nadia.get("/goals").content.decode()
    assert "was 40 until 9 June: “Two &lt;b&gt;sites&lt;/b&gt; left”" in page
    told = editions([new])[new.pk]
    assert [(one.goal.target, one.since) for one in told] == [(40, date(2026, 3, 31)), (30, TODAY)]


def test_an_ended_goal_is_not_changed_again(camille: User, nadia: User) -> None:
    made = goal(camille)
    end_goal(goal=made, actor=nadia, now=NOW)
    for again in (
        lambda: end_goal(goal=made, actor=nadia, now=NOW),
        lambda: change_goal(goal=made, target=3, why="x", today=TODAY, actor=nadia, now=NOW),
    ):
        with pytest.raises(Conflict):
            again()
    goal(camille, 12)
    assert Goal.objects.filter(ended_at=None).get().replaces is None


# ---- who sees


def test_a_personal_goal_is_seen_by_its_owner_alone(
    as_camille: Client, as_nadia: Client, as_admin: Client, as_yanis: Client, camille: User
) -> None:
    made = goal(camille, 4321, kind=GoalKind.PERSONAL, actor=camille)
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=camille.team))
    for client in (as_nadia, as_admin, as_yanis, thomas):
        assert "4,321" not in client.get("/goals").content.decode()
        assert client.get(f"/goals/{made.pk}/change").status_code == 404
        assert client.post(f"/goals/{made.pk}/end").status_code == 404
    assert "4,321 sales in 2026" in text(as_camille.get("/goals").content.decode())
    sold(camille, date(2026, 5, 4))
    assert "4,321" in part(as_camille, "goal")
    for client, whose in ((as_nadia, f"seller-{camille.pk}"), (as_admin, f"seller-{camille.pk}")):
        assert "4,321" not in part(client, "goal", f"whose={whose}&goal={made.pk}")
    assert not goals_for(None).exists()
    assert AuditEntry.objects.get(verb="horizon.set_goal").detail == {"kind": "personal"}
    change_goal(goal=made, target=5, why="Too much of a good thing", today=TODAY, actor=camille, now=NOW)
    assert AuditEntry.objects.get(verb="horizon.change_goal").detail == {"kind": "personal"}


def test_a_quota_is_seen_by_oneself_and_who_leads_and_a_teams_by_its_members(
    as_camille: Client, as_nadia: Client, as_admin: Client, as_yanis: Client, camille: User, north: Team
) -> None:
    quota, team = goal(camille, 37), goal(north, 111)
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=north))
    clients = {"camille": as_camille, "nadia": as_nadia, "admin": as_admin, "yanis": as_yanis, "thomas": thomas}
    seen = {name: text(client.get("/goals").content.decode()) for name, client in clients.items()}
    assert [name for name in seen if "37 sales" in seen[name]] == ["camille", "nadia", "admin"]
    assert [name for name in seen if "111 sales" in seen[name]] == ["camille", "nadia", "admin", "thomas"]
    assert status(as_camille, "post", f"/goals/{quota.pk}/end") == 403
    assert status(thomas, "post", f"/goals/{team.pk}/end") == 403
    assert status(as_yanis, "post", f"/goals/{quota.pk}/end") == 404
    assert status(as_nadia, "post", f"/goals/{quota.pk}/end") == 302


def test_the_list_takes_as_many_queries_for_a_thousand_goals(
    as_admin: Client, north: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    people = [make_user(f"Seller {n}", team=north, email=f"s{n}@rebond.example") for n in range(3)]
    old = [Goal(user=people[n % 3], counts="sales", period="year", begins_on=date(1000 + n, 1, 1), target=n, at=NOW)
           for n in range(1000)]  # fmt: skip
    Goal.objects.bulk_create(old)
    goal(people[0])
    with django_assert_max_num_queries(16):
        assert as_admin.get("/goals").status_code == 200


def test_goals_stand_by_whether_they_run(camille: User) -> None:
    year = goal(camille)
    month = goal(camille, 4, period=Period.MONTH, first=date(2026, 6, 1))
    mine = goal(camille, 45, kind=GoalKind.PERSONAL)
    later = goal(camille, 9, period=Period.QUARTER, first=date(2026, 7, 1))
    now, coming, over = by_period(Goal.objects.all(), TODAY)
    assert (now, coming, over) == ([year, mine, month], [later], [])
    assert by_period(Goal.objects.all(), date(2026, 7, 1))[2] == [month]


@pytest.mark.parametrize("path", ["/goals", "/goals/1/change"])
def test_signed_out(path: str, db: None) -> None:
    assert_signed_out_is_sent_to_sign_in(path)


def test_a_manager_of_no_team_leads_nobody(db: None, camille: User) -> None:
    alone = make_user("Alone", team=None, role=Role.MANAGER)
    quota = goal(camille)
    client = Client()
    client.force_login(alone)
    assert status(client, "post", f"/goals/{quota.pk}/end") == 404
