"""The statistics on a million deals and 20 million touches in Parquet, against the plain scan and three libraries.

Touches and money by owner and channel (plain ratios with ranges), competing-risks curves of 20 segments (with Aalen's
variance, ranges and days to won), reasons by month by owner. The scan reads the columns that are needed and does
nothing else. Every run is a process of its own whose imports are not timed; of all rounds the fastest run counts, and
all take turns, so other work on the machine meets everyone. All tools' results are compared with ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import cache, partial
from math import log10
from pathlib import Path
from typing import Any

import numpy as np

from bench.measure import ROOT, Figure, main, resident
from bench.touches_data import AS_OF, CHANNELS, make

DEALS, SIZES = 1_000_000, (10_000, 100_000, 1_000_000)
ROUNDS, REPEATS = 3, 3
#: lifelines needs minutes for all; the cost of a fitter is at least linear, so its time is multiplied by as much.
LIFELINES_DEALS = 20_000
RAW, SORTED, ROLLUP, CURVES = 13, 9, 2, 4
Answer = dict[str, list[float]]


def _duckdb(folder: Path, query: str) -> list[Any]:
    import duckdb

    names = {name: f"'{folder / name}.parquet'" for name in ("deals", "touches", "by_deal", "rollup")}
    return duckdb.sql(query.format(**names)).fetchall()


def scan_touches(folder: Path) -> Answer:
    """Decodes the columns; a length of a text cannot be told from the file's statistics."""
    _duckdb(folder, "SELECT max(strlen(deal_id)), max(strlen(channel)) FROM {touches}")
    _duckdb(
        folder,
        "SELECT max(strlen(id)), max(strlen(owner)), max(strlen(outcome)), max(closed_at + 1), "
        "max(commission_minor + 1) FROM {deals}",
    )
    return {}


def scan_curves(folder: Path) -> Answer:
    _duckdb(
        folder,
        "SELECT max(strlen(segment)), max(strlen(outcome)), max(closed_at + 1), max(opened_at + 1) FROM {deals}",
    )
    return {}


def scan_reasons(folder: Path) -> Answer:
    _duckdb(
        folder,
        "SELECT max(strlen(owner)), max(strlen(outcome)), max(closed_at + 1), max(strlen(reasons)) FROM {deals}",
    )
    return {}


@cache
def _tables(folder: Path, *names: str) -> list[Any]:
    """The files as Ibis tables of one connection, opened once as a program does."""
    return [_connection().read_parquet(folder / f"{name}.parquet") for name in names]


@cache
def _connection() -> Any:
    import ibis

    return ibis.duckdb.connect()


def ours_touches(folder: Path, name: str = "touches") -> Answer:
    from rebond.numbers.touches import touches

    deals, table = _tables(folder, "deals", name)
    given: dict[str, Any] = {"rollup": table} if name == "rollup" else {"touches_table": table}
    found = touches(deals, as_of=AS_OF, by=("owner", "channel"), corrected=False, **given)
    return {
        f"{owner.name} {channel.name}": [
            channel.touches, channel.sales, channel.per_sale.value or 0, channel.money_per_touch.value or 0,
        ]
        for owner in found.by["owner"] for channel in owner.channels
    }  # fmt: skip


def polars_touches(folder: Path) -> Answer:
    import polars as pl

    touched = pl.scan_parquet(folder / "touches.parquet")
    counts = [(pl.col("channel") == name).sum().cast(pl.Float64).alias(name) for name in CHANNELS.tolist()]
    wide = touched.group_by("deal_id").agg(pl.len().cast(pl.Float64).alias("all"), *counts)
    deals = pl.scan_parquet(folder / "deals.parquet").select("id", "owner", "outcome", "commission_minor")
    joined = deals.join(wide, left_on="id", right_on="deal_id", how="left")
    won = pl.col("outcome") == "won"
    sums = [won.sum().alias("sales")]
    for name in ("all", *CHANNELS.tolist()):
        t, c = pl.col(name), pl.col("commission_minor") * pl.col(name) / pl.col("all")
        sums += [
            t.sum().alias(f"t_{name}"), (t * t).sum().alias(f"tt_{name}"), t.filter(won).sum().alias(f"tw_{name}"),
            c.filter(won).sum().alias(f"c_{name}"), (c * c).filter(won).sum().alias(f"cc_{name}"),
            (c * t).filter(won).sum().alias(f"ct_{name}"),
        ]  # fmt: skip
    found = joined.group_by("owner").agg(sums).collect(engine="streaming")
    return _by_owner(found.to_dict(as_series=False))


