"""Why a deal ended, as codes. Practice 1 keeps the reasons; ``loop.apps`` says where, since practices never meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

#: Close events' ids to their reasons' codes, the main one first, in a constant number of queries.
Codes = Callable[[Iterable[int]], Mapping[int, Sequence[str]]]


def _nobody_knows(_events: Iterable[int]) -> Mapping[int, Sequence[str]]:
    return {}


_SOURCE: list[Codes] = [_nobody_knows]


def set_source(source: Codes) -> None:
    """Where reasons come from; called once, at start."""
    _SOURCE[0] = source


def codes_of(events: Iterable[int]) -> Mapping[int, Sequence[str]]:
    """The reasons of these close events; those without any are absent."""
    return _SOURCE[0](events)
