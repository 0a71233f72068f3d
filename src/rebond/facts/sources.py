"""What the facts need of rooms above this one, named at start by where it is, so that starting loads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from rebond.facts.from_records import ReasonsSince, SeenSince

_named: dict[str, str] = {}


def name_reasons(path: str, *, seen: str = "") -> None:
    """Where what was said of closes comes from: the dotted name of a ``from_records.ReasonsSince``.

    Args:
        seen: that of a ``from_records.SeenSince``, which spares reading what was read before.
    """
    _named.update(reasons=path, seen=seen)


def reasons() -> ReasonsSince | None:
    """What was said of closes since a moment; ``None`` where no practice knows."""
    path = _named.get("reasons")
    found: ReasonsSince | None = import_string(path) if path else None
    return found


def said_since() -> SeenSince | None:
    """How it is told that something was said since a moment; ``None`` where no practice knows."""
    path = _named.get("seen")
    found: SeenSince | None = import_string(path) if path else None
    return found
