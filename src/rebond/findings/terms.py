"""What a finding must be told besides the result: the currency, and how reasons are called in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _as_written(code: str) -> str:
    return code


@dataclass(frozen=True)
class Terms:
    """Words and money of the reader.

    Attributes:
        currency: ISO 4217 of every amount; empty when there is none.
        reason: the label of a reason's code, in the language in force.
    """

    currency: str = ""
    reason: Callable[[str], str] = _as_written
