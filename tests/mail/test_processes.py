"""Real sender processes: two at once, killed -9 in the middle; and the command line, on the same folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.product import REBOND, begun
from tests.mail.server import SmtpServer, serving

ROOT = Path(__file__).resolve().parents[2]
A_YEAR = 60 * 24 * 365
TWO_DAYS = 60 * 24 * 2


class House:
    """A data folder, a mail server, and processes on both."""

    server: SmtpServer

    def __init__(self, folder: Path) -> None:
        self.env = begun(folder) | {"PYTHONPATH": str(ROOT), "REBOND_MAIL_FROM": "Rebond <rebond@ours.example>"}

    def sender(self, *steps: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.mail.sender", *steps]
        return subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def done(self, *steps: str) -> Any:
        """What a sender said of each of its steps."""
        return ended(self.sender(*steps))

    def rebond(self, *words: str, code: int = 0) -> Any:
        command = [str(REBOND), "mail", *words, "--json"]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def killed_at(self, place: str) -> None:
        """A sender that dies while the server has not answered at this place."""
        self.server.hold(place)
        sender = self.sender("plan 1", "send 0")
        assert self.server.reached[place].wait(60)
        os.kill(sender.pid, signal.SIGKILL)
        sender.wait(30)
        self.server.behave()


def ended(process: subprocess.Popen[str], seconds: float = 90) -> Any:
    said, _none = process.communicate(timeout=seconds)
    assert process.returncode == 0
    return json.loads(said)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("mail") / "data")


@pytest.fixture
def house(folder: House) -> Iterator[House]:
    with serving() as server:
        folder.server, folder.env["REBOND_MAIL_URL"] = server, server.url
        yield folder


def test_two_senders_at_once_send_each_mail_once(house: House) -> None:
    house.done("plan 60")
    house.server.hold("MAIL")
    both = [house.sender("send 0"), house.sender("send 0")]
    assert house.server.wait_for_lines(8)  # more than one of them opens: each holds what it has claimed
    house.server.release()
    told = [ended(one)[0] for one in both]
    assert sum(one["accepted"] for one in told) == 60
    assert min(one["accepted"] for one in told) >= 10
    assert Counter(got.recipients[0] for got in house.server.received) == {
        f"buyer{one}@valmy.example": 1 for one in range(60)
    }
    assert house.done("counts") == [{"accepted": 60}]


def test_a_sender_killed_while_the_text_is_handed_over_leaves_it_unknown_until_somebody_decides(house: House) -> None:
    house.killed_at("TEXT")
    assert house.done("counts", "send 4", "send 6", f"send {TWO_DAYS}", "counts") == [
        {"data_started": 1}, {}, {"recovered": 1}, {}, {"unknown": 1},
    ]  # fmt: skip
    arrived = len(house.server.received)
    assert arrived <= 1
    (unknown,) = house.rebond("list", "--status", "unknown")["messages"]
    assert unknown["recipient"] == "buyer0@valmy.example"
    again = house.rebond("resolve", str(unknown["id"]), "--again")
    assert (again["status"], again["reason"]) == ("planned", "may_arrive_twice")
    assert house.rebond("resolve", str(unknown["id"]), "--delivered", code=2)["error"] == "not_unknown"
    assert house.done("send 1") == [{"accepted": 1}]
    assert len(house.server.received) == arrived + 1
    assert house.server.received[-1].mail["Message-ID"] == unknown["message_id"]


def test_a_sender_killed_before_the_text_lets_another_send_it_once(house: House) -> None:
    house.killed_at("RCPT")
    assert house.done("counts", "send 4", "send 6", f"send {A_YEAR}", "counts") == [
        {"claimed": 1}, {}, {"recovered": 1, "accepted": 1}, {}, {"accepted": 1},
    ]  # fmt: skip
    assert len(house.server.received) == 1


def test_the_command_line_says_how_things_stand_and_sends_once(house: House) -> None:
    house.done("plan 3")
    status = house.rebond("status")
    assert (status["counts"]["planned"], status["server"], status["problem"]) == (3, True, None)
    assert status["next_due"] is not None
    # The product itself knows nothing of the tests' purpose: it puts the mails off and says so.
    assert house.rebond("send") == {"server": True, "done": {"settled": 3}}
    listed = house.rebond("list", "--status", "deferred", "--limit", "2")
    assert (len(listed["messages"]), listed["total"]) == (2, 3)
    assert house.rebond("resolve", "999999", "--delivered", code=2)["error"] == "not_found"
    house.env["REBOND_MAIL_URL"] = "mail.valmy.example"
    assert house.rebond("send", code=2)["error"] == "bad_mail_url"
