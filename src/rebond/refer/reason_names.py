"""How reasons for a no are called. Practice 1 keeps the list; ``loop.apps`` hands it over (practices never import)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

#: Not reasons that introductions could be told apart by: nobody knows yet, and what stands in words only.
NO_REASON = frozenset(("", "not_known_yet", "other"))


class Names(Protocol):
    """What the list of reasons can be asked; ``learn.taxonomy.Taxonomy`` is one."""

    def label(self, code: str) -> str:
        """How a seller reads a code, in the language in force."""

    def counted_as(self, code: str) -> str:
        """The code it counts as, where codes were merged."""


class _Unknown:
    """Before anybody handed the list over: every code is its own name."""

    def label(self, code: str) -> str:
        return code

    def counted_as(self, code: str) -> str:
        return code


_SOURCE: list[Callable[[], Names]] = [_Unknown]


def set_source(source: Callable[[], Names]) -> None:
    """Where the list comes from: a callable that gives the one in force. Called once, when the program starts."""
    _SOURCE[0] = source


def current() -> Names:
    """The list in force; one small query where it was changed."""
    return _SOURCE[0]()
