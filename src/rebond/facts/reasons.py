"""Reasons in one cell: several separated by ``;``, each with the voice it comes from or none."""

from __future__ import annotations

import re

from rebond.facts.model import ReasonCodes

VOICES = ("seller", "manager", "buyer", "coder")
_PART = re.compile(rf"\s*(?:({'|'.join(VOICES)})\s*:\s*)?(.*?)\s*", re.IGNORECASE | re.DOTALL)


def coded(cell: str, reason_codes: ReasonCodes | None) -> str | None:
    """The cell with free text turned into codes where there is one; ``None`` for nothing.

    >>> coded("buyer: Too expensive; no budget", {"Too expensive": "price_total"}.get)
    'buyer:price_total;no budget'
    >>> coded(" ; ", None) is None
    True
    """
    parts = []
    for part in cell.split(";"):
        match = _PART.fullmatch(part)
        if match and match.group(2):
            voice, text = match.group(1), match.group(2)
            code = (reason_codes(text) if reason_codes else None) or text
            parts.append(f"{voice.lower()}:{code}" if voice else code)
    return ";".join(parts) or None