def pandas_touches(folder: Path) -> Answer:
    import pandas as pd

    touched = pd.read_parquet(folder / "touches.parquet", columns=["deal_id", "channel"])
    wide = touched.groupby(["deal_id", "channel"]).size().unstack(fill_value=0)
    columns = ["id", "owner", "outcome", "commission_minor"]
    deals = pd.read_parquet(folder / "deals.parquet", columns=columns).set_index("id").join(wide)
    channels = CHANNELS.tolist()
    deals[channels] = deals[channels].fillna(0.0)
    deals["all"] = deals[channels].sum(axis=1)
    won = deals["outcome"] == "won"
    parts: dict[str, Any] = {"sales": won}
    for name in ("all", *channels):
        t = deals[name]
        c = (deals["commission_minor"] * t / deals["all"]).where(won)
        parts |= {
            f"t_{name}": t, f"tt_{name}": t * t, f"tw_{name}": t.where(won), f"c_{name}": c, f"cc_{name}": c * c,
            f"ct_{name}": c * t,
        }  # fmt: skip
    found = pd.DataFrame(parts).groupby(deals["owner"]).sum().reset_index()
    return _by_owner(found.to_dict(orient="list"))


def _by_owner(found: dict[str, list[Any]]) -> Answer:
    """Both ratios of each owner and channel."""
    return {
        f"{owner} {name}": [
            found[f"t_{name}"][row], found["sales"][row], found[f"t_{name}"][row] / found["sales"][row],
            found[f"c_{name}"][row] / found[f"t_{name}"][row],
        ]
        for row, owner in enumerate(found["owner"]) for name in CHANNELS.tolist()
    }  # fmt: skip


def ours_curves(folder: Path) -> Answer:
    from rebond.numbers.cycle import cycle

    found = cycle(*_tables(folder, "deals"), as_of=AS_OF)
    return {
        f"{group.name} {curve.end}": [float(curve.share[-1]), float(curve.error[-1])]
        for group in found.groups for curve in group.curves
    }  # fmt: skip


def _followed(folder: Path) -> Any:
    """Deals in pandas: segment, day, end (0 censored, 1 won, 2 lost, 3 no decision)."""
    import pandas as pd

    columns = ["segment", "outcome", "opened_at", "closed_at"]
    deals = pd.read_parquet(folder / "deals.parquet", columns=columns, dtype_backend="pyarrow")
    deals["end"] = deals["outcome"].map({"open": 0, "won": 1, "lost": 2, "no_decision": 3}).astype(int)
    closed, opened = (deals[name].astype("datetime64[s]") for name in ("closed_at", "opened_at"))
    deals["day"] = (closed.fillna(pd.Timestamp(AS_OF)) - opened).dt.days
    return deals


def sksurv_curves(folder: Path) -> Answer:
    from sksurv.nonparametric import cumulative_incidence_competing_risks

    found: Answer = {}
    for segment, deals in _followed(folder).groupby("segment"):
        _days, share, _limits = cumulative_incidence_competing_risks(
            deals["end"].to_numpy(), deals["day"].to_numpy(), conf_type="log-log", var_type="Aalen"
        )
        for place, end in enumerate(("won", "lost", "no_decision"), start=1):
            found[f"{segment} {end}"] = [float(share[place][-1])]
    return found


def pandas_curves(folder: Path) -> Answer:
    """Counts by day in pandas, then the sums for shares alone: no variance, no ranges."""
    deals = _followed(folder)
    counts = deals.groupby(["segment", "day", "end"]).size().unstack(fill_value=0)
    found: Answer = {}
    for segment, table in counts.groupby(level="segment"):
        risk = table.sum(axis=1)[::-1].cumsum()[::-1]
        after = (1 - table[[1, 2, 3]].sum(axis=1) / risk).cumprod()
        before = after.shift(fill_value=1.0)
        for code, end in enumerate(("won", "lost", "no_decision"), start=1):
            found[f"{segment} {end}"] = [float((before * table[code] / risk).sum())]
    return found


def lifelines_curves(folder: Path) -> Answer:
    """The won curves without variance, on part of the deals."""
    from lifelines import AalenJohansenFitter

    warnings.simplefilter("ignore")
    deals = _followed(folder).head(LIFELINES_DEALS)
    for _segment, part in deals.groupby("segment"):
        for event in (1, 2, 3):
            fitter = AalenJohansenFitter(calculate_variance=False, seed=1)
            fitter.fit(part["day"].to_numpy(), part["end"].to_numpy(), event_of_interest=event)
    return {}


def ours_reasons(folder: Path) -> Answer:
    from rebond.numbers.reasons import reasons_by_month

    found = reasons_by_month(*_tables(folder, "deals"), as_of=AS_OF)
    return {"rows": [len(found.month)], "losses": [int(found.named.sum())]}


