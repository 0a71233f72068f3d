"""The address of an advocate's own page, and whether it still opens."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from rebond.base.dates import show_day
from rebond.base.errors import RebondError
from rebond.refer.models import Advocate
from rebond.refer.tokens import token_of

#: How long a link opens the page, from when it was made or renewed.
OPEN_FOR = timedelta(days=365)


class LinkClosed(RebondError):
    """The link was good once: its year is over, or nothing of its holder is kept any more."""

    code = "link_closed"
    status = 410


def link_of(advocate: Advocate) -> str:
    """``https://our.address/i/TOKEN``, made here and stored nowhere; empty where the link was taken back."""
    if not advocate.nonce:
        return ""
    return settings.CONFIG.public_url.rstrip("/") + reverse("refer:own_page", args=[token_of(advocate.nonce)])


def is_open(advocate: Advocate, now: datetime) -> bool:
    """Whether the link opens the page at ``now``."""
    return bool(advocate.nonce) and advocate.link_until is not None and now < advocate.link_until


def check_open(advocate: Advocate, now: datetime) -> None:
    """Raises ``LinkClosed``: ``link_expired`` once its time is over, ``link_closed`` where the person was erased."""
    if advocate.person_id is None:
        raise LinkClosed(_("We no longer keep your name or address, so there is nothing to show here."))
    if not is_open(advocate, now):
        raise LinkClosed(
            _("This link worked until %(day)s. Nothing of yours is lost: ask for a new one and everything is there.")
            % {"day": show_day(advocate.link_until)},
            code="link_expired",
        )
