"""A setting, a command or a screen that the documents do not name fails here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from rebond import cli
from rebond.web.config import Config

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#]+)")


@pytest.mark.parametrize("name", sorted(Config.model_fields))
def test_every_setting_is_in_the_operations_page(name: str) -> None:
    assert f"`REBOND_{name.upper()}`" in OPERATIONS


@pytest.mark.parametrize("name", sorted(Config.model_fields))
def test_every_setting_says_what_it_is_for(name: str) -> None:
    assert Config.model_fields[name].description


@pytest.mark.parametrize("word", sorted(cli.WORDS))
def test_every_command_is_in_the_operations_page(word: str) -> None:
    assert f"`rebond {word}" in OPERATIONS


def test_the_operations_page_names_no_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"^\| `REBOND_([A-Z_]+)`", OPERATIONS, flags=re.MULTILINE))
    assert named == {name.upper() for name in Config.model_fields}


def screens() -> list[str]:
    """Every address of ours, with its variable parts as ``ID``."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> list[str]:
        found = []
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                found += walk(pattern.url_patterns, path)
            else:
                found.append("/" + re.sub(r"<[^>]+>", "ID", path))
        return found

    return sorted({path for path in walk(get_resolver().url_patterns, "") if not path.startswith("/account/")})


@pytest.mark.parametrize("path", screens())
def test_every_address_is_in_the_table_of_addresses(path: str) -> None:
    table = (ROOT / "docs" / "addresses.md").read_text()
    assert f"`{path}`" in table


@pytest.mark.parametrize("document", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md")))
def test_every_link_between_documents_leads_somewhere(document: str) -> None:
    page = ROOT / document
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert missing == []


def test_the_readme_gives_exactly_two_commands_first() -> None:
    first_block = re.search(r"```\w*\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert first_block
    commands = [line.split("#")[0].strip() for line in first_block.group(1).splitlines() if line.strip()]
    assert commands == ["./rebond demo", "./rebond test"]
