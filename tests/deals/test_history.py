"""What an import writes: upserts in batches; the same twice changes nothing; history is never rewritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rebond.accounts.models import Team, User
from rebond.deals.actions import save_deals, save_people, save_touches
from rebond.deals.models import AppendOnlyError, CloseEvent, Company, Deal, Person, SearchEntry, StageChange, Touch
from rebond.deals.records import DealRecord, PersonRecord, TouchRecord
from rebond.learn.actions import ReasonGiven
from rebond.loop.close import close, reopen
from tests.factories import THEN, make_closed_deal

LATER = THEN + timedelta(days=30)
ROW = DealRecord(
    name="Maintenance", external_id="A1", company="Kéops", stage="Proposal", amount_minor=100, currency="EUR",
    opened_at=THEN, people=(PersonRecord(name="Jean", email="jean@keops.example", company="Kéops", role="sponsor"),),
)  # fmt: skip


def save(*rows: DealRecord, actor: User | None = None) -> tuple[int, int, int]:
    result = save_deals(rows=rows, source="csv", actor=actor, now=LATER)
    return result.created, result.updated, result.unchanged


def changed(**values: object) -> DealRecord:
    return DealRecord(**{**ROW.__dict__, **values})


@pytest.mark.django_db
def test_a_row_brings_its_company_stage_people_and_search_entry() -> None:
    assert save(ROW) == (1, 0, 0)
    deal = Deal.objects.get()
    assert (deal.company.name, deal.stage.name) == ("Kéops", "Proposal")  # type: ignore[union-attr]
    assert deal.deal_people.get().role == "sponsor"
    assert SearchEntry.objects.filter(kind="deal", record_id=deal.pk, text__contains="keops").exists()
    assert StageChange.objects.get().entered_at == THEN


@pytest.mark.django_db
def test_the_same_row_twice_changes_nothing() -> None:
    save(ROW)
    before = list(Deal.objects.order_by("pk").values())
    assert save(ROW) == (0, 0, 1)
    assert list(Deal.objects.order_by("pk").values()) == before
    assert (Company.objects.count(), Person.objects.count(), StageChange.objects.count()) == (1, 1, 1)


@pytest.mark.django_db
def test_without_an_id_name_company_and_day_are_the_id() -> None:
    assert save(changed(external_id="")) == (1, 0, 0)
    assert save(changed(external_id="", amount_minor=300)) == (0, 1, 0)
    assert save(changed(external_id="", opened_at=THEN + timedelta(days=3))) == (1, 0, 0)


@pytest.mark.django_db
def test_what_a_file_leaves_empty_erases_nothing() -> None:
    save(ROW)
    save(changed(amount_minor=None, currency="", company="", stage="", segment="Health"))
    deal = Deal.objects.get()
    assert (deal.amount_minor, deal.segment, deal.company is not None) == (100, "Health", True)


@pytest.mark.django_db
def test_a_close_of_long_ago_keeps_its_day_and_plans_nothing() -> None:
    save(changed(outcome="lost", closed_at=THEN, declared=True))
    event = CloseEvent.objects.get()
    assert (event.closed_at, event.source, event.declared, event.in_bulk) == (THEN, "import", True, False)
    assert not hasattr(event, "debrief")


@pytest.mark.django_db
def test_lost_then_open_then_lost_again_leaves_two_events_and_a_reopening() -> None:
    save(changed(outcome="lost", closed_at=THEN))
    save(changed(outcome="open"))
    save(changed(outcome="lost", closed_at=LATER))
    events = list(CloseEvent.objects.order_by("pk"))
    assert [event.closed_at for event in events] == [THEN, LATER]
    assert hasattr(events[0], "reopening")
    assert Deal.objects.get().closed_at == LATER


@pytest.mark.django_db
def test_a_stale_file_does_not_reopen_what_was_closed_here() -> None:
    save(ROW)
    close(
        deal=Deal.objects.get(), outcome="lost", reasons=[ReasonGiven("timing")], actor=None, source="screen", now=LATER
    )
    assert save(ROW) == (0, 0, 1)
    assert Deal.objects.get().outcome == "lost"


def test_an_import_never_touches_another_teams_deal(camille: User, yanis: User) -> None:
    save(changed(team_id=camille.team_id, owner_id=camille.pk))
    result = save_deals(rows=[changed(amount_minor=1)], source="csv", actor=yanis, now=LATER)
    assert result.skipped == {0: "other_team"}
    assert Deal.objects.get().amount_minor == 100


@pytest.mark.django_db
def test_people_meet_by_address_and_touches_by_time() -> None:
    rows = [
        PersonRecord(name="Jean", email="JEAN@keops.example"),
        PersonRecord(name="Jean", email="jean@keops.example"),
    ]
    result = save_people(rows=rows, source="csv", actor=None, now=THEN)
    assert (result.created, Person.objects.count()) == (1, 1)
    save(ROW)
    touch = TouchRecord(deal="A1", at=THEN, channel="call")
    assert save_touches(rows=[touch, touch], source="csv", actor=None, now=THEN).created == 1
    assert save_touches(rows=[touch], source="csv", actor=None, now=THEN).unchanged == 1
    nowhere = TouchRecord(deal="none", at=THEN, channel="call")
    assert save_touches(rows=[nowhere], source="csv", actor=None, now=THEN).skipped
    assert Deal.objects.get().last_touch_at == THEN
    assert Touch.objects.count() == 1


def test_a_close_event_cannot_be_changed_not_even_by_sql(camille: User) -> None:
    _deal, event = make_closed_deal(owner=camille)
    with pytest.raises(AppendOnlyError):
        event.save()
    with pytest.raises(AppendOnlyError):
        event.delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CloseEvent.objects.filter(pk=event.pk).update(outcome="won")
    assert CloseEvent.objects.get().outcome == "lost"


records = st.builds(
    DealRecord,
    name=st.sampled_from(["A", "B", "C"]),
    external_id=st.sampled_from(["", "1", "2"]),
    company=st.sampled_from(["", "Kéops", "KEOPS"]),
    stage=st.sampled_from(["", "Proposal", "Won"]),
    outcome=st.sampled_from(["open", "won", "lost"]),
    amount_minor=st.integers(0, 3),
    currency=st.just("EUR"),
    opened_at=st.just(THEN),
    closed_at=st.just(LATER),
)


class ImportTwice(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(records, max_size=6))
    def test_any_file_imported_twice_changes_nothing_the_second_time(self, rows: list[DealRecord]) -> None:
        team = Team.objects.get_or_create(name="North")[0]
        rows = [DealRecord(**{**row.__dict__, "team_id": team.pk}) for row in rows]
        save(*rows)
        deals, events = list(Deal.objects.order_by("pk").values()), CloseEvent.objects.count()
        created, updated, _unchanged = save(*rows)
        assert (created, updated) == (0, 0)
        assert list(Deal.objects.order_by("pk").values()) == deals
        assert CloseEvent.objects.count() == events


class CloseAndReopen(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(["won", "lost", "no_decision", "unknown"]), min_size=1, max_size=5))
    def test_every_end_stays_with_its_own_reason(self, ends: list[str]) -> None:
        save(ROW)
        deal, at = Deal.objects.get(), LATER
        for number, outcome in enumerate(ends):
            code = ("timing", "no_budget")[number % 2]
            close(deal=deal, outcome=outcome, reasons=[ReasonGiven(code)], actor=None, source="screen", now=at)
            if number < len(ends) - 1:
                reopen(deal=deal, actor=None, now=at + timedelta(hours=1))
            at += timedelta(days=1)
        events = list(deal.close_events.all())
        assert [event.outcome for event in events] == ends
        said = [event.reasons.get().code for event in events]
        assert said == [("timing", "no_budget")[number % 2] for number in range(len(ends))]
