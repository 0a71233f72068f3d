"""Each screen, in both themes and languages: axe-core clean, nothing foreign fetched, nothing wrong in the console,
and nothing to scroll sideways for, from a desk to a small phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visit, Window
from tests.browser.contests import of_a_voter, of_an_organiser
from tests.browser.product import Product
from tests.browser.screens import (
    FIXED,
    OF_A_MANAGER,
    of_a_recipient,
    of_a_seller,
    of_an_advocate,
    of_calls,
    of_channels,
    of_introductions,
    of_one_record,
    of_praise,
)

pytestmark = [pytest.mark.browser, pytest.mark.look]
#: Contrast hangs on the theme, words on the language: two visits see both of each.
COMBINATIONS = [("en", "light"), ("fr", "dark")]
ADMIN, MANAGER, SELLER = "alix@rebond.example", "nadia@rebond.example", "camille@rebond.example"
#: The one line Chromium itself writes for a page that answers 404, as one of the screens must.
NOT_FOUND = "Failed to load resource: the server responded with a status of 404 (Not Found)"
NOT_THERE = ("/deals/999999", "/m/nothing", "/i/nothing")
WIDTHS = (1440, 1024, 390, 320)


def found_wrong(visit: Visit, paths: list[str], language: str) -> dict[str, list[str]]:
    """Per address what axe-core, the console or the network complains about; in French, whose words are longer, also
    the widths at which the page would scroll sideways."""
    wrong = {}
    visit.bring_axe()
    for path in paths:
        visit.errors.clear()
        visit.go(path)
        complaints = visit.axe() + [
            error for error in visit.errors if error != NOT_FOUND or not path.startswith(NOT_THERE)
        ]
        if visit.page.get_attribute("html", "lang") != language:
            complaints.append("wrong language")
        complaints += [f"scrolls sideways at {width}" for width in too_wide_at(visit, language)]
        if complaints:
            wrong[path] = complaints
    return wrong


def too_wide_at(visit: Visit, language: str) -> list[int]:
    """Of the widths, those too narrow for the page that is open, which is as wide as the first of them."""
    wide = []
    for width in WIDTHS if language == "fr" else ():
        if width != WIDTHS[0]:
            visit.page.set_viewport_size({"width": width, "height": 900})
        wide += [width] if visit.scrolls_sideways() else []
    if language == "fr":
        visit.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    return wide


def found_wrong_by(
    email: str, demo: Product, window: Window, paths_of: Callable[[Visit], list[str]]
) -> dict[str, dict[str, list[str]]]:
    """What somebody's screens have wrong in each combination, which ones there are being asked once; empty is clean."""
    wrong: dict[str, dict[str, list[str]]] = {}
    paths: list[str] = []
    for language, theme in COMBINATIONS:
        visit = window(demo, language=language, theme=theme)
        visit.sign_in(email)
        visit.speak(language)
        paths = paths or paths_of(visit)
        found = found_wrong(visit, paths, language)
        found |= {"foreign": visit.foreign} if visit.foreign else {}
        wrong |= {f"{language}, {theme}": found} if found else {}
    return wrong


def test_signed_in_screens_are_clean(demo: Product, window: Window) -> None:
    assert found_wrong_by(ADMIN, demo, window, lambda visit: [*FIXED, *of_one_record(visit)]) == {}


def test_a_sellers_own_screens_are_clean(demo: Product, window: Window) -> None:
    def paths(visit: Visit) -> list[str]:
        return [*of_a_seller(visit), *of_introductions(demo), *of_calls(demo), *of_a_voter(demo)]

    assert found_wrong_by(SELLER, demo, window, paths) == {}


def test_a_managers_own_screens_are_clean(demo: Product, window: Window) -> None:
    def paths(visit: Visit) -> list[str]:
        return [*OF_A_MANAGER, *of_channels(demo), *of_praise(demo), *of_an_organiser(demo)]

    assert found_wrong_by(MANAGER, demo, window, paths) == {}


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
