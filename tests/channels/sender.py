"""A worker in a process of its own, on the database of the test that starts it: ``python -m tests.channels.sender``."""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import NoReturn

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"


def stand_still(**_given: object) -> NoReturn:
    """Says that it came here, and comes no further."""
    print("here", flush=True)
    time.sleep(60)
    raise SystemExit


if __name__ == "__main__":
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["REBOND_TEST_DATABASE"]
    settings.CONFIG.chat_private = True
    django.setup()
    from rebond.channels import actions
    from rebond.channels.outgoing import send

    at = datetime.fromisoformat(os.environ["REBOND_TEST_NOW"])
    if stop := os.environ["REBOND_TEST_STOP"]:
        setattr(actions, stop, stand_still)
    send(clock=lambda: at)
