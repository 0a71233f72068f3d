"""From a fresh clone to the first page: ``./rebond demo`` as a newcomer runs it, then once more.

What is downloaded is shown apart: the time until the packages are in ``.venv`` is not ours, what comes after is. The
clone holds what is committed. Downloads come from wherever pip and uv are set up to look.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import ROOT, Figure, free_port, main, wait_for

COLD, WARM = 30, 3


@contextmanager
def demo(clone: Path, data: Path) -> Iterator[float]:
    """``./rebond demo`` until its sign-in page answers; how long that took."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("REBOND_", "VIRTUAL_ENV"))}
    started = time.monotonic()
    process = subprocess.Popen(
        ["./rebond", "demo", "--port", str(port)], cwd=clone, env=env | {"REBOND_DATA": str(data)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/account/login/", 600)
        yield time.monotonic() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def installed_after(clone: Path, found: list[float]) -> None:
    """Notes the moment the script's stamp says that everything is installed."""
    stamp, started = clone / ".venv" / ".rebond-run", time.monotonic()
    while not stamp.exists() and time.monotonic() - started < 600:
        time.sleep(0.02)
    found.append(time.monotonic() - started)


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="rebond-bench-") as name:
        clone, data = Path(name, "clone"), Path(name, "data")
        begun = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(clone)], check=True)
        cloned = time.monotonic() - begun
        installed: list[float] = []
        watch = threading.Thread(target=installed_after, args=(clone, installed), daemon=True)
        watch.start()
        with demo(clone, data) as cold:
            watch.join()
        warm = []
        for _time in range(3):
            with demo(clone, data) as taken:
                warm.append(taken)
    return [
        Figure("clone", cloned, "s"),
        Figure("downloads and installation, all packages", installed[0], "s"),
        Figure("clone and everything after the downloads, to the first page", cloned + cold - installed[0], "s", COLD),
        Figure("the same, downloads included", cloned + cold, "s"),
        Figure(
            "started again, to the first page", sorted(warm)[1], "s", WARM,
            beside="of three: " + ", ".join(f"{taken:.1f}" for taken in warm),
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    main(figures, __doc__)
