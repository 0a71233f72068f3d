"""A person's rights on the command line: their copy, their erasure, their silence. WHO is an address or a record's
number."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.deals.models import Person


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["export", "erase", "silence"])
    parser.add_argument("id", metavar="WHO", help="an address, or the number of the record")
    parser.add_argument("--name", default="", help="erase: their name, as it stands on their page")
    parser.add_argument(
        "--scope", default="all", choices=["all", "feedback", "keep_in_touch", "referral"], help="silence: from what"
    )
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``export`` always prints JSON; the others a line, or with ``--json`` what was done."""
    return {"export": _export, "erase": _erase, "silence": _silence}[options.what](options)


def _export(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from rebond.base.errors import NotAllowed
    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.loop import forgetting
    from rebond.loop.privacy import copy_of

    user, now = shared.person(options), timezone.now()
    if user is not None and not user.is_lead:
        raise NotAllowed
    person = _the_person(options)
    print_json(copy_of(person, user, now))
    forgetting.note_copy_made(person=person, actor=user, now=now)
    return 0


def _erase(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from rebond.commands import shared
    from rebond.loop import forgetting

    user, person = shared.person(options), _the_person(options)
    records = forgetting.erase_person(person=person, typed=options.name, actor=user, now=timezone.now())
    return _done(options, {"erased": person.pk, "records": records}, f"Erased: {records}. The address stays silent.")


def _silence(options: argparse.Namespace) -> int:
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from rebond.accounts.access import require_admin
    from rebond.base.errors import RebondError
    from rebond.commands import shared
    from rebond.mail import actions
    from rebond.mail.addresses import usable
    from rebond.mail.models import Why

    user = shared.person(options)
    if user is not None:
        require_admin(user)
    address = options.id if "@" in options.id else _the_person(options).email
    if not usable(address):
        raise RebondError(
            _("This is no address mail could go to. Nothing was changed. Look at it again."), code="bad_address"
        )
    kept = actions.suppress(
        address=address, scope=options.scope, why=Why.OPERATOR, source="command", actor=user, now=timezone.now()
    )
    return _done(options, {"scope": kept.scope, "why": kept.why, "since": kept.at}, "Kept. Nothing goes there.")


def _the_person(options: argparse.Namespace) -> Person:
    """The newest record of that address, or that number, if ``--as`` may open it."""
    from django.utils.translation import gettext as _

    from rebond.base.errors import NotFound
    from rebond.commands import shared
    from rebond.deals.queries import people_for

    people = people_for(shared.person(options)).select_related("company")
    if "@" in options.id:
        found = people.filter(email=options.id.strip().lower()).order_by("-pk").first()
    else:
        found = people.filter(pk=int(options.id)).first() if options.id.isdecimal() and len(options.id) < 15 else None
    if found is None:
        raise NotFound(
            _("There is no record “%(id)s”. Nothing was changed. Use the address or the number of their page.")
            % {"id": options.id},
            code="unknown_record",
        )
    return found


def _done(options: argparse.Namespace, result: dict[str, object], words: str) -> int:
    from rebond.commands.plain import print_json

    if options.json:
        print_json(result)
    else:
        sys.stdout.write(f"{words}\n")
    return 0
