"""Why deals ended, for the practice that stays in touch: practices never import each other, so it is told here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rebond.learn.models import ReasonAssertion, Voice, Weight

#: Whose word goes first: what buyers say may be confidential, so it does not steer who writes when.
VOICES = (Voice.SELLER.value, Voice.CODER.value, Voice.MANAGER.value)


def codes_of(events: Iterable[int]) -> dict[int, list[str]]:
    """Close events' ids to their reasons' codes, the main one first: what the seller says now, else who read it for
    them; one query."""
    said = ReasonAssertion.objects.filter(close_event__in=list(events), source__in=VOICES).order_by("pk")
    found: dict[int, dict[str, list[tuple[int, bool, str]]]] = defaultdict(lambda: defaultdict(list))
    for event, voice, edition, role, code in said.values_list("close_event_id", "source", "edition", "role", "code"):
        found[event][voice].append((-edition, role != Weight.PRIMARY, code))
    return {event: _newest(voices) for event, voices in found.items()}


def _newest(voices: dict[str, list[tuple[int, bool, str]]]) -> list[str]:
    """The last edition of the voice that goes first."""
    said = sorted(voices[next(voice for voice in VOICES if voice in voices)], key=lambda one: one[:2])
    return [code for edition, _later, code in said if edition == said[0][0]]
