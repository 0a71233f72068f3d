"""What ``./rebond test`` does: every check, then every test on SQLite, then the same tests on PostgreSQL.

./rebond test                       all of it
./rebond test --only checks         style, types, import contracts, messages, migrations
./rebond test --only sqlite         the suite on the embedded database (also: --only postgresql)
./rebond test -m "not browser"      anything else goes to pytest
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools import postgresql

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
#: A real mailbox to read (tests/mail/imap_server.py).
DOVECOT = "/usr/sbin/dovecot"

CHECKS: dict[str, list[str]] = {
    "style": [str(BIN / "ruff"), "check", "."],
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "types": [str(BIN / "mypy")],
    "rooms (import contracts)": [str(BIN / "lint-imports")],
    "messages in both languages": [sys.executable, "tools/messages.py", "--check"],
    "migrations": [str(BIN / "rebond"), "manage", "makemigrations", "--check", "--dry-run"],
}


def say(line: str) -> None:
    sys.stdout.write(f"\n== {line}\n")
    sys.stdout.flush()


def run(label: str, command: list[str], env: dict[str, str]) -> bool:
    """One step with its time; ``True`` when it passed."""
    say(label)
    started = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    say(f"{label}: {'passed' if code == 0 else f'FAILED (exit {code})'}, {time.monotonic() - started:.0f} s")
    return code == 0


def missing_packages(*, browser: bool) -> list[str]:
    """Debian packages the tests need and this machine lacks."""
    missing = []
    if browser and not shutil.which("chromium"):
        missing += ["chromium", "fonts-liberation"]
    if browser and not list(Path("/usr/lib").glob("*/libatomic.so.1")):
        missing.append("libatomic1")  # Playwright's driver needs it; a small Debian lacks it
    if postgresql.binaries() is None and os.geteuid() == 0:
        missing.append("postgresql")
    if not Path(DOVECOT).exists() and os.geteuid() == 0:
        missing.append("dovecot-imapd")
    return missing


def install(packages: list[str]) -> None:
    """Adds them as root; otherwise says the one line to run. Never asks for rights by itself."""
    if os.geteuid() != 0:
        say(f"the browser tests need: sudo apt-get install -y {' '.join(packages)}")
        say('or leave them out: ./rebond test -m "not browser"')
        sys.exit(3)
    say(f"installing {' '.join(packages)} (Debian)")
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "-qq", *command], env=env, check=True, stdout=subprocess.DEVNULL)


def suite(database_url: str, extra: list[str]) -> bool:
    """The whole test suite on one database, two tests at a time."""
    with tempfile.TemporaryDirectory(prefix="rebond-test-") as folder:
        env = os.environ | {
            "REBOND_DATA": folder,
            "REBOND_DATABASE_URL": database_url,
            # Compiled once, not by each of some hundred processes and both halves; .gitignore knows the folders.
            "PYTHONDONTWRITEBYTECODE": "",
        }
        name = "PostgreSQL" if database_url else "SQLite"
        # In the order of tests/conftest.py: whole files, those that take longest first, so that both end together.
        command = [str(BIN / "pytest"), "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", *extra]
        return run(f"tests on {name}", command, env)


def on_postgresql(extra: list[str]) -> bool:
    programs = postgresql.binaries()
    if programs is None:
        say("tests on PostgreSQL left out: no server on this machine (Debian: apt-get install postgresql)")
        return True
    with postgresql.server(programs) as url:
        return suite(url, extra)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="rebond test", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=["checks", "sqlite", "postgresql"])
    options, extra = parser.parse_known_args(arguments)
    browser = "not browser" not in " ".join(extra) and options.only != "checks"
    if options.only != "checks" and (packages := missing_packages(browser=browser)):
        install(packages)
    if options.only != "checks" and not Path(DOVECOT).exists():
        say("tests that read a mailbox left out: no server on this machine (Debian: apt-get install dovecot-imapd)")
    results = []
    if options.only in (None, "checks"):
        with tempfile.TemporaryDirectory(prefix="rebond-check-") as folder:
            env = os.environ | {"REBOND_DATA": folder}
            results += [run(label, command, env) for label, command in CHECKS.items()]
    if options.only in (None, "sqlite"):
        results.append(suite("", extra))
    if options.only in (None, "postgresql"):
        results.append(on_postgresql(extra))
    say(f"{results.count(True)} of {len(results)} steps passed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
