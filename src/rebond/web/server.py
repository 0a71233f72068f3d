"""Starting and stopping the processes of one installation."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from rebond.base.errors import RebondError

#: File systems whose locks cannot be trusted with SQLite's write-ahead log.
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs"}


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
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def serve(*, host: str, port: int, worker: bool = True) -> int:
    """Pages until SIGTERM or Ctrl+C; the job worker beside them."""
    import uvicorn

    check_folder(settings.CONFIG.data)
    _raise_file_limit()
    config = uvicorn.Config(
        "rebond.web.asgi:application", host=host, port=port, log_level="warning", access_log=False, lifespan="on",
        timeout_graceful_shutdown=10,
    )  # fmt: skip
    if not worker:
        uvicorn.Server(config).run()
        return 0
    with worker_process():
        uvicorn.Server(config).run()
    return 0


def _raise_file_limit() -> None:
    """Each open page of a colleague is a file descriptor: take as many as the system allows."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
