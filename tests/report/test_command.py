"""``rebond report``: what it writes, what it refuses, and that nothing is written when it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rebond.cli import main
from tests.report.conftest import THREE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deals.csv").write_text(THREE)
    return tmp_path


def test_one_file_gives_one_page_without_a_database(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "deals.csv"]) == 0
    assert capsys.readouterr().out == "3 of 3 deals used, as of 2026-03-01. Read it: report.html\n"
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert sorted(path.name for path in folder.iterdir()) == ["deals.csv", "report.html"]


def test_page_and_json_go_where_they_are_told(folder: Path) -> None:
    assert main(["report", "deals.csv", "-o", "a.html", "--json", "a.json", "--lang", "fr", "--currency", "eur"]) == 0
    assert '<html lang="fr"' in (folder / "a.html").read_text()
    assert json.loads((folder / "a.json").read_text())["currency"] == "EUR"


def test_the_same_file_gives_the_same_bytes(folder: Path) -> None:
    for name in ("one", "two"):
        assert main(["report", "deals.csv", "-o", f"{name}.html", "--json", f"{name}.json"]) == 0
    assert (folder / "one.html").read_bytes() == (folder / "two.html").read_bytes()
    assert (folder / "one.json").read_bytes() == (folder / "two.json").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Write “rebond report FILE”, or --demo"),
        (["nothing.csv"], "nothing.csv"),
        (["deals.csv", "--touches", "nothing.csv"], "nothing.csv"),
        (["deals.csv", "--goal", "40"], "--goal-period"),
        (["deals.csv", "--goal-period", "Q1-2026"], "--goal 40"),
        (["deals.csv", "--goal", "40", "--goal-period", "soon"], "“soon” is no period"),
        (["deals.csv", "--goal", "lots", "--goal-period", "2026"], "“lots” is no goal"),
        (["deals.csv", "--goal", "-3", "--goal-period", "2026"], "is no goal"),
        (["deals.csv", "--cost-of-hour", "free"], "“free” is no amount"),
        (["deals.csv", "--as-of", "2026-13-45"], "2026-13-45"),
        (["deals.csv", "--map", "owner"], "“owner” is no mapping"),
        (["deals.csv", "--map", "nothing=owner"], "nothing"),
        (["deals.csv", "--commission", "a lot"], "a lot"),
        (["deals.csv", "-o", "no/such/folder/r.html"], "-o"),
        (["deals.csv", "--json", "no/such/folder/r.json"], "-o"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["report", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert [path.name for path in folder.iterdir()] == ["deals.csv"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("head.csv", b"id,outcome\n"),
        ("nul.csv", b"id,outcome\n\x00\x00\x00,\x00\n"),
        ("words.csv", b"a,b,c\nx,y,z\n"),
        ("image.xlsx", b"\x89PNG\r\n\x1a\n0000"),
    ],
)
def test_files_that_are_no_deals_are_refused_by_name(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    (folder / name).write_bytes(content)
    assert main(["report", name, "-o", "r.html"]) == 2
    error = capsys.readouterr().err
    assert name in error
    assert "Traceback" not in error
    assert not (folder / "r.html").exists()


def test_an_old_page_survives_a_run_that_fails(folder: Path) -> None:
    (folder / "report.html").write_text("the old one")
    assert main(["report", "deals.csv", "--json", "no/such/folder/r.json"]) == 2
    assert (folder / "report.html").read_text() == "the old one"


def test_french_is_spoken_when_it_is_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "deals.csv", "--lang", "fr", "--goal", "x", "--goal-period", "2026"]) == 2
    assert "n’est pas un objectif" in capsys.readouterr().err
