"""Whatever happens to a deal and its people in whatever order: nobody is asked twice, nothing is silently dropped."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rebond.accounts.models import Role, Team, User
from rebond.base.errors import RebondError
from rebond.deals.models import Deal
from rebond.learn.actions import ReasonGiven
from rebond.learn.actions.invitations import exclude_invitation, set_programme
from rebond.learn.models import Invitation, InvitationStatus
from rebond.loop import close as loop
from rebond.mail import actions as mail
from rebond.mail.models import Message, MessageStatus
from tests.factories import THEN, make_deal, make_person, make_stages, make_user

OFTEN = ("close", "leave", "leave", "reopen")
STEPS = (*OFTEN, *OFTEN, "refuse", "exclude", "silence", "switch", "give", "answer", "dismiss")
WAITING = (MessageStatus.PLANNED, MessageStatus.DEFERRED, MessageStatus.CLAIMED)


class House:
    """One team, two deals that share a buyer, and a clock."""

    def __init__(self, rng: random.Random) -> None:
        make_stages()
        team = Team.objects.create(name="North")
        self.rng, self.now = rng, THEN
        self.seller = make_user("Camille", team=team)
        self.manager = make_user("Nadia", team=team, role=Role.MANAGER)
        set_programme(changes={"delay_min": 2, "delay_max": 2}, actor=None, now=self.now)
        self.people = [make_person(f"P{n}", email=f"p{n}@x.example") for n in range(4)]
        first, second = self.people[:3], self.people[2:]
        self.deals = [
            make_deal("One", owner=self.seller, people=dict.fromkeys(first, "user")),
            make_deal("Two", owner=self.manager, people=dict.fromkeys(second, "user")),
        ]

    def deal(self) -> Deal:
        return Deal.objects.get(pk=self.rng.choice(self.deals).pk)

    def close(self) -> None:
        loop.close(
            deal=self.deal(), outcome=self.rng.choice(["lost", "won", "no_decision", "duplicate"]),
            reasons=[ReasonGiven("timing")], actor=self.seller, source="screen", now=self.now,
        )  # fmt: skip

    def reopen(self) -> None:
        loop.reopen(deal=self.deal(), actor=self.seller, now=self.now)

    def leave(self, *, taken: bool = True) -> None:
        self.now += timedelta(days=self.rng.randint(3, 9))
        for one in mail.claim(worker="w", now=self.now, limit=50).mails:
            asked = Invitation.objects.select_related("deal").get(pk=int(one.message.key.partition(":")[2]))
            assert asked.sender_id != asked.deal.owner_id
            assert mail.begin_data(message=one.message, now=self.now)
            settle = mail.accept if taken else mail.reject
            assert settle(message=one.message, answer="250", now=self.now)

    def exclude(self) -> None:
        if rows := list(Invitation.objects.order_by("pk")):
            found = self.rng.choice(rows)
            exclude_invitation(invitation=found, because="legal", actor=self.manager, now=self.now)

    def silence(self) -> None:
        address = self.rng.choice(self.people).email
        mail.suppress(address=address, scope="feedback", why="asked", source="t", actor=None, now=self.now)

    def switch(self) -> None:
        set_programme(changes={"is_on": self.rng.random() < 0.8}, actor=None, now=self.now)

    def give(self) -> None:
        Deal.objects.filter(pk=self.deal().pk).update(owner=self.rng.choice([self.seller, self.manager]))

    def answer(self) -> None:
        sent = Invitation.objects.filter(status=InvitationStatus.SENT).first()
        if sent:
            Invitation.objects.filter(pk=sent.pk).update(status="answered", answered_on=self.now.date())

    def dismiss(self) -> None:
        """The seller leaves the company, or comes back."""
        User.objects.filter(pk=self.seller.pk).update(is_active=self.rng.random() < 0.5)


class AnyOrder(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(STEPS), min_size=6, max_size=18), st.randoms(use_true_random=False))
    def test_nobody_is_asked_twice_and_each_row_says_where_it_stands(
        self, steps: list[str], rng: random.Random
    ) -> None:
        house, refusals = House(rng), set()
        for step in steps:
            act = partial(house.leave, taken=False) if step == "refuse" else getattr(house, step)
            try:
                act()
            except RebondError as refused:
                refusals.add(refused.code)
            self.assert_each_row_says_where_it_stands()
        assert refusals <= {"already_closed", "not_closed", "not_planned", "not_allowed"}
        self.assert_nobody_is_asked_twice()

    def assert_each_row_says_where_it_stands(self) -> None:
        mails = {message.key: message.status for message in Message.objects.all()}
        for row in Invitation.objects.all():
            status = mails.get(f"learn.invitation:{row.pk}")
            assert (row.status == InvitationStatus.PLANNED) == (status in WAITING)
            assert (row.status == InvitationStatus.EXCLUDED) == bool(row.excluded_because)
            assert (row.sent_at is not None) == (row.status in (InvitationStatus.SENT, InvitationStatus.ANSWERED))
            assert row.sent_at is None or status == MessageStatus.ACCEPTED
            assert row.reminded_at is None or mails[f"learn.reminder:{row.pk}"] == MessageStatus.ACCEPTED

    def assert_nobody_is_asked_twice(self) -> None:
        for purpose in ("learn.invitation", "learn.reminder"):
            went = Message.objects.filter(purpose=purpose, status=MessageStatus.ACCEPTED)
            addresses = list(went.values_list("recipient", flat=True))
            assert len(addresses) == len(set(addresses))
        assert Message.objects.count() <= 2 * Invitation.objects.count()
