"""The leader's message: a task on each win, in the form the person wants when it is sent, never to more people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Role, User
from rebond.base.errors import Conflict
from rebond.celebrate.actions.praise import plan_praise, write
from rebond.celebrate.actions.wins import name_part
from rebond.celebrate.models import Echo, Praise, PraiseStatus, Win
from rebond.celebrate.queries.motives import motives_of
from rebond.celebrate.telling import wish_of
from rebond.channels.models import ChatChannel, Delivery, DeliveryStatus
from rebond.deals.models import Deal
from rebond.live.models import LiveEvent
from rebond.loop.close import reopen
from rebond.mail.models import Message, MessageStatus
from rebond.mail.outgoing.engine import send
from tests.celebrate.won import praise_of, win, wishes
from tests.factories import make_deal, make_user
from tests.mail.server import SmtpServer
from tests.walks import status

pytestmark = pytest.mark.django_db
DID = "asked why they had said no in March, and waited for the answer"
TEXT = "Camille, you asked why they had said no and waited. That made it. Thank you."


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def won(deal: Deal, camille: User, nadia: User, now: datetime) -> Win:
    """Camille's win; Nadia leads her team."""
    return win(deal, camille, now)


def says(client: Client, found: Win, form: str, **more: str) -> int:
    answers = {"did": DID, "text": TEXT, "form": form, "step": "send"} | more
    return client.post(f"/wins/{found.pk}/praise", answers).status_code


def told() -> list[LiveEvent]:
    return list(LiveEvent.objects.filter(kind="praise").order_by("pk"))


def mails() -> QuerySet[Message]:
    """Those of this practice; a win also plans the question to the buyer."""
    return Message.objects.filter(purpose="celebrate.praise")


def a_channel(now: datetime, **more: Any) -> ChatChannel:
    return ChatChannel.objects.create(name="wins", kind="webhook", secret="x", made_at=now, **more)


# ---- the task


def test_each_win_gives_whoever_leads_a_task_due_the_next_working_day(deal: Deal, camille: User, nadia: User) -> None:
    friday = datetime(2026, 6, 12, 8, 0, tzinfo=UTC)
    found = praise_of(win(deal, camille, friday))
    assert (found.leader, found.status, found.due_on) == (nadia, PraiseStatus.WAITING, date(2026, 6, 15))


def test_the_same_win_is_one_task(won: Win, now: datetime) -> None:
    assert plan_praise(win=won, wish=wish_of(won), now=now) == praise_of(won)
    assert Praise.objects.count() == 1


def test_nobody_writes_about_themselves(nadia: User, now: datetime) -> None:
    deal = make_deal("Nadia’s own", owner=nadia)
    found = win(deal, nadia, now)
    assert not Praise.objects.filter(win=found).exists()


def test_a_second_manager_writes_about_the_first(nadia: User, now: datetime) -> None:
    omar = make_user("Omar Second", team=nadia.team, role=Role.MANAGER)
    assert praise_of(win(make_deal("Nadia’s own", owner=nadia), nadia, now)).leader == omar


