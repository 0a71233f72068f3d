"""Buyers answer: 200 requests a second over 100 personal links, pages and saves in turn, on the real server.

Each of 40 browsers walks through surveys on a keep-alive connection: the page, the form, the next page; each form
differs from the one before, so that it is written. First as fast as the server answers, then at the pace of the limit.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from bench.measure import ROOT, Figure, main, own_folder, serving

LINKS, BROWSERS = 100, 40
SECONDS, ROUNDS = 8, 3
#: Requests a second, the limit of the project.
TARGET = 200


def links() -> list[str]:
    """Makes a company whose buyers are all asked; the paths of their links."""
    from django.utils import timezone

    from rebond.accounts.models import Team, User
    from rebond.deals.models import CloseEvent, Deal, Person
    from rebond.learn.feedback.tokens import digest_of, new_nonce, token_of
    from rebond.learn.models import FeedbackProgramme, Invitation, InvitationStatus

    now = timezone.now()
    owner = User.objects.create_user("camille@rebond.example", name="Camille", team=Team.objects.create(name="North"))
    rules = FeedbackProgramme.objects.create(version=1, company_name="Maintenance Valmy", at=now)
    paths = []
    for number in range(LINKS):
        times = {"created_at": now, "updated_at": now}
        deal = Deal.objects.create(
            name="Maintenance", owner=owner, team=owner.team, outcome="lost", closed_at=now, **times
        )
        event = CloseEvent.objects.create(deal=deal, outcome="lost", closed_at=now, recorded_at=now, source="screen")
        person = Person.objects.create(name=f"Buyer {number}", email=f"buyer{number}@valmy.example", **times)
        nonce = new_nonce()
        Invitation.objects.create(
            close_event=event, deal=deal, person=person, programme=rules, sender=owner, status=InvitationStatus.SENT,
            planned_at=now, sent_at=now, expires_at=now + timedelta(days=60), nonce=nonce,
            token_digest=digest_of(token_of(nonce)),
        )  # fmt: skip
        paths.append(f"/s/{token_of(nonce)}")
    return paths


def get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n"


def post(path: str, form: dict[str, Any]) -> str:
    body = urlencode(form, doseq=True)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head + body


def walk(path: str, turn: int) -> list[str]:
    """One way through a survey: five pages, four saves. ``turn`` 0 and 1 differ in every answer."""
    codes = (["timing"], ["no_budget"])[turn]
    return [
        get(path), post(f"{path}/1", {"happened": ("kept", "another")[turn], "competitor": "Nordvik"}),
        get(f"{path}/2"), post(f"{path}/2", {"code": codes, "words": f"In time {turn}", "shown": "1"}),
        get(f"{path}/3"), post(f"{path}/3", {"involved": 1 + turn, "helped": 4 + turn}),
        get(f"{path}/4"), post(f"{path}/4", {"words": f"A price {turn}", "shown": "1"}), get(f"{path}/5"),
    ]  # fmt: skip


def browsers(paths: list[str]) -> list[list[str]]:
    """What each browser does, in turn: its links one after the other, then all of them again, answered otherwise."""
    mine = [paths[number::BROWSERS] for number in range(BROWSERS)]
    return [[request for turn in (0, 1) for path in own for request in walk(path, turn)] for own in mine]


def load(port: int, requests: list[list[str]], seconds: float, every: float = 0) -> dict[str, Any]:
    """The client process, run to its end."""
    plan = json.dumps({"port": port, "seconds": seconds, "requests": requests, "every": every})
    command = [sys.executable, "-m", "bench.client"]
    done = subprocess.run(command, input=plan, capture_output=True, text=True, cwd=ROOT, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def kept() -> tuple[int, int, int]:
    """Drafts, the saves in them, and drafts that went past a step without keeping what its form said."""
    from django.db.models import Q

    from rebond.learn.models import Response

    saves = list(Response.objects.values_list("saves", flat=True))
    lacking = Q(step__gt=1, happened="") | Q(step__gt=2, reasons=None) | Q(step__gt=3, involved=None)
    lacking |= Q(step__gt=4) & ~Q(verbatims__asked="one_thing")
    return len(saves), sum(saves), Response.objects.filter(lacking).distinct().count()


def rate(result: dict[str, Any]) -> float:
    return len(result["answers"]) / float(result["seconds"])


def milliseconds(result: dict[str, Any], part: int) -> float:
    """So many of 100 were answered within."""
    times = sorted(seconds * 1000 for _status, seconds in result["answers"])
    return times[min(len(times) - 1, len(times) * part // 100)]


def figures() -> list[Figure]:
    with own_folder() as folder:
        requests = browsers(links())
        with serving(folder) as server:
            first = load(server.port, requests, 1)
            fast = [load(server.port, requests, SECONDS) for _round in range(ROUNDS)]
            paced = load(server.port, requests, SECONDS, every=BROWSERS / TARGET)
            held = server.resident()
        drafts, saves, lost = kept()
    answers = [one for result in (first, *fast, paced) for one in result["answers"]]
    failed = sum(status not in (200, 303) for status, _seconds in answers)
    best = max(fast, key=rate)
    return [
        Figure("requests that failed", failed, "failed", 0, beside=f"of {len(answers):,}, {BROWSERS} browsers"),
        Figure("drafts that lack an answer they went past", lost, "drafts", 0, beside=f"{saves:,} in {drafts} drafts"),
        Figure(
            "requests a second, against the limit of 200", rate(best) / TARGET, "x", 1, True,
            beside="a second: " + ", ".join(f"{rate(result):.0f}" for result in fast),
        ),
        Figure("as fast as it goes, half answered within", milliseconds(best, 50), "ms"),
        Figure("as fast as it goes, 99 in 100 within", milliseconds(best, 99), "ms"),
        Figure("at the limit's pace, answered", rate(paced), "a second", beside=f"{TARGET} asked"),
        Figure("at the limit's pace, half within", milliseconds(paced, 50), "ms"),
        Figure("at the limit's pace, 99 in 100 within", milliseconds(paced, 99), "ms"),
        Figure("memory of one of the two web processes after it", held, "MB"),
    ]  # fmt: skip


if __name__ == "__main__":
    main(figures, __doc__)
