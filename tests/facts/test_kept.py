"""The deals in memory: the same for every thread, with what is kept beside them, and none where there is none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from rebond.accounts.models import User
from rebond.facts.from_records import BESIDE, Said, refresh
from rebond.facts.kept import Kept
from rebond.facts.store import Store
from rebond.numbers.tables import DEALS
from tests.factories import make_closed_deal, make_deal

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
    assert (found.touches, found.rows_used, str(found.as_of)) == (None, 2, "2026-06-09")


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
