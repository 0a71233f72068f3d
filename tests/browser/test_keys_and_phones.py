"""Today by keyboard alone, on a phone, and without any script."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Window
from tests.browser.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.look]
SELLER = "camille@rebond.example"


def test_today_is_worked_by_keyboard_alone(own_demo: Product, window: Window) -> None:
    visit = window(own_demo)
    visit.sign_in(SELLER)
    rows = visit.page.locator("a.row")
    first, second = rows.nth(0).inner_text(), rows.nth(1).inner_text()
    # The worker beside the server may put others on the list meanwhile; this one is followed.
    it = visit.page.locator(f'a.row[href="{rows.nth(1).get_attribute("href")}"]')
    current = visit.page.locator("a.row[aria-current=true]")
    visit.page.keyboard.press("j")
    assert visit.page.evaluate("document.activeElement.innerText").split("\n")[0] == second.split("\n")[0]
    visit.page.keyboard.press("k")
    assert visit.page.evaluate("document.activeElement.innerText").split("\n")[0] == first.split("\n")[0]
    visit.page.keyboard.press("j")
    visit.press("Enter")
    assert visit.page.locator("a.row[aria-current=true]").inner_text() == second
    visit.press("x")
    assert it.count() == 0
    visit.press("z")
    assert it.count() == 1
    open_one = visit.page.locator(f'a.row[href="{current.get_attribute("href")}"]')
    visit.page.keyboard.press("h")
    visit.press("Enter")  # the menu's first choice: tomorrow
    assert open_one.count() == 0
    visit.page.keyboard.press("?")
    assert visit.page.locator("#keys").is_visible()
    assert visit.axe() == []
    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("valmy d")  # letters do not act while typing
    assert visit.page.locator("[data-find]").input_value() == "valmy d"
    visit.press("Enter")
    assert "Groupe Valmy" in visit.page.inner_text("main")
    visit.page.locator("[data-find]").blur()
    visit.page.keyboard.press("g")
    visit.press("t")
    assert visit.page.url.endswith("/today")


def test_letters_rest_when_a_person_turned_them_off(own_demo: Product, window: Window) -> None:
    visit = window(own_demo)
    visit.sign_in(SELLER)
    visit.go("/settings")
    visit.page.uncheck("[name=letter_keys]")
    visit.submit("main .btn.go")
    visit.go("/today")
    before = visit.page.locator("a.row").count()
    visit.page.keyboard.press("x")
    visit.page.wait_for_timeout(300)
    assert visit.page.locator("a.row").count() == before


def test_a_phone_shows_the_list_then_one_thing(own_demo: Product, window: Window) -> None:
    visit = window(own_demo, width=390)
    visit.sign_in(SELLER)
    first = visit.page.locator("a.row:has-text('Follow up') >> nth=0")
    it = visit.page.locator(f'a.row[href="{first.get_attribute("href")}"]')  # the worker may add others meanwhile
    assert not visit.page.locator(".touch").is_visible()
    visit.submit("a.row:has-text('Follow up') >> nth=0")
    assert visit.page.locator(".touch").is_visible()
    assert not visit.page.locator(".queue").is_visible()
    assert not visit.scrolls_sideways()
    assert visit.axe() == []
    visit.submit("button[value=not_useful]")
    visit.go("/today")
    assert visit.page.locator("a.row").count() > 0
    assert it.count() == 0


def test_nothing_needs_a_script(own_demo: Product, window: Window) -> None:
    visit = window(own_demo, scripts=False)
    visit.sign_in(SELLER)
    first = visit.page.locator("a.row:has-text('Follow up') >> nth=0")
    it = visit.page.locator(f'a.row[href="{first.get_attribute("href")}"]')
    visit.submit("a.row:has-text('Follow up') >> nth=0")
    visit.submit("button[value=not_useful]")
    assert it.count() == 0
    visit.submit("[role=status] button")
    assert it.count() == 1
    visit.go("/deals?outcome=open")
    visit.page.check("[name=deal] >> nth=0")
    visit.submit("[data-bulk]")
    visit.page.select_option("[name=outcome]", "no_decision")
    visit.submit("main .btn.go")
    assert visit.page.locator("main [role=status]").count() == 1
