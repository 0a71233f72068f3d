"""Staying in touch from the command line: who is due, who comes next, a contact logged, dates that people gave."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from datetime import datetime

    from rebond.accounts.models import User
    from rebond.nurture.models import NamedDate
    from rebond.nurture.queries.due import Due

#: What a logged contact may be, as the screens' buttons.
HOWS = ("call", "no_answer", "meeting", "their_call", "message")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", choices=["list", "next", "log", "dates"],
        help="list: signs and who is due; next: who comes after today; log: a contact; dates: what people named",
    )  # fmt: skip
    parser.add_argument("person", nargs="?", default="", help="log: the person's id, address or name")
    parser.add_argument("--how", choices=HOWS, default="call", help="log: what it was; a call that reached them")
    parser.add_argument("--note", default="", help="log: what was said")
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Answers in the person's own language."""
    from django.utils import timezone, translation
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError
    from rebond.commands import shared

    user = shared.person(options)
    if user is None:
        raise RebondError(_("Whose list? Name somebody with --as EMAIL."), code="person_missing")
    verbs = {"list": _list, "next": _next, "log": _log, "dates": _dates}
    with translation.override(user.language):
        found = verbs[options.what](user, options, timezone.now())
    _show(found, options)
    return 0


def _show(found: dict[str, Any], options: argparse.Namespace) -> None:
    from rebond.commands.plain import print_json

    if options.json:
        print_json({key: value for key, value in found.items() if key != "lines"})
        return
    for line in found["lines"]:
        sys.stdout.write(f"{line}\n")


def _list(user: User, options: argparse.Namespace, now: datetime) -> dict[str, Any]:  # noqa: ARG001
    from rebond.base.dates import show_day
    from rebond.nurture.keep.words import signal_why
    from rebond.nurture.queries import due_for, signals_for, standing_counts

    signs = [
        {"id": one.pk, "person_id": one.person_id, "who": one.person.name, "kind": one.kind, "why": signal_why(one),
         "at": one.at}
        for one in signals_for(user)
    ]  # fmt: skip
    due = [_due(one) for one in due_for(user, now, limit=100)]
    lines = [f"! {one['who']}  {one['why']}" for one in signs]
    lines += [f"  {one['who']}  {one['why']}  {show_day(one['due_on'])}" for one in due]
    return {"as": user.email, "counts": standing_counts(user, now), "signals": signs, "due": due, "lines": lines}


def _next(user: User, options: argparse.Namespace, now: datetime) -> dict[str, Any]:  # noqa: ARG001
    from rebond.base.dates import show_day
    from rebond.nurture.queries import coming

    found = [_due(one) for one in coming(user, now, limit=100)]
    return {
        "as": user.email,
        "next": found,
        "lines": [f"{show_day(one['due_on'])}  {one['who']}  {one['why']}" for one in found],
    }


def _due(found: Due) -> dict[str, Any]:
    one = found.enrolment
    return {
        "person_id": one.person_id,
        "who": one.person.name,
        "company": one.person.company.name if one.person.company else None,
        "due_on": one.due_on,
        "step": one.step,
        "because": one.due_because,
        "why": str(found.why),
        "band": found.band,
        "held": str(found.held) or None,
    }


def _log(user: User, options: argparse.Namespace, now: datetime) -> dict[str, Any]:
    from rebond.nurture.actions import log_contact
    from rebond.nurture.keep.reach import LOGGED, person_named, to_write

    person = person_named(user, options.person)
    to_write(user, person)
    channel, direction, result = LOGGED[options.how]
    touch = log_contact(
        person=person, channel=channel, direction=direction, result=result, note=options.note, actor=user, now=now
    )
    following = to_write(user, person)
    next_on = following.due_on if following else None
    return {
        "person_id": person.pk,
        "who": person.name,
        "touch_id": touch.pk,
        "next_on": next_on,
        "lines": [f"{person.name}  {next_on or '–'}"],
    }


def _dates(user: User, options: argparse.Namespace, now: datetime) -> dict[str, Any]:  # noqa: ARG001
    from rebond.base.dates import show_day
    from rebond.nurture.access import enrolments_for
    from rebond.nurture.models import NamedDate

    mine = enrolments_for(user).filter(owner=user).values("person")
    named = NamedDate.objects.filter(person__in=mine, settled_at=None).select_related("person").order_by("on", "pk")
    found = [_date(one) for one in named[:200]]
    return {"dates": found, "lines": [f"{show_day(one['on'])}  {one['who']}  {one['what']}" for one in found]}


def _date(one: NamedDate) -> dict[str, Any]:
    return {
        "person_id": one.person_id,
        "who": one.person.name,
        "kind": one.kind,
        "what": str(one.get_kind_display()),
        "on": one.on,
        "whole_month": one.whole_month,
        "words": one.words or None,
    }
