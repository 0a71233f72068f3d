"""The only way from what a person typed to a message of the outbox."""

from __future__ import annotations

from rebond.accounts.access import require_admin
from rebond.accounts.models import User
from rebond.base.errors import NotFound
from rebond.mail.models import Message


def get_message(user: User | None, pk: int) -> Message:
    """A message of the outbox; administrators only, and the program itself (``None``)."""
    if user is not None:
        require_admin(user)
    found = Message.objects.select_related("sender").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
