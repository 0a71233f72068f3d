"""``rebond …``: one word per job. The table at the bottom is the whole command line."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs one command; never shows a traceback (the sentence and the code of the error instead)."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["rebond", *sys.argv[1:]])
    return 0
