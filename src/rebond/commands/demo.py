"""A demo company, made once, then served: prints the address and how to sign in."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="the next free one is taken when it is in use")
    parser.add_argument("--no-serve", action="store_true", help="only make the company")


def before_ready() -> None:
    """The demo has a folder of its own, unless REBOND_DATA names one."""
    if "REBOND_DATA" not in os.environ:
        import platformdirs

        os.environ["REBOND_DATA"] = str(Path(platformdirs.user_data_dir("rebond")) / "demo")


def run(options: argparse.Namespace) -> int:
    """Builds the company if nobody is there yet, and serves it."""
    from django.utils import timezone

    from rebond.accounts.models import User
    from rebond.demo import company
    from rebond.web import server

    if not User.objects.exists():
        company.build(now=timezone.now())
    if options.no_serve:
        return 0
    port = server.free_port("127.0.0.1", options.port)
    sys.stdout.write(_welcome(port))
    sys.stdout.flush()
    return server.serve(host="127.0.0.1", port=port)


def _welcome(port: int) -> str:
    from rebond.demo.company import PASSWORD, SIGN_INS

    lines = [f"Rebond's demo company is at http://127.0.0.1:{port}", ""]
    lines += [f"  {role:14} {email:32} {PASSWORD}" for role, email in SIGN_INS]
    return "\n".join([*lines, "", "Ctrl+C stops it. Everything it keeps is in its data folder.", ""])
