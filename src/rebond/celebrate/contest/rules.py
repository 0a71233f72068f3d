"""The rules of a contest, as they stand unless somebody says otherwise; frozen when nominations open. Pure."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from rebond.base.text import fold

#: Marks a reviewer may give, worst to best.
MARKS = (1, 2, 3, 4, 5)
MINUTE_MS = 60_000
#: Addresses that several people read, in English and French; none of them is a person who votes.
SHARED = re.compile(
    r"^(?:accueil|admin|administrator|bonjour|commercial|compta|contact|demo|equipe|guest|hello|info|invite|noreply|"
    r"no-?reply|office|sales|shared|support|team|test|vente|ventes|visitor|visiteur)[-_.+]?\d*$"
)


@dataclass(frozen=True)
class Rules:
    """What holds for one contest.

    Attributes:
        each: nominations a person may make.
        clip_minutes: how long a clip may be.
        least, most: calls on the short list.
        quorum: percent of the roll that must vote, else the reviewers decide.
        heard: percent of each clip that a voter must have played.
        show_from: with fewer ballots only the winner is shown.
        two_blind: reviewers who score each call, none seeing the others' marks before.
        third_in_a_row: whether who won the last two months may win again.
        voting_days: how long votes are open.
        reviewers: ids of the people who score.
    """

    each: int = 2
    clip_minutes: int = 10
    least: int = 3
    most: int = 5
    quorum: int = 50
    heard: int = 60
    show_from: int = 5
    two_blind: int = 2
    third_in_a_row: bool = False
    voting_days: int = 7
    reviewers: tuple[int, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """As ``Contest.rules`` keeps it."""
        return asdict(self) | {"reviewers": [*self.reviewers]}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Rules:
        """What ``Contest.rules`` keeps; a rule it does not name is the usual one.

        >>> Rules.of(Rules(each=3, reviewers=(4, 5)).as_json()) == Rules(each=3, reviewers=(4, 5))
        True
        >>> Rules.of({}) == Rules()
        True
        """
        known = {one.name for one in fields(cls)}
        kept = {name: value for name, value in stored.items() if name in known}
        return cls(**(kept | {"reviewers": tuple(kept.get("reviewers", ()))}))

    @property
    def clip_ms(self) -> int:
        """How long a clip may be, in milliseconds."""
        return self.clip_minutes * MINUTE_MS


#: What reviewers look at; a mark of 1 to 5 for each. Kept with the contest in both languages, since it freezes.
RUBRIC: tuple[dict[str, str], ...] = (
    {"code": "listening", "en": "Listens before answering", "fr": "Écoute avant de répondre"},
    {"code": "questions", "en": "Asks what matters to the buyer", "fr": "Demande ce qui compte pour l’acheteur"},
    {"code": "next_step", "en": "Ends with a next step, or a kind no", "fr": "Finit par une suite, ou un non élégant"},
    {"code": "to_learn", "en": "Something all of us can use tomorrow", "fr": "Chacun peut s’en servir dès demain"},
)  # fmt: skip


def enough_turnout(ballots: int, roll: int, percent: int) -> bool:
    """Whether so many ballots of so long a roll reach the quorum; an empty roll never does.

    >>> enough_turnout(5, 10, 50), enough_turnout(4, 9, 50), enough_turnout(0, 0, 50)
    (True, False, False)
    """
    return roll > 0 and ballots * 100 >= percent * roll


def is_shared(email: str | None) -> bool:
    """Whether an address is no person's own (or there is none).

    >>> is_shared("sales@rebond.example"), is_shared("Ventes2@rebond.example"), is_shared("camille@rebond.example")
    (True, True, False)
    >>> is_shared(None), is_shared("infolea.martin@rebond.example")
    (True, False)
    """
    return not email or bool(SHARED.match(fold(email.partition("@")[0])))


def order_for(voter: int, shortlist: Sequence[int], seed: str) -> list[int]:
    """The order in which one voter hears the calls: drawn from the contest's seed, the same whenever it is drawn.

    >>> sorted(order_for(7, [3, 1, 2], "seed")), order_for(7, [1, 2, 3], "seed") == order_for(7, [3, 2, 1], "seed")
    ([1, 2, 3], True)
    """
    order = sorted(shortlist)
    random.Random(f"{seed}:{voter}").shuffle(order)  # noqa: S311 (an order, no secret)
    return order
