"""Each test has facts of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from rebond.facts import store, warm
from rebond.worth.queries import steps
from tests.worth import company


@pytest.fixture
def facts_of_one_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files in the test's folder, nothing remembered."""
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "facts")
    monkeypatch.setattr(warm, "nobody_works", lambda: False)  # tests bring them up to date, not every request
    company.CHANGED.clear()
    warm.forget()
    steps.forget()
