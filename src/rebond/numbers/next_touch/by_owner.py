"""What going on with an open deal brings, by whose deal it is: their own cases on their team's on everybody's.

The shape is everybody's: the three chances of the next contact by contacts made and silent ones (``states``; where
answers are hardly recorded ``curve``, by contacts made alone; below ``next_touch``'s minimum what is usual, stated). A
team that has that minimum by itself has its own shape. Where people differ is one number each, by which the chance to
sell is multiplied: sales they made / sales that the shape expects of their contacts (indirect standardisation), which
is pulled to the team's, and the team's to 1: Gamma-Poisson, the credibility of H. Buehlmann and E. Straub (1970,
"Glaubwuerdigkeit fuer Schadensaetze"). How alike people are is averaged over a grid by how well it explains all of
them, and not plugged in; the team's level and the shape are drawn, not plugged in, either. One grouped pass over the
contacts serves everybody.

From there on ``going_on``: the chance that a deal is won in the end if one goes on while that pays, and the contacts it
takes. Which deals sellers went on with is their choice; as far as what they saw in them is not in the state, chances
are those of deals that somebody chose to go on with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy.special import gammaln

from rebond.numbers.estimate import RANGE_FROM
from rebond.numbers.going_on import NextContact, pays, until
from rebond.numbers.next_touch import CLOSED, SALES, TOUCHES
from rebond.numbers.next_touch.counts import Ints, Tally, from_touches
from rebond.numbers.next_touch.curve import chances
from rebond.numbers.next_touch.logit import Floats
from rebond.numbers.next_touch.states import AHEAD, SILENT, Cells, Walk, chain, walked
from rebond.numbers.pricing import Rate
from rebond.numbers.tables import Table

#: Draws of everything unknown.
DRAWS = 200
#: States that are told apart in a price list; more contacts count as the last.
MOST_MADE = 12
STATES = (MOST_MADE + 1, SILENT + 1)
#: How alike people are, in expected sales, and how likely each is before anybody was seen: the chances of one in three
#: people lie beyond a half and one and a half times the average at 4, beyond three quarters and five quarters at 16.
ALIKE, BEFOREHAND = np.array([2.0, 4, 8, 16, 32, 64]), np.array([0.5, 1, 2, 2, 1, 0.5])
#: Expected sales as which a usual shape weighs.
USUAL_SALES = 5.0


@dataclass(frozen=True)
class Outlook:
    """Of one person's deals, by contacts made (0 ... ``MOST_MADE``) and silent ones (0 ... ``SILENT``).

    Attributes:
        ever: the chance that it is won in the end, if one goes on while that pays. ``own`` and ``team`` are, of the
            closed deals that were in this state and went on, those that were won.
        contacts: what that takes on average, the next contact among them; without cases of its own.
        level: how much more often than the shape says they sell.
    """

    ever: list[list[Rate]]
    contacts: list[list[Rate]]
    level: float


@dataclass(frozen=True)
class _Shape:
    """The three chances: draws of shape (DRAWS, contacts, silences); whether they were learnt.

    ``horizon``: contacts that were made often enough to know of; nobody goes on beyond, whatever the curve says there.
    """

    win: Floats
    end: Floats
    reply: Floats
    learnt: bool
    horizon: int

    @property
    def expected(self) -> Floats:
        """The chance that the next contact sells, its mean; shape (contacts, silences)."""
        return np.asarray(self.win.mean(axis=0))

    def times(self, level: Floats) -> NextContact:
        """With the chance to sell multiplied by each draw's level."""
        win = np.minimum(self.win * level[:, None, None], 1 - self.end)
        return NextContact(*(list(np.moveaxis(part, 0, -1)) for part in (win, self.end, self.reply)))

    def on_average(self, level: float) -> NextContact:
        """Means, as plain numbers."""
        end = self.end.mean(axis=0)
        win = np.minimum(self.expected * level, 1 - end)
        return NextContact(win.tolist(), end.tolist(), self.reply.mean(axis=0).tolist())


