"""A PostgreSQL of our own for one test run: private folder, free port, gone afterwards."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_SETTINGS = "fsync=off\nsynchronous_commit=off\nfull_page_writes=off\nmax_connections=60\n"


def binaries() -> Path | None:
    """Where ``initdb`` and ``pg_ctl`` are; ``None`` when this machine has no PostgreSQL server."""
    on_path = shutil.which("initdb")
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), reverse=True)
    candidates = found or ([str(Path(on_path).resolve())] if on_path else [])
    return Path(candidates[0]).parent if candidates else None


@contextmanager
def server(programs: Path, settings: str = SERVER_SETTINGS) -> Iterator[str]:
    """Starts the server and yields its ``postgresql://`` URL (superuser, database ``postgres``).

    ``settings`` are lines of postgresql.conf: by default those of tests, which lose everything at a power cut.
    """
    # PostgreSQL refuses to run as root; Debian's package made this account.
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="rebond-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    data, port = folder / "data", _free_port()

    def run(*command: str) -> None:
        subprocess.run(
            command,
            check=True,
            user=user if os.geteuid() == 0 else None,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )

    run(
        str(programs / "initdb"),
        "-D",
        str(data),
        "-U",
        "rebond",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    )
    with (data / "postgresql.conf").open("a") as file:
        file.write(settings)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    run(str(programs / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgresql://rebond@127.0.0.1:{port}/postgres"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
