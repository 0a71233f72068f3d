from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rebond.accounts.models import User
from rebond.nurture.library import files
from rebond.nurture.library.files import public_link, recognise, token_of
from rebond.nurture.models import Piece
from tests.nurture.shelf import make_piece

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
TYPED = {"title": "A file", "summary": "To read.", "kind": "article", "language": "en", "review_on": "2099-01-01"}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


def office(part: str, *more: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in ("[Content_Types].xml", part, *more):
            archive.writestr(name, "<x/>")
    return held.getvalue()


def open_document(kind: str, *more: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        for name in more:
            archive.writestr(name, "x")
    return held.getvalue()


def put(client: Client, content: bytes, name: str = "Cas client.pdf", **more: object) -> int:
    typed = TYPED | {"file": SimpleUploadedFile(name, content, content_type="text/html")} | more
    return client.post("/library/new", typed).status_code


@pytest.mark.parametrize(
    ("content", "suffix"),
    [(PDF, ".pdf"), (PNG, ".png"), (b"\xff\xd8\xff\xe0" + b"x" * 20, ".jpg"), (b"GIF89a" + b"x" * 9, ".gif"),
     (b"RIFF\x00\x00\x00\x00WEBPVP8 ", ".webp"), (b"\x00\x00\x00\x18ftypmp42", ".mp4"),
     (office("word/document.xml"), ".docx"), (office("xl/workbook.xml"), ".xlsx"),
     (office("ppt/presentation.xml"), ".pptx"), (open_document("text"), ".odt"),
     (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", ".ics"), ("Dix questions, à l’heure".encode(), ".txt")],
)  # fmt: skip
def test_a_file_is_what_it_holds_whatever_it_is_called(content: bytes, suffix: str) -> None:
    found = recognise(io.BytesIO(content))
    assert found is not None
    assert found.suffix == suffix
    assert found.inline is (suffix in (".pdf", ".png", ".jpg", ".gif", ".webp"))


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script>", b"  \n<!doctype html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>",
     b"\xef\xbb\xbf<html>", b"MZ\x90\x00\x03", b"\x7fELF\x02", b"#!/bin/sh\nrm -rf /", office("evil.exe"),
     office("word/document.xml", "word/vbaProject.bin"), open_document("text", "Basic/Standard/Module1.xml"),
     b"PK\x03\x04broken", b"\xff\xfe<\x00h\x00", b"\x1f\x8b\x08", b" \n "],
)  # fmt: skip
def test_pages_programs_archives_and_macros_are_not_kept(as_camille: Client, content: bytes) -> None:
    assert recognise(io.BytesIO(content)) is None
    assert put(as_camille, content) == 400
    assert Piece.objects.count() == 0


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from((b"", b"PK\x03\x04", b"<", b"%PD", b"RIFF", b"\x00\x00\x00\x18ftyp")))
def test_any_bytes_are_read_without_an_error_and_nothing_shown_in_place_can_be_a_page(
    more: bytes, start: bytes
) -> None:
    found = recognise(io.BytesIO(start + more))
    if found is not None:
        assert not found.content_type.startswith(("text/html", "image/svg", "application/xhtml"))
        if found.inline:
            assert not (start + more).lstrip().startswith(b"<")


def test_a_file_is_kept_under_a_name_of_ours_and_served_as_it_is(as_camille: Client, tmp_path: Path) -> None:
    assert put(as_camille, PDF, "../../Étude “cas” client.html") == 302
    piece = Piece.objects.get()
    assert piece.file_hash == hashlib.sha256(PDF).hexdigest()
    assert piece.file_name == "Étude “cas” client.pdf"
    (kept,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept.parent == tmp_path / "library"
    assert "tude" not in kept.name
    assert kept.suffix == ".pdf"
    answer = Client().get(f"/l/{token_of(piece)}")
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert not answer.cookies


def test_what_a_browser_would_not_show_safely_is_only_downloaded(as_camille: Client) -> None:
    put(as_camille, b"just text", "notes.html")
    answer = Client().get(f"/l/{token_of(Piece.objects.get())}")
    assert answer["Content-Disposition"] == 'attachment; filename="notes.txt"'
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_the_address_cannot_be_guessed_and_says_nothing_about_what_is_not_there(as_camille: Client) -> None:
    put(as_camille, PDF)
    piece, bare = Piece.objects.get(), make_piece("Only a text")
    good = token_of(piece)
    wrong = [good[:-1], good + "A", f"{piece.pk}-{'A' * 22}", f"{bare.pk}-{good.partition('-')[2]}", token_of(bare),
             f"999999-{good.partition('-')[2]}", "x", "-", f"{piece.pk}", f"{'9' * 40}-{'A' * 22}"]  # fmt: skip
    assert [Client().get(f"/l/{token}").status_code for token in wrong] == [404] * len(wrong)
    assert Client().get(f"/l/{good}").status_code == 200
    assert Client().head(f"/l/{good}").status_code == 200
    assert Client().post(f"/l/{good}").status_code == 405
    assert public_link(piece) == f"{settings.CONFIG.public_url}/l/{good}"


def test_another_edition_of_the_file_is_under_the_same_address_and_the_old_one_is_gone(
    as_camille: Client, tmp_path: Path, django_capture_on_commit_callbacks: object
) -> None:
    put(as_camille, PDF)
    piece = Piece.objects.get()
    piece.owner = User.objects.get(name="Camille Aubry")
    piece.save()
    token = token_of(piece)
    typed = TYPED | {"file": SimpleUploadedFile("new.png", PNG), "owner": piece.owner.pk}
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert as_camille.post(f"/library/{piece.pk}/edit", typed).status_code == 302
    answer = Client().get(f"/l/{token}")
    assert b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_retired_piece_stays_open_for_whoever_has_it_and_a_removed_file_does_not(as_camille: Client) -> None:
    put(as_camille, PDF, owner=User.objects.get(name="Camille Aubry").pk)
    piece = Piece.objects.get()
    as_camille.post(f"/library/{piece.pk}/retire")
    assert Client().get(f"/l/{token_of(piece)}").status_code == 200
    as_camille.post(f"/library/{piece.pk}/edit", TYPED | {"text": "Now a text.", "drop_file": "on"})
    assert Client().get(f"/l/{token_of(piece)}").status_code == 404


def test_a_file_that_is_lost_on_the_disk_is_not_found_and_no_traceback(as_camille: Client) -> None:
    put(as_camille, PDF)
    piece = Piece.objects.get()
    Path(piece.file.path).unlink()
    assert Client().get(f"/l/{token_of(piece)}").status_code == 404


def test_too_large_and_empty_files_say_so_and_keep_what_was_typed(
    as_camille: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 100)
    answer = as_camille.post("/library/new", TYPED | {"file": SimpleUploadedFile("a.pdf", PDF * 10)})
    assert answer.status_code == 400
    assert "This file is larger than" in answer.content.decode()
    assert "To read." in answer.content.decode()
    assert put(as_camille, b"") == 400
    assert Piece.objects.count() == 0
