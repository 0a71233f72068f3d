"""Contacts that name no deal: whose they are, and that they change no question about the way of a deal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rebond import numbers
from rebond.accounts.models import User
from rebond.deals.models import Deal, DealPerson, Person, Touch
from rebond.facts import contacts
from rebond.facts.from_records import from_records, refresh
from rebond.facts.kept import Kept
from rebond.facts.model import Facts
from rebond.facts.store import Store
from rebond.numbers.next_touch.counts import from_touches
from rebond.numbers.next_touch.states import cells
from rebond.numbers.touches_corrected import unpooled
from rebond.numbers.touches_queries import Span
from tests.factories import THEN, make_closed_deal, make_deal, make_person, make_touch

NOW = datetime(2026, 6, 9, 8, tzinfo=UTC)
TODAY = NOW.date()


def day(days: int) -> datetime:
    """So many days after 2 March 2026."""
    return THEN + timedelta(days=days)


def note(person: Person | None, days: int, **more: Any) -> Touch:
    """A contact with a person that names no deal."""
    return Touch.objects.create(deal=None, person=person, at=day(days), channel="email", **more)


def seen(folder: Path, user: User | None = None) -> Facts:
    return from_records(folder, user=user, now=NOW, zone="UTC")


def counted(facts: Facts) -> dict[str, int]:
    """Contacts by name of the deal they count for, from the roll-up."""
    assert facts.roll is not None
    names = {row["id"]: row["name"] for row in facts.deals.to_pyarrow().to_pylist()}
    found: dict[str, int] = {}
    for row in facts.roll.to_pyarrow().to_pylist():
        found[names[row["deal_id"]]] = found.get(names[row["deal_id"]], 0) + row["touches"]
    return found


@pytest.fixture
def dora(db: None) -> Person:
    return make_person("Dora Kiss")


@pytest.fixture
def three(camille: User, dora: Person) -> list[Deal]:
    """Dora's deals, opened 0, 20 and 40 days after the start, and one of somebody else's."""
    deals = [make_deal(name, owner=camille, people={dora: "unknown"}, opened_at=day(days))
             for name, days in (("first", 0), ("second", 20), ("third", 40))]  # fmt: skip
    make_touch(make_deal("other", owner=camille))
    return deals


@pytest.mark.parametrize(
    ("days", "name"), [(-30, "first"), (0, "first"), (20, "second"), (39, "second"), (90, "third")]
)
def test_it_counts_for_the_last_deal_opened_by_then_or_the_first_later(
    days: int, name: str, three: list[Deal], dora: Person, tmp_path: Path
) -> None:
    note(dora, days, minutes=25)
    found = seen(tmp_path)
    assert counted(found) == {"other": 1, name: 1}
    assert found.touches is not None
    rows = [row for row in found.touches.to_pyarrow().to_pylist() if row["beside"]]
    assert [(row["channel"], row["minutes"]) for row in rows] == [("email", 25.0)]


def test_a_duplicate_is_nobodys_last_deal(three: list[Deal], dora: Person, tmp_path: Path) -> None:
    Deal.objects.filter(name="third").update(outcome="duplicate", closed_at=day(41))
    note(dora, 90)
    assert counted(seen(tmp_path)) == {"other": 1, "second": 1}


def test_with_somebody_in_no_deal_it_stays_out_and_is_counted_as_left_out(
    three: list[Deal], dora: Person, camille: User, tmp_path: Path
) -> None:
    note(make_person("Nobody's"), 10)
    note(None, 10)  # the person was erased
    note(dora, 90)
    found = seen(tmp_path)
    assert counted(found) == {"other": 1, "third": 1}
    assert [(row.code, row.count) for row in found.left_out if row.table == "touches"] == [("no_deal", 1)]
    assert (found.touches_read, found.touches_used) == (3, 2)
    assert "takes part in no deal" in found.left_out[-1].says
    assert [row.code for row in seen(tmp_path, camille).left_out] == []


def _later_deal(dora: Person, deals: list[Deal]) -> None:
    owner = User.objects.get(pk=deals[0].owner_id)
    make_deal("fourth", owner=owner, people={dora: "unknown"}, opened_at=day(60), updated_at=day(61))


def _leaves_the_third(dora: Person, deals: list[Deal]) -> None:
    DealPerson.objects.filter(deal=deals[2]).delete()


def _third_is_gone(dora: Person, deals: list[Deal]) -> None:
    deals[2].delete()


def _opened_later(dora: Person, deals: list[Deal]) -> None:
    Deal.objects.filter(pk=deals[2].pk).update(opened_at=day(100), updated_at=day(101))


def _one_more_note(dora: Person, deals: list[Deal]) -> None:
    note(dora, 71)


def _unlogged(dora: Person, deals: list[Deal]) -> None:
    Touch.objects.filter(person=dora).delete()


def _touch_of_a_deal(dora: Person, deals: list[Deal]) -> None:
    make_touch(deals[0], at=day(72))


@pytest.mark.parametrize(
    ("change", "expected"),
    [(_later_deal, {"fourth": 1}), (_leaves_the_third, {"second": 1}), (_third_is_gone, {"second": 1}),
     (_opened_later, {"second": 1}), (_one_more_note, {"third": 2}), (_unlogged, {}),
     (_touch_of_a_deal, {"third": 1, "first": 1})],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_what_changed_since_is_what_a_new_start_gives(
    change: Any, expected: dict[str, int], three: list[Deal], dora: Person, tmp_path: Path
) -> None:
    note(dora, 70)
    assert counted(seen(tmp_path / "kept")) == {"other": 1, "third": 1}
    change(dora, three)
    assert counted(seen(tmp_path / "kept")) == counted(seen(tmp_path / "anew")) == {"other": 1} | expected


def test_parts_joined_are_the_same_contacts(
    three: list[Deal], dora: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "PARTS", 3)
    for place in range(6):
        note(dora, 50 + place, minutes=place)
        make_touch(three[place % 3], at=day(place), minutes=5)
        found = seen(tmp_path / "kept")
        assert len(Store(tmp_path / "kept").state().touches) <= 3
    anew = seen(tmp_path / "anew")
    assert found.roll is not None
    assert anew.roll is not None
    columns = sorted(anew.roll.columns)
    rows = [sorted(map(str, table.select(*columns).to_pyarrow().to_pylist())) for table in (found.roll, anew.roll)]
    assert rows[0] == rows[1]
    assert counted(found) == {"other": 1, "first": 2, "second": 2, "third": 8}


# They change no question about the way of a deal


@pytest.fixture
def lost(camille: User, dora: Person) -> Deal:
    """A deal lost on 20 March after three calls, among sixty others."""
    for place in range(48):
        other, _event = make_closed_deal(
            ("won", "lost", "no_decision")[place % 3],
            owner=camille,
            opened_at=day(-60 - place),
            closed_at=day(5),
            name=f"other {place}",
            commission_minor=5_000 if place % 3 == 0 else None,
        )
        for step in range(4):
            make_touch(other, at=day(-50 + 10 * step), minutes=5, result="reached" if step % 2 else "")
    deal, _event = make_closed_deal(owner=camille, name="lost", opened_at=day(0), closed_at=day(18))
    DealPerson.objects.create(deal=deal, person=dora)
    for step in (1, 4, 9):
        make_touch(deal, at=day(step))
    return deal


def _way(facts: Facts) -> dict[str, Any]:
    """What every question about the way of a deal is worked out from: none of it may change."""
    deals, touches = facts.deals, facts.touches
    assert touches is not None
    tally = from_touches(deals, touches, TODAY)
    whole = numbers.touches(deals, touches, as_of=TODAY, by=()).overall
    return {
        "next touch, counts": (tally.sheets.tolist(), tally.closed, tally.touches, tally.minutes, tally.answers),
        "next touch, states": [values.tolist() for values in vars(cells(deals, touches, tally, TODAY)).values()],
        "corrected, of an owner": unpooled(deals, touches, Span(TODAY, 60, "owner", None)),
        "corrected": (whole.per_sale_corrected, whole.money_per_touch_corrected),
    }


def test_five_notes_after_a_lost_deal_change_no_question_about_its_way(
    lost: Deal, dora: Person, tmp_path: Path
) -> None:
    before = seen(tmp_path)
    way, plain = _way(before), numbers.touches(before.deals, rollup=before.roll, as_of=TODAY, by=())
    assert way["corrected"][0].known, "there is something that could change"
    for days in (18, 30, 45, 60, 75):  # the first on the very day of the no
        note(dora, days, minutes=10, result="replied")
    after = seen(tmp_path)
    assert counted(after)["lost"] == 8
    assert _way(after) == way
    counting = numbers.touches(after.deals, rollup=after.roll, as_of=TODAY, by=())
    assert counting.overall.touches == plain.overall.touches + 5
    spent = [numbers.hours(one.deals, one.roll, as_of=TODAY, minutes={}).overall.hours for one in (before, after)]
    assert spent[1] - spent[0] == pytest.approx(50 / 60)
    make_touch(lost, at=day(18))  # a contact that names the deal on the day of its end is a step of its way
    assert _way(seen(tmp_path))["next touch, counts"] != way["next touch, counts"]


# In memory


def kept(folder: Path, before: Kept | None = None) -> Kept:
    store = Store(folder)
    return Kept(store, refresh(store, zone="UTC"), today=TODAY, zone="UTC", currency="EUR", before=before)


def test_memory_holds_the_roll_and_sees_the_touches(
    three: list[Deal], dora: Person, camille: User, tmp_path: Path
) -> None:
    note(dora, 90, owner=camille)
    first = kept(tmp_path)
    found = first.facts()
    assert found is first.facts()
    assert found.touches is not None
    rows = found.touches.order_by("at").to_pyarrow().to_pylist()
    assert [(row["channel"], row["owner"], row["beside"]) for row in rows] == [
        ("call", "Camille Aubry", 0), ("email", "Camille Aubry", 1),
    ]  # fmt: skip
    assert counted(found) == {"other": 1, "third": 1}
    note(dora, 91)
    then = kept(tmp_path, before=first)
    assert counted(then.facts()) == {"other": 1, "third": 2}
    assert counted(found) == {"other": 1, "third": 1}, "who is at the facts of before keeps them"
    assert first.facts(deals_only=True).roll is None

    def ask(_time: int) -> int:
        touches = then.facts().touches
        assert touches is not None
        return int(touches.count().to_pyarrow().as_py())

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(12))) == {3}


def test_an_empty_company_has_empty_tables(db: None, tmp_path: Path) -> None:
    found = kept(tmp_path).facts()
    for table in (found.deals, found.roll, found.touches):
        assert table is not None
        assert table.count().to_pyarrow().as_py() == 0
    spent = numbers.hours(found.deals, found.roll, as_of=TODAY, minutes={"call": 10})
    assert (spent.overall.hours, spent.overall.money_per_hour.known) == (0, False)
    assert numbers.touches(found.deals, rollup=found.roll, as_of=TODAY, since=date(2026, 1, 1)).overall.touches == 0


def test_a_sale_that_cost_money_keeps_its_sign(camille: User, tmp_path: Path) -> None:
    make_closed_deal("won", owner=camille, name="loss", commission_minor=-12_300)
    make_closed_deal("won", owner=camille, name="none")
    rows = {row["name"]: row["commission_minor"] for row in seen(tmp_path).deals.to_pyarrow().to_pylist()}
    assert rows == {"loss": -12_300, "none": None}


def test_a_commission_in_another_currency_is_none(camille: User, tmp_path: Path) -> None:
    for place in range(3):
        make_closed_deal("won", owner=camille, name=f"euros {place}", commission_minor=100)
    make_closed_deal("won", owner=camille, name="francs", currency="CHF", commission_minor=700)
    rows = {row["name"]: row["commission_minor"] for row in seen(tmp_path).deals.to_pyarrow().to_pylist()}
    assert (rows["francs"], rows["euros 0"]) == (None, 100)
