"""A real worker, killed -9 in the middle of a payout run: each payee is paid once, none is forgotten."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.browser.product import REBOND, asked, begun

ROOT = Path(__file__).resolve().parents[2]


class House:
    """A data folder, and processes on it."""

    def __init__(self, folder: Path) -> None:
        self.env = begun(folder) | {"PYTHONPATH": str(ROOT)}

    def done(self, *steps: str) -> list[dict[str, Any]]:
        command = [sys.executable, "-m", "tests.refer.payer", *steps]
        ended = subprocess.run(
            command, env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
        )
        assert ended.returncode == 0, ended.stderr
        said: list[dict[str, Any]] = json.loads(ended.stdout)
        return said

    def hired(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([str(REBOND), "work"], env=self.env, stderr=subprocess.DEVNULL)

    def paid(self) -> int:
        return int(asked(self.env, "SELECT count(*) FROM refer_payout WHERE status = 'paid'")[0][0])

    def wait_for(self, count: int, worker: subprocess.Popen[bytes]) -> None:
        """Until so many are paid."""
        deadline = time.monotonic() + 120
        while self.paid() < count and worker.poll() is None and time.monotonic() < deadline:
            time.sleep(0.003)

    def wait_for_the_end(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if asked(self.env, "SELECT count(*) FROM refer_payoutrun WHERE finished_at IS NOT NULL")[0][0]:
                return
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("payouts", "kills"), [(40, 1), pytest.param(1_000, 12, marks=pytest.mark.soak)], ids=["quick", "soak"]
)
def test_killed_in_the_middle_of_a_run_each_is_paid_once_and_none_is_forgotten(
    tmp_path: Path, payouts: int, kills: int
) -> None:
    house = House(tmp_path / "data")
    house.done(f"make{payouts}")
    for kill in range(1, kills + 1):
        worker = house.hired()
        house.wait_for(payouts * kill // (kills + 2), worker)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(30)
        so_far = house.paid()
        assert 0 < so_far < payouts  # in the middle of its work
        house.done("lapse")
    last = house.hired()
    house.wait_for_the_end()
    last.terminate()
    last.wait(30)

    (books,) = house.done("books")
    fourth = -(-payouts // 4)
    assert books["payouts"] == {"paid": payouts}
    assert (books["moved"], books["moved_twice"], books["booked"], books["booked_twice"]) == (
        payouts, 0, payouts + fourth, 0,
    )  # fmt: skip
    assert (books["netted"], books["cash_out"]) == (2_000 * fourth, -5_000 * payouts + 2_000 * fourth)
    assert (books["owed"], books["to_make_up"], books["as_replayed"], books["wrong"]) == (0, 0, True, [])
    assert books["finished"] == 1
