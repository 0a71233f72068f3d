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


READING_DOORS = {"views", "queries", "access", "plays", "today", "search"}
EDGES = {"views", "work", "worker", "command", "backend", "models", "middleware", "context", "house", "cli"}
#: What mail providers call.
EDGES |= {"provider_events"}
#: What the server calls beside pages: live events, recorded sound.
EDGES |= {"stream", "playing"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "src").as_posix()


@pytest.mark.parametrize("path", [path for path in CODE if path.stem in READING_DOORS], ids=name_of)
def test_only_actions_write(path: Path) -> None:
    """Views, queries, access and plays read; every write is a verb in ``actions``."""
    writes = re.findall(r"\.(?:save|bulk_create|bulk_update|update_or_create|get_or_create)\(", path.read_text())
    writes += re.findall(r"objects\.(?:create|update|delete)\(", path.read_text())
    assert writes == []


def rules() -> list[Path]:
    """Code that is no edge: it gets ``now`` as an argument."""
    return [path for path in CODE if path.stem not in EDGES and not {"commands", "views", "work"} & set(path.parts)]


@pytest.mark.parametrize("path", rules(), ids=name_of)
def test_only_the_edges_look_at_the_clock(path: Path) -> None:
    assert re.findall(r"timezone\.now\(\)|datetime\.now\(|date\.today\(", path.read_text()) == []


def test_colours_stand_in_the_tokens_file_only() -> None:
    static = ROOT / "src" / "rebond" / "web" / "static" / "web"
    sheets = [path for path in static.glob("*.css") if path.name != "tokens.css"]
    assert sheets
    assert {path.name: COLOUR.findall(path.read_text()) for path in sheets} == {path.name: [] for path in sheets}


def test_no_sheet_locks_a_page_to_a_way_of_holding_the_screen() -> None:
    """WCAG 2.2, 1.3.4: the one rule that axe-core is not asked in ``tests/browser/conftest.py``."""
    sheets = sorted((ROOT / "src" / "rebond").rglob("*.css"))
    assert sheets
    assert [path.name for path in sheets if "orientation" in path.read_text()] == []


def test_no_template_carries_script_or_style() -> None:
    """Pages, that is; a letter's style has to stand in the letter, since mail programs fetch nothing."""
    templates = [path for path in (ROOT / "src").rglob("templates/**/*.html") if "letters" not in path.parts]
    assert templates
    inline = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son\w+=", re.IGNORECASE)
    assert [path.name for path in templates if inline.search(path.read_text())] == []
