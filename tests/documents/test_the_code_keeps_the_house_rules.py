"""Laws that no linter knows: how long functions are, where writes live, where colours live."""

from __future__ import annotations

import ast
import functools
import re
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = sorted(path for path in (ROOT / "src").rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted((ROOT / "src").rglob("templates/**/*.html"))
SHEETS = sorted((ROOT / "src" / "rebond").rglob("*.css"))
#: What a practice's own pages load beside the shared sheets; findings and the report have no pages of their own.
ROOM_SHEETS = [path for path in SHEETS if path.stem == path.parent.name and path.stem not in {"findings", "report"}]
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
EDGES = {"views", "work", "worker", "command", "backend", "models", "middleware", "context", "house", "cli", "sessions"}
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


@pytest.mark.parametrize("sheet", [path for path in SHEETS if path.name != "tokens.css"], ids=name_of)
def test_colours_stand_in_the_tokens_file_only(sheet: Path) -> None:
    assert COLOUR.findall(sheet.read_text()) == []


def test_no_sheet_locks_a_page_to_a_way_of_holding_the_screen() -> None:
    """WCAG 2.2, 1.3.4: the one rule that axe-core is not asked in ``tests/browser/conftest.py``."""
    assert [path.name for path in SHEETS if "orientation" in path.read_text()] == []


def test_no_sheet_is_longer_than_five_hundred_lines() -> None:
    assert len(SHEETS) > len(ROOM_SHEETS) > 5
    assert [path.name for path in SHEETS if len(path.read_text().splitlines()) >= 500] == []


@pytest.mark.parametrize("sheet", SHEETS, ids=name_of)
def test_no_rule_names_a_class_that_no_page_has(sheet: Path) -> None:
    whole, begun = class_names()
    assert [name for name in sorted(classes_of(sheet)) if name not in whole and not name.startswith(begun)] == []


def classes_of(sheet: Path) -> set[str]:
    """The classes in the selectors of a sheet."""
    selectors = re.sub(r"/\*.*?\*/|\{[^{}]*\}|\[[^\]]*\]", " ", sheet.read_text(), flags=re.DOTALL)
    return set(re.findall(r"\.([a-zA-Z_][\w-]*)", re.sub(r"@layer [^{;]*[{;]", " ", selectors)))


@functools.cache
def class_names() -> tuple[set[str], tuple[str, ...]]:
    """Words that may be a class: in a class attribute or in quotes. And how names begin that are put together there,
    as ``vt-`` in ``vt-{{ name }}`` and ``p-`` in ``p-{}``."""
    code = [path for path in (ROOT / "src").rglob("*") if path.suffix in {".html", ".py", ".js"}]
    text = "\n".join(path.read_text() for path in code if "vendor" not in path.parts)
    attributes = re.findall(r'class="((?:\{\{.*?\}\}|\{%.*?%\}|\{\w*\}|[^"{])*)"', text)
    quoted = re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`", text)
    words = set(re.findall(r"[\w-]+", " ".join([*attributes, *("".join(held) for held in quoted)])))
    return words, tuple({begun for held in attributes for begun in re.findall(r"([\w-]+)\{(?!%)", held)})


def test_what_a_script_makes_on_every_page_has_its_look_on_every_page() -> None:
    """The bell rings wherever one is; what it shows may not wait in the sheet of the room of wins."""
    bell = (ROOT / "src/rebond/web/static/web/bell.js").read_text()
    made = set(" ".join(re.findall(r'made\("\w+", "([\w -]*)"', bell)).split())
    shared = {name for sheet in SHEETS if sheet.parent.name == "web" for name in classes_of(sheet)}
    assert {"milestones"} <= made <= shared


@pytest.mark.parametrize("sheet", ROOM_SHEETS, ids=name_of)
def test_a_rooms_sheet_is_loaded_by_its_own_pages_alone(sheet: Path) -> None:
    room = sheet.stem
    linking = [path for path in TEMPLATES if f"'{room}/{room}.css'" in path.read_text()]
    assert linking == [ROOT / f"src/rebond/{room}/templates/{room}/page.html"]
    extending = [path for path in TEMPLATES if f'{{% extends "{room}/page.html" %}}' in path.read_text()]
    assert {path.relative_to(ROOT / "src" / "rebond").parts[0] for path in extending} == {room}
    pages = [path for path in TEMPLATES if room in path.parts and '{% extends "web/page.html" %}' in path.read_text()]
    assert pages == linking


def test_no_template_carries_script_or_style() -> None:
    """Pages, that is; a letter's style has to stand in the letter, since mail programs fetch nothing."""
    templates = [path for path in TEMPLATES if "letters" not in path.parts]
    assert templates
    inline = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son\w+=", re.IGNORECASE)
    assert [path.name for path in templates if inline.search(path.read_text())] == []
