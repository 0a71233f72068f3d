"""A contact logged by any door asks for fresh facts, once for many, and one pass of a worker later it is counted."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from rebond.accounts.actions import edit_person
from rebond.accounts.models import Team, User
from rebond.deals import heard
from rebond.deals.actions import create_deal, edit_deal, log_touch, save_deals, save_touches, unlog_touch
from rebond.deals.models import Deal, Person
from rebond.deals.records import DealRecord, TouchRecord
from rebond.facts import store, warm
from rebond.facts.freshness import REST, TOGETHER, contacts_written, want_fresh_facts
from rebond.jobs import worker
from rebond.jobs.models import Job, JobStatus
from tests.factories import make_closed_deal, make_deal, make_person, make_touch


@pytest.fixture(autouse=True)
def _facts_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "facts")
    warm.forget()


def waiting() -> list[Job]:
    return list(Job.objects.filter(name="rebond.facts.work.refresh_facts", status=JobStatus.READY))


def worked_off(now: datetime) -> None:
    """One pass of the worker's own loop, as late as that."""
    worker.run(stop=threading.Event(), name="test", once=True, clock=lambda: now)


def call(deal: Deal | None, now: datetime, person: Person | None = None) -> Any:
    return log_touch(deal=deal, person=person, channel="call", at=now, minutes=20, actor=None, now=now)


