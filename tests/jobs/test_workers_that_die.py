"""Real worker processes, killed -9 again and again: every job is done, none is lost, none is done twice at once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.browser.product import REBOND, asked, begun

ROOT = Path(__file__).resolve().parents[2]


def shell(env: dict[str, str], code: str) -> str:
    command = [str(REBOND), "manage", "shell", "-v", "0", "-c", code]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def left(env: dict[str, str]) -> int:
    return int(asked(env, "SELECT count(*) FROM jobs_job WHERE status <> 'done'")[0][0])


def chaos(folder: Path, *, jobs: int, kills: int) -> Counter[str]:
    """Queues ``jobs``, kills one of two workers ``kills`` times, then lets them end; what each job left behind."""
    env = begun(folder / "data") | {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "rebond.web.settings"}
    shell(
        env,
        "from django.utils import timezone\n"
        "from rebond.jobs.actions import enqueue\n"
        "from tests.jobs.tasks import write_slowly\n"
        f"for n in range({jobs}):\n"
        f"    path = {str(folder)!r} + '/' + str(n)\n"
        "    enqueue(task=write_slowly, kwargs={'path': path}, now=timezone.now(), max_attempts=50)\n",
    )

    def hired() -> subprocess.Popen[bytes]:
        return subprocess.Popen([str(REBOND), "work"], env=env, stderr=subprocess.DEVNULL)

    workers = [hired(), hired()]
    rng = random.Random(7)
    for _kill in range(kills):
        time.sleep(rng.uniform(1.5, 2.5))
        victim = workers.pop(rng.randrange(2))
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        workers.append(hired())
    shell(env, "from rebond.jobs.models import Job; from django.utils import timezone; Job.objects.filter("
               "status='running').update(lease_until=timezone.now())")  # fmt: skip
    deadline = time.monotonic() + 30 + jobs
    while left(env) and time.monotonic() < deadline:
        time.sleep(0.3)
    for one in workers:
        one.terminate()
        one.wait(30)
    assert left(env) == 0
    return Counter("".join((folder / str(n)).read_text() for n in range(jobs)).split())


def test_no_job_is_lost_when_workers_are_killed(tmp_path: Path) -> None:
    effects = chaos(tmp_path, jobs=60, kills=2)
    assert effects["ended"] >= 60
    assert effects["begun"] - 60 <= 2 + 1  # at most the job in hand of each killed worker is begun again


@pytest.mark.soak
def test_no_job_is_lost_in_a_long_night_of_kills(tmp_path: Path) -> None:
    effects = chaos(tmp_path, jobs=2_000, kills=40)
    assert effects["ended"] >= 2_000
    assert effects["begun"] - 2_000 <= 41
