"""Going on with an open deal until it is won, lost, or no longer worth a contact: how often it is won, and the work.

A deal has had ``made`` contacts of ours, the last ``silent`` of them unanswered. The next one sells, brings the buyer's
no, is answered (``silent`` becomes 0) or is not. Backward induction (Bellman, 1957, "Dynamic Programming"; the chances
are those of ``next_touch.states``) says where going on still pays; under that rule, which starts with one contact, the
same recursion gives the chance that it is won in the end and the contacts it takes on average, this one among them. So

    value of one more contact = chance in the end x what a sale brings - contacts x what a contact costs

holds exactly, and a price can show its sum. The chances may be plain numbers, or arrays of draws all of one shape: the
arithmetic is the same, and needs no NumPy here.

>>> flat = NextContact([[0.1]] * 3, [[0.0]] * 3, [[0.0]] * 3)
>>> going = until(flat, pays(flat, cost=0.02))
>>> round(going.ever[0][0], 3), round(going.contacts[0][0], 2)
(0.271, 2.71)
>>> until(flat, pays(flat, cost=0.2)).contacts[0][0]
1.0
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: By contacts made, then by silent ones; numbers or arrays of draws.
Grid = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class NextContact:
    """Of the next contact, by contacts made and silent ones: all three of one size.

    Attributes:
        win: it sells.
        end: it brings the buyer's no.
        reply: it is answered, if it does neither.
    """

    win: Grid
    end: Grid
    reply: Grid

    @property
    def silences(self) -> int:
        """Silent contacts that are told apart; more count as the last."""
        return len(self.win[0])


@dataclass(frozen=True)
class Going:
    """By contacts made and silent ones: won in the end, and contacts made until then, this one among them."""

    ever: list[list[Any]]
    contacts: list[list[Any]]


def pays(chances: NextContact, *, cost: float) -> list[list[bool]]:
    """Where one more contact is worth more than it costs.

    Args:
        chances: plain numbers.
        cost: of a contact, in sales (what it costs / what a sale brings).
    """
    later = [0.0] * chances.silences
    found: list[list[bool]] = []
    for made in reversed(range(len(chances.win))):
        value = [
            chances.win[made][silent] - cost + _goes_on(chances, made, silent, later)
            for silent in range(chances.silences)
        ]
        found.insert(0, [one > 0 for one in value])
        later = [max(one, 0.0) for one in value]
    return found


def until(chances: NextContact, rule: Sequence[Sequence[bool]]) -> Going:
    """One contact more, and then as long as ``rule`` says."""
    nothing = chances.win[0][0] * 0
    ever: list[list[Any]] = [[nothing] * chances.silences]
    contacts: list[list[Any]] = [[nothing] * chances.silences]
    goes = [*rule, [False] * chances.silences]
    for made in reversed(range(len(chances.win))):
        then = [(won if go else nothing, more if go else nothing)
                for won, more, go in zip(ever[0], contacts[0], goes[made + 1], strict=True)]  # fmt: skip
        won, more = [one for one, _more in then], [one for _one, one in then]
        states = range(chances.silences)
        ever.insert(0, [chances.win[made][silent] + _goes_on(chances, made, silent, won) for silent in states])
        contacts.insert(0, [1 + _goes_on(chances, made, silent, more) for silent in states])
    return Going(ever[:-1], contacts[:-1])


def _goes_on(chances: NextContact, made: int, silent: int, later: Sequence[Any]) -> Any:
    """What follows if this contact neither sells nor ends it."""
    left = 1 - chances.win[made][silent] - chances.end[made][silent]
    reply = chances.reply[made][silent]
    longer = min(silent + 1, chances.silences - 1)
    return left * (reply * later[0] + (1 - reply) * later[longer])