Door = Callable[[User, datetime], Any]
DOORS: dict[str, Door] = {
    "a contact of a deal": lambda user, now: call(make_deal(owner=user), now),
    "a contact with a person": lambda _user, now: call(None, now, make_person("Dora Kiss")),
    "one that did not take place": lambda user, now: unlog_touch(
        touch=make_touch(make_deal(owner=user)), actor=None, now=now
    ),
    "a new deal": lambda user, now: create_deal(name="Lift", owner=user, actor=user, now=now),
    "another amount": lambda user, now: edit_deal(
        deal=make_deal(owner=user), changes={"amount_minor": 5}, actor=user, now=now
    ),
    "imported contacts": lambda user, now: save_touches(
        rows=[TouchRecord(deal=make_deal(owner=user, external_id="D-1").external_id, at=now, channel="call")],
        source="csv", actor=None, now=now,
    ),
    "imported deals": lambda user, now: save_deals(
        rows=[DealRecord(name="Lift", external_id="D-2", owner_id=user.pk, opened_at=now)], source="csv", actor=None,
        now=now,
    ),
    "a seller who changes team": lambda user, now: edit_person(
        user=user, changes={"team": Team.objects.create(name="East")}, actor=user, now=now
    ),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_every_door_asks_for_fresh_facts_a_second_later(
    door: Door, camille: User, admin_user: User, now: datetime
) -> None:
    door(camille, now)
    assert [job.run_at for job in waiting()] == [now + TOGETHER]


def test_what_is_imported_twice_asks_for_nothing(camille: User, now: datetime) -> None:
    make_deal(owner=camille, external_id="D-1")
    rows = [TouchRecord(deal="D-1", at=now, channel="call")]
    save_touches(rows=rows, source="csv", actor=None, now=now)
    Job.objects.all().delete()
    assert save_touches(rows=rows, source="csv", actor=None, now=now).unchanged == 1
    assert waiting() == []


def test_many_contacts_ask_once_and_each_further_one_costs_one_query(camille: User, now: datetime) -> None:
    deal = make_deal(owner=camille)
    for second in range(5):
        call(deal, now + timedelta(seconds=second))
    assert [job.run_at for job in waiting()] == [now + TOGETHER]
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        heard.tell(now + timedelta(seconds=6))
    assert len(queries) == 1


def test_a_close_does_not_wait_for_contacts_to_come(camille: User, now: datetime) -> None:
    want_fresh_facts(now=now)
    contacts_written(now)
    assert [job.run_at for job in waiting()] == [now]


@pytest.mark.parametrize(
    ("since", "ask", "then"),
    [
        (timedelta(seconds=0.5), want_fresh_facts, REST - timedelta(seconds=0.5)),
        (timedelta(seconds=0.5), contacts_written, REST - timedelta(seconds=0.5)),
        (timedelta(seconds=1.5), contacts_written, TOGETHER),
        (timedelta(minutes=3), want_fresh_facts, timedelta()),
        (-timedelta(days=1), contacts_written, TOGETHER),
    ],
    ids=["a close", "a contact", "a contact a little later", "a close after a quiet time", "a clock set back"],
)
def test_however_much_is_written_the_facts_rest_two_seconds(
    since: timedelta, ask: Callable[..., None], then: timedelta, camille: User, now: datetime
) -> None:
    make_closed_deal(owner=camille)
    warm.refresh()
    written = (now - since).timestamp()
    os.utime(store.folder() / store.STATE, (written, written))
    ask(now=now)
    assert [job.run_at for job in waiting()] == [now + then]


def test_what_comes_while_a_refresh_runs_is_queued_behind_it(camille: User, now: datetime) -> None:
    deal = make_deal(owner=camille)
    call(deal, now)
    Job.objects.update(status=JobStatus.RUNNING)
    call(deal, now + timedelta(seconds=3))
    call(deal, now + timedelta(seconds=3))
    assert len(waiting()) == 1
    assert Job.objects.filter(name="rebond.facts.work.refresh_facts").count() == 2


def test_what_is_rolled_back_asked_for_nothing(camille: User, now: datetime) -> None:
    deal = make_deal(owner=camille)
    with transaction.atomic():
        call(deal, now)
        assert len(waiting()) == 1
        transaction.set_rollback(True)
    assert waiting() == []


def _counted(now: datetime) -> tuple[int, float, int]:
    """Contacts and minutes of the roll-up, and dated contacts, as a page would ask."""
    facts = warm.current(now.date()).facts()
    assert facts.roll is not None
    assert facts.touches is not None
    rows = facts.roll.to_pyarrow().to_pylist()
    dated = facts.touches.count().to_pyarrow().as_py()
    return sum(row["touches"] for row in rows), sum(row["minutes"] for row in rows), dated


@pytest.fixture
def _pages_leave_it_to_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these tests is not that of the machine: to a page it looks as if nobody had worked for months."""
    monkeypatch.setattr(warm, "nobody_works", lambda: False)


@pytest.mark.usefixtures("_pages_leave_it_to_the_worker")
def test_one_pass_of_a_worker_after_its_second_has_the_contact_in_the_numbers(camille: User, now: datetime) -> None:
    deal, _event = make_closed_deal(owner=camille)
    make_touch(deal, minutes=5)
    warm.refresh()
    assert _counted(now) == (1, 5.0, 1)
    touch = call(deal, now)
    worked_off(now)
    assert _counted(now) == (1, 5.0, 1), "its second is not over"
    worked_off(now + TOGETHER)
    assert _counted(now) == (2, 25.0, 2)
    assert waiting() == []
    unlog_touch(touch=touch, actor=None, now=now + timedelta(seconds=30))
    worked_off(now + timedelta(seconds=32))
    assert _counted(now) == (1, 5.0, 1)


def test_a_seller_who_changes_team_takes_the_figures_along(
    camille: User, admin_user: User, south: Team, now: datetime
) -> None:
    make_closed_deal(owner=camille)
    warm.refresh()
    edit_person(user=camille, changes={"team": south}, actor=admin_user, now=now)
    worked_off(now + TOGETHER)
    deals = warm.current(now.date()).facts(deals_only=True).deals
    assert [row["team_id"] for row in deals.to_pyarrow().to_pylist()] == [south.pk]


@pytest.mark.usefixtures("_pages_leave_it_to_the_worker")
def test_a_contact_leaves_answers_about_deals_alone_as_they_are(camille: User, now: datetime) -> None:
    deal, _event = make_closed_deal(owner=camille)
    warm.refresh()
    made: list[str] = []

    def ask(name: str, *, deals_only: bool) -> None:
        warm.remembered((name,), lambda: made.append(name), deals_only=deals_only)

    for _time in range(2):
        ask("deals", deals_only=True)
        ask("contacts", deals_only=False)
    first = warm.current(now.date(), deals_only=True)
    call(deal, now)
    worked_off(now + TOGETHER)
    ask("deals", deals_only=True)
    ask("contacts", deals_only=False)
    assert made == ["deals", "contacts", "contacts"]
    assert warm.current(now.date(), deals_only=True) is first
    assert _counted(now)[0] == 1
