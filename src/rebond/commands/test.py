"""``rebond test``: every check and test of the project; works from a checkout only."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
PASS_THROUGH = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="see tools/check.py; the rest goes to pytest")


def run(options: argparse.Namespace) -> int:
    """Hands over to ``tools/check.py``; exit code 0 when everything passed, 3 when something must be installed."""
    if not (CHECKOUT / "tools" / "check.py").exists():
        sys.stderr.write("The tests are not in the installed package. Run ./rebond test in a checkout.\n")
        return 2
    command = [sys.executable, "-m", "tools.check", *options.rest]
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode  # noqa: S603 (our own program)
