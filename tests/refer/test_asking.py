"""A no is the moment to ask: what is planned, who is left out and why, what is said, written, answered, passed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import CloseEvent, Deal, Person, Touch
from rebond.learn.models import Invitation, InvitationStatus, Response, Reveal, Verbatim
from rebond.loop import close as closing
from rebond.mail.actions import suppress
from rebond.mail.models import Basis, Message
from rebond.nurture.models import Enrolment, Step
from rebond.refer import known
from rebond.refer.actions import asking
from rebond.refer.actions.planning import look_again, plan_asks
from rebond.refer.actions.registering import Named
from rebond.refer.models import Referral, ReferralAsk
from rebond.refer.queries.asks import Hesitation, due_asks, hesitation
from tests.factories import make_company, make_deal, make_person
from tests.mail.server import SmtpServer
from tests.nurture.conftest import deliver
from tests.refer.nos import a_no, another, letter, talk

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = date(2026, 6, 9)


def states(event: CloseEvent) -> dict[str, tuple[str, str]]:
    return {ask.moment: (ask.status, ask.because) for ask in event.referral_asks.order_by("pk")}


def both(status: str, because: str = "") -> dict[str, tuple[str, str]]:
    return {"talk": (status, because), "written": (status, because)}


# ---- planned at every no


@pytest.mark.parametrize("outcome", ["lost", "no_decision", "lost_in_house"])
def test_every_no_plans_to_ask_who_decides_in_the_talk_and_by_letter(
    deal: Deal, camille: User, helene: Person, now: datetime, outcome: str
) -> None:
    event = a_no(deal, now, outcome=outcome)
    assert states(event) == both("planned")
    said, written = talk(event), letter(event)
    assert (said.person, said.owner, said.team) == (helene, camille, camille.team)
    assert (said.due_on, said.until_on) == (TODAY, date(2026, 6, 12))
    assert (written.due_on, written.until_on) > (date(2026, 6, 22), date(2026, 6, 22))
    assert list(due_asks(camille, TODAY)) == [said]


@pytest.mark.parametrize("outcome", ["won", "duplicate", "disqualified", "unknown"])
def test_other_ends_ask_nobody_by_themselves(deal: Deal, now: datetime, outcome: str) -> None:
    assert states(a_no(deal, now, outcome=outcome)) == {}


def test_twice_is_once(deal: Deal, now: datetime) -> None:
    event = a_no(deal, now)
    plan_asks(close_event=event, actor=None, now=now)
    assert ReferralAsk.objects.count() == 2


def test_several_closed_at_once_have_no_talk_that_ends_them(deal: Deal, now: datetime) -> None:
    assert states(a_no(deal, now, in_bulk=True)) == {"written": ("planned", "")}


def test_a_no_without_anybody_to_ask_says_so(camille: User, now: datetime) -> None:
    event = a_no(make_deal("Nobody", owner=camille), now)
    assert states(event) == {"written": ("excluded", "nobody")}


def test_an_import_of_what_ended_long_ago_plans_nothing(deal: Deal) -> None:
    assert ReferralAsk.objects.count() == 0


# ---- who is left out, and why


def test_whoever_was_never_met_is_left_out(deal: Deal, now: datetime) -> None:
    assert states(a_no(deal, now, met=False)) == both("excluded", "not_met")


def test_a_day_of_first_meeting_is_a_meeting(deal: Deal, now: datetime) -> None:
    deal.deal_people.update(met_at=now - 30 * DAY)
    assert states(a_no(deal, now, met=False)) == both("planned")


def test_a_meeting_nobody_came_to_is_none(deal: Deal, helene: Person, now: datetime) -> None:
    Touch.objects.create(deal=deal, person=helene, at=now - DAY, channel="meeting", result="no_show")
    assert states(a_no(deal, now, met=False)) == both("excluded", "not_met")


def test_whoever_asked_to_be_left_in_peace_is_left_out(deal: Deal, helene: Person, now: datetime) -> None:
    suppress(address=helene.email, scope="referral", why="asked", source="test", actor=None, now=now)
    assert states(a_no(deal, now)) == both("excluded", "suppressed")


@pytest.mark.parametrize(
    ("reason", "words", "code"),
    [
        ("trust_rapport", "", "complaint"),
        ("slow_response", "", "complaint"),
        ("no_budget", "She sent a formal complaint about the delivery.", "complaint"),
        ("no_budget", "Il a parlé d’une réclamation.", "complaint"),
        ("no_budget", "He was furious and shouted at Paul.", "hostile"),
        ("no_budget", "Elle a raccroché au nez de Paul.", "hostile"),
    ],
)
def test_a_complaint_or_a_heated_debrief_is_no_moment_to_ask(
    deal: Deal, now: datetime, reason: str, words: str, code: str
) -> None:
    assert states(a_no(deal, now, reason=reason, words=words)) == both("excluded", code)


def test_nobody_is_asked_twice_within_half_a_year_whoever_asks(
    deal: Deal, camille: User, yanis: User, helene: Person, now: datetime
) -> None:
    asking.mark_asked(ask=talk(a_no(deal, now)), channel="call", actor=camille, now=now)
    second = make_deal("Second", owner=yanis, people={helene: "decision_maker"})
    later = make_deal("Later", owner=yanis, people={helene: "decision_maker"})
    assert states(a_no(second, now + 100 * DAY)) == both("excluded", "asked_lately")
    assert states(a_no(later, now + 181 * DAY)) == both("planned")


@pytest.mark.parametrize("address", ["Helene@valmy.example", "helene@VALMY.example"])
def test_two_records_with_one_address_are_one_person(
    deal: Deal, camille: User, helene: Person, now: datetime, address: str
) -> None:
    Person.objects.filter(pk=helene.pk).update(email=address)
    asking.mark_asked(ask=talk(a_no(deal, now)), channel="call", actor=camille, now=now)
    same = make_person("H. Marchetti", email="helene@valmy.example")
    second = make_deal("Second", owner=camille, people={same: "decision_maker"})
    assert states(a_no(second, now + DAY)) == both("excluded", "asked_lately")


def test_whoever_declined_is_left_alone_for_a_year(deal: Deal, camille: User, helene: Person, now: datetime) -> None:
    ask = talk(a_no(deal, now))
    asking.mark_asked(ask=ask, channel="call", actor=camille, now=now)
    asking.answered(ask=ask, answer="declined", actor=camille, now=now)
    for days, expected in ((300, both("excluded", "declined")), (366, both("planned"))):
        again = make_deal(f"After {days}", owner=camille, people={helene: "decision_maker"})
        assert states(a_no(again, now + days * DAY)) == expected


# ---- the letter comes after the debrief and the thank-you


def test_the_letter_follows_the_debrief_once_it_is_finished(deal: Deal, now: datetime) -> None:
    event = a_no(deal, now)
    Invitation.objects.all().delete()
    event.debrief.finished_at = now + 3 * DAY
    event.debrief.save()
    assert look_again(now=now + 3 * DAY) == 1
    written = letter(event)
    assert (written.due_on, written.until_on) == (date(2026, 6, 19), date(2026, 6, 26))
    assert look_again(now=now + 3 * DAY) == 0


def test_no_letter_before_the_buyer_was_asked_thanked_or_silent_for_a_week(deal: Deal, now: datetime) -> None:
    event = a_no(deal, now)
    Invitation.objects.all().delete()
    asked = Invitation.objects.create(
        close_event=event, deal=deal, person=letter(event).person, status=InvitationStatus.PLANNED, planned_at=now,
        send_at=now + 20 * DAY,
    )  # fmt: skip
    assert known.about([event.pk])[event.pk].thanked_on == date(2026, 7, 6)
    asked.status, asked.answered_on = InvitationStatus.ANSWERED, date(2026, 6, 30)
    asked.save()
    assert known.about([event.pk])[event.pk].thanked_on == date(2026, 6, 30)
    look_again(now=now + DAY)
    assert letter(event).due_on == date(2026, 6, 30)


def test_what_nobody_asked_in_time_is_let_go_and_says_so(deal: Deal, now: datetime) -> None:
    event = a_no(deal, now)
    look_again(now=now + 4 * DAY)
    assert states(event) == {"talk": ("excluded", "too_late"), "written": ("planned", "")}
    look_again(now=now + 90 * DAY)
    assert states(event) == both("excluded", "too_late")


def test_a_meeting_that_is_logged_after_the_close_brings_the_ask_back(
    deal: Deal, helene: Person, now: datetime
) -> None:
    event = a_no(deal, now, met=False)
    Touch.objects.create(deal=deal, person=helene, at=now - DAY, channel="meeting", result="held")
    assert look_again(now=now + timedelta(hours=1)) == 2
    assert states(event) == both("planned")


def test_where_we_did_not_fit_the_ask_comes_before_staying_in_touch(deal: Deal, now: datetime) -> None:
    event = a_no(deal, now, reason="need_misread")
    first = Enrolment.objects.get(person__email="helene@valmy.example").due_on
    until = letter(event).until_on
    assert known.about([event.pk])[event.pk].poor_fit
    assert first is not None
    assert until is not None
    assert until < first


# ---- a reopened deal


def test_a_reopened_deal_asks_nobody_and_a_second_no_asks_anew(deal: Deal, camille: User, now: datetime) -> None:
    event = a_no(deal, now)
    closing.reopen(deal=deal, actor=camille, now=now + DAY)
    assert states(event) == both("cancelled", "reopened")
    with pytest.raises(Conflict, match="the deal is open again"):
        asking.mark_asked(ask=talk(event), channel="call", actor=camille, now=now + DAY)
    deal.refresh_from_db()
    assert states(a_no(deal, now + 9 * DAY, met=False)) == both("planned")


# ---- said


def test_one_tap_says_it_was_asked_and_a_contact_is_logged(deal: Deal, camille: User, now: datetime) -> None:
    event = a_no(deal, now)
    referral = asking.mark_asked(ask=talk(event), channel="call", actor=camille, now=now)
    assert (referral.state, referral.advocate.person, referral.owner) == ("asked", talk(event).person, camille)
    assert states(event) == {"talk": ("asked", ""), "written": ("excluded", "asked_by_talk")}
    touch = Touch.objects.get(source="refer")
    assert (touch.channel, touch.result, touch.deal, touch.person) == ("call", "reached", None, talk(event).person)
    assert referral.moves.get().evidence == f"deals.touch:{touch.pk}"
    again = asking.mark_asked(ask=talk(event), channel="call", actor=camille, now=now)
    assert (again, Touch.objects.filter(source="refer").count()) == (referral, 1)


def test_a_name_said_on_the_phone_is_asked_and_agreed_in_one_go(deal: Deal, camille: User, now: datetime) -> None:
    event = a_no(deal, now)
    people = [Named("Paul Roux", company_name="Rives Logement"), Named("Léa Petit", "lea@habitat.example")]
    made = asking.named(ask=talk(event), people=people, channel="call", actor=camille, now=now)
    assert [(one.name, one.state, one.ask_id) for one in made] == [
        ("Paul Roux", "agreed", talk(event).pk), ("Léa Petit", "agreed", talk(event).pk),
    ]  # fmt: skip
    assert [move.to_state for move in made[0].moves.all()] == ["asked", "agreed"]
    assert [move.to_state for move in made[1].moves.all()] == ["agreed"]


def test_names_all_or_none(deal: Deal, camille: User, now: datetime) -> None:
    event = a_no(deal, now)
    with pytest.raises(RebondError):
        asking.named(
            ask=talk(event), people=[Named("Paul Roux", "paul@x.example"), Named("N" * 10_000, "n@x.example")],
            channel="call", actor=camille, now=now,
        )  # fmt: skip
    with pytest.raises(RebondError, match="A name is missing"):
        asking.named(ask=talk(event), people=[Named("")], channel="call", actor=camille, now=now)
    with pytest.raises(RebondError, match="At most 10 names"):
        asking.named(ask=talk(event), people=[Named("P", "p@x.example")] * 11, channel="call", actor=camille, now=now)
    assert (Referral.objects.count(), states(event)) == (0, both("planned"))


def test_not_this_time_leaves_the_letter_and_other_reasons_do_not(deal: Deal, camille: User, now: datetime) -> None:
    event = a_no(deal, now)
    asking.pass_on(ask=talk(event), because="not_now", note="she cried", actor=camille, now=now)
    assert states(event) == {"talk": ("passed", "not_now"), "written": ("planned", "")}
    asking.pass_on(ask=letter(event), because="no_name", actor=camille, now=now)
    assert states(event)["written"] == ("passed", "no_name")
    assert "cried" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))
    second, _who = another(camille)
    other = a_no(second, now)
    asking.pass_on(ask=talk(other), because="relation", actor=camille, now=now)
    assert states(other) == both("passed", "relation")
    asking.mark_asked(ask=talk(other), channel="call", actor=camille, now=now)  # a second thought
    assert states(other)["talk"] == ("asked", "")


@pytest.mark.parametrize(("because", "code"), [("", "unknown_reason"), ("complaint", "unknown_reason")])
def test_a_reason_of_nobody_is_refused(deal: Deal, camille: User, now: datetime, because: str, code: str) -> None:
    with pytest.raises(RebondError) as refused:
        asking.pass_on(ask=talk(a_no(deal, now)), because=because, actor=camille, now=now)
    assert refused.value.code == code


# ---- written


@pytest.fixture
def posted(deal: Deal, camille: User, now: datetime, smtp_server: SmtpServer) -> ReferralAsk:
    """A letter that was sent, ten seconds before it leaves."""
    event = a_no(deal, now)
    Invitation.objects.all().delete()
    return asking.send_ask(
        ask=letter(event), subject="Would you\nintroduce us?", body="Hello Hélène, who comes to mind?", actor=camille,
        now=now + 15 * DAY,
    )  # fmt: skip


def test_a_letter_waits_ten_seconds_and_rests_on_a_basis(posted: ReferralAsk, camille: User, now: datetime) -> None:
    message = Message.objects.get(key=f"refer.ask:{posted.pk}")
    assert (message.status, message.recipient, message.subject) == (
        "planned", "helene@valmy.example", "Would you introduce us?",
    )  # fmt: skip
    assert message.send_at == now + 15 * DAY + timedelta(seconds=10)
    basis = Basis.objects.get(use="referral")
    assert (basis.ground, "Maintenance, 3 sites" in basis.evidence) == ("legitimate_interest", True)
    assert (posted.status, Referral.objects.count()) == ("planned", 0)
    assert list(due_asks(camille, date(2026, 6, 24))) == []


def test_two_letters_at_once_are_one(posted: ReferralAsk, camille: User, now: datetime) -> None:
    with pytest.raises(Conflict, match="on its way already"):
        asking.send_ask(ask=posted, subject="Again", body="Again", actor=camille, now=now + 15 * DAY)
    assert Message.objects.filter(purpose="refer.ask").count() == 1


def test_a_letter_that_was_taken_back_may_be_written_again(posted: ReferralAsk, camille: User, now: datetime) -> None:
    at = now + 15 * DAY
    asking.take_ask_back(ask=posted, actor=camille, now=at)
    assert (posted.status, posted.message_key) == ("planned", "")
    asking.send_ask(ask=posted, subject="Anew", body="Anew", actor=camille, now=at)
    kept = Message.objects.filter(purpose="refer.ask").order_by("pk").values_list("key", "status")
    assert list(kept) == [(f"refer.ask:{posted.pk}", "cancelled"), (f"refer.ask:{posted.pk}.2", "planned")]


def test_a_letter_needs_words_an_address_and_its_moment(
    deal: Deal, camille: User, helene: Person, now: datetime
) -> None:
    event = a_no(deal, now)
    with pytest.raises(Conflict) as early:  # the debrief goes first
        asking.send_ask(ask=letter(event), subject="S", body="B", actor=camille, now=now)
    assert (early.value.code, early.value.detail["why"]) == ("not_to_ask", "no_thanks_yet")
    at = now + 15 * DAY
    with pytest.raises(RebondError, match="needs a subject"):
        asking.send_ask(ask=letter(event), subject=" ", body="B", actor=camille, now=at)
    helene.email = ""
    helene.save()
    with pytest.raises(RebondError, match="no address"):
        asking.send_ask(ask=letter(event), subject="S", body="B", actor=camille, now=at)
    assert not Message.objects.filter(purpose="refer.ask").exists()


def test_the_letter_leaves_once_with_who_we_are_and_how_to_object(
    posted: ReferralAsk, camille: User, now: datetime, smtp_server: SmtpServer
) -> None:
    at = now + 15 * DAY
    deliver(at + timedelta(seconds=9))
    assert smtp_server.received == []
    deliver(at + timedelta(seconds=11))
    deliver(at + timedelta(seconds=12))
    (sent,) = smtp_server.received
    assert (sent.mail["To"], sent.mail["Subject"]) == (
        "Hélène Marchetti <helene@valmy.example>",
        "Would you introduce us?",
    )
    assert "You get this letter because you talked with Camille Aubry about Maintenance, 3 sites." in sent.text
    assert "object to these notes" in sent.text
    assert (sent.mail["List-Unsubscribe-Post"], "referral." in sent.mail["List-Id"]) == (
        "List-Unsubscribe=One-Click",
        True,
    )
    posted.refresh_from_db()
    assert (posted.status, posted.channel, posted.asked_by) == ("asked", "email", camille)
    referral = Referral.objects.get()
    assert (referral.state, referral.ask) == ("asked", posted)
    assert referral.moves.get().evidence == f"mail.message:{Message.objects.get(purpose='refer.ask').pk}"
    assert Basis.objects.get(use="referral").told_at is not None
    with pytest.raises(Conflict, match="left already"):
        asking.take_ask_back(ask=posted, actor=camille, now=at + timedelta(seconds=13))
    touch = Touch.objects.get(source="refer")
    assert (touch.channel, touch.deal) == ("email", None)


def test_what_happens_in_those_ten_seconds_still_counts(
    posted: ReferralAsk, deal: Deal, camille: User, helene: Person, now: datetime, smtp_server: SmtpServer
) -> None:
    at = now + 15 * DAY + timedelta(seconds=11)
    suppress(address=helene.email, scope="referral", why="asked", source="test", actor=None, now=at)
    deliver(at)
    posted.refresh_from_db()
    assert (smtp_server.received, posted.status, posted.because) == ([], "excluded", "suppressed")


@pytest.mark.parametrize("how", ["complaint", "address", "reopened"])
def test_the_claim_looks_at_every_rule_again(
    posted: ReferralAsk, deal: Deal, camille: User, helene: Person, now: datetime, smtp_server: SmtpServer, how: str
) -> None:
    at = now + 15 * DAY + timedelta(seconds=11)
    if how == "complaint":
        posted.close_event.debrief.change = "Answer a complaint at once."  # type: ignore[union-attr]
        posted.close_event.debrief.save()  # type: ignore[union-attr]
    elif how == "address":
        helene.email = "new@valmy.example"
        helene.save()
    else:
        closing.reopen(deal=deal, actor=camille, now=at)
    deliver(at)
    posted.refresh_from_db()
    expected = {
        "complaint": ("excluded", "complaint"), "address": ("planned", ""), "reopened": ("cancelled", "reopened"),
    }[how]  # fmt: skip
    assert smtp_server.received == []
    assert ((posted.status, posted.because), posted.message_key) == (expected, "")
    assert Referral.objects.count() == 0


# ---- by hand


def test_a_customer_may_be_asked_by_hand(deal: Deal, camille: User, helene: Person, now: datetime) -> None:
    a_no(deal, now, outcome="won", met=False)
    made = asking.new_ask(person=helene, deal=deal, actor=camille, now=now)
    assert (made.moment, made.status, made.due_on) == ("by_hand", "planned", TODAY)
    assert asking.new_ask(person=helene, actor=camille, now=now) == made
    Invitation.objects.all().delete()
    asking.send_ask(ask=made, subject="S", body="B", actor=camille, now=now)
    assert Basis.objects.get(use="referral").ground == "customer"


def test_the_rules_hold_for_asks_by_hand_too(helene: Person, camille: User, now: datetime) -> None:
    with pytest.raises(Conflict, match="nobody ever met them"):
        asking.new_ask(person=helene, actor=camille, now=now)
    assert ReferralAsk.objects.count() == 0


# ---- hesitation


def test_of_fourteen_noes_three_were_asked_and_only_the_seller_is_told(
    camille: User, nadia: User, now: datetime
) -> None:
    for place in range(14):
        who = make_person(f"Buyer {place}", company=make_company(f"Firm {place}"), email=f"b{place}@firm.example")
        event = a_no(make_deal(f"Deal {place}", owner=camille, people={who: "decision_maker"}), now)
        if place < 3:
            asking.mark_asked(ask=talk(event), channel="call", actor=camille, now=now)
    stranger = make_person("Never met", email="never@firm.example")
    a_no(make_deal("Never met", owner=camille, people={stranger: "decision_maker"}), now, met=False)
    assert hesitation(camille, now) == Hesitation(asked=3, noes=14)
    assert hesitation(nadia, now) == Hesitation(asked=0, noes=0)
    look_again(now=now + 60 * DAY)
    assert hesitation(camille, now + 60 * DAY) == Hesitation(asked=3, noes=14)
    assert hesitation(camille, now + 370 * DAY) == Hesitation(asked=0, noes=0)


# ---- what a buyer shared with one seller


def shared(event: CloseEvent, now: datetime, *, rated: int = 5, text: str, seen: bool = True) -> Response:
    """The answer of the person to ask, shared with the seller."""
    Invitation.objects.all().delete()
    event.debrief.finished_at = now
    event.debrief.save()
    asked = Invitation.objects.create(
        close_event=event, deal=event.deal, person=letter(event).person, status=InvitationStatus.ANSWERED,
        planned_at=now, answered_on=now.date(),
    )  # fmt: skip
    answer = Response.objects.create(
        invitation=asked, is_final=True, mode="shared", involved=rated, understood=rated, proposal=rated, helped=0,
        submitted_at=now,
    )  # fmt: skip
    Verbatim.objects.create(response=answer, asked="own_words", text=text, consent="named")
    if seen and event.debrief.assignee is not None:
        Reveal.objects.create(response=answer, seller=event.debrief.assignee, seen_at=now)
    return answer


def test_a_good_rating_and_the_names_in_it_are_for_the_seller_it_was_shared_with(
    deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    event = a_no(deal, now)
    shared(event, now, text="Clear, honest, never pushy. You could talk to Rives Logement and Habitat 74.")
    about = known.about([event.pk])[event.pk]
    mine, hers = about.seen_by(camille.pk), about.seen_by(nadia.pk)
    assert (mine.rating, mine.named) == (5.0, ("Rives Logement", "Habitat 74"))
    assert (hers.rating, hers.quote, hers.named) == (None, "", ())


def test_a_shared_answer_that_is_unhappy_is_no_ground_to_ask_on(deal: Deal, now: datetime) -> None:
    event = a_no(deal, now)
    shared(event, now, rated=2, text="It was fine.", seen=False)
    look_again(now=now)
    assert states(event) == both("excluded", "complaint")


def test_a_confidential_answer_is_never_looked_at(deal: Deal, now: datetime) -> None:
    event = a_no(deal, now)
    answer = shared(event, now, rated=1, text="I was furious, and I complained.")
    answer.mode = "confidential"
    answer.save()
    about = known.about([event.pk])[event.pk]
    assert (about.complaint, about.hostile, about.rating, about.named) == (False, False, None, ())


def test_a_note_of_staying_in_touch_under_way_holds_the_ask_back(
    deal: Deal, camille: User, helene: Person, now: datetime
) -> None:
    event = a_no(deal, now)
    enrolment = Enrolment.objects.get(person=helene)
    Step.objects.create(enrolment=enrolment, number=1, channel="email", status="sending", at=now)
    with pytest.raises(Conflict) as held:
        asking.mark_asked(ask=talk(event), channel="call", actor=camille, now=now)
    assert held.value.detail["why"] == "in_a_plea"
    assert states(event) == both("planned")
