"""Patterns in a real browser: the page first, its blocks by themselves, and all of it without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route

from rebond.learn.patterns.blocks import BUILDERS, HEADCOUNT
from tests.browser.conftest import Visit, Window
from tests.browser.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.look]
MANAGER, ADMIN = "nadia@rebond.example", "alix@rebond.example"
BLOCKS = [name for name in BUILDERS if name != HEADCOUNT]
COMBINATIONS = [("en", "light"), ("fr", "dark")]
ALL_HERE = "() => !document.querySelector('[aria-busy]') && !document.querySelector('.later')"


def signed_in(visit: Visit, language: str = "en", email: str = MANAGER) -> Visit:
    """Signed in, and speaking the language: a person keeps theirs from one visit to the next."""
    visit.sign_in(email)
    visit.speak(language)
    return visit


def arrived(visit: Visit, query: str = "") -> None:
    """Opens Patterns and waits until every block is there."""
    visit.go(f"/patterns{query}")
    visit.page.wait_for_function(ALL_HERE)


@pytest.mark.parametrize(("language", "theme"), COMBINATIONS)
def test_blocks_come_by_themselves_and_the_page_is_clean(
    demo: Product, window: Window, language: str, theme: str
) -> None:
    visit = signed_in(window(demo, language=language, theme=theme), language, ADMIN)
    arrived(visit)
    assert visit.page.locator(".patterns .finding").count() == len(BLOCKS)
    assert visit.page.locator(".patterns .notice").count() == 0
    assert visit.page.locator(".slot-line a").count() > 2
    assert visit.axe() == []
    for summary in visit.page.locator(".patterns .behind summary").all():
        summary.click()
    assert visit.axe() == []
    visit.page.set_viewport_size({"width": 390, "height": 844})
    assert visit.axe() == []
    assert (visit.errors, visit.foreign) == ([], [])


@pytest.mark.parametrize("language", ["en", "fr"])
def test_nothing_scrolls_sideways_however_narrow(demo: Product, window: Window, language: str) -> None:
    visit = signed_in(window(demo, language=language), language)
    arrived(visit)
    wide = []
    for width in (1440, 1024, 768, 390, 320):
        visit.page.set_viewport_size({"width": width, "height": 844})
        if visit.scrolls_sideways():
            wide.append(width)
    assert wide == []


def test_a_figure_opens_its_deals_and_leads_back(demo: Product, window: Window) -> None:
    visit = signed_in(window(demo))
    arrived(visit, "?period=12m")
    figure = visit.page.locator("#voices .iv-text a.noise").first  # sellers: nothing of theirs is in confidence
    counted = figure.inner_text().split(" of ")[0]
    with visit.page.expect_navigation():
        figure.click()
    assert f"1 to {counted} of {counted}" in visit.page.inner_text("main .lede")
    assert visit.axe() == []
    visit.submit(".crumb")
    assert visit.page.url.endswith("/patterns?period=12m")


def test_another_period_brings_the_blocks_anew_and_keeps_the_address(demo: Product, window: Window) -> None:
    visit = signed_in(window(demo))
    arrived(visit)
    before = visit.page.inner_text(".slot-line")
    visit.page.select_option("[name=period]", "12m")
    visit.page.wait_for_function("before => document.querySelector('.slot-line').innerText !== before", arg=before)
    visit.page.wait_for_function(ALL_HERE)
    assert visit.page.url.endswith("/patterns?period=12m")
    assert "twelve months" in visit.page.inner_text(".slot-line")
    visit.page.reload()
    visit.page.wait_for_function(ALL_HERE)
    assert "twelve months" in visit.page.inner_text(".slot-line")
    visit.page.go_back()
    visit.page.wait_for_function(ALL_HERE)
    assert visit.page.inner_text(".slot-line") == before


def test_a_block_that_fails_says_so_and_is_tried_again_in_place(demo: Product, window: Window) -> None:
    visit = signed_in(window(demo))
    broken = ["/patterns/control"]

    def answer(route: Route) -> None:
        if broken and broken[0] in route.request.url:
            route.abort()
        else:
            route.continue_()

    visit.page.route("**/patterns/*part=1*", answer)
    visit.go("/patterns")
    notice = visit.page.locator("#control .notice")
    notice.wait_for()
    assert "The server did not answer" in notice.inner_text()
    assert visit.page.locator("#control .later").count() == 1  # what stood there is kept
    visit.page.locator("#voices .finding").wait_for()
    broken.clear()
    notice.locator("button").click()
    visit.page.locator("#control .finding").wait_for()
    assert notice.count() == 0


def test_old_content_stays_when_the_new_does_not_come(demo: Product, window: Window) -> None:
    visit = signed_in(window(demo))
    arrived(visit)
    headline = visit.page.inner_text("#voices h2")
    visit.page.route("**/patterns/*part=1*", lambda route: route.abort())
    visit.page.select_option("[name=period]", "12m")
    notice = visit.page.locator("#voices .notice")
    notice.wait_for()
    assert "What you see here is from before." in notice.inner_text()
    assert visit.page.inner_text("#voices h2") == headline


def test_what_the_server_says_is_shown_in_its_words(demo: Product, window: Window) -> None:
    visit = signed_in(window(demo))
    arrived(visit)
    visit.page.evaluate("() => { document.querySelector('#control').dataset.block = '/patterns/control?period=9m'; }")
    visit.page.evaluate("() => bring(document.querySelector('#control'))")
    notice = visit.page.locator("#control .notice")
    notice.wait_for()
    assert "9m" in notice.inner_text()


def test_every_block_is_a_page_without_a_script(demo: Product, window: Window) -> None:
    visit = signed_in(window(demo, scripts=False))
    visit.go("/patterns")
    links = visit.page.eval_on_selector_all(".patterns .later a", "links => links.map(link => link.href)")
    assert len(links) == len(BLOCKS)
    for link in links:
        visit.page.goto(link)
        assert visit.page.locator(".finding h2").count() == 1
    visit.go("/patterns")
    visit.page.select_option("[name=period]", "3m")
    visit.submit("noscript button, .picks button")
    assert "period=3m" in visit.page.url
    assert visit.foreign == []
