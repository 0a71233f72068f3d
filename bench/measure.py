"""What every benchmark shares: a figure with its limit, a throw-away data folder, a running server."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.error import URLError

ROOT = Path(__file__).resolve().parent.parent
REBOND = Path(sys.executable).parent / "rebond"


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        limit: at most this much; with ``at_least`` no less; ``None`` is told for information.
        beside: what it was measured against, in words with the peer's own number.
    """

    what: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    beside: str = ""

    @property
    def kept(self) -> bool:
        """Whether the limit holds; a figure without limit cannot break one."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def verdict(self) -> str:
        return "" if self.limit is None else "kept" if self.kept else "NOT KEPT"

    @property
    def wanted(self) -> str:
        """The limit as people write it."""
        if self.limit is None:
            return ""
        return f"{'at least' if self.at_least else 'at most'} {shown(self.limit, self.unit)}"


def timed(make: Callable[[], Any]) -> float:
    """Milliseconds by the clock."""
    started = time.perf_counter()
    make()
    return (time.perf_counter() - started) * 1000


def signed_in(who: str) -> Any:
    """A client of the company of ``bench.company``, signed in as ``admin``, ``seller0`` ..."""
    from django.conf import settings
    from django.test import Client

    from rebond.accounts.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.get(email=f"{who}@rebond.example"))
    return client


def shown(value: float, unit: str) -> str:
    """A number with its unit, to three figures.

    >>> shown(3.14159, "x"), shown(1234.5, "ms"), shown(0, "failed")
    ('3.14x', '1,234 ms', '0 failed')
    """
    digits = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}{'' if unit == 'x' else ' '}{unit}"


def main(figures: Callable[[], list[Figure]], about: str | None) -> None:
    """A benchmark's own command line: a table, or with ``--json`` one document."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else there")
    options = parser.parse_args()
    found = figures()
    if options.json:
        print(json.dumps([asdict(figure) for figure in found]))
    else:
        print_table(found)
    sys.exit(0 if all(figure.kept for figure in found) else 1)


def print_table(figures: list[Figure]) -> None:
    for figure in figures:
        number, wanted = shown(figure.value, figure.unit), figure.wanted
        print(f"{figure.what:56} {number:>14}  {wanted:22} {figure.verdict:9} {figure.beside}")


def use_folder(folder: Path, **more: str) -> None:
    """Makes this process work on an empty installation of its own in ``folder``; ``more`` are further settings."""
    for name in [name for name in os.environ if name.startswith("REBOND_")]:
        del os.environ[name]
    os.environ |= {"REBOND_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "rebond.web.settings"} | more
    from rebond.commands.ready import make_ready

    make_ready()


@contextmanager
def own_folder() -> Iterator[Path]:
    """A throw-away ``REBOND_DATA`` that this process works on."""
    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        use_folder(Path(name))
        yield Path(name)


@dataclass(frozen=True)
class Server:
    """A running ``rebond serve``: its address and the resident memory of its processes."""

    url: str
    port: int
    process: subprocess.Popen[bytes]

    def resident(self) -> float:
        """Megabytes the web process holds now."""
        return resident(self.process.pid)


def resident(pid: int, field: str = "VmRSS") -> float:
    """Megabytes a process holds now (VmRSS of proc(5)), or has held at most (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) / 1024


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, command: str = "serve") -> Iterator[Server]:
    """``rebond serve`` on ``folder``, until it answers; stopped with the block."""
    port = free_port()
    env = os.environ | {"REBOND_DATA": str(folder), "REBOND_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen([str(REBOND), command, "--port", str(port)], env=env, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/health")
        yield Server(f"http://127.0.0.1:{port}", port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for(url: str, seconds: float = 90) -> None:
    """Until the address answers 200."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.02)
    raise TimeoutError(url)


def session_of(user: Any) -> str:
    """A session of that person's, as signing in leaves it; what its cookie says."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.save()
    return str(session.session_key)
