"""A win in the team's chat: once per channel, as far as its people let it be heard when it leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import Team, User
from rebond.celebrate.actions.wins import name_part, record_win
from rebond.celebrate.models import Preference, Win
from rebond.channels.models import ChatChannel, Delivery
from rebond.deals.models import CloseEvent, CloseSource, Company, Deal, Outcome, Person
from rebond.loop.close import close, reopen
from tests.channels.conftest import chat  # noqa: F401 (a fixture)
from tests.channels.making import make_channel, tell
from tests.channels.server import ChatServer
from tests.factories import make_closed_deal, make_deal

pytestmark = pytest.mark.django_db


@pytest.fixture
def channels(chat: ChatServer, north: Team, south: Team, now: datetime) -> dict[str, ChatChannel]:  # noqa: F811
    """One of each team, one of everybody."""
    whose: dict[str, Team | None] = {"north": north, "south": south, "all": None}
    return {
        name: make_channel(chat, team=team, now=now, name=name, address=f"{chat.url}/{name}")
        for name, team in whose.items()
    }


def win(deal: Deal, actor: User, now: datetime) -> Win:
    close(deal=deal, outcome=Outcome.WON, actor=actor, source=CloseSource.SCREEN, now=now)
    return Win.objects.order_by("-pk")[0]


def wishes(user: User, **wish: Any) -> None:
    Preference.objects.update_or_create(user=user, defaults=wish)


def told(chat: ChatServer) -> list[str]:  # noqa: F811
    return sorted(sent.path.strip("/") for sent in chat.sent)


@pytest.mark.parametrize(
    ("wish", "hear"), [("everyone", ["all", "north"]), ("team", ["north"]), ("leader", []), ("nobody", [])]
)
def test_the_channels_that_its_people_let_hear_of_it_do_once(
    wish: str, hear: list[str], chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal, camille: User,  # noqa: F811
    now: datetime,
) -> None:  # fmt: skip
    wishes(camille, visibility=wish)
    win(deal, camille, now)
    tell(now)
    tell(now + timedelta(days=1))
    assert told(chat) == hear


def test_it_says_what_they_let_be_said_and_where_to_cheer(
    chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal, camille: User, helene: Person, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    make_closed_deal(owner=camille, name="A no", company=helene.company)
    found = win(deal, camille, now)
    tell(now)
    [said] = [sent.said for sent in chat.sent]
    assert said["title"] == "🔔 Signed! Camille, Groupe Valmy"
    assert said["message"].splitlines()[0] == "after 1 no · the very first"
    assert said["message"].splitlines()[1].endswith(f"/wins/{found.pk}")
    assert "6,200" not in str(said)


def test_in_the_language_of_the_channel(chat: ChatServer, deal: Deal, camille: User, now: datetime) -> None:  # noqa: F811
    make_channel(chat, team=camille.team, now=now, language="fr")
    wishes(camille, show_amount=True)
    win(deal, camille, now)
    tell(now)
    assert "6\u202f200\xa0€" in chat.sent[0].said["message"]


@pytest.mark.parametrize(
    ("before", "after", "hear"),
    [("everyone", "team", ["north"]), ("team", "nobody", []), ("team", "everyone", ["north"])],
)
def test_a_wish_that_is_changed_before_it_leaves_counts(
    before: str, after: str, hear: list[str], chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal,  # noqa: F811
    camille: User, now: datetime,
) -> None:  # fmt: skip
    wishes(camille, visibility=before)
    win(deal, camille, now)
    wishes(camille, visibility=after)
    tell(now)
    assert told(chat) == hear
    assert {one.reason for one in Delivery.objects.filter(status="skipped")} <= {"wish_changed"}


def test_a_name_that_is_to_stay_out_from_now_on_stays_out(
    chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    win(deal, camille, now)
    wishes(camille, show_name=False, show_customer=False)
    tell(now)
    assert chat.sent[0].said["title"] == "🔔 Signed! One more for the team"
    assert "Camille" not in str(chat.sent[0].said) + str(list(Delivery.objects.values()))


def test_a_colleague_with_a_part_in_it_who_wants_it_kept_stops_it(
    chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal, camille: User, nadia: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    found = win(deal, camille, now)
    wishes(nadia, visibility="nobody")
    name_part(win=found, user=nadia, what="the offer", actor=camille, now=now)
    tell(now)
    assert chat.sent == []


def test_withdrawn_before_it_leaves_it_is_not_told_and_won_again_it_is_once(
    chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    win(deal, camille, now)
    deal.refresh_from_db()
    reopen(deal=deal, actor=camille, now=now + timedelta(minutes=1))
    tell(now + timedelta(minutes=1))
    assert chat.sent == []
    deal.refresh_from_db()
    win(deal, camille, now + timedelta(minutes=2))
    tell(now + timedelta(minutes=2))
    assert told(chat) == ["north"]


def test_told_already_it_is_not_told_again_when_the_deal_is_won_again(
    chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    win(deal, camille, now)
    tell(now)
    deal.refresh_from_db()
    reopen(deal=deal, actor=camille, now=now + timedelta(days=1))
    deal.refresh_from_db()
    win(deal, camille, now + timedelta(days=2))
    tell(now + timedelta(days=2))
    assert told(chat) == ["north"]


def test_the_same_close_told_by_two_connectors_is_told_once(
    chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    win(deal, camille, now)
    record_win(close_event=CloseEvent.objects.get(), actor=camille, now=now)
    tell(now)
    assert told(chat) == ["north"]


def test_a_bell_that_could_not_leave_for_two_days_is_not_told(
    chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    win(deal, camille, now)
    assert tell(now + timedelta(hours=49)) == {"settled": 1}
    assert Delivery.objects.get().reason == "too_late"


# ---- once a day


@pytest.fixture
def digest(chat: ChatServer, north: Team, now: datetime) -> ChatChannel:  # noqa: F811
    return make_channel(chat, team=north, now=now, is_digest=True)


def test_once_a_day_the_wins_of_the_day_are_one_message(
    chat: ChatServer, digest: ChatChannel, deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    second = make_deal("Second", owner=camille, company=deal.company)
    win(deal, camille, now)
    win(second, camille, now + timedelta(hours=1))
    assert tell(now + timedelta(hours=2)) == {}
    assert tell(now + timedelta(hours=10)) == {"accepted": 1}
    [sent] = chat.sent
    assert sent.said["title"].startswith("🔔 2 wins, ")
    assert sent.said["message"].count("• Signed! Camille, Groupe Valmy") == 2


def test_won_after_it_left_it_is_the_next_days(
    chat: ChatServer, digest: ChatChannel, deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    win(deal, camille, now + timedelta(hours=11))
    assert tell(now + timedelta(hours=12)) == {}
    assert tell(now + timedelta(hours=34)) == {"accepted": 1}


def test_of_a_day_whose_wins_may_not_be_told_nothing_is(
    chat: ChatServer, digest: ChatChannel, deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    win(deal, camille, now)
    wishes(camille, visibility="nobody")
    assert tell(now + timedelta(hours=10)) == {"settled": 1}
    assert (Delivery.objects.get().reason, chat.sent) == ("nothing_to_tell", [])


def test_a_day_of_many_wins_names_ten_and_counts_the_others_in_as_many_queries(
    chat: ChatServer, digest: ChatChannel, camille: User, now: datetime,  # noqa: F811
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for number in range(40):
        _deal, event = make_closed_deal(Outcome.WON, owner=camille, name=f"Deal {number}", closed_at=now)
        record_win(close_event=event, actor=camille, now=now)
    with django_assert_max_num_queries(44):  # 42, for one win as for forty
        assert tell(now + timedelta(hours=10)) == {"accepted": 1}
    assert chat.sent[0].said["title"].startswith("🔔 40 wins, ")
    assert "and 30 more" in chat.sent[0].said["message"]


@pytest.mark.parametrize(
    ("won", "leaves"),
    [
        ("2026-06-09T14:59:59", "2026-06-09T15:01"),  # a second before five in Paris
        ("2026-06-09T15:00:00", "2026-06-09T15:01"),
        ("2026-06-09T15:00:01", "2026-06-10T15:01"),
        ("2026-06-09T22:30:00", "2026-06-10T15:01"),  # half past midnight, the next day
        ("2026-10-24T15:30:00", "2026-10-25T16:01"),  # the night between has an hour more
        ("2026-10-25T15:59:00", "2026-10-25T16:01"),
        ("2026-03-28T16:30:00", "2026-03-29T15:01"),  # and here one less
        ("2026-03-29T15:00:01", "2026-03-30T15:01"),
    ],
)
def test_the_days_wins_are_told_after_five_whatever_the_clocks_do(
    won: str, leaves: str, chat: ChatServer, digest: ChatChannel, deal: Deal, camille: User  # noqa: F811
) -> None:  # fmt: skip
    at = datetime.fromisoformat(f"{leaves}:00+00:00")
    win(deal, camille, datetime.fromisoformat(f"{won}+00:00"))
    assert tell(at - timedelta(minutes=1)) == {}
    assert tell(at) == {"accepted": 1}
    assert tell(at + timedelta(days=2)) == {}
    assert chat.sent[0].said["title"].startswith("🔔 1 win, ")


def test_a_win_each_hour_over_the_night_of_the_long_hour_is_each_told_once(
    chat: ChatServer, digest: ChatChannel, camille: User  # noqa: F811
) -> None:  # fmt: skip
    first, hours = datetime(2026, 10, 24, 10, 30, tzinfo=UTC), 40
    for hour in range(hours + 24):
        at = first + timedelta(hours=hour)
        if hour < hours:
            _deal, event = make_closed_deal(Outcome.WON, owner=camille, name=f"Deal {hour}", closed_at=at)
            record_win(close_event=event, actor=camille, now=at)
        tell(at)
    told = [int(sent.said["title"].split()[1]) for sent in chat.sent]
    assert (sum(told), len(told)) == (hours, 3)


def test_a_wish_that_is_changed_while_the_service_is_down_counts(
    chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    chat.status = 503
    win(deal, camille, now)
    assert tell(now) == {"again": 1}
    wishes(camille, show_name=False, show_customer=False)
    assert tell(now + timedelta(minutes=1)) == {"again": 1}
    assert "Camille" not in str(list(Delivery.objects.values()))
    wishes(camille, visibility="nobody")
    chat.status = 200
    assert tell(now + timedelta(hours=1)) == {"settled": 1}
    one = Delivery.objects.get()
    assert (one.status, one.reason, one.title, one.body) == ("skipped", "wish_changed", "", "")
    assert [sent.said["title"] for sent in chat.sent][1:] == ["🔔 Signed! One more for the team"]


def test_each_channel_has_one_row_of_a_win_however_often_it_is_recorded_and_withdrawn(
    chat: ChatServer, channels: dict[str, ChatChannel], deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    wishes(camille, visibility="everyone")
    for minute in range(0, 6, 2):
        win(deal, camille, now + timedelta(minutes=minute))
        record_win(close_event=CloseEvent.objects.order_by("-pk")[0], actor=None, now=now + timedelta(minutes=minute))
        deal.refresh_from_db()
        reopen(deal=deal, actor=camille, now=now + timedelta(minutes=minute + 1))
        deal.refresh_from_db()
    win(deal, camille, now + timedelta(minutes=7))
    tell(now + timedelta(minutes=8))
    mine = [channels["all"].pk, channels["north"].pk]
    assert sorted(Delivery.objects.values_list("channel_id", flat=True)) == sorted(mine)
    assert told(chat) == ["all", "north"]


def test_a_customers_name_with_breaks_adds_no_line_to_the_days_message(
    chat: ChatServer, digest: ChatChannel, deal: Deal, camille: User, now: datetime  # noqa: F811
) -> None:  # fmt: skip
    assert deal.company is not None
    Company.objects.filter(pk=deal.company.pk).update(name="Valmy\n• Signed! Yanis, Nordvik\u2028@channel")
    win(deal, camille, now)
    assert tell(now + timedelta(hours=10)) == {"accepted": 1}
    lines = chat.sent[0].said["message"].splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("• Signed! Camille, Valmy • Signed! Yanis, Nordvik @channel")
