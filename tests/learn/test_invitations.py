"""Ask the buyer, every time: planned at each close, by rule, never twice, never from the deal's owner."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from rebond import cli
from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.deals.actions import save_deals
from rebond.deals.models import CLOSED_OUTCOMES, Deal, DealPerson, DealRole, Person
from rebond.deals.records import DealRecord
from rebond.learn.actions import mailing
from rebond.learn.actions.invitations import plan_invitations, set_programme
from rebond.learn.feedback import rules
from rebond.learn.feedback.tokens import digest_of, token_of
from rebond.learn.models import Exclusion, FeedbackProgramme, Invitation, InvitationStatus
from rebond.loop.close import record_history
from rebond.mail import actions as mail
from rebond.mail.models import Message, MessageStatus
from tests.factories import THEN, make_closed_deal, make_deal, make_person, make_touch

ASKED = {"won", "lost", "no_decision", "lost_in_house"}
LOST = {"outcome": "lost", "reason": "timing"}


def close(client: Client, deal: Deal, **form: str) -> None:
    assert client.post(f"/deals/{deal.pk}/close", LOST | form).status_code == 302


def message_of(invitation: Invitation, kind: str = "invitation") -> Message:
    return Message.objects.get(key=f"learn.{kind}:{invitation.pk}")


def leave(at: datetime, *, taken: bool = True) -> list[str]:
    """What is due leaves, or is refused; the keys of the mails that were handed over."""
    claimed = mail.claim(worker="w", now=at, limit=50)
    for one in claimed.mails:
        assert mail.begin_data(message=one.message, now=at)
        settle = mail.accept if taken else mail.reject
        assert settle(message=one.message, answer="250 ok" if taken else "550 no such user", now=at)
    return [one.message.key for one in claimed.mails]


@pytest.fixture
def planned(as_camille: Client, nadia: User, deal: Deal) -> Invitation:
    """Hélène will be asked about Camille's deal, by Nadia."""
    close(as_camille, deal)
    return Invitation.objects.get()


def test_a_close_plans_the_question_and_its_mail(planned: Invitation, nadia: User, helene: Person) -> None:
    message = message_of(planned)
    assert (planned.person, planned.sender, planned.status) == (helene, nadia, "planned")
    assert planned.send_at is not None
    assert planned.expires_at == planned.send_at + timedelta(days=60)
    assert planned.token_digest == digest_of(token_of(planned.nonce))
    assert (message.status, message.recipient, message.send_at) == ("planned", helene.email, planned.send_at)
    assert AuditEntry.objects.filter(verb="learn.plan_invitation").count() == 1


@pytest.mark.parametrize("outcome", [o.value for o in CLOSED_OUTCOMES])
def test_each_end_that_a_buyer_decided_is_asked_about(
    as_camille: Client, nadia: User, deal: Deal, outcome: str
) -> None:
    close(as_camille, deal, outcome=outcome)
    assert Invitation.objects.filter(status="planned").exists() == (outcome in ASKED)
    assert Invitation.objects.count() == (outcome in ASKED)


def test_closing_several_at_once_asks_about_each(as_camille: Client, camille: User, nadia: User) -> None:
    deals = [
        make_deal(f"D{n}", owner=camille, people={make_person(f"P{n}", email=f"p{n}@x.example"): "user"})
        for n in range(3)
    ]
    as_camille.post("/deals/close", LOST | {"deal": [deal.pk for deal in deals]})
    assert set(Invitation.objects.values_list("deal", flat=True)) == {deal.pk for deal in deals}
    assert Message.objects.filter(purpose="learn.invitation", status="planned").count() == 3


def test_the_command_line_asks_too(camille: User, nadia: User, deal: Deal) -> None:
    assert cli.main(["close", str(deal.pk), "lost", "--reason", "timing", "--as", camille.email or ""]) == 0
    assert Invitation.objects.get().status == InvitationStatus.PLANNED


def test_an_import_asks_nobody(camille: User, nadia: User) -> None:
    rows = [DealRecord(name="Old", external_id="1", owner_id=camille.pk, outcome="lost", closed_at=THEN)]
    assert record_history(rows=rows, reasons={0: "timing"}, source="csv", actor=None, now=THEN).close_events
    assert save_deals(rows=rows, source="csv", actor=None, now=THEN).created == 0
    assert not Invitation.objects.exists()
    assert not Message.objects.exists()


def test_nothing_is_planned_twice(planned: Invitation, camille: User) -> None:
    again = plan_invitations(close_event=planned.close_event, actor=camille, now=timezone.now())
    assert again == [planned]
    assert Message.objects.count() == 1


