"""What staying in touch puts on Today: signs of readiness, and due people with the note already written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.base.play import Play
from rebond.deals.models import Touch
from rebond.loop.models import TodayDecision
from rebond.loop.queries import WAITING_SHOWN, listed_for, nav_counts, today_for
from rebond.mail.actions.mailboxes import sign_off
from rebond.mail.boxes import mailbox
from rebond.mail.models import Message, MessageStatus
from rebond.nurture.actions import note_signal, set_away
from rebond.nurture.models import Enrolment, Step
from tests.factories import make_deal
from tests.nurture.people import keep, many, replied

pytestmark = pytest.mark.django_db


def text(page: Any) -> str:
    return str(page.content.decode()).replace("\u202f", " ").replace("\xa0", " ")


def items(user: User) -> list[Play]:
    return list(today_for(user, now=timezone.now()).items)


def key(one: Enrolment) -> str:
    return f"nurture.keep:{one.pk}.{one.step}"


@pytest.fixture
def way_out(db: None) -> None:
    """Notes may leave from the house's mailbox."""
    now = timezone.now()
    sign_off(mailbox=mailbox.house(now=now), words="a test without DNS", actor=None, now=now)


def test_a_sign_stands_above_a_due_person_above_a_quiet_deal(camille: User) -> None:
    now = timezone.now()
    make_deal("Quiet", owner=camille, opened_at=now - timedelta(days=60), last_touch_at=now - timedelta(days=30))
    due = keep(camille, "Marc Delvaux")
    sign = replied(keep(camille, "Anna Keller", due_in=50))
    kinds = [item.key.partition(":")[0] for item in items(camille)]
    assert kinds == ["nurture.signal", "nurture.keep", "loop.quiet"]
    ready, touch, _quiet = items(camille)
    assert (ready.who, ready.person_id, ready.icon) == ("Anna Keller", sign.person_id, "plant-2")
    assert ready.why == "they replied: “Our budget is decided, call me next week.”"
    assert (touch.key, touch.verb, touch.icon, touch.draft) == (key(due), "Stay in touch", "plant-2", None)


@pytest.mark.parametrize(
    ("kind", "words", "why"),
    [
        ("wrote", "Hello again", "they wrote by themselves: “Hello again”"),
        ("date", "budget in June", "the date they gave has come: “budget in June”"),
        ("survey", "", "they said that we may contact them"),
        ("stage", "Maintenance stands at “Proposal”", "Maintenance stands at “Proposal”"),
        ("successor", "Paul Roux", "somebody new is in charge: Paul Roux"),
        ("called", "", "they called"),
    ],
)
def test_each_sign_says_what_it_is(camille: User, kind: str, words: str, why: str) -> None:
    one, now = keep(camille, due_in=50), timezone.now()
    note_signal(person=one.person, kind=kind, ref="x:1", words=words, at=now, now=now)
    [item] = items(camille)
    assert item.why == why
    assert item.ready


def test_the_open_sign_shows_their_words_the_piece_and_the_no(as_camille: Client, camille: User) -> None:
    replied(keep(camille, due_in=50), "Call me on Monday")
    page = text(as_camille.get("/today"))
    assert '<blockquote class="words ready"><p>Call me on Monday</p>' in page
    assert "Said no to Maintenance" in page
    for verb in ("We are talking", "A deal is open", "Not yet", "It meant nothing"):
        assert verb in page


def test_only_the_open_item_has_its_draft_written(as_camille: Client, camille: User, way_out: None) -> None:
    for number in range(5):
        keep(camille, f"Person {number}")
    page = as_camille.get("/today")
    assert all(item.draft is None for item in page.context["listed"].items)
    draft = page.context["opened"].draft
    assert draft.to == "Person 0"
    assert draft.body.startswith("Hello Person")
    assert 'id="note-form"' in text(page)
    assert draft.why_may.startswith("may write: in touch with us")


def test_another_draft_is_another_wording_of_the_same_note(as_camille: Client, camille: User, way_out: None) -> None:
    one = keep(camille)
    first = as_camille.get("/today").context["opened"].draft
    other = as_camille.get("/today", {"item": key(one), "draft": "1"}).context["opened"].draft
    assert first.other_url == f"/today?item=nurture.keep%3A{one.pk}.1&draft=1"
    assert (first.subject, first.body) != (other.subject, other.body)
    assert as_camille.get("/today", {"item": key(one), "draft": "x"}).status_code == 200


def test_sending_plans_the_note_and_counts_as_done_with_an_undo(
    as_camille: Client, camille: User, way_out: None
) -> None:
    one = keep(camille)
    form = {"subject": "Hello", "body": "My own words", "next": "/today"}
    page = as_camille.post(f"/keep/{one.person_id}/send", form, follow=True)
    assert page.redirect_chain == [("/today", 302)]
    message = Message.objects.get()
    assert (message.purpose, message.text, message.sender) == ("nurture.note", "My own words", camille)
    assert key(one) not in [item.key for item in page.context["listed"].items]
    assert page.context["listed"].day.spent == 2
    assert f'action="/keep/steps/{Step.objects.get().pk}/take-back"' in text(page)
    as_camille.post(f"/keep/steps/{Step.objects.get().pk}/take-back", {"next": "/today"})
    message.refresh_from_db()
    assert message.status == MessageStatus.CANCELLED
    assert [item.key for item in items(camille)] == [key(one)]


