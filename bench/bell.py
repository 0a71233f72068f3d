"""The bell on 500 open screens: from the form that wins a deal to the last screen's event, on two server processes.

The real server on either database; each screen is one open stream (wallboards are nothing else). Forty deals are won,
one after another, by the form of the deal page; then the same while 100, and while 300 other contacts a second are
written (a contact is a form, a transaction and three rows); then the same with 2,000 screens. What a stream that only
waits costs is the memory of both processes with and without them. Where the machine cannot write 300 contacts a second
(see "writes"), more forms wait than are answered; the one that wins goes before them (``web.turns``).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import writes
from bench.measure import ROOT, Figure, Server, main, serving, session_of, use_folder
from tools.postgresql import binaries, server

SCREENS, MANY, WINS, WARM = 500, 2_000, 40, 10
WRITES_A_SECOND, PAUSE = (100, 300), 0.25
MOST_P50, MOST_P99 = 120, 250
#: A database's settings as a company would have them, not those of tests: what is committed is on the disk.
SETTINGS = "max_connections=60\nshared_buffers=128MB\n"


def tickets(count: int) -> list[str]:
    """One for each screen, of as many people, who listen to what everybody hears."""
    from django.utils import timezone

    from rebond.live.tickets import ticket

    now = timezone.now()
    return [ticket(holder=f"user:{number}", topics=["everyone"], now=now) for number in range(count)]


def deals(count: int) -> list[str]:
    """So many open deals of one seller who lets everybody hear; the form that wins each."""
    from django.utils import timezone

    from rebond.accounts.models import Team, User
    from rebond.celebrate.models import Preference
    from rebond.deals.models import Deal

    now = timezone.now()
    team = Team.objects.create(name="Winners")
    user = User.objects.create_user("winner@rebond.example", name="Camille Aubry", team=team)
    Preference.objects.create(user=user, visibility="everyone")
    session = session_of(user)
    made = [
        Deal.objects.create(name=f"Deal {number}", owner=user, team=team, opened_at=now, created_at=now, updated_at=now)
        for number in range(count)
    ]
    return [_form(deal.pk, session) for deal in made]


def _form(deal: int, session: str) -> str:
    token = "c" * 32
    body = urlencode({"outcome": "won", "csrfmiddlewaretoken": token})
    lines = [
        f"POST /deals/{deal}/close HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}", f"Cookie: sessionid={session}; csrftoken={token}", "", body,
    ]  # fmt: skip
    return "\r\n".join(lines)


def heard(port: int, screens: int, requests: list[str]) -> list[dict[str, float]]:
    """The listeners' process, run to its end."""
    plan = json.dumps({"port": port, "tickets": tickets(screens), "requests": requests, "every": PAUSE})
    done = subprocess.run(
        [sys.executable, "-m", "bench.listeners"], input=plan, capture_output=True, text=True, cwd=ROOT, check=True
    )
    found: list[dict[str, float]] = json.loads(done.stdout)
    return found


@contextmanager
def while_writing(port: int, requests: list[str], seconds: float, rate: int) -> Iterator[dict[str, Any]]:
    """So many other contacts a second, from another process, for as long as the block takes."""
    plan = json.dumps({"port": port, "seconds": seconds, "requests": requests, "every": len(requests) / rate})
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.client"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    result: dict[str, Any] = {}

    def collect() -> None:
        said, _errors = process.communicate(plan)
        result.update(json.loads(said))

    thread = threading.Thread(target=collect)
    thread.start()
    yield result
    thread.join()


def memory(running: Server) -> float:
    """Megabytes of both page processes."""
    from bench.measure import resident

    children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text().split()
    names = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in children}
    twins = [int(pid) for pid, name in names.items() if "work" not in name]
    return sum(resident(pid) for pid in (running.process.pid, *twins))


def quantile(values: list[float], part: float) -> float:
    """The value below which so large a part of them lies; of forty, 99 in 100 is the largest."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def told(what: str, found: list[dict[str, float]], *, limited: bool = True) -> list[Figure]:
    """What one round says."""
    last = [one["last"] for one in found]
    screens = f"of {len(found)} wins; the first screen after {statistics.median(one['first'] for one in found):.0f} ms"
    missed = sum(one["missed"] for one in found)
    refused = sum(one["status"] != 302 for one in found)
    return [
        Figure(f"{what}: screens not told, or wins refused", missed + refused, "missed", 0),
        Figure(f"{what}: until the last screen, half of the wins", quantile(last, 0.5), "ms",
               MOST_P50 if limited else None, beside=screens),
        Figure(f"{what}: until the last screen, 99 in 100", quantile(last, 0.99), "ms",
               MOST_P99 if limited else None),
    ]  # fmt: skip


def on(database: str, url: str) -> list[Figure]:
    """Every round on one database."""
    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        folder = Path(name)
        use_folder(folder, **({"REBOND_DATABASE_URL": url} if url else {}))
        rounds = 2 + len(WRITES_A_SECOND)
        forms, others = iter(deals(WARM + rounds * WINS)), writes.people()
        with serving(folder) as running:
            heard(running.port, 2, list(islice(forms, WARM)))  # whichever process answers has answered before
            bare = memory(running)
            quiet = heard(running.port, SCREENS, list(islice(forms, WINS)))
            busy = [_busy(database, running.port, list(islice(forms, WINS)), others, rate) for rate in WRITES_A_SECOND]
            many = heard(running.port, MANY, list(islice(forms, WINS)))
            held = memory(running)
        return [
            *told(f"{database}, {SCREENS} screens", quiet),
            *(figure for figures in busy for figure in figures),
            *told(f"{database}, {MANY:,} screens", many, limited=False),
            Figure(f"{database}: memory of a stream", max(held - bare, 0) * 1024 / MANY, "kB",
                   beside=f"both processes {held:.0f} MB after {MANY:,} streams, {bare:.0f} MB before"),
        ]  # fmt: skip


def _busy(database: str, port: int, forms: list[str], others: list[str], rate: int) -> list[Figure]:
    """One round while others write."""
    with while_writing(port, others, len(forms) * (PAUSE + 0.3), rate) as load:
        found = heard(port, SCREENS, forms)
    done = len(load["answers"]) / float(load["seconds"])
    failed = sum(status != 302 for status, _seconds in load["answers"])
    return [
        *told(f"{database}, {SCREENS} screens, while {rate} contacts a second are written", found),
        Figure(f"{database}: of {rate} contacts a second, written", done, "a second", rate * 0.9, True,
               beside=f"{failed} of them failed"),
    ]  # fmt: skip


def figures() -> list[Figure]:
    found = on("SQLite", "")
    programs = binaries()
    if programs is None:
        return found
    with server(programs, SETTINGS) as url:
        return found + _in_own_process(url)


def _in_own_process(url: str) -> list[Figure]:
    """A process has one database for all its life."""
    code = (
        "import json, sys; from dataclasses import asdict; from bench.bell import on; "
        "json.dump([asdict(one) for one in on('PostgreSQL', sys.argv[1])], sys.stdout)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, url], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )  # fmt: skip
    return [Figure(**one) for one in json.loads(done.stdout)]


if __name__ == "__main__":
    main(figures, __doc__)
