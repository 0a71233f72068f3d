"""The screens of chat channels: added, tried, switched, ended, settled; the address is shown to nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.channels.addresses import address_of, hide
from rebond.channels.models import ChatChannel, Delivery
from tests.channels.making import ADDRESSES, plan, tell
from tests.channels.server import ChatServer
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def typed(**more: str) -> dict[str, str]:
    given = {"name": "#wins", "kind": "slack", "address": ADDRESSES["slack"], "language": "en", "when": "now"}
    return given | more


def test_a_manager_adds_the_teams_channel_and_its_address_is_never_shown(
    as_nadia: Client, nadia: User, north: Team
) -> None:
    answer = as_nadia.post("/channels/new", typed(whose=str(north.pk)), follow=True)
    assert "Added. Try it now" in answer.text
    channel = ChatChannel.objects.get()
    assert (channel.team, channel.kind, channel.is_on, channel.is_digest) == (north, "slack", True, False)
    assert address_of(channel) == ADDRESSES["slack"]
    for page in ("/channels", "/channels/new", f"/channels/{channel.pk}"):
        assert "TIiajkdnlazkcOXrIdevi7FQ" not in as_nadia.get(page).text
    entry = AuditEntry.objects.get(verb="channels.add")
    assert (entry.actor, entry.detail) == (nadia, {"kind": "slack", "team": north.pk})


def test_a_manager_adds_for_no_other_team_and_not_for_everybody(as_nadia: Client, north: Team, south: Team) -> None:
    for whose in ("all", str(south.pk), "", "nonsense"):
        assert as_nadia.post("/channels/new", typed(whose=whose)).status_code == 400
    assert not ChatChannel.objects.exists()


def test_an_administrator_adds_one_of_everybodys_once_a_day_in_french(as_admin: Client) -> None:
    as_admin.post("/channels/new", typed(whose="all", when="day", language="fr"))
    channel = ChatChannel.objects.get()
    assert (channel.team, channel.is_digest, channel.language) == (None, True, "fr")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://hooks.slack.com/services/T1", "This is no address of that service"),
        ("http://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "not encrypted"),
    ],
)
def test_a_wrong_address_is_said_beside_its_field_and_not_sent_back(
    address: str, said: str, as_nadia: Client, north: Team
) -> None:
    answer = as_nadia.post("/channels/new", typed(whose=str(north.pk), address=address))
    assert answer.status_code == 400
    assert said in answer.text
    assert 'value="#wins"' in answer.text  # the rest is kept
    assert address not in answer.text
    assert not ChatChannel.objects.exists()


def test_trying_it_sends_a_message_that_says_so_and_the_page_its_fate(
    as_nadia: Client, chat: ChatServer, wins_channel: ChatChannel
) -> None:
    page = f"/channels/{wins_channel.pk}"
    assert as_nadia.post(f"{page}/try").status_code == 302
    assert as_nadia.post(f"{page}/try").status_code == 302  # pressed twice
    assert "data-poll" in as_nadia.get(page).text
    assert as_nadia.get(page, headers={"Accept": "application/json"}).json()["ended"] is False
    assert tell(timezone.now()) == {"accepted": 1}
    assert chat.sent[0].said["title"] == "Rebond can write here"
    assert as_nadia.get(page, headers={"Accept": "application/json"}).json()["ended"] is True
    shown = as_nadia.get(page).text
    assert "data-poll" not in shown
    assert "Told" in shown


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "does not know this address"), (400, "refused it"), (503, "Tried 1 time"), (504, "Look in the channel")],
)
def test_what_became_of_it_is_said_in_words(
    status: int, said: str, as_nadia: Client, chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    chat.status = status
    plan(wins_channel, now)
    tell(now)
    assert said in as_nadia.get(f"/channels/{wins_channel.pk}").text


def test_of_what_was_told_the_text_is_not_shown(
    as_nadia: Client, chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    plan(wins_channel, now, title="Signed! Camille, Groupe Valmy", purpose="celebrate.bell", subject="celebrate.win:7")
    shown = as_nadia.get(f"/channels/{wins_channel.pk}").text
    assert "Groupe Valmy" not in shown
    assert '<a href="/wins/7">A win</a>' in shown


def test_one_that_nobody_knows_of_is_settled_by_who_leads(
    as_nadia: Client, nadia: User, chat: ChatServer, wins_channel: ChatChannel, now: datetime
) -> None:
    chat.status = 504
    one = plan(wins_channel, now)
    tell(now)
    assert "nobody knows whether it arrived" in as_nadia.get("/channels").text
    assert as_nadia.post(f"/channels/deliveries/{one.pk}/settle", {"decision": "perhaps"}).status_code == 400
    assert as_nadia.post(f"/channels/deliveries/{one.pk}/settle", {"decision": "told"}).status_code == 302
    assert as_nadia.post(f"/channels/deliveries/{one.pk}/settle", {"decision": "again"}).status_code == 409
    one.refresh_from_db()
    assert (one.status, one.reason) == ("accepted", "by_hand")
    assert AuditEntry.objects.get(verb="channels.settle").actor == nadia
    assert "nobody knows" not in as_nadia.get("/channels").text


def test_switched_off_and_on_and_ended(as_nadia: Client, wins_channel: ChatChannel) -> None:
    page = f"/channels/{wins_channel.pk}"
    for do, said in (("off", "Nothing is told there"), ("on", "Wins are told there from now")):
        assert said in as_nadia.post(f"{page}/switch", {"do": do}, follow=True).text
        assert ChatChannel.objects.get().is_on is (do == "on")
    assert as_nadia.post(f"{page}/switch", {"do": "sideways"}).status_code == 400
    assert "Its address is forgotten" in as_nadia.post(f"{page}/end", follow=True).text
    assert ChatChannel.objects.get().secret == ""
    assert as_nadia.post(f"{page}/try").status_code == 409
    assert "Try it" not in as_nadia.get(page).text


def test_who_leads_finds_them_from_the_wins_and_others_do_not(
    as_nadia: Client, as_admin: Client, as_camille: Client
) -> None:
    assert 'href="/channels"' in as_nadia.get("/wins").text
    assert 'href="/channels"' in as_admin.get("/wins").text
    assert 'href="/channels"' not in as_camille.get("/wins").text


def test_a_manager_without_a_team_keeps_none(db: None) -> None:
    client = Client()
    client.force_login(make_user("Mila Moreau", team=None, role=Role.MANAGER))
    assert client.get("/channels").status_code == 403
    assert 'href="/channels"' not in client.get("/wins").text


def test_a_manager_sees_the_teams_an_administrator_all(
    as_nadia: Client, as_admin: Client, north: Team, south: Team, now: datetime
) -> None:
    for name, team in (("north", north), ("south", south), ("everybody", None)):
        ChatChannel.objects.create(name=f"#{name}", kind="slack", secret=hide("x"), team=team, made_at=now)
    nadias, admins = as_nadia.get("/channels").text, as_admin.get("/channels").text
    assert [f"#{one}" in nadias for one in ("north", "south", "everybody")] == [True, False, False]
    assert all(f"#{one}" in admins for one in ("north", "south", "everybody"))


def test_a_thousand_channels_and_a_thousand_messages_take_as_many_queries_as_one(
    as_admin: Client, north: Team, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [ChatChannel(name=f"#{n:04}", kind="slack", secret="x", team=north, made_at=now) for n in range(1000)]
    channels = ChatChannel.objects.bulk_create(rows)
    Delivery.objects.bulk_create(
        Delivery(key=f"k{n}", channel=channels[n % 500], purpose="celebrate.bell", subject=f"celebrate.win:{n}",
                 planned_at=now + timedelta(minutes=n), send_at=now)
        for n in range(1000)
    )  # fmt: skip
    Delivery.objects.filter(pk__gt=0).update(channel=channels[0])
    with django_assert_max_num_queries(12):
        assert as_admin.get("/channels").text.count("data-row") == 50
    with django_assert_max_num_queries(12):
        assert as_admin.get(f"/channels/{channels[0].pk}").text.count("data-row") == 50