class People:
    """Everybody's contacts, counted once; ``outlook`` answers for one person, or for who is new in a team."""

    def __init__(self, walk: Walk | None, tally: Tally, usual: NextContact, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._walk = walk
        self._shape = _whole(tally, walk, usual, self._random)
        self._owner, self._team = (
            np.zeros(0, dtype=np.int64) if walk is None else walk.beside[name] for name in ("owner_id", "team_id")
        )
        self._shapes: dict[int, _Shape] = {}
        self._groups = _groups(walk, self._owner, self._team)
        self._alike = self._how_alike()
        touches = tally.touches or 1
        self.average_cost = max(tally.wins, 0.5) / touches
        self._outcomes = _outcomes(walk, self._owner, self._team)

    @property
    def learnt(self) -> bool:
        """Whether the shape is one's own, and not the usual one."""
        return self._shape.learnt

    def outlook(self, owner: int | None, team: int | None, *, cost: float | None) -> Outlook:
        """What going on brings.

        Args:
            owner: the person's key; ``None`` for who is new.
            team: the key of the team they are in, if any; their own cases elsewhere count as the team's, too.
            cost: of a contact, in sales; ``None``: what a contact brings on average, anywhere.
        """
        shape = self._of_team(team)
        level, leans = self._level(owner, team, shape)
        on_average = float(level.mean())
        rule = pays(shape.on_average(on_average), cost=self.average_cost if cost is None else cost)
        rule = [[go and made < shape.horizon for go in row] for made, row in enumerate(rule)]
        going = until(shape.times(level), rule)
        mine, ours = self._cases(owner, team)
        ever = _rates(going.ever[: MOST_MADE + 1], mine, ours, leans)
        none = np.zeros((2, *STATES), dtype=np.int64)
        return Outlook(ever, _rates(going.contacts[: MOST_MADE + 1], none, none, leans), on_average)

    def _of_team(self, team: int | None) -> _Shape:
        """The team's own shape where it has the cases, else everybody's."""
        if team is None or self._walk is None:
            return self._shape
        if team not in self._shapes:
            self._shapes[team] = self._shape
            part = self._walk.of(self._team == team)
            seen = part.cells()
            if _enough(part) and seen.answered.sum() >= RANGE_FROM:
                self._shapes[team] = _learnt(seen, self._random)
        return self._shapes[team]

    def _how_alike(self) -> Floats:
        """Weights of ``ALIKE``: how likely what each sold is, given what was to be expected (negative binomial)."""
        sold, expected = _sold_and_expected(self._groups, self._shape.expected)
        owners = np.array([owner for owner, _team in self._groups], dtype=np.int64)
        people = np.unique(owners[owners >= 0])
        height = np.log(BEFOREHAND)
        for owner in people:
            k, e = sold[owners == owner].sum(), max(float(expected[owners == owner].sum()), 1e-9)
            height = height + (
                gammaln(ALIKE + k) - gammaln(ALIKE) + ALIKE * np.log(ALIKE) - (ALIKE + k) * np.log(ALIKE + e)
            )
        weight = np.exp(height - height.max())
        return np.asarray(weight / weight.sum())

    def _level(self, owner: int | None, team: int | None, shape: _Shape) -> tuple[Floats, str]:
        """Draws of the person's level, and what it rests on most."""
        keys = list(self._groups)
        sold, expected = _sold_and_expected(self._groups, shape.expected)
        own = np.array([owner is not None and key[0] == owner for key in keys], dtype=bool)
        others = np.array([team is not None and key[1] == team for key in keys], dtype=bool) & ~own
        rest = ~own & ~others
        alike = self._random.choice(ALIKE, size=DRAWS, p=self._alike)
        level = np.ones(DRAWS)
        whole = 0.0 if self._shape.learnt else float(expected[rest].sum())
        if not shape.learnt:
            level = self._random.gamma(USUAL_SALES + sold[rest].sum(), 1 / (USUAL_SALES + whole), size=DRAWS)
        of_team = 0.0
        if shape is self._shape:
            of_team = float(expected[others].sum())
            thinner = 1 + of_team / max(int(others.sum()), 1) / alike
            level = _posterior(level, sold[others].sum() / thinner, of_team / thinner, alike, self._random)
        e = float(expected[own].sum())
        drawn = _posterior(level, np.full(DRAWS, sold[own].sum()), np.full(DRAWS, e), alike, self._random)
        return drawn, _leans(e, float(np.median(alike)), of_team + whole, shape.learnt)

    def _cases(self, owner: int | None, team: int | None) -> tuple[Ints, Ints]:
        """Won and all of the closed deals that went on from each state: the person's; theirs and the team's."""
        nothing = np.zeros((2, *STATES), dtype=np.int64)
        own = [found for (who, _of), found in self._outcomes.items() if owner is not None and who == owner]
        both = [
            found for (who, of), found in self._outcomes.items()
            if (owner is not None and who == owner) or (team is not None and of == team)
        ]  # fmt: skip
        return np.asarray(sum(own, nothing)), np.asarray(sum(both, nothing))


def people(deals: Table, touches: Table, *, as_of: date, usual: NextContact, seed: int = 0) -> People:
    """Counts everybody's contacts.

    Args:
        deals: ``tables.DEALS`` with the columns ``owner_id`` and ``team_id``.
        touches: ``tables.TOUCHES``.
        usual: the shape to stand on while there are too few cases.
    """
    tally = from_touches(deals, touches, as_of)
    walk = walked(deals, touches, tally, as_of, by=("owner_id", "team_id"))
    return People(walk, tally, usual, seed)


def _whole(tally: Tally, walk: Walk | None, usual: NextContact, random: np.random.Generator) -> _Shape:
    """Everybody's shape: by states, by contacts alone, or the usual one."""
    if walk is None or tally.closed < CLOSED or tally.wins < SALES or tally.touches < TOUCHES:
        win, end, reply = (
            np.repeat(np.asarray(part, dtype=np.float64)[None], DRAWS, axis=0)
            for part in (usual.win, usual.end, usual.reply)
        )
        return _Shape(win, end, reply, learnt=False, horizon=AHEAD)
    seen = walk.cells()
    if seen.answered.sum() >= RANGE_FROM:
        return _learnt(seen, random)
    found = chances(tally, tally.total(), random)
    win, end = (np.repeat(part[:DRAWS, :AHEAD, None], SILENT + 1, axis=2) for part in (found.win, found.end))
    return _Shape(win, end, np.zeros_like(win), learnt=True, horizon=found.horizon)


def _learnt(seen: Cells, random: np.random.Generator) -> _Shape:
    found = chain(seen, AHEAD, random)
    often = np.logical_and.accumulate(seen.tried.sum(axis=1) >= RANGE_FROM)
    return _Shape(found.win[:DRAWS], found.end[:DRAWS], found.reply[:DRAWS], learnt=True, horizon=int(often.sum()))


def _enough(part: Walk) -> bool:
    closed = int((part.last & (part.outcome != "open")).sum())
    return closed >= CLOSED and int(part.sold.sum()) >= SALES and len(part.made) >= TOUCHES


_Groups = Mapping[tuple[int, int], tuple[int, Ints]]


def _groups(walk: Walk | None, owner: Ints, team: Ints) -> _Groups:
    """Per owner and team: sales at a contact, and contacts whose end is known, by state."""
    if walk is None:
        return {}
    pairs, place = np.unique(np.column_stack([owner, team]), axis=0, return_inverse=True)
    place = place.ravel()
    tried = np.zeros((len(pairs), AHEAD, SILENT + 1), dtype=np.int64)
    known = ~walk.open_end
    np.add.at(tried, (place[known], np.minimum(walk.made[known], AHEAD - 1), walk.silent[known]), 1)
    sold = np.bincount(place[walk.sold], minlength=len(pairs))
    return {(int(who), int(of)): (int(sold[at]), tried[at]) for at, (who, of) in enumerate(pairs)}


def _sold_and_expected(groups: _Groups, expected: Floats) -> tuple[Floats, Floats]:
    """Of each group: its sales, and those the shape expects."""
    sold = np.array([sold for sold, _tried in groups.values()], dtype=np.float64)
    due = np.array([float((tried * expected[:AHEAD]).sum()) for _sold, tried in groups.values()])
    return sold, due


def _outcomes(walk: Walk | None, owner: Ints, team: Ints) -> dict[tuple[int, int], Ints]:
    """Per owner and team, shape (2, states): closed deals that went on from there and were won in the end; all."""
    if walk is None:
        return {}
    deal = np.r_[0, np.cumsum(walk.last)[:-1]]
    made = np.minimum(walk.made, MOST_MADE)
    closed = walk.outcome != "open"
    rows = np.column_stack([owner, team, deal, made, walk.silent, walk.outcome == "won"])[closed]
    rows = np.unique(rows.astype(np.int64), axis=0)  # a deal is once in each state
    found: dict[tuple[int, int], Ints] = {}
    pairs, place = np.unique(rows[:, :2], axis=0, return_inverse=True)
    cells = np.ravel_multi_index((place.ravel(), rows[:, 3], rows[:, 4]), (len(pairs), *STATES))
    good, all_ = (
        np.bincount(cells, weights, len(pairs) * STATES[0] * STATES[1]).reshape(len(pairs), *STATES)
        for weights in (rows[:, 5], None)
    )
    counted = np.stack([good, all_], axis=1).astype(np.int64)
    for number, (who, of) in enumerate(pairs):
        found[int(who), int(of)] = counted[number]
    return found


def _posterior(level: Floats, sold: Any, expected: Any, alike: Floats, random: np.random.Generator) -> Floats:
    """Draws of a level around another: Gamma around it beforehand, Poisson sales."""
    return np.asarray(level * random.gamma(alike + sold, 1 / (alike + level * expected)))


def _leans(own: float, alike: float, others: float, learnt: bool) -> str:
    """What weighs most, in expected sales."""
    if own > alike:
        return "own"
    return "team" if learnt or others > USUAL_SALES else "usual"


def _rates(draws: list[list[Any]], own: Ints, team: Ints, leans: str) -> list[list[Rate]]:
    """Means and likely ranges of each state's draws."""
    drawn = np.array([[np.broadcast_to(one, DRAWS) for one in row] for row in draws])
    value = drawn.mean(axis=2)
    low, high = np.quantile(drawn, [0.1, 0.9], axis=2)
    low, high = np.minimum(low, value), np.maximum(high, value)
    return [
        [
            Rate(
                float(value[state]), float(low[state]), float(high[state]), (int(own[0][state]), int(own[1][state])),
                (int(team[0][state]), int(team[1][state])), leans,
            )
            for state in ((made, silent) for silent in range(SILENT + 1))
        ]
        for made in range(len(draws))
    ]  # fmt: skip
