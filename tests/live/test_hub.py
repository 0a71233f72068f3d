"""The hub: whom an event reaches, what a slow screen, a double event and a stale ticket lead to."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from rebond.live.hub import PING, STREAMS_EACH, WAITING, Hub, Stream, Told
from rebond.live.tickets import GOOD_FOR, Ticket, read, ticket
from tests.loops import in_a_loop

NOON = datetime(2026, 6, 9, 12, tzinfo=UTC)


def listening(hub: Hub, *topics: str, holder: str = "user:1", until: float = 2e10) -> Stream:
    return hub.open(Ticket(holder, frozenset(topics), until))


def bell(pk: int, *audience: str) -> Told:
    return Told.of(pk, "bell", audience, {"number": pk})


def waiting(stream: Stream) -> list[bytes | None]:
    found = []
    while not stream.queue.empty():
        found.append(stream.queue.get_nowait())
    return found


def test_an_event_reaches_whoever_listens_to_one_of_its_topics() -> None:
    hub = Hub()
    north, south = listening(hub, "team:1", "everyone"), listening(hub, "team:2", "everyone", holder="user:2")
    hub.tell([bell(1, "team:1"), bell(2, "everyone"), bell(3, "team:3")])
    assert waiting(north) == [bell(1).message, bell(2).message]
    assert waiting(south) == [bell(2).message]


def test_what_is_read_twice_is_told_once() -> None:
    hub = Hub()
    stream = listening(hub, "everyone")
    hub.tell([bell(7, "everyone")])
    hub.tell([bell(7, "everyone"), bell(6, "everyone")])  # committed late, with a smaller number
    assert waiting(stream) == [bell(7).message, bell(6).message]
    assert hub.last == 7


def test_a_screen_that_does_not_keep_up_is_ended_and_the_others_hear_on() -> None:
    hub = Hub()
    slow, quick = listening(hub, "everyone"), listening(hub, "everyone", holder="user:2")
    for number in range(1, WAITING + 2):
        hub.tell([bell(number, "everyone")])
        waiting(quick)
    assert waiting(slow) == [None]
    hub.tell([bell(1000, "everyone")])
    assert waiting(quick) == [bell(1000).message]


def test_a_ping_keeps_a_stream_open_and_ends_one_whose_ticket_ran_out() -> None:
    hub = Hub()
    good, old = listening(hub, "everyone", until=200.0), listening(hub, "everyone", holder="user:2", until=100.0)
    hub.ping(150.0)
    assert waiting(good) == [PING]
    assert waiting(old) == [None]


def test_the_oldest_stream_of_somebody_with_too_many_ends() -> None:
    hub = Hub()
    streams = [listening(hub, "everyone") for _number in range(STREAMS_EACH + 1)]
    assert waiting(streams[0]) == [None]
    assert waiting(streams[1]) == []
    for stream in streams:
        hub.close(stream)
    assert len(hub) == 0


def test_a_ticket_is_good_for_a_quarter_of_an_hour_and_cannot_be_made_up() -> None:
    made = ticket(holder="user:5", topics=["team:1", "everyone"], now=NOON)
    assert read(made, NOON) == Ticket("user:5", frozenset({"team:1", "everyone"}), (NOON + GOOD_FOR).timestamp())
    assert read(made, NOON + GOOD_FOR) is None
    assert read(made, NOON + GOOD_FOR - timedelta(seconds=1)) is not None
    for forged in ("", "x", made[:-1], made + "a", made.replace(":", "", 1)):
        assert read(forged, NOON) is None


def test_a_stream_ends_at_the_next_turn_when_the_process_stops() -> None:
    async def stopped() -> list[bytes | None]:
        hub = Hub()
        stream = listening(hub, "everyone")
        hub.tell([bell(1, "everyone")])
        hub.end_all()
        return [await asyncio.wait_for(stream.queue.get(), 1)]

    assert in_a_loop(stopped()) == [None]
