from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone

from rebond.facts import store, warm
from rebond.horizon.warm import forget_days
from tests.horizon.made import NOW, TODAY


@pytest.fixture(autouse=True)
def _facts_of_one_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own for the facts, and 9 June 2026 as the day it is."""
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "facts")
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    monkeypatch.setattr(timezone, "localdate", lambda *_args: _today())
    warm.forget()
    forget_days()


def _today() -> date:
    return TODAY
