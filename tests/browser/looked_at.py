"""What a screen may have wrong: axe-core's complaints, the console's, foreign requests, another language, and the
widths at which it scrolls sideways; each screen in both themes and languages."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visit, Window
from tests.browser.product import Product

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
