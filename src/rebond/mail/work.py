"""The background side of the outbox: each minute, and as soon as something is due, what is due is sent."""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import task

from rebond.jobs.actions import enqueue
from rebond.jobs.queries import current_job
from rebond.mail import actions, queries, smtp
from rebond.mail.actions import Claimed
from rebond.mail.compose import our_address
from rebond.mail.smtp import Answer, Fate

log = logging.getLogger("rebond.mail")
#: A worker that is told to stop lets its job go on for ten seconds (``jobs.worker.GRACE``): we end well before.
RUN = timedelta(seconds=5)
Clock = Callable[[], datetime]


@task()
def send_due() -> dict[str, int]:
    """Sends for a few seconds; what is left then is a job of its own. Two at once are harmless."""
    begun, (_ready, problem) = timezone.now(), queries.way_out()
    if problem:
        log.warning("no mail is sent: %s", problem)
        return {}
    sent = send(clock=timezone.now, until=begun + RUN)
    if sent.pop("more", 0):
        # Never under its own key, which is taken while it runs.
        job = current_job()
        key = "mail.send_due:b" if job and job.unique_key == "mail.send_due:a" else "mail.send_due:a"
        enqueue(task=send_due, kwargs={}, now=timezone.now(), unique_key=key)
    return dict(sent)


def send(*, clock: Clock, until: datetime | None = None) -> Counter[str]:
    """Sends what is due, over one connection; nothing, when no mail server is set.

    Args:
        until: no mail is claimed after it; without it, until nothing is due.

    Returns:
        How many were ``accepted``, ``again``, ``refused``, ``unknown``, ``let_go`` (see ``smtp.Fate``) and ``settled``
        without being sent; ``more`` when time was up.
    """
    done: Counter[str] = Counter()
    if recovered := actions.recover(now=clock()):
        done["recovered"] = recovered
    where = smtp.server()
    if where is None:
        return done
    worker = f"{socket.gethostname()}:{os.getpid()}"
    with smtp.Line(where) as line:
        while not line.down:
            if until is not None and clock() >= until:
                done["more"] = int((queries.next_due() or until) < until)
                break
            claimed = actions.claim(worker=worker, now=clock())
            if not claimed:
                break
            done["settled"] += claimed.settled
            done.update(_one(line, mail, clock) for mail in claimed.mails)
    return +done


def _one(line: smtp.Line, mail: Claimed, clock: Clock) -> str:
    """One mail to its end; the fate's name.

    Whatever goes wrong with one must not hold up the others: its lease runs out, and then it is as after a crash.
    """
    try:
        answer = line.send(
            sender=our_address()[1], recipient=mail.message.recipient, raw=mail.raw,
            begin=lambda: actions.begin_data(message=mail.message, now=clock()),
        )  # fmt: skip
        _settle(mail, answer, clock())
    except Exception:
        log.exception("mail %s is left as it is", mail.message.key)
        return "broken"
    return answer.fate.value


def _settle(mail: Claimed, answer: Answer, now: datetime) -> None:
    """Writes down what is known."""
    if answer.fate is Fate.ACCEPTED:
        actions.accept(message=mail.message, answer=answer.said, now=now)
    elif answer.fate is Fate.AGAIN:
        actions.defer(message=mail.message, answer=answer.said, now=now)
    elif answer.fate is Fate.REFUSED:
        actions.reject(message=mail.message, answer=answer.said, now=now)
    elif answer.fate is Fate.UNKNOWN:
        actions.lose(message=mail.message, answer=answer.said, now=now)
