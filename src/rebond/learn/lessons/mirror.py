"""The reveal's comparison: what a seller thought beside what buyers said, in words and shapes. Pure; writes nothing.

Both voices are laid on one line from "no" to "yes": a debrief's answer (no, partly, yes) and a buyer's agreement
(1 to 5). Reasons are joined when they are the same, and lightly when they are neighbours of one group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext_lazy

from rebond.learn.models import STATEMENTS, Answer, Happened
from rebond.learn.taxonomy import Taxonomy

#: Height of one reason's row in the picture, in pixels; two lines of text fit.
ROW = 64
#: A dot's radius and a little room; the picture of a question is two of these high, and more for each dot above.
DOT = 15
#: Where an answer lies between "no" (0) and "yes" (100).
SELLER_AT = {Answer.NO: 0, Answer.PARTLY: 50, Answer.YES: 100}
AGREES: dict[int, str | Promise] = {
    0: pgettext_lazy("buyer agrees", "does not apply"),
    1: pgettext_lazy("buyer agrees", "fully disagrees"),
    2: pgettext_lazy("buyer agrees", "disagrees"),
    3: pgettext_lazy("buyer agrees", "in between"),
    4: pgettext_lazy("buyer agrees", "agrees"),
    5: pgettext_lazy("buyer agrees", "fully agrees"),
}
#: B1 after a yes: what we were chosen over.
CHOSEN_OVER: dict[str, str | Promise] = {
    Happened.ANOTHER: _l("They chose us over another supplier"),
    Happened.KEPT: _l("They chose us over what they had"),
    Happened.IN_HOUSE: _l("They chose us over doing it themselves"),
    Happened.POSTPONED: _l("They chose us over putting it off"),
    Happened.DECIDING: _l("They are still deciding"),
}


@dataclass(frozen=True)
class Said:
    """One reason as one side gave it.

    Attributes:
        met: how the other side relates to it: ``same``, ``near`` (another reason of its group) or ``alone``.
    """

    code: str
    label: str
    group: str = ""
    main: bool = False
    words: str = ""
    acted: str = ""
    met: str = "alone"


@dataclass(frozen=True)
class Join:
    """A line of the picture from a seller's reason to a buyer's; heights in pixels."""

    left: int
    right: int
    kind: str


@dataclass(frozen=True)
class Reasons:
    """Both sides' reasons, main one first, and the lines between them.

    Attributes:
        agreement: ``same`` (the same main reason), ``shared`` (one in common), ``near`` (one group in common),
            ``apart``, or ``silent`` (one side gave none).
    """

    seller: tuple[Said, ...]
    buyer: tuple[Said, ...]
    joins: tuple[Join, ...]
    agreement: str

    @property
    def height(self) -> int:
        """Of the picture, in pixels."""
        return ROW * max(len(self.seller), len(self.buyer), 1)


def compare_reasons(seller: Sequence[Said], buyer: Sequence[Said]) -> Reasons:
    """Joins what both name; each reason once, the same before the near.

    >>> mine, theirs = [Said("a", "A", "x"), Said("b", "B", "y")], [Said("b", "B", "y"), Said("c", "C", "x")]
    >>> found = compare_reasons(mine, theirs)
    >>> found.agreement, [(join.kind, join.left, join.right) for join in found.joins]
    ('shared', [('same', 96, 32), ('near', 32, 96)])
    """
    pairs = _pairs(seller, buyer)
    left = {i: kind for i, _j, kind in pairs}
    right = {j: kind for _i, j, kind in pairs}
    return Reasons(
        tuple(_met(one, left.get(i)) for i, one in enumerate(seller)),
        tuple(_met(one, right.get(j)) for j, one in enumerate(buyer)),
        tuple(Join(ROW * i + ROW // 2, ROW * j + ROW // 2, kind) for i, j, kind in pairs),
        _agreement(seller, buyer, pairs),
    )


def _pairs(seller: Sequence[Said], buyer: Sequence[Said]) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for kind in ("same", "near"):
        for i, mine in enumerate(seller):
            for j, theirs in enumerate(buyer):
                taken = any(i == a or j == b for a, b, _kind in found)
                alike = mine.code == theirs.code if kind == "same" else bool(mine.group) and mine.group == theirs.group
                if alike and not taken:
                    found.append((i, j, kind))
    return found


def _met(one: Said, kind: str | None) -> Said:
    return one if kind is None else replace(one, met=kind)


def _agreement(seller: Sequence[Said], buyer: Sequence[Said], pairs: list[tuple[int, int, str]]) -> str:
    if not seller or not buyer:
        return "silent"
    if (0, 0, "same") in pairs:
        return "same"
    kinds = {kind for _i, _j, kind in pairs}
    return "shared" if "same" in kinds else "near" if kinds else "apart"


@dataclass(frozen=True)
class Point:
    """One voice on the line from no (0) to yes (100); ``at`` is ``None`` when it cannot be placed.

    ``across`` is where it is drawn, in percent of the picture's width; ``down`` is its height in pixels, so that dots
    of one place do not cover each other.
    """

    name: str
    initials: str
    words: str | Promise
    at: int | None
    own: bool = False
    down: int = DOT

    @property
    def across(self) -> float:
        """The dot's place in percent of the width, the ends drawn inwards."""
        return 4 + 0.92 * (self.at or 0)