def test_up_to_three_are_asked_who_decides_first_opponents_too(as_camille: Client, camille: User, nadia: User) -> None:
    parts = {"opponent": "a", "user": "b", "decision_maker": "c", "budget_holder": "d"}
    people = {make_person(name, email=f"{name}@x.example"): role for role, name in parts.items()}
    deal = make_deal(owner=camille, people=people)
    DealPerson.objects.create(deal=deal, person=make_person("twin", email="C@X.example"), role="sponsor")
    DealPerson.objects.create(deal=deal, person=make_person("no address"), role="decision_maker")
    close(as_camille, deal)
    names = Invitation.objects.order_by("pk").values_list("person__name", flat=True)
    assert list(names) == ["c", "d", "b"]
    only = make_deal(owner=camille, people={make_person("against", email="z@x.example"): "opponent"})
    close(as_camille, only)
    assert Invitation.objects.get(deal=only).person == Person.objects.get(name="against")


def test_nobody_with_an_address_is_counted(as_camille: Client, camille: User, nadia: User) -> None:
    deal = make_deal(owner=camille, people={make_person("x", email="not an address"): "user"})
    close(as_camille, deal)
    assert Invitation.objects.get().excluded_because == Exclusion.NO_CONTACT


def test_whoever_asked_for_silence_is_left_out_and_the_next_one_asked(
    as_camille: Client, nadia: User, camille: User, deal: Deal
) -> None:
    mail.suppress(
        address="Helene@Valmy.example", scope="feedback", why="asked", source="test", actor=None, now=timezone.now()
    )
    for n in range(3):
        DealPerson.objects.create(deal=deal, person=make_person(f"P{n}", email=f"p{n}@x.example"), role="user")
    close(as_camille, deal)
    said = Invitation.objects.order_by("pk").values_list("person__name", "status", "excluded_because")
    assert list(said) == [
        ("Hélène Marchetti", "excluded", "suppressed"), ("P0", "planned", ""), ("P1", "planned", ""),
        ("P2", "planned", ""),
    ]  # fmt: skip


def test_silence_asked_for_later_takes_the_planned_question_back(planned: Invitation, helene: Person) -> None:
    mail.suppress(address=helene.email, scope="feedback", why="asked", source="t", actor=None, now=timezone.now())
    planned.refresh_from_db()
    assert (planned.status, planned.excluded_because) == ("excluded", "suppressed")
    assert message_of(planned).status == MessageStatus.CANCELLED


def test_one_person_is_asked_once_in_half_a_year_whatever_the_record(
    as_camille: Client, camille: User, planned: Invitation
) -> None:
    twin = make_person("H. Marchetti", email="HELENE@valmy.example")
    close(as_camille, make_deal("Second", owner=camille, people={twin: "user"}))
    assert Invitation.objects.latest("pk").excluded_because == Exclusion.ASKED_RECENTLY
    Message.objects.update(send_at=timezone.now() - rules.AGAIN_AFTER, status="accepted")
    close(as_camille, make_deal("Third", owner=camille, people={twin: "user"}))
    assert Invitation.objects.latest("pk").status == InvitationStatus.PLANNED


def test_a_programme_that_is_off_is_counted_at_each_close(as_camille: Client, admin_user: User, deal: Deal) -> None:
    set_programme(changes={"is_on": False}, actor=admin_user, now=timezone.now())
    close(as_camille, deal)
    row = Invitation.objects.get()
    assert (row.status, row.excluded_because, row.person) == ("excluded", "switched_off", None)
    assert not Message.objects.exists()


def test_without_wins_a_win_has_no_row(as_camille: Client, admin_user: User, nadia: User, deal: Deal) -> None:
    set_programme(changes={"include_wins": False}, actor=admin_user, now=timezone.now())
    close(as_camille, deal, outcome="won")
    assert not Invitation.objects.exists()


def test_where_only_the_owner_could_ask_nobody_is_asked(as_camille: Client, deal: Deal) -> None:
    close(as_camille, deal)
    assert Invitation.objects.get().excluded_because == Exclusion.NO_SENDER


def test_an_invitation_keeps_the_rules_it_was_made_under(
    as_camille: Client, admin_user: User, nadia: User, deal: Deal
) -> None:
    first = set_programme(changes={"delay_min": 5, "delay_max": 5}, actor=admin_user, now=timezone.now())
    close(as_camille, deal)
    set_programme(changes={"delay_min": 9, "delay_max": 9}, actor=admin_user, now=timezone.now())
    row = Invitation.objects.get()
    assert (row.programme, row.delay_days) == (first, 5)