def polars_reasons(folder: Path) -> Answer:
    import polars as pl

    lost = pl.scan_parquet(folder / "deals.parquet").filter(
        (pl.col("outcome") == "lost") & pl.col("reasons").is_not_null() & (pl.col("closed_at") <= AS_OF)
    )
    month = (pl.col("closed_at").dt.year() * 12 + pl.col("closed_at").dt.month()).alias("month")
    found = lost.group_by("owner", month, "reasons").len().collect(engine="streaming")
    return {"rows": [found.height], "losses": [int(found["len"].sum())]}


def pandas_reasons(folder: Path) -> Answer:
    import pandas as pd

    deals = pd.read_parquet(folder / "deals.parquet", columns=["owner", "outcome", "closed_at", "reasons"])
    closed = pd.to_datetime(deals["closed_at"])
    kept = (deals["outcome"] == "lost") & deals["reasons"].notna() & (closed <= pd.Timestamp(AS_OF))
    lost, closed = deals[kept], closed[kept]
    found = lost.groupby(["owner", closed.dt.year * 12 + closed.dt.month, "reasons"]).size()
    return {"rows": [len(found)], "losses": [int(found.sum())]}


def whole_report(folder: Path) -> Answer:
    """The public function as the report calls it: plain and corrected, by channel, owner and segment."""
    from rebond.numbers.touches import touches

    found = touches(*_tables(folder, "deals", "touches"), as_of=AS_OF)
    return {"per_sale": [found.overall.per_sale.value or 0, found.overall.per_sale_corrected.value or 0]}


TASKS: dict[str, Callable[[Path], Answer]] = {
    "scan_touches": scan_touches, "ours_touches": ours_touches, "ours_sorted": partial(ours_touches, name="by_deal"),
    "ours_rollup": partial(ours_touches, name="rollup"), "polars_touches": polars_touches,
    "pandas_touches": pandas_touches, "scan_curves": scan_curves, "ours_curves": ours_curves,
    "sksurv_curves": sksurv_curves, "pandas_curves": pandas_curves, "lifelines_curves": lifelines_curves,
    "scan_reasons": scan_reasons, "ours_reasons": ours_reasons, "polars_reasons": polars_reasons,
    "pandas_reasons": pandas_reasons, "whole_report": whole_report,
}  # fmt: skip
#: Tasks of many seconds: one run of each round is enough.
SLOW = ("pandas_touches", "sksurv_curves", "lifelines_curves", "whole_report")


def run(name: str, folder: Path) -> dict[str, Any]:
    """One task in this process: seconds of its fastest run, megabytes held at most, its answer.

    It is asked of the smallest company first, untimed: that imports what the task needs.
    """
    warnings.simplefilter("ignore")
    task = TASKS[name]
    task(folder.parent / f"d{SIZES[0]}")
    seconds: list[float] = []
    worked: list[float] = []
    answer: Answer = {}
    for _repeat in range(1 if name in SLOW else REPEATS):
        started, at_work = time.perf_counter(), time.process_time()
        answer = task(folder)
        seconds.append(time.perf_counter() - started)
        worked.append(time.process_time() - at_work)
    return {"seconds": min(seconds), "cpu": min(worked), "mb": resident(os.getpid(), "VmHWM"), "answer": answer}


