"""The product's settings on a throw-away data folder; ``REBOND_DATABASE_URL`` chooses PostgreSQL."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_folder = Path(os.environ.setdefault("REBOND_DATA", tempfile.mkdtemp(prefix="rebond-test-")))
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")

from rebond.web.settings import *  # noqa: E402, F403
from rebond.web.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SQLITE_FILE = _folder / f"test-{_worker}.sqlite3"
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: live servers, workers and the command line open it too.
    DATABASES["default"]["TEST"] = {"NAME": SQLITE_FILE}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY;"
    )
ALLOWED_HOSTS = ["*"]
