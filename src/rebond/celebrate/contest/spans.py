"""What somebody heard of a clip: stretches in milliseconds, joined. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: Stretches kept of one clip; a player that sends more has been seeking, not listening.
AT_MOST = 200
#: Between two reports of a player a few milliseconds are lost; they are heard all the same.
GAP_MS = 400
#: One report: letters, and stretches in it.
LONGEST, REPORTED = 2_000, 50
SPAN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


def read(text: str) -> list[tuple[int, int]]:
    """A player's report; what is no stretch is passed over.

    >>> read("0-5000,9000-12000,nonsense,7-99999999999")
    [(0, 5000), (9000, 12000)]
    """
    found = (SPAN.fullmatch(part) for part in text[:LONGEST].split(",")[:REPORTED])
    return [(int(one[1]), int(one[2])) for one in found if one]


def joined(spans: Iterable[Sequence[int]], *, begins: int, ends: int) -> list[list[int]]:
    """Stretches inside the clip, in order, without overlaps.

    >>> joined([[5_000, 9_000], [0, 5_100], [20_000, 90_000]], begins=1_000, ends=30_000)
    [[1000, 9000], [20000, 30000]]
    """
    inside = sorted([max(begins, int(one[0])), min(ends, int(one[1]))] for one in spans)
    found: list[list[int]] = []
    for start, end in inside:
        if end <= start:
            continue
        if found and start <= found[-1][1] + GAP_MS:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found[:AT_MOST]


def length(spans: Iterable[Sequence[int]]) -> int:
    """Milliseconds of joined stretches.

    >>> length([[1_000, 9_000], [20_000, 30_000]])
    18000
    """
    return sum(end - start for start, end in spans)


def enough(heard_ms: int, long_ms: int, percent: int) -> bool:
    """Whether so much of a clip was heard; of one without sound nothing needs to be.

    >>> enough(6_000, 10_000, 60), enough(5_999, 10_000, 60), enough(0, 0, 60)
    (True, False, True)
    """
    return heard_ms * 100 >= percent * long_ms
