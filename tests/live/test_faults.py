"""What goes wrong around a bell, in the product as people run it: two server processes, a worker, either database."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.browser.product import REBOND, Product, asked, begun, free_port, wait_for
from tests.channels.server import ChatServer, serving
from tests.live.cast import CHANNELS
from tests.live.streams import Browser, Stream

ROOT = Path(__file__).resolve().parents[2]
CAMILLE = "camille@rebond.example"


@dataclass(frozen=True)
class House(Product):
    """A product that can be stopped and started again on the same address, and the chat its wins are told in."""

    chat: ChatServer
    deals: list[int]

    def count(self, table: str, where: str = "1 = 1") -> int:
        return int(asked(self.env, f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    @contextmanager
    def serving(self, *words: str, files: str = "") -> Iterator[subprocess.Popen[bytes]]:
        """Both processes and the worker, which end with the block; ``files``: how many may be open, for ``ulimit``."""
        command = " ".join([f'exec "{REBOND}" serve --port', self.url.rsplit(":", 1)[1], *words])
        shell = ["sh", "-c", f"ulimit {files}; {command}" if files else command]
        process = subprocess.Popen(shell, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            wait_for(f"{self.url}/health", process)
            yield process
        finally:
            process.terminate()
            process.wait(60)

    def win(self, browser: Browser, deal: int) -> None:
        """A bell for everybody, by the door it comes by (quicker than a command)."""
        browser.post(f"/deals/{self.deals[deal]}/close", outcome="won")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data, port = tmp_path_factory.mktemp("faults"), free_port()
    env = begun(data) | {"REBOND_PUBLIC_URL": f"http://127.0.0.1:{port}", "REBOND_CHAT_PRIVATE": "yes"}
    with serving() as chat:
        command = [sys.executable, "-m", "tests.live.cast", chat.url]
        made = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
        yield House(f"http://127.0.0.1:{port}", data, env, chat, json.loads(made.stdout))


def until(true: Callable[[], object], seconds: float = 120) -> None:
    """A limit for what would hang, not a measure."""
    stop = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < stop
        time.sleep(0.05)


def post_at_once(browser: Browser, path: str, times: int) -> list[int]:
    """As many connections post at the same moment; what each is answered."""
    start, answers = threading.Barrier(times), []

    def win() -> None:
        start.wait(20)
        try:
            browser.post(path, outcome="won")
            answers.append(200)
        except HTTPError as error:
            answers.append(error.code)

    threads = [threading.Thread(target=win) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(answers)


def test_the_same_win_posted_by_many_at_once_is_one_win_one_bell_and_one_message_for_each_channel(house: House) -> None:
    deal = house.deals[0]
    with house.serving():
        browser = Browser(house.url, CAMILLE)
        streams = [browser.stream().opened() for _number in range(4)]
        answers = post_at_once(browser, f"/deals/{deal}/close", times=8)
        heard = [stream.event() for stream in streams]
        until(lambda: house.count("channels_delivery", "status = 'accepted'") == len(CHANNELS))
        assert all(stream.nothing(0.3) for stream in streams)
    assert {event["kind"] for event in heard} == {"bell"}
    assert len({event["id"] for event in heard}) == 1
    assert len(answers) == 8
    assert answers.count(200) >= 1
    assert set(answers) <= {200, 409}
    assert house.count("celebrate_win", f"deal_id = {deal}") == 1
    assert house.count("deals_closeevent", f"deal_id = {deal}") == 1
    assert house.count("live_liveevent", "kind = 'bell'") == 1
    assert house.count("channels_delivery") == len(CHANNELS)
    assert sorted(sent.path for sent in house.chat.sent) == sorted(f"/{name}" for name in CHANNELS)


def test_a_bell_while_the_server_is_away_is_heard_once_by_a_screen_that_comes_back(house: House) -> None:
    with house.serving("--no-worker"):
        browser = Browser(house.url, CAMILLE)
        streams = [browser.stream().opened() for _number in range(4)]
        house.win(browser, 1)
        last = [stream.event()["id"] for stream in streams]
    assert len(set(last)) == 1
    assert all(stream.ended(10) for stream in streams)
    assert house.rebond("bell", "test", "--everybody").returncode == 0  # nobody listens
    with house.serving("--no-worker"):
        # As the browser does by itself: the page it had, and the id of what it heard last.
        given = {"ticket": browser.ticket()["ticket"], "after": "0"}
        back = [Stream(house.url, given, last_event_id=str(last[0])) for _one in streams]
        heard = [stream.event() for stream in back]
        house.win(browser, 2)
        then = [stream.event() for stream in back]
        assert all(stream.nothing(0.3) for stream in back)
    assert len({event["id"] for event in heard}) == len({event["id"] for event in then}) == 1
    assert last[0] < heard[0]["id"] < then[0]["id"]


@pytest.mark.skipif(not os.environ.get("REBOND_DATABASE_URL"), reason="SQLite has no line to lose")
def test_a_bell_while_the_line_to_the_database_is_cut_is_heard_once(house: House) -> None:
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with house.serving("--no-worker"):
        browser = Browser(house.url, CAMILLE)
        streams = [browser.stream().opened() for _number in range(4)]
        heard = []
        for deal in (3, 4):
            asked(house.env, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
            house.win(browser, deal)
            heard.append({stream.event()["id"] for stream in streams})
        assert all(stream.nothing(0.3) for stream in streams)
    assert [len(ids) for ids in heard] == [1, 1]


def test_with_few_open_files_more_screens_are_asked_to_come_again_and_pages_are_answered(house: House) -> None:
    """Each of the two processes keeps 128 for its pages."""
    tickets = tickets_of(house, 300)
    with house.serving("--no-worker", files="-n 256"), ExitStack() as open_streams:
        browser = Browser(house.url, CAMILLE)
        streams = [Stream(house.url, {"ticket": one}) for one in tickets]
        for stream in streams:
            open_streams.callback(stream.socket.close)
        answers = [stream.status for stream in streams]
        house.win(browser, 5)
        assert {stream.event()["kind"] for stream in streams if stream.status == 200} == {"bell"}
    assert set(answers) == {200, 503}
    assert 128 <= answers.count(200) <= 256


def test_the_server_takes_as_many_open_files_as_the_system_allows(house: House) -> None:
    """A shell's 1024 are its soft limit: two thousand screens need more."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with house.serving("--no-worker", files="-Sn 128") as process:
        twins = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        limits = [resource.prlimit(int(pid), resource.RLIMIT_NOFILE) for pid in (process.pid, *twins)]
    assert limits == [(hard, hard)] * (2 if (os.cpu_count() or 1) > 1 else 1)


def tickets_of(house: House, people: int) -> list[str]:
    """As many people's, signed with the installation's own key."""
    script = f"""
import json
from django.utils import timezone
from rebond.live.tickets import ticket
now = timezone.now()
print(json.dumps([ticket(holder=f'user:{{number}}', topics=['everyone'], now=now) for number in range({people})]))
"""
    said = house.rebond("manage", "shell", "-c", script)
    assert said.returncode == 0, said.stderr
    return [str(one) for one in json.loads(said.stdout.splitlines()[-1])]
