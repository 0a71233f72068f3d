"""The wallboard: a television shows a code, who leads enters it, the board tells what it may, it is taken down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.celebrate.actions.walls import GUESSES, WAITING, begin_wall, pair_wall
from rebond.celebrate.models import Preference, Wall, Win
from rebond.celebrate.queries.walls import board
from rebond.celebrate.screens import COOKIE, digest_of
from rebond.celebrate.telling import title
from rebond.celebrate.visibility import DEFAULT
from rebond.deals.models import CloseEvent, CloseSource, Deal, Outcome
from rebond.live.tickets import read
from rebond.loop.close import close, reopen
from tests.factories import make_company, make_deal, make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db
OPEN = ("/wall", "/wall/pair", "/wall/data", "/wall/ticket")


@pytest.fixture
def now() -> datetime:
    """What the clock says: screens ask it."""
    return timezone.now()


@pytest.fixture
def television() -> Client:
    """A browser that nobody signed in on."""
    return Client()


def code_on(television: Client) -> str:
    said = television.post("/wall/pair").json()
    assert said["state"] == "waiting"
    return str(said["code"])


def hang_up(by: Client, television: Client, *, team: str, **more: str) -> Wall:
    answer = by.post("/wins/walls", {"code": code_on(television), "name": "Kitchen", "team": team, **more})
    assert (answer.status_code, answer["Location"]) == (302, "/wins/walls")
    return Wall.objects.filter(paired_at__isnull=False).order_by("-paired_at")[0]


@pytest.fixture
def of_north(as_nadia: Client, television: Client, north: Team) -> Wall:
    return hang_up(as_nadia, television, team=str(north.pk), language="en")


def win(deal: Deal, actor: User, now: datetime) -> Win:
    close(deal=deal, outcome=Outcome.WON, actor=actor, source=CloseSource.SCREEN, now=now)
    return Win.objects.order_by("-pk")[0]


def wishes(user: User, **wish: Any) -> None:
    Preference.objects.update_or_create(user=user, defaults=wish)


def shown(television: Client) -> list[str]:
    return [one["title"] for one in television.get("/wall/data").json()["wins"]]


# ---- Pairing


def test_a_television_is_paired_by_the_code_it_shows_and_keeps_its_key(
    as_nadia: Client, television: Client, nadia: User, north: Team
) -> None:
    assert "type this code" in television.get("/wall").text
    code = code_on(television)
    assert code_on(television) == code  # asked again it is the same screen
    answer = as_nadia.post(
        "/wins/walls",
        {"code": f" {code[:3].lower()}-{code[3:]}", "name": "Kitchen", "team": north.pk, "language": "fr"},
    )
    assert answer.status_code == 302
    assert television.post("/wall/pair").json() == {"state": "paired"}
    assert "data-board" in television.get("/wall").text
    [wall] = Wall.objects.all()
    key = television.cookies[COOKIE]
    assert (wall.name, wall.team, wall.everybody, wall.language, wall.paired_by) == (
        "Kitchen",
        north,
        False,
        "fr",
        nadia,
    )
    assert wall.code == ""
    assert wall.key_digest == digest_of(key.value)
    assert key.value not in str(list(Wall.objects.values()))
    assert (key["httponly"], key["samesite"], key["path"]) == (True, "Lax", "/wall")
    entry = AuditEntry.objects.get(verb="celebrate.pair_wall")
    assert (entry.actor, entry.detail) == (nadia, {"team": north.pk})


def test_the_code_is_also_a_picture_that_leads_to_the_form(as_nadia: Client, television: Client) -> None:
    said = television.post("/wall/pair").json()
    assert said["qr"].startswith("<svg")
    assert f'value="{said["code"]}"' in as_nadia.get(f"/wins/walls?code={said['code']}").text


def test_a_code_works_once(as_nadia: Client, as_admin: Client, television: Client, north: Team) -> None:
    code = code_on(television)
    form = {"code": code, "name": "Kitchen", "team": north.pk}
    assert as_nadia.post("/wins/walls", form).status_code == 302
    again = as_admin.post("/wins/walls", {**form, "name": "Mine"})
    assert again.status_code == 400
    assert "No screen shows this code now" in again.text
    assert "Mine" in again.text  # what was typed is kept
    assert Wall.objects.get().name == "Kitchen"


def test_a_code_that_ran_out_is_nobodys_and_the_screen_shows_another(
    as_nadia: Client, television: Client, north: Team, now: datetime
) -> None:
    code = code_on(television)
    Wall.objects.update(code_until=now - timedelta(seconds=1))
    assert as_nadia.post("/wins/walls", {"code": code, "name": "K", "team": north.pk}).status_code == 400
    other = code_on(television)
    assert other != code
    assert Wall.objects.count() == 1
    assert as_nadia.post("/wins/walls", {"code": other, "name": "K", "team": north.pk}).status_code == 302


def test_guessing_ends_after_ten_wrong_codes_even_for_a_right_one(
    as_nadia: Client, television: Client, north: Team, now: datetime
) -> None:
    code = code_on(television)
    for _guess in range(GUESSES):
        assert as_nadia.post("/wins/walls", {"code": "CCCCCC", "name": "K", "team": north.pk}).status_code == 400
    right = {"code": code, "name": "K", "team": north.pk}
    assert as_nadia.post("/wins/walls", right).status_code == 429
    assert Wall.objects.filter(paired_at__isnull=False).count() == 0
    AuditEntry.objects.filter(verb="celebrate.wrong_code").update(at=now - timedelta(minutes=11))
    assert as_nadia.post("/wins/walls", right).status_code == 302


@pytest.mark.parametrize("code", ["", "x", "00OO11", "CDF347" * 4, "CDF34é", "../../"])
def test_nonsense_is_no_code(as_nadia: Client, north: Team, code: str) -> None:
    assert as_nadia.post("/wins/walls", {"code": code, "name": "K", "team": north.pk}).status_code == 400


def test_screens_that_were_never_paired_are_forgotten_and_cannot_fill_the_table(now: datetime) -> None:
    begin_wall(now=now - timedelta(hours=2))
    begin_wall(now=now)
    assert Wall.objects.count() == 1
    for _screen in range(WAITING - 1):
        begin_wall(now=now)
    answer = Client().post("/wall/pair", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (429, "too_many_screens")
    assert Wall.objects.count() == WAITING


def test_one_address_of_the_network_begins_twenty_screens_an_hour_and_takes_no_place_of_others() -> None:
    def begin(address: str) -> int:
        return Client(REMOTE_ADDR=address).post("/wall/pair", headers={"Accept": "application/json"}).status_code

    assert [begin("192.0.2.7") for _screen in range(21)] == [200] * 20 + [429]
    assert begin("192.0.2.8") == 200
    assert Wall.objects.count() == 21


def test_a_manager_hangs_up_walls_of_their_team_and_of_everybody_an_administrator_any(
    as_nadia: Client, as_admin: Client, south: Team
) -> None:
    assert as_nadia.post("/wins/walls", {"code": code_on(Client()), "name": "K", "team": south.pk}).status_code == 404
    assert hang_up(as_nadia, Client(), team="everybody").everybody
    assert hang_up(as_admin, Client(), team=str(south.pk)).team == south
    for nonsense in ("", "x", "99999999999999999999999", "-1"):
        typed = {"code": code_on(Client()), "name": "K", "team": nonsense}
        assert as_admin.post("/wins/walls", typed).status_code == 404


def test_a_seller_hangs_up_nothing(as_camille: Client, television: Client, north: Team) -> None:
    assert status(as_camille, "get", "/wins/walls") == 403
    typed = {"code": code_on(television), "name": "K", "team": north.pk}
    assert as_camille.post("/wins/walls", typed).status_code == 403
    assert Wall.objects.filter(paired_at__isnull=False).count() == 0


# ---- The door


def test_only_the_walls_own_addresses_are_open(as_nadia: Client, of_north: Wall, television: Client) -> None:
    for path, right in zip(OPEN, ("get", "post", "get", "post"), strict=True):
        assert_wrong_method(television, path, right)
    for path in ("/walls", "/wall/", "/wall/x", "/wallet", "/wall/data/1"):
        assert television.get(path).status_code == 302  # to sign in, like everything else
    for path in ("/wins", "/today", "/live/ticket", "/wins/walls"):
        assert_signed_out_is_sent_to_sign_in(path)
        assert television.get(path).status_code == 302  # its key opens the wall alone
    assert_wrong_method(as_nadia, f"/wins/walls/{of_north.pk}/end", "post")
    assert_signed_out_is_sent_to_sign_in(f"/wins/walls/{of_north.pk}/end", "post")
    assert status(as_nadia, "put", "/wins/walls") == 405


@pytest.mark.parametrize("key", ["", "x", "0" * 43, "é", "'; drop table"])
def test_a_made_up_key_opens_nothing(key: str, of_north: Wall, television: Client) -> None:
    assert television.get("/wall/data").status_code == 200
    forger = Client()
    forger.cookies[COOKIE] = key
    assert forger.get("/wall/data").status_code == 401
    assert forger.post("/wall/ticket").status_code == 401
    assert "type this code" in forger.get("/wall").text


def test_a_screen_that_is_not_paired_hears_and_sees_nothing(television: Client) -> None:
    code_on(television)
    assert television.get("/wall/data").json() == {"error": "not_paired"}
    assert television.post("/wall/ticket").status_code == 401


def test_a_forged_request_from_another_page_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/wall/pair").status_code == 403
    token = strict.get("/wall").text.split('data-token="')[1].split('"')[0]
    assert strict.post("/wall/pair", headers={"X-CSRFToken": token}).status_code == 200


def test_its_ticket_listens_to_its_team_and_to_everybody_never_to_a_person(
    of_north: Wall, television: Client, as_admin: Client
) -> None:
    given = read(television.post("/wall/ticket").json()["ticket"], timezone.now())
    assert given is not None
    assert given.holder == f"wall:{of_north.pk}"
    assert given.topics == {"everyone", f"team:{of_north.team_id}"}
    of_north.refresh_from_db()
    assert of_north.seen_at is not None
    other = Client()
    hang_up(as_admin, other, team="everybody")
    given = read(other.post("/wall/ticket").json()["ticket"], timezone.now())
    assert given is not None
    assert given.topics == {"everyone"}


# ---- The board


def test_an_empty_board_says_that_the_first_one_rings_for_everyone(of_north: Wall, television: Client) -> None:
    assert "The first one rings for everyone" in television.get("/wall").text
    data = television.get("/wall/data")
    assert data["Cache-Control"] == "no-store"
    assert (data.json()["wins"], data.json()["month"]["count"]) == ([], 0)


@pytest.mark.parametrize(
    ("wish", "team", "everybody"),
    [("everyone", True, True), ("team", True, False), ("leader", False, False), ("nobody", False, False)],
)
def test_a_wall_tells_what_each_person_lets_it_and_counts_every_win(
    wish: str, team: bool, everybody: bool, of_north: Wall, television: Client, as_admin: Client, deal: Deal,
    camille: User, now: datetime,
) -> None:  # fmt: skip
    other = Client()
    hang_up(as_admin, other, team="everybody", language="en")
    wishes(camille, visibility=wish)
    win(deal, camille, now)
    assert (shown(television) == ["Signed! Camille, Groupe Valmy"]) is team
    assert (shown(other) == ["Signed! Camille, Groupe Valmy"]) is everybody
    for one in (television, other):
        data = one.get("/wall/data")
        assert data.json()["month"]["count"] == 1
        assert "6,200" not in data.text
        assert ("Camille" in data.text) is (team if one is television else everybody)


def test_a_wish_counts_on_the_wall_from_the_moment_it_is_made(
    of_north: Wall, television: Client, deal: Deal, camille: User, now: datetime
) -> None:
    win(deal, camille, now)
    wishes(camille, visibility="team", show_name=False, show_customer=False)
    assert shown(television) == ["Signed! One more for the team"]
    wishes(camille, visibility="nobody")
    assert shown(television) == []


def test_another_teams_win_is_told_only_where_everybody_may_hear(
    of_north: Wall, television: Client, yanis: User, now: datetime
) -> None:
    elsewhere = make_deal("Theirs", owner=yanis, company=make_company("Nordvik"))
    win(elsewhere, yanis, now)
    assert (shown(television), television.get("/wall/data").json()["month"]["count"]) == ([], 0)
    wishes(yanis, visibility="everyone")
    assert shown(television) == ["Signed! Yanis, Nordvik"]
    assert television.get("/wall/data").json()["month"]["count"] == 0  # the number is the team's own


def test_a_win_that_was_taken_back_leaves_the_wall(
    of_north: Wall, television: Client, deal: Deal, camille: User, now: datetime
) -> None:
    win(deal, camille, now)
    assert len(shown(television)) == 1
    deal.refresh_from_db()
    reopen(deal=deal, actor=camille, now=now)
    assert (shown(television), television.get("/wall/data").json()["month"]["count"]) == ([], 0)


def test_the_board_speaks_the_language_it_was_hung_up_in(
    as_nadia: Client, television: Client, north: Team, deal: Deal, camille: User, now: datetime
) -> None:
    hang_up(as_nadia, television, team=str(north.pk), language="fr")
    win(deal, camille, now)
    page = television.get("/wall", headers={"Accept-Language": "en"})
    assert '<html lang="fr"' in page.text
    with translation.override("fr"):
        assert shown(television) == [title(Win.objects.get(), DEFAULT)]


def test_nobody_is_ranked_and_no_address_or_deal_is_in_what_a_wall_is_told(
    of_north: Wall, television: Client, deal: Deal, camille: User, now: datetime
) -> None:
    win(deal, camille, now)
    data = television.get("/wall/data").json()
    assert set(data) == {"edition", "now", "zone", "month", "wins"}
    assert set(data["month"]) == {"count", "words"}
    assert set(data["wins"][0]) == {"win", "at", "title", "who", "company", "short", "line", "milestones"}
    assert "@" not in str(data)


def test_the_board_asks_as_little_of_a_thousand_wins_as_of_one(
    north: Team, nadia: User, camille: User, deal: Deal, now: datetime, django_assert_max_num_queries: Any
) -> None:
    wall, _key = begin_wall(now=now)
    found = pair_wall(code=wall.code, name="K", team=north, language="en", actor=nadia, now=now)
    assert found is not None
    first = win(deal, camille, now)
    deals = [make_deal(f"Deal {number}", owner=camille, outcome=Outcome.WON) for number in range(3)]
    events = CloseEvent.objects.bulk_create(
        CloseEvent(deal=deals[number % 3], outcome=Outcome.WON, closed_at=now, recorded_at=now, source="screen")
        for number in range(999)
    )
    Win.objects.bulk_create(
        Win(deal=event.deal, close_event=event, number=number + 1, owner=camille, team=north, at=first.at,
            rung_at=first.at)
        for number, event in enumerate(events)
    )  # fmt: skip
    with django_assert_max_num_queries(6):
        data = board(found, now=timezone.now())
    assert (data["month"]["count"], len(data["wins"])) == (1000, 5)


# ---- The list, and the end


def test_who_leads_sees_their_walls_and_an_administrator_all(
    as_nadia: Client, as_admin: Client, of_north: Wall, television: Client, south: Team
) -> None:
    hang_up(as_admin, Client(), team=str(south.pk))
    Wall.objects.exclude(pk=of_north.pk).update(name="In the south")
    begin_wall(now=timezone.now())  # waiting ones are in nobody's list
    page = as_nadia.get("/wins/walls").text
    assert "<b>Kitchen</b>" in page
    assert "Not seen yet" in page
    assert "In the south" not in page
    television.post("/wall/ticket")
    assert "On now" in as_nadia.get("/wins/walls").text
    Wall.objects.update(seen_at=timezone.now() - timedelta(hours=3))
    assert "Last seen on" in as_nadia.get("/wins/walls").text
    assert "In the south" in as_admin.get("/wins/walls").text


def test_a_wall_that_was_taken_down_shows_a_code_again_and_tells_nothing(
    as_nadia: Client, of_north: Wall, television: Client, nadia: User
) -> None:
    assert as_nadia.post(f"/wins/walls/{of_north.pk}/end").status_code == 302
    assert television.get("/wall/data").status_code == 401
    assert television.post("/wall/ticket").status_code == 401
    assert "type this code" in television.get("/wall").text
    old = television.cookies[COOKIE].value
    assert code_on(television)
    assert television.cookies[COOKIE].value != old
    assert AuditEntry.objects.get(verb="celebrate.end_wall").actor == nadia
    assert "<b>Kitchen</b>" not in as_nadia.get("/wins/walls").text
    assert as_nadia.post(f"/wins/walls/{of_north.pk}/end").status_code == 404
    assert Wall.objects.filter(pk=of_north.pk, ended_at__isnull=False).exists()


def test_nobody_else_takes_a_wall_down(
    as_camille: Client, as_yanis: Client, of_north: Wall, television: Client, south: Team
) -> None:
    path = f"/wins/walls/{of_north.pk}/end"
    manager = Client()
    manager.force_login(make_user("Sam South", team=south, role=Role.MANAGER))
    for outsider in (as_camille, as_yanis, manager):
        assert status(outsider, "post", path) == 404
    assert television.get("/wall/data").status_code == 200


def test_the_list_asks_the_same_of_a_thousand_walls_as_of_one(
    as_admin: Client, admin_user: User, north: Team, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Wall.objects.bulk_create(
        Wall(
            name=f"Wall {number}", key_digest=str(number), team=north, made_at=now, paired_at=now, paired_by=admin_user
        )
        for number in range(1000)
    )
    as_admin.get("/wins/walls")
    with django_assert_num_queries(5):
        assert as_admin.get("/wins/walls").status_code == 200
