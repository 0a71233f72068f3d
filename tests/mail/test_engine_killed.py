"""A real worker process, killed -9 again and again in the middle of sending: nothing twice, nothing silently lost."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail.test_processes import ROOT, House, ended

#: More than the lease, so that each sender finds what the last one left.
MINUTES = 6
LINE = len("<0123456789abcdef0123456789abcdef@ours.example>\n")


class Sink:
    """The counting server of ``tools.smtp_sink``, whose file outlives every sender."""

    def __init__(self, port: int, file: Path) -> None:
        self.port, self.file = port, file

    def seen(self) -> Counter[str]:
        return Counter(self.file.read_text().split()) if self.file.exists() else Counter()

    def wait_for_more(self, count: int, sender: subprocess.Popen[str]) -> None:
        """Until so many more have arrived; every line is as long as the next."""
        there = self.file.stat().st_size if self.file.exists() else 0
        while self.file.stat().st_size < there + count * LINE and sender.poll() is None:
            time.sleep(0.005)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    file = tmp_path / "ids"
    command = [sys.executable, "-m", "tools.smtp_sink", "0", "--ids", str(file), "--delay", "2"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    port = re.search(r":(\d+),", process.stdout.readline())
    assert port is not None
    yield Sink(int(port[1]), file)
    process.terminate()
    process.wait(20)


@pytest.mark.parametrize(
    ("mails", "kills"), [(200, 3), pytest.param(12_000, 40, marks=pytest.mark.soak)], ids=["quick", "soak"]
)
def test_killed_at_random_nothing_arrives_twice_and_whatever_is_not_known_is_listed(
    tmp_path: Path, sink: Sink, mails: int, kills: int
) -> None:
    house, dice = House(tmp_path / "data"), random.Random(20260609)
    house.env["REBOND_MAIL_URL"] = f"smtp://127.0.0.1:{sink.port}"
    for kill in range(kills):
        plan = [f"plan {mails}"] if kill == 0 else []
        sender = house.sender(*plan, f"send {MINUTES * kill}")
        sink.wait_for_more(dice.randint(1, int(1.6 * mails / (kills + 1))), sender)
        assert sender.poll() is None  # in the middle of its work
        os.kill(sender.pid, signal.SIGKILL)
        sender.wait(30)
    _rest, fates = ended(house.sender(f"send {MINUTES * kills}", "fates"), 600)

    seen = sink.seen()
    unknown = {name for name, status in fates.items() if status == "unknown"}
    lost = [name for name, status in fates.items() if status == "accepted" and name not in seen]
    assert len(fates) == mails
    assert Counter(fates.values()) == {"accepted": mails - len(unknown)} | (
        {"unknown": len(unknown)} if unknown else {}
    )
    assert (max(seen.values()), lost) == (1, [])

    listed = house.rebond("list", "--status", "unknown", "--limit", "10000")["messages"]
    assert {one["message_id"] for one in listed} == unknown
    arrived = [one for one in listed if one["message_id"] in seen]
    for one in listed[:1]:  # a person looks in the server's log
        house.rebond("resolve", str(one["id"]), "--delivered" if one in arrived else "--again")
    print(
        f"{kills} kills over {mails} sends: {sum(seen.values()) - len(seen)} twice, {len(lost)} silently lost, "
        f"{len(unknown)} unknown, all listed, {len(arrived)} of them had arrived"
    )
