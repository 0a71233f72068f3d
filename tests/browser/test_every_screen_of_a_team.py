"""Each screen of a seller and of a manager, in both themes and languages (``looked_at``)."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Visit, Window
from tests.browser.contests import of_a_voter, of_an_organiser
from tests.browser.looked_at import MANAGER, SELLER, found_wrong_by
from tests.browser.product import Product
from tests.browser.screens import OF_A_MANAGER, of_a_seller, of_calls, of_channels, of_introductions, of_praise

pytestmark = [pytest.mark.browser, pytest.mark.look]


def test_a_sellers_own_screens_are_clean(demo: Product, window: Window) -> None:
    def paths(visit: Visit) -> list[str]:
        return [*of_a_seller(visit), *of_introductions(demo), *of_calls(demo), *of_a_voter(demo)]

    assert found_wrong_by(SELLER, demo, window, paths) == {}


def test_a_managers_own_screens_are_clean(demo: Product, window: Window) -> None:
    def paths(visit: Visit) -> list[str]:
        return [*OF_A_MANAGER, *of_channels(demo), *of_praise(demo), *of_an_organiser(demo)]

    assert found_wrong_by(MANAGER, demo, window, paths) == {}
