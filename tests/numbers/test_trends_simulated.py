"""The simulations of ``validation/trends.py``, a few worlds each; ``./rebond validate`` runs many."""

from __future__ import annotations

import pytest

from validation.study import Study
from validation.trends import STUDIES


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_every_line_is_as_it_should_be(study: Study) -> None:
    lines = study.run(study.smoke, 7)
    assert lines
    assert [line.what for line in lines if not line.kept] == []
