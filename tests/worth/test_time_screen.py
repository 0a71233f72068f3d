"""Value of time on screen: whose it may show, what it says in every state, the deals behind a figure."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import Role, Team, User
from rebond.deals.models import Outcome
from rebond.worth.models import Assumption
from rebond.worth.time import blocks
from tests.factories import make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method
from tests.worth.company import flat_plan, fresh, sold, touch
from tests.worth.talks import keep_prices, price_list, talk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facts_of_one_test")]
NAMES = [*blocks.BUILDERS]


def page(client: Client, path: str) -> str:
    fresh()
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def block(client: Client, name: str, query: str = "") -> str:
    return page(client, f"/time/block/{name}?part=1{query}")


# ---- the doors


def test_every_page_has_its_doors(as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client) -> None:
    for path in ("/time", *(f"/time/block/{name}" for name in NAMES), "/time/deals?what=sales"):
        assert as_camille.get(path).status_code == 200, path
        assert_wrong_method(as_camille, path, "get")
        assert_signed_out_is_sent_to_sign_in(path)
    for path in ("/time", "/time/block/tiles?part=1", "/time/deals?what=contacted"):
        assert [client.get(path).status_code for client in (as_nadia, as_yanis, as_admin)] == [200] * 3, path


def test_what_is_not_there_and_what_is_not_yours_look_the_same(
    as_camille: Client, as_nadia: Client, as_admin: Client, yanis: User, nadia: User, south: Team
) -> None:
    sold(yanis, 1)
    for client in (as_camille, as_nadia):
        for whose in (f"seller-{yanis.pk}", f"team-{south.pk}", "all", "team-999", "seller-999", "everything", "own-3"):
            assert client.get(f"/time?whose={whose}").status_code == 404, whose
            assert client.get(f"/time/block/ratio?whose={whose}").status_code == 404, whose
    assert as_camille.get(f"/time?whose=seller-{nadia.pk}").status_code == 404
    assert as_admin.get(f"/time?whose=seller-{yanis.pk}").status_code == 200
    assert as_camille.get("/time/block/nothing").status_code == 404
    assert as_camille.get("/time/deals?what=nothing").status_code == 404
    assert as_camille.get("/time?period=2y").status_code == 400


def test_a_seller_is_offered_the_own_time_and_the_team_a_manager_each_seller_by_name(
    as_camille: Client, as_nadia: Client, camille: User
) -> None:
    sold(camille, 1)
    choice = page(as_camille, "/time").split('name="whose"')[1].split("</select>")[0]
    assert re.findall(r'<option value="([^"]+)"', choice) == ["own", "team"]
    assert f'value="seller-{camille.pk}"' in page(as_nadia, "/time")


def test_the_page_paints_before_any_sum(
    as_camille: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from rebond.facts import warm

    sold(camille, 3)
    fresh()
    monkeypatch.setattr(warm, "current", lambda _today: pytest.fail("a sum was made"))
    with django_assert_max_num_queries(14):
        shell = page(as_camille, "/time")
    assert all(f'data-block="/time/block/{name}?' in shell for name in NAMES)


# ---- what it says


def test_nothing_at_all_says_what_will_make_a_first_figure(as_camille: Client) -> None:
    ratio = block(as_camille, "ratio")
    assert "10 contacts more and a first figure appears." in ratio
    assert "vt-dotted" in ratio
    assert "No contact is on record in this time." in block(as_camille, "kinds")
    assert "Too few" in block(as_camille, "move")
    assert "–" in block(as_camille, "tiles")


def test_a_few_contacts_say_how_many_more(as_camille: Client, camille: User) -> None:
    sold(camille, 1, contacts=4, outcome=Outcome.LOST)
    assert "6 contacts more and a first figure appears." in block(as_camille, "ratio")


def test_without_a_plan_it_says_so_and_leads_to_the_assumptions(as_camille: Client, camille: User) -> None:
    sold(camille, 12)
    ratio = block(as_camille, "ratio")
    assert "What a sale earns is not known yet." in ratio
    assert "Say what a sale earns" in ratio
    assert 'href="/time/assumptions"' in ratio


def test_a_seller_sees_the_sum_the_hour_and_the_kinds(as_camille: Client, camille: User, north: Team) -> None:
    flat_plan(north)
    sold(camille, 12, contacts=10)
    sold(camille, 12, contacts=10, outcome=Outcome.LOST)
    ratio = block(as_camille, "ratio")
    assert "Every contact of yours has brought €25, also the one that met a no" in ratio
    assert "12 sales, 240 contacts of all deals, lost ones too" in ratio
    tiles = block(as_camille, "tiles")
    assert all(name in tiles for name in ("One hour", "One call", "One email", "One meeting", "costs €34"))
    kinds = block(as_camille, "kinds")
    assert "First contact" in kinds
    assert "Sixth follow-up or later" in kinds
    assert "<svg" in kinds
    assert "240 contacts" not in block(as_camille, "lede")


def test_what_an_hour_costs_is_the_orange_line_and_below_it_stands_in_orange(
    as_camille: Client, camille: User, north: Team
) -> None:
    flat_plan(north, 2_000)
    sold(camille, 12)
    sold(camille, 30, outcome=Outcome.LOST)
    Assumption.objects.create(team=north, name="hour_cost", value=9_000, currency="EUR", at=timezone.now())
    kinds = block(as_camille, "kinds")
    assert 'class="p-cost"' in kinds
    assert 'class="worse"' in kinds
    assert "No kind of contact has brought in what its hour costs" in kinds


def test_the_team_is_shown_whole_to_a_seller_and_by_name_to_who_leads_it(
    as_camille: Client, as_nadia: Client, camille: User, north: Team
) -> None:
    other = make_user("Zoé Lambert", team=north)
    flat_plan(north)
    for seller in (camille, other):
        sold(seller, 12)
    groups = block(as_nadia, "groups")
    assert groups.index("Camille Aubry") < groups.index("Zoé Lambert")
    assert "Zoé Lambert" not in block(as_camille, "groups", "&whose=team")
    assert "24 sales" in block(as_camille, "ratio", "&whose=team")


def test_people_stand_by_name_whatever_their_figures(as_nadia: Client, north: Team) -> None:
    flat_plan(north)
    for name, sales in (("Zoé Lambert", 20), ("Anne Petit", 12), ("Marc Roy", 15)):
        sold(make_user(name, team=north), sales, contacts=5 if name == "Zoé Lambert" else 30)
    shown = re.findall(r'<th scope="row"><b>([^<]+)</b>', block(as_nadia, "groups"))
    assert shown[:3] == ["Anne Petit", "Marc Roy", "Zoé Lambert"]


def test_a_segment_and_a_period_narrow_it(as_camille: Client, camille: User, north: Team) -> None:
    flat_plan(north)
    sold(camille, 10, segment="SMB")
    sold(camille, 7, segment="Bank")
    sold(camille, 6, segment="Bank", days_ago=200)
    assert "10 sales" in block(as_camille, "ratio", "&segment=SMB")
    assert "17 sales" in block(as_camille, "ratio", "&period=3m")
    assert "23 sales" in block(as_camille, "ratio", "&period=all")


def test_who_leads_is_offered_a_test_a_seller_is_not(
    as_nadia: Client, as_camille: Client, camille: User, north: Team
) -> None:
    flat_plan(north)
    for deal in sold(camille, 15, contacts=9):
        touch(deal, 2, timezone.now() - timedelta(days=33), channels=("meeting",))
    sold(camille, 30, contacts=9, outcome=Outcome.LOST)
    assert "quarters of 20" in block(as_nadia, "move")
    assert 'href="/tests/new"' in block(as_nadia, "move")
    own = block(as_camille, "move")
    assert "you end ahead in" in own
    assert "/tests/new" not in own


@pytest.mark.soak
def test_where_silence_costs_more_than_it_returns_is_told_from_the_teams_cases(
    as_camille: Client, camille: User, north: Team
) -> None:
    flat_plan(north)
    other = make_user("Zoé Lambert", team=north)
    sold(other, 20, contacts=3)
    sold(other, 60, contacts=8, outcome=Outcome.LOST)
    found = block(as_camille, "next")
    assert "<svg" in found


# ---- the deals behind


def test_a_figure_opens_its_sales_with_what_each_earned(as_camille: Client, camille: User, north: Team) -> None:
    flat_plan(north)
    sold(camille, 3, contacts=4)
    sold(camille, 2, outcome=Outcome.LOST)
    found = page(as_camille, "/time/deals?what=sales")
    assert found.count("data-row") == 3
    assert found.count("€500") == 3
    assert page(as_camille, "/time/deals?what=contacted").count("data-row") == 5


def test_the_list_is_paged_and_asks_no_more_at_a_thousand(
    as_camille: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sold(camille, 1_000, contacts=1)
    page(as_camille, "/time/deals?what=sales")
    with django_assert_max_num_queries(16):
        first = page(as_camille, "/time/deals?what=sales")
    assert first.count("data-row") == 50
    assert "1 to 50 of 1000" in first
    assert "51 to 100" in page(as_camille, "/time/deals?what=sales&page=2")


def test_navigation_leads_there_on_wide_and_on_narrow_screens(as_camille: Client) -> None:
    shell = page(as_camille, "/time")
    assert re.search(r'<a href="/time" aria-current="page" data-go="v">.*?Value of time', shell)
    assert re.search(r'<a href="/time" aria-current="page">.*?My time', shell)


@pytest.mark.soak
def test_an_administrator_sees_teams_beside_each_other(as_admin: Client, camille: User, yanis: User) -> None:
    for seller in (camille, yanis):
        flat_plan(seller.team)
        sold(seller, 12)
    assert make_user("Nils Ohne", team=None, role=Role.SELLER).team is None
    groups = block(as_admin, "groups")
    assert "Team by team" in groups
    assert "North" in groups
    assert "South" in groups


def test_what_a_colleague_should_end_is_between_them_and_who_leads(
    as_camille: Client, as_nadia: Client, north: Team, nadia: User
) -> None:
    """In the team's view a seller sees their own conversations; who leads sees each with its seller."""
    other = make_user("Idris Colas", team=north)
    keep_prices(price_list())
    talk(other, "Colas Freres", now=timezone.now())
    talk(User.objects.get(name="Camille Aubry"), "Aubry Conseil", now=timezone.now(), email="x@aubry.example")
    seller, leads = block(as_camille, "conversations", "&whose=team"), block(as_nadia, "conversations", "&whose=team")
    assert ("Aubry Conseil" in seller, "Colas Freres" in seller, "Idris" in seller) == (True, False, False)
    assert ("Aubry Conseil" in leads, "Colas Freres" in leads, "Idris Colas" in leads) == (True, True, True)


def test_the_deals_of_the_team_are_listed_without_what_colleagues_earned(
    as_camille: Client, as_nadia: Client, camille: User, north: Team
) -> None:
    flat_plan(north, 12_345)
    for seller in (camille, make_user("Zoé Lambert", team=north)):
        sold(seller, 2)
    path = "/time/deals?what=sales&whose=team"
    assert [page(client, path).count("€123") for client in (as_camille, as_nadia)] == [2, 4]
