"""How far a folder was read, and what was in the way. These rows are the audit of themselves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from rebond.base.text import clean
from rebond.mail.models import Folder, Mailbox


@transaction.atomic
def folder_of(*, mailbox: Mailbox, name: str) -> Folder:
    """The row of a folder, made on first sight."""
    found, _made = Folder.objects.get_or_create(mailbox=mailbox, name=name[:200])
    return found


@transaction.atomic
def begin_folder(*, folder: Folder, uidvalidity: int, uidnext: int, modseq: int) -> bool:
    """Reading begins at ``uidnext``: first sight of it, or its old numbers are void.

    ``False`` when another reader began meanwhile; the row is theirs then.
    """
    here = Folder.objects.filter(pk=folder.pk, uidvalidity=folder.uidvalidity, uidnext=folder.uidnext)
    begun = here.update(uidvalidity=uidvalidity, uidnext=uidnext, modseq=modseq)
    folder.refresh_from_db()
    return bool(begun)


@transaction.atomic
def note_read(*, folder: Folder, uidnext: int, modseq: int, seen: int, kept: int) -> bool:
    """Everything before ``uidnext`` was looked at; counted once even when two readers did.

    ``False`` when another reader was faster: it goes on, this one stops.
    """
    here = Folder.objects.filter(pk=folder.pk, uidvalidity=folder.uidvalidity, uidnext=folder.uidnext)
    moved = here.update(uidnext=uidnext, modseq=modseq, seen=F("seen") + seen, kept=F("kept") + kept)
    folder.refresh_from_db()
    return bool(moved)


@transaction.atomic
def note_looked(*, folder: Folder, now: datetime) -> None:
    """It could be read; whatever was in the way is mended."""
    Folder.objects.filter(pk=folder.pk).update(read_at=now, problem="", problem_since=None)
    folder.refresh_from_db()


@transaction.atomic
def note_problem(*, folder: Folder, code: str, said: str, now: datetime) -> None:
    """It could not be read this time; ``read_at`` is when we tried. See ``words.problem_of``."""
    since = folder.problem_since or now
    problem = clean(f"{code}: {said}" if said else code, 300)
    Folder.objects.filter(pk=folder.pk).update(read_at=now, problem=problem, problem_since=since)
    folder.refresh_from_db()
