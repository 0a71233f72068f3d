"""Runs the benchmarks, each in a process of its own, and writes docs/benchmarks.md.

./rebond bench              all of them
./rebond bench lists        one or some; the page keeps what it says about the others
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

from bench.measure import ROOT, Figure, print_table, shown

NAMES = (
    "imports",
    "lists",
    "patterns",
    "worth",
    "writes",
    "survey",
    "mail",
    "keep",
    "long",
    "today",
    "order",
    "start",
    "numbers",
    "report",
    "sound",
    "bell",
)
PAGE = ROOT / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Made by `./rebond bench` (one of them: `./rebond bench lists`), which writes this page. Each runs in a process of its
own on a throw-away data folder and compares with a peer or a limit in the same run, so the ratios are what to trust:
other work on the machine meets both sides. Limits are those the project set itself before the code was there.
"""


def measured(name: str) -> list[Figure]:
    """One benchmark's figures; its own process, so that none warms another up."""
    command = [sys.executable, "-m", f"bench.{name}", "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout.strip():
        raise SystemExit(f"bench {name} broke (exit {done.returncode}); see above")
    return [Figure(**figure) for figure in json.loads(done.stdout)]


def section(name: str, figures: list[Figure]) -> str:
    """What the page says about one benchmark."""
    about = (importlib.import_module(f"bench.{name}").__doc__ or "").strip()
    rows = [
        f"| {figure.what} | {shown(figure.value, figure.unit)} | {figure.wanted} | {figure.verdict} | {figure.beside} |"
        for figure in figures
    ]
    table = "\n".join(["| measured | figure | limit | | beside it |", "|---|---:|---|---|---|", *rows])
    return f"## {name}\n\n{about}\n\n`./rebond bench {name}`: {machine()}.\n\n{table}\n"


def machine() -> str:
    """What it ran on, and when."""
    now, busy = datetime.now(UTC), os.getloadavg()[2]
    return (
        f"{now:%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores ({platform.machine()}, {platform.system()}), "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, load of the last quarter hour {busy:.1f}"
    )


def sections(page: str) -> dict[str, str]:
    """What an earlier page says, by benchmark."""
    parts = re.split(r"^## (\w+)\n", page, flags=re.MULTILINE)
    return {name: f"## {name}\n{text.rstrip()}\n" for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="rebond bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all when none is named")
    names = parser.parse_args(arguments).names or list(NAMES)
    if unknown := set(names) - set(NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    written = sections(PAGE.read_text()) if PAGE.exists() else {}
    kept = True
    for name in names:
        print(f"\n== {name}", flush=True)
        figures = measured(name)
        print_table(figures)
        kept &= all(figure.kept for figure in figures)
        written[name] = section(name, figures)
        PAGE.write_text("\n".join([HEAD, *(written[known] for known in NAMES if known in written)]))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
