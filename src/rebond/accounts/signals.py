"""What other rooms may want to know about people."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent inside the transaction after a person changed team, with ``user``. ``deals`` moves their deals along.
moved_team = Signal()
