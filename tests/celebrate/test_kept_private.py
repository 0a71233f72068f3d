"""What the people of a win keep to themselves stays there, also where it was told before, and in others' words."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.celebrate.actions import wins
from rebond.celebrate.actions.preferences import say
from rebond.celebrate.actions.wins import cheer_win, name_part
from rebond.celebrate.models import Milestone, Praise, Win, WinPart
from rebond.celebrate.queries.wins import feed_for, told_to
from rebond.celebrate.telling import wish_of
from rebond.celebrate.visibility import circle_of, reaches
from rebond.channels.models import ChatChannel, Delivery
from rebond.deals.models import Deal, Outcome
from rebond.live.models import LiveEvent
from rebond.loop.close import reopen
from rebond.mail.models import Message, MessageStatus
from rebond.mail.outgoing.engine import send
from tests.celebrate.won import win, wishes
from tests.factories import make_closed_deal, make_company, make_deal, make_user
from tests.mail.server import SmtpServer
from tests.mail.test_at_once import beside
from tests.walks import status

pytestmark = pytest.mark.django_db
ANSWERS = {"visibility": "team", "show_name": "on", "show_customer": "on", "form": "private"}
DID = "asked why they had said no in March"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def bell() -> LiveEvent:
    return LiveEvent.objects.get(kind="bell")


def withdrawn() -> list[tuple[list[str], dict[str, Any]]]:
    return [(one.audience, one.data) for one in LiveEvent.objects.filter(kind="withdrawn").order_by("pk")]


def answers(client: Client, **more: str) -> None:
    """As somebody says it on their own page; ``off`` leaves a box empty."""
    said = {name: value for name, value in (ANSWERS | more).items() if value != "off"}
    assert client.post("/praise", said).status_code == 302


# ---- what was told before


def test_a_co_owner_named_after_the_bell_who_is_more_private_takes_back_what_was_told(
    as_camille: Client, as_nadia: Client, deal: Deal, camille: User, now: datetime
) -> None:
    thomas = make_user("Thomas Girard", team=camille.team)
    wishes(thomas, visibility="nobody")
    found = win(deal, camille, now)
    assert bell().audience == [f"team:{camille.team_id}"]
    answer = as_camille.post(f"/wins/{found.pk}/parts", {"user": thomas.pk, "what": "the offer"})
    assert answer.status_code == 302
    assert set(bell().audience) == {f"user:{camille.pk}", f"user:{thomas.pk}"}
    assert withdrawn() == [([f"team:{camille.team_id}"], {"win": found.pk})]
    assert "Groupe Valmy" not in as_nadia.get("/wins").text


@pytest.mark.parametrize(
    ("more", "audience"),
    [({"visibility": "nobody"}, "user:{camille}"), ({"show_name": "off"}, "team:{team}"),
     ({"show_customer": "off"}, "team:{team}")],
)  # fmt: skip
def test_a_browser_that_wakes_is_told_what_its_people_wish_by_then(
    more: dict[str, str], audience: str, as_camille: Client, deal: Deal, camille: User, now: datetime
) -> None:
    found = win(deal, camille, now)
    assert "Camille, Groupe Valmy" in str(bell().data)
    answers(as_camille, **more)
    told = bell()
    assert told.audience == [audience.format(camille=camille.pk, team=camille.team_id)]
    hidden = {"show_name": "Camille", "show_customer": "Valmy"}.get(next(iter(more)))
    assert hidden is None or hidden not in str(told.data)
    assert withdrawn() == [([f"team:{camille.team_id}"], {"win": found.pk})]


def test_whoever_lets_more_be_heard_rings_nothing_anew(
    as_camille: Client, deal: Deal, camille: User, now: datetime
) -> None:
    win(deal, camille, now)
    before = (bell().audience, bell().data)
    answers(as_camille, visibility="everyone", show_amount="on")
    assert ((bell().audience, bell().data), withdrawn()) == (before, [])
    answers(as_camille, visibility="team")  # narrower again, and what was told was no wider
    assert bell().audience == before[0]


def test_a_win_that_was_taken_back_is_told_to_no_screen_that_wakes(deal: Deal, camille: User, now: datetime) -> None:
    win(deal, camille, now)
    deal.refresh_from_db()
    reopen(deal=deal, actor=camille, now=now + timedelta(minutes=1))
    assert (bell().audience, bell().data) == ([], {})
    assert len(withdrawn()) == 1


@pytest.mark.parametrize("more", [{"form": "private"}, {"form": "public", "visibility": "leader"}])
def test_a_leader_s_word_in_public_is_taken_back_with_the_wish_for_it(
    more: dict[str, str], as_camille: Client, as_nadia: Client, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    wishes(camille, form="public")
    found = win(deal, camille, now)
    text = "Camille, you asked why. Thank you."
    sent = {"did": DID, "text": text, "form": "public", "step": "send"}
    assert as_nadia.post(f"/wins/{found.pk}/praise", sent).status_code == 302
    mate = signed_in(make_user("Marc Delvaux", team=camille.team))
    assert text in mate.get("/wins").text
    answers(as_camille, **more)
    assert text not in mate.get("/wins").text
    assert LiveEvent.objects.get(kind="praise").audience == []
    assert text in as_camille.get("/wins/mine").text


# ---- milestones, counts


@pytest.mark.parametrize(
    ("code", "hidden"),
    [("largest", "show_amount"), ("first_ever", "show_name"), ("dry_spell", "show_name"),
     ("by_referral", "show_customer"), ("quickest", "show_customer"), ("patient", "show_customer")],
)  # fmt: skip
def test_a_milestone_gives_nothing_away_that_is_kept(
    code: str, hidden: str, as_camille: Client, as_nadia: Client, deal: Deal, camille: User, now: datetime
) -> None:
    found = win(deal, camille, now)
    Win.objects.update(milestones=[code])
    words = str(Milestone(code).label)
    wishes(camille, show_name=True, show_amount=True, show_customer=True)
    assert words in as_nadia.get(f"/wins/{found.pk}").text
    wishes(camille, **{hidden: False})
    assert words not in as_nadia.get(f"/wins/{found.pk}").text
    assert words not in as_nadia.get("/wins").text
    assert words in as_camille.get(f"/wins/{found.pk}").text


def test_the_largest_is_the_largest_of_five_in_its_own_currency(deal: Deal, camille: User, now: datetime) -> None:
    for number in range(4):
        make_closed_deal(Outcome.WON, owner=camille, name=f"{number}", closed_at=now - timedelta(days=9),
                         amount_minor=100)  # fmt: skip
    krona = make_deal("One in crowns", owner=camille, amount_minor=900, currency="SEK")
    assert Milestone.LARGEST not in win(krona, camille, now).milestones
    assert Milestone.LARGEST in win(deal, camille, now).milestones


# ---- others' words


def test_a_cheer_says_nothing_that_is_kept_and_a_part_names_nobody(
    as_camille: Client, as_nadia: Client, nadia: User, deal: Deal, camille: User, now: datetime
) -> None:
    found = win(deal, camille, now)
    thomas, rosa = (make_user(name, team=camille.team) for name in ("Thomas Girard", "Rosa Reader"))
    name_part(win=found, user=thomas, what="drove to Valmy", actor=camille, now=now)
    for user, words in ((nadia, "Bravo Camille"), (rosa, "6 200 at last")):
        cheer_win(win=found, words=words, actor=user, now=now)
    reader = signed_in(make_user("Marc Delvaux", team=camille.team))
    for page in ("/wins", f"/wins/{found.pk}"):
        assert "Bravo Camille" in reader.get(page).text
        assert "6 200" not in reader.get(page).text  # nobody lets the amount be heard
    assert "drove to Valmy" in reader.get(f"/wins/{found.pk}").text
    wishes(camille, show_customer=False)
    assert "Valmy" not in reader.get(f"/wins/{found.pk}").text
    wishes(camille, show_name=False)
    for page in ("/wins", f"/wins/{found.pk}"):
        assert "Camille" not in reader.get(page).text
        assert "Thomas Girard</b>" not in reader.get(page).text
        assert "Nadia" in reader.get(page).text  # that she is glad, without her words
    assert "6 200 at last" in as_camille.get(f"/wins/{found.pk}").text


def test_nobody_cheers_for_themselves(as_camille: Client, deal: Deal, camille: User, now: datetime) -> None:
    found = win(deal, camille, now)
    assert status(as_camille, "post", f"/wins/{found.pk}/cheer") == 403
    assert not found.cheers.exists()


def test_who_won_it_is_not_named_as_a_part_of_it(as_camille: Client, deal: Deal, camille: User, now: datetime) -> None:
    found = win(deal, camille, now)
    assert as_camille.post(f"/wins/{found.pk}/parts", {"user": camille.pk, "what": "all"}).status_code == 400
    assert not WinPart.objects.exists()


@pytest.mark.parametrize("text", ["Six thousand two hundred, 6,200 €, what a deal", "A 6.2k deal after all that",
                                  "So Aubry asked why"])  # fmt: skip
def test_a_leader_s_word_that_others_read_tells_no_amount_and_no_family_name(
    text: str, as_nadia: Client, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    wishes(camille, form="public", show_name=False)
    found = win(deal, camille, now)
    sent = {"did": DID, "text": text, "form": "public", "step": "send"}
    assert as_nadia.post(f"/wins/{found.pk}/praise", sent).status_code == 400
    assert not LiveEvent.objects.filter(kind="praise").exists()
    drafted = as_nadia.post(f"/wins/{found.pk}/praise", {"did": DID, "form": "public", "step": "draft"})
    assert "Camille" not in drafted.context["text"]
    sent["text"] = drafted.context["text"]
    assert as_nadia.post(f"/wins/{found.pk}/praise", sent).status_code == 302


# ---- what others keep of it


def test_a_private_word_stands_in_no_outbox(
    as_nadia: Client, as_admin: Client, as_camille: Client, nadia: User, deal: Deal, camille: User, now: datetime,
    smtp_server: SmtpServer,
) -> None:  # fmt: skip
    found = win(deal, camille, now)
    text = "You waited for the answer. Thank you."
    as_nadia.post(f"/wins/{found.pk}/praise", {"did": DID, "text": text, "form": "private", "step": "send"})
    mail = Message.objects.get(purpose="celebrate.praise")
    for _moment in ("before it leaves", "after"):
        page = as_admin.get(reverse("mail:message", args=[mail.pk])).text
        assert text not in page
        assert "Groupe Valmy" not in page
        send(clock=timezone.now, until=timezone.now() + timedelta(seconds=10))
    (sent,) = smtp_server.received
    assert text in sent.text.replace("\n", " ")
    assert text in as_camille.get("/wins/mine").text


def test_a_mail_that_waits_does_not_go_to_somebody_who_would_rather_hear_it_in_person(
    as_nadia: Client, nadia: User, deal: Deal, camille: User, now: datetime, smtp_server: SmtpServer
) -> None:
    found = win(deal, camille, now)
    as_nadia.post(f"/wins/{found.pk}/praise", {"did": DID, "text": "Thank you.", "form": "private", "step": "send"})
    wishes(camille, form="spoken")
    send(clock=timezone.now, until=timezone.now() + timedelta(seconds=10))
    assert smtp_server.received == []
    mail = Message.objects.get(purpose="celebrate.praise")
    assert (mail.status, mail.reason) == (MessageStatus.SKIPPED, "not_wanted")


def test_the_audit_does_not_say_which_form_somebody_likes(
    as_nadia: Client, nadia: User, deal: Deal, camille: User, now: datetime
) -> None:
    wishes(camille, form="spoken")
    found = win(deal, camille, now)
    as_nadia.post(f"/wins/{found.pk}/praise", {"did": DID, "form": "spoken", "step": "send"})
    assert AuditEntry.objects.get(verb="celebrate.praise").detail == {"win": found.pk}


def test_praise_in_public_leaves_channels_alone_that_are_told_once_a_day(
    as_nadia: Client, nadia: User, deal: Deal, camille: User, now: datetime
) -> None:
    wishes(camille, form="public")
    found = win(deal, camille, now)
    made = {"secret": "x", "made_at": now, "team": camille.team}
    at_once = ChatChannel.objects.create(name="at once", **made)
    ChatChannel.objects.create(name="daily", is_digest=True, **made)
    as_nadia.post(f"/wins/{found.pk}/praise", {"did": DID, "text": "Thank you.", "form": "public", "step": "send"})
    assert [one.channel for one in Delivery.objects.filter(purpose="celebrate.praise")] == [at_once]


# ---- who hears


@pytest.mark.parametrize(("role", "answer"), [(Role.MANAGER, 200), (Role.ADMIN, 404), (Role.SELLER, 404)])
def test_who_leads_my_team_alone_is_its_manager_and_no_administrator_in_it(
    role: str, answer: int, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    wishes(camille, visibility="leader")
    found = win(deal, camille, now)
    reader = make_user("Rosa Reader", team=camille.team, role=role)
    assert status(signed_in(reader), "get", f"/wins/{found.pk}") == answer
    Praise.objects.update(leader=None)  # whoever had the task has left
    nadia.is_active = False
    nadia.save()
    page = signed_in(reader).get("/wins/praise")
    assert ("Groupe Valmy" in page.content.decode()) is (role == Role.MANAGER)


def test_a_win_of_nobody_s_team_is_heard_by_whoever_won_it(camille: User, now: datetime) -> None:
    alone = make_user("Olga Alone", team=None)
    win(make_deal("Hers", owner=alone, company=None), alone, now)
    assert bell().audience == [f"user:{alone.pk}"]
    assert signed_in(alone).get("/wins").context["feed"].wins != []
    assert signed_in(camille).get("/wins").context["feed"].wins == []


def test_a_deal_without_owner_company_and_amount_rings_for_its_team(north: Team, camille: User, now: datetime) -> None:
    bare = Deal.objects.create(name="Bare", team=north, created_at=now, updated_at=now)
    found = win(bare, camille, now)
    assert bell().data["en"]["title"] == "Signed! Bare"
    assert not Praise.objects.exists()  # there is nobody to write to
    assert "Signed! Bare" in signed_in(camille).get(f"/wins/{found.pk}").text


def test_a_win_of_somebody_who_left_gives_nobody_a_task(
    as_nadia: Client, nadia: User, deal: Deal, camille: User, now: datetime
) -> None:
    found = win(deal, camille, now)
    assert "Camille Aubry" in as_nadia.get("/wins/praise").text
    User.objects.filter(pk=camille.pk).update(is_active=False)
    assert "Camille Aubry" not in as_nadia.get("/wins/praise").text
    deal = make_deal("Another", owner=User.objects.get(pk=camille.pk))
    other = win(deal, nadia, now)
    assert [one.win for one in Praise.objects.all()] == [found]
    assert other.rung_at is not None


def test_the_page_of_wins_holds_just_what_the_rule_lets_each_reader_hear(
    north: Team, south: Team, camille: User, now: datetime
) -> None:
    """Every pair of wishes of an owner and a colleague with a part, against the rule in ``visibility``."""
    circles = (None, "everyone", "team", "leader", "nobody")
    people = {}
    for number, (who, circle) in enumerate(product("ab", circles)):
        people[who, circle] = make_user(f"P{number} Roy", team=north)
        if circle:
            wishes(people[who, circle], visibility=circle)
    owners = [people["a", circle] for circle in circles]
    for owner, part in product([*owners, None], [None, *(people["b", circle] for circle in circles)]):
        deal, event = make_closed_deal(Outcome.WON, owner=owner or camille)
        made = Win.objects.create(deal=deal, close_event=event, owner=owner, team=north, at=now, rung_at=now)
        if part:
            WinPart.objects.create(win=made, user=part, at=now)
    manager = make_user("Omar Lead", team=north, role=Role.MANAGER)
    admin = make_user("Ada House", team=north, role=Role.ADMIN)
    alone, far = make_user("Olga Alone", team=None), make_user("Yan South", team=south)
    for reader in (camille, manager, admin, alone, far):
        heard = {one.pk for one in Win.objects.all() if reaches(wish_of(one), circle_of(reader, one.team_id))}
        told = told_to(reader.team_id, near=circle_of(reader, reader.team_id))
        assert {one.pk for one in Win.objects.filter(told)} == heard, reader
        feed = feed_for(reader, now=now)
        assert {one.win.pk for one in feed.wins} == heard
        assert feed.kept == (36 - len(heard) if reader.team == north else 0)


def test_other_teams_wins_never_crowd_out_ones_own_and_only_what_is_kept_is_counted_as_kept(
    as_nadia: Client, camille: User, yanis: User, deal: Deal, now: datetime
) -> None:
    mine = win(deal, camille, now - timedelta(days=5))
    deals = Deal.objects.bulk_create(
        Deal(name=f"Won {n}", owner=yanis, team=yanis.team, outcome="won", created_at=now, updated_at=now)
        for n in range(400)
    )
    events = [one.close_events.create(outcome="won", closed_at=now, recorded_at=now, source="x") for one in deals]
    Win.objects.bulk_create(
        Win(deal=one.deal, close_event=one, owner=yanis, team=yanis.team, at=now, rung_at=now) for one in events
    )
    quiet = make_deal("Dated back", owner=camille)
    win(quiet, camille, now, closed_at=now - timedelta(days=20))  # it never rang; nobody keeps it back
    feed = as_nadia.get("/wins").context["feed"]
    assert ([one.win for one in feed.wins], feed.kept) == ([mine], 0)
    wishes(camille, visibility="nobody")
    feed = as_nadia.get("/wins").context["feed"]
    assert (feed.wins, feed.kept) == ([], 1)


def test_a_team_of_none_is_nobody_s_team_to_lead(camille: User, now: datetime) -> None:
    alone = make_user("Olga Alone", team=None)
    found = win(make_deal("Hers", owner=alone), alone, now)
    wishes(alone, visibility="everyone")
    boss = signed_in(make_user("Sam Nowhere", team=None, role=Role.MANAGER))
    assert status(boss, "get", f"/wins/{found.pk}") == 200
    assert boss.post(f"/wins/{found.pk}/parts", {"user": camille.pk}).status_code == 403


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "🎉 Ünïcode & Söhne", "شركة النور", "W" * 200, "\u202eevil", "=1+1"]
)
def test_a_customer_s_name_is_text_on_every_page_and_wall(
    name: str, as_nadia: Client, camille: User, now: datetime
) -> None:
    found = win(make_deal("D", owner=camille, company=make_company(name)), camille, now)
    for page in ("/wins", f"/wins/{found.pk}", "/wins/praise"):
        answer = as_nadia.get(page).text
        assert escape(name) in answer
        assert "<script>alert" not in answer
    assert name in bell().data["fr"]["title"]


def test_its_own_people_hear_and_read_all_of_it(as_camille: Client, deal: Deal, camille: User, now: datetime) -> None:
    wishes(camille, visibility="nobody", show_name=False, show_customer=False)
    found = win(deal, camille, now)
    page = as_camille.get(f"/wins/{found.pk}").text
    assert "Groupe Valmy" in page
    assert "€6,200" in page


def test_whoever_changes_team_takes_no_win_along_and_names_colleagues_of_the_team_they_are_in(
    as_camille: Client, deal: Deal, camille: User, nadia: User, yanis: User, south: Team, now: datetime
) -> None:
    found = win(deal, camille, now)
    User.objects.filter(pk=camille.pk).update(team=south)
    assert status(signed_in(yanis), "get", f"/wins/{found.pk}") == 404  # it was won in the north, for the north
    assert status(signed_in(nadia), "get", f"/wins/{found.pk}") == 200
    page = as_camille.get(f"/wins/{found.pk}").text
    assert "Yanis Benkirane" in page
    assert "Nadia Belkacem" not in page
    assert as_camille.post(f"/wins/{found.pk}/parts", {"user": nadia.pk}).status_code == 404
    assert as_camille.post(f"/wins/{found.pk}/parts", {"user": yanis.pk}).status_code == 302
    assert status(signed_in(yanis), "get", f"/wins/{found.pk}") == 200


@pytest.mark.django_db(transaction=True)
def test_a_wish_said_while_the_bell_is_being_rung_holds(
    deal: Deal, camille: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever comes first: here the bell is written down, and the wish is said before it is committed."""
    ringing, go_on = threading.Event(), threading.Event()

    def slowly(**_more: object) -> int:
        ringing.set()
        go_on.wait(20)
        return 0

    monkeypatch.setattr(wins, "tell_channels", slowly)
    wish = {"visibility": "nobody", "show_name": True, "show_amount": False, "show_customer": True, "form": "private"}
    bell_rings = beside(lambda: win(deal, camille, now))
    assert ringing.wait(20)
    says = beside(lambda: say(user=camille, leader_may_see=True, actor=camille, now=now, **wish))
    says.join(0.3)  # it waits for the bell
    go_on.set()
    for one in (bell_rings, says):
        one.join(30)
    assert bell().audience == [f"user:{camille.pk}"]


def test_a_colleague_named_by_a_slip_is_named_no_more(
    as_camille: Client, as_yanis: Client, deal: Deal, camille: User, now: datetime
) -> None:
    found = win(deal, camille, now)
    thomas, mate = (make_user(name, team=camille.team) for name in ("Thomas Girard", "Marc Delvaux"))
    name_part(win=found, user=thomas, what="the offer", actor=camille, now=now)
    sent = {"user": thomas.pk, "drop": "1"}
    path = f"/wins/{found.pk}/parts"
    assert [one.post(path, sent).status_code for one in (signed_in(mate), as_yanis)] == [403, 404]
    assert as_camille.post(path, sent | {"user": mate.pk}).status_code == 404
    assert "A slip" in as_camille.get(f"/wins/{found.pk}").text
    assert as_camille.post(path, sent).status_code == 302
    assert not WinPart.objects.exists()
    assert signed_in(thomas).get("/wins/mine").context["own"].wins == []
    assert AuditEntry.objects.get(verb="celebrate.drop_part").detail == {"user": thomas.pk}
