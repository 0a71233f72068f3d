"""A sender in a process of its own, as the tests that kill it need: ``python -m tests.mail.sender STEP ...``."""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "rebond.web.settings"


def step(words: str) -> dict[str, Any]:
    """``plan N``: N mails to N people, on an empty outbox; ``send M``: what is due in M minutes; ``counts``;
    ``fates``: Message-ID to status."""
    from django.utils import timezone

    from rebond.mail.models import Message
    from rebond.mail.queries import counts
    from rebond.mail.work.sending import send
    from tests.mail.purposes import plan

    what, _space, number = words.partition(" ")
    if what == "plan":
        Message.objects.all().delete()
        for one in range(int(number)):
            plan(f"test:{one}", timezone.now(), recipient=f"buyer{one}@valmy.example")
        return {}
    if what == "send":
        return dict(send(clock=lambda: timezone.now() + timedelta(minutes=int(number))))
    if what == "fates":
        return dict(Message.objects.values_list("message_id", "status"))
    return {status: count for status, count in counts().items() if count}


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps([step(words) for words in sys.argv[1:]]))
