"""Walk-away: a chain of touches whose value is known, and a curve whose chances are.

The chain (numbers.md 4.5): from a state with k silent touches in a row, the next touch sells with .06 exp(-.5 k),
brings the buyer's no with .03, else is answered with .55 exp(-.35 k); after it the seller gives up with .06 + .07 k.
A sale brings 1,000, a touch costs 14. The best policy is found by backward induction over 30 touches and 9 states of
silence.
"""

from __future__ import annotations

import csv
import gzip
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rebond.numbers.next_touch import SALES, Calibration
from rebond.numbers.next_touch.calibration import calibrate, compare
from rebond.numbers.next_touch.counts import ENDED, FARTHEST, FATES, GAVE_UP, UNSEEN, WON, Tally
from rebond.numbers.next_touch.curve import chances
from rebond.numbers.next_touch.states import SILENT, Cells, chain, count
from validation.study import Line, Study

Floats = NDArray[np.float64]
GAIN, COST, TOUCHES = 1000.0, 14.0, 30
SILENCE = np.arange(SILENT + 1)
SELLS, ENDS, ANSWERED = 0.06 * np.exp(-0.5 * SILENCE), np.full(SILENT + 1, 0.03), 0.55 * np.exp(-0.35 * SILENCE)
GIVES_UP = 0.06 + 0.07 * SILENCE
FEWEST = 10


@dataclass(frozen=True)
class World:
    """Single touches of many deals, in the shape ``states.count`` takes."""

    deal: NDArray[np.int64]
    second: NDArray[np.int64]
    answered: NDArray[np.bool_]
    outcome: NDArray[np.object_]

    def cells(self) -> Cells:
        """The states, counted."""
        return count(self.deal, self.second, np.zeros(len(self.deal), dtype=bool), self.answered, self.outcome)


def world(deals: int, random: np.random.Generator) -> World:
    """``deals`` followed from the first touch to the sale, the buyer's no, or the seller's giving up.

    A seller who gives up after silence writes "lost", as people do; one who lets an answered deal lie leaves it open.
    """
    rows: list[tuple[NDArray[np.int64], int, NDArray[np.bool_]]] = []
    outcome = np.full(deals, "open", dtype=object)
    going, silent = np.arange(deals), np.zeros(deals, dtype=np.int64)
    for made in range(TOUCHES):
        draw = random.random(len(going))
        sells, ends = SELLS[silent], ENDS[silent]
        sold, ended = draw < sells, (draw >= sells) & (draw < sells + ends)
        answered = random.random(len(going)) < ANSWERED[silent]
        rows.append((going, made, answered | ended))
        after = np.where(answered, 0, np.minimum(silent + 1, SILENT))
        gave_up = ~sold & ~ended & (random.random(len(going)) < GIVES_UP[after])
        outcome[going[sold]] = "won"
        outcome[going[ended | (gave_up & ~answered)]] = "lost"
        goes_on = ~sold & ~ended & ~gave_up
        going, silent = going[goes_on], after[goes_on]
    deal = np.concatenate([each for each, _made, _answered in rows])
    second = np.concatenate([np.full(len(each), made) for each, made, _answered in rows])
    return World(deal, second, np.concatenate([each for _deal, _made, each in rows]), outcome[deal])


def value(policy: NDArray[np.bool_] | None, cost: float = COST) -> tuple[float, Floats]:
    """The value of a policy (of the best one for ``None``) from the start, and of one more touch from each state."""
    later, found = np.zeros(SILENT + 1), np.zeros((TOUCHES, SILENT + 1))
    longer = np.minimum(SILENCE + 1, SILENT)
    for made in range(TOUCHES - 1, -1, -1):
        goes_on = 1 - SELLS - ENDS
        found[made] = SELLS * GAIN - cost + goes_on * (ANSWERED * later[0] + (1 - ANSWERED) * later[longer])
        later = np.maximum(found[made], 0) if policy is None else np.where(policy[made], found[made], 0)
    return float(later[0]), found


def walk_away(worlds: int, seed: int) -> list[Line]:
    """Policies estimated from 50 to 1,000 deals, against the best one."""
    lines = []
    best, truth = value(None)
    for deals, least in ((50, 0.95), (100, 0.96), (300, 0.98), (1000, 0.99)):
        shares, wrong, advised = [], 0, 0
        for number in range(worlds):
            random = np.random.default_rng([seed, deals, number])
            seen = world(deals, random).cells()
            if seen.sold.sum() < SALES:
                continue
            draws = GAIN * chain(seen, TOUCHES, random).going_on(np.full(400, COST / GAIN))
            shares.append(value(np.median(draws, axis=0) > 0)[0] / best)
            told = seen.tried[:TOUCHES] >= FEWEST
            stop, go = np.quantile(draws, 0.9, axis=0) < 0, np.quantile(draws, 0.1, axis=0) > 0
            wrong += int((told & ((stop & (truth > 0)) | (go & (truth < 0)))).sum())
            advised += int(told.sum())
        lines.append(Line(f"share of the best value, {deals} deals", float(np.mean(shares)), at_least=least))
        lines.append(Line(f"wrong and sure, {deals} deals", wrong / max(advised, 1), at_most=0.01))
    return lines


