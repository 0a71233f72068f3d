"""Ballots of one team within one minute: told to the organiser before announcing, who looks and decides. Pure.

It says how many and, where there are enough of them, whether they were alike, never for whom: ballots are secret. Of
three alike, whoever cast one of them would know the other two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: So many ballots of one team within one minute are worth a look; two colleagues who vote side by side are not.
AT_LEAST = 3
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Cast:
    """One ballot: of which team, when, what."""

    team: int | None
    at: datetime
    choices: tuple[int, ...]


@dataclass(frozen=True)
class Bloc:
    """So many ballots of a team within a minute; ``alike``: how many of them say the same as the most do, ``None``
    where there are too few of them to be told."""

    team: int | None
    begins: datetime
    ballots: int
    alike: int | None


def blocs(cast: Iterable[Cast], *, alike_from: int) -> list[Bloc]:
    """Every such group, by time; each ballot is in one of them at most. ``alike`` is told from so many ballots on.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 6, 9, 12, tzinfo=UTC)
    >>> at_once = [Cast(1, noon + timedelta(seconds=after), (4,)) for after in (0, 20, 59)]
    >>> [(one.ballots, one.alike) for one in blocs(at_once, alike_from=3)], blocs(at_once[:2], alike_from=3)
    ([(3, 3)], [])
    >>> [(one.ballots, one.alike) for one in blocs(at_once, alike_from=5)]
    [(3, None)]
    """
    teams: dict[int | None, list[Cast]] = defaultdict(list)
    for one in sorted(cast, key=lambda one: one.at):
        teams[one.team].append(one)
    found = [bloc for team, mine in teams.items() for bloc in _of_team(team, mine, alike_from)]
    return sorted(found, key=lambda one: (one.begins, one.team or 0))


def _of_team(team: int | None, mine: Sequence[Cast], alike_from: int) -> list[Bloc]:
    found, rest = [], list(mine)
    while rest:
        together = [one for one in rest if one.at - rest[0].at < MINUTE]
        if len(together) >= AT_LEAST:
            said = [one.choices for one in together]
            alike = max(map(said.count, said)) if len(said) >= alike_from else None
            found.append(Bloc(team, together[0].at, len(together), alike))
        rest = rest[len(together) :] if len(together) >= AT_LEAST else rest[1:]
    return found
