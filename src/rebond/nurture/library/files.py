"""Uploaded files: what they are by their content, never by their name; where they are kept; the address they have.

The public address is ``/l/TOKEN``: the piece's number and 128 bits of an HMAC over its ``nonce`` (RFC 2104), so that it
cannot be guessed and is not stored. Whoever has the address may read the file: it is sent in notes. Nothing is counted
there, no cookie is set.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import zipfile
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from rebond.base.errors import NotFound, RebondError
from rebond.base.text import clean
from rebond.nurture.models import Piece

#: Mail cannot carry more, and nobody on a phone opens it.
LARGEST = 20 * 1024 * 1024
NAME_LIMIT = 120
_TOKEN = re.compile(r"([0-9]{1,18})-([A-Za-z0-9_-]{22})")


@dataclass(frozen=True)
class FileType:
    """What a file is. ``inline``: a browser may show it in place; everything else is only ever downloaded."""

    suffix: str
    content_type: str
    inline: bool = False


PDF = FileType(".pdf", "application/pdf", inline=True)
PNG, JPEG = FileType(".png", "image/png", inline=True), FileType(".jpg", "image/jpeg", inline=True)
GIF, WEBP = FileType(".gif", "image/gif", inline=True), FileType(".webp", "image/webp", inline=True)
MP4 = FileType(".mp4", "video/mp4")
TEXT, CALENDAR = FileType(".txt", "text/plain; charset=utf-8"), FileType(".ics", "text/calendar; charset=utf-8")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
#: The part of a zip that says what it is.
_ZIPPED = {
    "word/": FileType(".docx", f"{_OFFICE}wordprocessingml.document"),
    "xl/": FileType(".xlsx", f"{_OFFICE}spreadsheetml.sheet"),
    "ppt/": FileType(".pptx", f"{_OFFICE}presentationml.presentation"),
    f"{_OPEN}text": FileType(".odt", f"{_OPEN}text"),
    f"{_OPEN}spreadsheet": FileType(".ods", f"{_OPEN}spreadsheet"),
    f"{_OPEN}presentation": FileType(".odp", f"{_OPEN}presentation"),
}
BY_SUFFIX = {one.suffix: one for one in (PDF, PNG, JPEG, GIF, WEBP, MP4, TEXT, CALENDAR, *_ZIPPED.values())}


@dataclass(frozen=True)
class Accepted:
    """An upload that may be kept: what it is, its SHA-256 in hex, and the name people will see."""

    type: FileType
    sha256: str
    name: str


def accept(upload: UploadedFile[Any]) -> Accepted:
    """Looks at an upload; stores nothing.

    Raises:
        RebondError: ``file_too_large``, ``file_empty``, ``file_type`` (not one of the kinds that are safe to send).
    """
    size = upload.size or 0
    if size > LARGEST:
        raise RebondError(
            _("This file is larger than %(most)d MB. It was not kept. Put it where people can download it, and give "
              "its address instead.") % {"most": LARGEST // 1024 // 1024},
            code="file_too_large", size=size,
        )  # fmt: skip
    if size == 0:
        raise RebondError(_("This file is empty. It was not kept. Choose another."), code="file_empty")
    found = recognise(upload)
    if found is None:
        raise RebondError(
            _("This kind of file is not safe to send: it is none of PDF, image, office document without macros, MP4 "
              "video, calendar or plain text. It was not kept. Save it as PDF."),
            code="file_type",
        )  # fmt: skip
    return Accepted(found, _sha256(upload), shown_name(upload.name or "", found))


def recognise(file: IO[bytes] | UploadedFile[Any]) -> FileType | None:
    """What the content is; ``None`` for everything we do not send: programs, pages, archives, macros, broken files.

    >>> import io
    >>> recognise(io.BytesIO(b"%PDF-1.7")).suffix, recognise(io.BytesIO(b"<html>")), recognise(io.BytesIO(b"MZ\\x90"))
    ('.pdf', None, None)
    """
    file.seek(0)
    head = file.read(1024)
    found = _by_signature(head)
    if found is None and head.startswith(b"PK\x03\x04"):
        found = _zipped(file)
    if found is None and not head.startswith(b"PK"):
        found = _as_text(file)
    file.seek(0)
    return found


def _by_signature(head: bytes) -> FileType | None:
    """Magic numbers, as the formats' own specifications give them."""
    signatures = (
        (b"%PDF-", PDF),
        (b"\x89PNG\r\n\x1a\n", PNG),
        (b"\xff\xd8\xff", JPEG),
        (b"GIF87a", GIF),
        (b"GIF89a", GIF),
    )
    for signature, kind in signatures:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return MP4 if head[4:8] == b"ftyp" else None


