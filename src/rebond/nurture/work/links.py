"""The background side of the library: once a week every address is asked whether it still answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import task

from rebond.jobs.actions import enqueue
from rebond.nurture.actions.library import mark_checked
from rebond.nurture.library.links import check
from rebond.nurture.library.picking import is_broken
from rebond.nurture.models import Piece

#: What failed once is asked again a day later, so that a broken one is out of drafts within two days.
AGAIN = timedelta(days=1)


@task()
def check_links(only_failed: bool = False) -> int:
    """Asks every address (or those that failed); how many are broken now.

    Each answer is stored by itself, outside of any transaction that waits for the network.
    """
    found = Piece.objects.filter(retired_at=None).exclude(url="").order_by("pk")
    if only_failed:
        found = found.filter(broken_since__isnull=False)
    broken, suspects = _ask(list(found), timezone.now)
    if suspects and not only_failed:
        now = timezone.now()
        enqueue(
            task=check_links, kwargs={"only_failed": True}, now=now, run_at=now + AGAIN,
            unique_key="nurture.check_links.again",
        )  # fmt: skip
    return broken


def _ask(pieces: Iterable[Piece], clock: Callable[[], datetime]) -> tuple[int, int]:
    """How many are broken, and how many failed for the first time."""
    broken = suspects = 0
    for piece in pieces:
        answer = check(piece.url)
        marked = mark_checked(piece=piece, ok=answer.ok, now=clock())
        broken += is_broken(marked)
        suspects += marked.broken_since is not None and not is_broken(marked)
    return broken, suspects
