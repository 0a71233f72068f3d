"""Starting and stopping the processes of one installation."""

from __future__ import annotations

import gc
import importlib
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils.translation import gettext as _

from rebond.base.errors import RebondError

#: File systems whose locks cannot be trusted with SQLite's write-ahead log.
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs"}

APPLICATION = "rebond.web.asgi"
#: Seconds: pages that are being made when the server is told to stop; a process beside it that is told the same (a
#: worker gives its job ten).
LAST_PAGES, STOPPED_WITHIN = 5, 15
#: How far the worker steps back where both want a core (``nice``): somebody waits for a page, nobody for a job.
BEHIND_PAGES = 5


def free_port(host: str, wanted: int) -> int:
    """``wanted``, or the next port nobody listens on."""
    for port in range(wanted, min(wanted + 200, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    message = _("No free port was found near %(port)d. Nothing was started. Name one with --port.")
    raise RebondError(message % {"port": wanted}, code="no_port")


def check_folder(folder: Path, mounts: str | None = None) -> None:
    """``RebondError`` ``network_folder`` when the embedded database would lie on a network drive."""
    if settings.CONFIG.database_url:
        return
    kind = file_system(folder, mounts if mounts is not None else _mounts())
    if kind in NETWORK_FILE_SYSTEMS:
        raise RebondError(
            _(
                "The data folder %(folder)s is on a network drive (%(kind)s), where SQLite's locks do not "
                "hold. Nothing was started. Set REBOND_DATA to a local folder, or REBOND_DATABASE_URL to a "
                "PostgreSQL database."
            )
            % {"folder": folder, "kind": kind},
            code="network_folder",
        )


def _mounts() -> str:
    path = Path("/proc/mounts")
    return path.read_text() if path.exists() else ""


def file_system(folder: Path, mounts: str) -> str:
    """The kind of file system ``folder`` is on, from the text of /proc/mounts; empty when not known.

    >>> file_system(Path("/data/rebond"), "/dev/sda / ext4 rw 0 0\\nhost:/x /data nfs4 rw 0 0")
    'nfs4'
    """
    best, kind = "", ""
    for line in mounts.splitlines():
        point, found = line.split()[1:3]
        if folder.resolve().is_relative_to(point) and len(point) >= len(best):
            best, kind = point, found
    return kind


@contextmanager
def worker_process() -> Iterator[None]:
    """A ``rebond work`` that ends with the block, and by itself if this process dies."""
    command = [sys.executable, "-m", "rebond.cli", "work", "--with-parent", str(os.getpid())]
    process = subprocess.Popen(command)  # noqa: S603 (our own program)
    os.setpriority(os.PRIO_PROCESS, process.pid, min(os.getpriority(os.PRIO_PROCESS, 0) + BEHIND_PAGES, 19))
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()  # its job was given back, or its lease runs out: nothing is lost
            process.wait()


@contextmanager
def second_process(pages: Callable[[], None]) -> Iterator[None]:
    """A twin of this process that answers pages too, so that two cores are used; it ends with the block.

    If it dies alone, its address is taken back by the system and this process answers everything.
    """
    connections.close_all()  # a database connection must not live in two processes
    parent_lives, held_by_parent = os.pipe()
    twin = os.fork()
    if twin == 0:
        os.close(held_by_parent)
        threading.Thread(target=_end_with, args=(parent_lives,), daemon=True).start()
        try:
            pages()
        finally:
            os._exit(0)  # whatever happened: what is above on the stack belongs to the parent
    try:
        yield
    finally:
        os.kill(twin, signal.SIGTERM)
        _wait_for_twin(twin)
        os.close(parent_lives)
        os.close(held_by_parent)


def _wait_for_twin(twin: int) -> None:
    """Until it has ended; one that does not end in time is ended, as a crash would (what was committed is kept)."""
    until = time.monotonic() + STOPPED_WITHIN
    while os.waitpid(twin, os.WNOHANG) == (0, 0):
        if time.monotonic() > until:
            os.kill(twin, signal.SIGKILL)
            os.waitpid(twin, 0)
            return
        time.sleep(0.02)


def _end_with(parent_lives: int) -> None:
    """An orphan stops at once, however its parent died: the pipe between them ends."""
    os.read(parent_lives, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def settle_memory() -> None:
    """What is loaded now stays: never look through it again, and share it between both processes.

    Litter is looked for less often: a list of 5,000 things is none, and looking takes 10 to 15 ms of such a page.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def serve(*, host: str, port: int, worker: bool = True) -> int:
    """Pages until SIGTERM or Ctrl+C; the job worker beside them."""
    check_folder(settings.CONFIG.data)
    _raise_file_limit()
    importlib.import_module(APPLICATION)  # before the fork, so that both processes share it
    settle_memory()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that what runs beside is ended too

    def pages() -> None:
        _answer(host, port)

    with ExitStack() as beside:
        if worker:
            beside.enter_context(worker_process())
        if (os.cpu_count() or 1) > 1 and hasattr(socket, "SO_REUSEPORT"):
            beside.enter_context(second_process(pages))
        pages()
    return 0


def _answer(host: str, port: int) -> None:
    """One process's pages, until it is told to stop. The system spreads connections over all that share the port."""
    import uvicorn

    config = uvicorn.Config(
        f"{APPLICATION}:application", log_level="warning", access_log=False, lifespan="on", loop="asyncio",
        timeout_graceful_shutdown=LAST_PAGES,
    )  # fmt: skip
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((host, port))
        server = uvicorn.Server(config)
        _end_streams_first(server)
        server.run(sockets=[listening])


def _end_streams_first(server: Any) -> None:
    """Open streams never finish by themselves, and the server would wait for them: told to stop, it ends them."""
    from rebond.web.asgi import streams

    stop = server.handle_exit

    def handle_exit(number: int, frame: Any) -> None:
        streams.stop_soon()
        stop(number, frame)

    server.handle_exit = handle_exit


def _raise_file_limit() -> None:
    """Each open screen of a colleague is a file descriptor: take as many as the system allows.

    Some systems allow less than they say; then it stays as it was, and fewer screens are live (``live.stream.most``).
    """
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