@pytest.mark.parametrize("wish", [{"visibility": "nobody"}, {"form": "none"}])
def test_whoever_wants_nothing_gives_nobody_a_task(
    wish: dict[str, str], deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    wishes(camille, **wish)
    win(deal, camille, now)
    assert not Praise.objects.exists()


@pytest.mark.parametrize("wish", [{"visibility": "nobody"}, {"form": "none"}])
def test_a_wish_that_comes_later_takes_the_task_off_every_list_and_stops_the_message(
    wish: dict[str, str], as_nadia: Client, won: Win, camille: User
) -> None:
    assert "Camille Aubry" in as_nadia.get("/wins/praise").text
    wishes(camille, **wish)
    assert "Camille Aubry" not in as_nadia.get("/wins/praise").text
    assert "celebrate.praise" not in str([one.key for one in as_nadia.get("/today").context["listed"].items])
    assert says(as_nadia, won, "private") in (404, 409)
    assert praise_of(won).status == PraiseStatus.WAITING
    assert not mails().exists()


def test_a_leader_who_left_hands_the_task_to_whoever_leads_now(
    as_nadia: Client, won: Win, nadia: User, camille: User
) -> None:
    omar = make_user("Omar Next", team=camille.team, role=Role.MANAGER)
    as_omar = Client()
    as_omar.force_login(omar)
    assert "Camille Aubry" not in as_omar.get("/wins/praise").text
    User.objects.filter(pk=nadia.pk).update(is_active=False)
    assert "Camille Aubry" in as_omar.get("/wins/praise").text
    assert says(as_omar, won, "private") == 302
    assert praise_of(won).leader == omar


# ---- each form


def test_in_private_it_is_one_mail_to_them_alone(
    as_nadia: Client, as_camille: Client, as_yanis: Client, won: Win, camille: User, smtp_server: SmtpServer
) -> None:
    thomas = make_user("Thomas Girard", team=camille.team)
    assert says(as_nadia, won, "private") == 302
    send(clock=timezone.now, until=timezone.now() + timedelta(seconds=10))
    (mail,) = smtp_server.received
    assert mail.recipients == ["camille@rebond.example"]
    assert mail.mail["Reply-To"] == "nadia@rebond.example"
    assert TEXT in mail.text.replace("\n", " ")
    assert (told(), Delivery.objects.filter(purpose="celebrate.praise").count()) == ([], 0)
    as_thomas = Client()
    as_thomas.force_login(thomas)
    for reader in (as_thomas, as_yanis):
        assert TEXT not in reader.get("/wins").text
    assert TEXT in as_camille.get("/wins/mine").text
    assert TEXT not in as_thomas.get(f"/wins/{won.pk}").text


def test_in_public_the_team_reads_it_at_once_and_so_does_its_chat(
    as_nadia: Client, won: Win, camille: User, now: datetime
) -> None:
    mine, other = a_channel(now, team=camille.team), a_channel(now)
    wishes(camille, form="public")
    assert says(as_nadia, won, "public") == 302
    [event] = told()
    assert event.audience == [f"team:{camille.team_id}"]
    assert event.data["en"]["title"] == "Signed! Camille, Groupe Valmy"
    assert event.data["en"]["milestones"] == [TEXT]
    assert "6,200" not in str(event.data)
    planned = Delivery.objects.filter(purpose="celebrate.praise")
    assert [(one.channel, TEXT in one.body) for one in planned] == [(mine, True)]
    assert other not in [one.channel for one in planned]
    assert TEXT in as_nadia.get(f"/wins/{won.pk}").text
    assert not mails().exists()


def test_among_a_few_its_people_are_told_and_the_team_finds_it_with_the_win(
    as_nadia: Client, as_yanis: Client, won: Win, camille: User, now: datetime
) -> None:
    thomas = make_user("Thomas Girard", team=camille.team)
    a_channel(now, team=camille.team)
    name_part(win=won, user=thomas, what="the offer", actor=camille, now=now)
    for person in (camille, thomas):
        wishes(person, form="group", visibility="everyone")
    assert says(as_nadia, won, "group") == 302
    assert told()[0].audience == sorted([f"user:{camille.pk}", f"user:{thomas.pk}"])
    assert not Delivery.objects.filter(purpose="celebrate.praise").exists()
    assert TEXT in as_nadia.get(f"/wins/{won.pk}").text
    assert "Groupe Valmy" in as_yanis.get(f"/wins/{won.pk}").text  # the win is everybody's, the word is not
    assert TEXT not in as_yanis.get(f"/wins/{won.pk}").text


def test_said_in_person_it_is_noted_and_nothing_leaves(
    as_nadia: Client, as_camille: Client, won: Win, camille: User
) -> None:
    wishes(camille, form="spoken")
    page = as_nadia.get(f"/wins/{won.pk}/praise").text
    assert "said to them in person" in page
    assert 'name="text"' not in page
    assert says(as_nadia, won, "spoken", text="") == 302
    found = praise_of(won)
    assert (found.status, found.form, found.did) == (PraiseStatus.SENT, "spoken", DID)
    assert (mails().count(), told()) == (0, [])
    assert DID in as_camille.get("/wins/mine").text


def test_public_praise_of_a_win_that_only_the_leader_hears_of_goes_to_them_alone(
    as_nadia: Client, won: Win, camille: User
) -> None:
    wishes(camille, form="public", visibility="leader")
    assert says(as_nadia, won, "private") == 302
    assert (told(), mails().get().recipient) == ([], "camille@rebond.example")


# ---- what is never sent


def test_the_form_follows_the_wish_at_the_moment_it_is_sent(
    as_nadia: Client, won: Win, camille: User, now: datetime
) -> None:
    wishes(camille, form="public")
    assert 'name="form" value="public"' in as_nadia.get(f"/wins/{won.pk}/praise").text
    wishes(camille, form="private")
    answer = as_nadia.post(f"/wins/{won.pk}/praise", {"did": DID, "text": TEXT, "form": "public", "step": "send"})
    assert answer.status_code == 409
    assert TEXT in answer.text  # their words are kept
    assert 'name="form" value="private"' in answer.text
    assert (told(), mails().count(), praise_of(won).status) == ([], 0, PraiseStatus.WAITING)


def test_a_draft_is_made_of_own_words_alone_and_read_before_it_is_sent(as_nadia: Client, won: Win) -> None:
    answer = as_nadia.post(f"/wins/{won.pk}/praise", {"did": "", "text": "", "form": "private", "step": "draft"})
    assert "Say first what exactly they did" in answer.text
    answer = as_nadia.post(f"/wins/{won.pk}/praise", {"did": DID, "text": "", "form": "private", "step": "draft"})
    assert f"Camille, {DID}." in answer.text
    assert (praise_of(won).status, mails().count()) == (PraiseStatus.WAITING, 0)


@pytest.mark.parametrize(("more", "said"), [({"did": "Well done"}, "What exactly"), ({"text": ""}, "is empty")])
def test_without_own_words_nothing_is_sent(as_nadia: Client, won: Win, more: dict[str, str], said: str) -> None:
    answer = as_nadia.post(
        f"/wins/{won.pk}/praise", {"did": DID, "text": TEXT, "form": "private", "step": "send"} | more
    )
    assert answer.status_code == 400
    assert said in answer.text
    assert not mails().exists()


@pytest.mark.parametrize(("hidden", "text"), [("show_name", "Well done Camille, truly."),
                                              ("show_customer", "What a fight for groupe valmy.")])  # fmt: skip
def test_words_that_others_read_name_nothing_that_is_kept_out(
    as_nadia: Client, won: Win, camille: User, hidden: str, text: str
) -> None:
    wishes(camille, **{"form": "public", hidden: False})
    assert says(as_nadia, won, "public", text=text) == 400
    assert told() == []
    assert says(as_nadia, won, "public", text="She asked why, and waited for the answer.") == 302


def test_sent_once_it_is_not_sent_again(as_nadia: Client, won: Win) -> None:
    assert says(as_nadia, won, "private") == 302
    assert says(as_nadia, won, "private") == 409
    assert mails().count() == 1


def test_a_mail_that_waits_is_not_sent_to_somebody_who_wants_none_by_then(
    as_nadia: Client, won: Win, camille: User, smtp_server: SmtpServer
) -> None:
    says(as_nadia, won, "private")
    wishes(camille, form="none")
    send(clock=timezone.now, until=timezone.now() + timedelta(seconds=10))
    assert smtp_server.received == []
    found = mails().get()
    assert (found.status, found.reason) == (MessageStatus.SKIPPED, "not_wanted")


def test_a_chat_is_told_nothing_that_became_narrower_since(
    as_nadia: Client, won: Win, camille: User, now: datetime
) -> None:
    from rebond.channels import purposes

    a_channel(now, team=camille.team)
    wishes(camille, form="public")
    says(as_nadia, won, "public")
    delivery = Delivery.objects.select_related("channel").get(purpose="celebrate.praise")
    purpose = purposes.get("celebrate.praise")
    assert purpose.guard(delivery, now) == ""
    assert TEXT in purpose.write(delivery, now).body
    for wish in ({"visibility": "leader"}, {"visibility": "team", "form": "private"}):
        wishes(camille, **wish)
        assert purpose.guard(delivery, now) == "not_wanted"
    wishes(camille, visibility="team", form="public", show_name=False)
    assert purpose.guard(delivery, now) == "kept_out"


def test_a_win_taken_back_takes_its_word_along(as_nadia: Client, won: Win, camille: User, now: datetime) -> None:
    a_channel(now, team=camille.team)
    wishes(camille, form="public")
    says(as_nadia, won, "public")
    won.deal.refresh_from_db()
    reopen(deal=won.deal, actor=camille, now=now + timedelta(hours=1))
    assert praise_of(won).status == PraiseStatus.CANCELLED
    assert Delivery.objects.get(purpose="celebrate.praise").status == DeliveryStatus.CANCELLED
    assert TEXT not in as_nadia.get("/wins/praise").text


def test_a_win_taken_back_stops_a_mail_and_an_open_task(
    as_nadia: Client, won: Win, camille: User, now: datetime
) -> None:
    says(as_nadia, won, "private")
    won.deal.refresh_from_db()
    reopen(deal=won.deal, actor=camille, now=now + timedelta(hours=1))
    assert mails().get().status == MessageStatus.CANCELLED
    won.deal.refresh_from_db()
    win(won.deal, camille, now + timedelta(hours=2))
    assert praise_of(won).status == PraiseStatus.SENT  # what was said stays said
    assert Praise.objects.count() == 1


def test_left_unsaid_with_a_reason_it_is_off_the_list(as_nadia: Client, won: Win) -> None:
    assert as_nadia.post(f"/wins/{won.pk}/praise/leave", {"because": ""}).status_code == 400
    assert as_nadia.post(f"/wins/{won.pk}/praise/leave", {"because": "we talked at length"}).status_code == 302
    assert (praise_of(won).status, praise_of(won).because) == (PraiseStatus.LEFT, "we talked at length")
    assert "Camille Aubry" not in as_nadia.get("/wins/praise").text


def test_the_audit_keeps_no_word_of_it(as_nadia: Client, won: Win) -> None:
    says(as_nadia, won, "private")
    as_nadia.get("/wins/praise")
    entries = AuditEntry.objects.filter(verb__startswith="celebrate.")
    assert {"celebrate.plan_praise", "celebrate.praise"} <= {one.verb for one in entries}
    kept = str([one.detail for one in entries])
    assert not any(word in kept for word in ("Camille", "March", "waited", "@"))


# ---- what did them good


def test_the_one_who_was_praised_says_whether_it_did_them_good_and_may_change_it(
    as_nadia: Client, as_camille: Client, as_yanis: Client, won: Win, camille: User
) -> None:
    says(as_nadia, won, "private")
    about = f"praise:{praise_of(won).pk}"
    for answer in ("yes", "no", "no"):
        assert as_camille.post("/wins/echo", {"about": about, "good": answer}).status_code == 302
    echo = Echo.objects.get()
    assert (echo.user, echo.form, echo.good) == (camille, "private", False)
    assert as_camille.post("/wins/echo", {"about": about, "good": "perhaps"}).status_code == 400
    for stranger in (as_yanis, as_nadia):
        assert stranger.post("/wins/echo", {"about": about, "good": "yes"}).status_code == 404
    for nonsense in ("", "praise:", "praise:x", "praise:99999999999999999999", "win:1", "given:1"):
        assert as_camille.post("/wins/echo", {"about": nonsense, "good": "yes"}).status_code == 404


def test_what_does_somebody_good_is_told_in_counts_and_only_as_far_as_they_let(
    camille: User, nadia: User, now: datetime
) -> None:
    wishes(camille, incentives=["learning", "gift"], said_at=now)
    for number, good in enumerate([True, True, False, True]):
        Echo.objects.create(user=camille, about=f"praise:{number}", form="private", good=good, at=now)
    Echo.objects.create(user=camille, about="given:1", form="gift", good=True, at=now)
    found = motives_of(camille, reader=nadia)
    assert found.incentives == ["something to learn with", "a present"]
    assert found.echoes == [
        "“a message to me alone”: did good 3 of 4 times", "“a present”: too few answers, 2 more",
    ]  # fmt: skip
    wishes(camille, leader_may_see=False)
    found = motives_of(camille, reader=nadia)
    assert (found.kept, found.incentives, found.echoes, found.cheers) == (True, [], [], "")
    assert found.form == "a message to me alone"
    assert motives_of(camille, reader=camille).incentives == ["something to learn with", "a present"]


def test_the_page_of_the_message_keeps_what_they_keep(as_nadia: Client, won: Win, camille: User) -> None:
    wishes(camille, incentives=["time_off"])
    assert "time off" in as_nadia.get(f"/wins/{won.pk}/praise").text
    wishes(camille, leader_may_see=False, show_customer=False)
    page = as_nadia.get(f"/wins/{won.pk}/praise").text
    assert "time off" not in page
    assert "Groupe Valmy" not in page


# ---- doors


@pytest.mark.parametrize(
    ("path", "methods", "seller", "outsider", "admin"),
    [
        ("/wins/praise", ("get",), 403, 403, 200),
        ("/wins/{win}/praise", ("get", "post"), 403, 404, 404),
        ("/wins/{win}/praise/leave", ("post",), 403, 404, 404),
        ("/wins/echo", ("post",), 400, 400, 400),
    ],
)
def test_every_door(
    path: str, methods: tuple[str, ...], seller: int, outsider: int, admin: int, as_camille: Client, as_yanis: Client,
    as_admin: Client, as_nadia: Client, won: Win,
) -> None:  # fmt: skip
    path = path.format(win=won.pk)
    for method in ("get", "post", "put"):
        if method not in methods:
            assert status(as_nadia, method, path) == 405
    assert status(as_camille, methods[0], path) == seller
    assert status(as_yanis, methods[0], path) == outsider
    assert status(as_admin, methods[0], path) == admin
    for method in methods:
        answer = getattr(Client(), method)(path)
        assert (answer.status_code, answer["Location"].startswith("/account/login/")) == (302, True)


def test_a_thousand_wins_to_write_about_take_as_many_queries_as_a_few(
    as_nadia: Client, camille: User, nadia: User, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many_praises(camille, nadia, now, 1000)
    with django_assert_max_num_queries(13):
        assert as_nadia.get("/wins/praise").text.count("data-row") == 1000


def many_praises(owner: User, leader: User, now: datetime, count: int) -> None:
    from rebond.deals.models import CloseEvent

    deals = Deal.objects.bulk_create(
        Deal(
            name=f"Won {n}", owner=owner, team=owner.team, outcome="won", closed_at=now, created_at=now, updated_at=now
        )
        for n in range(count)
    )
    events = CloseEvent.objects.bulk_create(
        CloseEvent(deal=deal, outcome="won", closed_at=now, recorded_at=now, source="screen") for deal in deals
    )
    wins = Win.objects.bulk_create(
        Win(deal=event.deal, close_event=event, owner=owner, team=owner.team, at=now, rung_at=now) for event in events
    )
    Praise.objects.bulk_create(Praise(win=one, leader=leader, due_on=now.date(), made_at=now) for one in wins)


def test_two_sent_side_by_side_are_one(won: Win, nadia: User, now: datetime) -> None:
    stale = praise_of(won)
    write(praise=praise_of(won), did=DID, text=TEXT, form="private", actor=nadia, now=now)
    with pytest.raises(Conflict, match="already"):
        write(praise=stale, did=DID, text=TEXT, form="private", actor=nadia, now=now)
    assert mails().count() == 1