@dataclass(frozen=True)
class Row:
    """One of the mirrored questions with every voice on it.

    Attributes:
        verdict: ``alike``, ``close``, ``apart``, ``divided`` (the buyers differ among themselves) or ``open``.
    """

    number: int
    question: str | Promise
    seller: Point
    buyers: tuple[Point, ...]
    verdict: str
    evidence: str = ""
    placed: tuple[Point, ...] = field(default=())

    @property
    def height(self) -> int:
        """Of the picture, in pixels."""
        return DOT + max((point.down for point in self.placed), default=DOT)

    @property
    def span(self) -> tuple[float, float] | None:
        """From the first to the last voice, where there are two."""
        across = [point.across for point in self.placed]
        return (min(across), max(across)) if len(across) > 1 else None


def compare_answers(
    number: int, question: str | Promise, seller: Point, buyers: Sequence[Point], evidence: str = ""
) -> Row:
    """Lays one question's voices on one line; dots that would cover each other are drawn one below the other."""
    placed: list[Point] = []
    for point in (seller, *buyers):
        if point.at is not None:
            same = sum(other.at == point.at for other in placed)
            placed.append(replace(point, down=DOT + 26 * same))
    verdict = _verdict(seller.at, [point.at for point in buyers if point.at is not None])
    return Row(number, question, seller, tuple(buyers), verdict, evidence, tuple(placed))


def _verdict(seller: int | None, buyers: list[int]) -> str:
    """The same third of the line, the next one, or the other end.

    >>> _verdict(100, [75]), _verdict(50, [100]), _verdict(100, [25]), _verdict(None, [25]), _verdict(50, [0, 75])
    ('alike', 'close', 'apart', 'open', 'divided')
    """
    levels = [_level(at) for at in buyers]
    if levels and max(levels) - min(levels) == 2:
        return "divided"
    if seller is None or not levels:
        return "open"
    return ("alike", "close", "apart")[max(abs(_level(seller) - level) for level in levels)]


def _level(at: int) -> int:
    """No (disagrees), partly (in between) or yes (agrees)."""
    return (at > 25) + (at > 50)


def seller_point(name: str, initials: str, answer: str) -> Point:
    """A debrief's answer on the line."""
    if answer not in Answer.values:
        return Point(name, initials, pgettext_lazy("debrief answer", "no answer"), None, own=True)
    return Point(name, initials, Answer(answer).label, SELLER_AT.get(Answer(answer)), own=True)


def buyer_point(name: str, initials: str, value: int | None) -> Point:
    """A buyer's 1 to 5 on the line; 0 ("does not apply") and no answer have no place on it."""
    if value is None:
        return Point(name, initials, pgettext_lazy("buyer agrees", "left open"), None)
    return Point(name, initials, AGREES[value], 25 * (value - 1) if value else None)


def statement_of(number: int) -> str:
    """The buyer's statement that mirrors a question; empty for 4 and 6.

    >>> statement_of(1), statement_of(4)
    ('involved', '')
    """
    return next((name for name, question in STATEMENTS.items() if question == number), "")


def said(names: Taxonomy, code: str, *, main: bool, won: bool = False, buyer: bool = False, words: str = "",
         acted: str = "") -> Said:  # fmt: skip
    """A reason as it is shown: the buyer's in the buyer's words."""
    reason = names.reasons.get(code)
    label = names.buyer_label(code, won=won) if buyer else names.label(code)
    return Said(code, label, reason.group if reason else "", main, words, acted)
