"""Every text of this practice, in English and French: the script, the ask, the introduction, the first contact, thanks.

Pure: facts come in, text goes out; a missing fact leaves no hole. Each function takes ``variant`` (any number from 0;
it turns) and ``language`` ("fr..." is French, everything else English).
"""

from __future__ import annotations

from rebond.refer.drafts.writing import (
    VARIANTS,
    Facts,
    Text,
    ask_letter,
    first_contact,
    introduction,
    script,
    thanks,
)

__all__ = ["VARIANTS", "Facts", "Text", "ask_letter", "first_contact", "introduction", "script", "thanks"]