def ever(worlds: int, seed: int) -> list[Line]:
    """The chance of ever winning if one goes on, at the start and after two silent touches: 95 % range, raw share."""
    truth = _ever_truth()
    lines = []
    for made, silent in ((1, 0), (2, 2)):
        inside, raw = 0, []
        for number in range(worlds):
            random = np.random.default_rng([seed, made, number])
            drawn = world(400, random)
            seen = drawn.cells()
            draws = chain(seen, TOUCHES, random).ever(TOUCHES)[:, made, silent]
            low, high = np.quantile(draws, [0.025, 0.975])
            inside += int(low <= truth[made, silent] <= high)
            raw.append(_raw_share(drawn, made, silent))
        state = f"after {made} touches, {silent} silent"
        lines.append(Line(f"coverage of the 95 % range, {state}", inside / worlds, at_least=0.93, worlds=worlds))
        low, high = (truth[made, silent] * part for part in (0.8, 1.25))
        lines.append(Line(f"share of such deals that were won, {state}", float(np.mean(raw)), low, high, control=True))
    return lines


def _ever_truth() -> Floats:
    later, found = np.zeros(SILENT + 1), np.zeros((TOUCHES, SILENT + 1))
    longer = np.minimum(SILENCE + 1, SILENT)
    for made in range(TOUCHES - 1, -1, -1):
        later = SELLS + (1 - SELLS - ENDS) * (ANSWERED * later[0] + (1 - ANSWERED) * later[longer])
        found[made] = later
    return found


def _raw_share(drawn: World, made: int, silent: int) -> float:
    """The naive figure: of past deals that were in this state, the share that was won; giving up counts as lost."""
    won = there = 0
    for deal in range(int(drawn.deal.max()) + 1):
        mine = drawn.deal == deal
        answered = drawn.answered[mine][np.argsort(drawn.second[mine])]
        last = drawn.outcome[mine][0]
        if len(answered) < made or (len(answered) == made and last == "won"):
            continue
        run = made - (np.flatnonzero(answered[:made]).max() + 1 if answered[:made].any() else 0)
        if run == silent:
            there, won = there + 1, won + int(last == "won")
    return won / there if there else 0.0


