from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.deals.models import Company, Deal, Touch
from rebond.facts import contacts
from rebond.facts.from_records import Said, from_records, opened, refresh
from rebond.facts.model import Facts
from rebond.facts.store import State, Store
from rebond.facts.touches import rollup
from rebond.facts.written import OVERLAP
from rebond.numbers.tables import BESIDE, DEALS, TOUCHES
from tests.factories import THEN, make_closed_deal, make_company, make_deal, make_touch

NOW = datetime(2026, 6, 9, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)


def seen(folder: Path, **options: Any) -> Facts:
    return from_records(folder, **({"user": None, "now": NOW, "zone": "Europe/Paris"} | options))


def rows(table: Any, *columns: str) -> list[tuple[Any, ...]]:
    found = table.select(*columns).to_pyarrow().to_pylist()
    return sorted((tuple(row.values()) for row in found), key=str)


@pytest.fixture
def some(camille: User, yanis: User) -> dict[str, Deal]:
    """Two of Camille's deals, one of Yanis', with contacts."""
    won, _event = make_closed_deal("won", name="Lifts", owner=camille, closed_at=datetime(2026, 3, 31, 23, tzinfo=UTC))
    lost, _event = make_closed_deal(
        "lost_in_house", name="Audit", owner=yanis, amount_minor=100, competitor="none", lead_source="Web"
    )
    open_ = make_deal("Boiler", owner=camille, company=make_company("Valmy"), segment="Steel")
    for deal, channel in ((won, "call"), (won, "email"), (lost, "call"), (open_, "meeting")):
        make_touch(deal, channel=channel)
    return {"won": won, "lost": lost, "open": open_}


def test_records_become_the_two_tables(some: dict[str, Deal], tmp_path: Path) -> None:
    found = seen(tmp_path)
    assert [name for name in found.deals.columns if name in DEALS] == list(DEALS)
    assert found.touches is not None
    assert list(found.touches.columns) == [*TOUCHES, BESIDE]
    table = {row["name"]: row for row in found.deals.to_pyarrow().to_pylist()}
    assert table["Lifts"]["closed_at"].isoformat() == "2026-04-01"  # 23:00 in London is tomorrow in Paris
    assert (table["Audit"]["outcome"], table["Audit"]["team"], table["Audit"]["source"]) == ("lost", "South", "Web")
    assert (table["Boiler"]["owner"], table["Boiler"]["company"], table["Boiler"]["segment"]) == (
        "Camille Aubry", "Valmy", "Steel",
    )  # fmt: skip
    assert table["Boiler"]["amount_minor"] == 620_000
    assert (found.rows_used, found.touches_used, found.currency, str(found.as_of)) == (3, 4, "EUR", "2026-06-09")
    assert rows(found.touches, "channel", "owner")[0] == ("call", "Camille Aubry")
    assert [name for name in found.deals.columns if name not in DEALS] == []


def test_nobody_sees_more_than_the_deals_they_may_open(
    some: dict[str, Deal], camille: User, yanis: User, admin_user: User, tmp_path: Path
) -> None:
    for user, deals, touches in ((camille, 2, 3), (yanis, 1, 1), (admin_user, 3, 4)):
        found = seen(tmp_path, user=user)
        assert found.roll is not None
        assert (found.rows_read, found.touches_used, len(rows(found.roll, "deal_id"))) == (deals, touches, deals)


def test_without_any_deal_it_is_said(camille: User, tmp_path: Path) -> None:
    with pytest.raises(RebondError) as raised:
        seen(tmp_path, user=camille)
    assert raised.value.code == "empty_file"


