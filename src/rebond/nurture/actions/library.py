"""Writes of the library: pieces, their review, the check of their addresses, the plan for what is missing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.nurture.library import files
from rebond.nurture.library.starters import LICENCE, all_starters
from rebond.nurture.models import ContentWish, Piece, PieceKind, PieceTag, TagKind

#: A piece is looked at again after so long, unless somebody chose another day.
REVIEW_AFTER = timedelta(days=365)
TEXT_LIMIT = 20_000


@dataclass(frozen=True)
class PieceFields:
    """What somebody says about a piece; as in ``models.Piece``, ``also_for`` and tags as lists."""

    title: str
    kind: str
    language: str
    summary: str
    text: str = ""
    url: str = ""
    also_for: Collection[str] = ()
    reasons: Collection[str] = ()
    topics: Collection[str] = ()
    persona: str = ""
    stage: str = ""
    licence: str = ""
    owner: User | None = None
    review_on: date | None = None
    expires_on: date | None = None


@transaction.atomic
def add_piece(
    *, said: PieceFields, upload: UploadedFile[Any] | None = None, wish: ContentWish | None = None, actor: User | None,
    now: datetime,
) -> Piece:  # fmt: skip
    """A new piece; with ``wish`` that line of the content plan is done.

    Raises:
        RebondError: ``piece_empty`` (neither address, file nor text), ``title_missing``, ``summary_missing``, and as
            ``files.accept``.
    """
    kept = files.accept(upload) if upload else None
    _check(said, has_file=kept is not None)
    piece = Piece(nonce=files.new_nonce(), created_at=now, **_values(said, now))
    if upload and kept:
        _store(piece, upload, kept)
    piece.save()
    _set_tags(piece, said)
    record(verb="nurture.add_piece", subject=piece, actor=actor, at=now, kind=piece.kind, language=piece.language)
    if wish is not None:
        fulfil_wish(wish=wish, piece=piece, actor=actor, now=now)
    return piece


@transaction.atomic
def change_piece(
    *, piece: Piece, said: PieceFields, upload: UploadedFile[Any] | None = None, drop_file: bool = False,
    actor: User | None, now: datetime,
) -> Piece:  # fmt: skip
    """The piece as it is now: one version more, and its address asked anew. A new file keeps the old address.

    Raises:
        RebondError: as ``add_piece``.
    """
    kept = files.accept(upload) if upload else None
    had, old_url = piece.file.name, piece.url
    _check(said, has_file=kept is not None or (bool(had) and not drop_file))
    for name, value in _values(said, now).items():
        setattr(piece, name, value)
    piece.version += 1
    piece.nonce = piece.nonce or files.new_nonce()
    if upload and kept:
        _store(piece, upload, kept)
    elif drop_file:
        piece.file, piece.file_name, piece.file_hash = "", "", ""
    if piece.url != old_url:
        piece.checked_at = piece.broken_since = None
    piece.save()
    _set_tags(piece, said)
    if had and piece.file.name != had:
        storage = piece.file.storage
        transaction.on_commit(lambda: storage.delete(had))
    record(verb="nurture.change_piece", subject=piece, actor=actor, at=now, version=piece.version)
    return piece


@transaction.atomic
def retire_piece(*, piece: Piece, actor: User | None, now: datetime) -> None:
    """Nobody is given it any more; those who have its address still open it. Twice is once."""
    if piece.retired_at is None:
        piece.retired_at = now
        piece.save(update_fields=["retired_at"])
        record(verb="nurture.retire_piece", subject=piece, actor=actor, at=now)


@transaction.atomic
def take_up_piece(*, piece: Piece, actor: User | None, now: datetime) -> None:
    """A retired piece may be sent again."""
    if piece.retired_at is not None:
        piece.retired_at = None
        piece.save(update_fields=["retired_at"])
        record(verb="nurture.take_up_piece", subject=piece, actor=actor, at=now)


@transaction.atomic
def review_piece(*, piece: Piece, actor: User | None, now: datetime) -> Piece:
    """Somebody looked at it again and it still holds: good for another 12 months. ``Conflict`` ``retired``."""
    if piece.retired_at is not None:
        raise Conflict(_("This piece is retired. Nothing was changed. Take it up again first."), code="retired")
    piece.review_on, piece.updated_at = local_day(now) + REVIEW_AFTER, now
    piece.save(update_fields=["review_on", "updated_at"])
    record(verb="nurture.review_piece", subject=piece, actor=actor, at=now, review_on=piece.review_on.isoformat())
    return piece


@transaction.atomic
def ensure_starters(*, actor: User | None, now: datetime) -> int:
    """The six starter pieces in both languages, unless there ever were any; how many were made."""
    if Piece.objects.filter(is_starter=True).exists():
        return 0
    made = 0
    for one in all_starters():
        said = PieceFields(
            title=one.title, kind=PieceKind.TEMPLATE, language=one.language, summary=one.summary, text=one.text,
            reasons=one.reasons, topics=one.topics, licence=LICENCE,
        )  # fmt: skip
        piece = Piece.objects.create(nonce=files.new_nonce(), is_starter=True, created_at=now, **_values(said, now))
        _set_tags(piece, said)
        made += 1
        if made == 1:
            record(verb="nurture.add_starters", subject=piece, actor=actor, at=now)
    return made


@transaction.atomic
def mark_checked(*, piece: Piece, ok: bool | None, now: datetime) -> Piece:
    """What asking its address said; ``None``: it was not asked. After failures on two days it is not picked any more.

    The program's own look: no audit entry, the two columns say it all.
    """
    piece.checked_at = now
    if ok is True:
        piece.broken_since = None
    elif ok is False and piece.broken_since is None:
        piece.broken_since = now
    piece.save(update_fields=["checked_at", "broken_since"])
    return piece


@transaction.atomic
def add_wish(
    *, reason: str, language: str, kind: str, title: str, owner: User | None, due_on: date | None,
    actor: User | None, now: datetime,
) -> ContentWish:  # fmt: skip
    """A line of the content plan: one for each reason and language at a time.

    Raises:
        RebondError: ``title_missing``, ``bad_kind``; Conflict: ``planned_already``.
    """
    name = " ".join(clean(title, 160).split())
    if not name:
        raise RebondError(_("Say in a few words what will be made. Nothing was planned."), code="title_missing")
    if kind not in PieceKind.values:
        raise RebondError(_("Choose what kind of piece it will be. Nothing was planned."), code="bad_kind")
    if ContentWish.objects.filter(reason=reason, language=language, made=None, dropped_at=None).exists():
        raise Conflict(_("Somebody planned a piece for this already. Nothing was changed."), code="planned_already")
    wish = ContentWish.objects.create(
        reason=reason, language=language, kind=kind, title=name, owner=owner, due_on=due_on, at=now, by=actor
    )
    record(verb="nurture.add_wish", subject=wish, actor=actor, at=now, reason=reason, language=language)
    return wish


@transaction.atomic
def fulfil_wish(*, wish: ContentWish, piece: Piece, actor: User | None, now: datetime) -> None:
    """The piece is made: its line of the plan is done. ``Conflict`` ``settled``."""
    _check_open(wish)
    wish.made = piece
    wish.save(update_fields=["made"])
    record(verb="nurture.fulfil_wish", subject=wish, actor=actor, at=now, piece=piece.pk)


@transaction.atomic
def drop_wish(*, wish: ContentWish, actor: User | None, now: datetime) -> None:
    """It will not be made. ``Conflict`` ``settled``."""
    _check_open(wish)
    wish.dropped_at = now
    wish.save(update_fields=["dropped_at"])
    record(verb="nurture.drop_wish", subject=wish, actor=actor, at=now)


def _check_open(wish: ContentWish) -> None:
    if wish.made_id or wish.dropped_at:
        raise Conflict(_("This line of the plan is settled already. Nothing was changed."), code="settled")


def _check(said: PieceFields, *, has_file: bool) -> None:
    if not said.title.strip():
        raise RebondError(_("A piece needs a title. Nothing was saved."), code="title_missing")
    if not said.summary.strip():
        raise RebondError(
            _("Say in one sentence what it helps with; notes carry that sentence. Nothing was saved."),
            code="summary_missing",
        )
    if said.kind not in PieceKind.values:
        raise RebondError(_("Choose what kind of piece it is. Nothing was saved."), code="bad_kind")
    if not (said.url.strip() or said.text.strip() or has_file):
        raise RebondError(
            _("There is nothing to send yet. Nothing was saved. Give an address, a file or a text."), code="piece_empty"
        )


def _values(said: PieceFields, now: datetime) -> dict[str, object]:
    """The columns, cleaned: titles and sentences are one line each."""
    line = {name: " ".join(clean(getattr(said, name), limit).split()) for name, limit in _LINES.items()}
    return line | {
        "kind": said.kind, "text": clean(said.text, TEXT_LIMIT), "url": said.url.strip()[:500],
        "also_for": ",".join(sorted(set(said.also_for) - {said.language}))[:40], "owner": said.owner,
        "review_on": said.review_on or local_day(now) + REVIEW_AFTER, "expires_on": said.expires_on, "updated_at": now,
    }  # fmt: skip


_LINES = {"title": 160, "summary": 300, "language": 5, "persona": 80, "stage": 80, "licence": 120}


def _store(piece: Piece, upload: UploadedFile[Any], kept: files.Accepted) -> None:
    """Under a name of ours: nothing of what a stranger called it reaches the disk."""
    piece.file.save(f"{files.new_nonce()}{kept.type.suffix}", upload, save=False)
    piece.file_name, piece.file_hash = kept.name, kept.sha256


def _set_tags(piece: Piece, said: PieceFields) -> None:
    wanted = {(str(TagKind.REASON), value) for value in said.reasons}
    wanted |= {(str(TagKind.TOPIC), value) for value in said.topics}
    here = set(piece.tags.values_list("kind", "value"))
    for kind, value in here - wanted:
        piece.tags.filter(kind=kind, value=value).delete()
    PieceTag.objects.bulk_create(
        PieceTag(piece=piece, kind=kind, value=value[:40]) for kind, value in sorted(wanted - here)
    )
