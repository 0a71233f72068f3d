"""Every write of an import: begun, looked at, corrected, run batch by batch, stopped."""

from __future__ import annotations

import os
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from rebond.accounts.actions import add_team, default_team, find_or_add_sellers
from rebond.accounts.audit import record
from rebond.accounts.models import Team, User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean, fold
from rebond.connect.csv.models import ImportProblem, ImportRun, Kind, SavedMapping, Status
from rebond.connect.csv.plan import Good, read_rows
from rebond.connect.csv.silent import look as look_for_silent
from rebond.deals.actions import save_people, save_touches
from rebond.deals.records import BatchResult, DealRecord, PersonRecord, TouchRecord
from rebond.files.columns import fingerprint
from rebond.files.reading import Choices, Reading, inspect
from rebond.files.rows import Bad
from rebond.files.tables import MAX_BYTES, open_table
from rebond.loop.close import record_history

#: Rows in one transaction: few enough that other writers wait only for moments.
BATCH = 1000
_UNSAFE = re.compile(r"[^\w.\- ]+")


def keep_file(chunks: Iterable[bytes]) -> str:
    """Streams a file into the data folder and returns its name there; ``too_large`` beyond 200 MB, nothing kept."""
    folder = Path(settings.CONFIG.data) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    name, size = uuid.uuid4().hex, 0
    with (folder / name).open("xb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > MAX_BYTES:
                break
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if size > MAX_BYTES:
        (folder / name).unlink()
        raise RebondError(
            _("The file is over 200 MB. Nothing was kept. Split it by year, then import each part."), code="too_large"
        )
    return name


@transaction.atomic
def begin(
    *, kind: str, file_name: str, stored_as: str, choices: Mapping[str, Any], team: Team | None, source: str = "csv",
    actor: User | None, now: datetime,
) -> ImportRun:  # fmt: skip
    """A new import of a file that is in the data folder.

    Without ``team``: an administrator's (or the program's) rows go to the teams the file names, others' to their own.
    """
    run = ImportRun.objects.create(
        kind=Kind(kind), file_name=_UNSAFE.sub("_", clean(Path(file_name).name, 200)), stored_as=stored_as,
        source=clean(source, 20) or "csv", choices=dict(choices),
        team=team or (actor.team if actor and not actor.is_admin else None),
        started_by=actor, created_at=now,
    )  # fmt: skip
    record(verb="connect_csv.begin", subject=run, actor=actor, at=now, kind=kind)
    return run


def choices_of(run: ImportRun) -> Choices:
    """What a person chose for this file."""
    return Choices(
        mapping=run.choices.get("mapping", {}), zone=run.choices.get("zone") or settings.TIME_ZONE,
        currency=run.choices.get("currency") or settings.CONFIG.currency, order=run.choices.get("order", ""),
        encoding=run.choices.get("encoding", ""),
    )  # fmt: skip


def look(run: ImportRun) -> Reading:
    """Reads the file through.

    Corrections remembered for its headers apply where this import has none. They become the import's own here, so that
    what is carried out is what was shown, whatever is remembered later; the caller saves ``run``.
    """
    if not run.choices.get("mapping"):
        table = open_table(run.path, run.kind, choices_of(run).encoding)
        if remembered := SavedMapping.objects.filter(fingerprint=fingerprint(run.kind, table.headers)).first():
            run.choices = {**run.choices, "mapping": remembered.mapping}
    return inspect(run.path, run.kind, choices_of(run))


def check(*, run: ImportRun) -> Reading | None:
    """Looks at the file and shows what it understood; a file that cannot be used says why and is ``failed``."""
    try:
        reading = look(run)
    except RebondError as error:
        # Said in the language of whoever began the import. Columns can still be chosen by hand.
        run.status, run.failure = Status.FAILED, str(error)
        run.described = {"columns": error.detail.get("columns", [])}
        _save_look(run)
        return None
    ready(run=run, reading=reading, preview=preview(reading, run))
    return reading


def ready(*, run: ImportRun, reading: Reading, preview: Mapping[str, Any] | None = None) -> None:
    """The file can be used; what was understood waits for a yes."""
    run.described = reading.described() | ({"preview": dict(preview)} if preview else {})
    run.total, run.status, run.failure = reading.total, Status.READY, ""
    _save_look(run)


def _save_look(run: ImportRun) -> None:
    """Keeps what was understood, unless a person stopped the import meanwhile."""
    names = ("status", "choices", "described", "total", "failure")
    still = ImportRun.objects.filter(pk=run.pk).exclude(status=Status.CANCELLED)
    if not still.update(**{name: getattr(run, name) for name in names}):
        run.refresh_from_db()


def preview(reading: Reading, run: ImportRun) -> dict[str, Any]:
    """What would be created, what is here already, what would be left out; writes nothing."""
    from rebond.connect.csv.queries import already_here

    good = bad = here = 0
    examples: list[list[Any]] = []
    rows = read_rows(reading)
    while batch := list(islice(rows, BATCH)):
        usable = [row for row in batch if isinstance(row, Good)]
        here += already_here(run, usable)
        good += len(usable)
        for row in batch:
            if isinstance(row, Bad):
                bad += 1
                if len(examples) < 5:
                    examples.append([row.number, row.column, row.value, str(row.expected)])
    return {"new": good - here, "here": here, "left_out": bad, "problems": examples}


@transaction.atomic
def correct(*, run: ImportRun, choices: Mapping[str, Any], actor: User, now: datetime) -> None:
    """Takes a person's corrections and looks again; they are remembered for the next file with these headers."""
    if run.status not in (Status.READY, Status.FAILED):
        raise Conflict(_("This import has begun. Nothing was changed."), code="import_begun")
    if not run.path.exists():
        raise Conflict(
            _("The file is gone, since somebody whom it named was erased. Nothing was changed. Upload it again."),
            code="file_gone",
        )
    run.choices = dict(run.choices) | dict(choices)
    run.save(update_fields=["choices"])
    reading = check(run=run)
    if reading is not None and run.choices.get("mapping"):
        SavedMapping.objects.update_or_create(
            fingerprint=reading.fingerprint, defaults={"mapping": run.choices["mapping"], "saved_at": now}
        )
    record(verb="connect_csv.correct", subject=run, actor=actor, at=now)


@transaction.atomic
def start(*, run: ImportRun, actor: User | None, now: datetime) -> None:
    """A person said yes. ``Conflict`` ``not_ready`` in any other state."""
    changed = ImportRun.objects.filter(pk=run.pk, status=Status.READY).update(status=Status.RUNNING)
    if not changed:
        raise Conflict(_("This import cannot be started now. Nothing was changed."), code="not_ready")
    run.refresh_from_db()
    record(verb="connect_csv.start", subject=run, actor=actor, at=now)


@transaction.atomic
def ask_to_stop(*, run: ImportRun, actor: User | None, now: datetime) -> None:
    """Stops after the batch at hand; what is in stays in."""
    if run.ended:
        raise Conflict(_("This import has ended already. Nothing was changed."), code="import_ended")
    if run.status == Status.RUNNING:
        ImportRun.objects.filter(pk=run.pk).update(stop_asked=True)
    else:
        ImportRun.objects.filter(pk=run.pk).update(status=Status.CANCELLED, finished_at=now)
    record(verb="connect_csv.ask_to_stop", subject=run, actor=actor, at=now)


def carry_out(*, run: ImportRun, clock: Any, progress: Any = None) -> None:
    """Runs the import from where it stands to its end.

    Each batch and its checkpoint are one transaction: killed at any moment, the next run goes on behind the last
    batch that is wholly in, and nothing is in twice.
    """
    reading = inspect(run.path, run.kind, choices_of(run))
    language = run.started_by.language if run.started_by else settings.LANGUAGE_CODE
    rows = read_rows(reading, after=run.checkpoint)
    while batch := list(islice(rows, BATCH)):
        with transaction.atomic(), translation.override(language):
            if not _still_ours(run):
                return
            _store(run, batch, now=clock())
        if progress:
            progress(run)
        if ImportRun.objects.filter(pk=run.pk, stop_asked=True).exists():
            _end(run, Status.CANCELLED, clock())
            return
    _end(run, Status.DONE, clock())


def _still_ours(run: ImportRun) -> bool:
    """Locks the import; ``False`` when another worker went on with it while this one was held up."""
    here = ImportRun.objects.select_for_update().filter(pk=run.pk, status=Status.RUNNING).first()
    return here is not None and here.checkpoint == run.checkpoint


@transaction.atomic
def _end(run: ImportRun, status: Status, now: datetime) -> None:
    run.status, run.finished_at = status, now
    run.save(update_fields=["status", "finished_at"])
    counts = {name: getattr(run, name) for name in ("read", "created", "updated", "unchanged", "rejected")}
    record(verb="connect_csv.end", subject=run, actor=run.started_by, at=now, status=status, **counts)


def halt(*, run: ImportRun, now: datetime) -> None:
    """Ends a run that was broken off between or within batches; ``run`` then says what went in."""
    run.refresh_from_db()
    _end(run, Status.CANCELLED, now)


@transaction.atomic
def fail(*, run: ImportRun, why: str, now: datetime) -> None:
    """The file could not be used after all."""
    run.failure = why
    run.save(update_fields=["failure"])
    _end(run, Status.FAILED, now)


def _store(run: ImportRun, batch: Sequence[Good | Bad], *, now: datetime) -> None:
    good = [row for row in batch if isinstance(row, Good)]
    bad = [row for row in batch if isinstance(row, Bad)]
    looked = look_for_silent(good, run.source)
    bad += [Bad(row.number, "", "", _("somebody we may keep: this person asked to be erased")) for row in looked.erased]
    good = looked.kept
    result = _write(run, good, now)
    bad += [Bad(good[index].number, "", "", _why(reason)) for index, reason in result.skipped.items()]
    ImportProblem.objects.bulk_create(
        ImportProblem(run=run, number=row.number, column=row.column, value=row.value, expected=str(row.expected)[:300])
        for row in bad
    )
    run.read += len(batch)
    run.created, run.updated = run.created + result.created, run.updated + result.updated
    run.unchanged, run.rejected = run.unchanged + result.unchanged, run.rejected + len(bad)
    run.outcomes = Counter(run.outcomes) + _outcomes(good, result)
    run.described = run.described | {
        "silent": run.described.get("silent", 0) + looked.silent,
        "erased": run.described.get("erased", 0) + len(looked.erased),
    }
    run.checkpoint = batch[-1].number
    # Only these: somebody may have asked to stop meanwhile.
    counts = ["read", "created", "updated", "unchanged", "rejected"]
    run.save(update_fields=[*counts, "outcomes", "described", "checkpoint"])


def _why(reason: str) -> str:
    return {
        "duplicate": _("a deal that stands in the file once (same name, company and opening day)"),
        "other_team": _("a record of your own team; this one belongs to another"),
        "unknown_deal": _("a deal that is here; import the deals first"),
    }[reason]


def _outcomes(good: Sequence[Good], result: BatchResult) -> Counter[str]:
    """How the rows that went in stand, by outcome."""
    stored = (row for index, row in enumerate(good) if index not in result.skipped)
    return Counter(str(row.record.outcome) for row in stored if hasattr(row.record, "outcome"))


def _write(run: ImportRun, good: Sequence[Good], now: datetime) -> BatchResult:
    actor = run.started_by
    if run.kind == Kind.PEOPLE:
        return save_people(rows=[cast(PersonRecord, r.record) for r in good], source=run.source, actor=actor, now=now)
    home = run.team or (actor.team if actor else None) or default_team()
    teams = _teams({row.team for row in good if row.team}, run, now)
    owners = _owners(good, teams, home, actor, now)
    if run.kind == Kind.TOUCHES:
        touches = [_held(row, owners) for row in good]
        return save_touches(rows=touches, source=run.source, actor=actor, now=now)
    deals = [_owned(row, owners, teams.get(row.team, home)) for row in good]
    reasons = {index: row.reasons for index, row in enumerate(good) if row.reasons}
    return record_history(rows=deals, reasons=reasons, source=run.source, actor=actor, now=now)


def _teams(names: set[str], run: ImportRun, now: datetime) -> dict[str, Team]:
    """The teams the file names, added where they are new; none when the import is for one team."""
    if run.team is not None:
        return {}
    known = {fold(team.name): team for team in Team.objects.all()}
    for name in sorted(names):
        if fold(name) not in known:
            known[fold(name)] = add_team(name=name, actor=run.started_by, now=now)
    return {name: known[fold(name)] for name in names}


def _owners(
    good: Sequence[Good], teams: Mapping[str, Team], home: Team, actor: User | None, now: datetime
) -> dict[str, User]:
    """Owners by the text that names them; a new one is of the team of the first row that names them."""
    first: dict[str, Team] = {}
    for row in good:
        if row.owner:
            first.setdefault(row.owner, teams.get(row.team, home))
    found: dict[str, User] = {}
    for team in dict.fromkeys(first.values()):
        names = {name for name, its in first.items() if its == team}
        found |= find_or_add_sellers(names=names, team=team, actor=actor, now=now)
    return found


def _held(row: Good, owners: Mapping[str, User]) -> TouchRecord:
    """The touch with whoever made it."""
    touch = cast(TouchRecord, row.record)
    return replace(touch, owner_id=owners[row.owner].pk if row.owner in owners else None)


def _owned(row: Good, owners: Mapping[str, User], team: Team) -> DealRecord:
    """The deal with its owner, and the team that follows from it."""
    owner = owners.get(row.owner)
    of = owner.team_id if owner else team.pk
    return replace(cast(DealRecord, row.record), owner_id=owner.pk if owner else None, team_id=of)
