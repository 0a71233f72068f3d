"""How ballots are counted: approval for three calls, instant runoff from four. Pure, and the same whoever counts.

Approval voting: each ballot counts one for every call on it; most wins (S. Brams, P. Fishburn, Approval Voting, 1983).
Instant runoff: each ballot counts for its best call that is still in; without a majority of the ballots that still
count, the last goes out and its ballots pass on (N. Tideman, Collective Decisions and Voting, 2006, ch. 12).
Calls that are tied last go out together only where even all their ballots would not reach the next one. Else one goes
out: who had fewer in the rounds before, the latest first; where they were always equal, by a lot that is drawn from the
contest's seed (as candidates are excluded in the Scottish Local Government Elections Order 2007, SSI 2007/42, schedule
1). Where all that are left are tied, they have won together.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rebond.celebrate.contest.ballots import APPROVAL, RANKED


@dataclass(frozen=True)
class Round:
    """One round of counting: ballots for each call still in, those that name none of them, who goes out after it, and
    among which equals a lot decided that."""

    counts: tuple[tuple[int, int], ...]
    exhausted: int
    out: tuple[int, ...]
    lot: tuple[int, ...] = ()


@dataclass(frozen=True)
class Tally:
    """How it was counted.

    Attributes:
        method: ``approval`` or ``ranked``.
        ballots: how many name a call of the short list.
        rounds: one for approval.
        winners: several with a tie; none without a ballot.
        places: each call's place, 1 for the winners; equal calls share one, as in 1, 2, 2, 4.
    """

    method: str
    ballots: int
    rounds: tuple[Round, ...]
    winners: tuple[int, ...]
    places: tuple[tuple[int, int], ...]

    def as_json(self) -> dict[str, Any]:
        """As ``Contest.tally`` keeps it: lists alone, so that it is equal after it was stored."""
        rounds = [
            {"counts": [[*one] for one in turn.counts], "exhausted": turn.exhausted, "out": [*turn.out],
             "lot": [*turn.lot]}
            for turn in self.rounds
        ]  # fmt: skip
        places = [[*one] for one in self.places]
        return {"method": self.method, "ballots": self.ballots, "rounds": rounds, "winners": [*self.winners],
                "places": places}  # fmt: skip


def tally(ballots: Iterable[Sequence[int]], shortlist: Iterable[int], method: str, *, seed: str) -> Tally:
    """Counts ballots; calls that are not on the short list (any more) are passed over. ``seed``: what lots are drawn
    from, the same at every count.

    >>> tally([[1], [1, 2], [2]], [1, 2, 3], "approval", seed="").places
    ((1, 1), (2, 1), (3, 3))
    >>> counted = tally([[1, 2], [1, 3], [2, 3], [3, 2], [3, 2]], [1, 2, 3, 4], "ranked", seed="")
    >>> counted.winners, [turn.out for turn in counted.rounds]
    ((3,), [(4,), (2,), ()])
    """
    calls = sorted(set(shortlist))
    kept: Counter[tuple[int, ...]] = Counter()
    for ballot, times in Counter(map(tuple, ballots)).items():
        kept[tuple(call for call in ballot if call in calls)] += times
    kept.pop((), None)
    return _approval(kept, calls) if method == APPROVAL else _runoff(kept, calls, seed)


def _approval(kept: Mapping[tuple[int, ...], int], calls: Sequence[int]) -> Tally:
    counts = dict.fromkeys(calls, 0)
    for ballot, times in kept.items():
        for call in set(ballot):
            counts[call] += times
    total, best = sum(kept.values()), max(counts.values(), default=0)
    winners = tuple(call for call in calls if best and counts[call] == best)
    return Tally(APPROVAL, total, (Round(tuple(counts.items()), 0, ()),), winners, _by_count(counts) if total else ())


def _by_count(counts: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
    return tuple((call, 1 + sum(other > mine for other in counts.values())) for call, mine in counts.items())


def _runoff(kept: Mapping[tuple[int, ...], int], calls: Sequence[int], seed: str) -> Tally:
    total, still, rounds = sum(kept.values()), list(calls), list[Round]()
    while True:
        counts = _first_choices(kept, still)
        here = sum(counts.values())
        out, lot = _last(counts, rounds, seed) if total and not _majority(counts, here) else ((), ())
        rounds.append(Round(tuple(counts.items()), total - here, out, lot))
        if not out:
            break
        still = [call for call in still if call not in out]
    winners = _best(counts) if total else ()
    return Tally(RANKED, total, tuple(rounds), winners, _by_round(rounds, winners) if total else ())


def _first_choices(kept: Mapping[tuple[int, ...], int], still: Sequence[int]) -> dict[int, int]:
    counts = dict.fromkeys(still, 0)
    for ballot, times in kept.items():
        if (best := next((call for call in ballot if call in counts), None)) is not None:
            counts[best] += times
    return counts


def _majority(counts: Mapping[int, int], here: int) -> bool:
    return any(2 * count > here for count in counts.values())


def _last(counts: Mapping[int, int], before: Sequence[Round], seed: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Who goes out, and among whom a lot decided; nobody where all are tied."""
    least = min(counts.values())
    last = [call for call, count in counts.items() if count == least]
    if len(last) == len(counts):
        return (), ()
    if least * len(last) < min(count for count in counts.values() if count > least):
        return tuple(last), ()
    for turn in reversed(before):
        then = dict(turn.counts)
        fewest = min(then[call] for call in last)
        last = [call for call in last if then[call] == fewest]
    drawn = random.Random(f"{seed}:{len(before)}").choice(last)  # noqa: S311 (drawn again by whoever counts)
    return (drawn,), tuple(last) if len(last) > 1 else ()


def _best(counts: Mapping[int, int]) -> tuple[int, ...]:
    most = max(counts.values(), default=0)
    return tuple(call for call, count in counts.items() if count == most)


def _by_round(rounds: Sequence[Round], winners: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Winners first; then those of the last round by its counts; then who went out, the latest first."""
    places, taken = dict.fromkeys(winners, 1), len(winners)
    left = {call: count for call, count in rounds[-1].counts if call not in places}
    for count in sorted(set(left.values()), reverse=True):
        alike = [call for call in left if left[call] == count]
        places |= dict.fromkeys(alike, taken + 1)
        taken += len(alike)
    for turn in reversed(rounds[:-1]):
        places |= dict.fromkeys(turn.out, taken + 1)
        taken += len(turn.out)
    return tuple(sorted(places.items()))