def test_nothing_is_written_when_nothing_changed(some: dict[str, Deal], tmp_path: Path) -> None:
    seen(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    seen(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before


def _close(deals: dict[str, Deal]) -> None:
    Deal.objects.filter(pk=deals["open"].pk).update(outcome="won", closed_at=LATER, updated_at=LATER)


def _add(deals: dict[str, Deal]) -> None:
    make_touch(make_deal("Fifth", owner=deals["won"].owner, updated_at=LATER), channel="email")


def _touch(deals: dict[str, Deal]) -> None:
    make_touch(deals["open"], at=LATER, channel="message", minutes=12, result="reached")


def _delete(deals: dict[str, Deal]) -> None:
    deals["open"].delete()


def _rename_company(deals: dict[str, Deal]) -> None:
    Company.objects.filter(name="Valmy").update(name="Groupe Valmy", updated_at=LATER)


def _rename_owner(deals: dict[str, Deal]) -> None:
    User.objects.filter(name="Camille Aubry").update(name="Camille B.")


def _delete_touch(deals: dict[str, Deal]) -> None:
    Touch.objects.filter(channel="email").delete()


@pytest.mark.parametrize(
    "change", [_close, _add, _touch, _delete, _rename_company, _rename_owner, _delete_touch], ids=lambda f: f.__name__
)
def test_what_changed_since_is_what_a_new_start_gives(change: Any, some: dict[str, Deal], tmp_path: Path) -> None:
    seen(tmp_path / "kept")
    change(some)
    kept, anew = seen(tmp_path / "kept", now=LATER), seen(tmp_path / "anew", now=LATER)
    assert rows(kept.deals, *DEALS) == rows(anew.deals, *DEALS)
    assert kept.touches is not None
    assert anew.touches is not None
    assert kept.roll is not None
    assert anew.roll is not None
    assert rows(kept.touches, *TOUCHES) == rows(anew.touches, *TOUCHES)
    assert rows(kept.roll, *kept.roll.columns) == rows(anew.roll, *anew.roll.columns)
    assert rows(anew.roll, *anew.roll.columns) == rows(rollup(anew.touches), *anew.roll.columns)
    assert kept.rows_read == Deal.objects.count()
    assert kept.touches_used == Touch.objects.count()


def test_many_small_refreshes_end_in_few_files(
    some: dict[str, Deal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "PARTS", 3)
    for hour in range(5):
        make_touch(some["open"], at=THEN + timedelta(hours=hour))
        found = seen(tmp_path)
        assert len(Store(tmp_path).state().touches) <= 3
    assert found.touches_used == Touch.objects.count() == 9
    assert found.roll is not None
    assert rows(found.roll, "touches")[-1] == (6,)


def test_another_zone_starts_anew(some: dict[str, Deal], tmp_path: Path) -> None:
    seen(tmp_path)
    closed = seen(tmp_path, zone="Europe/London").deals.to_pyarrow().to_pylist()
    assert "2026-04-01" in {str(row["closed_at"]) for row in closed}  # 23:00 UTC is midnight in British summer time
    assert "2026-03-31" in {str(r["closed_at"]) for r in seen(tmp_path, zone="UTC").deals.to_pyarrow().to_pylist()}


def test_what_was_said_comes_from_whoever_knows_it(some: dict[str, Deal], tmp_path: Path) -> None:
    asked: list[datetime | None] = []

    def reasons(since: datetime | None) -> list[Said]:
        asked.append(since)
        text = "seller:price" if since is None else "buyer:budget;seller:price"
        return [Said(some["lost"].pk, text, at=NOW)]

    assert ("Audit", "seller:price") in rows(seen(tmp_path, reasons=reasons).deals, "name", "reasons")
    later = seen(tmp_path, reasons=reasons, now=LATER)
    assert ("Audit", "buyer:budget;seller:price") in rows(later.deals, "name", "reasons")
    assert ("Lifts", None) in rows(later.deals, "name", "reasons")
    assert asked == [None, NOW - OVERLAP]
    assert [name for name in later.deals.columns if name not in DEALS] == []


def test_opening_what_is_there_looks_at_no_record(some: dict[str, Deal], tmp_path: Path) -> None:
    store = Store(tmp_path)
    state = refresh(store, zone="Europe/Paris")
    _close(some)
    found = opened(store, state, user=None, now=LATER, zone="Europe/Paris")
    assert ("Boiler", "open") in rows(found.deals, "name", "outcome")
    assert ("Boiler", "won") in rows(seen(tmp_path, now=LATER).deals, "name", "outcome")


@pytest.fixture
def store(some: dict[str, Deal], tmp_path: Path) -> Store:
    found = Store(tmp_path)
    refresh(found, zone="UTC")
    return found


@pytest.mark.parametrize("harm", ["gone", "torn", "other version", "unknown key"])
def test_a_state_that_cannot_be_used_starts_anew(harm: str, store: Store, some: dict[str, Deal]) -> None:
    path = store.folder / "state.json"
    if harm == "gone":
        (store.folder / store.state().deals).unlink()
    else:
        text = path.read_text()
        path.write_text(
            {"torn": text[:40], "other version": text.replace('"version": 3', '"version": 0'),
             "unknown key": text.replace('"zone"', '"zones"')}[harm]
        )  # fmt: skip
    assert store.state() == State()
    assert seen(store.folder, zone="UTC").rows_used == 3


def test_a_writer_that_dies_before_its_last_step_leaves_the_facts_of_before(
    store: Store, some: dict[str, Deal], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = store.state()
    _close(some)
    _touch(some)
    with monkeypatch.context() as patched:
        patched.setattr(Store, "replace", lambda self, state: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            refresh(store, zone="UTC")
    assert store.state() == before
    after = refresh(store, zone="UTC")
    assert after != before
    needed = before.files | after.files
    assert {path.name for path in store.folder.glob("*.parquet")} <= needed


def test_readers_of_before_still_find_their_files(store: Store, some: dict[str, Deal]) -> None:
    reading = seen(store.folder, zone="UTC")
    _close(some)
    refresh(store, zone="UTC")
    assert reading.deals.count().to_pyarrow().as_py() == 3


def test_a_second_writer_waits_for_the_first(store: Store) -> None:
    script = (
        "import sys; from pathlib import Path; from rebond.facts.store import Store\n"
        "with Store(Path(sys.argv[1])).alone(): print('in', flush=True)"
    )
    with store.alone():
        other = subprocess.Popen([sys.executable, "-c", script, str(store.folder)], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=1.5)
    assert other.communicate(timeout=30)[0] == "in\n"
