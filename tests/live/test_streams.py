"""Live events through the product as people run it: two server processes, a real network, either database."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.live.tickets import read
from tests.browser.product import REBOND, Product, begun, free_port, running, wait_for
from tests.factories import PASSWORD
from tests.live.streams import Browser, Stream
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method

ALIX = "alix@rebond.example"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("live")) as product:
        made = product.rebond("admin", "--name", "Alix", "--email", ALIX, "--password", PASSWORD)
        assert made.returncode == 0, made.stderr
        yield product


def ring(product: Product) -> None:
    rung = product.rebond("bell", "test", "--everybody")
    assert rung.returncode == 0, rung.stderr


def test_a_bell_rung_elsewhere_is_heard_on_every_open_screen_once(product: Product) -> None:
    alix = Browser(product.url, ALIX)
    streams = [alix.stream().opened() for _number in range(8)]  # the system spreads them over both processes
    ring(product)
    heard = [stream.event() for stream in streams]
    assert {event["kind"] for event in heard} == {"bell"}
    assert len({event["id"] for event in heard}) == 1
    assert {"en", "fr"} <= {*heard[0]["data"]}  # each screen shows its own
    assert all(stream.nothing(0.4) for stream in streams[:2])


def test_a_screen_that_slept_is_told_what_it_missed_and_nothing_twice(product: Product) -> None:
    alix = Browser(product.url, ALIX)
    stream = alix.stream().opened()
    ring(product)
    first = stream.event()
    stream.socket.close()
    ring(product)
    again = Stream(product.url, {"ticket": alix.ticket()["ticket"]}, last_event_id=str(first["id"]))
    assert again.event()["id"] > first["id"]
    assert again.nothing(0.4)


def test_a_page_made_before_an_event_hears_of_it_when_its_stream_opens(product: Product) -> None:
    alix = Browser(product.url, ALIX)
    given = alix.ticket()
    ring(product)
    stream = Stream(product.url, {"ticket": given["ticket"], "after": str(given["after"])})
    heard = stream.event()
    assert (heard["kind"], heard["id"] > given["after"]) == ("bell", True)


def test_without_a_good_ticket_nothing_is_told(product: Product) -> None:
    for wrong in ("", "x", Browser(product.url, ALIX).ticket()["ticket"][:-2]):
        assert Stream(product.url, {"ticket": wrong}).status == 401


def test_a_ticket_is_given_to_people_who_are_signed_in(as_camille: Client, camille: User) -> None:
    assert_signed_out_is_sent_to_sign_in("/live/ticket")
    assert_wrong_method(as_camille, "/live/ticket", "get")
    answer = as_camille.get("/live/ticket")
    assert answer["Cache-Control"] == "no-store"
    given = read(answer.json()["ticket"], timezone.now())
    assert given is not None
    assert given.topics == {"everyone", f"user:{camille.pk}", f"team:{camille.team_id}"}


@contextmanager
def server(env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    process = subprocess.Popen(
        [str(REBOND), "serve", "--no-worker", "--port", str(port)],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(20)


def test_a_server_that_is_told_to_stop_does_not_wait_for_open_screens(tmp_path: Path) -> None:
    env = begun(tmp_path / "data")
    subprocess.run(
        [str(REBOND), "admin", "--name", "Alix", "--email", ALIX, "--password", PASSWORD],
        env=env, check=True, capture_output=True,
    )  # fmt: skip
    with server(env) as (process, url):
        alix = Browser(url, ALIX)
        streams = [alix.stream().opened() for _number in range(4)]
        process.send_signal(signal.SIGTERM)
        assert all(stream.ended(10) for stream in streams)
        assert process.wait(20) == 0