# When ----------------------------------------------------------------------------------------------------------------


def test_delays_are_as_likely_as_each_other_and_never_outside() -> None:
    rng, programme = random.Random(4), FeedbackProgramme()
    drawn = Counter(rules.draw_delay(programme, rng) for _ in range(19_000))
    assert set(drawn) == set(range(3, 22))
    expected = 1000  # of 19 values; chi-square with 18 degrees of freedom, 99.9 %: 42.3
    assert sum((count - expected) ** 2 / expected for count in drawn.values()) < 42.3


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 700 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(2, 60), st.sampled_from(["Europe/Paris", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland"]),
    st.integers(0, 10_000),
)  # fmt: skip
def test_a_mail_goes_on_a_working_day_in_working_hours_after_two_days_notice(
    now: datetime, delay: int, zone: str, seed: int
) -> None:
    at = rules.send_moment(delay_days=delay, zone=zone, rng=random.Random(seed), now=now)
    local = at.astimezone(ZoneInfo(zone))
    assert local.weekday() < 5
    assert 9 <= local.hour <= 16
    assert at - now.astimezone(at.tzinfo) >= timedelta(0)
    assert at.timestamp() - now.timestamp() >= 48 * 3600
    days = (local.date() - now.astimezone(ZoneInfo(zone)).date()).days
    assert delay <= days <= delay + 4


def test_every_hour_of_the_day_is_drawn(now: datetime) -> None:
    rng = random.Random(1)
    hours = {rules.send_moment(delay_days=9, zone="Europe/Paris", rng=rng, now=now).hour for _ in range(400)}
    assert hours == set(rules.HOURS)


# From whom, and who reads -------------------------------------------------------------------------------------------

people = st.lists(
    st.tuples(st.sampled_from(list(Role)), st.sampled_from([None, 1, 2]), st.booleans(), st.booleans()), max_size=7
)


def staff(drawn: list[tuple[str, int | None, bool, bool]]) -> list[User]:
    return [
        User(pk=n, role=role, team_id=team, is_active=active, email=f"u{n}@x.example" if address else None)
        for n, (role, team, active, address) in enumerate(drawn, start=1)
    ]


@settings(max_examples=300, deadline=None)
@given(people, st.integers(0, 8), st.sampled_from([None, 1, 2]), st.integers(0, 8), st.sets(st.integers(1, 7)))
def test_whatever_the_team_the_owner_never_asks_and_who_reads_is_outside(
    drawn: list[Any], owner: int, team: int | None, named: int, touched: set[int]
) -> None:
    colleagues = staff(drawn)
    preferred = next((user for user in colleagues if user.pk == named), None)
    asks = rules.from_whom(owner_id=owner, team_id=team, preferred=preferred, colleagues=colleagues)
    reads = rules.who_reads(owner_id=owner, team_id=team, touched=touched, preferred=preferred, colleagues=colleagues)
    for chosen in (asks, reads):
        assert chosen is None or (chosen.pk != owner and chosen.is_active and chosen.email)
    if reads:
        assert reads.pk not in touched
        assert not (reads.role == Role.SELLER and reads.team_id == team and team is not None)
        assert reads == preferred or reads.role == Role.ADMIN
    able = [user for user in colleagues if user.is_active and user.email and user.pk != owner]
    lead = [user for user in able if user.role != Role.SELLER or (team and user.team_id == team) or user == preferred]
    assert (asks is None) == (not lead)
    if preferred in able:
        assert asks == preferred


def test_the_order_of_who_asks() -> None:
    seller, manager, admin, elsewhere = staff(
        [(Role.SELLER, 1, True, True), (Role.MANAGER, 1, True, True), (Role.ADMIN, None, True, True),
         (Role.MANAGER, 2, True, True)]
    )  # fmt: skip

    def asks(*colleagues: User, owner: int = 9, preferred: User | None = None) -> User | None:
        return rules.from_whom(owner_id=owner, team_id=1, preferred=preferred, colleagues=colleagues)

    everybody = (seller, manager, admin, elsewhere)
    assert asks(*everybody, preferred=elsewhere) == elsewhere
    assert asks(*everybody, preferred=elsewhere, owner=elsewhere.pk) == manager
    assert asks(*everybody, owner=manager.pk) == admin
    assert asks(seller, elsewhere) == elsewhere
    assert asks(seller, manager, owner=manager.pk) == seller
    assert asks(seller, owner=seller.pk) is None


def test_a_reader_who_spoke_with_the_buyer_does_not_read(
    as_camille: Client, admin_user: User, nadia: User, deal: Deal
) -> None:
    set_programme(changes={"reader": nadia}, actor=admin_user, now=timezone.now())
    make_touch(deal, at=THEN)
    touch = make_touch(deal, at=THEN)
    touch.owner = nadia
    touch.save()
    close(as_camille, deal)
    assert Invitation.objects.get().reader == admin_user


def test_with_nobody_outside_the_deal_the_answer_is_only_counted(planned: Invitation) -> None:
    assert planned.reader is None


def test_the_buyer_is_written_to_in_their_language(as_camille: Client, camille: User, nadia: User) -> None:
    french = make_person("Luc", email="luc@x.example", language="fr")
    close(as_camille, make_deal(owner=camille, people={french: "user"}))
    assert (Invitation.objects.get().language, Message.objects.get().language) == ("fr", "fr")


# Reopening -----------------------------------------------------------------------------------------------------------


def test_reopening_takes_a_planned_question_back_and_the_next_close_asks_anew(
    as_camille: Client, planned: Invitation, deal: Deal
) -> None:
    as_camille.post(f"/deals/{deal.pk}/reopen")
    planned.refresh_from_db()
    assert (planned.status, planned.excluded_because, planned.excluded_by) == ("excluded", "reopened", None)
    assert message_of(planned).status == MessageStatus.CANCELLED
    close(as_camille, deal)
    anew = Invitation.objects.latest("pk")
    assert anew.close_event != planned.close_event
    assert (anew.status, message_of(anew).status) == ("planned", "planned")


def test_reopening_leaves_what_was_sent_and_reminds_nobody(as_camille: Client, planned: Invitation, deal: Deal) -> None:
    leave(planned.send_at or THEN)
    as_camille.post(f"/deals/{deal.pk}/reopen")
    planned.refresh_from_db()
    assert planned.status == InvitationStatus.SENT
    assert message_of(planned, "reminder").status == MessageStatus.CANCELLED
    close(as_camille, deal)
    assert Invitation.objects.latest("pk").excluded_because == Exclusion.ASKED_RECENTLY


# The outbox asks, and says ---------------------------------------------------------------------------------------


def test_once_it_left_it_is_sent_and_one_reminder_is_planned(planned: Invitation) -> None:
    at = planned.send_at or THEN
    assert leave(at) == [f"learn.invitation:{planned.pk}"]
    planned.refresh_from_db()
    assert (planned.status, planned.sent_at) == ("sent", at)
    reminder = message_of(planned, "reminder")
    assert (reminder.send_at, reminder.status) == (at + timedelta(days=7), "planned")
    assert leave(reminder.send_at) == [reminder.key]
    planned.refresh_from_db()
    assert planned.reminded_at == reminder.send_at
    assert leave(at + timedelta(days=59)) == []
    assert Message.objects.count() == 2


def test_whoever_answered_is_not_reminded(planned: Invitation) -> None:
    at = planned.send_at or THEN
    leave(at)
    Invitation.objects.update(status="answered", answered_on=at.date())
    assert leave(at + timedelta(days=7)) == []
    assert message_of(planned, "reminder").reason == "answered"


def test_a_question_that_is_refused_could_not_be_delivered(planned: Invitation) -> None:
    leave(planned.send_at or THEN, taken=False)
    planned.refresh_from_db()
    assert planned.status == InvitationStatus.FAILED
    assert Message.objects.filter(purpose="learn.reminder").count() == 0


@pytest.mark.parametrize("days", [15, 70])
def test_a_question_that_could_not_leave_in_time_is_counted_so(planned: Invitation, days: int) -> None:
    assert leave((planned.send_at or THEN) + timedelta(days=days)) == []
    planned.refresh_from_db()
    assert planned.excluded_because == Exclusion.TOO_LATE


def test_switched_off_nothing_more_leaves(planned: Invitation, admin_user: User) -> None:
    set_programme(changes={"is_on": False}, actor=admin_user, now=timezone.now())
    assert leave(planned.send_at or THEN) == []
    planned.refresh_from_db()
    assert planned.excluded_because == Exclusion.SWITCHED_OFF


def test_a_deal_given_to_the_one_who_asks_is_asked_about_by_somebody_else(
    planned: Invitation, nadia: User, admin_user: User, deal: Deal
) -> None:
    Deal.objects.filter(pk=deal.pk).update(owner=nadia)
    assert len(leave(planned.send_at or THEN)) == 1
    planned.refresh_from_db()
    assert planned.sender == admin_user
    assert AuditEntry.objects.filter(verb="learn.change_who_asks").count() == 1


def test_where_only_the_new_owner_could_ask_nothing_leaves(
    planned: Invitation, nadia: User, camille: User, deal: Deal
) -> None:
    Deal.objects.filter(pk=deal.pk).update(owner=nadia)
    User.objects.filter(pk=camille.pk).update(is_active=False)
    assert leave(planned.send_at or THEN) == []
    planned.refresh_from_db()
    assert planned.excluded_because == Exclusion.NO_SENDER


def test_a_person_who_left_the_records_is_not_written_to(planned: Invitation, helene: Person) -> None:
    helene.delete()
    assert leave(planned.send_at or THEN) == []
    planned.refresh_from_db()
    assert planned.excluded_because == Exclusion.NO_CONTACT


@pytest.mark.django_db
def test_a_mail_about_no_invitation_is_let_go(now: datetime) -> None:
    for key in ("learn.invitation:999", "learn.invitation:x"):
        stray = Message(key=key, purpose="learn.invitation")
        assert mailing.guard_invitation(stray, now) == "not_planned"
        assert mailing.guard_reminder(stray, now) == "not_sent"


def test_told_twice_that_it_left_it_left_once(planned: Invitation) -> None:
    at = planned.send_at or THEN
    leave(at)
    mailing.invitation_left(message_of(planned), at + timedelta(hours=1))
    planned.refresh_from_db()
    assert planned.sent_at == at
    assert AuditEntry.objects.filter(verb="learn.ask_buyer").count() == 1


# Left out by hand --------------------------------------------------------------------------------------------------


def test_a_manager_leaves_somebody_out_with_a_reason_and_it_is_counted(
    as_nadia: Client, nadia: User, planned: Invitation
) -> None:
    assert as_nadia.post(f"/feedback/{planned.pk}/exclude", {"because": "legal"})["Location"] == "/feedback"
    planned.refresh_from_db()
    assert (planned.status, planned.excluded_because, planned.excluded_by) == ("excluded", "legal", nadia)
    assert message_of(planned).status == MessageStatus.CANCELLED
    assert "Nadia Belkacem" in as_nadia.get("/feedback").content.decode()


@pytest.mark.parametrize("because", ["", "suppressed", "reopened", "switched_off", "because"])
def test_only_the_reasons_for_people_count(as_nadia: Client, planned: Invitation, because: str) -> None:
    assert as_nadia.post(f"/feedback/{planned.pk}/exclude", {"because": because}).status_code == 400
    planned.refresh_from_db()
    assert planned.status == InvitationStatus.PLANNED


def test_the_seller_has_no_veto_nor_a_manager_over_their_own_deal(
    as_camille: Client, as_nadia: Client, planned: Invitation, nadia: User, helene: Person, admin_user: User
) -> None:
    assert as_camille.post(f"/feedback/{planned.pk}/exclude", {"because": "legal"}).status_code == 403
    luc = make_person("Luc", email="luc@x.example")
    close(as_nadia, make_deal(owner=nadia, people={luc: "user"}))
    own = Invitation.objects.get(person=luc)
    assert own.sender == admin_user
    assert as_nadia.post(f"/feedback/{own.pk}/exclude", {"because": "legal"}).status_code == 403
    assert Invitation.objects.filter(status="planned").count() == 2


def test_what_has_left_is_not_left_out(as_nadia: Client, planned: Invitation) -> None:
    leave(planned.send_at or THEN)
    assert as_nadia.post(f"/feedback/{planned.pk}/exclude", {"because": "legal"}).status_code == 409
    planned.refresh_from_db()
    assert planned.status == InvitationStatus.SENT


def test_one_that_is_just_leaving_is_not_left_out(as_nadia: Client, planned: Invitation, now: datetime) -> None:
    claimed = mail.claim(worker="w", now=planned.send_at or now)
    mail.begin_data(message=claimed.mails[0].message, now=planned.send_at or now)
    assert as_nadia.post(f"/feedback/{planned.pk}/exclude", {"because": "legal"}).status_code == 409
    assert mail.accept(message=claimed.mails[0].message, answer="250", now=planned.send_at or now)
    planned.refresh_from_db()
    assert planned.status == InvitationStatus.SENT


def test_an_end_without_a_seller_is_asked_about_by_the_teams_manager(
    as_admin: Client, north: Team, nadia: User, helene: Person
) -> None:
    deal = make_closed_deal(owner=nadia)[0]
    Deal.objects.filter(pk=deal.pk).update(owner=None, outcome="open", closed_at=None)
    DealPerson.objects.create(deal=deal, person=helene, role=DealRole.USER)
    close(as_admin, deal)
    assert Invitation.objects.get().sender == nadia
