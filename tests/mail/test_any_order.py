"""The outbox against a naive twin: whatever happens in whatever order, both agree."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from rebond.accounts.models import AuditEntry
from rebond.base.errors import Conflict
from rebond.jobs.models import Job
from rebond.mail import actions
from rebond.mail.models import Message, Suppression
from tests.mail import purposes
from tests.mail.purposes import plan

LEASE = timedelta(minutes=5)
THREE_DAYS = timedelta(hours=72)
WAITING = ("planned", "deferred", "claimed")
FINAL = ("accepted", "rejected", "skipped", "cancelled", "assumed_sent")


class Outbox(RuleBasedStateMachine):
    """The twin is a dictionary per mail. ``held`` are mails that some worker once claimed, perhaps long ago."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        for model in (Message, Suppression, AuditEntry, Job):
            model.objects.all().delete()
        purposes.told.clear()
        self.now = datetime(2026, 6, 9, 8, tzinfo=UTC)
        self.twin: dict[str, dict[str, Any]] = {}
        self.silent: set[int] = set()
        self.ended: dict[str, str] = {}
        self.handed_over: Counter[str] = Counter()
        self.may_hand_over: Counter[str] = Counter()

    @rule(person=st.integers(0, 1))
    def plan(self, person: int) -> None:
        key = f"mail:{len(self.twin)}"
        plan(key, self.now, recipient=f"buyer{person}@valmy.example")
        self.twin[key] = {"status": "planned", "due": self.now, "person": person, "tries": 0, "lease": None, "by": None}
        self.may_hand_over[key] = 1

    @rule(minutes=st.sampled_from([1, 4, 6, 16, 61, 60 * 25, 60 * 24 * 15]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(target=held, limit=st.integers(1, 3), worker=st.sampled_from(["a", "b"]))
    def claim(self, limit: int, worker: str) -> Any:
        due = [
            key
            for key, mail in sorted(self.twin.items(), key=lambda one: (one[1]["due"], int(one[0][5:])))
            if mail["status"] in ("planned", "deferred") and mail["due"] <= self.now
        ][:limit]
        claimed = actions.claim(worker=worker, now=self.now, limit=limit, lease=LEASE)
        for key in due:
            mail = self.twin[key]
            if mail["person"] in self.silent or self.now - mail["due"] > actions.TOO_LATE:
                mail["status"] = "skipped"
            else:
                mail |= {"status": "claimed", "tries": mail["tries"] + 1, "lease": self.now + LEASE, "by": object()}
        mine = [(one.message, self.twin[one.message.key]["by"]) for one in claimed.mails]
        assert [message.key for message, _by in mine] == [key for key in due if self.twin[key]["status"] == "claimed"]
        assert claimed.settled == len(due) - len(mine)
        return multiple(*mine)

    def _holds(self, held: Any, *statuses: str) -> dict[str, Any] | None:
        message, by = held
        mail = self.twin[message.key]
        return mail if mail["by"] is by and mail["status"] in statuses else None

    @rule(one=held)
    def begin(self, one: Any) -> None:
        mail = self._holds(one, "claimed")
        assert actions.begin_data(message=one[0], now=self.now, lease=LEASE) == bool(mail)
        if mail:
            mail |= {"status": "data_started", "lease": self.now + LEASE}
            self.handed_over[one[0].key] += 1

    @rule(one=held)
    def accept(self, one: Any) -> None:
        mail = self._holds(one, "data_started", "unknown")
        assert actions.accept(message=one[0], answer="250 OK", now=self.now) == bool(mail)
        if mail:
            mail["status"] = "accepted"

    @rule(one=held)
    def defer(self, one: Any) -> None:
        mail = self._holds(one, "claimed", "data_started", "unknown")
        assert actions.defer(message=one[0], answer="451 later", now=self.now) == bool(mail)
        if mail and mail["tries"] > len(actions.PAUSES):
            mail["status"] = "rejected"
        elif mail:
            begun = mail["status"] != "claimed"
            mail |= {"status": "deferred", "due": self.now + actions.PAUSES[mail["tries"] - 1]}
            self.may_hand_over[one[0].key] += begun  # the server said that it has not got it

    @rule(one=held)
    def reject(self, one: Any) -> None:
        mail = self._holds(one, "claimed", "data_started", "unknown")
        assert actions.reject(message=one[0], answer="550 no", now=self.now) == bool(mail)
        if mail:
            mail["status"] = "rejected"

    @rule(one=held)
    def lose(self, one: Any) -> None:
        mail = self._holds(one, "data_started")
        assert actions.lose(message=one[0], answer="gone", now=self.now) == bool(mail)
        if mail:
            mail |= {"status": "unknown", "lease": self.now + THREE_DAYS}

    @rule()
    def recover(self) -> None:
        gone = [m for m in self.twin.values() if m["status"] in ("claimed", "data_started") and m["lease"] < self.now]
        assert actions.recover(now=self.now) == len(gone)
        for mail in gone:
            if mail["status"] == "claimed":
                mail |= {"status": "planned", "by": None, "tries": mail["tries"] - 1}
            else:
                mail |= {"status": "unknown", "lease": self.now + THREE_DAYS}

    @rule()
    def nobody_says_for_three_days(self) -> None:
        late = [m for m in self.twin.values() if m["status"] == "unknown" and m["lease"] < self.now]
        assert actions.assume_sent(now=self.now) == len(late)
        for mail in late:
            mail["status"] = "assumed_sent"

    @rule(one=held)
    def give_back(self, one: Any) -> None:
        mail = self._holds(one, "claimed")
        assert actions.give_back(messages=[one[0]], now=self.now) == bool(mail)
        if mail:
            mail |= {"status": "planned", "by": None, "tries": mail["tries"] - 1}

    @rule()
    def leases_run_out(self) -> None:
        self.now += LEASE + timedelta(minutes=1)
        self.recover()

    @rule(person=st.integers(0, 1), scope=st.sampled_from(["all", "feedback"]))
    def suppress(self, person: int, scope: str) -> None:
        address = f"buyer{person}@valmy.example"
        actions.suppress(address=address, scope=scope, why="asked", source="test", actor=None, now=self.now)
        self.silent.add(person)
        for mail in self.twin.values():
            if mail["person"] == person and mail["status"] in WAITING:
                mail["status"] = "cancelled"

    @rule(person=st.integers(0, 1))
    def lift(self, person: int) -> None:
        for scope in ("all", "feedback"):
            actions.lift_suppression(address=f"buyer{person}@valmy.example", scope=scope, actor=None, now=self.now)
        self.silent.discard(person)

    @rule(which=st.integers(0, 9))
    def cancel(self, which: int) -> None:
        mail = self.twin.get(f"mail:{which}")
        possible = mail is not None and mail["status"] in WAITING
        assert actions.cancel_message(key=f"mail:{which}", reason="x", actor=None, now=self.now) == possible
        if mail and possible:
            mail["status"] = "cancelled"

    @rule(which=st.integers(0, 9), delivered=st.booleans())
    def a_person_decides(self, which: int, delivered: bool) -> None:
        key = f"mail:{which}"
        message, mail = Message.objects.filter(key=key).first(), self.twin.get(key)
        if message is None or mail is None:
            return
        try:
            actions.resolve_unknown(message=message, delivered=delivered, actor=None, now=self.now)
        except Conflict:
            assert mail["status"] != "unknown"
            return
        assert mail["status"] == "unknown"
        if delivered:
            mail["status"] = "assumed_sent"
        else:
            mail |= {"status": "planned", "due": self.now, "tries": 0, "by": None}
            self.may_hand_over[key] += 1

    @invariant()
    def both_agree(self) -> None:
        stored = {
            key: (status, tries) for key, status, tries in Message.objects.values_list("key", "status", "attempts")
        }
        assert stored == {key: (mail["status"], mail["tries"]) for key, mail in self.twin.items()}

    @invariant()
    def nothing_is_handed_over_twice_by_itself(self) -> None:
        assert not self.handed_over - self.may_hand_over

    @invariant()
    def what_has_ended_stays_as_it_ended(self) -> None:
        for key, status in Message.objects.filter(status__in=FINAL).values_list("key", "status"):
            assert self.ended.setdefault(key, status) == status
        assert set(self.ended) == set(Message.objects.filter(status__in=FINAL).values_list("key", flat=True))
        assert not Message.objects.filter(status__in=FINAL, finished_at=None).exists()

    @invariant()
    def each_purpose_is_told_once_and_never_both(self) -> None:
        told = Counter(key for _what, key in purposes.told)
        assert max(told.values(), default=0) <= 1
        sent = Message.objects.filter(status__in=["accepted", "assumed_sent"])
        good = {key for what, key in purposes.told if what == "accepted"}
        assert good == set(sent.values_list("key", flat=True))


class AnyOrder(TestCase):
    def test_the_outbox_and_its_twin_agree(self) -> None:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Outbox,
            settings=settings(
                max_examples=35, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
        assert not Message.objects.filter(attempts__gt=5).exists()
