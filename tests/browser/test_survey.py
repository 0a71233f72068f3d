"""The buyer's page in a real Chromium, on a phone, in French: with a thumb, without a script, on two browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator

from tests.browser.buyers import invited, stored
from tests.browser.conftest import Visit, Window
from tests.browser.product import Product, running

pytestmark = pytest.mark.browser
PHONE = 390
#: What a thumb hits, CSS pixels; WCAG 2.5.5 asks for 44.
THUMB = 44
SMALL = """() => [...document.querySelectorAll('a, button, summary, label, input:not([type=hidden]), textarea')]
  .filter(e => {
  const box = e.getBoundingClientRect();
  if (!box.width || e.closest('label') && e.matches('input') || e.matches('h1 label, .asked')) return false;
  return box.height < %d || box.width < %d;
}).map(e => e.outerHTML.slice(0, 90))"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("survey")) as started:
        yield started


def too_small(visit: Visit) -> list[str]:
    return list(visit.page.evaluate(SMALL % (THUMB, THUMB)))


def tick(visit: Visit, name: str, value: str) -> None:
    visit.page.check(f'[name={name}][value="{value}"]')


def first_step(visit: Visit) -> None:
    tick(visit, "happened", "another")
    visit.page.fill("[name=competitor]", "Nordvik")
    visit.submit("button.go")


def second_step(visit: Visit) -> None:
    options: Locator = visit.page.locator("[name=code]:visible")
    options.nth(0).check()
    options.nth(3).check()
    visit.page.fill("[name=words]", "Réponse le jour même")
    visit.submit("button.go")
    visit.page.locator("[name=main]").nth(1).check()
    visit.submit("button.go")


def other_steps(visit: Visit, look: Callable[[], None] = lambda: None) -> None:
    tick(visit, "involved", "4")
    tick(visit, "helped", "0")
    visit.submit("button.go")
    look()
    visit.page.fill("[name=words]", "Un prix avant l’été")
    visit.submit("button.go")
    look()
    tick(visit, "one_thing", "anonymous")
    visit.submit("button.go")


def test_all_of_it_on_a_phone_in_french_with_a_thumb(product: Product, window: Window) -> None:
    path = invited(product)
    visit = window(product, language="en", width=PHONE)  # the buyer's language, not the browser's
    visit.bring_axe()
    visit.go(f"{path}?first=another")
    looked_at = []

    def look() -> None:
        looked_at.append(visit.page.url)
        assert visit.page.get_attribute("html", "lang") == "fr"
        assert visit.axe() == []
        assert too_small(visit) == []
        assert not visit.scrolls_sideways()

    look()
    assert visit.page.is_checked("[value=another]")
    assert visit.page.is_visible("[name=competitor]")
    tick(visit, "happened", "kept")
    assert not visit.page.is_visible("[name=competitor]")
    first_step(visit)
    look()
    assert visit.page.locator("[name=code]:visible").count() == 9
    visit.page.click("summary")
    assert visit.page.locator("[name=code]:visible").count() == 24
    second_step(visit)
    look()
    visit.submit("a.back")
    assert visit.page.locator("[name=code]:checked").count() == 2
    assert visit.page.input_value("[name=words]") == "Réponse le jour même"
    visit.submit("button.go")
    look()
    visit.submit("button.go")
    other_steps(visit, look)
    look()
    assert visit.page.url.endswith("/done")
    assert "Camille Aubry" in visit.page.inner_text("form")
    assert stored(product, path).startswith("answered confidential another 0 [")
    assert stored(product, path).endswith("[Un prix avant l’été,Réponse le jour même]")
    visit.submit(".after button")
    assert " shared " in stored(product, path)
    look()
    assert len(looked_at) == 8
    assert (visit.errors, visit.foreign) == ([], [])
    assert visit.page.context.cookies() == []


def test_nothing_needs_a_script_and_another_browser_goes_on(product: Product, window: Window) -> None:
    path = invited(product)
    phone = window(product, width=PHONE, scripts=False)
    phone.go(path)
    first_step(phone)
    second_step(phone)
    desk = window(product, scripts=False)
    desk.go(path)
    assert desk.page.url.endswith("/3")
    desk.go(f"{path}/1")
    assert desk.page.input_value("[name=competitor]") == "Nordvik"
    desk.go(f"{path}/3")
    other_steps(desk)
    assert desk.page.url.endswith("/done")
    phone.go(path)
    assert phone.page.url.endswith("/done")
    assert stored(product, path).startswith("answered confidential another 0 [")


def test_two_browsers_on_one_link_send_one_answer(product: Product, window: Window) -> None:
    path = invited(product)
    one, two = window(product, width=PHONE), window(product)
    for visit in (one, two):
        visit.go(path)
    first_step(one)
    first_step(two)  # its page was opened before the other one saved
    second_step(one)
    two.go(f"{path}/3")
    for visit in (one, two):
        visit.go(f"{path}/5")
    one.submit("button.go")
    two.submit("button.go")
    assert one.page.url.endswith("/done")
    assert two.page.locator("h1").count() == 1
    assert two.page.locator("button.go").count() == 0
    assert stored(product, path).startswith("answered confidential another None [")


@pytest.mark.look
@pytest.mark.parametrize(("outcome", "language", "theme"), [("lost", "en", "light"), ("won", "fr", "dark")])
def test_every_page_is_clean_in_both_themes_and_languages(
    product: Product, window: Window, outcome: str, language: str, theme: str
) -> None:
    path = invited(product, outcome=outcome, language=language)
    visit = window(product, language=language, theme=theme, width=PHONE)
    visit.bring_axe()
    wrong = {}

    def look(where: str) -> None:
        visit.go(where)
        for width in (320, PHONE, 1440):
            visit.page.set_viewport_size({"width": width, "height": 800})
            if visit.scrolls_sideways():
                wrong[where, width] = ["sideways"]
        if found := visit.axe():
            wrong[where, 0] = found
        visit.page.set_viewport_size({"width": PHONE, "height": 800})

    look(path)
    first_step(visit)
    second_step(visit)
    for below in ("/2", "/2?part=main", "/3", "/4?cut=4", "/stop"):
        look(path + below)
    visit.go(f"{path}/3")
    other_steps(visit)
    look(f"{path}/done")
    look("/s/" + "A" * 22)
    assert wrong == {}
    not_found = "Failed to load resource: the server responded with a status of 404 (Not Found)"
    assert [error for error in visit.errors if error != not_found] == []
    assert visit.foreign == []


def test_an_error_stays_on_the_page_with_what_was_written(product: Product, window: Window) -> None:
    visit = window(product, width=PHONE)
    visit.go(invited(product))
    tick(visit, "happened", "kept")
    visit.submit("button.go")
    for number in range(4):
        visit.page.locator("[name=code]").nth(number).check()
    visit.page.fill("[name=words]", "beaucoup")
    visit.submit("button.go")
    assert visit.page.is_visible("[role=alert]")
    assert visit.page.locator("[name=code]:checked").count() == 4
    assert visit.page.input_value("[name=words]") == "beaucoup"
    assert visit.axe() == []


def test_stopping_takes_two_taps_and_no_sign_in(product: Product, window: Window) -> None:
    path = invited(product)
    visit = window(product, width=PHONE, scripts=False)
    visit.go(path)
    visit.submit("footer p:last-child a")
    assert visit.page.locator("main button").count() == 2
    visit.submit("main button >> nth=0")
    assert visit.page.locator("main button").count() == 1
    visit.submit("main button")
    assert visit.page.locator("main button").count() == 0
    assert visit.page.context.cookies() == []
