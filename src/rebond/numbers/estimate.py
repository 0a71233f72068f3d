"""One estimate: a value, how sure we are, of how many cases, by which method; or why nothing can be said.

Every number that leaves ``numbers`` is one of these. Its JSON form is the contract of ``rebond report --json``
(docs/report.schema.json). Notes are English sentences for machines and notebooks; screens word ``code`` themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: From these numbers of cases on, counts, a range, a percentage may be shown.
COUNTS_FROM, RANGE_FROM, PERCENT_FROM = 5, 10, 30
#: What may be missing, as the note says it: code to singular and plural.
UNITS: dict[str, tuple[str, str]] = {
    "decided_deals": ("decided deal", "decided deals"),
    "closed_deals": ("closed deal", "closed deals"),
    "lost_deals": ("lost deal with a reason", "lost deals with a reason"),
    "wins": ("sale", "sales"),
    "losses": ("loss", "losses"),
    "open_deals": ("open deal", "open deals"),
    "touches": ("touch", "touches"),
    "deals_at_risk": ("deal that got this far", "deals that got this far"),
    "months": ("month", "months"),
    "weeks": ("week of history", "weeks of history"),
    "pairs": ("deal with both voices", "deals with both voices"),
    "groups": ("group", "groups"),
    "deals": ("deal", "deals"),
    "asked": ("person asked", "people asked"),
    "introductions": ("introduction", "introductions"),
}


def grade(n: int) -> str:
    """The most that may be shown at n cases: ``too_few``, ``counts``, ``range`` or ``percent``.

    >>> [grade(n) for n in (4, 5, 10, 30)]
    ['too_few', 'counts', 'range', 'percent']
    """
    if n < COUNTS_FROM:
        return "too_few"
    if n < RANGE_FROM:
        return "counts"
    return "range" if n < PERCENT_FROM else "percent"


@dataclass(frozen=True)
class Estimate:
    """What is known about one quantity.

    Attributes:
        value: the estimate; ``None`` when nothing may be said.
        lo80, hi80: the likely range, right 8 times in 10.
        lo95, hi95: the wide range, right 19 times in 20.
        k: the cases that count (wins, deals naming a reason ...); ``None`` where there is no such count.
        n: the cases looked at.
        method: the estimator and its interval, in a few words ("share, Wilson").
        note: an English sentence: what is missing, or the caveat that matters most; may be empty.
        code: the note for machines (``too_few``, ``no_dates``, ``mixed_currencies`` ...); empty without a note.
        need: how many more cases would be enough; only beside ``value=None``.
        unit: of what there are too few, a key of ``UNITS``.
    """

    value: float | None
    lo80: float | None = None
    hi80: float | None = None
    lo95: float | None = None
    hi95: float | None = None
    k: int | None = None
    n: int = 0
    method: str = ""
    note: str = ""
    code: str = ""
    need: int | None = None
    unit: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a value to show."""
        return self.value is not None

    @property
    def grade(self) -> str:
        """The most that may be shown, by ``n``."""
        return grade(self.n)

    def as_json(self) -> dict[str, Any]:
        """The object every estimate of the report is.

        >>> too_few(need=7, unit="closed_deals", k=1, n=3).as_json()
        {'value': None, 'k': 1, 'n': 3, 'note': 'too few: 7 more closed deals', 'need': 7}
        """
        if self.value is None:
            said = {"value": None, "k": self.k, "n": self.n, "note": self.note}
            return said if self.need is None else said | {"need": self.need}
        return {
            "value": self.value, "lo80": self.lo80, "hi80": self.hi80, "lo95": self.lo95, "hi95": self.hi95,
            "k": self.k, "n": self.n, "method": self.method, "note": self.note,
        }  # fmt: skip

    def __str__(self) -> str:
        if self.value is None:
            return self.note
        cases = f"n {self.n}" if self.k is None else f"{self.k} of {self.n}"
        if self.lo80 is None:
            return f"{self.value:.4g} ({cases})"
        return f"{self.value:.4g}, likely {self.lo80:.4g} to {self.hi80:.4g} ({cases})"


def too_few(*, need: int, unit: str, n: int, k: int | None = None) -> Estimate:
    """Nothing may be said yet: ``need`` more of ``unit`` would be enough.

    >>> print(too_few(need=1, unit="wins", n=9))
    too few: 1 more sale
    """
    one, many = UNITS[unit]
    note = f"too few: {need} more {one if need == 1 else many}"
    return Estimate(None, k=k, n=n, note=note, code="too_few", need=need, unit=unit)


def cannot(code: str, note: str, *, n: int = 0, k: int | None = None) -> Estimate:
    """Nothing can be said, and more cases of the same kind would not help: what is missing is said instead."""
    return Estimate(None, k=k, n=n, note=note, code=code)
