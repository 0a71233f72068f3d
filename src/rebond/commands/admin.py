"""Makes an administrator who can sign in; asks for what is not given."""

from __future__ import annotations

import argparse
import getpass
import sys

from rebond.commands import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--email", default="")
    parser.add_argument("--name", default="")
    parser.add_argument(
        "--password", default="", help="asked for when missing, so that it stays out of the shell's history"
    )
    parser.add_argument("--language", choices=["en", "fr"], default="en")
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Adds the person in the first team; ``email_taken``, ``weak_password`` ... as on the screen."""
    from django.utils import timezone

    from rebond.accounts.actions import add_person, default_team
    from rebond.accounts.models import Role
    from rebond.commands.plain import print_json

    email = options.email or _ask("Email: ")
    name = options.name or (email.split("@")[0].title() if options.email else _ask("Name: "))
    password = options.password or _ask("Password (at least 10 characters): ", secret=True)
    user = add_person(
        name=name, email=email, role=Role.ADMIN, team=default_team(), password=password, language=options.language,
        actor=None, now=timezone.now(),
    )  # fmt: skip
    if options.json:
        print_json({"id": user.pk, "email": user.email, "name": user.name, "role": user.role})
    else:
        sys.stdout.write(f"{user.name} <{user.email}> can sign in.\n")
    return 0


def _ask(question: str, *, secret: bool = False) -> str:
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError

    if not sys.stdin.isatty():
        message = _("Nobody is there to answer “%(question)s”. Nothing was made. Give --email, --name and --password.")
        raise RebondError(message % {"question": question.strip(": ")}, code="not_interactive")
    return getpass.getpass(question) if secret else input(question)
