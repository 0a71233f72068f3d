"""The reasons for a no, as the library needs them. Practice 1 keeps the list; ``loop.apps`` hands it over.

Practices never import each other, so this room only says what it needs (``Names``) and is told where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

#: Not reasons one could answer with a piece: nobody knows yet, and what stands in words only.
NO_ANSWER = frozenset(("", "not_known_yet", "other"))


class Names(Protocol):
    """What the list of reasons can be asked; ``learn.taxonomy.Taxonomy`` is one."""

    def label(self, code: str) -> str:
        """How a seller reads a code, in the language in force."""

    def buyer_label(self, code: str, *, won: bool = False) -> str:
        """How a buyer reads it."""

    def counted_as(self, code: str) -> str:
        """The code it counts as, where codes were merged."""

    def is_active(self, code: str) -> bool:
        """Whether it is a reason that may be chosen now."""

    def check(self, code: str) -> str:
        """``code`` itself when it may be chosen; else an error that names the nearest."""

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What may be chosen, by group."""


class _Unknown:
    """Before anybody handed the list over: every code is its own name."""

    def label(self, code: str) -> str:
        return code

    def buyer_label(self, code: str, *, won: bool = False) -> str:  # noqa: ARG002
        return code

    def counted_as(self, code: str) -> str:
        return code

    def is_active(self, code: str) -> bool:
        return bool(code)

    def check(self, code: str) -> str:
        return code

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return []


_SOURCE: list[Callable[[], Names]] = [_Unknown]


def set_source(source: Callable[[], Names]) -> None:
    """Where the list comes from: a callable that gives the one in force. Called once, when the program starts."""
    _SOURCE[0] = source


def current() -> Names:
    """The list in force; one small query where it was changed."""
    return _SOURCE[0]()


def label(code: str) -> str:
    """How a seller reads one code; empty for none."""
    return current().label(code) if code else ""
