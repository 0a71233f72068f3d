"""Sessions in the database, Django's own, with the one question of every page put together once (``base.prepared``)."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from rebond.base.prepared import OneRecord, Slot

_lasting = OneRecord(lambda: Session.objects.filter(session_key=Slot("key"), expire_date__gt=Slot("now")))


class SessionStore(db.SessionStore):
    """One session; what it does beside reading is Django's."""

    def _get_session_from_db(self) -> Session | None:
        found = _lasting.get(key=self.session_key or "", now=timezone.now())
        if found is None:
            self._session_key = None
        return found