def asked(name: str, folder: Path) -> dict[str, Any]:
    """``run`` in a process of its own."""
    command = [sys.executable, "-m", "bench.numbers", "--run", name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def fastest(names: list[str], folder: Path, rounds: int) -> dict[str, dict[str, Any]]:
    """Every task, in turns; of each the fastest run, and the most memory any run held."""
    best: dict[str, dict[str, Any]] = {}
    for round_ in range(rounds):
        for name in names:
            if round_ and name in SLOW:
                continue
            found = asked(name, folder)
            before = best.get(name, found)
            best[name] = found | {
                "seconds": min(found["seconds"], before["seconds"]), "cpu": min(found["cpu"], before["cpu"]),
                "mb": max(found["mb"], before["mb"]),
            }  # fmt: skip
    return best


def difference(ours: Answer, theirs: Answer) -> float:
    """The largest relative difference of two answers; of columns that both have."""
    if set(ours) != set(theirs):
        return float("inf")
    pairs = [pair for key, values in ours.items() for pair in zip(values, theirs[key], strict=False)]
    return max((abs(a - b) / max(abs(a), abs(b), 1e-300) for a, b in pairs if a != b), default=0.0)


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        folder = Path(name)
        for deals in SIZES:
            place = folder / f"d{deals}"
            place.mkdir()
            make(place, deals)
        found = fastest(list(TASKS), folder / f"d{DEALS}", ROUNDS)
        return [*_touches(found), *_curves(found), *_reasons(found), *_memory(found), *_slopes(folder, found)]


def _ratio(
    what: str, found: dict[str, dict[str, Any]], above: str, below: str, limit: float | None, **more: Any
) -> Figure:
    """Wall time against wall time; processor time, which other work on the machine hardly touches, is told beside."""
    times = more.pop("times", 1)
    (a, cpu_a), (b, cpu_b) = ((found[name]["seconds"], found[name]["cpu"]) for name in (above, below))
    beside = f"{a * times:.3f} s against {b:.3f} s; processor {cpu_a * times / cpu_b:.1f}x"
    return Figure(what, a * times / b, "x", limit, beside=beside, **more)


def _touches(found: dict[str, dict[str, Any]]) -> list[Figure]:
    same = [difference(found["ours_touches"]["answer"], found[name]["answer"]) for name in (
        "ours_sorted", "ours_rollup", "polars_touches", "pandas_touches")]  # fmt: skip
    scan = "scan_touches"
    return [
        _ratio("touches by owner, channel: raw, calendar order / scan", found, "ours_touches", scan, RAW),
        _ratio("touches by owner, channel: raw, sorted by deal / scan", found, "ours_sorted", scan, SORTED),
        _ratio("touches by owner, channel: one row per deal / scan", found, "ours_rollup", scan, ROLLUP),
        _ratio("polars streaming / ours, calendar order", found, "polars_touches", "ours_touches", None),
        _ratio("pandas / ours, calendar order", found, "pandas_touches", "ours_touches", 3, at_least=True),
        Figure("largest relative difference from the others", max(same), "", 1e-9, beside=f"{max(same):.1e}"),
        _ratio("whole touches part of the report / scan", found, "whole_report", scan, None),
    ]


def _curves(found: dict[str, dict[str, Any]]) -> list[Figure]:
    ours = {key: values[:1] for key, values in found["ours_curves"]["answer"].items()}
    same = max(difference(ours, found[name]["answer"]) for name in ("sksurv_curves", "pandas_curves"))
    times = DEALS / LIFELINES_DEALS
    return [
        _ratio("curves of 20 segments / scan", found, "ours_curves", "scan_curves", CURVES),
        _ratio("scikit-survival / ours", found, "sksurv_curves", "ours_curves", 50, at_least=True),
        _ratio("pandas, shares alone / ours", found, "pandas_curves", "ours_curves", 3, at_least=True),
        _ratio(f"lifelines on {LIFELINES_DEALS:,} deals, scaled / ours", found, "lifelines_curves", "ours_curves", None,
               times=times),
        Figure("largest relative difference from the others", same, "", 1e-12, beside=f"{same:.1e}"),
    ]  # fmt: skip


def _reasons(found: dict[str, dict[str, Any]]) -> list[Figure]:
    same = max(
        difference(found["ours_reasons"]["answer"], found[f"{name}_reasons"]["answer"]) for name in ("polars", "pandas")
    )
    return [
        _ratio("reasons by month by owner / scan", found, "ours_reasons", "scan_reasons", None),
        _ratio("polars streaming / ours", found, "polars_reasons", "ours_reasons", None),
        _ratio("pandas / ours", found, "pandas_reasons", "ours_reasons", 3, at_least=True),
        Figure("counts that differ", same, "", 0),
    ]


def _memory(found: dict[str, dict[str, Any]]) -> list[Figure]:
    ours = {name: held["mb"] for name, held in found.items() if name.startswith("ours") or name == "whole_report"}
    most = max(ours, key=lambda name: ours[name])
    others = ", ".join(
        f"{name} {found[name]['mb']:,.0f}" for name in ("polars_touches", "pandas_touches", "sksurv_curves")
    )
    return [Figure("most memory any of ours held", ours[most], "MB", 1_000, beside=f"{most}; {others}")]


def _slopes(folder: Path, found: dict[str, dict[str, Any]]) -> list[Figure]:
    """How cost grows from 10,000 to 1,000,000 deals: 1 is in proportion, less is better."""
    told = []
    for name in ("ours_touches", "ours_curves"):
        small = {deals: asked(name, folder / f"d{deals}")["seconds"] for deals in SIZES[:-1]}
        seconds = [*small.values(), found[name]["seconds"]]
        slope = float(np.polyfit([log10(deals) for deals in SIZES], [log10(s) for s in seconds], 1)[0])
        beside = ", ".join(f"{deals:,}: {s:.3f} s" for deals, s in zip(SIZES, seconds, strict=True))
        told.append(Figure(f"slope of cost in deals, {name.removeprefix('ours_')}", slope, "", 1.05, beside=beside))
    return told


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        print(json.dumps(run(sys.argv[2], Path(sys.argv[3]))))
    else:
        main(figures, __doc__)
