"""From two reviewers' marks to the short list. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence


def mean(marks: Sequence[Mapping[str, int]]) -> float:
    """The mean of all marks of all reviewers; 0 without any.

    >>> mean([{"listening": 4, "questions": 5}, {"listening": 3, "questions": 4}]), mean([])
    (4.0, 0.0)
    """
    given = [mark for one in marks for mark in one.values()]
    return sum(given) / len(given) if given else 0.0


def cut(scores: Mapping[int, float], *, wanted: int, most: int, seed: str) -> list[int]:
    """The best ``wanted`` calls, best first. Equals at the cut are all in while there is room; else the lot decides,
    from the seed.

    >>> cut({1: 4.0, 2: 3.0, 3: 3.0, 4: 3.0, 5: 1.0}, wanted=3, most=5, seed="s")
    [1, 2, 3, 4]
    >>> len(cut({number: 3.0 for number in range(9)}, wanted=3, most=5, seed="s"))
    3
    """
    ranked = sorted(scores, key=lambda call: (-scores[call], call))
    if len(ranked) <= wanted:
        return ranked
    bar = scores[ranked[wanted - 1]]
    above = [call for call in ranked if scores[call] > bar]
    equal = [call for call in ranked if scores[call] == bar]
    if len(above) + len(equal) <= most:
        return [*above, *equal]
    lot = random.Random(seed)  # noqa: S311 (drawn again by whoever looks)
    return [*above, *sorted(lot.sample(equal, wanted - len(above)))]


def best(scores: Mapping[int, float]) -> list[int]:
    """Whom the reviewers' marks put first; several with a tie.

    >>> best({1: 4.0, 2: 4.5, 3: 4.5}), best({})
    ([2, 3], [])
    """
    top = max(scores.values(), default=0.0)
    return sorted(call for call, score in scores.items() if score == top)
