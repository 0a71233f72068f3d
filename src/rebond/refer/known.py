"""What other rooms know of a no: practices never import each other, so ``loop.apps`` hands it over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True)
class About:
    """One close, as asking for an introduction needs to know it.

    Attributes:
        codes: why it ended, as the seller gave it, the main reason first.
        complaint: they had reason to complain of us (see ``loop.asks_about``).
        hostile: what was said around the close was heated.
        thanked_on: the first local day on which a written ask is no part of the debrief any more: the buyer's answer
            came and was thanked, or the question to them is a week old; ``None`` while that is not so yet.
        debriefed_on: when the seller's debrief was finished.
        poor_fit: the no says that we did not fit; the ask comes first, staying in touch second.
        outside: the reason lay outside our control, as the seller sees it.
        rating: how they rated us, 1 to 5 on average, from an answer that they shared with the seller, who has read it.
        rated_on: when they did.
        quote: their words, where they may be quoted to this seller.
        named: people and companies they mentioned, or the seller noted.
        private_to: who alone may see rating, quote and names: the seller whose debrief it is.
    """

    codes: tuple[str, ...] = ()
    complaint: bool = False
    hostile: bool = False
    thanked_on: date | None = None
    debriefed_on: date | None = None
    poor_fit: bool = False
    outside: bool = False
    rating: float | None = None
    rated_on: date | None = None
    quote: str = ""
    named: tuple[str, ...] = ()
    private_to: int | None = None

    def seen_by(self, user_pk: int | None) -> About:
        """What that person may see of it: the buyer's own words are for the seller they shared them with."""
        if user_pk is not None and user_pk == self.private_to:
            return self
        return replace(self, rating=None, rated_on=None, quote="", named=())


NOTHING = About()
#: Close events' ids and persons' ids (whose answer it is), to what is known; in a constant number of queries.
Source = Callable[[Mapping[int, int | None]], Mapping[int, About]]


def _nobody_knows(_asked: Mapping[int, int | None]) -> Mapping[int, About]:
    return {}


_SOURCE: list[Source] = [_nobody_knows]
#: Of these people those a message that asks to think again is under way to.
Pleas = Callable[[Iterable[int]], frozenset[int]]


def _no_pleas(_people: Iterable[int]) -> frozenset[int]:
    return frozenset()


_PLEAS: list[Pleas] = [_no_pleas]


def set_source(source: Source, *, pleas: Pleas | None = None) -> None:
    """Where it comes from; called once, at start."""
    _SOURCE[0] = source
    if pleas is not None:
        _PLEAS[0] = pleas


def about(asked: Iterable[int] | Mapping[int, int | None]) -> Mapping[int, About]:
    """What is known of these close events; with whom one would ask where they are given as event to person (their
    rating is theirs alone). Unknown ones are absent."""
    whom = asked if isinstance(asked, Mapping) else dict.fromkeys(asked)
    return _SOURCE[0](whom) if whom else {}


def pleading(people: Iterable[int]) -> frozenset[int]:
    """Of these people, the ones whom a message that asks to think again is on its way to."""
    return _PLEAS[0](people)
