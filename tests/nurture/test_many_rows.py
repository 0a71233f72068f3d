"""Rows put in at once are those that one by one would be there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from rebond.accounts.models import User
from rebond.base.rows import insert_rows
from rebond.deals.models import Person
from rebond.nurture.models import Enrolment, Standing
from tests.factories import make_person


def values_of(one: Enrolment) -> dict[str, Any]:
    names, apart = [field.attname for field in Enrolment._meta.concrete_fields], ("id", "person_id")
    return {name: getattr(one, name) for name in names if name not in apart}


def test_they_are_stored_as_if_saved_one_by_one(camille: User, helene: Person, now: datetime) -> None:
    given = {
        "owner_id": camille.pk, "cadence": "price", "status": Standing.PAUSED, "due_on": date(2026, 7, 1),
        "due_at": now, "waits_for": "“Sunday” % {x} \\ 'call-out'; --", "started_at": now, "ideal_days": 21,
    }  # fmt: skip
    saved = Enrolment.objects.create(person=helene, **given)
    others = [make_person(f"Person {number}").pk for number in range(600)]
    insert_rows(Enrolment, [{"person_id": pk, **given} for pk in others])
    stored = list(Enrolment.objects.filter(person__in=others))
    assert len(stored) == 600
    saved.refresh_from_db()
    assert all(values_of(one) == values_of(saved) for one in stored)


def test_what_is_missing_is_the_models_default_and_what_is_no_column_is_refused(helene: Person, now: datetime) -> None:
    insert_rows(Enrolment, [{"person_id": helene.pk, "cadence": "rest", "started_at": now}])
    one = Enrolment.objects.get()
    assert (one.status, one.step, one.zone, one.due_on, one.reason) == ("active", 1, "Europe/Paris", None, "")
    with pytest.raises(TypeError, match="no column person"):
        insert_rows(Enrolment, [{"person": helene, "cadence": "rest", "started_at": now}])
    insert_rows(Enrolment, [])
    assert Enrolment.objects.count() == 1
