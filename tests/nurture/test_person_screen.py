"""One person: what we know, what we may send, the next touch; and every button of the page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.deals.models import Person, Touch
from rebond.mail.actions import suppress
from rebond.mail.actions.mailboxes import sign_off
from rebond.mail.actions.past import note_sent
from rebond.mail.boxes import mailbox
from rebond.mail.models import Message, MessageStatus, Scope, Why
from rebond.nurture.models import Enrolment, NamedDate, Signal, Standing, Step
from rebond.nurture.notes import left
from tests.factories import make_deal, make_person
from tests.nurture.people import keep, replied
from tests.walks import OTHER, assert_signed_out_is_sent_to_sign_in, status

pytestmark = pytest.mark.django_db


def text(page: Any) -> str:
    return str(page.content.decode()).replace("\u202f", " ").replace("\xa0", " ")


@pytest.fixture
def one(camille: User) -> Enrolment:
    """Hélène, in touch with Camille, due today; notes may leave."""
    now = timezone.now()
    sign_off(mailbox=mailbox.house(now=now), words="a test without DNS", actor=None, now=now)
    return keep(camille)


def note(client: Client, one: Enrolment, **more: str) -> Any:
    form = {"subject": "Hello", "body": "How are things?"} | more
    return client.post(f"/keep/{one.person_id}/send", form, follow=True)


def test_it_says_what_we_know_and_what_we_may_send_and_why(as_camille: Client, one: Enrolment) -> None:
    page = text(as_camille.get(f"/keep/{one.person_id}"))
    for words in (
        "Hélène Marchetti", "Said no: Maintenance", "We may write to them", "legitimate interest",
        "Talked about Maintenance", one.person.email, f"/people/{one.person_id}/privacy", "It is a good moment",
        "the first time after the no", "As after “Price”",
    ):  # fmt: skip
        assert words in page


def test_somebody_nobody_knows_yet_is_said_plainly_and_may_be_begun(as_camille: Client, camille: User) -> None:
    stranger = make_person("Inès Ferrand", email="ines@new.example")
    page = text(as_camille.get(f"/keep/{stranger.pk}"))
    assert "First contact, nothing known yet." in page
    assert as_camille.post(f"/keep/{stranger.pk}/begin", {"cadence": "silent"}).status_code == 302
    begun = Enrolment.objects.get(person=stranger)
    assert (begun.owner, begun.cadence, begun.status) == (camille, "silent", Standing.ACTIVE)


def test_a_note_leaves_in_ones_own_name_and_can_be_taken_back(as_camille: Client, one: Enrolment) -> None:
    page = note(as_camille, one)
    step = Step.objects.get()
    message = Message.objects.get(key=step.message_key)
    assert (message.subject, message.text, message.status) == ("Hello", "How are things?", MessageStatus.PLANNED)
    assert f'action="/keep/steps/{step.pk}/take-back"' in text(page)
    assert "To Hélène Marchetti: leaves" in text(page)
    assert "Waits to leave." in text(page)
    as_camille.post(f"/keep/steps/{step.pk}/take-back")
    message.refresh_from_db()
    assert message.status == MessageStatus.CANCELLED
    assert "It is a good moment" in text(as_camille.get(f"/keep/{one.person_id}"))


def test_the_toast_is_shown_once(as_camille: Client, one: Enrolment) -> None:
    assert "data-toast" in text(note(as_camille, one))
    assert "data-toast" not in text(as_camille.get(f"/keep/{one.person_id}"))


def test_what_was_sent_and_what_they_wrote_stand_in_the_timeline(as_camille: Client, one: Enrolment) -> None:
    note(as_camille, one)
    note_sent(message=Message.objects.get(), actor=None, at=timezone.now())
    page = text(as_camille.get(f"/keep/{one.person_id}"))
    assert "Hello" in page
    assert "No answer yet." in page
    Step.objects.update(answered_at=timezone.now())
    assert "Answered on" in text(as_camille.get(f"/keep/{one.person_id}"))


def test_the_note_is_written_already_and_another_wording_is_one_key_away(as_camille: Client, one: Enrolment) -> None:
    page = as_camille.get(f"/keep/{one.person_id}/note")
    draft = page.context["draft"]
    assert draft.subject
    assert "Camille" in draft.body
    assert draft.why_may.startswith("may write: in touch with us")
    other = as_camille.get(draft.other_url).context["draft"] if draft.other_url else None
    assert other is None or other.body != draft.body


def test_a_note_without_words_is_refused_and_nothing_is_planned(as_camille: Client, one: Enrolment) -> None:
    assert as_camille.post(f"/keep/{one.person_id}/send", {"subject": "", "body": ""}).status_code == 400
    assert Message.objects.count() == 0


def test_nothing_is_offered_to_one_who_asked_for_silence(as_camille: Client, one: Enrolment) -> None:
    now = timezone.now()
    suppress(address=one.person.email, scope=Scope.KEEP_IN_TOUCH, why=Why.ASKED, source="test", actor=None, now=now)
    page = text(as_camille.get(f"/keep/{one.person_id}"))
    assert "They asked not to be written to. Call only if they call." in page
    assert f"/keep/{one.person_id}/note" not in page


@pytest.mark.parametrize(
    ("how", "stored"),
    [
        ("call", ("call", "out", "reached")), ("no_answer", ("call", "out", "no_answer")),
        ("meeting", ("meeting", "out", "held")), ("their_call", ("call", "in", "reached")),
    ],
)  # fmt: skip
def test_one_tap_logs_a_contact(as_camille: Client, one: Enrolment, how: str, stored: tuple[str, str, str]) -> None:
    as_camille.post(f"/keep/{one.person_id}/logged", {"how": how})
    touch = Touch.objects.get()
    assert (touch.channel, touch.direction, touch.result) == stored
    assert touch.person == one.person
    one.refresh_from_db()
    assert one.due_on is not None
    assert one.due_on > timezone.localdate()


def test_an_unknown_kind_of_contact_is_refused(as_camille: Client, one: Enrolment) -> None:
    assert as_camille.post(f"/keep/{one.person_id}/logged", {"how": "pigeon"}).status_code == 400
    assert Touch.objects.count() == 0


def test_pausing_resuming_and_ending(as_camille: Client, one: Enrolment) -> None:
    path = f"/keep/{one.person_id}"
    until = timezone.localdate() + timedelta(days=40)
    as_camille.post(f"{path}/pause", {"day": until.isoformat()})
    one.refresh_from_db()
    assert (one.status, one.paused_until) == (Standing.PAUSED, until)
    assert "one of us paused it" in text(as_camille.get(path))
    as_camille.post(f"{path}/resume")
    one.refresh_from_db()
    assert one.status == Standing.ACTIVE
    as_camille.post(f"{path}/end")
    one.refresh_from_db()
    assert (one.status, one.ended_because) == (Standing.ENDED, "by_hand")
    assert as_camille.post(f"{path}/pause").status_code == 404


def test_not_this_time_is_written_down(as_camille: Client, one: Enrolment) -> None:
    as_camille.post(f"/keep/{one.person_id}/skip")
    assert Step.objects.get().status == "skipped"
    one.refresh_from_db()
    assert one.due_on is None or one.due_on > timezone.localdate()


def test_an_interval_of_their_own(as_camille: Client, one: Enrolment) -> None:
    path = f"/keep/{one.person_id}/interval"
    as_camille.post(path, {"ideal_days": "45", "longest_days": "90"})
    one.refresh_from_db()
    assert (one.ideal_days, one.longest_days) == (45, 90)
    assert "Every 45 days" in text(as_camille.get(f"/keep/{one.person_id}"))
    assert as_camille.post(path, {"ideal_days": "soon"}).status_code == 400
    as_camille.post(path, {"ideal_days": "", "longest_days": ""})
    one.refresh_from_db()
    assert (one.ideal_days, one.longest_days) == (None, None)


def test_a_date_they_gave_is_kept_in_their_words_and_dropped(as_camille: Client, one: Enrolment) -> None:
    on = (timezone.localdate() + timedelta(days=200)).replace(day=1)
    form = {"kind": "budget", "on": on.isoformat(), "words": "budget in June", "whole_month": "on"}
    as_camille.post(f"/keep/{one.person_id}/dates", form)
    kept = NamedDate.objects.get()
    assert (kept.on, kept.whole_month, kept.words, kept.kind) == (on, True, "budget in June", "budget")
    assert "“budget in June”" in text(as_camille.get(f"/keep/{one.person_id}"))
    as_camille.post(f"/keep/dates/{kept.pk}/drop")
    kept.refresh_from_db()
    assert kept.settled_at is not None
    assert "“budget in June”" not in text(as_camille.get(f"/keep/{one.person_id}"))


def test_a_month_alone_is_its_first_day(as_camille: Client, one: Enrolment) -> None:
    year = timezone.localdate().year + 1
    as_camille.post(f"/keep/{one.person_id}/dates", {"kind": "contract_end", "on": f"{year}-09"})
    kept = NamedDate.objects.get()
    assert (kept.on.isoformat(), kept.whole_month) == (f"{year}-09-01", True)


@pytest.mark.parametrize("on", ["", "June", "2026-02-31"])
def test_what_is_no_date_is_refused(as_camille: Client, one: Enrolment, on: str) -> None:
    assert as_camille.post(f"/keep/{one.person_id}/dates", {"kind": "budget", "on": on}).status_code == 400
    assert NamedDate.objects.count() == 0


# ---- signs


def test_a_sign_is_shown_with_their_words_and_settled(as_camille: Client, one: Enrolment) -> None:
    sign = replied(one)
    page = text(as_camille.get(f"/keep/{one.person_id}"))
    assert "They replied: “Our budget is decided, call me next week.”" in page
    as_camille.post(f"/keep/signals/{sign.pk}/settle", {"verdict": "talking"})
    sign.refresh_from_db()
    assert (sign.verdict, sign.settled_by) == ("talking", one.owner)


def test_not_yet_asks_when_and_comes_back_then(as_camille: Client, one: Enrolment) -> None:
    sign = replied(one)
    as_camille.post(f"/keep/signals/{sign.pk}/settle", {"verdict": "not_yet", "until": "quarter"})
    one.refresh_from_db()
    assert Signal.objects.get().verdict == "not_yet"
    assert one.due_on is not None
    assert 91 <= (one.due_on - timezone.localdate()).days <= 96


def test_ready_takes_the_open_deal_with_them(as_camille: Client, camille: User, one: Enrolment) -> None:
    sign = replied(one)
    deal = make_deal("Maintenance again", owner=camille, people={one.person: "decision_maker"})
    as_camille.post(f"/keep/signals/{sign.pk}/settle", {"verdict": "ready"})
    sign.refresh_from_db()
    assert (sign.verdict, sign.settled_deal) == ("ready", deal)


def test_ready_without_a_deal_leads_to_a_new_one_and_settles_nothing(as_camille: Client, one: Enrolment) -> None:
    sign = replied(one)
    answer = as_camille.post(f"/keep/signals/{sign.pk}/settle", {"verdict": "ready"})
    assert answer["Location"] == "/deals/new"
    sign.refresh_from_db()
    assert sign.settled_at is None


# ---- every door: works for the owner, a lead acts, a teammate reads, an outsider finds nothing

POSTS = ("begin", "pause", "resume", "end", "interval", "dates", "day", "skip", "logged", "send")


def test_a_teammate_reads_and_may_not_act(as_thomas: Client, one: Enrolment) -> None:
    sign = replied(one)
    on = timezone.localdate() + timedelta(days=90)
    kept = NamedDate.objects.create(person=one.person, kind="budget", on=on, said_at=timezone.now())
    page = text(as_thomas.get(f"/keep/{one.person_id}"))
    assert "Camille Aubry stays in touch with them; you can read along." in page
    assert "/logged" not in page
    for verb in POSTS:
        assert status(as_thomas, "post", f"/keep/{one.person_id}/{verb}") == 403, verb
    assert status(as_thomas, "get", f"/keep/{one.person_id}/note") == 403
    assert status(as_thomas, "post", f"/keep/signals/{sign.pk}/settle") == 403
    assert status(as_thomas, "post", f"/keep/dates/{kept.pk}/drop") == 403


def test_a_lead_acts_in_their_own_name(as_nadia: Client, nadia: User, one: Enrolment) -> None:
    note(as_nadia, one)
    assert Message.objects.get().sender == nadia
    assert Step.objects.get().by == nadia


def test_an_outsider_finds_nothing(as_yanis: Client, one: Enrolment) -> None:
    sign = replied(one)
    step = Step.objects.create(
        enrolment=one, number=1, channel="email", status="sending", at=timezone.now(), message_key="nurture.note:1"
    )
    for path in [f"/keep/{one.person_id}/{verb}" for verb in POSTS]:
        assert status(as_yanis, "post", path) == 404, path
    assert status(as_yanis, "get", f"/keep/{one.person_id}") == 404
    assert status(as_yanis, "get", f"/keep/{one.person_id}/note") == 404
    assert status(as_yanis, "post", f"/keep/signals/{sign.pk}/settle") == 404
    assert status(as_yanis, "post", f"/keep/steps/{step.pk}/take-back") == 404


@pytest.mark.parametrize("verb", POSTS)
def test_a_link_changes_nothing(as_camille: Client, one: Enrolment, verb: str) -> None:
    before = Enrolment.objects.values().get()
    assert status(as_camille, OTHER["post"], f"/keep/{one.person_id}/{verb}") == 405
    assert_signed_out_is_sent_to_sign_in(f"/keep/{one.person_id}/{verb}", "post")
    assert Enrolment.objects.values().get() == before


def test_absent_and_forbidden_look_the_same(as_camille: Client, db: None) -> None:
    assert status(as_camille, "get", "/keep/999999") == 404
    assert status(as_camille, "post", "/keep/signals/999999/settle") == 404
    assert status(as_camille, "post", "/keep/steps/999999/take-back") == 404
    assert status(as_camille, "post", "/keep/dates/999999/drop") == 404


def test_untrusted_words_are_escaped(as_camille: Client, one: Enrolment) -> None:
    replied(one, "<script>alert(1)</script>")
    Person.objects.filter(pk=one.person_id).update(name="<b>Bold</b>")
    page = text(as_camille.get(f"/keep/{one.person_id}"))
    assert "<script>alert" not in page
    assert "<b>Bold" not in page


def test_a_page_that_is_sent_again_after_its_note_has_left_sends_no_second_one(
    as_camille: Client, one: Enrolment
) -> None:
    page = text(as_camille.get(f"/keep/{one.person_id}/note"))
    assert '<input type="hidden" name="number" value="1">' in page
    note(as_camille, one, number="1")
    message = Message.objects.get(key=Step.objects.get().message_key)
    left(message, timezone.now())
    again = note(as_camille, one, number="1")
    assert again.status_code == 409
    assert "another contact with this person since" in text(again)
    assert Step.objects.count() == 1
    note(as_camille, one, number="2")
    assert Step.objects.count() == 2
