"""``rebond bench``: how fast and how small it is; works from a checkout only."""

from __future__ import annotations

import argparse
import subprocess
import sys

from rebond.commands.test import CHECKOUT

PASS_THROUGH = True


def run(options: argparse.Namespace) -> int:
    """Hands over to ``bench/run.py``; exit code 0 when every limit is kept."""
    if not (CHECKOUT / "bench" / "run.py").exists():
        sys.stderr.write("The benchmarks are not in the installed package. Run ./rebond bench in a checkout.\n")
        return 2
    command = [sys.executable, "-m", "bench.run", *options.rest]
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode  # noqa: S603 (our own program)
