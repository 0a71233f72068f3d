"""What views receive once somebody came through the door."""

from __future__ import annotations

from django.http import HttpRequest

from rebond.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request of somebody who is signed in; ``accounts.middleware`` lets no other through."""

    user: User
