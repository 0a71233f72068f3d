"""Laws that no linter knows: how long functions are, where writes live, where colours live."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = sorted(path for path in (ROOT / "src").rglob("*.py") if "migrations" not in path.parts)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![-\w])|\brgba?\(|\bhsl\(")


def functions() -> list[tuple[str, ast.FunctionDef]]:
    found = []
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                found.append((f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node))
    return found


def length(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_function_is_longer_than_eighty_lines() -> None:
    assert [(name, length(node)) for name, node in functions() if length(node) > 80] == []


def test_the_median_function_has_at_most_ten_lines() -> None:
    assert statistics.median(length(node) for _name, node in functions()) <= 10


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    files = [*CODE, *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").glob("*.py")]
    assert [path.name for path in files if len(path.read_text().splitlines()) > 500] == []


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
def test_only_actions_write(path: Path) -> None:
    """Views, queries, access and plays read; every write is a verb in ``actions``."""
    if path.stem not in {"views", "queries", "access", "plays", "today", "search"}:
        pytest.skip("not a door that must only read")
    writes = re.findall(
        r"\.(?:save|bulk_create|bulk_update|update_or_create|get_or_create)\(", path.read_text()
    )
    writes += re.findall(r"objects\.(?:create|update|delete)\(", path.read_text())
    assert writes == []


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
def test_only_the_edges_look_at_the_clock(path: Path) -> None:
    """Rules get ``now`` as an argument; views, commands, jobs' entries and model defaults may ask for it."""
    edges = {
        "views",
        "work",
        "worker",
        "command",
        "backend",
        "models",
        "middleware",
        "context",
        "house",
        "cli",
    }
    if path.stem in edges or "commands" in path.parts or "views" in path.parts:
        pytest.skip("an edge")
    assert re.findall(r"timezone\.now\(\)|datetime\.now\(|date\.today\(", path.read_text()) == []


def test_colours_stand_in_the_tokens_file_only() -> None:
    static = ROOT / "src" / "rebond" / "web" / "static" / "web"
    sheets = [path for path in static.glob("*.css") if path.name != "tokens.css"]
    assert sheets
    assert {path.name: COLOUR.findall(path.read_text()) for path in sheets} == {
        path.name: [] for path in sheets
    }


def test_no_template_carries_script_or_style() -> None:
    templates = list((ROOT / "src").rglob("templates/**/*.html"))
    assert templates
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son\w+=", re.IGNORECASE
    )
    assert [path.name for path in templates if inline.search(path.read_text())] == []
