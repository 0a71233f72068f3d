"""Why deals are lost, what moved, what a touch is worth, what comes: one page from any CRM's export."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rebond.facts.model import Facts
    from rebond.report.build import Report

#: Files in, files out: nothing of ours is opened.
NEEDS_DATABASE = False
#: Without a terminal, a line of progress only once it has taken this long.
PATIENCE = 5.0
#: The day the demo company is looked at, so that its page is the same every time.
DEMO_DAY = "2026-06-09"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "deals", metavar="DEALS", nargs="?", type=Path, help="CSV, XLSX or Parquet; a CRM's own export will do"
    )
    parser.add_argument("--touches", type=Path, help="calls and emails, one row each")
    parser.add_argument("--demo", action="store_true", help="an invented company's three years; needs no file")
    parser.add_argument("--as-of", default="", metavar="DATE", help="the day to look from; the latest day in the file")
    parser.add_argument("--goal", default="", help="sales to reach (40), or money (250000EUR)")
    parser.add_argument("--goal-period", default="", metavar="PERIOD", help="Q1-2026, 2026-02 or 2026")
    parser.add_argument("--commission", default="", help="what the seller earns of a sale: 10%% or a flat sum")
    parser.add_argument("--currency", default="", help="of amounts that name none")
    parser.add_argument("--cost-of-hour", default="", metavar="SUM", help="what an hour of a seller costs")
    parser.add_argument(
        "--map", action="append", default=[], metavar="THEIRS=OURS", help="what a column is; empty leaves it out"
    )
    parser.add_argument(
        "--merge-touches",
        type=int,
        default=0,
        metavar="MINUTES",
        help="touches of one deal and channel this close are one",
    )
    parser.add_argument(
        "--factors", default="", metavar="A,B", help="the further columns to compare deals by; all of them otherwise"
    )
    parser.add_argument("--lang", choices=["en", "fr"], default="en", help="the language of the page")
    parser.add_argument("-o", "--output", type=Path, default=Path("report.html"), metavar="FILE", help="report.html")
    parser.add_argument("--json", dest="json_file", type=Path, metavar="FILE", help="the same content as JSON")


def before_ready() -> None:
    """No session is signed here: a key for this run, so that no folder is made for one."""
    os.environ.setdefault("REBOND_SECRET_KEY", secrets.token_urlsafe(32))


def run(options: argparse.Namespace) -> int:
    """Exit code 0 done; 2 the input cannot be used, and nothing was written."""
    from django.utils.translation import override

    with override(options.lang), tempfile.TemporaryDirectory(prefix="rebond-report-") as folder, _progress() as say:
        deals, touches = _inputs(options, Path(folder))
        facts = _facts(options, deals, touches, say)
        report = _report(options, facts, say)
        say("page")
        files = _texts(options, report)
    _write(files)
    _say_done(options, facts)
    return 0


def _inputs(options: argparse.Namespace, folder: Path) -> tuple[Path, Path | None]:
    from django.utils.translation import gettext as _

    from rebond.base.errors import NotFound, RebondError

    if options.demo:
        from datetime import datetime
        from zoneinfo import ZoneInfo

        from rebond.demo import files

        at = datetime.fromisoformat(f"{DEMO_DAY}T18:00").replace(tzinfo=ZoneInfo("Europe/Paris"))
        return files.write(folder, now=at)
    if options.deals is None:
        raise RebondError(_("No file of deals was named. Nothing was read. Write “rebond report FILE”, or --demo."),
                          code="no_file")  # fmt: skip
    for path in (options.deals, options.touches):
        if path is not None and not path.is_file():
            raise NotFound(
                _("There is no file %(file)s. Nothing was read. Check the name.") % {"file": path}, code="no_file"
            )
    return options.deals, options.touches


def _facts(options: argparse.Namespace, deals: Path, touches: Path | None, say: Any) -> Facts:
    from django.utils import timezone

    from rebond.facts.from_files import read
    from rebond.report.questions import reason_code

    return read(
        deals, touches, today=timezone.localdate(), options=_reading(options), reason_codes=reason_code,
        progress=say,
    )  # fmt: skip


def _reading(options: argparse.Namespace) -> Any:
    from rebond.facts.model import Options

    names = tuple(name.strip() for name in options.factors.split(",") if name.strip())
    return Options(
        mapping=_mapping(options.map), as_of=_day(options.as_of or (DEMO_DAY if options.demo else "")),
        currency=options.currency.upper(), commission=options.commission, merge_touches=options.merge_touches,
        factors=names or None,
    )  # fmt: skip


def _mapping(pairs: list[str]) -> dict[str, str]:
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError

    for pair in pairs:
        if "=" not in pair:
            raise RebondError(
                _("“%(pair)s” is no mapping. Nothing was read. Write “their header=our name”.") % {"pair": pair},
                code="bad_map",
            )
    parts = (pair.rpartition("=") for pair in pairs)
    return {theirs.strip(): ours.strip() for theirs, _equals, ours in parts}


def _day(text: str) -> Any:
    from django.utils.dateparse import parse_date
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError

    if not text:
        return None
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise RebondError(
            _("“%(text)s” is not a date. Nothing was changed. Write 2026-06-09.") % {"text": text}, code="bad_date"
        )
    return found


def _report(options: argparse.Namespace, facts: Facts, say: Any) -> Report:
    from rebond.report.build import build

    return build(facts, _asked(options, facts), step=lambda number, of, name: say(name, number, of))


def _asked(options: argparse.Namespace, facts: Facts) -> Any:
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError
    from rebond.report.options import Options, amount, goal

    if bool(options.goal) != bool(options.goal_period):
        raise RebondError(_("A goal needs its period, and a period its goal. Nothing was written. "
                            "Write --goal 40 --goal-period Q1-2026."), code="bad_goal")  # fmt: skip
    unit = facts.minor_per_major
    wanted = (
        goal(options.goal, options.goal_period, currency=facts.currency, minor_per_major=unit) if options.goal else None
    )
    hour = amount(options.cost_of_hour) if options.cost_of_hour else None
    names = tuple(name.strip() for name in options.factors.split(",") if name.strip())
    return Options(wanted, None if hour is None else round(hour * unit), names or None)


def _texts(options: argparse.Namespace, report: Report) -> dict[Path, str]:
    """Everything is made before anything is written."""
    from rebond.report.document import as_text
    from rebond.report.page import page

    texts = {options.output: page(report, options.lang)}
    if options.json_file is not None:
        texts[options.json_file] = as_text(report)
    return texts


def _write(texts: dict[Path, str]) -> None:
    """Beside its place first, then renamed: a reader never sees half a file."""
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError

    made: list[tuple[Path, Path]] = []
    try:
        for path, text in texts.items():
            beside = path.with_name(f".{path.name}.{os.getpid()}.part")
            made.append((beside, path))
            beside.write_text(text, encoding="utf-8")
        for beside, path in made:
            beside.replace(path)
    except OSError as error:
        for beside, _path in made:
            beside.unlink(missing_ok=True)
        raise RebondError(
            _("%(file)s cannot be written: %(why)s. Nothing was written. Name another place with -o.")
            % {"file": error.filename or "", "why": error.strerror or type(error).__name__},
            code="cannot_write",
        ) from error


def _say_done(options: argparse.Namespace, facts: Facts) -> None:
    from django.utils.translation import gettext as _
    from django.utils.translation import override

    with override(options.lang):
        said = _("%(used)s of %(read)s deals used, as of %(day)s. Read it: %(file)s") % {
            "used": facts.rows_used, "read": facts.rows_read, "day": facts.as_of.isoformat(), "file": options.output,
        }  # fmt: skip
    sys.stdout.write(said + "\n")


@contextmanager
def _progress() -> Iterator[Any]:
    """One line that is written over on a terminal; elsewhere a line a step, once it takes long."""
    started, terminal, width = time.monotonic(), sys.stderr.isatty(), 0

    def say(what: str, number: int = 0, of: int = 0) -> None:
        nonlocal width
        line = f"{what} {number} of {of}" if of else f"{what} {number or ''}".rstrip()
        if terminal:
            sys.stderr.write("\r" + line.ljust(width))
            width = len(line)
        elif time.monotonic() - started > PATIENCE:
            sys.stderr.write(line + "\n")
        sys.stderr.flush()

    try:
        yield say
    finally:
        if terminal and width:
            sys.stderr.write("\r" + " " * width + "\r")
