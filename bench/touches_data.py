"""A company of a million deals and 20 million touches in Parquet, for ``bench.numbers``. Seeded; made in seconds.

Files: ``deals``, ``touches`` in calendar order, ``by_deal`` the same touches sorted by deal, ``rollup`` with one row
per deal as ``rebond.numbers.touches.per_deal`` keeps it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

AS_OF = date(2025, 12, 31)
TOUCHES_PER_DEAL = 20
OWNERS, SEGMENTS, REASONS = 200, 20, 12
CHANNELS = np.array(["call", "email", "meeting", "message", "other"])
ROWS_PER_GROUP = 122_880


def make(folder: Path, deals: int) -> None:
    """Writes the four files for so many deals."""
    generator = np.random.default_rng(20251231)
    ids = pa.array(np.char.add("D", np.char.zfill(np.arange(deals).astype(str), 8)))
    opened = np.datetime64(AS_OF) - generator.integers(0, 1_096, deals)
    age = (np.datetime64(AS_OF) - opened).astype(int)
    lasts = np.minimum(generator.exponential(generator.gamma(3, 40, deals) + 3).astype(int) + 1, 675)
    closed = lasts <= age
    outcome = np.where(~closed, "open", generator.choice(["won", "lost", "no_decision"], deals, p=[0.28, 0.6, 0.12]))
    write(folder / "deals.parquet", _deals(generator, ids, opened, lasts, outcome))
    deal = np.repeat(np.arange(deals), generator.poisson(TOUCHES_PER_DEAL, deals))
    part = generator.random(len(deal))
    moment = opened.astype("datetime64[s]")[deal] + (part * (np.minimum(lasts, age)[deal] + 0.9) * 86_400).astype(int)
    channel = generator.choice(len(CHANNELS), len(deal), p=[0.4, 0.38, 0.1, 0.08, 0.04]).astype(np.int8)
    _write_touches(folder / "by_deal.parquet", ids, deal, moment, channel)
    order = np.argsort(moment, kind="stable")
    _write_touches(folder / "touches.parquet", ids, deal[order], moment[order], channel[order])
    write(folder / "rollup.parquet", _rollup(ids, deal, channel))


def _deals(generator: np.random.Generator, ids: Any, opened: Any, lasts: Any, outcome: Any) -> pa.Table:
    deals, won, still = len(ids), outcome == "won", outcome == "open"
    money = np.round(generator.lognormal(np.log(50_000), 0.8, deals)).astype(np.int64)
    return pa.table(
        {
            "id": ids, "opened_at": opened, "closed_at": pa.array(opened + lasts, mask=still), "outcome": outcome,
            "amount_minor": money * 10, "currency": _text(np.zeros(deals, int), ["EUR"]),
            "commission_minor": pa.array(money, mask=~won),
            "owner": _text(generator.integers(0, OWNERS, deals), [f"owner {i:03}" for i in range(OWNERS)]),
            "segment": _text(generator.integers(0, SEGMENTS, deals), [f"segment {i:02}" for i in range(SEGMENTS)]),
            "reasons": pa.array(
                np.array([f"reason_{i:02}" for i in range(REASONS)])[generator.integers(0, REASONS, deals)],
                mask=outcome != "lost",
            ),
            "touch_count": pa.nulls(deals, pa.int64()),
        }
    )  # fmt: skip


def _text(codes: Any, words: list[str]) -> pa.Array:
    return pa.array(words).take(pa.array(codes))


def _write_touches(path: Path, ids: pa.Array, deal: Any, moment: Any, channel: Any) -> None:
    """A million rows at a time, so that 20 million texts are never in memory."""
    names, writer = pa.array(CHANNELS), None
    for start in range(0, len(deal), 8 * ROWS_PER_GROUP):
        rows = slice(start, start + 8 * ROWS_PER_GROUP)
        part = pa.table(
            {
                "deal_id": ids.take(pa.array(deal[rows])), "at": pa.array(moment[rows].astype("datetime64[us]")),
                "channel": names.take(pa.array(channel[rows])),
            }
        )  # fmt: skip
        writer = writer or pq.ParquetWriter(path, part.schema, compression="zstd")
        writer.write_table(part, row_group_size=ROWS_PER_GROUP)
    if writer:
        writer.close()


def _rollup(ids: pa.Array, deal: Any, channel: Any) -> pa.Table:
    counts = np.bincount(deal * len(CHANNELS) + channel, minlength=len(ids) * len(CHANNELS))
    table = counts.reshape(len(ids), len(CHANNELS))
    return pa.table({"deal_id": ids, "touches": table.sum(axis=1)} | dict(zip(CHANNELS.tolist(), table.T, strict=True)))


def write(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path, compression="zstd", row_group_size=ROWS_PER_GROUP)
