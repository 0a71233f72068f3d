"""The deals in memory: the same for every thread, with what is kept beside them, and none where there is none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from rebond.accounts.models import User
from rebond.facts import kept as of_kept
from rebond.facts.from_records import BESIDE, Said, refresh
from rebond.facts.kept import Kept, _cursor
from rebond.facts.model import Table
from rebond.facts.store import Store
from rebond.numbers.tables import DEALS
from tests.factories import make_closed_deal, make_deal, make_touch

NOW = datetime(2026, 6, 9, 8, tzinfo=UTC)


def kept(folder: Path, *said: Said) -> Kept:
    store = Store(folder)
    return Kept(
        store, refresh(store, zone="UTC", reasons=lambda _since: said), today=NOW.date(), zone="UTC", currency="EUR"
    )


def test_what_was_said_stands_beside_the_deal(camille: User, tmp_path: Path) -> None:
    deal, _event = make_closed_deal(owner=camille)
    make_deal("Open", owner=camille)
    found = kept(tmp_path, Said(deal.pk, "seller:timing", True, True, "yes", "ypnd--", NOW)).facts()
    assert list(found.deals.columns) == [*DEALS, *BESIDE]
    rows = {row["id"]: row for row in found.deals.to_pyarrow().to_pylist()}
    assert [rows[str(deal.pk)][name] for name in ("reasons", *BESIDE)] == [
        "seller:timing", camille.pk, camille.team_id, 1, 1, "yes", "ypnd--",
    ]  # fmt: skip
    assert {row["outcome"]: row["debriefed"] for row in rows.values()} == {"lost": 1, "open": None}
    assert (found.rows_used, str(found.as_of)) == (2, "2026-06-09")


def test_two_threads_ask_at_once(camille: User, tmp_path: Path) -> None:
    for _place in range(20):
        make_closed_deal(owner=camille)
    found = kept(tmp_path)

    def count(_time: int) -> int:
        deals = found.facts().deals
        return int(deals.filter(deals.outcome == "lost").count().to_pyarrow().as_py())

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(count, range(40))) == {20}


def test_without_a_deal_the_table_is_empty(db: None, tmp_path: Path) -> None:
    found = kept(tmp_path).facts()
    assert list(found.deals.columns) == [*DEALS, *BESIDE]
    assert found.deals.count().to_pyarrow().as_py() == 0
    assert found.currency == "EUR"


def test_what_is_gone_from_the_disk_is_still_in_memory(camille: User, tmp_path: Path) -> None:
    make_closed_deal(owner=camille)
    found = kept(tmp_path)
    for path in tmp_path.glob("*.parquet"):
        path.unlink()
    assert found.facts().deals.count().to_pyarrow().as_py() == 1


def test_what_is_laid_out_is_those_deals_with_their_contacts(camille: User, nadia: User, tmp_path: Path) -> None:
    for owner, n in ((camille, 3), (nadia, 2)):
        for _place in range(n):
            deal, _event = make_closed_deal(owner=owner)
            make_touch(deal, at=NOW)
    found = kept(tmp_path)

    def counts(owner: User) -> list[int]:
        def theirs(deals: Table) -> Table:
            return deals.filter(deals.owner_id == owner.pk)

        facts = found.laid_out(("theirs", owner.pk), theirs, whole=False)
        assert facts.roll is not None
        assert facts.touches is not None
        tables = (facts.deals, facts.roll, facts.touches)
        return [int(table.count().to_pyarrow().as_py()) for table in tables]

    # The same questions by the same names: each is answered from its own tables, also when asked again.
    assert [counts(owner) for owner in (camille, nadia, camille)] == [[3, 3, 3], [2, 2, 2], [3, 3, 3]]
    whole = found.laid_out("everybody", lambda deals: deals, whole=True, dated=False)
    assert whole.deals.count().to_pyarrow().as_py() == 5
    assert whole.touches is None


def test_the_oldest_that_nobody_asks_for_is_let_go(
    camille: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_kept, "LAID", 1)
    monkeypatch.setattr(of_kept, "IN_USE", -1.0)
    make_closed_deal(owner=camille)
    found = kept(tmp_path)
    for key in ("one", "two", "one"):
        assert found.laid_out(key, lambda deals: deals, whole=False).deals.count().to_pyarrow().as_py() == 1
    asked = found.facts().connection.raw_sql("SELECT table_name FROM duckdb_tables()")
    names = [name for (name,) in asked.fetchall() if name.startswith(of_kept.LAID_DEALS)]
    assert names == [f"{of_kept.LAID_DEALS}_3"]


def test_sql_is_written_once_for_tables_of_one_name() -> None:
    memories = [_cursor(ibis.duckdb.connect()) for _place in range(2)]
    for n, memory in enumerate(memories):
        memory.create_table("things", pa.table({"n": list(range(n + 2))}))
    asked = [memory.table("things").count() for memory in memories]
    assert asked[0].op() == asked[1].op()
    assert [one.to_pyarrow().as_py() for one in asked] == [2, 3]
