"""What is put together once answers as Django itself does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Model, QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebond.accounts.models import AuditEntry, User
from rebond.base.prepared import OneChange, OneMore, OneRecord, Slot
from rebond.deals.models import Deal
from tests.factories import make_deal

TOO_LARGE = 2**63


def values(record: Model | None) -> dict[str, object]:
    assert record is not None
    return {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}


def by_key(records: QuerySet[Deal]) -> OneRecord[Deal]:
    return OneRecord(lambda: records.filter(pk=Slot("pk")))


def test_a_record_is_what_django_gives(deal: Deal, camille: User, as_camille: Client, now: datetime) -> None:
    Deal.objects.filter(pk=deal.pk).update(amount_minor=5, last_touch_at=now, expected_close=now.date(), notes="é 🔔")
    for model in (Deal, User, Session):
        known = model._default_manager.get()
        found = OneRecord(lambda model=model: model._default_manager.filter(pk=Slot("pk"))).get(pk=known.pk)
        assert values(found) == values(known)
        assert found == known
        assert found is not None
        assert not found.get_deferred_fields()
        assert found._state.db == known._state.db
        assert not found._state.adding


def test_one_query_however_often(deal: Deal) -> None:
    made = 0

    def build() -> QuerySet[Deal]:
        nonlocal made
        made += 1
        return Deal.objects.filter(pk=Slot("pk"), outcome="open")

    prepared = OneRecord(build)
    with CaptureQueriesContext(connection) as asked:
        found = [prepared.get(pk=pk) for pk in (deal.pk, deal.pk + 1, deal.pk)]
    assert [one and one.pk for one in found] == [deal.pk, None, deal.pk]
    assert len(asked) == 3
    assert made == 1


@pytest.mark.parametrize("key", [0, -1, TOO_LARGE - 1, TOO_LARGE, -TOO_LARGE - 1, 10**40])
def test_a_key_that_nobody_has(deal: Deal, key: int) -> None:
    assert by_key(Deal.objects.all()).get(pk=key) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30))
def test_what_somebody_types_stays_a_value(deal: Deal, text: str) -> None:
    named = OneRecord(lambda: Deal.objects.filter(name=Slot("name")))
    assert named.get(name=text) == Deal.objects.filter(name=text).first()


def test_whole_rows_of_one_table_only(deal: Deal) -> None:
    for query in (Deal.objects.select_related("company"), Deal.objects.only("name")):
        with pytest.raises(TypeError, match="whole rows of one table"):
            by_key(query).get(pk=deal.pk)
    with pytest.raises(KeyError):
        by_key(Deal.objects.all()).get()


def test_a_change_is_made_where_it_fits(deal: Deal, camille: User, now: datetime) -> None:
    other = make_deal("Boilers", owner=camille)
    earlier = OneChange(
        lambda: Deal.objects.filter(pk=Slot("pk"), opened_at__gt=Slot("at")), opened_at=Slot("at"), notes=Slot("notes")
    )
    before = values(Deal.objects.get(pk=other.pk))
    Deal.objects.filter(pk=deal.pk).update(opened_at=now)
    for at, kept in (
        (now + timedelta(days=1), now),
        (now - timedelta(microseconds=1), now - timedelta(microseconds=1)),
    ):
        earlier.make(pk=deal.pk, at=at, notes=f"'{at:%d}' %s")
        assert Deal.objects.get(pk=deal.pk).opened_at == kept
    assert Deal.objects.get(pk=deal.pk).notes == "'09' %s"
    assert values(Deal.objects.get(pk=other.pk)) == before


def test_one_more_row_is_what_django_would_have_made(camille: User, deal: Deal, now: datetime) -> None:
    said: dict[str, Any] = {
        "at": now, "verb": "deals.edit", "subject_type": "deals.deal", "subject_id": str(deal.pk),
        "detail": {"é": ["🔔", None, 1.5, {"%s": "'"}]},
    }  # fmt: skip
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    one_more = OneMore(AuditEntry)
    for actor in (camille, None):
        one_more.make(actor_id=actor.pk if actor else None, **said)
        AuditEntry.objects.create(actor=actor, **said)
    ours, theirs, nobodys, and_theirs = AuditEntry.objects.exclude(pk__in=before).order_by("pk")
    assert [{**values(one), "id": 0} for one in (ours, nobodys)] == [
        {**values(one), "id": 0} for one in (theirs, and_theirs)
    ]
    with pytest.raises(KeyError):
        one_more.make(**said)
    assert AuditEntry.objects.exclude(pk__in=before).count() == 4
