"""Reads of staying in touch."""

from rebond.nurture.queries.counts import signals_for, standing_counts
from rebond.nurture.queries.due import Due, coming, due_for

__all__ = ["Due", "coming", "due_for", "signals_for", "standing_counts"]