@pytest.mark.parametrize(("how", "channel"), [("call", "call"), ("meeting", "meeting")])
def test_called_and_met_are_one_tap(as_camille: Client, camille: User, how: str, channel: str) -> None:
    one = keep(camille)
    as_camille.post(f"/keep/{one.person_id}/logged", {"how": how, "next": "/today"})
    assert Touch.objects.get().channel == channel
    assert items(camille) == []
    assert today_for(camille, now=timezone.now()).day.spent == 5


def test_whom_nothing_may_be_sent_to_is_shown_with_the_reason_and_without_send(
    as_camille: Client, camille: User, way_out: None
) -> None:
    keep(camille, may=False)
    page = as_camille.get("/today")
    assert "Nothing allows us to write to them now" in page.context["opened"].draft.problem
    assert "data-send" not in text(page)
    assert "Called" in text(page)


def test_without_an_address_a_call_is_what_is_possible(as_camille: Client, camille: User, way_out: None) -> None:
    keep(camille, email="")
    page = as_camille.get("/today")
    assert page.context["opened"].draft.problem == "We have no address of theirs. Call them, and ask for one."


def test_later_moves_the_day_itself_and_undo_brings_it_back(as_camille: Client, camille: User) -> None:
    one = keep(camille)
    as_camille.post("/today/decide", {"item": key(one), "decision": "later", "until": "month"})
    one.refresh_from_db()
    assert one.due_on is not None
    assert 30 <= (one.due_on - timezone.localdate()).days <= 35
    assert items(camille) == []
    as_camille.post(f"/today/undo/{TodayDecision.objects.get().pk}")
    one.refresh_from_db()
    assert one.due_on <= timezone.localdate() + timedelta(days=5)


def test_not_useful_is_a_touch_not_done(as_camille: Client, camille: User) -> None:
    one = keep(camille)
    as_camille.post("/today/decide", {"item": key(one), "decision": "not_useful"})
    assert Step.objects.get().status == "skipped"
    assert items(camille) == []


def test_done_by_other_means_is_logged(as_camille: Client, camille: User) -> None:
    one = keep(camille)
    as_camille.post("/today/decide", {"item": key(one), "decision": "done"})
    assert Touch.objects.get().channel == "other"
    assert items(camille) == []


def test_away_sellers_freeze(camille: User) -> None:
    keep(camille)
    today, now = timezone.localdate(), timezone.now()
    set_away(user=camille, first_on=today, last_on=today + timedelta(days=10), actor=camille, now=now)
    assert items(camille) == []
    assert nav_counts(camille, now=now)["keep"] == 0


def test_only_ones_own_people_are_on_ones_list(camille: User, nadia: User) -> None:
    keep(camille)
    assert items(nadia) == []


def test_the_frame_counts_what_the_list_shows(as_camille: Client, camille: User) -> None:
    keep(camille, "Marc Delvaux")
    replied(keep(camille, "Anna Keller", due_in=50))
    counts = nav_counts(camille, now=timezone.now())
    assert (counts["today"], counts["keep"]) == (2, 2)
    assert '<a href="/keep" data-go="k">' in text(as_camille.get("/today"))


def test_a_thousand_due_people_take_few_queries_and_a_page_of_items(
    as_camille: Client, camille: User, way_out: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many(camille, 1000)
    with django_assert_max_num_queries(16):
        found = listed_for(camille, now=timezone.now())
    assert len(found.candidates) == 500, "all who are due may come on it"
    as_camille.get("/today")
    with django_assert_max_num_queries(54):
        page = as_camille.get("/today")
    listed = page.context["listed"]
    assert len(listed.waiting) == WAITING_SHOWN
    assert len(listed.items) + listed.more == 500


def test_next_names_who_comes_when_nothing_is_due(as_camille: Client, camille: User) -> None:
    keep(camille, "Marc Delvaux", due_in=30)
    assert "Next: Marc Delvaux" in text(as_camille.get("/today"))


def test_a_key_that_names_nobody_of_mine_is_not_found(as_yanis: Client, as_camille: Client, camille: User) -> None:
    one = keep(camille)
    form = {"item": key(one), "decision": "later", "until": "week"}
    assert as_yanis.post("/today/decide", form).status_code == 404
    assert as_camille.post("/today/decide", {"item": "nurture.keep:x", "decision": "later"}).status_code == 404


def test_whoever_would_rather_call_reads_the_number(as_camille: Client, camille: User) -> None:
    person = keep(camille).person
    person.phone = "+33 1 99 00 12 34"
    person.save()
    [item] = items(camille)
    assert [(fact.text, fact.source) for fact in item.evidence][-1] == ("+33 1 99 00 12 34", "phone")
    assert "+33 1 99 00 12 34" in text(as_camille.get("/today"))
