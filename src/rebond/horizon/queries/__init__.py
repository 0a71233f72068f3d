"""Reads of practice 3: perspective after a close, goals, the journal, what changed under the figures."""

from __future__ import annotations

from rebond.horizon.queries.perspective import Dot, Perspective, decided_deals, perspective

__all__ = ["Dot", "Perspective", "decided_deals", "perspective"]
