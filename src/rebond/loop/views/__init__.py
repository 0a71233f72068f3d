"""Screens of the loop: Today, and the deal page where all practices meet."""

from rebond.loop.views.deal import bulk_close, close, deal, reopen
from rebond.loop.views.privacy import erase_person, export_person, privacy
from rebond.loop.views.today import decide, minutes, today, touched, undo

__all__ = [
    "bulk_close",
    "close",
    "deal",
    "decide",
    "erase_person",
    "export_person",
    "minutes",
    "privacy",
    "reopen",
    "today",
    "touched",
    "undo",
]
