"""Whose page is made next: in order, but what many wait for goes first and alone."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.web.turns import Turns
from tests.loops import in_a_loop


async def _settle() -> None:
    for _turn in range(5):
        await asyncio.sleep(0)


class Guests:
    """Who is in, who was, in order; each stays until let out."""

    def __init__(self, places: int) -> None:
        self.turns = Turns(places)
        self.begun: list[str] = []
        self.inside: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.most = 0

    async def come(self, name: str, *, first: bool = False) -> None:
        self.tasks[name] = asyncio.create_task(self._visit(name, first))
        await _settle()

    async def _visit(self, name: str, first: bool) -> None:
        async with self.turns.turn(first=first):
            self.begun.append(name)
            self.inside[name] = asyncio.Event()
            self.most = max(self.most, len(self.inside))
            await self.inside[name].wait()
            del self.inside[name]

    async def leave(self, name: str) -> None:
        self.inside[name].set()
        await _settle()

    async def give_up(self, name: str) -> None:
        self.tasks[name].cancel()
        await _settle()


def test_pages_are_made_in_the_order_of_asking() -> None:
    async def story() -> list[str]:
        guests = Guests(2)
        for name in "abcd":
            await guests.come(name)
        assert guests.begun == ["a", "b"]
        for name in "ab":
            await guests.leave(name)
        return guests.begun

    assert in_a_loop(story()) == ["a", "b", "c", "d"]


def test_who_is_in_a_hurry_goes_first_and_nobody_begins_beside_them() -> None:
    async def story() -> Guests:
        guests = Guests(2)
        for name in "abc":
            await guests.come(name)
        await guests.come("win", first=True)
        await guests.leave("a")
        assert guests.begun == ["a", "b", "win"]
        await guests.leave("b")
        assert guests.begun == ["a", "b", "win"], "one place is free, and nobody takes it"
        await guests.leave("win")
        return guests

    assert in_a_loop(story()).begun == ["a", "b", "win", "c"]


def test_two_in_a_hurry_go_beside_each_other() -> None:
    async def story() -> list[str]:
        guests = Guests(2)
        for name in ("one", "two"):
            await guests.come(name, first=True)
        return guests.begun

    assert in_a_loop(story()) == ["one", "two"]


def test_who_hangs_up_while_waiting_takes_no_place() -> None:
    async def story() -> list[str]:
        guests = Guests(1)
        for name in "abc":
            await guests.come(name)
        await guests.give_up("b")
        await guests.leave("a")
        return guests.begun

    assert in_a_loop(story()) == ["a", "c"]


def test_a_page_that_fails_gives_its_place_back() -> None:
    async def story() -> int:
        turns = Turns(1)
        for hurry in (False, True):
            with pytest.raises(ZeroDivisionError):
                async with turns.turn(first=hurry):
                    _impossible = 1 / 0
        async with turns.turn():
            return turns.free

    assert in_a_loop(story()) == 0


async def _play(places: int, moves: list[tuple[str, int, bool]]) -> None:
    guests = Guests(places)
    for number, (move, chosen, hurry) in enumerate(moves):
        inside, waiting = sorted(guests.inside), sorted(set(guests.tasks) - set(guests.begun))
        if move == "come":
            await guests.come(f"{number:02}", first=hurry)
        elif move == "leave" and inside:
            await guests.leave(inside[chosen % len(inside)])
        elif move == "give up" and waiting:
            await guests.give_up(waiting[chosen % len(waiting)])
        guests.tasks = {name: task for name, task in guests.tasks.items() if not task.cancelled()}
    while guests.inside:
        await guests.leave(min(guests.inside))
    assert guests.most <= places
    assert set(guests.tasks) == set(guests.begun), "everybody who waited was called"
    assert guests.turns.free == places
    assert guests.turns.hurried == 0


@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.sampled_from(["come", "come", "leave", "give up"]), st.integers(0, 9), st.booleans())),
)
def test_whoever_comes_leaves_and_hangs_up_every_place_comes_back(
    places: int, moves: list[tuple[str, int, bool]]
) -> None:
    in_a_loop(_play(places, moves))
