"""The codes of the chances and minutes of an open deal in a price list; one way to write them for all rooms."""

from __future__ import annotations

from rebond.numbers.deal_codes import MOST_MADE, MOST_SILENT, ever_code, follows_code

__all__ = ["MOST_MADE", "MOST_SILENT", "ever_code", "follows_code"]
