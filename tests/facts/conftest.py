"""``--engines``: the questions also run on Spark and ClickHouse, which this installs into the environment by name.

./rebond test --only sqlite --engines tests/facts
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.facts.engines import Engine, duckdb, embedded_clickhouse, postgresql, spark

#: What is imported, and what is installed for it.
NEEDED = {"pyspark": "pyspark>=4.0.5,<4.1", "chdb": "chdb>=4.4,<5", "clickhouse_connect": "clickhouse-connect>=0.8"}
ALWAYS = {"DuckDB": duckdb, "PostgreSQL": postgresql}
ASKED_FOR = {"Spark": spark, "ClickHouse": embedded_clickhouse}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One run of each question per engine; a test that takes ``engine`` need not know which there are."""
    if "engine" in metafunc.fixturenames:
        names = [*ALWAYS, *(ASKED_FOR if metafunc.config.getoption("--engines") else ())]
        metafunc.parametrize("engine", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that holds the tables of ``tests.facts.history``."""
    if request.param in ASKED_FOR:
        _install()
    start = (ALWAYS | ASKED_FOR)[request.param]
    with start(tmp_path_factory.mktemp("engine")) as found:
        yield found


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The embedded engine, which the others are held against."""
    with duckdb(tmp_path_factory.mktemp("reference")) as found:
        yield found


def _install() -> None:
    missing = [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]
    if not missing:
        return
    uv = Path(__file__).resolve().parents[2] / ".tools" / "bin" / "uv"
    installer = [str(uv), "pip"] if uv.exists() else [sys.executable, "-m", "pip"]
    python = ["--python", sys.executable] if uv.exists() else []
    subprocess.run([*installer, "install", *python, *missing], check=True)
    importlib.invalidate_caches()
