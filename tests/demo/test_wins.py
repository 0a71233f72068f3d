"""What the demo company shows of wins, lessons, rewards and the call of the month."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rebond.accounts.models import User
from rebond.celebrate.models import Contest, Given, Lesson, Nomination, Praise, Recording, Win
from rebond.celebrate.queries.contests import recount
from rebond.celebrate.queries.lessons import hall_for, shown_to
from rebond.celebrate.queries.wins import feed_for
from rebond.celebrate.sound.folder import path_of
from rebond.demo import people
from rebond.demo.company import _staff
from rebond.demo.wins import let_wins_be_heard
from rebond.ledger import queries as books
from rebond.live.models import LiveEvent
from tests.factories import make_closed_deal, make_company, make_stages

NOW = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_the_last_weeks_are_alive_and_nothing_rings() -> None:
    make_stages()
    staff = _staff(NOW)
    for number, seller in enumerate(people.SELLERS * 2):
        at = NOW - timedelta(days=3 * number + 1)
        make_closed_deal("won", owner=staff[seller.name], closed_at=at, name=f"Deal {number}", company=make_company())
    let_wins_be_heard(staff=staff, now=NOW)
    camille = User.objects.get(email="camille@rebond.example")
    assert len(feed_for(camille, now=NOW).wins) >= 5
    assert not LiveEvent.objects.filter(kind="bell").exists()
    assert Win.objects.filter(rung_at__gt=NOW).count() == 0
    assert set(Praise.objects.values_list("status", flat=True)) == {"waiting", "sent", "left"}
    assert Lesson.objects.filter(from_loss=True).count() >= 2
    assert books.check() == []
    assert Given.objects.filter(handed_at__isnull=False).count() == 1

    [past, present] = Contest.objects.order_by("month")
    assert (past.month, past.state, past.decided_by) == (date(2026, 5, 1), "announced", "votes")
    assert recount(past).as_json() == past.tally
    assert present.state == "nominations"
    assert Nomination.objects.filter(contest=present).count() == 2
    [may] = hall_for(camille)
    assert [one.lesson.title for one in may.winners] == ["A no that ended with two names"]
    assert not any(one.sound for one in (*may.winners, *may.others))

    heard = [one for one in shown_to(camille, list(Lesson.objects.all())) if one.sound]
    assert [one.lesson.title for one in heard] == ["Say the price, then nothing"]
    call = Recording.objects.get(pk=heard[0].lesson.recording_id)
    assert path_of(call.stored).stat().st_size == call.size
    assert call.duration_ms == 6_000
    assert len(set(call.peaks)) > 20
