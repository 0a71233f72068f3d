"""What every command pays before it does anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HEAVY = ("scipy", "numpy", "sklearn", "duckdb", "ibis", "anymail.backends")
ASKED = "import sys, django; django.setup(); print([name for name in sys.argv[1:] if name in sys.modules])"


def test_starting_the_program_loads_no_statistics_and_no_database_of_facts(tmp_path: Path) -> None:
    """A second and more at each command and process; they are loaded where a question is asked."""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "rebond.web.settings", "REBOND_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", ASKED, *HEAVY], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