def curve(worlds: int, seed: int) -> list[Line]:
    """Chances per touch that fall from .05, with bends; sellers stop at random. Also: sales over all deals."""
    truth = 0.05 * np.exp(-0.08 * np.arange(FARTHEST)) * (1 + 0.3 * np.sin(np.arange(FARTHEST)))
    lines = []
    for deals in (200, 2000, 20000):
        inside, looked, naive, exact = 0, 0, [], []
        for number in range(worlds):
            random = np.random.default_rng([seed, deals, number])
            tally = _tally(deals, truth, random)
            found = chances(tally, tally.total(), random)
            low, high = np.quantile(found.win, [0.025, 0.975], axis=0)
            for made in range(min(found.horizon, 12)):
                inside, looked = inside + int(low[made] <= truth[made] <= high[made]), looked + 1
            naive.append(found.sold[6] / deals)
            exact.append(float(found.level[6]))
        # Touch numbers of one world are not independent looks: the luck of the draw is that of a sixth of them.
        lines.append(
            Line(f"coverage of the 95 % range, {deals} deals", inside / looked, at_least=0.93, worlds=looked // 6)
        )
    low, high = truth[6] * 0.8, truth[6] * 1.25
    lines.append(Line("chance that touch 7 sells, 20000 deals", float(np.mean(exact)), low, high))
    lines.append(Line("sales at touch 7 over all deals", float(np.mean(naive)), low, high, control=True))
    return lines


def _tally(deals: int, truth: Floats, random: np.random.Generator) -> Tally:
    sheet = np.zeros((1, len(FATES), FARTHEST + 1), dtype=np.int64)
    left = deals
    for made in range(1, FARTHEST + 1):
        sold = random.binomial(left, truth[made - 1])
        ended = random.binomial(left - sold, 0.05)
        gave_up = random.binomial(left - sold - ended, 0.15)
        sheet[0, (WON, ENDED, GAVE_UP), made] = sold, ended, gave_up
        left -= sold + ended + gave_up
    sheet[0, GAVE_UP, FARTHEST] += left
    return Tally(np.array([24000]), sheet, deals, int((sheet.sum(axis=(0, 1)) * np.arange(FARTHEST + 1)).sum()))


def drift(worlds: int, seed: int) -> list[Line]:
    """Older and newer deals of the same kind: false alarms; and newer ones that sell 1.6 times as often: alarms."""
    truth = 0.05 * np.exp(-0.08 * np.arange(FARTHEST)) * (1 + 0.3 * np.sin(np.arange(FARTHEST)))
    lines = []
    for deals, factor in ((300, 1.0), (1500, 1.0), (6000, 1.0), (6000, 1.6)):
        alarms = 0
        for number in range(worlds):
            random = np.random.default_rng([seed, deals, number])
            older, newer = _tally(deals * 2 // 3, truth, random), _tally(deals // 3, truth * factor, random)
            sheets = np.concatenate([older.sheets, newer.sheets])
            both = Tally(np.array([24000, 24001]), sheets, deals, older.touches + newer.touches)
            alarms += int(calibrate(both)[0].drifted)
        share = alarms / worlds
        if factor == 1.0:
            lines.append(Line(f"false alarms of drift, {deals} deals", share, at_most=0.05, worlds=worlds))
        else:
            lines.append(Line("drift seen, 6000 deals, 1.6 times the chance", share, at_least=0.9, worlds=worlds))
    return lines


def bank() -> list[tuple[int, bool]] | None:
    """31,647 real telephone sales in time order, calls and whether it was a sale; ``None`` where they are not at hand.

    Moro, Cortez and Rita (2014), Decision Support Systems 62:22-31; UCI data set 222, its first 70 %.
    """
    shared = Path(os.environ.get("REBOND_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    path = shared / "bank" / "bank-first-70pct.csv.gz"
    if not path.exists():
        return None
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [(int(row["campaign"]), row["y"] == "yes") for row in csv.DictReader(lines, delimiter=";")]


def held_out(learn: list[tuple[int, bool]], check: list[tuple[int, bool]]) -> Calibration:
    """The curve of some clients, held against others."""
    sheets = np.zeros((2, len(FATES), FARTHEST + 1), dtype=np.int64)
    for side, clients in enumerate((learn, check)):
        for touches, bought in clients:
            sheets[side, WON if bought else UNSEEN, min(touches, FARTHEST)] += 1
    tally = Tally(np.array([1, 2]), sheets, len(learn) + len(check), 0)
    forecast = chances(tally, sheets[0], np.random.default_rng(0)).level
    sold, tried = sheets[1, WON, 1 : len(forecast) + 1], tally.at_risk(sheets[1])[1 : len(forecast) + 1]
    return compare(forecast, sold, tried, sheets[0], None)


def real_calls(worlds: int, seed: int) -> list[Line]:
    """The curve of real calls: from the first two thirds to the last, and from one half of the last to the other."""
    clients = bank()
    if clients is None:
        return []
    third = 2 * len(clients) // 3
    then = held_out(clients[:third], clients[third:])
    slopes, held, bars = [], 0, 0
    for number in range(worlds):
        half = np.random.default_rng([seed, number]).random(len(clients) - third) < 0.5
        sides = [[one for one, inside in zip(clients[third:], half == side, strict=True) if inside] for side in (0, 1)]
        found = held_out(sides[0], sides[1])
        slopes.append(found.slope.value or 0.0)
        held += sum(one.low <= one.forecast <= one.high for one in found.bins)
        bars += len(found.bins)
    moved = "other clients were called later, at another level: the product sees it and then counts only these"
    return [
        Line(
            "first two thirds on the last: level, log-odds",
            then.level.value or 0.0,
            -0.1,
            0.1,
            control=True,
            beside=moved,
        ),
        Line("first two thirds on the last: slope", then.slope.value or 0.0, 0.85, 1.15, control=True, beside=moved),
        Line("within the last third: mean slope", float(np.mean(slopes)), 0.8, 1.2),
        # Both halves are uncertain, the bars only know of one.
        Line("within the last third: bars that hold the forecast", held / bars, at_least=0.8),
    ]


STUDIES = (
    Study("walk_away", "Where to stop: value of the estimated policy in a chain of known value.", walk_away, 40, 400),
    Study("ever_winning", "Chance of ever winning if one goes on, where sellers give up early.", ever, 40, 1200),
    Study("next_touch_curve", "Chance of a sale at each touch number, where sellers stop at random.", curve, 30, 1200),
    Study("next_touch_drift", "Do newer deals follow the curve of the older ones?", drift, 30, 1200),
    Study("next_touch_real_calls", "Real telephone sales, where the shared data is at hand.", real_calls, 6, 100),
)
