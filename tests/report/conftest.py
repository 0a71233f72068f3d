"""The demo company's report, built once for all tests that only look at it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rebond.demo import files
from rebond.facts.from_files import read
from rebond.facts.model import Options as Reading
from rebond.report.build import Report, build
from rebond.report.options import Options, goal
from rebond.report.questions import reason_code

DAY = date(2026, 6, 9)
THREE = """id,outcome,opened_at,closed_at,amount,owner,reasons
1,won,2026-01-01,2026-02-01,100,Camille,
2,lost,2026-01-05,2026-03-01,200,Yanis,price_vs_alternative
3,open,2026-02-01,,300,Camille,
"""


def of_file(path: Path, *, touches: Path | None = None, asked: Options | None = None, **reading: Any) -> Report:
    """What ``rebond report`` builds from files."""
    facts = read(path, touches, today=DAY, options=Reading(**reading), reason_codes=reason_code)
    return build(facts, asked)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Three invented years, with a goal."""
    folder = tmp_path_factory.mktemp("demo-report")
    deals, touches = files.write(folder, now=datetime(2026, 6, 9, 18, tzinfo=ZoneInfo("Europe/Paris")))
    asked = Options(goal("25", "Q3-2026", currency="EUR", minor_per_major=100))
    return of_file(deals, touches=touches, asked=asked, as_of=DAY)


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Three deals: too few for anything."""
    path = tmp_path_factory.mktemp("three") / "three.csv"
    path.write_text(THREE)
    return of_file(path)
