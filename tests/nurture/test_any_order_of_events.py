"""Staying in touch under any order of events: what must hold, holds after each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from rebond.accounts.models import AuditEntry, Team, User
from rebond.base.errors import Conflict
from rebond.deals.models import CloseEvent, Deal, DealPerson, Person, Touch
from rebond.mail.boxes import mailbox
from rebond.mail.guarding.windows import is_working_day
from rebond.mail.models import Basis, Message, MessageStatus, Received, Suppression
from rebond.nurture import actions, notes
from rebond.nurture.actions.hearing import hear
from rebond.nurture.actions.touching import two_way
from rebond.nurture.models import Away, Enrolment, NamedDate, Signal, Step
from rebond.nurture.queries import due_for
from rebond.nurture.work.plan import run
from tests.factories import make_company, make_deal, make_person, make_user

#: A week before clocks change in Paris and Lord Howe, two before New York's have.
BEGIN = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
KINDS = ["human", "out_of_office", "left", "stop", "bounce_hard", "auto_reply", "other"]
ALL = (
    Touch, Step, Signal, NamedDate, Away, Enrolment, Received, Message, Suppression, Basis, AuditEntry, DealPerson,
)  # fmt: skip


class StayingInTouch(RuleBasedStateMachine):
    """Two people of one company (in France, the United States or on Lord Howe) and their seller in Paris."""

    def __init__(self) -> None:
        super().__init__()
        for model in ALL:
            model.objects.all().delete()
        self.now, self.mails = BEGIN, 0
        self.seller = User.objects.filter(name="Camille Aubry").first() or make_user(
            "Camille Aubry", team=Team.objects.create(name="North")
        )
        firm = make_company("Groupe Valmy", country="France")
        self.people = [make_person(name, company=firm, email=f"{name}@valmy.example", phone="1") for name in ("a", "b")]
        self.moved: dict[int, datetime] = {}
        self.box = mailbox.house(now=BEGIN)

    # ---- what happens

    @rule(hours=st.sampled_from([1, 20, 24 * 9, 24 * 40, 24 * 130]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(country=st.sampled_from(["France", "USA", "Australia", ""]))
    def the_company_moves(self, country: str) -> None:
        make = self.people[0].company
        assert make is not None
        type(make).objects.filter(pk=make.pk).update(country=country)

    @rule(who=st.integers(0, 1), outcome=st.sampled_from(["lost", "no_decision"]), code=st.sampled_from(
        ["no_budget", "price_vs_alternative", "not_in_touch", "need_changed", "ours"]
    ))  # fmt: skip
    def a_no(self, who: int, outcome: str, code: str) -> None:
        deal = make_deal(owner=self.seller, outcome=outcome, closed_at=self.now, people={self.people[who]: "sponsor"})
        event = CloseEvent.objects.create(
            deal=deal, outcome=outcome, closed_at=self.now, recorded_at=self.now, source="screen"
        )
        actions.begin_after_no(close_event=event, reasons=[code], actor=self.seller, now=self.now)

    @rule(who=st.integers(0, 1))
    def a_deal_opens(self, who: int) -> None:
        make_deal(owner=self.seller, opened_at=self.now, people={self.people[who]: "sponsor"})

    @rule(how=st.sampled_from(["won", "duplicate"]))
    def open_deals_close(self, how: str) -> None:
        for deal in Deal.objects.filter(outcome="open", deal_people__isnull=False).order_by("pk"):
            deal.outcome, deal.closed_at = how, self.now
            deal.save()
            if how == "won":
                actions.won(deal=deal, actor=self.seller, now=self.now)

    @rule(who=st.integers(0, 1), channel=st.sampled_from(["call", "meeting", "message"]), result=st.sampled_from(
        ["", "reached", "no_answer", "voicemail"]
    ), direction=st.sampled_from(["in", "out"]))  # fmt: skip
    def a_contact(self, who: int, channel: str, result: str, direction: str) -> None:
        person = self.people[who]
        before = self._interactions()
        actions.log_contact(
            person=person, channel=channel, result=result, direction=direction, actor=self.seller, now=self.now
        )
        if not two_way(channel, direction, result):
            assert self._interactions() == before, "only a two-way contact restarts it"

    @rule(at_once=st.booleans())
    def a_note(self, at_once: bool) -> None:
        for one in Enrolment.objects.filter(status="active").order_by("pk"):
            try:
                actions.send_note(
                    enrolment=one, subject="A", body="B", actor=self.seller, now=self.now, at_once=at_once
                )
            except Conflict:
                continue

    @rule()
    def the_outbox_works(self) -> None:
        """As the sender does, without a server: the purpose's own guard, then what became of it."""
        before = self._interactions()
        for message in Message.objects.filter(status="planned", send_at__lte=self.now).order_by("pk"):
            verdict = notes.guard(message, self.now)
            if verdict == "":
                message.status, message.finished_at = MessageStatus.ACCEPTED, self.now
                message.save()
                notes.left(message, self.now)
                notes.left(message, self.now)
            elif isinstance(verdict, str):
                message.status, message.reason = MessageStatus.SKIPPED, verdict
                message.save()
                notes.stopped(message, self.now)
            else:
                assert verdict.until > self.now
                message.send_at = verdict.until
                message.save()
        assert self._interactions() == before

    @rule()
    def a_note_is_taken_back(self) -> None:
        for step in Step.objects.filter(status="sending").order_by("pk"):
            actions.take_back(step=step, actor=self.seller, now=self.now)

    @rule(who=st.integers(0, 1), kind=st.sampled_from(KINDS), back=st.sampled_from(["", "2026-05-14", "2026-03-01"]))
    def a_mail_comes(self, who: int, kind: str, back: str) -> None:
        self.mails += 1
        received = Received.objects.create(
            mailbox=self.box, message_id=f"m{self.mails}", kind=kind, person=self.people[who], sent_at=self.now,
            received_at=self.now, text="We look at it again in June.", reading={"return_on": back},
        )  # fmt: skip
        hear(received, self.now)
        once = list(Enrolment.objects.order_by("pk").values())
        hear(received, self.now)
        assert list(Enrolment.objects.order_by("pk").values()) == once, "heard twice is once"

    @precondition(lambda self: self.mails)
    @rule(kind=st.sampled_from(KINDS))
    def the_last_mail_meant_something_else(self, kind: str) -> None:
        received = Received.objects.latest("pk")
        received.corrected_kind = kind
        received.save()
        hear(received, self.now)

    @rule(who=st.integers(0, 1), days=st.integers(-30, 400), kind=st.sampled_from(["budget", "call_back", "decision"]))
    def a_date_is_named(self, who: int, days: int, kind: str) -> None:
        on = (self.now + timedelta(days=days)).date()
        actions.name_date(person=self.people[who], kind=kind, on=on, actor=self.seller, now=self.now)

    @rule(days=st.integers(0, 30))
    def the_seller_is_away(self, days: int) -> None:
        today = self.now.date() + timedelta(days=1)
        actions.set_away(
            user=self.seller, first_on=today, last_on=today + timedelta(days=days), actor=self.seller, now=self.now
        )

    @rule()
    def by_hand(self) -> None:
        for one in Enrolment.objects.exclude(status="ended").order_by("pk"):
            if one.status == "paused":
                actions.resume(enrolment=one, actor=self.seller, now=self.now)
            else:
                actions.pause(enrolment=one, actor=self.seller, now=self.now)

    @rule()
    def skipped(self) -> None:
        for one in Enrolment.objects.filter(status="active").order_by("pk"):
            try:
                actions.skip_step(enrolment=one, actor=self.seller, now=self.now)
            except Conflict:
                continue

    @rule()
    def signs_are_answered(self) -> None:
        for number, signal in enumerate(Signal.objects.filter(settled_at=None).order_by("pk")):
            verdict = ("not_yet", "talking", "nothing")[number % 3]
            actions.settle_signal(signal=signal, verdict=verdict, actor=self.seller, now=self.now)

    @rule()
    def the_planner_comes_round(self) -> None:
        run(now=self.now)
        rows = list(Enrolment.objects.order_by("pk").values())
        assert run(now=self.now) == {}, "run again it finds nothing to do"
        assert list(Enrolment.objects.order_by("pk").values()) == rows

    # ---- what must hold

    def _interactions(self) -> dict[int, Any]:
        return dict(Enrolment.objects.values_list("pk", "interaction_at"))

    @invariant()
    def one_each_and_no_number_twice(self) -> None:
        inside = list(Enrolment.objects.exclude(status="ended").values_list("person", flat=True))
        assert len(inside) == len(set(inside))
        steps = list(Step.objects.values_list("enrolment", "number"))
        assert len(steps) == len(set(steps))
        for one in Enrolment.objects.all():
            assert all(step.number <= one.step for step in one.steps.all()), "no step is ahead of its turn"

    @invariant()
    def due_days_are_working_days_of_theirs_and_only_while_active(self) -> None:
        for one in Enrolment.objects.all():
            assert (one.due_on is None) == (one.status != "active")
            assert (one.due_at is None) == (one.due_on is None)
            if one.due_on is not None:
                country = {"Europe/Paris": "FR", "America/New_York": "US", "Australia/Sydney": "AU"}[one.zone]
                country = country if one.zone_from == "country" else ""
                assert is_working_day(one.due_on, country)
            assert bool(one.ended_at) == (one.status == "ended") == bool(one.ended_because)
            assert bool(one.paused_because) == (one.status == "paused")

    @invariant()
    def nobody_paused_or_ended_is_on_the_list(self) -> None:
        assert all(due.enrolment.status == "active" for due in due_for(self.seller, self.now))

    @invariant()
    def whoever_asked_for_silence_is_not_in_it(self) -> None:
        assert not Enrolment.objects.filter(person__email="", status="active").exists()
        for step in Step.objects.filter(status="sending").order_by("pk"):
            assert Message.objects.filter(key=step.message_key).exists()

    @invariant()
    def an_answer_resets_the_count(self) -> None:
        for one in Enrolment.objects.exclude(interaction_at=None):
            later = one.steps.filter(status="done", done_at__gte=one.interaction_at, answered_at=None).count()
            assert one.unanswered <= later


class AnyOrder(TestCase):
    def test_what_must_hold_holds_in_any_order(self) -> None:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            StayingInTouch,
            settings=settings(
                max_examples=12, stateful_step_count=22, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
        assert Person.objects.exists()
