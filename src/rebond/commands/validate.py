"""``rebond validate``: are the statistics right? Simulations with known truth; works from a checkout only."""

from __future__ import annotations

import argparse
import subprocess
import sys

from rebond.commands.test import CHECKOUT

PASS_THROUGH = True


def run(options: argparse.Namespace) -> int:
    """Hands over to ``validation/run.py``; exit code 0 when every gate is kept."""
    if not (CHECKOUT / "validation" / "run.py").exists():
        sys.stderr.write("The simulations are not in the installed package. Run ./rebond validate in a checkout.\n")
        return 2
    command = [sys.executable, "-m", "validation.run", *options.rest]
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode  # noqa: S603 (our own program)
