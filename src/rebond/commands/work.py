"""Runs background jobs until it is stopped."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="do what is due, then stop")
    parser.add_argument("--with-parent", type=int, default=0, metavar="PID", help="stop when that process is gone")


def run(options: argparse.Namespace) -> int:
    """The worker of ``rebond.jobs`` in the foreground."""
    from rebond.jobs.worker import main

    return main(once=options.once, parent=options.with_parent)
