"""``rebond manage …``: Django's own management commands, for developers."""

from __future__ import annotations

import argparse


def run(options: argparse.Namespace) -> int:
    """Hands over to Django."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["rebond manage", *options.rest])
    return 0
