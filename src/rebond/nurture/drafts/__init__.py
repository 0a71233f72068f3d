"""How a note begins: templates, the facts that fill them, the draft."""

from rebond.nurture.drafts.writing import Written, draft_for, drafts_for, points_for

__all__ = ["Written", "draft_for", "drafts_for", "points_for"]
