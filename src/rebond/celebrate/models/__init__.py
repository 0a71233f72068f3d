"""The tables of practice 6: wins and praise, what each person wants, recordings and lessons, contests, rewards."""

from rebond.celebrate.models.contests import (
    Ballot,
    Contest,
    ContestMove,
    ContestState,
    Listening,
    Nomination,
    NominationStatus,
    Score,
    Voter,
)
from rebond.celebrate.models.preferences import Echo, Incentive, PraiseForm, Preference, Visibility
from rebond.celebrate.models.recordings import (
    Access,
    Consent,
    ConsentPurpose,
    Lesson,
    Mark,
    Recording,
    RecordingStatus,
    Voice,
)
from rebond.celebrate.models.rewards import Budget, Given, Treat
from rebond.celebrate.models.walls import Wall
from rebond.celebrate.models.wins import Cheer, Milestone, Praise, PraiseStatus, Win, WinPart

__all__ = [
    "Access", "Ballot", "Budget", "Cheer", "Consent", "ConsentPurpose", "Contest", "ContestMove",
    "ContestState", "Echo", "Given", "Incentive", "Lesson", "Listening", "Mark", "Milestone", "Nomination",
    "NominationStatus", "Praise", "PraiseForm", "PraiseStatus", "Preference", "Recording", "RecordingStatus",
    "Score", "Treat", "Visibility", "Voice", "Voter", "Wall", "Win", "WinPart",
]  # fmt: skip
