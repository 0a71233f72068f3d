from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mail import purposes


@pytest.fixture(autouse=True)
def _nothing_told_yet() -> Iterator[None]:
    yield
    purposes.told.clear()
    purposes.guards.clear()
    purposes.letters.clear()
