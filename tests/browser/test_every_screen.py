"""Each screen, in both themes and languages: axe-core clean, nothing foreign fetched, nothing wrong in the console,
and nothing to scroll sideways for, from a desk to a small phone."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Window
from tests.browser.looked_at import ADMIN, COMBINATIONS, found_wrong, found_wrong_by
from tests.browser.product import Product
from tests.browser.screens import FIXED, of_a_recipient, of_an_advocate, of_one_record

pytestmark = [pytest.mark.browser, pytest.mark.look]


def test_signed_in_screens_are_clean(demo: Product, window: Window) -> None:
    assert found_wrong_by(ADMIN, demo, window, lambda visit: [*FIXED, *of_one_record(visit)]) == {}


@pytest.mark.parametrize(("language", "theme"), COMBINATIONS)
def test_the_page_of_somebody_who_gets_our_notes_is_clean(
    demo: Product, window: Window, language: str, theme: str
) -> None:
    visit = window(demo, language=language, theme=theme)
    paths = of_a_recipient(demo, language)
    assert found_wrong(visit, paths, language) == {}
    assert visit.foreign == []


@pytest.mark.parametrize(("language", "theme"), COMBINATIONS)
def test_the_page_of_an_advocate_is_clean(demo: Product, window: Window, language: str, theme: str) -> None:
    visit = window(demo, language=language, theme=theme)
    assert found_wrong(visit, of_an_advocate(demo, language), language) == {}
    assert visit.foreign == []


@pytest.mark.parametrize(("language", "theme"), COMBINATIONS)
def test_screens_of_who_is_not_signed_in_are_clean(
    empty: Product, demo: Product, window: Window, language: str, theme: str
) -> None:
    visit = window(demo, language=language, theme=theme)
    paths = ["/account/login/", "/account/password/reset/", "/account/password/reset/done/", "/wall"]
    assert found_wrong(visit, paths, language) == {}
    first = window(empty, language=language, theme=theme)
    assert found_wrong(first, ["/start"], language) == {}
    assert visit.foreign + first.foreign == []


def test_the_theme_follows_the_device_until_it_is_chosen(demo: Product, window: Window) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    dark, light = window(demo, theme="dark"), window(demo, theme="light")
    for visit in (dark, light):
        visit.sign_in("yanis@rebond.example")
    assert dark.page.evaluate(background) != light.page.evaluate(background)
    with light.page.expect_response("**/theme"):
        light.page.click("[data-theme-form] button")
    assert light.page.evaluate(background) == dark.page.evaluate(background)
    dark.go("/today")
    assert dark.page.get_attribute("html", "data-theme") == "dark"