def _zipped(file: IO[bytes] | UploadedFile[Any]) -> FileType | None:
    """An office document, if it has no macros in it."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if any(name.lower().endswith("vbaproject.bin") or name.startswith("Basic/") for name in names):
                return None
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return _ZIPPED.get(archive.read("mimetype").decode("ascii", "replace").strip())
            if "[Content_Types].xml" in names:
                return next((_ZIPPED[part] for part in ("word/", "xl/", "ppt/") if _holds(names, part)), None)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, RuntimeError):
        return None
    return None


def _holds(names: list[str], part: str) -> bool:
    return any(name.startswith(part) for name in names)


def _as_text(file: IO[bytes] | UploadedFile[Any]) -> FileType | None:
    """UTF-8 without control characters, and nothing a browser would take for a page or a program."""
    file.seek(0)
    try:
        text = file.read(LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    start = text.lstrip()[:1]
    if not text.strip() or start == "<" or text.startswith("#!") or re.search(r"[\x00-\x08\x0e-\x1f]", text):
        return None
    return CALENDAR if text.startswith("BEGIN:VCALENDAR") else TEXT


def _sha256(upload: UploadedFile[Any]) -> str:
    upload.seek(0)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def shown_name(name: str, kind: FileType) -> str:
    """The name as people will see it: one line, no path, and the suffix of what it is.

    >>> shown_name("../Cas client.exe", PDF), shown_name("", PNG)
    ('Cas client.pdf', 'file.png')
    """
    bare = re.sub(r"[\\/:*?\"<>|\r\n\t]+", " ", clean(name.replace("\\", "/").rpartition("/")[2], 400))
    stem = bare.rpartition(".")[0] if "." in bare[1:] else bare
    return f"{' '.join(stem.split()).strip('. ')[:NAME_LIMIT] or 'file'}{kind.suffix}"


def new_nonce() -> str:
    """128 random bits, in hex."""
    return secrets.token_hex(16)


def token_of(piece: Piece) -> str:
    """The last part of a file's public address."""
    return f"{piece.pk}-{_sign(piece.nonce)}"


def public_link(piece: Piece) -> str:
    """Where a reader finds the piece: its own address, or its file's here; empty for a text to paste."""
    if piece.url:
        return piece.url
    return f"{settings.CONFIG.public_url.rstrip('/')}/l/{token_of(piece)}" if piece.file and piece.nonce else ""


def piece_of(token: str) -> Piece:
    """The piece of a public address; ``NotFound`` for guessed, cut and emptied ones."""
    shape = _TOKEN.fullmatch(token)
    piece = Piece.objects.filter(pk=int(shape[1])).first() if shape else None
    if shape is None or piece is None or not (piece.file and piece.nonce):
        raise NotFound
    if not hmac.compare_digest(_sign(piece.nonce), shape[2]):
        raise NotFound
    return piece


def type_of(piece: Piece) -> FileType:
    """What was stored: by the suffix we gave it ourselves after looking inside."""
    suffix = f".{(piece.file.name or '').rpartition('.')[2]}"
    return BY_SUFFIX.get(suffix, FileType(suffix, "application/octet-stream"))


def _sign(nonce: str) -> str:
    made = hmac.new(settings.SECRET_KEY.encode(), b"piece:" + nonce.encode(), hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
