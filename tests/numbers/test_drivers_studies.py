"""The simulations of the drivers keep their gates, and the naive methods break them."""

import pytest

from validation.drivers import STUDIES
from validation.study import Study


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_every_figure_of_the_study_is_as_it_should_be(study: Study) -> None:
    lines = study.run(study.smoke, 7)
    assert lines
    assert [line for line in lines if not line.kept] == []
