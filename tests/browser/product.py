"""The product as people run it: its own process, its own data folder, its own database, loopback only."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import psycopg

REBOND = Path(sys.executable).parent / "rebond"
#: What is kept for copies, and the command that makes it.
MADE_BY = {"demo": ["demo", "--no-serve"], "tables": ["deals", "--json"]}


@dataclass(frozen=True)
class Product:
    """A running server and how to reach it."""

    url: str
    data: Path
    env: dict[str, str]

    def rebond(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command line, on the same data."""
        return subprocess.run(
            [str(REBOND), *words], env=self.env, capture_output=True, text=True, timeout=120, check=False
        )


@contextmanager
def running(data: Path, *, command: str = "serve", new: bool = False, **settings: str) -> Iterator[Product]:
    """``rebond serve`` (or ``demo``) on a free port; on PostgreSQL in its own database.

    ``new`` is the very first start, on a folder that is not there yet: the server makes its tables, which takes
    seconds. ``settings`` are further ones, e.g. ``mail_url="smtp://…"``.
    """
    port = free_port()
    env = environment(data) | {"REBOND_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    env |= {f"REBOND_{name.upper()}": value for name, value in settings.items()}
    if not new:
        copy_of("demo" if command == "demo" else "tables", data, env)
    process = subprocess.Popen(
        [str(REBOND), command, "--port", str(port)],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process)
        yield Product(f"http://127.0.0.1:{port}", data, env)
    finally:
        process.terminate()
        process.wait(60)  # both processes beside it may take their time on a busy machine


def copy_of(what: str, data: Path, env: dict[str, str]) -> None:
    """What a command leaves is made once per test run, by the command itself; every other one is a copy of it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    kept = Path(os.environ["REBOND_DATA"]) / f"{what}-{run}"
    kept.mkdir(exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept / "database").exists():
            _build(kept, MADE_BY[what])
    shutil.copytree(kept / "data", data, dirs_exist_ok=True)
    if url := env["REBOND_DATABASE_URL"]:
        server, name = url.rsplit("/", 1)
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}"')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{(kept / "database").read_text()}"')


def _build(kept: Path, words: list[str]) -> None:
    env = environment(kept / "data")
    subprocess.run([str(REBOND), *words], env=env, check=True, capture_output=True, timeout=300)
    (kept / "database").write_text(env["REBOND_DATABASE_URL"].rsplit("/", 1)[-1])


def begun(data: Path) -> dict[str, str]:
    """The environment of an installation that was started before and holds nothing: its tables are there."""
    env = environment(data)
    copy_of("tables", data, env)
    return env


def environment(data: Path) -> dict[str, str]:
    """What a person's shell would hold: the product's own settings, this folder, a database of its own."""
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    database = own_database(os.environ.get("REBOND_DATABASE_URL", ""))
    return env | {"REBOND_DATA": str(data), "REBOND_DATABASE_URL": database}


def asked(env: dict[str, str], sql: str) -> list[tuple[Any, ...]]:
    """What the database of an installation says, from outside: at once, where a command takes a second to start."""
    if url := env["REBOND_DATABASE_URL"]:
        with psycopg.connect(url, autocommit=True) as server:
            return server.execute(sql).fetchall()  # type: ignore[arg-type]
    with closing(sqlite3.connect(Path(env["REBOND_DATA"]) / "rebond.sqlite3", timeout=20)) as file:
        return file.execute(sql).fetchall()


def own_database(url: str) -> str:
    """A new empty database on the same PostgreSQL server; nothing to do on SQLite."""
    if not url:
        return ""
    name = f"browser_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return url.rsplit("/", 1)[0] + f"/{name}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: int = 90) -> None:
    """Until the address answers; says what the server printed when it dies first."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped: {process.stderr.read().decode() if process.stderr else ''}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(url)
