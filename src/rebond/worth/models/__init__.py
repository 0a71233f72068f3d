"""Tables of practice 5: what a sale earns, what was assumed, conversations that were ended and those that were not."""

from rebond.worth.models.assumptions import Assumption, Kind, Measure, Per, Plan
from rebond.worth.models.conversations import Goodbye, Objection, Right

__all__ = ["Assumption", "Goodbye", "Kind", "Measure", "Objection", "Per", "Plan", "Right"]
