"""A reader of a mailbox in a process of its own, for tests that kill it: ``python -m tests.mail.reader STEP ...``."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "rebond.web.settings"


def _answered(message: Any, received: Any, now: Any) -> None:
    """Something that would show if it were done twice."""
    from rebond.accounts.audit import record

    record(verb="test.answered", subject=received, actor=None, at=now)


def _killed_at(number: int) -> Callable[..., Any]:
    statements = itertools.count(1)

    def watch(execute: Callable[..., Any], *rest: Any) -> Any:
        if next(statements) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*rest)

    return watch


def step(words: str, folder: Path) -> None:
    """``begin``: a note that left, its Message-ID in the file ``note``; ``read``; ``die N``: read, and be killed at the
    N-th statement; ``count``: into the file ``count``."""
    from django.db import connection
    from django.utils import timezone

    from rebond.accounts.models import AuditEntry
    from rebond.mail.actions.past import note_sent
    from rebond.mail.models import Folder, Received
    from rebond.mail.work.inbox import read, readable
    from tests.mail.purposes import plan

    now, (what, _space, number) = timezone.now(), words.partition(" ")
    if what == "begin":
        then = now - timedelta(days=2)
        planned = plan("note:1", then, purpose="test.process")
        note_sent(message=planned, actor=None, at=then)
        (folder / "note").write_text(planned.message_id)
    elif what == "read":
        for box in readable(now=now):
            read(box, clock=timezone.now)
    elif what == "die":
        with connection.execute_wrapper(_killed_at(int(number))):
            step("read", folder)
    else:
        followed = Received.objects.exclude(followed_at=None).count()
        answered = AuditEntry.objects.filter(verb="test.answered").values("subject_id").distinct().count()
        assert answered == AuditEntry.objects.filter(verb="test.answered").count()
        seen = Folder.objects.get(name="INBOX").seen
        told = f"received {Received.objects.count()}, followed {followed}, answered {answered}, seen {seen}"
        (folder / "count").write_text(told)


if __name__ == "__main__":
    import django

    django.setup()
    from rebond.mail.purposes import Purpose, register
    from tests.mail.purposes import write

    register(Purpose("test.process", "", write, answered=_answered))
    for words in sys.argv[1:]:
        step(words, Path(os.environ["REBOND_DATA"]))
