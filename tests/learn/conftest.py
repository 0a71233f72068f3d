"""Facts of a test are that test's own: they lie beside the database in the product, and the database is rolled back."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def facts_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the facts of this test are; what an earlier test left in memory is forgotten."""
    from rebond.facts import store, warm

    monkeypatch.setattr(store, "folder", lambda: tmp_path / "facts")
    warm.forget()
    return tmp_path / "facts"
