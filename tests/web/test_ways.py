"""The ways between the screens of wins and of calls, and where in the menu they begin."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from rebond.accounts.models import User
from rebond.celebrate.models import Contest

pytestmark = pytest.mark.django_db
WAYS = re.compile(r'<nav class="ways".*?</nav>', re.DOTALL)
OF_A_SELLER = ["/wins", "/wins/mine", "/wins/rewards", "/praise"]


@pytest.fixture
def as_camille(client: Client, camille: User) -> Client:
    client.force_login(camille)
    return client


def links(client: Client, path: str) -> list[str]:
    """Where the row of ways on a page leads, in order."""
    row = WAYS.search(client.get(path).content.decode())
    return re.findall(r'href="([^"]+)"', row[0]) if row else []


def here(client: Client, path: str) -> list[str]:
    """What the page says of where its reader is, in the menu and in the row."""
    return re.findall(r'<a href="([^"]+)" aria-current="(?:page|true)"', client.get(path).content.decode())


def test_a_seller_goes_from_wins_to_what_is_theirs(as_camille: Client) -> None:
    for path in OF_A_SELLER:
        assert links(as_camille, path) == OF_A_SELLER


def test_who_leads_finds_praise_wallboards_and_channels_too(client: Client, nadia: User) -> None:
    client.force_login(nadia)
    found = links(client, "/wins")
    assert found == ["/wins", "/wins/mine", "/wins/praise", "/wins/rewards", "/wins/walls", "/channels", "/praise"]
    for path in found:
        assert links(client, path) == found


def test_an_administrator_finds_every_screen_that_the_row_names(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    for path in links(client, "/wins"):
        assert client.get(path).status_code == 200


def test_calls_lead_to_the_month_the_lessons_and_the_months(as_camille: Client) -> None:
    found = links(as_camille, "/calls")
    assert found == ["/calls", "/contest", "/calls/lessons", "/calls/hall"]
    for path in found:
        assert links(as_camille, path) == found


def test_a_month_of_its_own_is_call_of_the_month_and_lies_within_calls(
    as_camille: Client, camille: User, nadia: User
) -> None:
    month = Contest.objects.create(
        month=nadia.joined_at.date().replace(day=1), team=camille.team, organiser=nadia, state="announced",
        made_at=nadia.joined_at,
    )  # fmt: skip
    assert here(as_camille, f"/contest/{month.pk}") == ["/calls", "/contest"]
    assert here(as_camille, "/calls/lessons") == ["/calls", "/calls/lessons"]


def test_a_page_below_has_its_way_back_and_no_row(as_camille: Client) -> None:
    assert links(as_camille, "/wins/ring") == []
    assert '<a class="crumb" href="/wins">' in as_camille.get("/wins/ring").content.decode()


def test_calls_have_a_key_and_phones_list_them_with_what_praise_one_likes(as_camille: Client) -> None:
    assert '<a href="/calls" data-go="h">' in as_camille.get("/today").content.decode()
    main = as_camille.get("/more").content.decode().split('<main id="main"')[1]
    for path in ("/wins", "/calls", "/praise"):
        assert f'href="{path}"' in main
    assert 'href="/praise"' in as_camille.get("/settings").content.decode().split('<main id="main"')[1]
