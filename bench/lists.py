"""Pages of a company with 100,000 deals and 1,000,000 touches, against the same pages of an empty one (SQLite).

Each page is asked for through the whole stack (sessions, middleware, templates), by a seller whose team has four fifths
of the deals, and by an administrator who sees all; queries and bytes are counted. The empty company has one deal.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.measure import ROOT, Figure, main, use_folder

DEALS, TOUCHES = 100_000, 1_000_000
TIMES = 15
ROUNDS = 2
MOST_QUERIES, MOST_KB, MOST_RATIO = 12, 100, 3
#: What is asked for, by what it is called; {deal} is the deal with the most touches.
PAGES = {
    "deal list": "/deals",
    "deal list, lost ones": "/deals?outcome=lost",
    "deal list, closed, by amount": "/deals?outcome=closed&sort=-amount",
    "deal list, one segment, last contact first": "/deals?segment=SMB&sort=-touched",
    "deal list, searched": "/deals?q=renewal+12",
    "deal list, a search that finds a tenth": "/deals?q=maintenance",
    "deal list, page 100": "/deals?page=100",
    "deal page": "/deals/{deal}",
}


def ask(folder: Path, who: str) -> dict[str, Any]:
    """Every page, in this process, on what is in ``folder``: median milliseconds, queries, bytes."""
    use_folder(folder)
    from django.conf import settings
    from django.test import Client

    from rebond.accounts.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.get(email=who))
    return {name: _measured(client, path.format(deal=1)) for name, path in PAGES.items()}


def _measured(client: Any, path: str) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    asked_for = len(queries)  # now: the next request empties the log
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    times = []
    for _time in range(TIMES):
        started = time.perf_counter()
        client.get(path)
        times.append((time.perf_counter() - started) * 1000)
    return {"ms": statistics.median(times), "queries": asked_for, "kb": len(answer.content) / 1000}


def asked(folder: Path, who: str) -> dict[str, Any]:
    """``ask`` in a process of its own, so that the two companies do not share anything."""
    command = [sys.executable, "-m", "bench.lists", "--ask", str(folder), who]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def build(folder: Path, deals: int, touches: int) -> None:
    """A company in ``folder``, in a process of its own."""
    command = [sys.executable, "-m", "bench.lists", "--build", str(folder), str(deals), str(touches)]
    subprocess.run(command, cwd=ROOT, check=True)


def compare(who: str, full: Path, empty: Path) -> list[Figure]:
    """Both companies in turns, so that other work on the machine meets both."""
    rounds = [(asked(full, f"{who}@rebond.example"), asked(empty, f"{who}@rebond.example")) for _ in range(ROUNDS)]
    role = who.rstrip("0")
    figures = []
    for name in PAGES:
        large, small = (statistics.median(r[at][name]["ms"] for r in rounds) for at in (0, 1))
        seen = rounds[0][0][name]
        beside = f"{large:.1f} ms against {small:.1f} ms; {seen['queries']} queries, {seen['kb']:.0f} KB"
        figures.append(Figure(f"{name}, {role}", large / small, "x", MOST_RATIO, beside=beside))
    most = max(rounds[0][0].values(), key=lambda page: page["queries"])["queries"]
    largest = max(rounds[0][0].values(), key=lambda page: page["kb"])["kb"]
    figures.append(Figure(f"queries of any of these, {role}", most, "queries", MOST_QUERIES))
    figures.append(Figure(f"size of any of these, {role}", largest, "KB", MOST_KB))
    return figures


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        full, empty = Path(name, "full"), Path(name, "empty")
        build(full, DEALS, TOUCHES)
        build(empty, 1, 0)
        found: list[Figure] = []
        for who in ("seller0", "admin"):
            found += compare(who, full, empty)
        return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ask"]:
        print(json.dumps(ask(Path(sys.argv[2]), sys.argv[3])))
    elif sys.argv[1:2] == ["--build"]:
        from bench import company

        use_folder(Path(sys.argv[2]))
        company.fill(company.staff(), deals=int(sys.argv[3]), touches=int(sys.argv[4]))
    else:
        main(figures, __doc__)
