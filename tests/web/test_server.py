"""The server's processes: two answer pages on one port, and none outlives the one that was started."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from rebond.web import server as server_module
from tests.browser.product import REBOND, begun, free_port, wait_for


@pytest.fixture
def server(tmp_path: Path) -> Iterator[psutil.Popen]:
    """``rebond serve`` without its worker, answering."""
    port = free_port()
    command = [str(REBOND), "serve", "--no-worker", "--port", str(port)]
    process = psutil.Popen(command, env=begun(tmp_path / "data"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_for(f"http://127.0.0.1:{port}/health", process)
    yield process
    if process.is_running():
        process.kill()


@pytest.mark.skipif((psutil.cpu_count() or 1) < 2, reason="one core: one process")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_both_processes_end_together_however_the_first_ends(server: psutil.Popen, how: signal.Signals) -> None:
    [twin] = server.children()
    server.send_signal(how)
    server.wait(15)
    until = time.monotonic() + 15
    while twin.is_running() and twin.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
        time.sleep(0.05)
    assert not twin.is_running() or twin.status() == psutil.STATUS_ZOMBIE


@pytest.mark.django_db(transaction=True)
def test_the_worker_steps_back_behind_pages() -> None:
    mine = psutil.Process()
    with server_module.worker_process():
        [worker] = [child for child in mine.children() if "work" in child.cmdline()]
        assert worker.nice() == min(mine.nice() + server_module.BEHIND_PAGES, 19)


def test_a_process_that_does_not_end_when_told_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.terminate()
    monkeypatch.setattr(server_module, "STOPPED_WITHIN", 0.2)
    server_module._wait_for_twin(process.pid)
    assert not psutil.pid_exists(process.pid)
