"""Imports deals, people or touches from a CRM's export (CSV or Excel); shows what it understood before it writes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.connect.csv.models import ImportRun


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=["deals", "people", "touches"])
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--map", action="append", default=[], metavar="THEIRS=OURS", help="what a column is; empty leaves it out"
    )
    parser.add_argument("--time-zone", default="", help="of days and times that name none")
    parser.add_argument("--currency", default="", help="of amounts that name none")
    order = parser.add_mutually_exclusive_group()
    order.add_argument(
        "--day-first", action="store_const", const="dmy", dest="order", default="", help="03/04 is in April"
    )
    order.add_argument("--month-first", action="store_const", const="mdy", dest="order", help="03/04 is in March")
    parser.add_argument("--encoding", default="", help="when letters look wrong, e.g. mac_roman")
    parser.add_argument("--source", default="csv", help="the system it comes from; ids are its own")
    parser.add_argument("--team", default="", help="whose deals these are; made when it is new")
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Exit code 0 done, 2 the file cannot be used (and nothing was written)."""
    from django.utils import timezone

    from rebond.commands.plain import print_json
    from rebond.connect.csv import actions

    started = _begin(options)
    reading = actions.look(started)
    if not options.json:
        _show(reading.described())
    if reading.asks_day_order and not options.order:
        _say(
            "Days such as 03/04 could be read both ways; they are read by the file's language. "
            "--day-first or --month-first settles it."
        )
    if not options.yes and not _agreed():
        actions.ask_to_stop(run=started, actor=None, now=timezone.now())
        return 2
    actions.ready(run=started, reading=reading)
    actions.start(run=started, actor=started.started_by, now=timezone.now())
    actions.carry_out(run=started, clock=timezone.now, progress=_progress if sys.stderr.isatty() else None)
    if options.json:
        print_json(_result(started))
    else:
        sys.stdout.write(
            f"{started.created} created, {started.updated} updated, {started.unchanged} unchanged, "
            f"{started.rejected} left out\n{_silent(started)}"
        )
    return 0


def _begin(options: argparse.Namespace) -> ImportRun:
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from rebond.accounts.actions import add_team
    from rebond.accounts.models import Team
    from rebond.base.errors import NotFound, RebondError
    from rebond.commands import shared
    from rebond.connect.csv import actions

    if not options.file.is_file():
        raise NotFound(
            _("There is no file %(file)s. Nothing was read. Check the name.") % {"file": options.file}, code="no_file"
        )
    now, user = timezone.now(), shared.person(options)
    team = Team.objects.filter(name__iexact=options.team).first() if options.team else None
    if options.team and team is None:
        team = add_team(name=options.team, actor=user, now=now)
    for pair in options.map:
        if "=" not in pair:
            raise RebondError(
                _("“%(pair)s” is no mapping. Nothing was read. Write “their header=our name”.") % {"pair": pair},
                code="bad_map",
            )
    with options.file.open("rb") as file:
        stored = actions.keep_file(iter(lambda: file.read(1 << 20), b""))
    return actions.begin(
        kind=options.kind, file_name=options.file.name, stored_as=stored, choices=_choices(options), team=team,
        source=options.source, actor=user, now=now,
    )  # fmt: skip


def _choices(options: argparse.Namespace) -> dict[str, Any]:
    pairs = (pair.rpartition("=") for pair in options.map)
    return {
        "mapping": {theirs.strip(): ours.strip() for theirs, _equals, ours in pairs},
        "zone": options.time_zone,
        "currency": options.currency,
        "order": options.order or "",
        "encoding": options.encoding,
    }


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _show(described: dict[str, Any]) -> None:
    about = described["encoding"] or "Excel"
    separator = {"\t": "tab"}.get(described["delimiter"], described["delimiter"])
    _say(f"{described['total']} rows, {about}{', separator ' + separator if separator else ''}")
    for column in described["columns"]:
        read = "; ".join(f"{raw} → {value}" for raw, value in column["read"]) or ", ".join(column["examples"])
        _say(f"  {column['header'][:30]:30} {column['ours'] or '(left out)':16} {column['how']:7} {read[:90]}")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        _say("Nothing was written. Add --yes to import.")
        return False
    return input("Import these? [y/N] ").strip().lower() in ("y", "yes", "o", "oui")


def _progress(started: ImportRun) -> None:
    sys.stderr.write(f"\r{started.read} of {started.total} rows")
    sys.stderr.flush()


def _silent(started: ImportRun) -> str:
    """One more line when the file brought addresses that asked for silence (L16)."""
    silent, erased = started.described.get("silent", 0), started.described.get("erased", 0)
    if not silent and not erased:
        return ""
    return f"{silent} asked for silence and stay silent, {erased} asked to be erased and were left out\n"


def _result(started: ImportRun) -> dict[str, Any]:
    from rebond.deals.models import Outcome

    counts = {name: getattr(started, name) for name in ("read", "created", "updated", "unchanged", "rejected")}
    outcomes = {str(outcome.value): started.outcomes.get(outcome.value, 0) for outcome in Outcome}
    errors = [[p.number, p.column, p.value, p.expected] for p in started.problems.all()[:20]]
    counts |= {name: started.described.get(name, 0) for name in ("silent", "erased")}
    return counts | (outcomes if started.kind == "deals" else {}) | {"errors": errors, "import_id": started.pk}
