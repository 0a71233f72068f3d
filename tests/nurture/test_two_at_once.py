"""Two schedulers, two tabs, two closes at the same moment, on a real database file or server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.deals.models import Person
from rebond.mail.models import Message
from rebond.nurture import actions, drafts
from rebond.nurture.drafts import Written
from rebond.nurture.models import Enrolment, Signal, Step
from rebond.nurture.work.plan import run
from tests.mail.test_at_once import beside
from tests.nurture.conftest import NO_AT, SayNo

pytestmark = pytest.mark.django_db(transaction=True)
MAY = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 3, 8, 0, tzinfo=UTC)


def at_once(what: Callable[[], object]) -> list[object]:
    """Three threads do it together; what each got, or the code of its refusal."""
    start, got = threading.Barrier(3), []

    def body() -> None:
        start.wait(20)
        try:
            got.append(what())
        except Conflict as refused:
            got.append(refused.code)

    threads = [beside(body) for _number in range(3)]
    for thread in threads:
        thread.join(60)
    return got


@pytest.fixture
def due_for_two_reasons(said_no: SayNo, camille: User, helene: Person, monkeypatch: pytest.MonkeyPatch) -> Enrolment:
    """Her second step leaves by itself, and a date she gave has come."""
    one = said_no()
    actions.log_contact(person=helene, channel="call", result="voicemail", actor=camille, now=MAY)
    actions.switch_step(owner=camille, cadence="price", number=2, on=True, actor=camille, now=MAY)
    actions.name_date(person=helene, kind="decision", on=date(2026, 9, 2), actor=camille, now=MAY)
    Enrolment.objects.update(due_on=date(2026, 9, 2), due_at=datetime(2026, 9, 2, 6, 30, tzinfo=UTC))
    monkeypatch.setattr(drafts, "draft_for", lambda *_a, **_k: Written("A", "B", "en", None, ""))
    return one


def test_schedulers_at_once_do_each_thing_once(due_for_two_reasons: Enrolment) -> None:
    at_once(lambda: run(now=SEPTEMBER))

    assert Signal.objects.filter(kind="date").count() == 1
    assert Step.objects.filter(number=2).count() == 1
    assert Message.objects.filter(purpose="nurture.note").count() == 1


def test_one_note_sent_from_three_tabs_is_one_note(said_no: SayNo, camille: User) -> None:
    one = said_no()

    got = at_once(
        lambda: actions.send_note(
            enrolment=Enrolment.objects.get(pk=one.pk), subject="A", body="B", actor=camille, now=MAY
        )
    )

    assert sorted(str(type(one).__name__) for one in got) == ["Step", "str", "str"]
    assert Message.objects.filter(purpose="nurture.note").count() == 1


def test_begun_three_times_at_once_is_one(camille: User, helene: Person) -> None:
    got = at_once(lambda: actions.begin(person=helene, owner=camille, actor=camille, now=NO_AT).status)

    assert len(got) == 3
    assert Enrolment.objects.exclude(status="ended").count() == 1
