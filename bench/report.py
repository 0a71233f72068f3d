"""``rebond report`` as a person runs it: a process of its own, from the file to the page, drivers included.

A CSV of 80,000 deals with twelve factors and 200 sellers, and the same deals with eight touches each; then Parquet of
10,000 to 1,000,000 deals for the slope: how many times the cost grows when the deals grow tenfold, as a power (1 is
linear). Time includes starting Python and every import; memory is the most the process held. The peer reads the same
CSV with pandas and fits one plain logistic regression of the same factors with statsmodels: no trend, no curve, no
forecast, no page.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from math import log10
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from bench.measure import ROOT, Figure, main

DEALS, TOUCHES_PER_DEAL = 80_000, 8
SIZES = (10_000, 100_000, 1_000_000)
MOST_SECONDS, MOST_MB = 10, 1_000
#: More than linear by less than this is the luck of the machine.
MOST_SLOPE = 1.1
SELLERS, FACTORS, LEVELS = 200, 12, 5
AS_OF = np.datetime64("2025-12-31")
REBOND = Path(sys.executable).parent / "rebond"
#: The peer; ``y ~ factors`` on the decided deals.
PEER = """
import sys, warnings
warnings.simplefilter("ignore")
import pandas, statsmodels.formula.api as formulas
deals = pandas.read_csv(sys.argv[1], parse_dates=["opened_at", "closed_at"])
decided = deals[deals.outcome.isin(["won", "lost"])].assign(y=lambda d: (d.outcome == "won").astype(int))
names = [name for name in decided.columns if name.startswith("factor")]
formulas.logit("y ~ " + " + ".join(f"C({name})" for name in names), decided).fit(disp=0)
"""


def table(count: int) -> pa.Table:
    """Invented deals: three years, two of three lost, one factor that matters."""
    generator = np.random.default_rng(count)
    opened = AS_OF - generator.integers(0, 1_096, count)
    lasts = generator.exponential(60, count).astype(int) + 1
    closed = opened + lasts <= AS_OF
    factors = generator.integers(0, LEVELS, (FACTORS, count))
    won = generator.random(count) < 0.25 + 0.03 * factors[0]
    outcome = np.where(~closed, "open", np.where(won, "won", "lost"))
    columns: dict[str, Any] = {
        "id": pa.array(np.char.add("D", np.arange(count).astype(str))),
        "opened_at": pa.array(opened),
        "closed_at": pa.array(opened + lasts, mask=~closed),
        "outcome": outcome,
        "amount": np.round(generator.lognormal(8, 1, count), 2),
        "currency": np.full(count, "EUR"),
        "owner": np.char.add("Seller ", generator.integers(0, SELLERS, count).astype(str)),
        "segment": np.char.add("Segment ", generator.integers(0, 8, count).astype(str)),
        "source": np.array(["web", "fair", "referral", "call"])[generator.integers(0, 4, count)],
        "reasons": pa.array(
            np.array(["no_budget", "timing", "value_unclear", "price_vs_alternative"])[generator.integers(0, 4, count)],
            mask=(outcome != "lost") | (generator.random(count) < 0.3),
        ),
    }
    columns |= {f"factor_{place}": np.char.add("level ", row.astype(str)) for place, row in enumerate(factors)}
    return pa.table(columns)


def touches(deals: pa.Table) -> pa.Table:
    """Contacts between opening and end."""
    generator = np.random.default_rng(1)
    deal = np.repeat(np.arange(len(deals)), TOUCHES_PER_DEAL)
    opened = deals.column("opened_at").to_numpy()[deal].astype("datetime64[s]")
    closed = deals.column("closed_at").to_numpy(zero_copy_only=False)[deal]
    end = np.where(np.isnat(closed), AS_OF, closed).astype("datetime64[s]")
    at = opened + (generator.random(len(deal)) * (end - opened).astype(int)).astype("timedelta64[s]")
    return pa.table(
        {
            "deal_id": deals.column("id").to_numpy(zero_copy_only=False)[deal],
            "at": at,
            "channel": np.array(["call", "email", "meeting"])[generator.integers(0, 3, len(deal))],
            "direction": np.where(generator.random(len(deal)) < 0.8, "out", "in"),
        }
    )


def run(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds, and the most megabytes the process held."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=os.environ | {"REBOND_DATA": str(folder), "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    said = process.stderr.read() if process.stderr else b""
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}\n{said.decode()[-2000:]}")
    return time.perf_counter() - started, used.ru_maxrss / 1024


def report(folder: Path, deals: str, *more: str) -> tuple[float, float]:
    out = ["-o", str(folder / "report.html"), "--json", str(folder / "report.json"), "--commission", "5%"]
    return run([str(REBOND), "report", str(folder / deals), *more, *out], folder)


def make(folder: Path) -> None:
    """All files; in a process of its own, since a child's peak memory would count its parent's."""
    deals = table(DEALS)
    pcsv.write_csv(deals, folder / "deals.csv")
    pcsv.write_csv(touches(deals), folder / "touches.csv")
    for size in SIZES:
        pq.write_table(table(size), folder / f"{size}.parquet")


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "bench.report", "--make", name], cwd=ROOT, check=True)
        both = [
            (report(folder, "deals.csv"), run([sys.executable, "-c", PEER, str(folder / "deals.csv")], folder))
            for _round in range(2)
        ]
        ours, peer = (min(pair[at] for pair in both) for at in (0, 1))
        touched = report(folder, "deals.csv", "--touches", str(folder / "touches.csv"))
        grown = [min(report(folder, f"{size}.parquet") for _round in range(2)) for size in SIZES]
    slope = log10(grown[2][0] / grown[1][0])
    seconds = ", ".join(f"{size:,}: {cost[0]:.1f} s" for size, cost in zip(SIZES, grown, strict=True))
    return [
        Figure("80,000 deals, CSV to page", ours[0], "s", MOST_SECONDS),
        Figure("the same, at most in memory", ours[1], "MB", MOST_MB),
        Figure("the same, against pandas and one regression", ours[0] / peer[0], "x", beside=f"{peer[0]:.1f} s"),
        Figure("with 640,000 touches, CSV to page", touched[0], "s", beside="640,000 rows more are read"),
        Figure("the same, at most in memory", touched[1], "MB", MOST_MB),
        Figure("Parquet, slope from 100,000 to 1,000,000 deals", slope, "power", MOST_SLOPE, beside=seconds),
        Figure("1,000,000 deals, at most in memory", grown[2][1], "MB"),
    ]


if __name__ == "__main__" and sys.argv[1:2] == ["--make"]:
    make(Path(sys.argv[2]))
elif __name__ == "__main__":
    main(figures, __doc__)
