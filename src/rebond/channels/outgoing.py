"""A worker tells what is due: claimed, committed; formed; ``started``, committed; handed over; its fate, committed.

Whatever dies when, no channel is told twice: what had not begun is planned again, what had begun is ``unknown``.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime

from rebond.channels import actions, held
from rebond.channels.actions.claiming import BATCH, LEASE
from rebond.channels.addresses import address_of
from rebond.channels.fates import Answer, Fate
from rebond.channels.forming import Post, formed
from rebond.channels.handing import hand_over
from rebond.channels.models import Delivery

log = logging.getLogger("rebond.channels")
Clock = Callable[[], datetime]


def send(*, clock: Clock, until: datetime | None = None) -> Counter[str]:
    """Tells what is due, several channels side by side; one thread of ours writes.

    Args:
        until: nothing more is claimed after it; without it, until nothing is due.

    Returns:
        How many were ``accepted``, ``again``, ``refused``, ``unknown``, ``settled`` without being told, ``recovered``
        of workers that died; ``doubted`` since the database was restored; ``more`` when time was up.
    """
    done = Counter({"recovered": actions.recover(now=clock())})
    if since := held.look(clock()):
        done["doubted"] = actions.doubt(since=since, now=clock())
        return +done
    worker = f"{socket.gethostname()}:{os.getpid()}"
    while until is None or clock() < until:
        claimed = actions.claim(worker=worker, now=clock())
        if not claimed:
            return +done
        done["settled"] += claimed.settled
        if claimed.deliveries:
            done.update(_tell(claimed.deliveries, clock))
    done["more"] = 1
    return +done


def _tell(claimed: list[Delivery], clock: Clock) -> Counter[str]:
    """Each to its channel; what was taken back meanwhile is left."""
    done: Counter[str] = Counter()
    posts = {one.pk: post for one in claimed if (post := _formed(one, clock, done)) is not None}
    ready = [one for one in claimed if one.pk in posts]
    begun = actions.begin(deliveries=ready, now=clock(), lease=LEASE)
    with ThreadPoolExecutor(max_workers=BATCH) as lines:
        under_way: dict[Future[Answer], Delivery] = {
            lines.submit(hand_over, posts[one.pk]): one for one in ready if one.pk in begun
        }
        for ended in as_completed(under_way):
            answer = ended.result()
            if actions.note(delivery=under_way[ended], answer=answer, now=clock()):
                done[answer.fate.value] += 1
    return done


def _formed(delivery: Delivery, clock: Clock, done: Counter[str]) -> Post | None:
    """Its request; one that cannot be formed (its address is none, or cannot be read any more) is refused, alone."""
    try:
        channel = delivery.channel
        return formed(channel.kind, address_of(channel), delivery.title, delivery.body)
    except Exception as error:  # noqa: BLE001 (a library's code: one text it stumbles over must not stop the others)
        # What it says may hold the address.
        log.warning("delivery %s cannot be formed: %s", delivery.key, type(error).__name__)
        actions.note(delivery=delivery, answer=Answer(Fate.REFUSED, "the address cannot be used"), now=clock())
        done[Fate.REFUSED.value] += 1
        return None
