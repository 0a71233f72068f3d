"""The background side of the inbox: each minute every mailbox that has a way in is read, each in a job of its own, so
that a slow server holds up no other."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from rebond.base.errors import RebondError
from rebond.jobs.actions import enqueue
from rebond.jobs.queries import current_job
from rebond.mail import actions
from rebond.mail.boxes import mailbox
from rebond.mail.inbox.sync import Clock, Looked, due, look
from rebond.mail.models import Folder, Mailbox

log = logging.getLogger("rebond.mail")
#: A worker that is told to stop lets its job go on for ten seconds: we end before.
RUN = timedelta(seconds=5)


@task()
def read_inboxes() -> int:
    """Queues the reading of every mailbox whose time has come; how many."""
    now = timezone.now()
    actions.follow_again(now=now)
    boxes = due_now(now)
    for box in boxes:
        read_soon(box, now=now)
    return len(boxes)


@task()
def read_inbox(mailbox_id: int) -> dict[str, int]:
    """Reads one mailbox for a few seconds; what is left then is a job of its own. Two at once are harmless."""
    box = Mailbox.objects.filter(pk=mailbox_id).first()
    if box is None:
        return {}
    begun = timezone.now()
    looked = read(box, clock=timezone.now, until=begun + RUN)
    if looked.more:
        # Never under its own key, which is taken while it runs.
        job = current_job()
        key = "b" if job and job.unique_key.endswith(":a") else "a"
        read_soon(box, now=timezone.now(), key=key)
    return {"seen": looked.seen, "kept": looked.kept, "left": looked.left}


def read_soon(box: Mailbox, *, now: datetime, key: str = "") -> None:
    """Queues the reading of one mailbox, unless it is queued already."""
    name = f"mail.read_inbox:{box.pk}" + (f":{key}" if key else "")
    enqueue(task=read_inbox, kwargs={"mailbox_id": box.pk}, now=now, unique_key=name)


def readable(*, now: datetime) -> list[Mailbox]:
    """Every mailbox that has a way in, the installation's own first."""
    if settings.CONFIG.inbox_url.strip():
        mailbox.house(now=now)
    boxes = Mailbox.objects.order_by("-is_house", "pk")
    return [box for box in boxes if box.way_in or (box.is_house and url_of(box))]


def due_now(now: datetime) -> list[Mailbox]:
    """Those of them that are not left alone after a failure."""
    boxes = readable(now=now)
    folders: dict[int, list[Folder]] = {}
    for folder in Folder.objects.filter(mailbox__in=boxes):
        folders.setdefault(folder.mailbox_id, []).append(folder)
    return [box for box in boxes if due(box, folders.get(box.pk, []), now)]


def url_of(box: Mailbox) -> str:
    """The address it is read by; empty for none, or when its password cannot be read any more."""
    try:
        return mailbox.way_in_of(box)
    except RebondError as error:
        log.warning("mailbox %s is not read: %s", box.pk, error.code)
        return ""


def read(box: Mailbox, *, clock: Clock, until: datetime | None = None) -> Looked:
    """Reads one mailbox now. Nothing when it has no way in."""
    url = url_of(box)
    return look(box, url, clock=clock, until=until) if url else Looked()
