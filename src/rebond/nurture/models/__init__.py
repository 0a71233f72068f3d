"""Tables of practice 4."""

from rebond.nurture.models.cadences import (
    Away,
    DueBecause,
    Ended,
    Enrolment,
    Paused,
    Policy,
    Standing,
    Step,
    StepStatus,
    StepSwitch,
)
from rebond.nurture.models.library import ContentWish, Given, NoteTemplate, Piece, PieceKind, PieceTag, TagKind
from rebond.nurture.models.signals import DateKind, NamedDate, Signal, SignalKind, Verdict

__all__ = [
    "Away",
    "ContentWish",
    "DateKind",
    "DueBecause",
    "Ended",
    "Enrolment",
    "Given",
    "NamedDate",
    "NoteTemplate",
    "Paused",
    "Piece",
    "PieceKind",
    "PieceTag",
    "Policy",
    "Signal",
    "SignalKind",
    "Standing",
    "Step",
    "StepStatus",
    "StepSwitch",
    "TagKind",
    "Verdict",
]
