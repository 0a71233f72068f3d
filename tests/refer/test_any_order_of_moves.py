"""The whole machine under any order of events, beside a naive twin typed from the specification's table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.base.dates import local_day
from rebond.base.errors import RebondError
from rebond.deals.actions.closing import close_deal, reopen_deal
from rebond.deals.models import Deal
from rebond.ledger.accounts import payable
from rebond.ledger.queries import balance, check
from rebond.refer.actions import aging, following, rewards
from rebond.refer.actions.flags import settle_flag
from rebond.refer.actions.moving import begin, move
from rebond.refer.actions.registering import Named, name_someone
from rebond.refer.models import Advocate, Move, Payout, PayoutRun, Referral, Reward, RiskFlag, State
from rebond.refer.payee import parse, seal
from tests.factories import make_person, make_stages, make_user
from tests.refer.rewarded import TYPED
from tests.refer.world import DAY, make_advocate, make_programme

#: The specification's table, and what the house adds for deals that are opened again; ``void`` follows everything.
TABLE = {
    "asked": "agreed declined no_answer", "agreed": "introduced lapsed",
    "introduced": "qualified disqualified duplicate", "qualified": "won lost", "won": "reward_due qualified",
    "lost": "qualified", "reward_due": "paid forfeited qualified", "paid": "clawed_back", "declined": "",
    "no_answer": "", "lapsed": "", "disqualified": "", "duplicate": "", "forfeited": "", "clawed_back": "", "void": "",
}  # fmt: skip
HOLD, CLAWBACK = 30, 90
STANDING = {"agreed", "introduced", "qualified", "won", "reward_due", "paid"}
ENDED = {"won": "won", "lost": "lost", "no_decision": "lost", "open": "qualified", "unknown": "qualified"}


@dataclass
class Twin:
    """What a referral must be, kept by hand: nothing here looks at the product."""

    advocate: int
    who: int | None
    since: datetime
    state: str
    named_at: datetime | None = None
    deal: int | None = None
    payment: bool = False
    refunded: bool = False
    due_from: datetime | None = None
    paid_at: datetime | None = None
    flag: bool = False

    def to(self, state: str, now: datetime) -> None:
        self.state, self.since = state, now


@dataclass
class DealTwin:
    who: int
    opened: datetime
    outcome: str = "open"


class TheMachine(RuleBasedStateMachine):
    """Two advocates, three people they might know, one seller and who leads them."""

    def __init__(self) -> None:
        super().__init__()
        self.all_of_it = transaction.atomic()
        self.all_of_it.__enter__()
        make_stages()
        team = Team.objects.create(name="North")
        self.seller = make_user("Camille Aubry", team=team)
        self.lead = make_user("Nadia Belkacem", team=team, role=Role.MANAGER)
        make_programme(hold_from="payment", hold_days=HOLD, clawback_days=CLAWBACK, referrals_a_week=100)
        self.advocates = [self._advocate("Hélène Marchetti", "helene"), self._advocate("Luc Morel", "luc")]
        self.now, self.twins, self.deals = DAY, {}, {}
        self.twins: dict[int, Twin]
        self.deals: dict[int, DealTwin]

    def _advocate(self, name: str, domain: str) -> Advocate:
        made = make_advocate(make_person(name, email=f"{domain}@{domain}.example"), self.seller)
        made.payee, made.payee_at = seal(parse("voucher", TYPED["voucher"])), DAY  # type: ignore[index]
        made.save()
        return made

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.all_of_it.__exit__(None, None, None)

    def _row(self, number: int) -> tuple[Referral, Twin]:
        pk = sorted(self.twins)[number % len(self.twins)]
        return Referral.objects.get(pk=pk), self.twins[pk]

    # ---- what happens

    @rule(hours=st.sampled_from([1, 24 * 8, 24 * 29, 24 * 31, 24 * 95]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(by=st.integers(0, 1))
    def somebody_is_asked(self, by: int) -> None:
        made = Referral(advocate=self.advocates[by], owner=self.seller, team=self.seller.team)
        begin(made=made, to="asked", actor=self.seller, now=self.now)
        self.twins[made.pk] = Twin(by, None, self.now, "asked")

    @rule(by=st.integers(0, 1), who=st.integers(0, 2))
    def somebody_is_named(self, by: int, who: int) -> None:
        self.now += timedelta(minutes=1)
        customer = any(deal.who == who and deal.outcome == "won" for deal in self.deals.values())
        again = any(one.advocate == by and one.who == who and one.state in STANDING for one in self.twins.values())
        code, found = self._tried(
            name_someone, advocate=self.advocates[by], named=self._named(who), actor=self.seller, now=self.now
        )
        assert code == ("customer" if customer else "named_already" if again else "")
        if not code:
            self.twins[found.pk] = Twin(by, who, self.now, "agreed", self.now)

    @staticmethod
    def _named(who: int) -> Named:
        return Named(f"Person {who}", f"person@firm{who}.example", company_name=f"Firm {who}")

    @precondition(lambda self: self.twins)
    @rule(which=st.integers(0, 9), to=st.sampled_from([*State.values, "eaten"]), mode=st.sampled_from(["", "forward"]))
    def somebody_tries_a_move(self, which: int, to: str, mode: str) -> None:
        self.now += timedelta(minutes=1)
        referral, twin = self._row(which)
        wanted = self._may(twin, to, mode or referral.mode)
        extra = {"mode": mode} if mode else {}
        code, _found = self._tried(move, referral=referral, to=to, actor=self.seller, now=self.now, **extra)
        assert code == wanted, (twin, to)
        if code:
            return
        known = to == "introduced" and self._known(referral.pk, twin)
        if to == "void":
            self._money_back(twin)
        twin.to("duplicate" if known else to, self.now)

    def _may(self, twin: Twin, to: str, mode: str) -> str:
        """The code of the refusal; empty where it may."""
        legal = to in TABLE[twin.state].split() or (to == "void" and twin.state != "void")
        if not legal:
            return "illegal_move"
        if to == "introduced":
            return "nobody_named" if twin.who is None else "" if mode else "mode_missing"
        if to == "qualified":
            return "deal_missing" if twin.deal is None else "deal_disagrees"
        if to in ("won", "lost"):
            return "deal_disagrees"
        if to == "reward_due" and twin.flag:
            return "flag_open"
        return "reward_disagrees" if to in ("reward_due", "paid", "forfeited", "clawed_back") else ""

    def _known(self, pk: int, twin: Twin) -> bool:
        assert twin.named_at is not None
        for other_pk, other in self.twins.items():
            if other_pk == pk or other.who != twin.who or other.who is None or other.state not in STANDING:
                continue
            assert other.named_at is not None
            if (other.named_at, other_pk) < (twin.named_at, pk) or other.state != "agreed":
                return True
        return any(
            deal.who == twin.who and deal.outcome == "open" and deal.opened < twin.named_at
            for deal in self.deals.values()
        )

    def _money_back(self, twin: Twin) -> None:
        twin.due_from = None

    @rule(by=st.integers(0, 1), who=st.integers(0, 2), far=st.integers(0, 4))
    def a_sale_and_what_follows(self, by: int, who: int, far: int) -> None:
        """Each step as the other rules do it, so that what comes after a sale is often reached."""
        before = set(self.twins)
        self.somebody_is_named(by, who)
        for pk in set(self.twins) - before:
            place = sorted(self.twins).index(pk)
            self.somebody_tries_a_move(place, "introduced", "forward")
            self.its_deal_is_opened(place)
            deal = self.twins[pk].deal
            if deal is None:
                return
            self.a_deal_ends_and_that_is_told(sorted(self.deals).index(deal), "won", 2)
            self.the_first_payment_came(place)
            for step in self._after(place)[:far]:
                step()

    def _after(self, place: int) -> list[Callable[[], None]]:
        return [
            lambda: self.time_passes(24 * 31), self.the_hour_strikes, self.what_is_due_is_handed_out,
            lambda: self.it_was_refunded(place),
        ]  # fmt: skip

    @precondition(lambda self: self.twins)
    @rule(which=st.integers(0, 9))
    def its_deal_is_opened(self, which: int) -> None:
        self.now += timedelta(minutes=1)
        referral, twin = self._row(which)
        before = Deal.objects.count()
        code, _found = self._tried(
            following.open_deal, referral=referral, amount_minor=500_000, currency="EUR", actor=self.seller,
            now=self.now,
        )  # fmt: skip
        back = twin.state in ("won", "lost", "reward_due")
        assert code == ("" if twin.state == "introduced" else "has_deal" if back else "illegal_move")
        assert Deal.objects.count() == before + (not code)
        if not code:
            assert referral.deal_id is not None
            assert twin.who is not None
            self.deals[referral.deal_id] = DealTwin(twin.who, self.now)
            twin.deal = referral.deal_id
            twin.to("qualified", self.now)

    @precondition(lambda self: self.twins)
    @rule(which=st.integers(0, 9), other=st.integers(0, 9))
    def a_deal_of_another_is_linked(self, which: int, other: int) -> None:
        referral, twin = self._row(which)
        deal = Deal.objects.filter(pk=self._row(other)[1].deal or 0).first()
        if deal is None:
            return
        code, _found = self._tried(following.link_deal, referral=referral, deal=deal, actor=self.seller, now=self.now)
        taken = {"introduced": "deal_taken", "won": "has_deal", "lost": "has_deal", "reward_due": "has_deal"}
        void = self._row(other)[1].state == "void"  # then the deal is free again
        assert code == taken.get(twin.state, "illegal_move") or void
        if not code:
            twin.deal = deal.pk
            twin.to(ENDED[self.deals[deal.pk].outcome], self.now)

    @precondition(lambda self: self.deals)
    @rule(
        which=st.integers(0, 9),
        outcome=st.sampled_from(["won", "lost", "no_decision", "unknown"]),
        told=st.integers(1, 3),
    )
    def a_deal_ends_and_that_is_told(self, which: int, outcome: str, told: int) -> None:
        self.now += timedelta(minutes=1)
        deal, twin = self._deal(which)
        if not deal.is_open:
            return
        event = close_deal(deal=deal, outcome=outcome, closed_at=self.now, actor=None, source="api", now=self.now)
        for _time in range(told):
            following.deal_ended(close_event=event, actor=None, now=self.now)
        twin.outcome = outcome
        self._follows(deal.pk)

    @precondition(lambda self: self.deals)
    @rule(which=st.integers(0, 9), again=st.booleans())
    def a_deal_is_opened_again(self, which: int, again: bool) -> None:
        self.now += timedelta(minutes=1)
        deal, twin = self._deal(which)
        if deal.is_open:
            return
        reopen_deal(deal=deal, actor=None, now=self.now)
        for _time in range(1 + again):
            following.deal_reopened(deal=deal, actor=None, now=self.now)
        twin.outcome = "open"
        self._follows(deal.pk)

    def _deal(self, which: int) -> tuple[Deal, DealTwin]:
        pk = sorted(self.deals)[which % len(self.deals)]
        return Deal.objects.get(pk=pk), self.deals[pk]

    def _follows(self, deal: int) -> None:
        for one in self.twins.values():
            if one.deal != deal:
                continue
            if one.state == "paid" and self.deals[deal].outcome != "won":
                one.flag = True
            if one.state in ("qualified", "won", "lost", "reward_due"):
                wanted = ENDED[self.deals[deal].outcome]
                if one.state in ("won", "lost", "reward_due") and self.deals[deal].outcome == "open":
                    one.payment = one.refunded = False
                    one.due_from = None
                if one.state != wanted:
                    one.to(wanted, self.now)

    @precondition(lambda self: self.twins)
    @rule(which=st.integers(0, 9))
    def the_first_payment_came(self, which: int) -> None:
        referral, twin = self._row(which)
        code, _found = self._tried(
            following.note_payment, referral=referral, day=local_day(self.now), actor=self.seller, now=self.now
        )
        assert code == ("" if twin.state == "won" else "not_won")
        if not code:
            twin.payment, twin.due_from = True, self.now + timedelta(days=HOLD)

    @precondition(lambda self: self.twins)
    @rule(which=st.integers(0, 9))
    def it_was_refunded(self, which: int) -> None:
        referral, twin = self._row(which)
        code, _found = self._tried(
            following.note_refund, referral=referral, day=local_day(self.now), actor=self.seller, now=self.now
        )
        able = ("won", "reward_due", "paid", "forfeited", "clawed_back")
        assert code == ("" if twin.state in able else "not_won")
        if code or twin.refunded or twin.state in ("forfeited", "clawed_back"):
            return
        twin.refunded = True
        if twin.state == "reward_due":
            twin.to("forfeited", self.now)
        elif twin.state == "paid" and twin.paid_at and self._days(twin.paid_at) <= CLAWBACK:
            twin.to("clawed_back", self.now)

    def _days(self, since: datetime) -> int:
        return (local_day(self.now) - local_day(since)).days

    @precondition(lambda self: self.twins)
    @rule(which=st.integers(0, 9), verdict=st.sampled_from(["", "honest"]))
    def a_doubt_is_raised_or_settled(self, which: int, verdict: str) -> None:
        referral, twin = self._row(which)
        flag = referral.flags.filter(verdict="").first()
        if verdict and flag is not None:
            settle_flag(flag=flag, verdict=verdict, actor=self.lead, now=self.now)
        elif not verdict:
            RiskFlag.objects.get_or_create(referral=referral, code="test", defaults={"raised_at": self.now})
        twin.flag = referral.flags.filter(verdict="").exists()

    @rule()
    def the_hour_strikes(self) -> None:
        aging.sweep(now=self.now)
        rewards.sweep(now=self.now)
        for twin in self.twins.values():
            waited = self.now - twin.since
            if twin.state == "asked" and waited >= timedelta(days=30):
                twin.to("no_answer", self.now)
            elif twin.state == "agreed" and waited >= timedelta(days=60):
                twin.to("lapsed", self.now)
            elif self._is_due(twin):
                twin.to("reward_due", self.now)
        before = list(Referral.objects.order_by("pk").values())
        assert (aging.sweep(now=self.now), rewards.sweep(now=self.now)["due"]) == (0, 0)
        assert list(Referral.objects.order_by("pk").values()) == before

    def _is_due(self, twin: Twin) -> bool:
        """Won, paid for, the days over, no doubt, not refunded."""
        ready = twin.due_from is not None and local_day(self.now) >= local_day(twin.due_from)
        return twin.state == "won" and ready and not twin.flag and not twin.refunded

    @rule()
    def what_is_due_is_handed_out(self) -> None:
        run = PayoutRun.objects.create(at=self.now, by=self.lead)
        for payout in Payout.objects.filter(status="waiting").order_by("pk"):
            code, _found = self._tried(rewards.approve, payout=payout, actor=self.lead, now=self.now)
            assert not code
        for payout in Payout.objects.filter(status="approved").select_related("reward").order_by("pk"):
            assert payout.reward is not None
            twin = self.twins[payout.reward.referral_id]
            code, _found = self._tried(rewards.pay, payout=payout, run=run, now=self.now)
            assert code == ("payout_waits" if twin.flag else "")
            if not code:
                twin.paid_at = self.now
                twin.to("paid", self.now)

    def _tried(self, what: Any, **given: Any) -> tuple[str, Any]:
        """What it gave, or the code of its refusal, which leaves no trace and is a sentence."""
        before = self._everything()
        try:
            with transaction.atomic():
                return "", what(**given)
        except RebondError as refused:
            code, said = refused.code, str(refused)
        assert "Nothing was" in said
        assert self._everything() == before
        return code, None

    def _everything(self) -> tuple[Any, ...]:
        rows = list(Referral.objects.order_by("pk").values())
        return (rows, Move.objects.count(), AuditEntry.objects.count(), Deal.objects.count(), Reward.objects.count())

    # ---- what must hold

    @invariant()
    def every_referral_is_where_its_twin_is(self) -> None:
        assert dict(Referral.objects.values_list("pk", "state")) == {pk: twin.state for pk, twin in self.twins.items()}

    @invariant()
    def the_history_is_whole_legal_and_ends_where_it_stands(self) -> None:
        last: dict[int, Move] = {}
        for one in Move.objects.order_by("referral", "number"):
            before = last.get(one.referral_id)
            assert one.number == (before.number + 1 if before else 1)
            assert one.from_state == (before.to_state if before else "")
            legal = TABLE[one.from_state].split() if one.from_state else ["asked", "agreed"]
            assert one.to_state in [*legal, "void"]
            last[one.referral_id] = one
        for referral in Referral.objects.all():
            assert (referral.state, referral.state_at) == (last[referral.pk].to_state, last[referral.pk].at)
        assert AuditEntry.objects.filter(verb="refer.move").count() == Move.objects.count()

    @invariant()
    def the_books_agree_with_the_rewards(self) -> None:
        for advocate in self.advocates:
            due = sum(one.amount_minor for one in Reward.objects.filter(advocate=advocate, status="due"))
            assert -balance(payable(advocate.holder), "EUR") == due
        states = dict(Referral.objects.values_list("pk", "state"))
        due = Reward.objects.filter(status="due").values_list("referral", flat=True)
        assert sorted(due) == sorted(pk for pk, state in states.items() if state == "reward_due")

    @invariant()
    def nobody_stands_introduced_twice(self) -> None:
        standing = [one.who for one in self.twins.values() if one.state in STANDING - {"agreed"}]
        assert len(standing) == len(set(standing))


class AnyOrder(TestCase):
    def _run(self, examples: int, steps: int) -> None:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            TheMachine,
            settings=settings(
                max_examples=examples, stateful_step_count=steps, deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
        assert check() == []
        assert not User.objects.exists()

    def test_what_must_hold_holds_in_any_order(self) -> None:
        self._run(5, 12)

    @pytest.mark.soak
    def test_and_in_very_many(self) -> None:
        self._run(400, 60)
