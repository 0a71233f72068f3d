"""After n touches without a sale: is one more worth it, and where does it stop to be?

    >>> import ibis
    >>> from datetime import date
    >>> from rebond.numbers.tables import DEALS
    >>> row = dict.fromkeys(DEALS) | {"outcome": "open", "touch_count": 2}
    >>> deals = ibis.memtable([row | {"id": "a"}, row | {"id": "b"}], schema=DEALS)
    >>> print(next_touch(deals, as_of=date(2026, 6, 30)))
    next touch: closed deals 0, sales 0, touches 4
      after 0: deals 2; next too few: 50 more closed deals; ever too few: 50 more closed deals; cannot_tell
      note: whose no it was cannot be seen: the range of 'ever' reaches from all the buyer's to all given up
      note: a touch costs what it brings on average when it goes to any other deal

**Counts.** Of the deals whose touch n + 1 was made, those that were sold at it (the last touch before a win brings it).
Deals that were sold earlier are no longer at risk; deals on which the seller stopped leave the count at their last
touch, since nobody knows what more would have brought. The last touch of an open deal counts as one that did not sell
only after 30 days, and never where touches have no dates. Counting sales over all clients per touch number is the
known wrong answer: it mixes how far people went with how well it worked.

**Chance.** ``curve``: Beta-Binomial around a smooth curve. **Going on.** Backward induction over the touches ahead
(Bellman, 1957; Weitzman, 1979, "Optimal search for the best alternative", Econometrica 47:641-654), by touches made
and, where answers are recorded, by how many of the last were silent (``states``). **Verdict.** ``close_kindly`` only
if 9 in 10 draws of the value of going on are below 0, ``go_on`` only if 9 in 10 are above, else ``cannot_tell``.

**Cost.** Given per touch, or minutes times money per minute, or else what a touch brings on average anywhere: spent
here it is not spent there (the index rule of Gittins, 1979, JRSS B 41:148-177). The last needs no money at all, and
supposes that there are other deals to give the touch to.

**Refuses.** Below 50 closed deals with touches, 10 sales, or 200 touches nothing is said; no advice at a touch number
or state from which fewer than 10 touches were made. Deal stages are not used: files know only the last one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from rebond.numbers.estimate import COUNTS_FROM, Estimate, too_few
from rebond.numbers.next_touch.calibration import calibrate
from rebond.numbers.next_touch.counts import UNSEEN, Ints, Tally, from_counts, from_touches
from rebond.numbers.next_touch.curve import Chances, chances
from rebond.numbers.next_touch.result import (
    VERDICTS,
    AfterTouches,
    Calibration,
    NextTouch,
    ReliabilityBin,
    State,
)
from rebond.numbers.next_touch.rows import ByStates, ByTouches, curve_rows, state_rows
from rebond.numbers.next_touch.states import Cells, cells, chain
from rebond.numbers.next_touch.worth import Stakes, stakes
from rebond.numbers.tables import Table

__all__ = ["VERDICTS", "AfterTouches", "Calibration", "NextTouch", "ReliabilityBin", "State", "next_touch"]

CLOSED, SALES, TOUCHES = 50, 10, 200
UNSEEN_NOTE = "whose no it was cannot be seen: the range of 'ever' reaches from all the buyer's to all given up"


def next_touch(
    deals: Table,
    touches: Table | None = None,
    *,
    as_of: date,
    gain_minor: int | None = None,
    cost_minor: float | None = None,
    minutes_per_touch: float | None = None,
    money_per_minute_minor: float | None = None,
    seed: int = 0,
) -> NextTouch:
    """The chance and the worth of one more touch, by touches made, and where to stop.

    Args:
        deals: one row per deal (``tables.DEALS``).
        touches: one row per contact (``tables.TOUCHES``); without rows in it, ``touch_count`` of the deals is used.
        as_of: the day to look from; what came later does not count.
        gain_minor: what a sale brings; else the average commission of won deals, else their average amount.
        cost_minor: what a touch costs; else minutes times money per minute; else what a touch brings on average.
        minutes_per_touch: else the average of the touches that say how long they took.
        money_per_minute_minor: what a minute of a seller costs.
        seed: of the draws; the same input gives the same result.
    """
    source, tally = _tally(deals, touches, as_of)
    stake = stakes(deals, tally, as_of, gain_minor, cost_minor, minutes_per_touch, money_per_minute_minor)
    calibration, newer = calibrate(tally)
    alone = newer is not None and calibration.drifted and tally.at_risk(newer)[1] >= CLOSED
    sheet = newer if newer is not None and alone else tally.total()
    random = np.random.default_rng(seed)
    found = chances(tally, sheet, random)
    arrived = tally.arrived(sheet)
    seen = cells(deals, touches, tally, as_of) if touches is not None and source == "touches" else None
    missing = _missing(tally)
    states: tuple[State, ...] = ()
    if missing is not None:
        curve = tuple(_silent(made, found, arrived, missing) for made in _shown(found))
    elif seen is None:
        curve = curve_rows(found, _shown(found), arrived, stake, ByTouches(found, stake, random), random)
    else:
        model = ByStates(chain(seen, found.horizon, random), seen, found.horizon, stake, random)
        curve = curve_rows(found, _shown(found), arrived, stake, model, random)
        states = state_rows(model, seen, stake, random)
    return NextTouch(
        as_of=as_of, source=source, closed=tally.closed, wins=tally.wins, touches=tally.touches,
        gain=stake.gain, cost=stake.cost, cost_basis=stake.basis, money=stake.money,
        curve=curve, states=states, stop_after=_stop(curve), calibration=calibration,
        notes=_notes(tally, source, calibration, seen, stake, alone=bool(alone)),
    )  # fmt: skip


def _tally(deals: Table, touches: Table | None, as_of: date) -> tuple[str, Tally]:
    if touches is not None:
        tally = from_touches(deals, touches, as_of)
        if tally.touches:
            return "touches", tally
    tally = from_counts(deals, as_of)
    return ("touch_count" if tally.touches else "none"), tally


def _missing(tally: Tally) -> Estimate | None:
    """What there is too little of, if anything."""
    for least, there, unit in ((CLOSED, tally.closed, "closed_deals"), (SALES, tally.wins, "wins")):
        if there < least:
            return too_few(need=least - there, unit=unit, n=there)
    if tally.touches < TOUCHES:
        return too_few(need=TOUCHES - tally.touches, unit="touches", n=tally.touches)
    return None


def _shown(found: Chances) -> range:
    """Touches made, as far as five deals or more got one further; at least the first row where there is one."""
    reached = int(np.logical_and.accumulate(found.tried >= COUNTS_FROM).sum())
    return range(max(reached, 1) if found.tried.any() else 0)


def _silent(made: int, found: Chances, arrived: Ints, missing: Estimate) -> AfterTouches:
    """A row of counts without a value."""
    said = replace(missing, k=int(found.sold[made]), n=int(found.tried[made]))
    return AfterTouches(made, int(arrived[made]), said, said, said, said, "cannot_tell")


def _stop(curve: tuple[AfterTouches, ...]) -> int | None:
    """From where on the advice is to close kindly, and nowhere later to go on."""
    stop = None
    for row in reversed(curve):
        if row.verdict == "go_on":
            break
        if row.verdict == "close_kindly":
            stop = row.n
    return stop


def _notes(
    tally: Tally, source: str, calibration: Calibration, seen: Cells | None, stake: Stakes, *, alone: bool
) -> tuple[tuple[str, str], ...]:
    notes = []
    if source == "none":
        notes.append(("no_touches", "no touches are recorded"))
    elif tally.sheets[:, UNSEEN].any() or source == "touch_count":
        notes.append(("giving_up_unseen", UNSEEN_NOTE))
    if seen is not None:
        notes.append(("states", "a loss after silence counts as the seller's giving up, after an answer as a no"))
    if stake.basis == "average_touch" and tally.touches:
        notes.append(("average_touch", "a touch costs what it brings on average when it goes to any other deal"))
    if alone:
        notes.append(("drift", f"only deals opened since {calibration.since} count: the older ones sold differently"))
    elif calibration.drifted:
        notes.append(
            ("drift", f"deals opened since {calibration.since} sell differently, but are too few to stand alone")
        )
    return tuple(notes)
