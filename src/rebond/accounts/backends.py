"""Who is signed in: allauth's way, with the one question of every page put together once (``base.prepared``)."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from rebond.accounts.models import User
from rebond.base.prepared import OneRecord, Slot

_somebody = OneRecord(lambda: User.objects.filter(pk=Slot("pk")))


class SignIn(AuthenticationBackend):  # type: ignore[misc]
    """Signs people in by their address, and finds them again at each page."""

    def get_user(self, user_id: int) -> User | None:
        user = _somebody.get(pk=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
