"""The page of one ask: why this person, what to say, the letter, names said on the phone; and every door to it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import User
from rebond.deals.actions.indexing import index_people
from rebond.deals.models import CloseEvent, Deal, Person
from rebond.learn.models import Invitation
from rebond.mail.models import Message
from rebond.refer.models import Referral, ReferralAsk
from tests.factories import make_person, make_user
from tests.refer.nos import a_no, letter, talk
from tests.refer.test_asking import shared
from tests.walks import assert_signed_out_is_sent_to_sign_in, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(deal: Deal) -> CloseEvent:
    """A no of today, of somebody who was met."""
    return a_no(deal, timezone.now())


@pytest.fixture
def due(event: CloseEvent) -> ReferralAsk:
    """The letter, a fortnight after the debrief."""
    Invitation.objects.all().delete()
    event.debrief.finished_at = timezone.now() - timedelta(days=10)
    event.debrief.save()
    ask, today = letter(event), timezone.localdate()
    ReferralAsk.objects.filter(pk=ask.pk).update(due_on=today, until_on=today + timedelta(days=7))
    return letter(event)


def to(name: str, *args: int) -> str:
    return reverse(f"refer:{name}", args=args)


def read(client: Client, ask: ReferralAsk, query: str = "") -> str:
    answer = client.get(to("ask", ask.pk) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_why_what_to_say_and_what_may_be_forwarded(as_camille: Client, event: CloseEvent) -> None:
    page = read(as_camille, talk(event))
    assert "Ask Hélène Marchetti" in page
    assert "who do you know that would gain from a conversation with us?" in page
    assert "The reason was outside our control" in page  # no budget is in nobody's hands
    assert "To forward" in page
    assert "Camille Aubry" in page
    assert "They named somebody" in page
    assert "No terms are published yet" in page


def test_another_wording_is_a_link_away(as_camille: Client, due: ReferralAsk) -> None:
    first, second = read(as_camille, due), read(as_camille, due, "?draft=1")
    assert "?draft=1" in first
    assert "Thank you for the straight answer about Maintenance, 3 sites." in first
    assert "I have been thinking about our talks" in second


def test_one_tap_says_it_was_asked(as_camille: Client, event: CloseEvent) -> None:
    ask = talk(event)
    answer = as_camille.post(to("asked", ask.pk), {"channel": "call"}, follow=True)
    assert "Noted: you asked Hélène Marchetti." in answer.content.decode()
    ask.refresh_from_db()
    assert (ask.status, ask.channel, Referral.objects.get().state) == ("asked", "call", "asked")
    assert "Camille Aubry asked on" in read(as_camille, ask)


@pytest.mark.parametrize(("answer", "state"), [("agreed", "agreed"), ("declined", "declined"), ("", "asked")])
def test_asked_and_answered_in_one_tap(as_camille: Client, event: CloseEvent, answer: str, state: str) -> None:
    as_camille.post(to("asked", talk(event).pk), {"channel": "meeting", "answer": answer})
    assert (Referral.objects.get().state, talk(event).channel) == (state, "meeting")


def test_a_later_answer_follows_the_ask(as_camille: Client, event: CloseEvent) -> None:
    as_camille.post(to("asked", talk(event).pk), {"channel": "call"})
    as_camille.post(to("asked", talk(event).pk), {"answer": "declined"})
    assert [move.to_state for move in Referral.objects.get().moves.all()] == ["asked", "declined"]


def test_one_name_leads_to_its_introduction_and_several_to_the_list(as_camille: Client, event: CloseEvent) -> None:
    names = {"name": ["Paul Roux", "", ""], "company_name": ["Rives Logement", "", ""], "email": ["", "", ""]}
    answer = as_camille.post(to("named", talk(event).pk), names)
    made = Referral.objects.get()
    assert answer["Location"] == to("referral", made.pk)
    assert (made.name, made.company_name, made.state) == ("Paul Roux", "Rives Logement", "agreed")
    more = {"name": ["Léa Petit", "Ana Diaz"], "email": ["lea@habitat.example", "ana@habitat.example"]}
    assert as_camille.post(to("named", talk(event).pk), more)["Location"] == to("ask", talk(event).pk)
    assert "Léa Petit" in read(as_camille, talk(event))


@pytest.mark.parametrize(
    "form", [{}, {"name": "N" * 10_000, "email": "n@x.example"}, {"name": "Hélène", "email": "helene@valmy.example"}]
)
def test_a_name_that_cannot_be_is_told_and_nothing_is_kept(
    as_camille: Client, event: CloseEvent, form: dict[str, str]
) -> None:
    answer = as_camille.post(to("named", talk(event).pk), form)
    assert answer.status_code in (400, 409)
    assert Referral.objects.count() == 0
    assert talk(event).status == "planned"


def test_the_letter_leaves_in_ten_seconds_and_can_be_taken_back(as_camille: Client, due: ReferralAsk) -> None:
    as_camille.post(to("send_ask", due.pk), {"subject": "Would you introduce us?", "body": "Hello Hélène,"})
    due.refresh_from_db()
    assert (due.status, Message.objects.get(purpose="refer.ask").status) == ("planned", "planned")
    page = read(as_camille, due)
    assert "To Hélène Marchetti: leaves in ten seconds." in page
    assert to("take_back", due.pk) in page
    as_camille.post(to("take_back", due.pk))
    assert Message.objects.get(purpose="refer.ask").status == "cancelled"


def test_too_early_a_letter_says_from_when_on(as_camille: Client, event: CloseEvent) -> None:
    page = read(as_camille, letter(event))
    assert "A letter may follow from" in page
    assert "note-form" not in page
    assert as_camille.post(to("send_ask", letter(event).pk), {"subject": "S", "body": "B"}).status_code == 409


def test_why_a_seller_passed_stays_with_the_seller(as_camille: Client, as_nadia: Client, event: CloseEvent) -> None:
    as_camille.post(to("pass", talk(event).pk), {"because": "relation", "note": "we argued about football"})
    assert "the relation is not there yet" in read(as_camille, talk(event))
    hers = read(as_nadia, talk(event))
    assert "Not asked." in hers
    assert "the relation is not there yet." not in hers
    assert "football" not in hers + read(as_camille, talk(event))


def test_what_a_buyer_shared_is_shown_to_the_seller_alone(
    as_camille: Client, as_nadia: Client, event: CloseEvent
) -> None:
    shared(event, timezone.now(), text="Clear and honest. You could talk to Rives Logement about it.")
    assert "Rated us 5 of 5" in read(as_camille, letter(event))
    assert "Rives Logement" in read(as_camille, letter(event))
    hers = read(as_nadia, letter(event))
    assert "Rated us" not in hers
    assert "Rives Logement" not in hers


def test_words_of_a_buyer_are_text_and_nothing_else(as_camille: Client, event: CloseEvent) -> None:
    shared(event, timezone.now(), text="<script>alert(1)</script> You could talk to Rives <b>Logement</b>.")
    page = read(as_camille, letter(event))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_anybody_who_was_met_may_be_asked_by_hand(as_camille: Client, deal: Deal, helene: Person) -> None:
    deal.deal_people.update(met_at=timezone.now())
    index_people([helene])
    assert "Hélène Marchetti" in as_camille.get(to("new_ask"), {"q": "marchetti helene"}).content.decode()
    assert "Nobody of that name is known here." in as_camille.get(to("new_ask"), {"q": "Zoé"}).content.decode()
    answer = as_camille.post(to("new_ask"), {"person": helene.pk})
    ask = ReferralAsk.objects.get()
    assert (answer["Location"], ask.moment) == (to("ask", ask.pk), "by_hand")
    assert "Today I am writing with a question of my own." in read(as_camille, ask)


def test_a_stranger_is_not_asked_by_hand(as_camille: Client, helene: Person) -> None:
    answer = as_camille.post(to("new_ask"), {"person": helene.pk})
    assert (answer.status_code, "nobody ever met them" in answer.content.decode()) == (409, True)


# ---- every door

DOORS = {
    "ask": ("get", 200, 404), "asked": ("post", 403, 404), "named": ("post", 403, 404), "send_ask": ("post", 403, 404),
    "take_back": ("post", 403, 404), "pass": ("post", 403, 404),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(DOORS))
def test_who_may_come_in(camille: User, as_camille: Client, as_yanis: Client, event: CloseEvent, name: str) -> None:
    method, teammate, outsider = DOORS[name]
    path = to(name, talk(event).pk)
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=camille.team))
    assert status(thomas, method, path) == teammate
    assert status(as_yanis, method, path) == outsider
    assert_signed_out_is_sent_to_sign_in(path, method)
    for wrong in {"get", "post", "put", "delete"} - {method}:
        assert status(as_camille, wrong, path) == 405
    assert status(as_camille, method, to(name, 999_999)) == 404


def test_the_door_to_an_ask_by_hand(as_camille: Client, as_yanis: Client, helene: Person, deal: Deal) -> None:
    assert status(as_camille, "get", to("new_ask")) == 200
    assert as_yanis.post(to("new_ask"), {"person": helene.pk}).status_code == 404
    assert as_camille.post(to("new_ask"), {"person": "x"}).status_code == 404
    assert status(as_camille, "put", to("new_ask")) == 405
    assert_signed_out_is_sent_to_sign_in(to("new_ask"))


def test_the_page_asks_a_constant_number_of_questions(
    as_camille: Client, camille: User, event: CloseEvent, now: datetime
) -> None:
    ask = talk(event)
    read(as_camille, ask)
    with CaptureQueriesContext(connection) as few:
        read(as_camille, ask)
    for place in range(20):
        who = make_person(f"Buyer {place}", email=f"b{place}@firm.example")
        ReferralAsk.objects.create(
            person=who, owner=camille, team=camille.team, moment="by_hand", planned_at=now, asked_at=now, status="asked"
        )
    with CaptureQueriesContext(connection) as many:
        read(as_camille, ask)
    assert len(many) == len(few) <= 45
